"""Addresses: this machine's, the secrets in a channel's, and texts without these."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from dbt_rewind.redact import MASK

HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""The hosts in an address that leads no further than this machine, where TLS guards nothing."""

_SHORTEST: Final = 4
_LIKE_A_TOKEN: Final = 16
_BETWEEN = re.compile(r"[/@:?&=#,;\s]+")
_PASSWORD = re.compile(r"^[^/?#]*?:([^/?#]+)@")
_HOST_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)


def without_address(text: str, address: str) -> str:
    """The text with a mask in place of every part of the address.

    Which part of it is a secret depends on the service: a host for one is a token for another.
    """
    for part in sorted({address, *_parts(address)}, key=len, reverse=True):
        text = text.replace(part, MASK)
    return text


def secrets_in(address: str) -> frozenset[str]:
    """What must be nowhere: the address, its password, and those of its parts that no word is as
    long as."""
    rest = address.partition("://")[2]
    password = _PASSWORD.match(rest)
    long = (part for part in _parts(address) if len(part) >= _LIKE_A_TOKEN)
    return frozenset(
        (
            address,
            *((password[1], unquote(password[1])) if password else ()),
            *(part for part in long if not _HOST_NAME.fullmatch(part)),
        )
    )


def _parts(address: str) -> frozenset[str]:
    rest = address.partition("://")[2]
    found = (part for part in _BETWEEN.split(rest) if len(part) >= _SHORTEST)
    return frozenset(spelling for part in found for spelling in (part, unquote(part)))
