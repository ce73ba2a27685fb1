{# With or_zero, zero passes too. Null is the business of not_null. #}
{% test positive_value(model, column_name, or_zero=false) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} {{ '<' if or_zero else '<=' }} 0
{% endtest %}
