{% test one_value_per_group(model, column_name, group_by) %}
-- Groups whose rows do not agree on the column.
select {{ group_by }}
from {{ model }}
group by {{ group_by }}
having count(distinct {{ column_name }}) > 1
{% endtest %}
