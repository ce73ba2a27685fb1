"""JSON pointers (RFC 6901): what stands where in a document."""

from __future__ import annotations

import re
from typing import Any, Final

ABSENT: Final = object()
"""What is found where there is nothing; null is something."""

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


def at_pointer(document: Any, pointer: str) -> Any:
    """What `pointer` (empty, or beginning with `/`) leads to, ABSENT where it leads nowhere."""
    found = document
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        match found:
            case dict():
                found = found.get(key, ABSENT)
            case list() if _INDEX.fullmatch(key) and int(key) < len(found):
                found = found[int(key)]
            case _:
                return ABSENT
        if found is ABSENT:
            return ABSENT
    return found
