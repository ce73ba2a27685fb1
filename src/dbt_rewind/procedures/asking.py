"""Who asks here for something to go live, and what speaks for it."""

from __future__ import annotations

from collections.abc import Callable

from dbt_rewind.engine.approvers import emergency_statement
from dbt_rewind.engine.asking import asking_of
from dbt_rewind.engine.identity import prove
from dbt_rewind.engine.intent import Intent
from dbt_rewind.engine.judge import Asking
from dbt_rewind.engine.policy import configured_policy
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import ApprovalError, EmergencyRefused, ReasonNeeded
from dbt_rewind.model import Policy, Proof, ProofMethod
from dbt_rewind.procedures.approvals import read_standing
from dbt_rewind.procedures.identity import signer_of


def require_emergency(workspace: Workspace, reason: str) -> None:
    """Raises ReasonNeeded without a reason, EmergencyRefused where there is no glass to break."""
    if not reason.strip():
        raise ReasonNeeded("--emergency")
    configured = configured_policy(workspace.config, workspace.name)
    if not configured.production and not read_standing(workspace).policy.production:
        raise EmergencyRefused(workspace.name, "it is not in production, where nobody is asked")


def emergency_of(
    workspace: Workspace, operation: str, plan: str, warn: Callable[[str], None]
) -> Asking:
    """As `asking_of`, with the glass broken for `plan`, a digest or a commit. It is proven who does
    that, as far as it can be: where it cannot, `warn` is told, and it is done all the same.

    Raises what reading the ledger raises.
    """
    return _breaking(workspace, read_standing(workspace).policy, operation, plan, warn)


def break_glass(
    workspace: Workspace,
    policy: Policy,
    intent: Intent,
    reason: str,
    warn: Callable[[str], None],
) -> Asking:
    """As `emergency_of`, by the policy that is known: the database need not be readable.

    Raises ReasonNeeded, EmergencyRefused.
    """
    if not reason.strip():
        raise ReasonNeeded("--emergency")
    if not policy.production:
        raise EmergencyRefused(workspace.name, "it is not in production, where nobody is asked")
    return _breaking(workspace, policy, intent.operation, intent.digest, warn)


def _breaking(
    workspace: Workspace,
    policy: Policy,
    operation: str,
    plan: str,
    warn: Callable[[str], None],
) -> Asking:
    asking = asking_of(workspace)
    said = emergency_statement(workspace.name, operation, plan)
    try:
        proof = prove(policy, said, signer_of(workspace, policy))
    except ApprovalError as error:
        warn(f"nothing proves who breaks the glass: {error.message}")
        proof = Proof(ProofMethod.NONE, workspace.person)
    else:
        if policy.enforced and not proof.proven:
            warn("nothing proves who breaks the glass: there is no key and no token of CI")
    return Asking(asking.by, asking.policy, emergency=True, proof=proof)
