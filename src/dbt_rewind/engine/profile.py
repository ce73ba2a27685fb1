"""The figures of a release's columns: an artifact of its own, because a rollback can do without."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from dbt_rewind.engine.history import ReleaseSummary
from dbt_rewind.engine.ledger import read_artifact
from dbt_rewind.errors import ArtifactDamaged
from dbt_rewind.model import ColumnProfile, RelationName, Release, ReleaseNode
from dbt_rewind.warehouse.protocol import LedgerReader

Profile = Mapping[str, tuple[ColumnProfile, ...]]
"""The columns of each measured node, by unique id."""

Columns = Mapping[RelationName, tuple[ColumnProfile, ...]]
"""The columns of each measured relation."""


_WITHHELD = "withheld "


def columns_of(release: Release, profile: Profile) -> Columns:
    """The columns by relation, of what flags keep from users too."""
    named = [(node.unique_id, node) for node in release.nodes]
    named += [(_WITHHELD + node.unique_id, node) for node in release.withheld]
    return {node.relation: profile[name] for name, node in named if name in profile}


def profile_from(
    columns: Columns, nodes: Iterable[ReleaseNode], withheld: Iterable[ReleaseNode]
) -> Profile:
    """The profile of a release that is made of `nodes`, with what flags keep from users."""
    named = [(node.unique_id, node) for node in nodes]
    named += [(_WITHHELD + node.unique_id, node) for node in withheld]
    return {name: columns[node.relation] for name, node in named if node.relation in columns}


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
