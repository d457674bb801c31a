-- How each comment was located, and what stood in the way of those that were not proven. Comments that were proven and dropped afterwards
-- (by whom they are, or because they repeat another) are rows of their own: all rows of a repository add up to its comments.
with located as (
    select repository, 'kept' as outcome, method, null as rule, count(*) as comments, avg(confidence) as confidence
    from {{ ref('stg_silver_review_comments') }}
    group by repository, method
),

dropped as (
    select
        split_part(detail, '#', 1) as repository,
        if(rule in ('bot', 'repeated_body', 'unredactable'), 'proven and dropped', 'not proven') as outcome,
        null as method,
        rule,
        count(distinct row_id) as comments,
        null as confidence
    from {{ ref('ledger') }}
    where asset = 'silver_review_comments' and action = 'dropped'
    group by all
)

select *, comments / sum(comments) over (partition by repository) as share
from (from located union all by name from dropped)
order by repository, comments desc, method, rule
