select * from {{ source('lake', 'raw_documents') }}
