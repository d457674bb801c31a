{% set width = 64 %}
with counted as (
    select 'cleaned_chunks' as asset, null::varchar as split, n_tokens from {{ ref('stg_cleaned_chunks') }}
    union all
    select 'chatml_splits', split, n_tokens from {{ ref('stg_chatml_splits') }}
)

select
    asset,
    split,
    n_tokens // {{ width }} * {{ width }} as from_tokens,
    n_tokens // {{ width }} * {{ width }} + {{ width }} - 1 as to_tokens,
    count(*) as rows,
    sum(n_tokens)::bigint as tokens
from counted
group by all
order by asset, split, from_tokens
