"""Who reads while releases go live sees one whole release or another, and hardly waits."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.postgres import Database
from tests.readers.crowd import Target, reading
from tests.readers.publishing import hold_up, point_to_first, publish_for, publish_one_by_one
from tests.readers.stage import SCHEMA, Stage

SECONDS = float(os.environ.get("READERS_SECONDS", "6"))
PUBLISHES = int(os.environ.get("READERS_PUBLISHES", "20"))
"""`make soak` has readers read for 60 seconds while 300 releases go live."""

SCHEDULING = 1.0
"""Seconds that a machine with all its processors busy may add to the longest of all waits."""


@pytest.fixture
def stage(postgres: Database, tmp_path: Path) -> Stage:
    made = Stage(postgres.name, postgres.settings, tmp_path)
    made.build()
    made.add_views()
    return made


def test_invariant_1_readers_see_whole_releases_and_hardly_wait(
    stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    with reading(stage.target) as crowd:
        published = publish_for(stage, seconds=SECONDS, least=PUBLISHES)
    seen = crowd.seen
    assert seen.errors == {}
    assert seen.mixtures == []
    assert len(published.seconds) >= PUBLISHES
    assert len(seen.reads) == 5, "a way of reading was never tried"
    assert sum(seen.reads.values()) > 20 * SECONDS
    assert seen.wait(1) <= stage.patience.lock_timeout.total_seconds() + SCHEDULING
    record_property("readers: publishes", len(published.seconds))
    record_property("readers: reads", sum(seen.reads.values()))


@pytest.fixture
def by_hand(postgres: Database, tmp_path: Path) -> Stage:
    """The same relations, with pointers that the engine knows nothing of."""
    made = Stage(postgres.name, postgres.settings, tmp_path, pointers=30)
    made.make_relations()
    point_to_first(made)
    return made


def test_a_mixture_would_be_seen(by_hand: Stage) -> None:
    """The control: pointer by pointer, the same readers see mixtures in every way of reading."""
    with reading(Target(by_hand.settings, by_hand.models)) as crowd:
        publish_one_by_one(by_hand, seconds=3, least=30)
    assert crowd.seen.errors == {}
    assert {mixture["kind"] for mixture in crowd.seen.mixtures} == crowd.seen.reads.keys()


def test_a_wait_and_an_error_would_be_seen(by_hand: Stage) -> None:
    with reading(Target(by_hand.settings, by_hand.models[:3])) as crowd:
        hold_up(by_hand, f"{SCHEMA}.{by_hand.name(0)}", 1.5)
        by_hand.run(f"DROP VIEW {SCHEMA}.{by_hand.name(2)}")
        time.sleep(0.5)
    assert crowd.seen.wait(1) > 1
    assert [words for words in crowd.seen.errors if words.startswith("UndefinedTable")]
