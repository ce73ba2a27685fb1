"""A running deploy on the screen: a bar where a person watches, lines where a log is kept."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, assert_never

from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import clipped, count, lasting
from dbt_rewind.dbt.manifest import RELATION_TYPES
from dbt_rewind.dbt.progress import NodeProgress
from dbt_rewind.engine.plan import (
    BuildNodes,
    CheckGates,
    CloneRelation,
    MeasureNodes,
    Publish,
    Step,
)
from dbt_rewind.engine.progress import Listener, Phase, Progress

if TYPE_CHECKING:
    from rich.progress import TaskID

_BAD = frozenset({"error", "fail", "runtime error", "partial success"})
_TOLD = _BAD | {"warn"}
"""Outcomes that get a line whatever the node is; that a test passed does not."""


@contextmanager
def watching(screen: Screen) -> Iterator[Listener]:
    """A listener that shows progress as far as `screen` wants any."""
    if screen.as_json or screen.quiet:
        yield _nothing
    elif sys.stdout.isatty():
        with _bar(screen) as listener:
            yield listener
    else:
        yield Lines(screen)


def _nothing(_: Progress) -> None:
    pass


def describe(progress: Phase | Step) -> str:
    """A part of the work in words."""
    match progress:
        case Phase():
            return progress.name
        case CloneRelation():
            return f"copying {progress.source} aside"
        case BuildNodes():
            in_place = sum(node.in_place is not None for node in progress.nodes)
            nodes = f"{count(len(progress.nodes) - in_place, 'relation')} aside"
            nodes += f" and {in_place} in place" if in_place else ""
            return f"building {nodes}, running {count(progress.tests, 'test')}"
        case MeasureNodes():
            return f"measuring {count(len(progress.nodes), 'relation')}"
        case CheckGates():
            return "comparing with the live release"
        case Publish():
            return f"moving {count(len(progress.moves), 'pointer')} {how_moved(progress)}"
        case _:
            assert_never(progress)


def how_moved(publish: Publish) -> str:
    """Whether readers can see names of two releases while the pointers move."""
    return "one by one" if publish.one_by_one else "in one transaction"


class Lines:
    """One line for each part of the work and each node that is built or fails."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def __call__(self, progress: Progress) -> None:
        if not isinstance(progress, NodeProgress):
            self._screen.tell(f"  {describe(progress)}")
            return
        wanted = progress.resource_type in RELATION_TYPES or progress.status in _TOLD
        if not progress.finished or not wanted:
            return
        name = clipped(progress.unique_id.split(".", 2)[-1], 52)
        self._screen.tell(f"    {progress.status:8} {name}  {lasting(progress.seconds)}")


@contextmanager
def _bar(screen: Screen) -> Iterator[Listener]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("  {task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
    )
    with Bar(*columns, console=Console(highlight=False), transient=True) as bar:
        yield _Bar(screen, bar)


class _Bar:
    """A bar over dbt's nodes with the names of those now running."""

    def __init__(self, screen: Screen, bar: object) -> None:
        from rich.progress import Progress as Bar

        if not isinstance(bar, Bar):
            raise TypeError(bar)
        self._screen, self._bar = screen, bar
        self._task: TaskID = bar.add_task("starting dbt", total=None)
        self._running: dict[str, float] = {}

    def __call__(self, progress: Progress) -> None:
        if isinstance(progress, NodeProgress):
            self._node(progress)
            return
        total = len(progress.nodes) + progress.tests if isinstance(progress, BuildNodes) else None
        self._bar.update(self._task, description=describe(progress), total=total, completed=0)

    @staticmethod
    def _counts(progress: NodeProgress) -> bool:
        """Exposures and the like pass by too, but the total counts relations and tests."""
        return progress.resource_type in RELATION_TYPES | {"test", "unit_test"}

    def _node(self, progress: NodeProgress) -> None:
        name = progress.unique_id.split(".", 2)[-1]
        if not progress.finished:
            self._running[name] = time.monotonic()
        else:
            self._running.pop(name, None)
            if self._counts(progress):
                self._bar.advance(self._task)
            if progress.status in _BAD:
                self._bar.console.print(f"    {progress.status:8} {clipped(name, 60)}")
        running = ", ".join(sorted(self._running, key=self._running.__getitem__))
        self._bar.update(self._task, description=f"{clipped(running, 36):36}")
