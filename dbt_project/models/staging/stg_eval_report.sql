select * from {{ source('lake', 'eval_report') }}
