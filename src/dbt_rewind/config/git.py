"""What rewind.yml says of the remote that deploys come from."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from dbt_rewind.config.rules import PROBLEM, Settings

_REMOTE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def _remote(text: str) -> str:
    # It becomes an argument of git's, and part of a ref's name.
    if not _REMOTE.fullmatch(text) or ".." in text or text.endswith((".", ".lock")):
        raise PydanticCustomError(PROBLEM, "must be the name of a remote, such as origin")
    return text


class GitConfig(Settings):
    """The remote that deploys come from, and the way there."""

    remote: Annotated[str, AfterValidator(_remote)] = Field(
        default="origin", description="The remote whose branch deploys come from."
    )
    push: Literal["auto", "direct", "pull-request", "never"] = Field(
        default="auto",
        description=(
            "How commits get there: straight to the branch, by a pull request, or not at all; "
            "auto: straight, and by a pull request where the remote refuses that."
        ),
    )
