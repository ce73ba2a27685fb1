"""The figures of a release's columns: an artifact of its own, because a rollback can do without."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from dbt_rewind.engine.history import ReleaseSummary
from dbt_rewind.engine.ledger import read_artifact
from dbt_rewind.errors import ArtifactDamaged
from dbt_rewind.model import ColumnProfile
from dbt_rewind.warehouse.protocol import LedgerReader

Profile = Mapping[str, tuple[ColumnProfile, ...]]
"""The columns of each measured node, by unique id."""


def encode_profile(profile: Profile) -> bytes:
    """The profile as canonical JSON."""
    content = {
        unique_id: [[each.name, each.type, each.nulls, each.total] for each in columns]
        for unique_id, columns in profile.items()
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def decode_profile(content: bytes, name: str, wanted: Collection[str] | None = None) -> Profile:
    """The profile in `content`, or the part of it about the `wanted` nodes.

    Raises ArtifactDamaged, which calls it `name`.
    """
    try:
        return {
            str(unique_id): tuple(
                ColumnProfile(column, type_name, nulls, total)
                for column, type_name, nulls, total in columns
            )
            for unique_id, columns in json.loads(content).items()
            if wanted is None or unique_id in wanted
        }
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ArtifactDamaged(name) from error


def read_profile(
    reader: LedgerReader, summary: ReleaseSummary, wanted: Collection[str] | None = None
) -> Profile:
    """The release's stored profile, or the part of it about the `wanted` nodes; empty where it has
    none. Raises ArtifactDamaged."""
    if not summary.profile_digest:
        return {}
    name = f"the profile of {summary.id}"
    return decode_profile(read_artifact(reader, summary.profile_digest, name), name, wanted)
