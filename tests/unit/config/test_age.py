"""Ages are read as they are written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_rewind.config.age import age_text, parse_age


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("1h", timedelta(hours=1)),
        ("36h", timedelta(hours=36)),
        ("30d", timedelta(days=30)),
        ("4w", timedelta(days=28)),
        ("9999w", timedelta(weeks=9999)),
    ],
)
def test_ages(text: str, age: timedelta) -> None:
    assert parse_age(text) == age
    assert parse_age(age_text(age)) == age


@given(st.integers(1, 99999), st.sampled_from("hd"))
def test_an_age_is_written_as_it_is_read(number: int, unit: str) -> None:
    age = parse_age(f"{number}{unit}")
    assert parse_age(age_text(age)) == age


@given(st.text(max_size=8).filter(lambda text: text[-1:] not in {"h", "d", "w"}))
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="30d"):
        parse_age(text)


@pytest.mark.parametrize("text", ["", "d", "0d", "-1d", "1.5d", "30", "30 d", "30d ", "1m", "²d"])
def test_near_ages_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no age such as"):
        parse_age(text)
