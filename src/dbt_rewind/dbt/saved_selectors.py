"""Saved selectors, narrowed to what a deploy wants of them.

dbt takes either a saved selector or a selection from the command line, and a deploy needs what both
have: of the nodes that `dbt build` would build by itself, those that have changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Definition = str | Mapping[str, Any]
"""A selector's definition, as selectors.yml has it."""

GENERATED = "rewind_selection"


def meeting(selection: Sequence[str], within: Definition) -> Definition:
    """The definition of what `selection`, which is everything where it is empty, and `within` both
    select."""
    words = [word for part in selection for word in part.split()]
    if not words:
        return {"intersection": [within]}
    return {"intersection": [within, {"union": [_met(word) for word in words]}]}


def _met(word: str) -> Definition:
    parts = word.split(",")
    return {"intersection": parts} if len(parts) > 1 else word


def write_selector(folder: Path, definition: Definition) -> None:
    """Makes `GENERATED` the only selector of the project in `folder`, a private worktree's."""
    content = {"selectors": [{"name": GENERATED, "definition": definition}]}
    (folder / "selectors.yml").write_text(json.dumps(content), encoding="utf-8")
