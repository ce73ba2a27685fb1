"""What somebody wants to make live, as a digest that approvals are bound to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from dbt_rewind.engine.plan import Plan
from dbt_rewind.engine.records import encode_relation
from dbt_rewind.model import RelationName, release_id


@dataclass(frozen=True, slots=True)
class Intent:
    """`operation` is `rollback`, `deploy`, `refresh`, `eject` or `policy`. `subject` is what goes
    live: a release's id, a commit's SHA. `target` is the release's number where one is published
    that was live before. `backward`: users get what an earlier commit or release has made."""

    operation: str
    environment: str
    subject: str
    digest: str
    summary: tuple[str, ...]
    target: int | None = None
    backward: bool = False


def intent_of(plan: Plan, subject: str, *, target: int | None, backward: bool) -> Intent:
    """What the plan would make live."""
    step = plan.publish
    before = release_id(step.previous) if step.previous is not None else "nothing"
    words = f"{plan.operation} in {plan.environment}: {before} -> {subject}"
    moved = [
        f"{each.pointer}: {each.before or 'new'} -> {each.after or 'gone'}" for each in step.moves
    ]
    return Intent(
        plan.operation,
        plan.environment,
        subject,
        plan_digest(plan, subject),
        (words, *moved),
        target,
        backward,
    )


def plan_digest(plan: Plan, subject: str) -> str:
    """The SHA-256 (64 hexadecimal digits) over all that users would see change: the operation, the
    environment, what goes live after what, every pointer's move, and every repair.

    The release's own number is not part of it, since a try that came to nothing takes one too.
    """
    repair = plan.repair
    said = {
        "operation": plan.operation,
        "environment": plan.environment,
        "subject": subject,
        "previous": plan.publish.previous,
        "moves": [
            [encode_relation(move.pointer), _relation(move.before), _relation(move.after)]
            for move in plan.moves
        ],
        "repair": repair and [encode_relation(name) for name in repair.pointers],
    }
    return digest_of_data(said)


def digest_of_data(said: object) -> str:
    """The SHA-256 (64 hexadecimal digits) of JSON data, canonically written."""
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _relation(name: RelationName | None) -> object:
    return None if name is None else encode_relation(name)
