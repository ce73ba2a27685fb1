from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_rewind.model import release_id, release_number
from dbt_rewind.model.lease import Owner


@given(st.integers(min_value=1, max_value=999_999_999))
def test_an_id_and_its_number_go_both_ways(number: int) -> None:
    assert release_number(release_id(number)) == number


@pytest.mark.parametrize(
    "text", ["", "r", "r0", "r01", "R1", "1", "r1 ", " r1", "r1\n", "r-1", "r1.0", "r1234567890"]
)
def test_what_is_no_release_id(text: str) -> None:
    assert release_number(text) is None


@given(st.text())
def test_any_text_is_an_id_or_none(text: str) -> None:
    number = release_number(text)
    assert number is None or release_id(number) == text


def test_digits_of_other_scripts_are_no_release_id() -> None:
    assert release_number("r١٢") is None  # noqa: RUF001 -- Arabic digits on purpose


def test_an_owner_for_people_says_who_does_what_and_where() -> None:
    owner = Owner("ada", "ci-7", 42, "yesterday", "deploy")
    assert str(owner) == "deploy by ada (process 42 on ci-7)"
