"""Trying out what operations do, in scratch schemas of a transaction that is never committed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from dbt_rewind.errors import RewindError
from dbt_rewind.model import Finding, Health

SCRATCH = "rewind_doctor_"
"""What every name begins with that is made for a try, so that nothing else can be meant by it."""

Try = tuple[str, Sequence[str]]
"""What is tried, for people, and the statements that do it."""


class _Enough(Exception):
    """Ends the transaction, so that nothing of it stays."""


def scratch_name() -> str:
    return SCRATCH + secrets.token_hex(4)


def check_tries(
    tries: Sequence[Try],
    run: Callable[[str, str], None],
    transaction: Callable[[str], AbstractContextManager[None]],
) -> Finding:
    """Runs one try after the other, up to the first that is refused, and takes all of them back;
    `run` and `transaction` are a session's."""
    done: list[str] = []
    try:
        with transaction("trying things out"):
            for doing, statements in tries:
                for statement in statements:
                    run(doing, statement)
                done.append(doing)
            raise _Enough
    except _Enough:
        return Finding("permissions", Health.OK, f"tried and taken back: {', '.join(done)}")
    except RewindError as error:
        return Finding("permissions", Health.PROBLEM, error.message, error.hint, error.details)
