-- Of the first human comment of each pull request, and of all of them.
with timed as (
    select
        repository,
        date_diff('second', pull_created_at, created_at) / 3600 as hours,
        row_number() over (partition by repository, pull_number order by created_at, comment_id) = 1 as is_first
    from {{ ref('stg_silver_review_comments') }}
    where not by_pull_author and pull_created_at is not null
)

select
    repository,
    count(*) as comments,
    count(*) filter (where is_first) as pull_requests,
    median(hours) filter (where is_first) as first_median_hours,
    quantile_cont(hours, 0.9) filter (where is_first) as first_p90_hours,
    median(hours) as median_hours,
    quantile_cont(hours, 0.9) as p90_hours
from timed
group by repository
order by repository
