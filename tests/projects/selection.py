"""Projects that say themselves what is built."""

from __future__ import annotations

from tests.projects.walk import Kind, model

SELECTORS = """\
selectors:
  - name: everyday
    description: What a plain dbt build builds.
    default: "{{ true if target.name == 'prod' else false }}"
    definition:
      union:
        - method: fqn
          value: "*"
        - exclude:
            - {method: tag, value: nightly}
            - {method: selector, value: rare}
  - name: nightly
    definition: tag:nightly
"""
RARE = """\
  - name: rare
    definition: {method: tag, value: rare}
"""

MODELS = """\
models:
  - name: orders
    columns:
      - name: id
        data_tests: [unique, not_null: {config: {tags: [nightly]}}]
"""

DEFAULT_SELECTOR = Kind(
    peculiarities=("saved selectors, one with `default: true`",),
    files={
        "selectors.yml": SELECTORS.replace("selectors:\n", "selectors:\n" + RARE, 1),
        "models/models.yml": MODELS,
        "models/orders.sql": model("select 1 as id"),
        "models/sales.sql": model("select 10 * id as amount from {{ ref('orders') }}"),
        "models/report.sql": model("select * from {{ ref('sales') }}", tags=["nightly"]),
        "models/broken.sql": model("select * from nowhere", tags=["rare"]),
    },
    first={"main.orders": [(1,)], "main.sales": [(10,)]},
    change={
        "models/orders.sql": model("select 2 as id"),
        "models/report.sql": model("select 1 as x from {{ ref('sales') }}", tags=["nightly"]),
    },
    second={"main.orders": [(2,)], "main.sales": [(20,)]},
    rebuilt={"model.orders", "model.sales"},
)
