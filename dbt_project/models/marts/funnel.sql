with counted as (
    select
        asset,
        count(distinct row_id) filter (where action = 'dropped') as rows_dropped,
        count(distinct row_id) filter (where action = 'altered') as rows_altered
    from {{ ref('ledger') }}
    group by asset
),

by_rule as (
    select asset, map_from_entries(list((rule, rows) order by rows desc, rule)) as dropped_by_rule
    from {{ ref('drops') }}
    where action = 'dropped'
    group by asset
)

select
    made.step,
    made.asset,
    made.snapshot,
    -- a source has no rows above it: what came in is what was kept or turned away
    case when made.asset in ('raw_code', 'bronze_prs', 'raw_documents', 'raw_conversations') then made.rows + coalesce(counted.rows_dropped, 0) else made.rows_in end as rows_in,
    made.rows as rows_out,
    coalesce(counted.rows_dropped, 0) as rows_dropped,
    coalesce(counted.rows_altered, 0) as rows_altered,
    by_rule.dropped_by_rule,
    made.bytes,
    made.content_bytes
from {{ ref('snapshots') }} as made
left join counted on made.asset = counted.asset
left join by_rule on made.asset = by_rule.asset
where made.asset in (
    'raw_code', 'clean_code', 'deduplicated_code', 'raw_documents', 'document_sections', 'cleaned_chunks', 'bronze_prs',
    'silver_review_comments', 'review_tasks', 'raw_conversations', 'tool_conversations', 'qa_pairs', 'chat_examples', 'chatml_splits'
)
order by made.step
