"""Projects that are not alone in their repository, or not whole in it."""

from __future__ import annotations

from tests.projects.walk import CONFIG, PROFILES, PROJECT, Kind, model


def project(name: str, schema: str, environment: str = "prod") -> dict[str, str]:
    """A project in a folder of its own, with a rewind.yml of its own."""
    return {
        f"{name}/rewind.yml": CONFIG.replace("prod:", f"{environment}:", 1),
        f"{name}/dbt_project.yml": PROJECT.replace("shop", name, 1),
        f"{name}/profiles.yml": PROFILES.replace(
            "shop.duckdb", f"../shop.duckdb, schema: {schema}"
        ),
        f"{name}/models/orders.sql": model(f"select '{name}' as project, 1 as id"),
    }


TWO_PROJECTS = Kind(
    peculiarities=(
        "several projects in one repository, each with a `rewind.yml` of its own",
        "two projects in one warehouse",
        "a project that gets another name",
        "a schema that is called like its database",
    ),
    files={
        **project("shop", "shop"),
        **project("bank", "bank"),
    },
    first={"shop.orders": [("shop", 1)], "bank.orders": [("bank", 1)]},
    change={"shop/models/orders.sql": model("select 'shop' as project, 2 as id")},
    second={"shop.orders": [("shop", 2)], "bank.orders": [("bank", 1)]},
    rebuilt={"model.orders"},
)

IN_A_SUBMODULE = Kind(
    peculiarities=("a git worktree", "a submodule with a local package"),
    files={
        "packages.yml": "packages:\n  - local: shared/numbers\n",
        "models/orders.sql": model("select {{ numbers.one() }} as id"),
    },
    first={"main.orders": [(1,)]},
    change={},
    second={"main.orders": [(2,)]},
    rebuilt={"model.orders"},
)
