"""Changing the policy that is in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dbt_rewind.engine.intent import Intent, digest_of_data
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.ledger import Ledger, digest_of
from dbt_rewind.engine.mirror import mirror_problem
from dbt_rewind.engine.permits import permit_for
from dbt_rewind.engine.policy import policy_in_force, record_policy, recorded_policy
from dbt_rewind.engine.policy_record import encode_policy
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.model import CiTrust, Demand, Ground, Permit, Person, Policy, Rule
from dbt_rewind.model.ssh_key import fingerprint
from dbt_rewind.warehouse.protocol import LedgerReader

NOTHING: Final = "nothing differs"


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy in force, whether the ledger holds it, and the one that rewind.yml says. `problem`
    says what is wrong with the environment's mirror, None: nothing."""

    in_force: Policy
    recorded: bool
    configured: Policy
    problem: str | None = None

    @property
    def differences(self) -> tuple[str, ...]:
        """What would change, one line each; none where nothing would."""
        return tuple(_differences(self.in_force, self.configured))


def read_policies(workspace: Workspace, reader: LedgerReader, configured: Policy) -> Policies:
    """The policies of the environment. Raises ArtifactDamaged, and as `Workspace.history`."""
    history = workspace.history(reader)
    recorded = recorded_policy(reader, history)
    in_force = policy_in_force(reader, history, configured)
    problem = mirror_problem(workspace.mirror, workspace.name, history.events)
    return Policies(
        in_force, recorded == in_force, configured, problem.message if problem else None
    )


def read_change(workspace: Workspace, configured: Policy) -> Intent:
    """What putting the configured policy in force would change. Raises as `read_policies`."""
    reader = workspace.connect_to_read()
    try:
        recorded = recorded_policy(reader, workspace.history(reader))
    finally:
        reader.close()
    return _change(workspace.name, recorded, configured)


def apply_policy(ledger: Ledger, asking: Asking, *, reason: str) -> Permit | None:
    """Puts the configured policy in force, and returns by what right; None where it is already.

    Raises ApprovalNeeded by the policy that was in force until now.
    """
    recorded = recorded_policy(ledger.access.warehouse, ledger.history)
    if recorded == asking.policy or (recorded is None and not asking.policy.enforced):
        return None
    intent = _change(ledger.history.environment, recorded, asking.policy)
    if recorded is not None and recorded.enforced:
        permit = permit_for(ledger, intent, asking)
    else:
        permit = Permit(Ground.FREE, intent.digest)
    record_policy(ledger, asking.policy, by=asking.by, reason=reason, permit=permit)
    return permit


def _change(environment: str, recorded: Policy | None, configured: Policy) -> Intent:
    return policy_intent(environment, recorded or Policy(configured.production), configured)


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
        elif old[name].roles != new[name].roles:
            found.append(f"people: {name} {_changed(old[name].roles, new[name].roles)}")
        found += _marks(name, old.get(name, Person(name)), new.get(name, Person(name)))
    for rules, others, what in (
        (before.matrix, after.matrix, "gone"),
        (after.matrix, before.matrix, "new"),
    ):
        found += [f"matrix: {_rule(rule)} is {what}" for rule in rules if rule not in others]
    for setting, was, is_now in (
        ("expires", str(before.expires), str(after.expires)),
        ("deploy", _demand(before.deploy), _demand(after.deploy)),
        ("ci", _ci(before.ci), _ci(after.ci)),
    ):
        if was != is_now:
            found.append(f"approvals.{setting}: {was} -> {is_now}")
    if before.triggers != after.triggers:
        found.append("triggers differ")
    if not found and before != after:
        found.append("people or rules are in another order")
    return found


def _marks(name: str, before: Person, after: Person) -> Iterator[str]:
    """What somebody is known by from now on, and what no more."""
    for what, old, new in (
        ("key", tuple(map(fingerprint, before.keys)), tuple(map(fingerprint, after.keys))),
        ("login", before.logins, after.logins),
    ):
        for mark in (each for each in old if each not in new):
            yield f"people: {name} is known no more by the {what} {mark}"
        for mark in (each for each in new if each not in old):
            yield f"people: {name} is known by the {what} {mark}"


def _changed(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    return f"is {', '.join(after) or 'nothing'}, and was {', '.join(before) or 'nothing'}"


def _rule(rule: Rule) -> str:
    parts = [each.value for each in (*(rule.triggers or ()), *(rule.severities or ()))]
    about = " ".join(parts) or "everything"
    where = {True: " in production", False: " elsewhere", None: ""}[rule.production]
    answer = rule.answer
    within = "" if answer.within is None else f" within {answer.within}"
    review = ", reviewed" if answer.review else ""
    yes = f"the yes of {_demand(answer.demand)}"
    return f"{about}{where}: {answer.action}{within}, {yes}{review}"


def _demand(demand: Demand) -> str:
    if not demand.quorum:
        return "nobody, with --emergency" if demand.emergency else "nobody"
    return str(demand)


def _ci(trust: CiTrust | None) -> str:
    if trust is None:
        return "none"
    return f"{trust.repository} on {', '.join(trust.branches)} by {trust.issuer}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
