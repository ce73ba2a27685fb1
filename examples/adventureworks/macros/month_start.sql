{# First day of the month of a date. SQL Server has no date_trunc before 2022. #}
{% macro month_start(column) -%}
    {{ adapter.dispatch('month_start', 'adventureworks')(column) }}
{%- endmacro %}

{% macro default__month_start(column) -%}
    cast(date_trunc('month', {{ column }}) as date)
{%- endmacro %}

{% macro sqlserver__month_start(column) -%}
    datefromparts(year({{ column }}), month({{ column }}), 1)
{%- endmacro %}
