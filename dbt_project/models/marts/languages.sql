{% set size_of = {
    'raw_code': 'n_bytes', 'clean_code': 'n_bytes', 'deduplicated_code': 'n_bytes', 'cleaned_chunks': 'null', 'qa_pairs': 'null',
} %}
{% for asset, n_bytes in size_of.items() %}
select
    '{{ asset }}' as asset,
    coalesce(language, 'unknown') as language,
    count(*) as rows,
    count(distinct repository) as repositories,
    sum({{ n_bytes }})::bigint as content_bytes,
    sum({{ 'n_tokens' if asset == 'cleaned_chunks' else 'null' }})::bigint as tokens
from {{ ref('stg_' ~ asset) }}
group by all
{{ 'union all' if not loop.last }}
{% endfor %}
order by asset, rows desc, language
