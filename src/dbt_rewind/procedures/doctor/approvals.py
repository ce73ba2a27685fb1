"""Whether what production asks for can be given, and who would be asking here."""

from __future__ import annotations

import shutil

from dbt_rewind.engine.demands import policy_demand
from dbt_rewind.engine.history import History
from dbt_rewind.engine.identity import KeySigner, NoSigner, Signer
from dbt_rewind.engine.policy import configured_policy, policy_in_force
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import RewindError
from dbt_rewind.git.signatures import public_half
from dbt_rewind.model import Demand, Finding, Health, Policy
from dbt_rewind.model.ssh_key import fingerprint
from dbt_rewind.procedures.doctor.findings import refused
from dbt_rewind.procedures.identity import signer_of
from dbt_rewind.warehouse.protocol import LedgerReader

NAME = "approvals"


def check_approvals(workspace: Workspace, reader: LedgerReader, history: History) -> Finding:
    """Signs nothing, so that no passphrase is asked for."""
    configured = configured_policy(workspace.config, workspace.name)
    try:
        policy = policy_in_force(reader, history, configured)
        if not policy.production:
            return Finding(NAME, Health.OK, "nobody is asked: it is not in production")
        if not policy.people:
            return Finding(NAME, Health.OK, "nobody is asked: rewind.yml names no people")
        return _check(policy, configured, signer_of(workspace, policy))
    except RewindError as error:
        return refused(NAME, error)


def _check(policy: Policy, configured: Policy, signer: Signer) -> Finding:
    missing = unattainable(policy)
    if missing:
        words = "; ".join(f"nobody can give the yes of {each}" for each in missing)
        fix = "name them with a key under `people` in rewind.yml, then `rewind policy apply`"
        return Finding(NAME, Health.PROBLEM, words, fix)
    if shutil.which("ssh-keygen") is None:
        words = "ssh-keygen is not installed, so that no signature can be made or checked"
        fix = "install OpenSSH's client (8.2 or newer), which has it"
        return Finding(NAME, Health.PROBLEM, words, fix)
    who, is_somebody = _who(policy, signer)
    words = f"{len(policy.people)} people are named, you are {who}" if is_somebody else who
    if policy != configured:
        fix = "`rewind policy show` has the differences, `rewind policy apply` puts them in force"
        differs = f"rewind.yml says something else than the policy in force; {words}"
        return Finding(NAME, Health.WARNING, differs, fix)
    if not is_somebody:
        fix = "docs/how-to/approvals-setup.md says how to sign; deploys go on without"
        return Finding(NAME, Health.WARNING, words, fix)
    return Finding(NAME, Health.OK, words)


def unattainable(policy: Policy) -> tuple[Demand, ...]:
    """What the policy asks for and its people cannot give, whoever asks."""
    able = [each for each in policy.people if each.keys or (each.logins and policy.ci)]
    return tuple(part for part in policy_demand(policy).parts if not part.is_met_by(able))


def _who(policy: Policy, signer: Signer) -> tuple[str, bool]:
    """Who of the people would be acting here, in words, and whether it is any."""
    match signer:
        case NoSigner():
            return "nothing here proves who you are: neither a key nor a token of CI", False
        case KeySigner():
            key = public_half(signer.key)
            person = next((each for each in policy.people if key in each.keys), None)
            known = f"the key {fingerprint(key)}" if key else f"the key of {signer.key.named_by}"
            if key is None:
                return f"{known} has no .pub file beside it, so that nobody can tell whose", False
        case _:
            login = signer.person.casefold()
            person = next(
                (each for each in policy.people if login in map(str.casefold, each.logins)), None
            )
            known = f"the login {signer.person}"
    if person is None:
        return f"{known} belongs to nobody in the policy that is in force", False
    return f"{person.name} ({', '.join(person.roles) or 'no role'})", True
