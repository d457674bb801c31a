-- Questions that take a word: `from drops('clean_code')`, `from what_if('clean_code', 'alphanumeric_share', 0.3)`.

{% macro questions() %}
create or replace macro drops(dataset) as table
    select rule, action, rows, min_score, median_score, max_score, threshold
    from drops
    where asset = dataset
    order by rows desc, rule;

-- The rows that another threshold would bring back or take away, before anything is run again. A row that other rules of the dataset
-- dropped as well does not come back; the stages behind the rule would still have to see what does. Where the scores of what was kept
-- are not known, a stricter threshold is an error and not an empty answer.
create or replace macro what_if(dataset, rule_name, new_threshold) as table
    with known as (
        select rules.drops, rules.keeps_scores, max(ledger.threshold) as threshold
        from rules
        left join ledger on rules.asset = ledger.asset and rules.rule = ledger.rule
        where rules.asset = dataset and rules.rule = rule_name
        group by all
    ),

    judged as (
        select
            case
                when not keeps_scores and (case drops when 'above' then new_threshold < threshold else new_threshold > threshold end)
                    then error('the scores of what ' || rule_name || ' kept are not known: only a laxer threshold can be asked about')
                else drops
            end as drops
        from known
        union all
        select error(
            'no rule ' || rule_name || ' with a score in ' || dataset || '; it has '
            || coalesce((select string_agg(rule, ', ' order by rule) from rules where asset = dataset), 'none')
        )
        where not exists (select 1 from known)
    ),

    elsewhere as (
        select distinct row_id
        from ledger
        where asset = dataset and action = 'dropped' and rule != rule_name
    )

    select
        scores.row_id,
        case when scores.dropped then 'returns' else 'leaves' end as change,
        scores.score,
        coalesce(scores.threshold, new_threshold) as threshold
    from scores
    cross join judged
    where
        scores.asset = dataset and scores.rule = rule_name
        and case judged.drops when 'above' then scores.score > new_threshold else scores.score < new_threshold end != scores.dropped
        and not (scores.dropped and scores.row_id in (select row_id from elsewhere))
    order by change, scores.score, scores.row_id
{% endmacro %}
