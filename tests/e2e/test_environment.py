"""What a version brings with it: packages, and requirements of its own."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys

import pytest
from tests.e2e.lab import Lab

pytestmark = pytest.mark.e2e

PACKAGE = {
    "pipeline/packages.yml": "packages:\n  - local: ../shared\n",
    "shared/dbt_project.yml": "name: shared\nversion: '1.0'\n",
    "shared/macros/doubled.sql": "{% macro doubled(column) %}2 * {{ column }}{% endmacro %}\n",
    "shared/models/units.sql": (
        "{{ config(materialized='table', schema='gold') }}\nselect 'piece' as unit\n"
    ),
    "pipeline/models/doubled_orders.sql": (
        "{{ config(materialized='table', schema='gold') }}\n"
        "select order_id, {{ shared.doubled('amount') }} as amount from {{ ref('order_log') }}\n"
    ),
}


def test_a_local_package(first: Lab) -> None:
    first.commit("Share a macro and a model", PACKAGE)
    deployed = first.rewind("deploy")
    built = [n["unique_id"] for n in deployed["release"]["nodes"] if n["built_by"] == "r2"]
    assert built == ["model.shared.units", "model.shop.doubled_orders"]
    rows = first.read()
    assert rows["gold.units"] == [("piece",)]
    assert rows["gold.doubled_orders"] == [(1, 20), (2, 40), (3, 80)]
    # The package lies outside the project's folder; a change in it counts all the same.
    tripled = PACKAGE["shared/macros/doubled.sql"].replace("2 *", "3 *")
    first.commit("Change the macro", {"shared/macros/doubled.sql": tripled})
    assert first.rewind("status")["branch"]["same_project"] is False
    first.rewind("rollback", "--yes")
    assert "gold.units" not in first.read()
    first.assert_tidy()


def test_requirements_that_nothing_satisfies(first: Lab) -> None:
    standing = first.standing()
    missing = "dbt-core>=1.9\n./no-such-package-here\n"
    first.commit("Require what is not there", {"pipeline/requirements.txt": missing})
    error = first.refused("deploy", expected=5)
    assert error["slug"] == "requirements-failed"
    assert error["facts"]["file"] == "requirements.txt"
    assert first.standing() == standing
    first.assert_tidy()


def test_requirements_of_its_own_are_installed(first: Lab) -> None:
    """An environment made by uv, from the package index or from uv's own cache."""
    other = "1.16.0" if importlib.metadata.version("six") != "1.16.0" else "1.17.0"
    pins = [
        f"{name}=={importlib.metadata.version(name)}"
        for name in ("dbt-core", "dbt-duckdb", "duckdb")
    ]
    text = "\n".join([*pins, f"six=={other}"]) + "\n"
    first.commit("Pin another six", {"pipeline/requirements.txt": text})
    answer = first.run("deploy", "--dry-run", "--json", variables={"HOME": uv_home()})
    if answer.status != 0 and answer.error["slug"] == "requirements-failed":
        pytest.skip(f"NO INDEX: an environment of its own is not tested: {answer.error['message']}")
    # Other requirements are another project: everything they might change is built again.
    assert answer.check(0).document["dry_run"] is True
    (python,) = (first.cache / "environments").glob("*/bin/python")
    command = "import six, sys; print(six.__version__, sys.prefix != sys.base_prefix)"
    told = subprocess.run([python, "-c", command], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [other, "True"]
    assert str(python) != sys.executable
    first.assert_tidy()


def uv_home() -> str:
    """The home whose uv cache may already hold the packages."""
    return os.environ.get("HOME", "")
