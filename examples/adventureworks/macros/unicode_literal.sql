{# A string literal that keeps letters outside ASCII. SQL Server needs the N prefix for that. #}
{% macro unicode_literal(text) -%}
    {{ adapter.dispatch('unicode_literal', 'adventureworks')(text) }}
{%- endmacro %}

{% macro default__unicode_literal(text) -%}
    '{{ text }}'
{%- endmacro %}

{% macro sqlserver__unicode_literal(text) -%}
    N'{{ text }}'
{%- endmacro %}
