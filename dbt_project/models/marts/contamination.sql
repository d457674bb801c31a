-- What was found of registered evaluation sets among the examples, and by which rule; a ledger row names benchmark/task first.
select
    split_part(detail, '/', 1) as benchmark,
    detail as problem,
    rule,
    count(distinct row_id) as examples,
    max(score) as score
from {{ ref('ledger') }}
where asset = 'chatml_splits' and rule in ('contaminated_exact', 'contaminated_ngram', 'contaminated_near')
group by all
order by benchmark, problem, rule
