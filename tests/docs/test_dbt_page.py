"""The page on what of dbt works says of each peculiarity which test project proves it."""

from __future__ import annotations

from tests.docs.pages import codes, reference, rows
from tests.projects.kinds import KINDS

from dbt_rewind import errors

PAGE = reference("dbt")


def test_every_peculiarity_is_documented_with_its_project_and_no_other() -> None:
    documented = {(row[0], codes(row[1])[0]) for row in rows(PAGE.section("Works"))}
    proved = {(each, name) for name, kind in KINDS.items() for each in kind.peculiarities}
    assert documented == proved


def test_what_is_refused_has_an_error_that_exists() -> None:
    slugs = {getattr(getattr(errors, name), "slug", None) for name in errors.__all__}
    named = {slug for row in rows(PAGE.section("Refused")) for slug in codes(row[1])}
    assert named
    assert named <= slugs
