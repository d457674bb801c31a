-- Why comments of a repository are not used; a ledger row names owner/name#number first.
select
    split_part(detail, '#', 1) as repository,
    rule,
    count(distinct row_id) as comments
from {{ ref('ledger') }}
where asset = 'silver_review_comments' and action = 'dropped'
group by all
order by repository, comments desc, rule
