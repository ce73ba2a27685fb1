"""The reference has every error with its exit code, and none that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from tests.docs.pages import codes, reference, rows

from dbt_rewind.errors import RewindError


def leaves(root: type[RewindError] = RewindError) -> Iterator[type[RewindError]]:
    for each in root.__subclasses__():
        # Tests may have errors of their own.
        if not each.__module__.startswith("dbt_rewind."):
            continue
        yield from leaves(each)
        if "slug" in vars(each):
            yield each


def test_every_error_is_documented_with_its_exit_code_and_no_other() -> None:
    found = {codes(row[0])[0]: int(row[1]) for row in rows(reference("errors").prose)}
    assert found == {error.slug: int(error.exit_code) for error in leaves()}


def test_every_error_has_a_meaning_and_a_way_out() -> None:
    for slug, _, meaning, way_out in rows(reference("errors").prose):
        assert meaning, slug
        assert way_out, slug
