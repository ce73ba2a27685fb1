"""Short times such as `500ms`, as rewind.yml and the command line say them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}


def parse_duration(text: str) -> timedelta:
    """The time that `500ms`, `30s`, `5m` or `1h` is. Raises ValueError."""
    match = re.fullmatch(r"(0|[1-9][0-9]{0,5})(ms|s|m|h)", text, re.ASCII)
    if match is None:
        raise ValueError(f"{text!r} is no time such as 500ms, 30s, 5m or 1h")
    return int(match[1]) * _UNITS[match[2]]
