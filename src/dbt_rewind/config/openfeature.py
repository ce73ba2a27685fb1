"""What rewind.yml says of the system that decides flags."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from dbt_rewind.config.document import DocumentProblem, read_document
from dbt_rewind.config.rules import PROBLEM, Settings
from dbt_rewind.config.yaml_source import YamlProblem
from dbt_rewind.errors import FlagProviderUnusable


def _relative(text: str) -> str:
    if PurePath(text).is_absolute():
        raise PydanticCustomError(PROBLEM, "must be a relative path: others read this file too")
    return text


class OpenFeatureConfig(Settings):
    """Where OpenFeature finds which flags are on."""

    provider: Literal["file", "flagd", "none"] = Field(
        default="file", description="Who decides flags: a file, flagd, or none but people."
    )
    file: Annotated[str, Field(min_length=1), AfterValidator(_relative)] = Field(
        default="flags.yml", description="The file, relative to this one: names with true or false."
    )
    host: Annotated[str, Field(min_length=1)] = Field(
        default="localhost", description="The host of flagd."
    )
    port: int = Field(default=8013, ge=1, le=65535, description="flagd's port for evaluations.")
    tls: bool = Field(default=False, description="Whether flagd is spoken to through TLS.")
    seconds: float = Field(
        default=5.0, gt=0, le=60, description="How long an answer may take, in seconds."
    )


def read_flag_file(path: Path) -> dict[str, bool]:
    """What the file says of each flag. Raises FlagProviderUnusable."""
    try:
        value = read_document(path.read_bytes()).value
    except OSError as error:
        problem = (error.strerror or "it cannot be read").lower()
        raise FlagProviderUnusable(path.name, problem) from error
    except (YamlProblem, DocumentProblem) as error:
        raise FlagProviderUnusable(path.name, f"line {error.line}: {error.problem}") from None
    if not isinstance(value, dict):
        raise FlagProviderUnusable(path.name, "it holds no names of flags")
    for name, is_on in value.items():
        if not isinstance(is_on, bool):
            raise FlagProviderUnusable(path.name, f"{name} is neither true nor false")
    return value
