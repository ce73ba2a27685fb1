"""What lies around a project: other projects, worktrees, submodules."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.lab import Lab
from tests.projects.repositories import IN_A_SUBMODULE, TWO_PROJECTS, project
from tests.projects.walk import OUTSIDE_GIT, PROFILES, PROJECT, Kind, begin, change, seen

pytestmark = pytest.mark.e2e


def test_two_projects_share_a_warehouse(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.repository.mkdir(parents=True)
    lab.git("init", "--quiet", "--template=", "--initial-branch=main")
    lab.commit("Begin", {**TWO_PROJECTS.files, ".gitignore": OUTSIDE_GIT})
    shop, bank = lab.repository / "shop", lab.repository / "bank"

    lab.run("deploy", folder=shop).check(0)
    standing = lab.standing()
    # Both call their environment `prod`: without a refusal each would take over the other's names.
    reading = (("status",), ("history",), ("show", "r1"), ("verify",), ("deploy", "--dry-run"))
    for command in (*reading, ("rollback", "--yes"), ("deploy",), ("recover",)):
        answer = lab.run(*command, "--json", folder=bank).check(3)
        assert answer.error["slug"] == "environment-taken"
        assert answer.error["facts"] == {"name": "prod", "owner": "shop", "project": "bank"}
        assert lab.standing() == standing

    lab.commit("Rename", project("bank", "bank", "bank_prod"))
    lab.run("deploy", folder=bank).check(0)
    first, second = TWO_PROJECTS.first, TWO_PROJECTS.second
    assert seen(lab) == first
    change(lab, TWO_PROJECTS.change)
    # The other project is the same still, so that nothing is to be built.
    again = lab.run("deploy", "--json", folder=bank).check(0).document
    assert again["equals"] == "r1"
    lab.run("deploy", folder=shop).check(0)
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
