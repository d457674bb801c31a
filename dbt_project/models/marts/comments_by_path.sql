select
    repository,
    path,
    language,
    count(*) as comments,
    count(*) filter (where is_valid) as valid,
    count(distinct pull_number) as pull_requests,
    count(distinct author) as reviewers
from {{ ref('stg_silver_review_comments') }}
group by repository, path, language
order by comments desc, repository, path
