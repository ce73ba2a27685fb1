{# A yes/no column as 1 or 0. SQL Server stores flags as bit, which is not a condition. #}
{% macro flag_to_int(column) -%}
    {{ adapter.dispatch('flag_to_int', 'adventureworks')(column) }}
{%- endmacro %}

{% macro default__flag_to_int(column) -%}
    case when {{ column }} then 1 else 0 end
{%- endmacro %}

{% macro sqlserver__flag_to_int(column) -%}
    case when {{ column }} = 1 then 1 else 0 end
{%- endmacro %}
