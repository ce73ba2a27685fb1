"""Short times as rewind.yml and --wait say them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dbt_rewind.config.duration import parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0s", timedelta()),
        ("500ms", timedelta(milliseconds=500)),
        ("30s", timedelta(seconds=30)),
        ("10m", timedelta(minutes=10)),
        ("24h", timedelta(days=1)),
    ],
)
def test_times(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "5", "5 m", "-5s", "5d", "05s", "1.5s", "5M", "\u0665s", "1234567s"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time such as"):
        parse_duration(text)
