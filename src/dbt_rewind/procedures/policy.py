"""Changing the policy that is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dbt_rewind.engine.intent import Intent, digest_of_data
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.ledger import Ledger, digest_of
from dbt_rewind.engine.permits import permit_for
from dbt_rewind.engine.policy import policy_in_force, record_policy, recorded_policy
from dbt_rewind.engine.policy_record import encode_policy
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.model import Ground, Permit, Policy, Rule
from dbt_rewind.warehouse.protocol import LedgerReader

NOTHING: Final = "nothing differs"


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy in force, whether the ledger holds it, and the one that rewind.yml says."""

    in_force: Policy
    recorded: bool
    configured: Policy

    @property
    def differences(self) -> tuple[str, ...]:
        """What would change, one line each; none where nothing would."""
        return tuple(_differences(self.in_force, self.configured))


def read_policies(workspace: Workspace, reader: LedgerReader, configured: Policy) -> Policies:
    """The policies of the environment. Raises ArtifactDamaged, and as `Workspace.history`."""
    history = workspace.history(reader)
    recorded = recorded_policy(reader, history)
    in_force = policy_in_force(reader, history, configured)
    return Policies(in_force, recorded == in_force, configured)


def apply_policy(ledger: Ledger, asking: Asking, *, reason: str) -> Permit | None:
    """Puts the configured policy in force, and returns by what right; None where it is already.

    Raises ApprovalNeeded by the policy that was in force until now.
    """
    recorded = recorded_policy(ledger.access.warehouse, ledger.history)
    if recorded == asking.policy or (recorded is None and not asking.policy.enforced):
        return None
    before = recorded or Policy(production=asking.policy.production)
    intent = policy_intent(ledger.history.environment, before, asking.policy)
    if before.enforced:
        permit = permit_for(ledger, intent, asking)
    else:
        permit = Permit(Ground.FREE, intent.digest)
    record_policy(ledger, asking.policy, by=asking.by, reason=reason, permit=permit)
    return permit


def policy_intent(environment: str, before: Policy, after: Policy) -> Intent:
    """The change as approvals are bound to it."""
    old, new = digest_of(encode_policy(before)), digest_of(encode_policy(after))
    said = {"operation": "policy", "environment": environment, "before": old, "after": new}
    lines = (f"policy of {environment}: as rewind.yml says", *_differences(before, after))
    return Intent("policy", environment, "rewind.yml", digest_of_data(said), lines)


def _differences(before: Policy, after: Policy) -> list[str]:
    found = []
    if before.production != after.production:
        found.append(f"production: {_yes(before.production)} -> {_yes(after.production)}")
    old, new = ({person.name: person for person in each.people} for each in (before, after))
    for name in sorted({*old, *new}):
        if name not in new:
            found.append(f"people: {name} is gone")
        elif name not in old:
            found.append(f"people: {name} is new ({', '.join(new[name].roles) or 'no role'})")
        elif old[name] != new[name]:
            found.append(f"people: {name} {_changed(old[name].roles, new[name].roles)}")
    for rules, others, what in (
        (before.matrix, after.matrix, "gone"),
        (after.matrix, before.matrix, "new"),
    ):
        found += [f"matrix: {_rule(rule)} is {what}" for rule in rules if rule not in others]
    for name in ("expires", "deploy", "ci"):
        if getattr(before, name) != getattr(after, name):
            found.append(f"approvals.{name} differs")
    if before.triggers != after.triggers:
        found.append("triggers differ")
    if not found and before != after:
        found.append("matrix: the rules are in another order")
    return found


def _changed(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    if before == after:
        return "is known by other keys or logins"
    return f"is {', '.join(after) or 'nothing'}, and was {', '.join(before) or 'nothing'}"


def _rule(rule: Rule) -> str:
    parts = [each.value for each in (*(rule.triggers or ()), *(rule.severities or ()))]
    about = " ".join(parts) or "everything"
    where = {True: " in production", False: " elsewhere", None: ""}[rule.production]
    return f"{about}{where}: {rule.answer.action}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
