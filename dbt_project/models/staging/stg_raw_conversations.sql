select * from {{ source('lake', 'raw_conversations') }}
