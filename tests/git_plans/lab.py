"""A clone with a bare remote, driven with plain git, and the code side of a rollback on it."""

from __future__ import annotations

import atexit
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from typing import Literal

from tests.unit.git.sandbox import Sandbox, new_repository

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.git.remote import Remote
from dbt_rewind.git.repository import Repository
from dbt_rewind.integrations.pull_requests import Merged, Proposal, PullRequestFailed
from dbt_rewind.model import Commit
from dbt_rewind.procedures.code.hotfix import merged_hotfix, plan_hotfix
from dbt_rewind.procedures.code.picks import plan_picks
from dbt_rewind.procedures.code.plan import CodePlan, plan_revert
from dbt_rewind.procedures.code.reset import plan_reset, reset_branch
from dbt_rewind.procedures.code.site import CodeSite
from dbt_rewind.procedures.code.take_back import CodeOutcome, take_back

AT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


@dataclass
class Requests:
    """A host that opens pull requests, unless it `fails`."""

    fails: bool = False
    protected: bool | None = None
    merges: Callable[[str, str], Merged] | None = None
    asked: list[tuple[str, str, str, str, tuple[str, ...]]] = field(default_factory=list)

    def propose(
        self, branch: str, base: str, title: str, body: str, labels: Sequence[str]
    ) -> Proposal:
        if self.fails:
            raise PullRequestFailed("the host is down", "try again")
        self.asked.append((branch, base, title, body, tuple(labels)))
        return Proposal("https://example.com/pull/1", 1)

    def merge(self, proposal: Proposal, sha: str, title: str) -> Merged | None:
        return self.merges(sha, title) if self.merges else None

    def is_protected(self, branch: str) -> bool | None:
        if self.fails:
            raise PullRequestFailed("the host is down", "try again")
        return self.protected


@dataclass
class Lab:
    """`mine` is the clone that a rollback runs in, `remote` the bare repository."""

    folder: Path
    mine: Sandbox
    remote: Sandbox
    branch: str = "main"
    push: Literal["auto", "direct", "pull-request", "never"] = "auto"
    requests: Requests = field(default_factory=Requests)
    warnings: list[str] = field(default_factory=list)

    @property
    def site(self) -> CodeSite:
        repository = Repository.open(self.mine.folder)
        return CodeSite(
            "prod",
            repository,
            Remote(repository, "origin"),
            self.branch,
            PurePosixPath("."),
            self.mine.folder / ".rewind" / "code" / "prod",
            self.push,
            "ada",
            lambda: self.requests,
        )

    def commit(self, subject: str, **files: str) -> str:
        return self.mine.commit(subject, **files)

    def publish(self) -> str:
        """Pushes what is checked out to the branch; its id."""
        self.mine.git("push", "--quiet", "origin", f"HEAD:refs/heads/{self.branch}")
        return self.head

    @property
    def head(self) -> str:
        return self.mine.git("rev-parse", "HEAD")

    @property
    def tip(self) -> str:
        """What the remote's branch points at."""
        return self.remote.git("rev-parse", f"refs/heads/{self.branch}")

    def tree(self, commit: str) -> str:
        return self.remote.git("rev-parse", f"{commit}^{{tree}}")

    def subjects(self, since: str, until: str | None = None) -> list[str]:
        """Of the remote's commits after `since`, newest first."""
        log = ("log", "--topo-order", "--format=%s", f"{since}..{until or self.tip}")
        return self.remote.git(*log).splitlines()

    def branches(self) -> set[str]:
        """The remote's, beside the environment's own; the minute in their names is `NOW`."""
        names = self.remote.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/")
        own = {name for name in names.splitlines() if name != self.branch}
        return {re.sub(r"\d{8}-\d{4}", "NOW", name) for name in own}

    def hook(self, name: str, script: str) -> None:
        """A hook of the remote."""
        file = self.remote.folder / "hooks" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def protect(self) -> None:
        """From now on, nobody may push to the branch."""
        refused = f'[ "$1" = refs/heads/{self.branch} ] && echo protected >&2 && exit 1; exit 0'
        self.hook("update", refused)

    def entry(self, bad: str, good: str, release: int = 7) -> Quarantined:
        def commit(sha: str) -> Commit:
            return Commit(sha, self.mine.git("log", "-1", "--format=%s", sha), "Ada", ())

        reason = "totals\nare missing"
        return Quarantined(commit(bad), release, f"key {bad}", commit(good), "ada", AT, reason)

    def plan(self, *entries: Quarantined) -> Callable[[str], CodePlan]:
        return lambda tip: plan_revert(self.site, entries, {7: "I3"}, tip)

    def reset(self, *entries: Quarantined) -> CodeOutcome:
        return reset_branch(self.site, lambda tip: plan_reset(self.site, entries, tip))

    def hotfix(self, entry: Quarantined, by: str = "revert") -> CodeOutcome:
        site = self.site
        outcome = take_back(site, lambda tip: plan_hotfix(site, [entry], {7: "I3"}, by, tip))
        return merged_hotfix(site, outcome, self.warnings.append)

    def squash(self, sha: str, title: str) -> Merged:
        """What a host does with a pull request, keeping the text that it was opened with."""
        other, (branch, _, _, body, _) = self.other(), self.requests.asked[-1]
        other.git("fetch", "--quiet", "origin")
        other.git("switch", "--quiet", "--force-create", "merging", f"origin/{self.branch}")
        other.git("merge", "--quiet", "--squash", sha)
        other.git("commit", "--quiet", "--message", f"{title} (#1)\n\n{body}")
        other.git("push", "--quiet", "origin", f"HEAD:{self.branch}", f":{branch}")
        return Merged(other.git("rev-parse", "HEAD"), True)

    def pick(self, entry: Quarantined, *picks: str) -> CodeOutcome:
        return take_back(self.site, lambda tip: plan_picks(self.site, [entry], {}, picks, tip))

    def take_back(self, *entries: Quarantined) -> CodeOutcome:
        return take_back(self.site, self.plan(*entries))

    def other(self) -> Sandbox:
        """Somebody else's clone."""
        folder = self.folder / "other"
        if not folder.exists():
            self.remote.git("clone", "--quiet", str(self.remote.folder), str(folder))
        return Sandbox(folder)

    def left_over(self) -> list[str]:
        """What a code side has left in the clone: worktrees, files, branches, odd states."""
        worktrees = self.mine.git("worktree", "list", "--porcelain").count("worktree ")
        found = [f"{worktrees - 1} worktrees"] if worktrees > 1 else []
        folder = self.site.folder
        found += [each.name for each in folder.iterdir() if each.name != "lock"]
        return found


_MADE: dict[str, Path] = {}


def new_lab(folder: Path, branch: str = "main") -> Lab:
    """Made once for a branch and copied: git needs longer for it than most tests here run."""
    if branch not in _MADE:
        _MADE[branch] = Path(mkdtemp(prefix="lab-"))
        atexit.register(shutil.rmtree, _MADE[branch], ignore_errors=True)
        _made_lab(_MADE[branch], branch)
    for name in ("remote.git", "mine"):
        shutil.copytree(_MADE[branch] / name, folder / name)
    lab = Lab(folder, Sandbox(folder / "mine"), Sandbox(folder / "remote.git"), branch)
    lab.mine.git("remote", "set-url", "origin", str(lab.remote.folder))
    return lab


def _made_lab(folder: Path, branch: str) -> None:
    remote = folder / "remote.git"
    remote.mkdir()
    bare = Sandbox(remote)
    bare.git("init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}")
    mine = new_repository(folder / "mine")
    mine.git("symbolic-ref", "HEAD", f"refs/heads/{branch}")
    mine.git("remote", "add", "origin", str(remote))
    lab = Lab(folder, mine, bare, branch)
    mine.write(".gitignore", ".rewind\n")
    lab.commit("Good", model="select 1\n", other="select 'a'\n")
    lab.publish()


def clone(lab: Lab, *options: str) -> Lab:
    """The lab in another clone of the remote, made with these options."""
    folder = lab.folder / "clone"
    lab.remote.git("clone", "--quiet", *options, lab.remote.folder.as_uri(), str(folder))
    return replace(lab, mine=Sandbox(folder))


def without_identity(monkeypatch: object) -> None:
    for name in [name for name in os.environ if re.match(r"GIT_(AUTHOR|COMMITTER)_|EMAIL$", name)]:
        monkeypatch.delenv(name)  # type: ignore[attr-defined]
