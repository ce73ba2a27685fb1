{# The company's address rule: first name in lower case without accents, spaces, dots and
   apostrophes, then the person's number. Null without a first name: concat() on SQL Server
   reads null as an empty string, so the case expression decides. #}
{% macro email_address(first_name, person_id) -%}
    {%- set accented = unicode_literal('áàâäãåçéèêëíìîïñóòôöõúùûüýÿ') -%}
    {%- set plain = unicode_literal('aaaaaaceeeeiiiinooooouuuuyy') -%}
    {%- set lowered = "translate(lower(" ~ first_name ~ "), " ~ accented ~ ", " ~ plain ~ ")" -%}
    {%- set cleaned = "replace(replace(replace(" ~ lowered ~ ", ' ', ''), '.', ''), '''', '')" -%}
    case
        when {{ first_name }} is null then null
        else {{ dbt.concat([
            cleaned,
            "cast(" ~ person_id ~ " as varchar(20))",
            "'@adventure-works.com'",
        ]) }}
    end
{%- endmacro %}
