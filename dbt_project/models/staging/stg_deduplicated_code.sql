select * from {{ source('lake', 'deduplicated_code') }}
