"""What rewind.yml says of feature flags."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from dbt_rewind.config.rules import Settings

FLAG_NAME: Final = r"^[A-Za-z][A-Za-z0-9_.-]{0,62}$"

Words = Annotated[str, Field(min_length=1)]


class FlagConfig(Settings):
    """The models of one feature, which can be taken back without the rest."""

    models: Annotated[str, Field(pattern=r"\S")] = Field(
        description="Its models, as a dbt selection: tag:new_pricing, path:models/pricing."
    )
    description: str = Field(default="", description="What the feature is; shown by `flag list`.")
    without: Words | None = Field(
        default=None,
        description=(
            "A release, tag or commit that is without the feature; without it, one is looked for."
        ),
    )


Flags = dict[Annotated[str, Field(pattern=FLAG_NAME)], FlagConfig]
