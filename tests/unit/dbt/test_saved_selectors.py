"""What a deploy asks of dbt where the project has saved selectors."""

from __future__ import annotations

import json
from pathlib import Path

from dbt_rewind.dbt.saved_selectors import GENERATED, meeting, write_selector

EVERYDAY = {"method": "tag", "value": "daily"}


def test_everything_of_a_selector() -> None:
    assert meeting((), EVERYDAY) == {"intersection": [EVERYDAY]}


def test_a_selection_meets_a_selector() -> None:
    """A space parts alternatives, a comma what must hold at once."""
    assert meeting(("a,state:modified+", "b c"), EVERYDAY) == {
        "intersection": [
            EVERYDAY,
            {"union": [{"intersection": ["a", "state:modified+"]}, "b", "c"]},
        ]
    }


def test_it_is_the_only_selector_and_no_default(tmp_path: Path) -> None:
    (tmp_path / "selectors.yml").write_text("selectors: [{name: x, default: true}]")
    write_selector(tmp_path, "a+")
    written = json.loads((tmp_path / "selectors.yml").read_text())
    assert written == {"selectors": [{"name": GENERATED, "definition": "a+"}]}
