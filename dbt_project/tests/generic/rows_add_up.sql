{% test rows_add_up(model, assets) %}
-- Stages that make one row of one row, and lost some without a ledger row (or wrote one too many).
select asset, rows_in, rows_out, rows_dropped
from {{ model }}
where asset in ('{{ assets | join("', '") }}') and snapshot is not null and rows_in != rows_out + rows_dropped
{% endtest %}
