select * from {{ source('lake', 'cleaned_chunks') }}
