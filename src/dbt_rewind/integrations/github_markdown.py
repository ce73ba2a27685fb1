"""What a command's JSON document says, as Markdown for a job summary or a comment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

_LONGEST: Final = 60_000
_MOST: Final = 50

Document = Mapping[str, Any]


def markdown(document: Document) -> str:
    """A heading and what belongs below it; of a command that has no page of its own, nothing. The
    document has the command's name as `name`: in `assess`, `command` is what it advises."""
    if "error" in document and "name" not in document:
        lines = _error(document["error"])
    elif document.get("name") == "deploy" and document.get("dry_run"):
        lines = _planned(document)
    else:
        page = _PAGES.get(str(document.get("name")))
        lines = page(document) if page else iter(())
    text = "\n".join(lines)
    if "error" in document and "name" in document:  # what had been done before it stays done
        text = "\n".join((text, "", *_error(document["error"]))).lstrip()
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "\n\n... and more"


def code(text: object) -> str:
    """Text of others, in which nobody is mentioned and nothing is markup, as one line."""
    line = " ".join(str(text).split())
    longest = max((len(ticks) for ticks in re.findall(r"`+", line)), default=0)
    fence = "`" * (longest + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line.replace('|', chr(92) + '|')}{space}{fence}" if line else ""


def _error(error: Mapping[str, Any]) -> Iterator[str]:
    yield f"### Stopped: {error['slug']}"
    yield ""
    yield from _quoted(error["message"])
    yield ""
    yield f"Next: {code(error['hint'])}"


def _deployed(document: Document) -> Iterator[str]:
    release, environment = document["release"], document["environment"]
    if back := (document.get("watch") or {}).get("withdrawn_to"):
        yield f"### {release['id']} was taken back: {back} is live in {environment} again"
    elif not document["moved"]:
        yield f"### {release['id']} is live in {environment} already: nothing to do"
        return
    else:
        yield f"### {release['id']} is live in {environment}"
    yield ""
    tests, origins = release["tests"], [node["origin"] for node in release["nodes"]]
    built = f"{origins.count('built')} built, {origins.count('reused')} taken over"
    rows = [
        ("Commit", _commit(release["commit"])),
        ("Relations", built),
        ("Tests", ", ".join(f"{tests[name]} {name}" for name in ("passed", "warned", "failed"))),
        ("Names moved", f"{document['moved']}, all in {document['seconds']} s"),
    ]
    if document["previous"]:
        back = f"rewind rollback --to {document['previous']} --env {environment}"
        rows.append(("Back", code(back)))
    yield from _table(("", ""), rows)


def _planned(document: Document) -> Iterator[str]:
    environment = document["environment"]
    yield f"### What a deploy to {environment} would do"
    yield ""
    if document.get("equals"):
        does = "nothing: it is live" if document["live"] else "that is published, nothing is built"
        yield f"The project equals {document['equals']}; {does}."
        return
    build, moves = document["build"], document["moves"]
    yield (
        f"{document['release']} would be made: {len(build)} built, {len(document['reuse'])} taken"
        f" over, {len(moves)} names moved."
    )
    yield ""
    inexact = document["not_exact"]
    if inexact:
        yield "**It could not be undone exactly:**"
        yield ""
        yield from _list(f"{_name(each['pointer'])}: {code(each['reason'])}" for each in inexact)
    else:
        yield "**It could be undone exactly**, in a moment: `rewind rollback`."
    gone = [_name(move["pointer"]) for move in moves if move["after"] is None]
    if gone:
        yield ""
        yield "**Names that would be gone:**"
        yield ""
        yield from _list(gone)
    if build:
        yield ""
        yield "<details><summary>What would be built</summary>"
        yield ""
        yield from _list(code(each) for each in build)
        yield ""
        yield "</details>"


def _rolled_back(document: Document) -> Iterator[str]:
    environment, code_facts = document["environment"], document.get("code")
    if "from" not in document:
        yield f"### The code of {environment}"
        yield ""
        yield from _table(("", ""), _code_rows(code_facts))
        return
    source, target = document["from"], document["to"]
    done = "would be" if document["dry_run"] else "is"
    yield f"### {target['id']} {done} live in {environment} again"
    yield ""
    rows = [
        ("From", f"{source['id']}: {_commit(source['commit'])}"),
        ("To", f"{target['id']}: {_commit(target['commit'])}"),
        ("Names moved", str(len(document["moves"]))),
    ]
    if document["publish_seconds"] is not None:
        rows.append(("Took", f"{document['publish_seconds']} s"))
    if document["reason"]:
        rows.append(("Reason", code(document["reason"])))
    if document["quarantined"]:
        rows.append(("In quarantine", code(document["quarantined"][:7])))
    if document["incident"]:
        rows.append(("Incident", document["incident"]))
    rows += _code_rows(code_facts)
    forward = f"rewind rollback --to {source['id']} --env {environment}"
    yield from _table(("", ""), [*rows, ("Forward again", code(forward))])
    if document["not_exact"]:
        yield ""
        yield "Not as it was:"
        yield ""
        yield from _list(
            f"{_name(each['pointer'])}: {code(each['reason'])}" for each in document["not_exact"]
        )


def _code_rows(facts: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """What was done to the code beside what users see."""
    if facts is None:
        return []
    rows = [("Code", str(facts["strategy"]))]
    if facts.get("commits"):
        subjects = ", ".join(code(each["subject"]) for each in facts["commits"][:_MOST])
        rows.append(("Takes back", subjects))
    if facts.get("way"):
        rows.append(("Branch", f"{code(facts['to'] or facts['branch'])}, {facts['way']}"))
    if address := (facts.get("pull_request") or {}).get("address"):
        rows.append(("Pull request", address))
    if facts.get("problem"):
        rows.append(("Problem", code(facts["problem"])))
    return rows


def _verified(document: Document) -> Iterator[str]:
    yield f"### {document['release']} in {document['environment']}: {document['verdict']}"
    yield ""
    checks = document["checks"]
    rows = [(each["status"], code(each["name"]), code(each["evidence"])) for each in checks]
    yield from _table(("", "Check", "Evidence"), rows)


def _assessed(document: Document) -> Iterator[str]:
    decision, environment = document["decision"], document["environment"]
    if decision is None:
        yield f"### {document['release']} in {environment}: nothing found"
    else:
        yield f"### {document['release']} in {environment}: {decision['severity']}"
        yield ""
        yield f"To do: {decision['action']}, `{document['command']}`"
    yield ""
    findings = [
        (finding["severity"], code(look["name"]), code(f"{finding['subject']}: {finding['what']}"))
        for look in document["looks"]
        for finding in look["findings"]
    ]
    if findings:
        yield from _table(("", "Looked at", "Found"), findings)
    unseen = [look for look in document["looks"] if look["unseen"]]
    yield from _list(f"not looked at: {code(each['name'])}" for each in unseen)


def _commit(commit: Mapping[str, Any]) -> str:
    return f"{code(commit['sha'][:7])} {code(commit['subject'])}"


def _name(name: Mapping[str, Any]) -> str:
    return code(f"{name['schema']}.{name['name']}")


def _quoted(text: str) -> Iterator[str]:
    yield "```text"
    yield from (line.replace("```", "'''") for line in text.splitlines())
    yield "```"


def _list(items: Iterable[str]) -> Iterator[str]:
    found = list(items)
    yield from (f"- {each}" for each in found[:_MOST])
    if len(found) > _MOST:
        yield f"- and {len(found) - _MOST} more"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


_PAGES: Final[Mapping[str, Callable[[Document], Iterator[str]]]] = {
    "deploy": _deployed,
    "rollback": _rolled_back,
    "verify": _verified,
    "assess": _assessed,
}
