with pulls as (
    select
        repository,
        count(*) as pull_requests,
        count(*) filter (where len(review_comments) > 0) as with_comments,
        sum(len(review_comments))::bigint as comments_fetched
    from {{ ref('stg_bronze_prs') }}
    group by repository
),

comments as (
    select
        repository,
        count(*) as comments,
        count(*) filter (where is_valid) as valid,
        count(distinct thread_id) as threads,
        count(distinct author) as reviewers,
        count(*) filter (where suggestion is not null) as suggestions
    from {{ ref('stg_silver_review_comments') }}
    group by repository
)

select
    pulls.repository,
    pulls.pull_requests,
    pulls.with_comments,
    pulls.comments_fetched,
    coalesce(comments.comments, 0) as comments,
    coalesce(comments.valid, 0) as valid,
    coalesce(comments.threads, 0) as threads,
    coalesce(comments.reviewers, 0) as reviewers,
    coalesce(comments.suggestions, 0) as suggestions
from pulls
left join comments on pulls.repository = comments.repository
order by pulls.repository
