"""What proves who acts here."""

from __future__ import annotations

from dbt_rewind.engine.identity import KeySigner, NoSigner, Signer
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.git.signatures import chosen_key, key_of_git
from dbt_rewind.model import Policy


def signer_of(workspace: Workspace, policy: Policy) -> Signer:
    """The key that REWIND_SIGNING_KEY names; else CI, if the policy trusts one; else the key that
    git signs with; else nothing, which proves nothing. Raises GitMissing."""
    person = workspace.person
    if key := chosen_key():
        return KeySigner(person, key)
    if policy.ci is not None:
        from dbt_rewind.integrations.ci_token import ci_signer

        if ci := ci_signer(person):
            return ci
    key = key_of_git(workspace.root)
    return KeySigner(person, key) if key else NoSigner(person)
