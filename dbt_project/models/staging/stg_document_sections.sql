select * from {{ source('lake', 'document_sections') }}
