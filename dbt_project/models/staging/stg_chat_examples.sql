select * from {{ source('lake', 'chat_examples') }}
