"""What `rewind deploy` and `rewind refresh` have in common: the dry run, and the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import ago, count, lasting, tests_words, wrapped

if TYPE_CHECKING:
    from dbt_rewind.engine.access import Access
    from dbt_rewind.engine.build_plan import DeployRequest
    from dbt_rewind.engine.deploy import Deployed
    from dbt_rewind.engine.history import History
    from dbt_rewind.model import Release
    from dbt_rewind.warehouse.protocol import LedgerReader


def say_planned(screen: Screen, access: Access, history: History, request: DeployRequest) -> None:
    """Plans the build over a connection that changes nothing, and shows the plan."""
    from dbt_rewind.cli.flag_words import off_facts, say_kept
    from dbt_rewind.cli.plan_words import plan_facts, say_inexact, say_plan
    from dbt_rewind.cli.progress import watching
    from dbt_rewind.engine.build_plan import plan_build
    from dbt_rewind.engine.undoing import inexact_after

    with watching(screen) as listener, request.open_version() as version:
        planned = plan_build(access, history, request, version, listener)
    inexact = inexact_after(planned.plan)
    say_plan(screen, planned.plan, planned.selected.pending)
    say_inexact(screen, inexact)
    off = planned.kept.composite.off
    say_kept(screen, off)
    for name in request.rules.unknown(frozenset(planned.manifest.nodes)):
        screen.warn(f"rewind.yml has settings for {name}, which this project does not have")
    screen.say("nothing was changed")
    screen.document(
        request.kind.value,
        {
            "dry_run": True,
            **plan_facts(planned.plan),
            "not_exact": inexact,
            "off": [off_facts(each) for each in off],
        },
    )


def say_waiting(screen: Screen, waiting: Release) -> None:
    """What is published instead of a new build."""
    screen.tell(f"  {waiting.id}, built {ago(waiting.created_at)}, waits for its publish")


def would_publish(
    screen: Screen, reader: LedgerReader, history: History, request: DeployRequest
) -> bool:
    """Whether a release waits for what is requested, which has been shown then."""
    from dbt_rewind.cli.plan_words import repair_facts, say_repair
    from dbt_rewind.engine.deploy import plan_ready
    from dbt_rewind.engine.waiting import waiting_release

    waiting = waiting_release(reader, history, request)
    if waiting is None:
        return False
    say_waiting(screen, waiting)
    screen.say(f"{waiting.id} would be published as it is")
    repair = plan_ready(reader, history, request, waiting).repair
    if repair is not None:
        say_repair(screen, repair)
    screen.document(
        request.kind.value,
        {
            "environment": history.environment,
            "dry_run": True,
            "equals": waiting.id,
            "live": False,
            "repair": repair_facts(repair),
        },
    )
    return True


def say_built(screen: Screen, environment: str, deployed: Deployed) -> None:
    """The outcome of a build that is live."""
    from dbt_rewind.cli.flag_words import say_kept
    from dbt_rewind.cli.plan_words import say_repair
    from dbt_rewind.cli.progress import how_moved

    if deployed.repair is not None:
        say_repair(screen, deployed.repair)
    release, plan = deployed.release, deployed.plan
    if plan is None:
        screen.say(f"{release.id} is live already with this project: nothing to do", fg="green")
    else:
        built = sum(node.built_by == release.number for node in release.made)
        made = f"{built} built, {len(release.made) - built} reused"
        tested = "" if deployed.reused else f", {tests_words(release.tests)}"
        if deployed.reused == release.number:
            made = "published as it was built and tested before"
        moved = count(len(plan.moves), "pointer")
        took = lasting(deployed.seconds)
        screen.say(f"{release.id} is live in {environment} after {took}", fg="green", bold=True)
        screen.say(f"  {made}{tested}")
        screen.say(f"  {moved} moved {how_moved(plan.publish)}")
        for warning in release.warnings:
            name = warning.unique_id.split(".", 2)[-1]
            screen.say("\n".join(wrapped("  warned: ", f"{name}: {warning.message}")))
        for finding in release.gates:
            how = "accepted: " if finding.accepted else "noticed: "
            screen.say("\n".join(wrapped(f"  {how}", f"{finding.pointer} {finding.words}")))
        if release.pending:
            left = count(len(release.pending), "changed node was", "changed nodes were")
            screen.say(f"  {left} not selected and wait for the next deploy")
        say_kept(screen, release.off)
        if deployed.previous is not None:
            screen.tell(f"  back to r{deployed.previous}: rewind rollback")


def built_facts(environment: str, deployed: Deployed) -> dict[str, Any]:
    """The outcome of a build as JSON data."""
    from dbt_rewind.cli.plan_words import release_facts, repair_facts

    release, plan = deployed.release, deployed.plan
    return {
        "environment": environment,
        "release": release_facts(release),
        "previous": deployed.previous and f"r{deployed.previous}",
        "equals": deployed.reused and f"r{deployed.reused}",
        "moved": len(plan.moves) if plan else 0,
        "repair": repair_facts(deployed.repair),
        "seconds": round(deployed.seconds, 3),
    }
