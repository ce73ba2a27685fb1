"""What others wrote cannot steer the terminal that it is shown in."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.cases import HOSTILE, two
from tests.cli.shop import Shop

from dbt_rewind.cli.timeline_words import _OF_MESSAGES, _WORDS
from dbt_rewind.cli.words import clipped, on_one_line, shown, wrapped
from dbt_rewind.model import EventKind


@given(st.text())
def test_nothing_that_steers_is_shown(text: str) -> None:
    for said in (shown(text), on_one_line(text), clipped(text, 20), *wrapped("  ", text)):
        kinds = {unicodedata.category(sign) for sign in said if sign not in "\n\t"}
        assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
        assert not set(said) & set("\u202e\u2066")
    assert "\n" not in on_one_line(text)


def test_what_is_left_out_is_spelled_out() -> None:
    assert shown("a\x1b[2J\u202eb\udc80") == "a\\x1b[2J\\u202eb\\udc80"
    assert shown("Zoë 🚀\n\tok") == "Zoë 🚀\n\tok"


@pytest.mark.parametrize("option", ["--reason", "--to"])
def test_a_command_shows_no_escapes(shop: Shop, option: str) -> None:
    two(shop)
    ran = shop.run("rollback", "--yes", option, HOSTILE)
    shown_then = shop.run("show", "r2")
    assert "\x1b" not in ran.out + ran.err + shown_then.out


def test_a_hostile_note_is_kept_without_what_steers(shop: Shop) -> None:
    two(shop)
    shop.done("incident", "open", HOSTILE + "\udc80")
    shop.done("incident", "note", f"{HOSTILE}\nsecond line")
    ran = shop.run("incident", "show")
    assert not set(ran.out) & set("\x1b\x07\u202e")
    assert "    second line" in ran.out.splitlines()
    assert "\ufffd" in ran.out


def test_every_kind_of_event_has_words() -> None:
    assert set(_WORDS) | _OF_MESSAGES == set(EventKind)
