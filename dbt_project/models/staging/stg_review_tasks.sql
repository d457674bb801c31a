select * from {{ source('lake', 'review_tasks') }}
