"""The protocol of a trigger's classes, and the one loop that asks them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from dbt_rewind.errors import RewindError
from dbt_rewind.model import Observation, Trigger
from dbt_rewind.procedures.triggers.subject import Subject


class Signal(Protocol):
    """One question that is asked of an environment. Its settings are its own fields."""

    @property
    def trigger(self) -> Trigger: ...

    @property
    def question(self) -> str:
        """What is asked, for people: one line with a question mark."""
        ...

    def look(self, subject: Subject) -> Iterator[Observation]:
        """What there is to see. What cannot be looked at is an observation with `unseen`; nothing
        is raised for what is looked at. Zero or missing data is never a finding."""
        ...


def look_for(signals: Iterable[Signal], subject: Subject) -> Iterator[Observation]:
    """What the signals see, in their order, each as soon as it is seen.

    An error that a signal meets ends its own look alone, as something that it could not see.
    """
    for signal in signals:
        try:
            yield from signal.look(subject)
        except RewindError as error:
            yield unseen(signal.trigger, signal.question, error.message)


def unseen(trigger: Trigger, name: str, because: str) -> Observation:
    """What could not be looked at, so that nothing is known of it."""
    return Observation(trigger, name, "", unseen=because)
