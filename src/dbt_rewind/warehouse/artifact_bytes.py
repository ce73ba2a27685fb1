"""How an artifact is kept: compressed, under the SHA-256 of its content."""

from __future__ import annotations

import hashlib
import zlib

from dbt_rewind.errors import ArtifactDamaged


def digest_of(content: bytes) -> str:
    """The content's name in the ledger, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def packed(content: bytes) -> bytes:
    return zlib.compress(content)


def unpacked(digest: str, stored: bytes) -> bytes:
    """The content. Raises ArtifactDamaged where it is not what `digest` was taken of."""
    try:
        content = zlib.decompress(stored)
    except zlib.error as error:
        raise ArtifactDamaged(digest) from error
    if digest_of(content) != digest:
        raise ArtifactDamaged(digest)
    return content
