"""Looks for secrets in files, by detect-secrets, and tells them without telling them.

Nothing is asked of any network: detect-secrets can try out what it finds, and is not asked to.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_GUESSED: Final = frozenset(
    {"Secret Keyword", "Base64 High Entropy String", "Hex High Entropy String"}
)
"""Kinds that are told by a name or by disorder, and not by the shape of a known kind of secret."""

_LOCKS: Final = frozenset({"package-lock.yml", "uv.lock", "requirements.lock"})
"""Files full of checksums that are none of detect-secrets' own lock files."""


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """`kind` is detect-secrets' word for it, `hint` what may be told of it. `certain`: it has the
    shape of a known kind, and is no guess by a name or by disorder."""

    file: str
    line: int
    kind: str
    hint: str
    certain: bool


def can_scan() -> bool:
    """Whether detect-secrets is installed."""
    return find_spec("detect_secrets") is not None


def find_secrets(
    files: Mapping[str, bytes], lines: Mapping[str, Collection[int]]
) -> tuple[FoundSecret, ...]:
    """The secrets in those `lines` of the files, by file and line. What the project marks with
    `pragma: allowlist secret` is none. Raises ImportError without detect-secrets."""
    from detect_secrets.core.secrets_collection import SecretsCollection
    from detect_secrets.settings import default_settings

    logging.captureWarnings(False)  # which importing it has turned on, for the whole process
    with tempfile.TemporaryDirectory(prefix="rewind-") as folder, default_settings():
        scanned = SecretsCollection(root=folder)
        for name, content in files.items():
            if Path(name).name in _LOCKS:
                continue
            # As a file of its own name: what counts as a secret depends on the kind of file.
            file = Path(folder) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            scanned.scan_file(name)
            file.unlink()
        found = [
            FoundSecret(
                name,
                secret.line_number,
                secret.type,
                _hint(secret.secret_value or ""),
                secret.type not in _GUESSED,
            )
            for name, secret in scanned
            if secret.line_number in lines.get(name, ())
        ]
    return tuple(sorted(found, key=lambda each: (each.file, each.line, each.kind)))


def _hint(secret: str) -> str:
    """Enough to find it where one knows it, and too little to know it."""
    beginning = f", beginning with {secret[:2]!r}" if len(secret) >= 16 else ""
    return f"{len(secret)} characters{beginning}"
