"""Ages such as `30d`, as rewind.yml and the command line say them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def parse_age(text: str) -> timedelta:
    """The time that `12h`, `30d` or `4w` is. Raises ValueError."""
    match = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", text, re.ASCII)
    if match is None:
        raise ValueError(f"{text!r} is no age such as 12h, 30d or 4w")
    return int(match[1]) * _UNITS[match[2]]


def age_text(age: timedelta) -> str:
    """As `parse_age` reads it, in days where they come out even."""
    hours = round(age / timedelta(hours=1))
    return f"{hours // 24}d" if hours % 24 == 0 else f"{hours}h"
