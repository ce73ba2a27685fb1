{# One @ with something before it, a dot in the part after it, no space. Patterns only, because
   SQL Server has no regular expressions before 2025. #}
{% test valid_email(model, column_name) %}
select {{ column_name }}
from {{ model }}
where
    {{ column_name }} is not null
    and (
        {{ column_name }} not like '_%@_%._%'
        or {{ column_name }} like '%@%@%'
        or {{ column_name }} like '% %'
    )
{% endtest %}
