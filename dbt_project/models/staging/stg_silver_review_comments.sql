select * from {{ source('lake', 'silver_review_comments') }}
