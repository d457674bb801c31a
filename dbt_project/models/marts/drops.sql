select
    asset,
    rule,
    action,
    count(distinct row_id) as rows,
    min(score) as min_score,
    median(score) as median_score,
    max(score) as max_score,
    any_value(threshold) as threshold
from {{ ref('ledger') }}
group by asset, rule, action
order by asset, rows desc, rule
