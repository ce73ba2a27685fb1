"""What commits and pull requests say: what was wrong, of which release, and who said so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.git.steps import Step, StepKind
from dbt_rewind.procedures.code.site import CodeSite
from dbt_rewind.redact import redact


def revert_message(site: CodeSite, step: Step, entry: Quarantined, incident: str) -> str:
    """The message of a revert, which says what it reverts as git itself does."""
    merged = f", reversing\nchanges made to {step.parent}" if step.mainline else ""
    return redact(
        f'Revert "{step.subject}"\n\n'
        f"This reverts commit {step.sha}{merged}.\n\n"
        f"{told(site, entry)}\n\n{trailers(site, entry, incident)}\n"
    )


def told(site: CodeSite, entry: Quarantined) -> str:
    """Who rolled back, and why, on one line: no other line of a message may be theirs."""
    reason = " ".join(entry.reason.split())
    words = f"{entry.id} was rolled back in {site.environment} by {entry.by}"
    return f"{words}: {reason}" if reason else f"{words}."


def trailers(site: CodeSite, entry: Quarantined, incident: str) -> str:
    """Lines that programs find."""
    lines = [f"Rewind-Environment: {site.environment}", f"Rewind-Release: {entry.id}"]
    return "\n".join([*lines, f"Rewind-Incident: {incident}"] if incident else lines)


def request_title(site: CodeSite, held: Sequence[Quarantined]) -> str:
    """The title of a pull request."""
    releases = " and ".join(entry.id for entry in reversed(held))
    return f"Take {releases} of {site.environment} back"


def request_body(
    site: CodeSite,
    held: Sequence[Quarantined],
    steps: Sequence[Step],
    incidents: Mapping[int, str],
) -> str:
    """The text of a pull request, in Markdown."""
    reverted = [(each.sha, each.subject) for each in steps if each.kind is StepKind.REVERT]
    reverted = reverted or [(entry.commit.sha, entry.commit.subject) for entry in held]
    lines = [told(site, entry) for entry in held]
    found = [incidents[entry.release] for entry in held if entry.release in incidents]
    lines += [f"Incident: {', '.join(found)}"] if found else []
    lines += [
        "Users see the good release already. Once this is merged, the deploy finds its project live"
        " and does nothing.",
        # A squash keeps this text at most, and quarantine knows reverts by these words.
        "\n".join(f"- This reverts commit {sha} ({subject})." for sha, subject in reverted),
    ]
    return redact("\n\n".join(lines))


def restore_message(
    site: CodeSite, good: str, held: Sequence[Quarantined], incidents: Mapping[int, str]
) -> str:
    """The message of a commit that has the whole content of an earlier one."""
    lines = [f"This reverts commit {entry.commit.sha}." for entry in held]
    found = next((incidents[each.release] for each in held if each.release in incidents), "")
    return redact(
        f"Go back to {good[:10]}\n\n"
        + "\n".join(lines)
        + f"\n\nIts content is that of {good}.\n\n"
        + "\n".join(told(site, entry) for entry in held)
        + f"\n\n{trailers(site, held[0], found)}\n"
    )


def pick_message(site: CodeSite, step: Step) -> str:
    """The picked commit's own message, which says what it is a copy of."""
    text = site.repository.message(step.sha).rstrip()
    return f"{text}\n\n(cherry picked from commit {step.sha})\n"


def picks_body(
    site: CodeSite,
    held: Sequence[Quarantined],
    steps: Sequence[Step],
    incidents: Mapping[int, str],
) -> str:
    """The text of a pull request, in Markdown."""
    lines = [told(site, entry) for entry in held]
    found = [incidents[entry.release] for entry in held if entry.release in incidents]
    lines += [f"Incident: {', '.join(found)}"] if found else []
    lines += [
        "Users see the good release already. This brings the code back to it, with these commits:",
        "\n".join(f"- {step.sha[:10]} {step.subject}" for step in steps[1:]) or "- none",
    ]
    return redact("\n\n".join(lines))
