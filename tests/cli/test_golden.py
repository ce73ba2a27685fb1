"""Each case's words and JSON are kept in `golden/`; `pytest tests/cli --update-golden` writes them.

A golden file that changed is a change that users see, so it is read before it is committed.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.cases import CASES, Case
from tests.cli.shop import Shop

GOLDEN = Path(__file__).with_name("golden")
PAIRS = [(case, kind) for case in CASES for kind in case.formats]


@pytest.mark.parametrize(("case", "kind"), PAIRS, ids=lambda each: getattr(each, "name", each))
def test_a_command_says_what_it_said(
    shop: Shop, case: Case, kind: str, update_golden: bool
) -> None:
    case.setup(shop)
    arguments = case.line.split() + (["--json"] if kind == "json" else [])
    ran = shop.run(*arguments)
    assert ran.status == case.status, ran
    if kind == "json":
        # Exactly one document, of errors too.
        document = json.loads(ran.out)
        assert document["version"] == 1
        assert ("error" in document) == (case.status not in {0, 10, 11})
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


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.txt")), ids=lambda file: str(file.stem))
def test_every_line_fits_a_screen_of_80_columns(file: Path) -> None:
    if file.stem == "schema":
        pytest.skip("a document for editors")
    wide = [line for line in file.read_text().splitlines() if len(line) > 80]
    assert wide == []


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.txt")), ids=lambda file: str(file.stem))
def test_no_line_ends_in_spaces(file: Path) -> None:
    assert [line for line in file.read_text().splitlines() if line != line.rstrip()] == []
