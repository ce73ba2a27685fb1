"""Content that no file of ours should have: a fixed corpus, and random changes of good content."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(8)
)

CORPUS: dict[str, bytes] = {
    "nothing": b"",
    "a zero": b"\0",
    "UTF-16": "version: 1\n".encode("utf-16"),
    "Latin-1": "name: caf\u00e9\n".encode("latin-1"),
    "a mark and no more": b"\xef\xbb\xbf",
    "an open brace": b"{",
    "deep": b"[" * 100_000,
    "a list": b"- 1\n- 2\n",
    "a number": b"9" * 5_000,
    "itself": b"a: &a [*a]\n",
    "aliases of aliases": LAUGHS.encode(),
    "a tag of Python's": b"!!python/object/apply:os.system ['true']\n",
    "a key that is a list": b"? [a, b]\n: c\n",
    "a key twice": b"version: 1\nversion: 1\n",
    "Jinja": b'name: "{{ 1 / 0 }}"\nprofile: "{{ env_var(\'NOBODY_SET_THIS\') }}"\n',
    "open Jinja": b'name: "{{"\n',
    "null": b"null\n",
    "noise": random.Random(0).randbytes(4_000),
}

JUNK: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**30,
    0.5,
    "",
    "x",
    "\ud800",
    "a\0b",
    "\"'; drop table x; --",
    [],
    {},
    [None],
    {"": None},
    {"path": []},
    [[1, {"name": {}}]],
    "x" * 10_000,
)


SIGNS = b"{}[]:,'\"\n\t-&*!|>%@`#?"


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where every value within `value` is."""
    found = [here] if here else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += paths(item, (*here, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            found += paths(item, (*here, at))
    return found


def with_junk(value: Any, where: tuple[Any, ...], *junk: Any) -> Any:
    """A copy of JSON data with junk in one place; without any, that place is gone."""
    copy = json.loads(json.dumps(value))
    *way, last = where
    holder = copy
    for step in way:
        holder = holder[step]
    if junk:
        (holder[last],) = junk
    else:
        del holder[last]
    return copy


def every_change(value: Any) -> Iterator[Any]:
    """The data with each of its values gone, and replaced by each junk."""
    for where in paths(value):
        yield with_junk(value, where)
        for junk in JUNK:
            yield with_junk(value, where, junk)


def changed(value: Any, dice: random.Random) -> Any:
    """A copy of JSON data in which one value, picked by chance, is junk or is gone."""
    junk = [] if dice.random() < 0.1 else [dice.choice(JUNK)]
    return with_junk(value, dice.choice(paths(value)), *junk)


def garbled(content: bytes, dice: random.Random) -> bytes:
    """The content with some bytes changed, cut, doubled or put in."""
    content = bytes(content)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(content) + 1)
        change: Callable[[bytes, bytes], bytes] = dice.choice(
            [
                lambda left, right: left + dice.randbytes(3) + right,
                lambda left, right: left + right[dice.randint(1, 20) :],
                lambda left, right: left + right[:9] + right,
                lambda left, right: left + bytes([dice.choice(SIGNS)]) + right,
            ]
        )
        content = change(content[:at], content[at:])
    return content
