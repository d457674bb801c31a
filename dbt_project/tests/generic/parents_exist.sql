{% test parents_exist(model, parent) %}
-- Rows with a parent id that is not a row of `parent`. When the dataset above was published again and this one was not (a gate
-- held it back), there is nothing to compare: the rows were made from an older snapshot, and their own gate has seen it.
with children as (
    select id, unnest(parent_ids) as parent_id from {{ model }}
),

bound as (
    select made.asset
    from {{ ref('snapshots') }} as made
    inner join {{ ref('snapshots') }} as above on made.parents[above.asset] = above.snapshot
    where made.asset = '{{ model.identifier }}' and above.asset = '{{ parent.identifier }}'
)

select children.id, children.parent_id
from children
anti join {{ parent }} as parents on children.parent_id = parents.id
where exists (select 1 from bound)
{% endtest %}
