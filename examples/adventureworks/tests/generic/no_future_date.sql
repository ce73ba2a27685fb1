{% test no_future_date(model, column_name) %}
select {{ column_name }}
from {{ model }}
where cast({{ column_name }} as date) > cast({{ dbt.current_timestamp() }} as date)
{% endtest %}
