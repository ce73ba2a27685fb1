"""The secrets in a channel's address, and texts without them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from dbt_rewind.redact import MASK

_SHORTEST: Final = 4
_LIKE_A_TOKEN: Final = 16
_BETWEEN = re.compile(r"[/@:?&=#,;\s]+")


def without_address(text: str, address: str) -> str:
    """The text with a mask in place of every part of the address.

    Which part of it is a secret depends on the service: a host for one is a token for another.
    """
    for part in sorted({address, *_parts(address)}, key=len, reverse=True):
        text = text.replace(part, MASK)
    return text


def secrets_in(address: str) -> frozenset[str]:
    """What must be nowhere: the address, and those of its parts that no word is as long as."""
    long = (part for part in _parts(address) if len(part) >= _LIKE_A_TOKEN)
    return frozenset((address, *long))


def _parts(address: str) -> frozenset[str]:
    _, _, rest = address.partition("://")
    found = (part for part in _BETWEEN.split(rest) if len(part) >= _SHORTEST)
    return frozenset(spelling for part in found for spelling in (part, unquote(part)))
