"""Each case's words and JSON are kept in `golden/`; `pytest tests/cli --update-golden` writes them.

A golden file that changed is a change that users see, so it is read before it is committed.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from tests.cli.cases import CASES, Case
from tests.cli.shop import PLACE, Shop

GOLDEN = Path(__file__).with_name("golden")
PAIRS = [(case, kind) for case in CASES for kind in case.formats]


@pytest.mark.parametrize(("case", "kind"), PAIRS, ids=lambda each: getattr(each, "name", each))
def test_a_command_says_what_it_said(
    shop: Shop, case: Case, kind: str, update_golden: bool
) -> None:
    case.setup(shop)
    arguments = shlex.split(case.line) + (["--json"] if kind == "json" else [])
    ran = shop.run(*arguments)
    assert ran.status == case.status, ran
    if kind == "json":
        # Exactly one document, of errors too.
        document = json.loads(ran.out)
        assert document["version"] == 1
        assert ("error" in document) == (case.status not in {0, 10, 11, 15, 18, 20, 21, 22, 23})
        if "error" in document:
            assert document["error"]["exit_code"] == case.status
        said = ran.out
    else:
        said = f"$ rewind {case.line}\n{ran.out}"
        said += f"--- standard error\n{ran.err}" if ran.err else ""
        said += f"--- exit {ran.status}\n"
    golden = GOLDEN / f"{case.name}.{kind}"
    if update_golden:
        golden.write_text(said)
    assert said == golden.read_text()


def test_no_golden_file_is_left_over() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == {
        f"{case.name}.{kind}" for case, kind in PAIRS
    }


def test_case_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


TEXTS = [case.name for case in CASES if "txt" in case.formats]


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "schema"])
def test_every_line_fits_a_screen_of_80_columns(name: str) -> None:
    # A path is as long as it is; the rest of its line is ours.
    text = (GOLDEN / f"{name}.txt").read_text().replace(PLACE, "~")
    said = [line for line in text.splitlines() if not line.startswith("$ ")]
    assert [line for line in said if len(line) > 80] == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_line_ends_in_spaces(name: str) -> None:
    lines = (GOLDEN / f"{name}.txt").read_text().splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
