select * from {{ source('lake', 'baseline_eval') }}
