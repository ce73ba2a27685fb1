"""What is done to the code, in words and as JSON facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dbt_rewind.cli.screen import Screen
from dbt_rewind.cli.words import clipped, count, wrapped
from dbt_rewind.git.steps import StepKind
from dbt_rewind.model import RollbackStrategy
from dbt_rewind.procedures.code.delivery import Way

if TYPE_CHECKING:
    from dbt_rewind.git.steps import Entry
    from dbt_rewind.procedures.code.delivery import Delivered
    from dbt_rewind.procedures.code.plan import CodePlan
    from dbt_rewind.procedures.code.site import CodeSite
    from dbt_rewind.procedures.code.take_back import CodeOutcome

_MOST = 10
_MOST_KEPT = 5


def say_code_plan(screen: Screen, site: CodeSite, plan: CodePlan) -> None:
    """Which commits are made, in which order, and how they get to the remote."""
    where = f"{plan.branch} at {plan.remote}"
    if plan.is_nothing:
        screen.tell("\n".join(wrapped("  code: ", f"{where} holds nothing that is in quarantine")))
        return
    if plan.lost:
        _say_reset(screen, plan)
        return
    picks = [each.step for each in plan.steps if each.step.kind is StepKind.PICK]
    restored = [each.step for each in plan.steps if each.step.kind is StepKind.RESTORE]
    reverts = [each.step for each in plan.steps if each.step.kind is StepKind.REVERT]
    for step in restored:
        words = f"{where}: back to {step.sha[:7]} ({step.subject})"
        words += f", and {count(len(picks), 'commit')} picked, in this order" if picks else ""
        screen.tell("\n".join(wrapped("  code: ", words)))
    if reverts:
        what = f"{count(len(reverts), 'commit')} {_are(len(reverts))} reverted, newest first"
        screen.tell("\n".join(wrapped("  code: ", f"{where}: {what}")))
    for step in [*reverts, *picks][:_MOST]:
        parent = f" (-m {step.mainline})" if step.mainline else ""
        screen.tell(clipped(f"    {step.sha[:7]}  {step.subject}{parent}", 80))
    _say_more(screen, len(reverts) + len(picks) - _MOST)
    if plan.kept:
        came = count(len(plan.kept), "commit")
        screen.tell(f"    kept: {came} that came after")
        _say_entries(screen, plan.kept)
    screen.tell("\n".join(wrapped("    ", _push_words(site, plan))))


def code_question(plan: CodePlan) -> str:
    """What a person is asked to agree to."""
    where = f"{plan.branch} at {plan.remote}"
    if plan.lost:
        return f"have {where} lose {count(len(plan.lost), 'commit')}"
    if not plan.direct:
        return f"propose {count(len(plan.steps), 'commit')} for {where}"
    return f"revert {count(len(plan.steps), 'commit')} of {where}"


def _say_reset(screen: Screen, plan: CodePlan) -> None:
    where = f"{plan.branch} at {plan.remote}"
    words = f"{where} is reset to {plan.start[:7]}, and loses {count(len(plan.lost), 'commit')}"
    screen.tell("\n".join(wrapped("  code: ", words)), fg="yellow")
    _say_entries(screen, plan.lost)
    kept = f"its tip stays as {plan.side.rsplit('-', 2)[0]}-...; the team is told what to run"
    screen.tell("\n".join(wrapped("    ", kept)))


def _say_entries(screen: Screen, entries: Sequence[Entry]) -> None:
    for entry in entries[:_MOST_KEPT]:
        screen.tell(clipped(f"    {entry.sha[:7]}  {entry.subject}", 80))
    _say_more(screen, len(entries) - _MOST_KEPT)


def _say_more(screen: Screen, left: int) -> None:
    if left > 0:
        screen.tell(f"    and {left} more; --json has all")


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _push_words(site: CodeSite, plan: CodePlan) -> str:
    side = plan.side.rsplit("-", 2)[0] + "-..."
    proposed = f"proposed by a pull request, as {side}"
    if plan.strategy is RollbackStrategy.HOTFIX and site.push != "never":
        urgent = f"{proposed}, labelled {', '.join(plan.labels)}"
        return f"then {urgent}, merged at once where that is allowed, and its run is watched"
    if not plan.direct and site.push != "never":
        return f"then {proposed}"
    match site.push:
        case "never":
            return f"then kept in this clone as {side}; git.push is never"
        case "direct":
            return f"then pushed to {plan.branch}"
        case "pull-request":
            return f"then {proposed}"
        case "auto":
            return f"then pushed to {plan.branch}; where that is refused, {proposed}"


def say_code_outcome(screen: Screen, outcome: CodeOutcome) -> None:
    """That it is done, and what is left to a person."""
    plan, delivered = outcome.plan, outcome.delivered
    where = f"{plan.branch} at {plan.remote}"
    if delivered is None:
        screen.say("\n".join(wrapped("", f"{where} holds nothing that is in quarantine")))
        return
    made = count(len(outcome.made), "commit")
    match delivered.way:
        case Way.PUSHED if plan.lost:
            words, colour = f"{where} is reset to {delivered.sha[:7]}", "green"
            words += f"; its old tip is {plan.side}"
        case Way.PUSHED:
            words, colour = f"{where} is back: {made} pushed, up to {delivered.sha[:7]}", "green"
        case Way.PROPOSED:
            words, colour = f"{made} pushed to {delivered.branch}, for a pull request", "yellow"
            words += f" into {plan.branch}"
        case Way.MERGED:
            words, colour = f"{where} is back: merged as {delivered.sha[:7]}", "green"
        case Way.KEPT:
            words, colour = f"{made} made, and kept in this clone as {delivered.branch}", "yellow"
    screen.say("\n".join(wrapped("", words)), fg=colour, bold=True)
    for line in _left(plan, delivered):
        screen.say("\n".join(wrapped("  ", line)))


def _left(plan: CodePlan, delivered: Delivered) -> list[str]:
    lines = []
    if delivered.refused:
        lines.append(f"{plan.branch} takes no push: {delivered.refused}")
    if delivered.problem:
        lines.append(f"no pull request could be opened: {delivered.problem}")
    proposal = delivered.proposal
    if delivered.way is Way.KEPT:
        lines.append(f"push it: git push {plan.remote} {delivered.branch}:{plan.branch}")
    elif delivered.way is Way.PROPOSED and (proposal is None or not proposal.is_open):
        address = f": {proposal.address}" if proposal and proposal.address else ""
        lines.append(f"open a pull request of {delivered.branch} into {plan.branch}{address}")
    elif proposal is not None and delivered.way is Way.PROPOSED:
        lines.append(f"let it in: {proposal.address}")
    return lines


def code_facts(
    site: CodeSite, plan: CodePlan, outcome: CodeOutcome | None = None
) -> dict[str, Any]:
    """The plan, and what was done of it; without an outcome, nothing was."""
    delivered = outcome.delivered if outcome else None
    proposal = delivered.proposal if delivered else None
    return {
        "strategy": plan.strategy,
        "remote": plan.remote,
        "branch": plan.branch,
        "tip": plan.tip,
        "push": site.push,
        "commits": [
            {
                "kind": each.step.kind,
                "commit": each.step.sha,
                "subject": each.step.subject,
                "mainline": each.step.mainline,
                "release": each.release,
            }
            for each in plan.steps
        ],
        "lost": [{"commit": each.sha, "subject": each.subject} for each in plan.lost],
        "kept": [{"commit": each.sha, "subject": each.subject} for each in plan.kept],
        "way": delivered and delivered.way,
        "to": delivered and delivered.branch,
        "head": delivered and delivered.sha,
        "refused": delivered.refused if delivered else "",
        "pull_request": {"address": proposal.address, "number": proposal.number}
        if proposal
        else None,
    }
