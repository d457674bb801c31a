-- depends_on: {{ source('lake', 'raw_code') }} {{ source('lake', 'clean_code') }} {{ source('lake', 'near_duplicate_clusters') }}
-- depends_on: {{ source('lake', 'raw_conversations') }} {{ source('lake', 'tool_conversations') }}
-- depends_on: {{ source('lake', 'raw_documents') }} {{ source('lake', 'document_sections') }}
-- depends_on: {{ source('lake', 'bronze_prs') }} {{ source('lake', 'silver_review_comments') }} {{ source('lake', 'review_tasks') }}
-- depends_on: {{ source('lake', 'deduplicated_code') }} {{ source('lake', 'cleaned_chunks') }} {{ source('lake', 'qa_pairs') }} {{ source('lake', 'chat_examples') }}
-- depends_on: {{ source('lake', 'benchmarks') }} {{ source('lake', 'chatml_splits') }} {{ source('lake', 'baseline_eval') }} {{ source('lake', 'eval_report') }}
select step, asset, snapshot, published, rows, bytes, content_bytes, shards, rows_in, parents, folder
from lake.snapshots
