"""What rewind.yml says of backups."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from dbt_rewind.config.duration import parse_duration
from dbt_rewind.config.rules import PROBLEM, Settings

FOLDER: Final = ".rewind/backups"


def _max_age(text: str) -> str:
    try:
        parse_duration(text)
    except ValueError:
        raise PydanticCustomError(PROBLEM, "must be a time such as 30m, 1h or 24h") from None
    return text


Text = Annotated[str, Field(min_length=1)]


class BackupsConfig(Settings):
    """Copies of the whole database, and when they are made."""

    folder: Text = Field(
        default=FOLDER,
        description=(
            "The folder for them, each environment's in one of its own; better on another disk "
            "than the database."
        ),
    )
    keep: int = Field(
        default=7, ge=1, description="How many of an environment's backups are kept, the newest."
    )
    before_deploy: bool | None = Field(
        default=None,
        description=(
            "Whether a deploy that builds makes a backup first; without it, in production only."
        ),
    )
    max_age: Annotated[str, AfterValidator(_max_age)] = Field(
        default="1h",
        description=(
            "A deploy makes none where the newest is younger, and nothing was published since."
        ),
    )
    jobs: int = Field(
        default=2, ge=1, le=64, description="PostgreSQL: how many tables are copied at a time."
    )
    pg_dump: Text | None = Field(
        default=None, description="PostgreSQL: the program; without it, one is looked for."
    )
    pg_restore: Text | None = Field(
        default=None, description="PostgreSQL: the program; without it, one is looked for."
    )
    server_folder: Text | None = Field(
        default=None,
        description="SQL Server: the folder for backups, as the server itself sees it.",
    )
