with scores as (
    {% for metric in ['bertscore', 'rouge_l', 'token_f1', 'rouge_1', 'combined'] %}
    select source, group_id, '{{ metric }}' as metric, base_{{ metric }} as base, tuned_{{ metric }} as tuned
    from {{ ref('stg_eval_report') }}
    union all
    -- no adapter yet: the base model alone
    select source, group_id, '{{ metric }}', {{ metric }}, null
    from {{ ref('stg_baseline_eval') }}
    where not exists (select 1 from {{ ref('stg_eval_report') }})
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    metric,
    case when grouping(source) = 0 then 'source' when grouping(group_id) = 0 then 'group_id' else 'all' end as slice_by,
    coalesce(source, group_id, 'all') as slice,
    count(*) as examples,
    avg(base) as base_mean,
    avg(tuned) as tuned_mean,
    avg(tuned - base) as difference,
    count(*) filter (where tuned > base) as tuned_better,
    count(*) filter (where tuned < base) as base_better
from scores
group by grouping sets ((metric), (metric, source), (metric, group_id))
order by metric, slice_by, slice
