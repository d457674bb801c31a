-- One line for each score that a rule gave to a row: of those that it dropped, by the ledger; of those that it kept, by the row itself.
with dropped as (
    select asset, row_id, rule, score, threshold, true as dropped
    from {{ ref('ledger') }}
    where action = 'dropped' and score is not null
),

kept_files as (
    unpivot (select parent_ids[1] as row_id, unnest(scores) from {{ ref('stg_clean_code') }})
    on columns(* exclude row_id) into name rule value score
),

kept_sizes as (
    select parent_ids[1] as row_id, unnest(['over_size', 'too_many_lines']) as rule, unnest([n_bytes, n_lines]) as score
    from {{ ref('stg_clean_code') }}
),

kept_chunks as (
    select id as row_id, unnest(['too_short', 'over_budget']) as rule, n_tokens as score from {{ ref('stg_cleaned_chunks') }}
)

select asset, row_id, rule, score, threshold, dropped from dropped
union all
select 'clean_code', row_id, rule, score, null, false from kept_files
union all
select 'clean_code', row_id, rule, score, null, false from kept_sizes
union all
select 'cleaned_chunks', row_id, rule, score, null, false from kept_chunks
