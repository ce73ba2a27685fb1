"""What a running build tells whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NodeProgress:
    """One node started or finished. `status`, `seconds` and `message` are dbt's, once it has
    finished."""

    unique_id: str
    resource_type: str
    finished: bool
    status: str = ""
    seconds: float = 0.0
    message: str = ""


ProgressListener = Callable[[NodeProgress], None]


def ignore_progress(_: NodeProgress) -> None:
    """For callers that watch nothing."""
