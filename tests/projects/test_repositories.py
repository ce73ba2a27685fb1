"""What lies around a project: other projects, worktrees, submodules."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.lab import Lab
from tests.projects.walk import CONFIG, OUTSIDE_GIT, PROFILES, PROJECT, Kind, begin, model, seen

pytestmark = pytest.mark.e2e


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


def test_two_projects_share_a_warehouse(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.repository.mkdir(parents=True)
    lab.git("init", "--quiet", "--template=", "--initial-branch=main")
    files = {**project("shop", "shop"), **project("bank", "bank"), ".gitignore": OUTSIDE_GIT}
    lab.commit("Begin", files)
    shop, bank = lab.repository / "shop", lab.repository / "bank"

    lab.run("deploy", folder=shop).check(0)
    standing = lab.standing()
    # Both call their environment `prod`: without a refusal each would take over the other's names.
    for command in (("deploy",), ("deploy", "--dry-run"), ("recover",)):
        answer = lab.run(*command, "--json", folder=bank).check(3)
        assert answer.error["slug"] == "environment-taken"
        assert answer.error["facts"] == {"name": "prod", "owner": "shop", "project": "bank"}
        assert lab.standing() == standing

    lab.commit("Rename", project("bank", "bank", "bank_prod"))
    lab.run("deploy", folder=bank).check(0)
    first = {"shop.orders": [("shop", 1)], "bank.orders": [("bank", 1)]}
    assert seen(lab) == first
    lab.commit("Change", {"shop/models/orders.sql": model("select 'shop' as project, 2 as id")})
    # The other project is the same still, so that nothing is to be built.
    again = lab.run("deploy", "--json", folder=bank).check(0).document
    assert again["equals"] == "r1"
    lab.run("deploy", folder=shop).check(0)
    second = {**first, "shop.orders": [("shop", 2)]}
    assert seen(lab) == second
    lab.run("rollback", "--yes", folder=shop).check(0)
    assert seen(lab) == first
    lab.run("rollback", "--to", "r2", "--yes", folder=shop).check(0)
    assert seen(lab) == second

    # A project that gets another name is the same project.
    lab.commit("Rename", {"shop/dbt_project.yml": PROJECT.replace("shop", "store", 1)})
    lab.run("deploy", folder=shop).check(0)
    assert seen(lab) == second
    lab.run("rollback", "--yes", folder=shop).check(0)


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


def test_from_a_worktree_with_a_submodule(tmp_path: Path) -> None:
    shared = begin(
        Kind(
            peculiarities=(),
            files={
                "numbers/dbt_project.yml": "name: numbers\nversion: '1.0'\n",
                "numbers/macros/one.sql": "{% macro one() %}1{% endmacro %}\n",
            },
            first={},
            change={},
            second={},
            rebuilt=set(),
        ),
        tmp_path / "shared",
    )
    own = begin(IN_A_SUBMODULE, tmp_path / "own")
    allow = ("-c", "protocol.file.allow=always")
    own.git(*allow, "submodule", "--quiet", "add", str(shared.repository), "shared")
    own.commit("Share")
    # Deployed from a worktree, whose own submodule is not even filled.
    tree = tmp_path / "tree"
    own.git("worktree", "add", "--quiet", "-b", "side", str(tree))
    profiles = PROFILES.replace("shop.duckdb", str(own.database))
    (tree / "profiles.yml").write_text(profiles, encoding="utf-8")

    own.run("deploy", "HEAD", "-e", "prod", folder=tree).check(0)
    assert seen(own) == IN_A_SUBMODULE.first
    shared.commit("Count on", {"numbers/macros/one.sql": "{% macro one() %}2{% endmacro %}\n"})
    own.git("-C", "shared", *allow, "pull", "--quiet")
    own.commit("Share more")
    deployed = own.run("deploy", "main", "-e", "prod", "--json", folder=tree).check(0).document
    assert deployed["equals"] is None, "a submodule that moved is a change"
    assert seen(own) == IN_A_SUBMODULE.second
    own.run("rollback", "-e", "prod", "--yes", folder=tree).check(0)
    assert seen(own) == IN_A_SUBMODULE.first
    own.run("rollback", "--to", "r2", "-e", "prod", "--yes", folder=tree).check(0)
    assert seen(own) == IN_A_SUBMODULE.second
