select * from {{ source('lake', 'tool_conversations') }}
