{# Layers have the same plain schema names (bronze, silver, gold) in every environment:
   environments are separate databases here, not separate schema prefixes. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%}
        {{ target.schema }}
    {%- else -%}
        {{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
