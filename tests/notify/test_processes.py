"""Several processes on one ledger: each message goes out once; and what a command imports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

from tests.notify.hooks import Hooks
from tests.notify.mailbox import Mailbox
from tests.notify.project import Notified
from tests.notify.test_receivers import about

DELIVER = """\
import sys, time
from pathlib import Path
from dbt_rewind.engine.workspace import open_workspace
from dbt_rewind.procedures.announce import deliver
workspace = open_workspace(Path.cwd(), "prod")
import apprise  # which takes long, so that all are ready at the same time
print("ready", flush=True)
sys.stdin.readline()
for _ in range(2):
    deliver(workspace, lambda words: print(words, file=sys.stderr))
"""
ANNOUNCE = """\
import json, sys
from pathlib import Path
from dbt_rewind.engine.workspace import open_workspace
from dbt_rewind.model import Severity, Topic
from dbt_rewind.procedures.announce import announce
from dbt_rewind.procedures.announcement import Announcement
told = Announcement(Topic.ESCALATED, "I3 level 1", Severity.HIGH, "s", "b")
print(announce(open_workspace(Path.cwd(), "prod"), told, print), file=sys.stderr)
print("MODULES" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
DEAR = {"apprise", "githubkit", "httpx", "requests", "urllib3", "yaml"}


def test_processes_at_once_deliver_each_message_once(
    project: Notified, web: Hooks, mails: Mailbox
) -> None:
    project.channels("channels: {a: {url: A_PLACE}, b: {url: B_PLACE}}")
    project.set_address("A_PLACE", "")
    project.set_address("B_PLACE", "")
    for number in range(6):
        project.announce(about(number))
    assert len(project.runbook.messages) == 12
    project.set_address("A_PLACE", web.address())
    project.set_address("B_PLACE", mails.address)
    several = [_started(project) for _ in range(2)]
    for process in several:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in several:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in several:
        process.communicate(timeout=120)
        assert process.returncode == 0
    once = {str(number): 1 for number in range(6)}
    assert Counter(hook["title"].split()[0] for hook in web.taken) == once
    assert Counter(mail["Subject"].split()[0] for mail in mails.mails) == once
    assert all(message.sent_at for message in project.runbook.messages.values())


def _started(project: Notified) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DELIVER],
        cwd=project.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_where_nobody_is_to_be_told_nothing_dear_is_imported(project: Notified) -> None:
    project.channels("channels: {team: {url: A_PLACE, environments: [dev]}}")
    assert _imported(project) & (DEAR - {"yaml"}) == set()


def test_where_somebody_is_told_by_apprise_nothing_of_github_is_imported(
    project: Notified, web: Hooks
) -> None:
    project.channel(web.address())
    imported = _imported(project)
    assert imported & DEAR >= {"apprise", "requests"}
    assert imported & {"githubkit", "httpx"} == set()
    assert len(web.taken) == 1


def _imported(project: Notified) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", ANNOUNCE],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.rpartition("MODULES")[2]))
