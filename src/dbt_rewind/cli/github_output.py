"""`--github`: what a command did is told to GitHub, too. Nothing fails because that failed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dbt_rewind.cli.screen import Screen, echo, plain
from dbt_rewind.errors import RewindError

if TYPE_CHECKING:
    from dbt_rewind.config.schema import RewindConfig
    from dbt_rewind.integrations.github_job import Job
    from dbt_rewind.integrations.github_told import GithubTold

_SECONDS: Final = 10.0

_PUBLISHING: Final = ("deploy", "rollback")

_KINDS: Final = {"critical": "error", "high": "error", "medium": "warning", "failed": "error"}


@dataclass(frozen=True, slots=True)
class _Told:
    """A command's document, or that of the error that has stopped it. `environment` is None where
    nothing says which it is."""

    command: str
    environment: str | None
    is_plan: bool
    document: Mapping[str, Any]

    @property
    def error(self) -> Mapping[str, Any] | None:
        return self.document.get("error")

    @property
    def went_live(self) -> bool:
        """Whether users see what the document tells of, even if an error came after that."""
        key = "release" if self.command == "deploy" else "to"
        return self.command in _PUBLISHING and not self.is_plan and key in self.document


def tell_github(screen: Screen, command: str, facts: Mapping[str, Any]) -> None:
    """Tells GitHub of a command's document: summary, outputs, annotations, deployment, comment."""
    document = _read({**facts, "name": command})
    environment, is_plan = document.get("environment"), bool(document.get("dry_run"))
    _tell(screen, _Told(command, environment, is_plan, document))


def tell_github_error(arguments: Sequence[str], document: Mapping[str, Any]) -> None:
    """The same for a command that an error has stopped."""
    environment, is_plan = _environment_in(arguments), "--dry-run" in arguments
    told = _Told(arguments[0], environment, is_plan, _read(document))
    _tell(Screen(github=True), told)


def _read(document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(document, default=plain))
    return found


def _environment_in(arguments: Sequence[str]) -> str | None:
    """The environment that the arguments name; the command has not got as far as to tell it."""
    for argument, following in zip(arguments, (*arguments[1:], None), strict=True):
        if argument in ("--env", "-e"):
            return following
        if argument.startswith("--env="):
            return argument.removeprefix("--env=")
    return None


def _tell(screen: Screen, told: _Told) -> None:
    """Never raises."""
    from dbt_rewind.integrations.channel import ChannelUnusable, DeliveryFailed

    for step in (_tell_job, _tell_repository):
        try:
            step(told)
        except (ChannelUnusable, DeliveryFailed) as error:
            fix = f" ({error.fix})" if error.fix else ""
            screen.warn(f"GitHub was not told: {error}{fix}")
        except RewindError as error:
            screen.warn(f"GitHub was not told: {error.message}")
        except Exception as error:
            screen.warn(f"GitHub was not told: {type(error).__name__}: {error}")


def _tell_job(told: _Told) -> None:
    from dbt_rewind.integrations.github_job import annotation, write_outputs, write_summary

    for kind, title, text in _annotations(told):
        echo(annotation(kind, title, text), err=True)
    write_outputs(_outputs(told))
    text = _page(told.document)
    if text:
        write_summary(text)


def _page(document: Mapping[str, Any]) -> str:
    from dbt_rewind.integrations.github_markdown import markdown
    from dbt_rewind.redact import redact

    return redact(markdown(document))


def _annotations(told: _Told) -> Iterator[tuple[str, str, str]]:
    if told.error is not None:
        text = f"{told.error['message']}\ntry: {told.error['hint']}"
        yield "error", f"rewind {told.command}: {told.error['slug']}", text
    for check in told.document.get("checks", ()):
        if check["status"] in ("failed", "skipped"):
            kind = _KINDS.get(check["status"], "warning")
            yield kind, f"{told.command}: {check['name']}", check["evidence"]
    for look in told.document.get("looks", ()):
        for finding in look["findings"]:
            severity = finding["severity"]
            words = f"{finding['subject']}: {finding['what']}"
            yield _KINDS.get(severity, "notice"), f"{severity}: {look['name']}", words


def _outputs(told: _Told) -> dict[str, str]:
    """`release` is what is live, `left` what was live before, `result` how it went."""
    document = told.document
    found = {"result": _result(told)}
    if told.went_live or told.command in ("verify", "assess"):
        match told.command:
            case "deploy" if _withdrawn_to(document):
                left = document["release"]["id"]
                found |= {"release": _withdrawn_to(document) or "", "left": left}
            case "deploy":
                found |= {"release": document["release"]["id"], "left": document["previous"] or ""}
            case "rollback":
                found |= {"release": document["to"]["id"], "left": document["from"]["id"]}
            case "verify" | "assess" if told.error is None:
                found["release"] = document["release"]
    return found


def _result(told: _Told) -> str:
    document = told.document
    if told.error is not None:
        return str(told.error["slug"])
    if told.command == "verify":
        return str(document["verdict"])
    if told.command == "assess":
        return str((document["decision"] or {}).get("severity", "nothing"))
    if _withdrawn_to(document):
        return "withdrawn"
    return "planned" if told.is_plan else "live"


def _withdrawn_to(document: Mapping[str, Any]) -> str | None:
    """The release that is live in place of the one that was deployed and then taken back."""
    found: str | None = (document.get("watch") or {}).get("withdrawn_to")
    return found


def _tell_repository(told: _Told) -> None:
    from dbt_rewind.integrations.github_job import Job

    job, env = Job.here(), told.environment
    if env is None or told.command not in _PUBLISHING:
        return
    if told.is_plan:
        if told.command == "deploy" and job.pull is not None:
            _, repository = _opened()
            repository.comment_on_pull(job.pull, f"plan {env}", _page(told.document))
        return
    if told.went_live:
        _tell_of_release(job, told.command, told.document)
    elif told.error is not None and told.command == "deploy" and job.sha is not None:
        config, repository = _opened()
        words = f"stopped: {told.error['slug']}"
        _deployed(config, repository, job, env, job.sha, "failure", words)


def _tell_of_release(job: Job, command: str, document: Mapping[str, Any]) -> None:
    config, told = _opened()
    env = document["environment"]
    state = "success"
    if command == "deploy":
        release = document["release"]
        sha, commented, words = release["commit"]["sha"], release["commit"]["sha"], "live"
        if back := _withdrawn_to(document):
            state, words = "failure", f"taken back, {back} is live again"
    else:
        release, left = document["to"], document["from"]
        sha, commented = release["commit"]["sha"], left["commit"]["sha"]
        words = f"live again, {left['id']} was taken back"
    _deployed(config, told, job, env, sha, state, f"{release['id']} is {words}")
    told.comment_on_commit(commented, f"release {env}", _page(document))


def _deployed(
    config: RewindConfig,
    told: GithubTold,
    job: Job,
    env: str,
    sha: str,
    state: str,
    words: str,
) -> None:
    from dbt_rewind.config.environment import is_production
    from dbt_rewind.integrations.github_told import Deployment

    production = is_production(env, config.environments[env])
    told.deployed(Deployment(env, production, sha, state, words, job.address))


def _opened() -> tuple[RewindConfig, GithubTold]:
    from dbt_rewind.config.load import find_config, load_config
    from dbt_rewind.integrations.github_place import place_of
    from dbt_rewind.integrations.github_told import GithubTold

    path = find_config(Path.cwd())
    config = load_config(path)
    place = place_of(config.github, path.parent, config.git.remote)
    return config, GithubTold(place.open(_SECONDS))
