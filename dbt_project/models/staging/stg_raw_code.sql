select * from {{ source('lake', 'raw_code') }}
