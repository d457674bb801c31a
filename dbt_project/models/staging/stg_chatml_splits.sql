select * from {{ source('lake', 'chatml_splits') }}
