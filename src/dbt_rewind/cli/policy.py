"""`rewind policy`: what is in force, and putting rewind.yml's in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from dbt_rewind.cli.group import register_group
from dbt_rewind.cli.options import Emergency, Env, Json, Quiet, Reason
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import count, wrapped

if TYPE_CHECKING:
    from dbt_rewind.model import Policy
    from dbt_rewind.procedures.policy import Policies


def register(app: typer.Typer) -> None:
    register_group(
        app,
        "policy",
        "See by which rules approvals are asked for, and put other ones in force.",
        (("show", show), ("apply", apply)),
    )


def show(env: Env = None, as_json: Json = False, quiet: Quiet = False) -> None:
    """The policy in force, and where rewind.yml says something else."""
    from dbt_rewind.engine.policy import configured_policy
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.policy import read_policies

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    configured = configured_policy(workspace.config, workspace.name)
    reader = workspace.connect_to_read()
    try:
        found = read_policies(workspace, reader, configured)
    finally:
        reader.close()
    _say(screen, workspace.name, found)
    if found.problem:
        screen.warn(found.problem)
    screen.document("policy show", _facts(workspace.name, found))


def apply(
    reason: Reason = "",
    emergency: Emergency = False,
    env: Env = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put what rewind.yml says in force; the policy until now says whose yes that needs."""
    from dbt_rewind.cli.asking import asked_for, permit_facts, say_permit
    from dbt_rewind.cli.recover import say_recovery
    from dbt_rewind.engine.asking import asking_of
    from dbt_rewind.engine.site import operating
    from dbt_rewind.engine.workspace import open_workspace
    from dbt_rewind.procedures.announce import announce
    from dbt_rewind.procedures.asking import emergency_of, require_emergency
    from dbt_rewind.procedures.messages import policy_changed
    from dbt_rewind.procedures.policy import apply_policy, read_change

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    asking = asking_of(workspace)
    if emergency:
        require_emergency(workspace, reason)
        change = read_change(workspace, asking.policy)
        asking = emergency_of(workspace, "policy", change.digest, screen.warn)
    with (
        asked_for(screen, workspace, reason),
        operating(workspace.site("policy"), "policy") as (ledger, recovery),
    ):
        say_recovery(screen, recovery)
        permit = apply_policy(ledger, asking, reason=reason)
        head = ledger.history.head
        digest = ledger.history.policy_digest
    if ledger.mirror_problem:
        screen.warn(ledger.mirror_problem)
    if permit is None or head is None:
        screen.say(f"{workspace.name}: what rewind.yml says is in force already")
    else:
        screen.say(f"{workspace.name}: what rewind.yml says is in force", fg="green", bold=True)
        told = policy_changed(workspace.name, digest=digest, by=asking.by, reason=reason)
        announce(workspace, told, screen.warn)
        say_permit(screen, workspace.name, permit, head.sequence, None)
    screen.document(
        "policy apply",
        {
            "environment": workspace.name,
            "changed": permit is not None,
            "digest": digest or None,
            "permit": permit_facts(permit),
        },
    )


def _say(screen: Screen, environment: str, found: Policies) -> None:
    from dbt_rewind.cli.assess_words import approval_words
    from dbt_rewind.engine.demands import policy_demand

    policy = found.in_force
    where = "in production" if policy.production else "not in production: nobody is asked"
    screen.say(f"{environment}: {where}", bold=True)
    if policy.production and not policy.people:
        screen.say("  rewind.yml names no people, so that nobody is asked")
    for person in policy.people:
        known = f"{count(len(person.keys), 'key')}, {count(len(person.logins), 'login')}"
        words = f"{', '.join(person.roles) or 'no role'} ({known})"
        screen.say("\n".join(wrapped(f"  {person.name:12}", words)))
    if policy.enforced:
        held = "the ledger holds it" if found.recorded else "the next publish records it"
        screen.say(f"  {'in force':12}{held}")
        for head, demand in (("a deploy", policy.deploy), ("a change", policy_demand(policy))):
            screen.say("\n".join(wrapped(f"  {head:12}", approval_words(demand, policy))))
    for line in found.differences:
        screen.say("\n".join(wrapped("  differs     ", line)), fg="yellow")
    if found.differences:
        screen.say("  `rewind policy apply` puts what rewind.yml says in force", fg="yellow")


def _facts(environment: str, found: Policies) -> dict[str, Any]:
    return {
        "environment": environment,
        "enforced": found.in_force.enforced,
        "recorded": found.recorded,
        "production": found.in_force.production,
        "people": [_person(found.in_force, name) for name in _names(found.in_force)],
        "expires_seconds": found.in_force.expires.total_seconds(),
        "differences": list(found.differences),
        "mirror_problem": found.problem,
    }


def _names(policy: Policy) -> list[str]:
    return [person.name for person in policy.people]


def _person(policy: Policy, name: str) -> dict[str, Any]:
    person = policy.person(name)
    return {"name": name, "roles": list(person.roles) if person else []}
