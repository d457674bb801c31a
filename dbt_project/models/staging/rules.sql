-- depends_on: {{ source('lake', 'clean_code') }} {{ source('lake', 'deduplicated_code') }} {{ source('lake', 'cleaned_chunks') }}
select asset, rule, drops, keeps_scores
from lake.rules
