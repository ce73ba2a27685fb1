"""`rewind history`: releases, newest first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dbt_rewind.cli.options import Env, Json, Quiet
from dbt_rewind.cli.quarantine_words import why
from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import begun, clipped, count, lasting, moment, release_of, sized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dbt_rewind.cli.retention_words import Retention
    from dbt_rewind.engine.history import History, ReleaseSummary
    from dbt_rewind.engine.quarantine import Quarantined
    from dbt_rewind.git.history import LogEntry
    from dbt_rewind.warehouse.protocol import LedgerReader

_COLOURS = {
    "live": "green",
    "failed": "red",
    "aborted": "red",
    "lost": "red",
    "rolled back": "yellow",
}


def register(app: typer.Typer) -> None:
    app.command("history")(history)


def history(
    env: Env = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many releases.")] = 10,
    git: Annotated[bool, typer.Option("--git", help="Commits and tags beside them (20).")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Releases, newest first, and which of them can be rolled back to."""
    from dbt_rewind.cli.retention_words import read_retention
    from dbt_rewind.engine.mirror import mirror_problem
    from dbt_rewind.engine.quarantine import quarantined
    from dbt_rewind.engine.workspace import open_workspace

    screen = Screen(as_json, quiet)
    workspace = open_workspace(Path.cwd(), env)
    reader = workspace.connect_to_read()
    try:
        known = workspace.history(reader)
        problem = mirror_problem(workspace.mirror, workspace.name, known.events)
        shown = known.newest_first()[:limit]
        # Reading every record takes longer than all else, and --quiet does not show it.
        half = reader.half_published(workspace.name)
        alone = {} if quiet and not as_json else _held_alone(reader, known, shown)
    finally:
        reader.close()
    log = workspace.repository.log(workspace.environment.branch or "HEAD", 20) if git else ()
    retention = read_retention(known, workspace.config)
    kept_out = {entry.commit.sha: entry for entry in quarantined(known)}
    _say_releases(screen, retention, shown, alone, kept_out)
    if half is not None:
        screen.warn(f"{begun(half)} has moved some names and not others: run `rewind recover`")
    if problem is not None:
        screen.warn(problem.message)
    if git:
        _say_log(screen, known, log, workspace.environment.branch or "HEAD")
    facts: dict[str, Any] = {
        "environment": workspace.name,
        "live": known.live and known.live.id,
        "total": len(known.releases),
        "releases": [_facts(release, retention, alone, kept_out) for release in shown],
        "mirror_problem": problem and problem.message,
        "unfinished_publish": half and release_of(half),
    }
    if git:
        facts["commits"] = [_commit_facts(known, entry) for entry in log]
    screen.document("history", facts)


def _held_alone(
    reader: LedgerReader, known: History, shown: tuple[ReleaseSummary, ...]
) -> Mapping[int, int]:
    """The bytes that pruning just that release would free, as far as that is known: a damaged
    record of one release keeps nobody from seeing which there are."""
    from dbt_rewind.engine.prune import held_alone
    from dbt_rewind.errors import ArtifactDamaged

    try:
        return held_alone(reader, known, [release.number for release in shown])
    except ArtifactDamaged:
        return {}


def _say_releases(
    screen: Screen,
    retention: Retention,
    shown: tuple[ReleaseSummary, ...],
    alone: Mapping[int, int],
    kept_out: Mapping[str, Quarantined],
) -> None:
    known = retention.known
    if not known.releases:
        screen.say(f"{known.environment}: no release yet; `rewind deploy` makes the first")
        return
    live = f"{known.live.id} is live" if known.live else "nothing is live"
    screen.say(f"{known.environment}: {count(len(known.releases), 'release')}, {live}")
    for release in shown:
        tags = clipped(" ".join(release.commit.tags), 12)
        head = f"{release.id:4} {release.state.value:12} {release.commit.sha[:7]} {tags:13}"
        head += f"{moment(release.created_at)}  {release.kind.value}"
        screen.say(head, fg=_COLOURS.get(release.state.value))
        screen.tell(f"     {clipped(release.commit.subject, 75)}")
        if release.record_digest:
            screen.tell(f"     {_figures(release)}")
        by = clipped(release.created_by, 32)
        screen.tell(f"     by {by}{_space_words(release, alone)}")
        screen.tell(f"     can be rolled back to: {retention.way_back(release.number)}")
        if release.off:
            screen.tell(clipped(f"     flags that are off: {', '.join(sorted(release.off))}", 80))
        if (entry := kept_out.get(release.commit.sha)) is not None:
            words = f"     in quarantine, no deploy brings it: {why(entry)}"
            screen.tell(clipped(words, 80), fg="yellow")


def _space_words(release: ReleaseSummary, alone: Mapping[int, int]) -> str:
    from dbt_rewind.engine.history import GONE

    if release.state in GONE:
        return ""
    if release.number not in alone:
        return "; how much it holds alone is not known"
    size = alone[release.number]
    return f"; holds {sized(size)} alone" if size else "; holds nothing alone"


def _figures(release: ReleaseSummary) -> str:
    from dbt_rewind.engine.history import RESTORABLE

    tests = release.tests
    run = tests.passed + tests.warned + tests.failed
    words = f"{tests.passed} of {count(run, 'test')} passed" if run else "no test run"
    # A failed build may have got through any part of what it was to build.
    published = release.state in RESTORABLE or release.published_at is not None
    was_built = published or release.waits
    built = "built" if was_built else "to build"
    how = f"{release.built} {built}, {release.reused} reused in {lasting(release.seconds)}"
    return f"{how}; {words}"


def _say_log(screen: Screen, known: History, log: tuple[LogEntry, ...], branch: str) -> None:
    screen.say(f"\n{branch}, newest commit first:")
    for entry in log:
        ids = ", ".join(_releases_of(known, entry.sha))
        tags = " ".join(entry.tags)
        line = f"{entry.sha[:7]} {clipped(tags, 12):12} {clipped(ids, 12):12} "
        screen.say(f"{line}{clipped(entry.subject, 45)}")


def _releases_of(known: History, sha: str) -> list[str]:
    return [
        f"{release.id} ({release.state.value})" if release.state.value == "live" else release.id
        for release in known.newest_first()
        if release.commit.sha == sha
    ]


def _facts(
    release: ReleaseSummary,
    retention: Retention,
    alone: Mapping[int, int],
    kept_out: Mapping[str, Quarantined],
) -> dict[str, Any]:
    from dbt_rewind.cli.plan_words import summary_facts
    from dbt_rewind.engine.history import RESTORABLE, ReleaseState

    return {
        **summary_facts(release),
        "restorable": release.state in RESTORABLE and release.state is not ReleaseState.LIVE,
        **retention.facts(release.number),
        "bytes_alone": alone.get(release.number),
        "quarantined": release.commit.sha in kept_out,
        "flags_off": sorted(release.off),
    }


def _commit_facts(known: History, entry: LogEntry) -> dict[str, Any]:
    return {
        "sha": entry.sha,
        "subject": entry.subject,
        "author": entry.author,
        "at": entry.at,
        "tags": entry.tags,
        "branches": entry.branches,
        "releases": [r.id for r in known.newest_first() if r.commit.sha == entry.sha],
    }
