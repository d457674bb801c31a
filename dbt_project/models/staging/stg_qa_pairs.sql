select * from {{ source('lake', 'qa_pairs') }}
