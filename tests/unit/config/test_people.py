from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.keys import new_pair
from tests.unit.config.refused import SMALLEST

from dbt_rewind.config.approvals import ci_trust_of
from dbt_rewind.config.load import load_config
from dbt_rewind.config.people import people_of
from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.errors import ConfigInvalid
from dbt_rewind.model import CiTrust, Person

PRINTABLE = st.text(min_size=1).filter(lambda text: text.isprintable() and text == text.strip())


def loaded(folder: Path, content: str) -> RewindConfig:
    file = folder / "rewind.yml"
    file.write_text(SMALLEST + content)
    return load_config(file)


NOBODY_IS_ASKED = "matrix: [{production: true, action: monitor}]\n"
"""So that people may be named without the roles that are asked otherwise."""


def test_nobody(tmp_path: Path) -> None:
    config = loaded(tmp_path, "")
    assert people_of(config) == ()
    assert config.approvals.expires == "4h"
    assert ci_trust_of(config.approvals) is None


def test_people_with_roles_keys_and_logins(tmp_path: Path) -> None:
    one, two = new_pair(tmp_path, "one"), new_pair(tmp_path, "two", "ecdsa")
    lines = [Path(f"{pair.file}.pub").read_text() for pair in (one, two)]
    people = {
        "Ada Lovelace": {"roles": ["team-lead", "cto"], "keys": lines, "logins": ["ada"]},
        "Bob": {"roles": ["the one who knows"]},
    }
    assert people_of(loaded(tmp_path, yaml.safe_dump({"people": people}))) == (
        Person("Ada Lovelace", ("team-lead", "cto"), (one.public, two.public), ("ada",)),
        Person("Bob", ("the one who knows",)),
    )


def test_a_key_may_stand_twice_with_one_person(tmp_path: Path) -> None:
    key = new_pair(tmp_path).public
    content = f"people: {{Ada: {{keys: [{key} a, {key} b]}}}}\n"
    (person,) = people_of(loaded(tmp_path, content + NOBODY_IS_ASKED))
    assert person.keys == (key, key)


def test_a_private_key_is_not_repeated(tmp_path: Path) -> None:
    private = new_pair(tmp_path).file.read_text()
    with pytest.raises(ConfigInvalid, match="is a private key") as raised:
        loaded(tmp_path, yaml.safe_dump({"people": {"Ada": {"keys": [private]}}}))
    words = raised.value.message + raised.value.hint
    assert not [line for line in private.splitlines()[1:-1] if line in words]
    assert "\n" not in words


def test_a_thousand_people_load_at_once(tmp_path: Path) -> None:
    people = {f"person {n}": {"logins": [f"login{n}"]} for n in range(1000)}
    content = yaml.safe_dump({"people": people}) + NOBODY_IS_ASKED
    began = time.monotonic()
    assert len(people_of(loaded(tmp_path, content))) == 1000
    assert time.monotonic() - began < 5


@given(st.dictionaries(PRINTABLE, st.lists(PRINTABLE, max_size=3), max_size=4))
def test_any_names_and_roles_arrive_as_written(people: dict[str, list[str]]) -> None:
    section = {name: {"roles": roles} for name, roles in people.items()}
    matrix = yaml.safe_load(NOBODY_IS_ASKED)["matrix"]
    settings = {"environments": {"prod": {"target": "prod"}}, "people": section, "matrix": matrix}
    config = RewindConfig.model_validate({"version": 1, **settings})
    assert {person.name: list(person.roles) for person in people_of(config)} == people


@pytest.mark.parametrize(
    "issuer",
    ["https://ghes.example.com/_services/token", "http://127.0.0.1:8080", "http://localhost:1"],
)
def test_a_ci(tmp_path: Path, issuer: str) -> None:
    section = f"approvals: {{ci: {{repository: a/b, branches: [main, v1], issuer: '{issuer}'}}}}\n"
    config = loaded(tmp_path, section)
    assert ci_trust_of(config.approvals) == CiTrust("a/b", ("main", "v1"), issuer)


@pytest.mark.parametrize(
    "issuer",
    [
        *("https://a.example/", "https://user:pw@a.example", "https://", "a.example", "https://["),
        *("https://a.example?b=c", "ftp://127.0.0.1", "http://127.0.0.1.evil.example", "x"),
    ],
)
def test_an_issuer_that_is_none(tmp_path: Path, issuer: str) -> None:
    with pytest.raises(ConfigInvalid, match="must be an https address"):
        loaded(tmp_path, f"approvals: {{ci: {{repository: a/b, issuer: '{issuer}'}}}}\n")
