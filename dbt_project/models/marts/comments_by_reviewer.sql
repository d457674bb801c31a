select
    repository,
    author,
    count(*) as comments,
    count(*) filter (where is_valid) as valid,
    count(*) filter (where suggestion is not null) as suggestions,
    count(*) filter (where by_pull_author) as on_own_pull_requests,
    count(distinct pull_number) as pull_requests,
    median(date_diff('second', pull_created_at, created_at)) / 3600 as median_latency_hours
from {{ ref('stg_silver_review_comments') }}
group by repository, author
order by comments desc, repository, author
