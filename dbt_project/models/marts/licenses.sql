{% set repository_of = {
    'raw_code': 'repository', 'clean_code': 'repository', 'deduplicated_code': 'repository', 'cleaned_chunks': 'repository',
    'qa_pairs': 'repository', 'chat_examples': 'group_keys[1]', 'chatml_splits': 'group_id',
} %}
{% for asset, repository in repository_of.items() %}
select '{{ asset }}' as asset, coalesce(license, 'unknown') as license, count(*) as rows, count(distinct {{ repository }}) as repositories
from {{ ref('stg_' ~ asset) }}
group by all
{{ 'union all' if not loop.last }}
{% endfor %}
order by asset, rows desc, license
