{% test parents_exist(model, parents) %}
-- Rows with a parent id that is not a row of one of `parents`, the datasets that they are made from. When one of these was published
-- again and this one was not (a gate held it back), there is nothing to compare: the rows were made from an older snapshot,
-- and their own gate has seen it.
with children as (
    select id, unnest(parent_ids) as parent_id from {{ model }}
),

known as (
{%- for above in parents %}
    select id from {{ above }}{{ ' union all' if not loop.last }}
{%- endfor %}
),

bound as (
    select above.asset
    from {{ ref('snapshots') }} as made
    inner join {{ ref('snapshots') }} as above on made.parents[above.asset] = above.snapshot
    where made.asset = '{{ model.identifier }}'
        and above.asset in ({% for above in parents %}'{{ above.identifier }}'{{ ', ' if not loop.last }}{% endfor %})
)

select children.id, children.parent_id
from children
anti join known on children.parent_id = known.id
where (select count(*) from bound) = {{ parents | length }}
{% endtest %}
