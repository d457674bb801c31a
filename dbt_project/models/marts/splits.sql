select
    split,
    source,
    count(*) as rows,
    count(distinct group_id) as groups,
    sum(n_tokens)::bigint as tokens,
    sum(n_answer_tokens)::bigint as answer_tokens,
    sum(weight) as weight
from {{ ref('stg_chatml_splits') }}
group by split, source
order by split, source
