select * from {{ source('lake', 'clean_code') }}
