"""Finding and reading rewind.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from dbt_rewind.config.document import Document, DocumentProblem, read_document
from dbt_rewind.config.schema import RewindConfig
from dbt_rewind.config.yaml_source import YamlProblem
from dbt_rewind.errors import ConfigInvalid, ConfigNotFound

CONFIG_FILE: Final = "rewind.yml"


def find_config(start: Path) -> Path:
    """The nearest rewind.yml in `start` or a folder above it. Raises ConfigNotFound."""
    start = start.absolute()
    for folder in (start, *start.parents):
        file = folder / CONFIG_FILE
        if file.is_file():
            return file
    raise ConfigNotFound(searched=str(start))


def load_config(path: Path) -> RewindConfig:
    """The settings in the file. Raises ConfigInvalid, with the first problem only, in one
    sentence, and its line; ConfigNotFound where there is no such file.
    """
    try:
        document = read_document(path.read_bytes())
    except FileNotFoundError:
        raise ConfigNotFound(searched=str(path.parent)) from None
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise ConfigInvalid(
            str(path), None, f"the file cannot be read: {reason}", "check its permissions"
        ) from error
    except YamlProblem as error:
        raise ConfigInvalid(
            str(path),
            error.line,
            f"the file {error.problem}",
            "correct this line; `rewind init` in another folder writes an example",
        ) from None
    except DocumentProblem as error:
        raise ConfigInvalid(str(path), error.line, error.problem, error.fix) from None
    return _validated(path, document)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of rewind.yml, for editors."""
    schema = RewindConfig.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _validated(path: Path, document: Document) -> RewindConfig:
    if not isinstance(document.value, dict):
        raise ConfigInvalid(
            str(path),
            1,
            "the file is empty" if document.value is None else "the file is not a mapping",
            "write `version: 1` and `environments:`, or run `rewind init`",
        )
    try:
        return RewindConfig.model_validate(document.value)
    except ValidationError as error:
        from dbt_rewind.config.complaint import first_complaint

        complaint = first_complaint(error, document)
    raise ConfigInvalid(str(path), complaint.line, complaint.problem, complaint.fix)
