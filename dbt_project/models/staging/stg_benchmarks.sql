select * from {{ source('lake', 'benchmarks') }}
