"""Projects made of packages."""

from __future__ import annotations

from tests.projects.walk import PROJECT, Kind, model

PACKAGES = Kind(
    peculiarities=(
        "local packages inside and outside the project's folder",
        "models, seeds and macros of packages",
        "a `dispatch:` order that takes `default__generate_schema_name` from a package",
        "a package with a `generate_schema_name` of its own",
        "a package that is changed, the project is not",
    ),
    project="dbt",
    files={
        "dbt/dbt_project.yml": PROJECT
        + "dispatch:\n  - {macro_namespace: dbt, search_order: [shop, naming, dbt]}\n",
        "dbt/packages.yml": "packages:\n  - local: inside/naming\n  - local: ../shared/regions\n",
        "dbt/inside/naming/dbt_project.yml": "name: naming\nversion: '1.0'\n",
        "dbt/inside/naming/macros/names.sql": """\
{% macro default__generate_schema_name(custom_schema_name, node) -%}
  {{ custom_schema_name or 'plain' }}
{%- endmacro %}
{% macro doubled(column) -%} 2 * {{ column }} {%- endmacro %}
""",
        "shared/regions/dbt_project.yml": "name: regions\nversion: '1.0'\n"
        "macro-paths: [own macros]\n",
        "shared/regions/own macros/names.sql": """\
{% macro generate_schema_name(custom_schema_name, node) -%}
  regions_{{ custom_schema_name or node.resource_type }}
{%- endmacro %}
""",
        "shared/regions/seeds/regions.csv": "id\n1\n2\n",
        "shared/regions/models/big_regions.sql": model(
            "select id from {{ ref('regions', 'regions') }} where id > 1"
        ),
        "dbt/models/sales.sql": model(
            "select {{ naming.doubled('id') }} as amount from {{ ref('regions', 'big_regions') }}",
            schema="gold",
            materialized="table",
        ),
        "dbt/models/constant.sql": model("select 1 as one", materialized="table"),
    },
    first={
        "regions_seed.regions": [(1,), (2,)],
        "regions_model.big_regions": [(2,)],
        "gold.sales": [(4,)],
        "plain.constant": [(1,)],
    },
    change={
        "shared/regions/models/big_regions.sql": model(
            "select 10 * id as id from {{ ref('regions', 'regions') }} where id > 1"
        )
    },
    second={
        "regions_seed.regions": [(1,), (2,)],
        "regions_model.big_regions": [(20,)],
        "gold.sales": [(40,)],
        "plain.constant": [(1,)],
    },
    rebuilt={"model.big_regions", "model.sales"},
)
