select * from {{ source('lake', 'near_duplicate_clusters') }}
