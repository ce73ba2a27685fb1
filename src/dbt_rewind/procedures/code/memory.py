"""What is remembered of a conflict while it waits for a person: the plan, and how far it went."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from dbt_rewind.git.bench import CONFLICT
from dbt_rewind.git.steps import Entry, Step, StepKind
from dbt_rewind.model import RollbackStrategy
from dbt_rewind.procedures.code.plan import CodePlan, Held, PlannedStep

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Memory:
    """`at` is the step that was in conflict (from 0; the number of all steps where none is left,
    None where nothing is begun), `head` the commit that it was to follow, `made` those made so far,
    `files` those in conflict."""

    plan: CodePlan
    at: int | None = None
    head: str = ""
    made: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def remember(folder: Path, memory: Memory) -> None:
    """Writes it, wholly or not at all. Raises OSError."""
    text = json.dumps({"version": _VERSION, **asdict(memory)}, indent=2)
    fresh = folder / f"{CONFLICT}.new"
    fresh.write_text(text + "\n", encoding="utf-8", errors="surrogatepass")
    fresh.replace(folder / CONFLICT)


def recall(folder: Path) -> Memory | None:
    """What is remembered there; None where no conflict waits, or another version wrote it."""
    try:
        found = json.loads((folder / CONFLICT).read_text(encoding="utf-8", errors="surrogatepass"))
        return _memory(found)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (KeyError, TypeError, ValueError):
        return None


def forget(folder: Path) -> None:
    (folder / CONFLICT).unlink(missing_ok=True)


def _memory(found: Mapping[str, Any]) -> Memory:
    if found["version"] != _VERSION:
        raise ValueError(found["version"])
    made, files = tuple(found["made"]), tuple(found["files"])
    return Memory(_plan(found["plan"]), found["at"], found["head"], made, files)


def _plan(found: Mapping[str, Any]) -> CodePlan:
    return CodePlan(
        **{
            **found,
            "strategy": RollbackStrategy(found["strategy"]),
            "steps": tuple(map(_step, found["steps"])),
            "holds": tuple(Held(**each) for each in found["holds"]),
            "kept": _entries(found["kept"]),
            "lost": _entries(found["lost"]),
            "labels": tuple(found["labels"]),
        }
    )


def _entries(found: Sequence[Mapping[str, Any]]) -> tuple[Entry, ...]:
    return tuple(
        Entry(each["sha"], tuple(each["parents"]), each["subject"], each["tree"]) for each in found
    )


def _step(found: Mapping[str, Any]) -> PlannedStep:
    step = {**found["step"], "kind": StepKind(found["step"]["kind"])}
    return PlannedStep(Step(**step), found["message"], found["release"])
