"""The words of every message: one function a topic, from what happened to what people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dbt_rewind.model import Incident, Note, Request, Severity, Topic, Verdict
from dbt_rewind.procedures.announcement import Announcement, body_of, subject_of

_MOST_LOST: Final = 20


def incident_opened(environment: str, incident: Incident) -> Announcement:
    return _of_incident(
        Topic.INCIDENT_OPENED,
        environment,
        incident,
        incident.id,
        f"{incident.id} opened: {incident.title}",
        (("Opened by", incident.opened_by), *_incident_lines(incident)),
        f"rewind incident ack {incident.id} --env {environment}",
    )


def incident_noted(environment: str, incident: Incident, note: Note) -> Announcement:
    """`note` is one of the incident's."""
    number = incident.notes.index(note) + 1
    return _of_incident(
        Topic.INCIDENT_NOTED,
        environment,
        incident,
        f"{incident.id} note {number}",
        f"{incident.id}: {note.text}",
        (("Note", note.text), ("By", note.by), *_incident_lines(incident)),
        f"rewind incident show {incident.id} --env {environment}",
    )


def incident_acknowledged(environment: str, incident: Incident) -> Announcement:
    by = incident.acknowledged_by or "somebody"
    return _of_incident(
        Topic.INCIDENT_ACKNOWLEDGED,
        environment,
        incident,
        incident.id,
        f"{incident.id} is in hand: {by}",
        (("Acknowledged by", by), *_incident_lines(incident)),
        f"rewind incident show {incident.id} --env {environment}",
    )


def incident_closed(environment: str, incident: Incident, note: str) -> Announcement:
    return _of_incident(
        Topic.INCIDENT_CLOSED,
        environment,
        incident,
        incident.id,
        f"{incident.id} closed: {incident.title}",
        (
            ("Closed by", incident.closed_by or "somebody"),
            ("Note", note),
            *_incident_lines(incident),
        ),
        f"rewind incident show {incident.id} --env {environment}",
    )


def escalated(
    environment: str, incident: Incident, level: int, name: str, contact: str
) -> Announcement:
    """Nobody has acknowledged the incident in time, so that level `level` (from 1) is called."""
    return _of_incident(
        Topic.ESCALATED,
        environment,
        incident,
        f"{incident.id} level {level}",
        f"{incident.id} calls {name} (level {level}): {incident.title}",
        (
            ("Called", f"level {level}, {name}"),
            ("Contact", contact),
            ("Open since", f"{incident.opened_at:%Y-%m-%d %H:%M} UTC, not acknowledged"),
            *_incident_lines(incident),
        ),
        f"rewind incident ack {incident.id} --env {environment}",
        {"level": str(level), "contact": contact},
    )


def approval_requested(environment: str, request: Request) -> Announcement:
    return _of_request(
        Topic.APPROVAL_REQUESTED,
        environment,
        request,
        request.id,
        f"{request.id} needs approval: {request.operation}",
        (
            ("Asked by", request.proof.person),
            ("Needed", _demand_words(request)),
            ("Until", f"{request.expires_at:%Y-%m-%d %H:%M} UTC"),
        ),
        f"rewind approve {request.id} --env {environment}",
    )


def approved(environment: str, request: Request, verdict: Verdict) -> Announcement:
    """`verdict` is one of the request's."""
    yes = sum(each.approves for each in request.verdicts)
    return _of_request(
        Topic.APPROVED,
        environment,
        request,
        f"{request.id} {verdict.proof.person}",
        f"{request.id} approved by {verdict.proof.person}",
        (
            ("Approved by", verdict.proof.person),
            ("So far", f"{yes} of {sum(each.quorum for each in request.demand.parts)}"),
            ("Note", verdict.reason),
            ("Asked by", request.proof.person),
        ),
        f"the same {request.operation} again, which goes through once all have said yes",
    )


def rejected(environment: str, request: Request, verdict: Verdict) -> Announcement:
    return _of_request(
        Topic.REJECTED,
        environment,
        request,
        f"{request.id} {verdict.proof.person}",
        f"{request.id} rejected by {verdict.proof.person}",
        (
            ("Rejected by", verdict.proof.person),
            ("Because", verdict.reason),
            ("Asked by", request.proof.person),
        ),
        f"rewind status --env {environment}",
    )


def rolled_back(
    environment: str,
    *,
    publish: int,
    source: int | None,
    target: int,
    by: str,
    reason: str,
    severity: Severity | None = None,
) -> Announcement:
    """`publish` is the sequence of the published event, `source` the number of the release that was
    live, `target` that of the one that is."""
    return _of_publish(
        Topic.ROLLED_BACK,
        environment,
        publish,
        f"rolled back to r{target}",
        (("By", by), ("Releases", _way(source, target)), ("Reason", reason)),
        severity,
        f"rewind verify --env {environment}",
        source,
    )


def emergency(
    environment: str,
    *,
    publish: int,
    operation: str,
    source: int | None,
    target: int,
    by: str,
    reason: str,
    severity: Severity | None = Severity.CRITICAL,
) -> Announcement:
    """Somebody broke the glass: it went live without the approval that it needs."""
    return _of_publish(
        Topic.EMERGENCY,
        environment,
        publish,
        f"emergency {operation} to r{target} by {by}",
        (
            ("By", f"{by}, without approval"),
            ("Releases", _way(source, target)),
            ("Reason", reason),
            ("Review", "needed: it stays open until somebody closes it"),
        ),
        severity,
        f"rewind review list --env {environment}",
        source,
    )


def policy_changed(environment: str, *, digest: str, by: str, reason: str) -> Announcement:
    """`digest` is that of the policy that is in force from now on."""
    return Announcement(
        Topic.POLICY_CHANGED,
        f"policy {digest}",
        None,
        subject_of(environment, f"policy changed by {by}"),
        body_of(
            environment,
            None,
            (("By", by), ("Reason", reason), ("Policy", digest[:12])),
            f"rewind policy show --env {environment}",
        ),
        {"policy": digest},
    )


def branch_reset(
    environment: str,
    *,
    remote: str,
    branch: str,
    tip: str,
    good: str,
    kept_as: str,
    lost: Sequence[str],
    by: str,
) -> Announcement:
    """A branch points at an earlier commit again, and whoever has a clone has to follow. `lost` are
    the commits that it has not any more, newest first."""
    shown = list(lost[:_MOST_LOST])
    shown += [f"and {len(lost) - _MOST_LOST} more"] if len(lost) > _MOST_LOST else []
    fetch, there = f"git fetch {remote}", f"{remote}/{branch}"
    return Announcement(
        Topic.BRANCH_RESET,
        f"reset of {branch} from {tip}",
        None,
        subject_of(environment, f"{branch} was reset to {good[:10]} by {by}"),
        body_of(
            environment,
            None,
            (
                ("By", by),
                ("Branch", f"{branch} at {remote}, {tip[:10]} -> {good[:10]}"),
                *(("Lost", each) for each in shown),
                ("Kept as", f"{kept_as} at {remote}"),
                (
                    "Nothing of your own",
                    f"{fetch} && git switch {branch} && git reset --hard {there}",
                ),
                ("Commits of your own", f"{fetch} && git rebase --onto {there} {tip[:10]}"),
            ),
            f"the one of the two that fits, in every clone of {branch}",
        ),
        {"branch": branch, "tip": tip, "good": good},
    )


def trial(environment: str, by: str) -> tuple[str, str]:
    """Subject and body of what `rewind notify test` sends."""
    words = (("By", by), ("Note", "this is a test; nothing has happened"))
    return subject_of(environment, "test message"), body_of(
        environment, None, words, f"rewind status --env {environment}"
    )


def _of_incident(
    topic: Topic,
    environment: str,
    incident: Incident,
    about: str,
    words: str,
    lines: Iterable[tuple[str, str]],
    command: str,
    facts: Mapping[str, str] | None = None,
) -> Announcement:
    return Announcement(
        topic,
        about,
        incident.severity,
        subject_of(environment, words),
        body_of(environment, incident.severity, lines, command),
        {"incident": incident.id, **(facts or {})},
    )


def _of_request(
    topic: Topic,
    environment: str,
    request: Request,
    about: str,
    words: str,
    lines: Iterable[tuple[str, str]],
    command: str,
) -> Announcement:
    plan = (("Plan", line) for line in request.summary)
    return Announcement(
        topic,
        about,
        request.severity,
        subject_of(environment, words),
        body_of(
            environment,
            request.severity,
            (*lines, ("Reason", request.reason), *plan),
            command,
        ),
        {"request": request.id},
    )


def _of_publish(
    topic: Topic,
    environment: str,
    publish: int,
    words: str,
    lines: Iterable[tuple[str, str]],
    severity: Severity | None,
    command: str,
    left: int | None,
) -> Announcement:
    return Announcement(
        topic,
        f"publish {publish}",
        severity,
        subject_of(environment, words),
        body_of(environment, severity, lines, command),
        {"publish": str(publish), **({} if left is None else {"left": f"r{left}"})},
    )


def _incident_lines(incident: Incident) -> tuple[tuple[str, str], ...]:
    return (
        ("Incident", f"{incident.id}, {incident.title}"),
        ("Releases", ", ".join(f"r{number}" for number in incident.releases)),
    )


def _way(source: int | None, target: int) -> str:
    return f"r{source} -> r{target}" if source is not None else f"r{target}"


def _demand_words(request: Request) -> str:
    return ", and ".join(
        f"{each.quorum} x {' or '.join(each.roles) or 'anybody'}" for each in request.demand.parts
    )
