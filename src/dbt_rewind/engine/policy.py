"""The policy of an environment: what rewind.yml says, and what is in force.

In force is the policy that the ledger holds, so that nobody who can edit rewind.yml gets round what
was agreed on.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from dbt_rewind.config.approvals import ci_trust_of
from dbt_rewind.config.demand import demand_of
from dbt_rewind.config.environment import is_production
from dbt_rewind.config.matrix import parse_deadline, rule_of
from dbt_rewind.config.people import people_of
from dbt_rewind.config.triggers import TriggersConfig
from dbt_rewind.engine.ledger import digest_of, read_artifact
from dbt_rewind.engine.mirror import policy_beside
from dbt_rewind.engine.policy_record import decode_policy, encode_policy
from dbt_rewind.engine.runbook.codec import encode_permit
from dbt_rewind.errors import ArtifactDamaged
from dbt_rewind.model import EventKind, Permit, Policy

if TYPE_CHECKING:
    from pathlib import Path

    from dbt_rewind.config.schema import RewindConfig
    from dbt_rewind.engine.history import History
    from dbt_rewind.engine.ledger import Ledger
    from dbt_rewind.warehouse.protocol import LedgerReader


def configured_policy(config: RewindConfig, name: str) -> Policy:
    """What the settings say of the environment called `name`."""
    settings = config.triggers.model_dump(mode="json", exclude_defaults=True)
    return Policy(
        is_production(name, config.environments[name]),
        tuple(rule_of(rule) for rule in config.matrix),
        people_of(config),
        parse_deadline(config.approvals.expires),
        demand_of(config.approvals.deploy),
        json.dumps(settings, sort_keys=True, separators=(",", ":")),
        ci_trust_of(config.approvals),
    )


def triggers_in_force(config: RewindConfig, policy: Policy) -> TriggersConfig:
    """The settings by which findings are made: where people are asked, those of the policy, so that
    nobody makes a finding by editing rewind.yml. Raises ArtifactDamaged."""
    if not policy.enforced:
        return config.triggers
    try:
        return TriggersConfig.model_validate_json(policy.triggers)
    except ValueError as error:
        raise ArtifactDamaged(_NAME) from error


def policy_in_force(reader: LedgerReader, history: History, configured: Policy) -> Policy:
    """The policy that the ledger holds, if people have to be asked by it; otherwise the configured
    one. Raises ArtifactDamaged."""
    recorded = recorded_policy(reader, history)
    return recorded if recorded is not None and recorded.enforced else configured


def recorded_policy(reader: LedgerReader, history: History) -> Policy | None:
    """The policy that the ledger holds, None where it holds none. Raises ArtifactDamaged."""
    if not history.policy_digest:
        return None
    return decode_policy(read_artifact(reader, history.policy_digest, _NAME), _NAME)


def policy_before(reader: LedgerReader, history: History, sequence: int) -> Policy | None:
    """The policy that the ledger held until the event of that sequence; None where it held none.
    Raises ArtifactDamaged."""
    digests = [
        event.payload["digest"]
        for event in history.events
        if event.kind is EventKind.POLICY and event.sequence < sequence
    ]
    return decode_policy(read_artifact(reader, digests[-1], _NAME), _NAME) if digests else None


def settle_policy(ledger: Ledger, configured: Policy, *, by: str) -> Policy:
    """The policy in force. A configured one by which people have to be asked is recorded where none
    such is. Raises ArtifactDamaged, and what `Ledger.append` raises."""
    found = policy_in_force(ledger.access.warehouse, ledger.history, configured)
    if found.enforced and found == configured and not _is_recorded(ledger, configured):
        record_policy(ledger, configured, by=by, reason="the first by which people are asked")
    return found


def record_policy(
    ledger: Ledger, policy: Policy, *, by: str, reason: str, permit: Permit | None = None
) -> None:
    """Puts the policy in force. Raises what `Ledger.append` raises."""
    content = encode_policy(policy)
    payload = {
        "digest": digest_of(content),
        "by": by,
        "reason": reason,
        "permit": encode_permit(permit) if permit else None,
    }
    ledger.append(EventKind.POLICY, payload, artifacts=[content])
    keep_policy(ledger.mirror, content)


def keep_policy(mirror: Path, content: bytes) -> None:
    """Writes the policy beside the mirror. Where that cannot be, it is in the ledger all the
    same, and in the backups that are made."""
    with suppress(OSError):
        policy_beside(mirror).write_bytes(content)


def _is_recorded(ledger: Ledger, policy: Policy) -> bool:
    return ledger.history.policy_digest == digest_of(encode_policy(policy))


_NAME = "the policy in force"
