select * from {{ source('lake', 'bronze_prs') }}
