"""The cases: what stands when a command begins, the command line, and its exit code."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.cli.people import acting, name_people
from tests.cli.shop import BETTER, CONFIG, FIRST, LATEST, Shop, commit
from tests.unit.engine.double import COLUMNS, pointer, versioned
from tests.unit.git.sandbox import Sandbox

from dbt_rewind import clock
from dbt_rewind.config.notify import ChannelConfig
from dbt_rewind.engine import workspace as workspace_module
from dbt_rewind.engine.site import LEASE
from dbt_rewind.engine.workspace import Workspace
from dbt_rewind.errors import (
    RewindError,
    WarehouseFailed,
    WarehouseLocked,
    WarehouseMissing,
    WarehouseUnreachable,
)
from dbt_rewind.integrations.channel import Channel, ChannelUnusable, SilentChannel
from dbt_rewind.model import Event, EventKind, Owner
from dbt_rewind.procedures import channels
from dbt_rewind.procedures.channels import Receiver
from dbt_rewind.procedures.doctor import dbt as doctor_dbt
from dbt_rewind.warehouse.memory import MemoryWarehouse
from dbt_rewind.warehouse.memory_store import Contents
from dbt_rewind.warehouse.owner import current_owner
from dbt_rewind.warehouse.protocol import Warehouse

Setup = Callable[[Shop], None]

BOTH = ("txt", "json")


MEANT = ("--accept", "vanished", "--reason", "the board has asked for it")
"""Lets the latest version drop a name."""


def nothing(shop: Shop) -> None:
    """Nothing was ever deployed."""


def prepared(setup: Setup) -> Setup:
    """The setup, whose commands are run once a session: it begins with nothing deployed."""
    return lambda shop: shop.prepare(setup.__name__, lambda: setup(shop))


@prepared
def one(shop: Shop) -> None:
    shop.done("deploy", "v1.0", "--reason", "first of all")


@prepared
def two(shop: Shop) -> None:
    one(shop)
    shop.done("deploy", "v1.1")


@prepared
def failed(shop: Shop) -> None:
    two(shop)
    shop.done("deploy", "v1.2", status=6)


@prepared
def rolled_back(shop: Shop) -> None:
    two(shop)
    shop.done("rollback", "--yes", "--reason", "the summary is wrong")


def at_remote(shop: Shop, tip: str = "v1.1", hook: str = "") -> None:
    """The repository has a remote, whose main is at `tip` and asks `hook` before each push."""
    remote = shop.folder.parent / "remote.git"
    git = shop.sandbox.git
    git("init", "--quiet", "--bare", "--template=", str(remote))
    git("remote", "add", "origin", str(remote))
    git("push", "--quiet", "origin", f"{tip}:refs/heads/main")
    if hook:
        (remote / "hooks").mkdir()
        file = remote / "hooks" / "update"
        file.write_text(f"#!/bin/sh\n{hook}\n")
        file.chmod(0o755)
    for role in ("AUTHOR", "COMMITTER"):
        shop.patch.setenv(f"GIT_{role}_DATE", shop.at.isoformat())


def changed_file(shop: Shop) -> None:
    one(shop)
    shop.write("models.json", lambda text: text + " ")


def fixing(shop: Shop) -> None:
    """The summary is mended on a branch of its own; the bad commit is still on main."""
    rolled_back(shop)
    shop.done("fix", "start", "total")
    models = {**FIRST, "summary": {**FIRST["summary"], "code": "s6"}}
    commit(shop.sandbox, 6, "Count them as they were meant to be", models)


def fixing_at_work(shop: Shop) -> None:
    at_work(shop)
    shop.sandbox.git("switch", "--quiet", "--create", "fix/total", "v1.1")
    commit(shop.sandbox, 6, "Count them as they were meant to be", BETTER | {"totals": {}})


def resettable(shop: Shop) -> None:
    """Nobody depends on it, and later commits are on the branch."""
    with_later_commits(shop)
    shop.write("rewind.yml", lambda text: text.replace("main}", "main, production: false}", 1))


PROTECTED = '[ "$1" != refs/heads/main ]'


def with_remote(shop: Shop) -> None:
    two(shop)
    at_remote(shop)


def with_later_commits(shop: Shop) -> None:
    """Later commits have changed the same lines."""
    two(shop)
    at_remote(shop, "main")


def with_protected_branch(shop: Shop) -> None:
    two(shop)
    at_remote(shop, hook=PROTECTED)


def with_lost_remote(shop: Shop) -> None:
    with_remote(shop)
    shutil.rmtree(shop.folder.parent / "remote.git")


def data_only(shop: Shop) -> None:
    """The data went back, and the code did not."""
    with_remote(shop)
    shop.done("rollback", "--yes", "--data-only", "--reason", "the summary is wrong")


def both_back(shop: Shop) -> None:
    with_remote(shop)
    shop.done("rollback", "--yes", "--reason", "the summary is wrong")


def in_conflict(shop: Shop) -> None:
    with_later_commits(shop)
    shop.done("rollback", "--yes", "--reason", "the summary is wrong", status=19)


def resolved(shop: Shop) -> None:
    in_conflict(shop)
    worktree = Sandbox(shop.folder / ".rewind" / "code" / "prod" / "worktree")
    worktree.git("checkout", "--quiet", "--ours", "models.json")
    text = (worktree.folder / "models.json").read_text()
    worktree.write("models.json", text.replace('"s4"', '"s5"'))
    worktree.git("add", "models.json")


@prepared
def twice_rolled_back(shop: Shop) -> None:
    """Two commits are in quarantine."""
    two(shop)
    shop.done("deploy", "main", *MEANT)
    shop.done("rollback", "--yes", "--reason", "totals are missing, and so are all customers")
    shop.done("rollback", "--yes")


@prepared
def let_in(shop: Shop) -> None:
    rolled_back(shop)
    shop.done("release-quarantine", "--reason", "it was the source")


def reverted(shop: Shop) -> None:
    """A commit on main takes back what was rolled back, under what came after it."""
    rolled_back(shop)
    bad = shop.sandbox.git("rev-parse", "v1.1")
    models = {**LATEST, "summary": {**LATEST["summary"], "code": "s5"}}
    commit(shop.sandbox, 5, f"Count them twice again\n\nThis reverts commit {bad}.", models)


@prepared
def many(shop: Shop) -> None:
    """Every state that a release can rest in."""
    failed(shop)
    interrupted(shop)
    shop.done("recover")
    shop.done("deploy", "main", *MEANT)
    shop.done("rollback", "--yes", "--to", "v1.1", "--reason", "totals are missing")


FLAGS = """\
flags:
  totals: {models: totals summary, description: Totals of all orders}
  soon: {models: "tag:soon"}
"""


@prepared
def three(shop: Shop) -> None:
    two(shop)
    shop.done("deploy", "main", *MEANT)


def flagged(shop: Shop) -> None:
    """r3 brings totals, and a summary that was written for them."""
    three(shop)
    shop.write("rewind.yml", lambda text: text + FLAGS)


def flag_off(shop: Shop) -> None:
    flagged(shop)
    shop.done("flag", "disable", "totals", "--yes", "--reason", "they are wrong")


def one_flagged(shop: Shop) -> None:
    one(shop)
    shop.write("rewind.yml", lambda text: text + "flags: {summary: {models: summary}}\n")


def flagged_enforced(shop: Shop) -> None:
    flagged(shop)
    name_people(shop)
    acting(shop, "ada")


def decided(*files: str) -> Setup:
    """A flag system says something else than what is, once for each file."""

    def setup(shop: Shop) -> None:
        flagged(shop)
        for number, file in enumerate(files):
            (shop.folder / "flags.yml").write_text(file)
            if number + 1 < len(files):
                shop.done("flag", "sync", "--yes")

    return setup


def flag_approved(shop: Shop) -> None:
    flagged_enforced(shop)
    shop.done("flag", "disable", "totals", "--yes", status=16)
    acting(shop, "grace")
    shop.done("approve", "A1", "--yes")
    acting(shop, "ada")


def flag_off_enforced(shop: Shop) -> None:
    """To enable it brings back what users have seen, as a rollback does."""
    flag_approved(shop)
    shop.done("flag", "disable", "totals", "--yes")


def flag_forgotten(shop: Shop) -> None:
    flag_off(shop)
    shop.write("rewind.yml", lambda text: text.replace(FLAGS, ""))


def flag_dark(shop: Shop) -> None:
    flagged(shop)
    shop.done("flag", "disable", "soon", "--yes")


def flag_off_and_more(shop: Shop) -> None:
    """A newer commit on main, with a flag off."""
    flag_off(shop)
    models = {**LATEST, "orders": {**LATEST["orders"], "code": "o5"}}
    commit(shop.sandbox, 5, "Count returned orders", models)


def assessed(shop: Shop) -> None:
    """Somebody has said that numbers are wrong."""
    two(shop)
    shop.done("assess", "--report", "wrong", status=21)


DOWN = """\
triggers:
  health:
    checks:
      - {name: shop, sql: select * from gold.summary, min_rows: 1000, attempts: 1}
"""
"""An application that cannot work with what is live."""


def down(shop: Shop) -> None:
    """Users have two releases behind them, and the shop does not work with the second one."""
    two(shop)
    shop.write("rewind.yml", lambda text: text + DOWN)


def down_first(shop: Shop) -> None:
    one(shop)
    shop.write("rewind.yml", lambda text: text + DOWN)


def down_by_choice(shop: Shop) -> None:
    """Somebody has rolled back, and the shop does not work with that either."""
    down(shop)
    shop.done("rollback", "--yes", "--reason", "the summary is wrong")


def down_and_asked(shop: Shop) -> None:
    """The shop is down, people are named, and Ada is at work."""
    down(shop)
    name_people(shop)
    acting(shop, "ada")


def slow(shop: Shop) -> None:
    """What was found is no reason to go back at once."""
    down(shop)
    shop.write(
        "rewind.yml", lambda text: text.replace("attempts: 1", "attempts: 1, severity: high")
    )


def enforced(shop: Shop) -> None:
    """Production asks people, and Ada is at work."""
    two(shop)
    name_people(shop)
    acting(shop, "ada")


def enforced_grace(shop: Shop) -> None:
    enforced(shop)
    acting(shop, "grace")


def enforced_nobody(shop: Shop) -> None:
    enforced(shop)
    acting(shop, None)


def asked(shop: Shop) -> None:
    """Ada has asked for a rollback, and Grace is at work."""
    enforced(shop)
    shop.done("rollback", "--yes", "--reason", "the summary is wrong", status=16)
    acting(shop, "grace")


def asked_ada(shop: Shop) -> None:
    asked(shop)
    acting(shop, "ada")


def asked_nobody(shop: Shop) -> None:
    asked(shop)
    acting(shop, None)


def agreed(shop: Shop) -> None:
    asked(shop)
    shop.done("approve", "--yes")
    acting(shop, "ada")


def agreed_upon_other(shop: Shop) -> None:
    """Another release went live since the rollback was approved."""
    agreed(shop)
    shop.done("refresh")


def refused(shop: Shop) -> None:
    asked(shop)
    shop.done("reject", "--yes", "--reason", "it is the source")
    acting(shop, "ada")


def glass_broken(shop: Shop) -> None:
    enforced(shop)
    shop.done("rollback", "--yes", "--emergency", "--reason", "the shop is down")
    acting(shop, "grace")


def glass_broken_ada(shop: Shop) -> None:
    glass_broken(shop)
    acting(shop, "ada")


def ungoverned(shop: Shop) -> None:
    """A policy is in force, and rewind.yml has been changed since."""
    agreed(shop)
    shop.done("rollback", "--yes", "--reason", "the summary is wrong")
    shop.write("rewind.yml", lambda text: text.replace("[on-call]", "[team-lead]"))


def stopped(shop: Shop) -> None:
    """A gate has stopped r3, because it lacks a name that users query."""
    two(shop)
    shop.done("deploy", "main", status=14)


def waiting(shop: Shop) -> None:
    """Readers were in the way of r2, which is built."""
    one(shop)
    readers(shop)
    shop.done("deploy", "v1.1", status=7)
    shop.store.in_the_way = ()


def waiting_refresh(shop: Shop) -> None:
    one(shop)
    readers(shop)
    shop.done("refresh", status=7)
    shop.store.in_the_way = ()


def readers(shop: Shop) -> None:
    """Two sessions read what the next publish must move."""
    shop.store.in_the_way = (
        "process 123 (grace, psql) has used gold.orders since 2026-03-02 08:51:07 UTC",
        "process 140 (bi, metabase) has used gold.summary since 2026-03-02 08:59:30 UTC",
    )


def one_and_readers(shop: Shop) -> None:
    one(shop)
    readers(shop)


def two_and_readers(shop: Shop) -> None:
    two(shop)
    readers(shop)


@prepared
def old(shop: Shop) -> None:
    """Six releases that were live, one of them pinned, and one that failed."""
    two(shop)
    shop.done("deploy", "v1.1", "--full")
    shop.done("deploy", "v1.2", status=6)
    for _ in range(3):
        shop.done("deploy", "main", "--full", *MEANT)
    shop.done("pin", "r2", "--reason", "as the auditors have seen it")


@prepared
def pruned(shop: Shop) -> None:
    old(shop)
    shop.done("prune", "--yes", "--keep", "2", "--reason", "the disk is filling up")


def prune_interrupted(shop: Shop) -> None:
    """A prune was killed when it was marked, before anything was dropped."""
    old(shop)
    killed = replace(current_owner("Ada", "prune"), started="an earlier start")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace_module, "current_owner", lambda person, operation: killed)
        for method in ("drop", "release_lease", "commit"):
            patch.setattr(MemoryWarehouse, method, dead_after_the_mark(method))
        shop.done("prune", "--yes", "--keep", "2", status=12)


def dead_after_the_mark(method: str) -> Callable[..., None]:
    original = getattr(MemoryWarehouse, method)

    def marks(self: MemoryWarehouse, event: Event, *arguments: Any, **named: Any) -> None:
        if event.kind is not EventKind.PRUNING:
            dead(self)
        original(self, event, *arguments, **named)

    return marks if method == "commit" else dead


def keeping(shop: Shop) -> None:
    """rewind.yml says what is kept."""
    old(shop)
    shop.write("rewind.yml", lambda text: text + "retention: {keep: 1, within: 5h}\n")


def unreadable(shop: Shop) -> None:
    """A record of an older release is damaged."""
    two(shop)
    damage_first_record(shop)


def unreadable_old(shop: Shop) -> None:
    old(shop)
    damage_first_record(shop)


def damage_first_record(shop: Shop) -> None:
    (event,) = (each for each in shop.store.contents.events["prod"] if each.sequence == 2)
    shop.store.change_artifact(event.payload["artifacts"]["record"], b"")


def interrupted(shop: Shop) -> None:
    """A deploy was killed when it had built, before it could publish."""
    if not shop.store.contents.events:
        two(shop)
    killed = replace(current_owner("Ada", "deploy"), started="an earlier start")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace_module, "current_owner", lambda person, operation: killed)
        for method in ("drop", "release_lease"):
            patch.setattr(MemoryWarehouse, method, dead)
        patch.setattr(shop, "hook", dies)
        shop.done("deploy", "main", *MEANT, status=12)


def dead(self: MemoryWarehouse, *_: object) -> None:
    from dbt_rewind.errors import WarehouseFailed

    raise WarehouseFailed("anything", "the process is dead")


def dies(step: str) -> None:
    from dbt_rewind.errors import WarehouseFailed

    if step == "built":
        raise WarehouseFailed("building", "the process is dead")


def at_work(shop: Shop) -> None:
    two(shop)
    elsewhere = Owner("Grace", "ci-8", 77, "then", "deploy")
    MemoryWarehouse(shop.store).acquire_lease("prod", elsewhere, clock.now(), 100 * LEASE)


def drifted(shop: Shop) -> None:
    two(shop)
    shop.store.create_view(pointer("customers"), versioned("orders", 1))
    shop.store.create_table(pointer("summary"), COLUMNS, [])


def half_published(shop: Shop) -> None:
    """A rollback was killed behind its first pointer, in a warehouse that moves one by one."""
    two(shop)
    shop.done("deploy", "v1.1", "--full")
    before, mirrored = shop.store.contents.copy(), shop.mirror.read_bytes()
    shop.done("rollback", "--yes")
    shop.store.stop_half_way("prod", before)
    shop.mirror.write_bytes(mirrored)


def repaired(shop: Shop) -> None:
    """A rollback has kept a stranger's table aside."""
    drifted(shop)
    shop.done("rollback", "--repair", "--yes")


def reported(shop: Shop) -> None:
    """Somebody has opened an incident of the live release."""
    two(shop)
    shop.done("incident", "open", "The summary counts customers twice")


def in_hand(shop: Shop) -> None:
    """It is noted, in hand, and rolled back; another is open."""
    reported(shop)
    shop.done("incident", "note", "I1", "reports since this morning's load are wrong")
    shop.done("incident", "ack")
    shop.done("rollback", "--yes", "--reason", "counts customers twice")
    shop.done("incident", "open", HOSTILE, "--severity", "low")


def settled(shop: Shop) -> None:
    in_hand(shop)
    shop.done("incident", "close", "I1", "--note", LONG)


CHANNELS = """\
notify:
  channels:
    team: {url: TEAM_URL}
    pager: {url: PAGER_URL, topics: [escalated]}
escalation:
  levels:
    - {name: on-call, after: 0s}
    - {name: DevOps lead, after: 15m, contact: +44 20 7946 0958, channels: [pager]}
    - {name: CTO, after: 5h}
"""


def told(shop: Shop) -> None:
    """rewind.yml has channels; the team's takes everything, the pager is broken."""
    two(shop)
    shop.write("rewind.yml", lambda text: text + CHANNELS)

    def receiver(name: str, config: ChannelConfig, seconds: float) -> Receiver:
        opened = SilentChannel if name == "team" else broken
        return Receiver(name, config.topics, config.severity, opened)

    def broken() -> Channel:
        raise ChannelUnusable("the environment variable PAGER_URL is not set", "set it there")

    shop.patch.setattr(channels, "_apprise", receiver)


def unanswered(shop: Shop) -> None:
    """An incident is open since an hour, and nobody has run a tick."""
    told(shop)
    shop.done("incident", "open", "The summary counts customers twice", "--release", "r1")
    shop.done("incident", "open", "The summary is late")


def answered(shop: Shop) -> None:
    unanswered(shop)
    shop.done("tick")
    shop.done("incident", "ack", "I1")


def ticked_where_one_is_closed(shop: Shop) -> None:
    """The other environment's database is in use."""
    unanswered(shop)
    connect = Workspace.connect

    def in_use(self: Workspace, **named: Any) -> Warehouse:
        if self.name == "dev":
            raise WarehouseLocked("dev.duckdb", 4711)
        return connect(self, **named)

    shop.patch.setattr(Workspace, "connect", in_use)


HOSTILE = "a\x1b]0;b\x07\x1b[2Jc\u202ed\nis how it ends"
LONG = "Joined twice since v1.1, which nobody saw in review.\n\nReverted, and a test added: " + (
    "each customer has one row in gold.summary. " * 3
)


def gone(shop: Shop) -> None:
    """A table of the live release was dropped."""
    two(shop)
    shop.store.remove(versioned("summary", 2))


def plain(shop: Shop) -> None:
    """Plain dbt has built the first version, and somebody has a table beside it."""
    shop.plain_build("v1.0")
    shop.store.create_table(pointer("strangers"), COLUMNS, [])


@prepared
def adopted(shop: Shop) -> None:
    plain(shop)
    shop.done("adopt", "v1.0", "--yes", "--reason", "from now on")


@prepared
def adopted_and_deployed(shop: Shop) -> None:
    adopted(shop)
    shop.done("deploy", "main", *MEANT)


def name_taken(shop: Shop) -> None:
    """What adopted tables would be called is there already."""
    plain(shop)
    for name in ("orders__r1", "summary__r1"):
        shop.store.create_table(pointer(name), COLUMNS, [])


def unmeasured(shop: Shop) -> None:
    plain(shop)
    shop.done("adopt", "v1.0", "--yes", "--no-measure")


def left_behind(shop: Shop) -> None:
    """A view of the live release reads a table of an earlier one."""
    two(shop)
    shop.store.create_view(versioned("recent", 1), versioned("summary", 1))


def half_ejected(shop: Shop) -> None:
    """An eject was killed when it had given everything back, before it could clear up."""
    adopted_and_deployed(shop)
    killed = replace(current_owner("Ada", "eject"), started="an earlier start")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace_module, "current_owner", lambda person, operation: killed)
        for method in ("drop", "release_lease"):
            patch.setattr(MemoryWarehouse, method, dead)
        shop.done("eject", "--yes", status=12)


def wholly_ejected(shop: Shop) -> None:
    adopted(shop)
    shop.done("eject", "--yes")


def shared(shop: Shop) -> None:
    """Another environment is at work in the same warehouse."""
    adopted(shop)
    elsewhere = Owner("Grace", "ci-8", 77, "then", "deploy")
    MemoryWarehouse(shop.store).acquire_lease("staging", elsewhere, clock.now(), 100 * LEASE)


def tampered(shop: Shop) -> None:
    """Somebody wrote into a live release's table."""
    two(shop)
    shop.store.change_rows(versioned("orders", 1), [("orders", "forged", ""), ("more", "1", "")])


def forged(shop: Shop) -> None:
    """Somebody changed a live release's table without changing how many rows it has."""
    two(shop)
    shop.store.change_rows(versioned("orders", 1), [("orders", "forged", "")])


def unwell(shop: Shop) -> None:
    """The disk is nearly full, dbt too old, and the role may not replace a pointer."""
    from dbt_rewind.errors import PermissionMissing

    def refuse(*_: object) -> None:
        grants = ('GRANT "grace" TO "deployer"', 'GRANT CREATE ON DATABASE "shop" TO "deployer"')
        problem = "gold.orders belongs to grace, for whom deployer may not act (and 1 more)"
        raise PermissionMissing("what is planned", problem, grants)

    two(shop)
    shop.patch.setattr(MemoryWarehouse, "require_permitted", refuse)
    shop.patch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=90_000_000))
    shop.patch.setattr(doctor_dbt, "run", shop.python_says(**{"dbt-core": "1.8.2"}))


def in_use(shop: Shop) -> None:
    """Somebody who is none of us has the database open."""
    two(shop)
    unopened(shop, WarehouseLocked("shop.duckdb", 4711))


def untold(shop: Shop) -> None:
    """A kind of warehouse that tells nothing of permissions."""
    two(shop)
    shop.patch.setattr(MemoryWarehouse, "examine", Warehouse.examine)


def no_database(shop: Shop) -> None:
    unopened(shop, WarehouseMissing("shop.duckdb"))


def unreachable(shop: Shop) -> None:
    two(shop)
    unopened(shop, WarehouseUnreachable("shop on db.example.com:5432", "Connection refused"))


def unopened(shop: Shop, error: RewindError) -> None:
    def connect(*_: object, **__: object) -> None:
        raise error

    shop.patch.setattr(Workspace, "connect", connect)


def unmirrored(shop: Shop) -> None:
    two(shop)
    shop.mirror.unlink()


def restored(shop: Shop) -> None:
    """The database was restored from an older backup."""
    one(shop)
    backup = shop.store.contents.copy()
    shop.done("deploy", "v1.1")
    shop.store.contents = backup


def restored_runbook(shop: Shop) -> None:
    """The database was restored from a backup that is older than an incident."""
    two(shop)
    backup = shop.store.contents.copy()
    shop.done("incident", "open", "The summary is late")
    shop.store.contents = backup


def restored_and_accepted(shop: Shop) -> None:
    restored_runbook(shop)
    shop.done("recover", "--accept-ledger")


def copied(shop: Shop) -> None:
    """Three backups, the first of them proven, and r2 live since the second."""
    one(shop)
    shop.done("backup", "create", "--reason", "before the summary is counted anew")
    shop.done("backup", "verify")
    shop.done("deploy", "v1.1")
    shop.done("backup", "create")
    shop.done("backup", "create")


def copied_and_damaged(shop: Shop) -> None:
    copied(shop)
    backups = shop.sandbox.folder / ".rewind" / "backups" / "prod"
    (backups / "B2" / "backup.json").write_text("{")
    (backups / "B3" / "data" / "contents.txt").write_text("something else")


def gone_on(shop: Shop) -> None:
    """Two releases went live since the last backup, and an incident was opened."""
    copied(shop)
    shop.done("deploy", "main", *MEANT)
    shop.done("incident", "open", "The summary is late")
    shop.done("refresh")


def put_back(shop: Shop) -> None:
    gone_on(shop)
    said = "prod goes back to B3 and loses r3 and r4"
    shop.done("rollback", "--strategy", "restore", "--confirm", said, "--reason", "the disk")


LOSES_R2 = ("--confirm", "prod goes back to B1 and loses r2", "--reason", "wrong")
RESTORE = "rollback --strategy restore --confirm 'prod goes back to B1 and loses r2'"


def guarded(shop: Shop) -> None:
    """Production asks people, Ada is at work, and r2 went live since the backup."""
    one(shop)
    name_people(shop)
    acting(shop, "ada")
    shop.done("deploy", "v1.0")
    shop.done("backup", "create")
    shop.done("deploy", "v1.1")


def guarded_agreed(shop: Shop) -> None:
    guarded(shop)
    shop.done("rollback", "--strategy", "restore", *LOSES_R2, status=16)
    acting(shop, "grace")
    shop.done("approve", "--yes")
    acting(shop, "ada")


def corrupted(shop: Shop) -> None:
    """As guarded, and the database cannot be read."""
    guarded(shop)
    broken, read = shop.store.contents, MemoryWarehouse._contents

    def contents(warehouse: MemoryWarehouse, doing: str) -> Contents:
        if warehouse._store.contents is broken:
            raise WarehouseFailed(doing, "page 7 is not as it was written")
        return read(warehouse, doing)

    shop.patch.setattr(MemoryWarehouse, "_contents", contents)


def corrupted_and_back(shop: Shop) -> None:
    corrupted(shop)
    shop.done("rollback", "--strategy", "restore", *LOSES_R2, "--emergency")


def backups_wanted(shop: Shop) -> None:
    two(shop)
    shop.write("rewind.yml", lambda text: text + "backups: {}\n")


def backups_unproven(shop: Shop) -> None:
    backups_wanted(shop)
    shop.done("backup", "create")


def bad_again(shop: Shop) -> None:
    """What is live in the last backup was rolled back since."""
    copied(shop)
    shop.done("rollback", "--yes", "--reason", "the summary is wrong")


def damaged(shop: Shop) -> None:
    two(shop)
    with shop.store.changing() as draft:
        first, _, *rest = draft.events["prod"]
        draft.events["prod"] = (first, *rest)


def occupied(shop: Shop) -> None:
    shop.store.create_table(pointer("orders"), COLUMNS, [])


def pending(shop: Shop) -> None:
    one(shop)
    shop.done("deploy", "main", "--select", "orders", *MEANT)


def uncommitted(shop: Shop) -> None:
    shop.write("models.json", lambda text: text + "\n")


def no_config(shop: Shop) -> None:
    (shop.folder / "rewind.yml").unlink()


def other_workflows(shop: Shop) -> None:
    shop.done("init", "github")
    shop.write(".github/workflows/deploy.yml", lambda text: text.replace("120", "240") + "# Mine\n")


def no_branches(shop: Shop) -> None:
    shop.write(
        "rewind.yml",
        lambda text: text.replace(", branch: main", "").replace(", branch: develop", ""),
    )


def no_dbt_project(shop: Shop) -> None:
    no_config(shop)
    (shop.folder / "dbt_project.yml").unlink()


def bad_config(shop: Shop) -> None:
    shop.write("rewind.yml", lambda text: text.replace("target: dev", "tarket: dev"))


def on_another_branch(shop: Shop) -> None:
    shop.sandbox.git("switch", "--quiet", "--create", "feature")


def dbt_breaks(shop: Shop) -> None:
    from dbt_rewind.errors import DbtCrashed

    def hook(step: str) -> None:
        if step == "built":
            raise DbtCrashed("Segmentation fault in the driver of the warehouse")

    two(shop)
    shop.hook = hook


def interrupting(shop: Shop) -> None:
    def hook(step: str) -> None:
        if step == "built":
            raise KeyboardInterrupt

    two(shop)
    shop.hook = hook


def mirror_breaks(shop: Shop) -> None:
    def hook(step: str) -> None:
        if step == "built":
            shop.mirror.unlink()
            shop.mirror.mkdir()

    two(shop)
    shop.hook = hook


def deaf(shop: Shop) -> None:
    """Nobody listens where one channel leads; the variables of the others are not set."""
    channels = "{team: {url: TEAM_PLACE}, on-call: {url: PAGER_PLACE}}"
    told = f"notify:\n  channels: {channels}\n  github: {{repository: acme/shop}}\n"
    shop.sandbox.write("rewind.yml", CONFIG + told)
    shop.patch.setenv("TEAM_PLACE", "json://127.0.0.1:9/hooks/T0kenThatNobodyMaySee")
    for variable in ("PAGER_PLACE", "GITHUB_TOKEN"):
        shop.patch.delenv(variable, raising=False)


@dataclass(frozen=True)
class Case:
    name: str
    setup: Setup
    line: str
    status: int = 0
    formats: tuple[str, ...] = BOTH


CASES = [
    Case("help", nothing, "--help", formats=("txt",)),
    Case("help-of-a-group", nothing, "incident", formats=("txt",)),
    Case("version", nothing, "--version", formats=("txt",)),
    Case("help-rollback", nothing, "rollback --help", formats=("txt",)),
    Case("help-deploy", nothing, "deploy --help", formats=("txt",)),
    Case("help-prune", nothing, "prune --help", formats=("txt",)),
    Case("bad-option", nothing, "rollback --sideways", 2),
    Case("bad-command", nothing, "rolback", 2),
    Case("schema", nothing, "schema", formats=("txt",)),
    Case("unknown-environment", nothing, "status --env pord", 3),
    Case("no-config", no_config, "status", 3),
    Case("bad-config", bad_config, "status", 3),
    Case("ambiguous-environment", on_another_branch, "status", 3),
    Case("init", no_config, "init"),
    Case("init-exists", nothing, "init", 3),
    Case("init-no-project", no_dbt_project, "init", 3),
    Case("init-github", nothing, "init github"),
    Case("init-github-exists", other_workflows, "init github", 3),
    Case("init-github-force", other_workflows, "init github --force --quiet", formats=("txt",)),
    Case("init-github-runner", nothing, "init github --runner a:b", 2, formats=("txt",)),
    Case("init-github-no-branches", no_branches, "init github", 3),
    Case("history-empty", nothing, "history"),
    Case("history-two", two, "history"),
    Case("history-many", many, "history"),
    Case("history-half-published", half_published, "history"),
    Case("history-limit", many, "history --limit 2"),
    Case("history-git", many, "history --git"),
    Case("history-quiet", two, "history --quiet", formats=("txt",)),
    Case("history-damaged", damaged, "history", 13),
    Case("status-nothing-live", nothing, "status"),
    Case("status-healthy", two, "status"),
    Case("status-rolled-back", rolled_back, "status"),
    Case("status-drift", drifted, "status"),
    Case("status-half-published", half_published, "status"),
    Case("status-missing", gone, "status"),
    Case("status-repaired", repaired, "status"),
    Case("status-interrupted", interrupted, "status"),
    Case("status-at-work", at_work, "status"),
    Case("status-mirror-missing", unmirrored, "status"),
    Case("status-mirror-ahead", restored, "status"),
    Case("show-built", two, "show r1"),
    Case("show-reused", two, "show v1.1"),
    Case("show-failed", failed, "show r3"),
    Case("show-aborted", many, "show r4"),
    Case("show-rolled-back", rolled_back, "show r2"),
    Case("show-pending", pending, "show r2"),
    Case("show-unknown", two, "show r9", 9),
    Case("history-old", old, "history"),
    Case("history-keeping", keeping, "history"),
    Case("history-pruned", pruned, "history"),
    Case("history-unreadable", unreadable, "history"),
    Case("show-pinned", old, "show r2"),
    Case("show-pruned", pruned, "show r1"),
    Case("backup-create-first", nothing, "backup create"),
    Case("backup-create", copied, "backup create --reason nightly"),
    Case("backup-create-quiet", copied, "backup create --quiet", formats=("txt",)),
    Case("backup-create-locked", at_work, "backup create", 7),
    Case("backup-list-none", two, "backup list"),
    Case("backup-list", copied, "backup list"),
    Case("backup-list-damaged", copied_and_damaged, "backup list"),
    Case("backup-verify", copied, "backup verify B2"),
    Case("backup-verify-damaged", copied_and_damaged, "backup verify", 24),
    Case("backup-verify-unknown", copied, "backup verify B9", 3),
    Case("backup-verify-none", two, "backup verify", 3),
    Case("backup-prune-nothing", copied, "backup prune --yes"),
    Case("backup-prune-dry-run", copied, "backup prune --keep 1 --dry-run"),
    Case("backup-prune", copied, "backup prune --keep 1 --yes"),
    Case("backup-prune-not-confirmed", copied, "backup prune --keep 1", 3),
    Case("restore-dry-run", gone_on, "rollback --strategy restore --dry-run"),
    Case("restore-older", gone_on, "rollback --strategy restore --backup B1 --dry-run"),
    Case("restore-bad-again", bad_again, "rollback --strategy restore --dry-run"),
    Case("restore-unsaid", gone_on, "rollback --strategy restore --yes", 3),
    Case("restore-said-wrongly", gone_on, "rollback --strategy restore --confirm yes", 3),
    Case(
        "restore",
        gone_on,
        "rollback --strategy restore --confirm 'prod goes back to B3 and loses r3 and r4'",
    ),
    Case("restore-asks", guarded, f"{RESTORE} --reason wrong", 16),
    Case("restore-asks-dry-run", guarded, "rollback --strategy restore --dry-run"),
    Case("restore-approved", guarded_agreed, f"{RESTORE} --reason wrong"),
    Case("restore-corrupted", corrupted, f"{RESTORE} --reason wrong", 16),
    Case("restore-emergency", corrupted, f"{RESTORE} --reason wrong --emergency"),
    Case("restore-emergency-unreasoned", corrupted, f"{RESTORE} --emergency", 3),
    Case("review-restored", corrupted_and_back, "review list"),
    Case("policy-restored", corrupted_and_back, "policy show"),
    Case("doctor-no-backup", backups_wanted, "doctor", 0, formats=("txt",)),
    Case("doctor-backup-unproven", backups_unproven, "doctor", 0, formats=("txt",)),
    Case("deploy-backed-up", backups_wanted, "deploy main --accept vanished --reason meant"),
    Case("deploy-backed-up-before", backups_unproven, "deploy main --dry-run"),
    Case("deploy-no-backup", backups_wanted, "deploy main --no-backup", 3),
    Case("restore-no-backup", two, "rollback --strategy restore", 3),
    Case("restore-damaged", copied_and_damaged, "rollback --strategy restore --backup B2", 24),
    Case("restore-with-release", gone_on, "rollback --strategy restore --to r1", 2),
    Case("rollback-with-backup", gone_on, "rollback --backup B1", 2),
    Case("restore-again", put_back, "rollback --strategy restore --dry-run"),
    Case("history-lost", put_back, "history"),
    Case("show-lost", put_back, "show r3"),
    Case("status-lost", put_back, "status"),
    Case("verify-lost", put_back, "verify --no-tests"),
    Case("incident-lost", put_back, "incident show I1"),
    Case("rollback-lost", put_back, "rollback --to r3 --yes", 9),
    Case("deploy-lost", put_back, "deploy main --accept vanished --reason again"),
    Case("prune-lost", put_back, "prune --keep 1 --yes"),
    Case("recover-restored", restored, "recover --restored --reason 'the disk'"),
    Case("recover-restored-runbook", restored_runbook, "recover --restored"),
    Case("recover-restored-nothing", two, "recover --restored"),
    Case("recover-restored-or-accepted", two, "recover --restored --accept-ledger", 2),
    Case("prune-nothing", two, "prune --yes"),
    Case("prune-nothing-asks-nobody", two, "prune"),
    Case("prune-empty", nothing, "prune"),
    Case("prune-dry-run", old, "prune --dry-run --keep 2"),
    Case("prune-dry-run-young", keeping, "prune --dry-run"),
    Case("prune-keep", old, "prune --yes --keep 2 --reason full"),
    Case("prune-within", old, "prune --yes --keep 1 --within 5h"),
    Case("prune-quiet", old, "prune --yes --keep 2 --quiet", formats=("txt",)),
    Case("prune-not-confirmed", old, "prune --keep 2", 3),
    Case("prune-bad-age", old, "prune --within soon", 2),
    Case("prune-locked", at_work, "prune --yes", 7),
    Case("prune-damaged-record", unreadable_old, "prune --yes --keep 2", 13),
    Case("prune-recovers-first", interrupted, "prune --yes --keep 1"),
    Case("prune-again", pruned, "prune --yes --keep 2"),
    Case("flag-list", flagged, "flag list"),
    Case("flag-list-none", two, "flag list"),
    Case("flag-list-off", flag_off, "flag list"),
    Case("flag-list-forgotten", flag_forgotten, "flag list"),
    Case("flag-list-dark", flag_dark, "flag list"),
    Case("flag-show", flagged, "flag show totals"),
    Case("flag-show-off", flag_off, "flag show totals"),
    Case("flag-show-unknown", flagged, "flag show total", 3),
    Case("flag-disable", flagged, "flag disable totals --yes --reason wrong"),
    Case("flag-disable-dry-run", flagged, "flag disable totals --dry-run"),
    Case("flag-disable-not-confirmed", flagged, "flag disable totals", 3),
    Case("flag-disable-again", flag_off, "flag disable totals --yes"),
    Case("flag-disable-to", flag_off, "flag disable totals --to v1.0 --yes"),
    Case("flag-disable-first", one_flagged, "flag disable summary --yes", 9),
    Case("flag-disable-quiet", flagged, "flag disable totals --yes --quiet", formats=("txt",)),
    Case("flag-disable-asks", flagged_enforced, "flag disable totals --yes", 16),
    Case("flag-disable-approved", flag_approved, "flag disable totals --yes"),
    Case(
        "flag-disable-emergency",
        flagged_enforced,
        "flag disable totals --yes --emergency --reason x",
    ),
    Case("flag-enable-enforced", flag_off_enforced, "flag enable totals --yes", 16),
    Case("history-flag-off", flag_off, "history"),
    Case("flag-enable", flag_off, "flag enable totals --yes"),
    Case("flag-enable-on", flagged, "flag enable totals --yes"),
    Case("flag-enable-forgotten", flag_forgotten, "flag enable totals --yes"),
    Case("flag-enable-dry-run", flag_off, "flag enable totals --dry-run"),
    Case("flag-sync", decided("totals: false\n"), "flag sync --yes"),
    Case("flag-sync-again", decided(*["totals: false\n"] * 2), "flag sync --yes"),
    Case("flag-sync-on", decided("totals: false\n", "totals: true\n"), "flag sync --yes"),
    Case("flag-sync-not-confirmed", decided("totals: false\n"), "flag sync", 3),
    Case("flag-sync-unanswered", decided("totals: perhaps\n"), "flag sync --yes", 3),
    Case("flag-sync-no-file", flagged, "flag sync --yes", 3),
    Case("help-flag-sync", nothing, "flag sync --help", formats=("txt",)),
    Case("deploy-flag-off", flag_off_and_more, "deploy main"),
    Case("deploy-flag-off-dry-run", flag_off_and_more, "deploy main --dry-run"),
    Case("status-flag-off", flag_off, "status"),
    Case("show-flag-off", flag_off, "show r4"),
    Case("rollback-to-flag-on", flag_off, "rollback --dry-run"),
    Case("help-flag", nothing, "flag --help", formats=("txt",)),
    Case("help-flag-disable", nothing, "flag disable --help", formats=("txt",)),
    Case("pin", two, "pin v1.0 --reason audited"),
    Case("pin-again", old, "pin r2"),
    Case("pin-failed-release", failed, "pin r3", 9),
    Case("pin-pruned", pruned, "pin r1", 9),
    Case("pin-unknown", two, "pin r9", 9),
    Case("unpin", old, "unpin r2"),
    Case("unpin-not-pinned", old, "unpin r3"),
    Case("rollback-pruned", pruned, "rollback --yes --to r1", 9),
    Case("status-prune-interrupted", prune_interrupted, "status"),
    Case("rollback-dry-run", two, "rollback --dry-run"),
    Case("rollback-advise", two, "rollback --advise"),
    Case("rollback-advise-flags", flagged, "rollback --advise"),
    Case("rollback-advise-backups", copied, "rollback --advise"),
    Case("rollback-advise-nothing-earlier", one, "rollback --advise"),
    Case("rollback-yes", two, "rollback --yes --reason wrong"),
    Case("rollback-quiet", two, "rollback --yes --quiet", formats=("txt",)),
    Case("rollback-to-tag", many, "rollback --yes --to v1.0"),
    Case("rollback-forward", rolled_back, "rollback --yes --to r2"),
    Case("rollback-over-removed-models", many, "rollback --dry-run --to main"),
    Case("rollback-not-confirmed", two, "rollback", 3),
    Case("rollback-unknown", two, "rollback --yes --to v9", 9),
    Case("rollback-failed-release", failed, "rollback --yes --to r3", 9),
    Case("rollback-live-release", two, "rollback --yes --to r2", 9),
    Case("rollback-nothing-earlier", one, "rollback --yes", 9),
    Case("rollback-nothing-live", nothing, "rollback --yes", 9),
    Case("rollback-drifted", drifted, "rollback --yes", 8),
    Case("rollback-repair", drifted, "rollback --yes --repair --reason again"),
    Case("rollback-repair-dry-run", drifted, "rollback --repair --dry-run"),
    Case("rollback-locked", at_work, "rollback --yes", 7),
    Case("rollback-revert", with_remote, "rollback --yes --reason wrong"),
    Case("rollback-revert-dry-run", with_remote, "rollback --dry-run"),
    Case("rollback-revert-later", with_later_commits, "rollback --dry-run"),
    Case("rollback-revert-conflict", with_later_commits, "rollback --yes", 19),
    Case("rollback-revert-protected", with_protected_branch, "rollback --yes"),
    Case("rollback-revert-lost", with_lost_remote, "rollback --yes", 19),
    Case("rollback-revert-lost-dry-run", with_lost_remote, "rollback --dry-run"),
    Case("rollback-revert-no-remote", two, "rollback --yes --strategy revert", 3),
    Case("rollback-data-only", with_remote, "rollback --yes --data-only"),
    Case("rollback-code-only", data_only, "rollback --code-only --yes"),
    Case("rollback-code-only-dry-run", data_only, "rollback --code-only --dry-run"),
    Case("rollback-code-only-not-confirmed", data_only, "rollback --code-only", 3),
    Case("rollback-killed-between", data_only, "rollback --yes --to r1"),
    Case("rollback-both-back", both_back, "rollback --yes --to r1", 9),
    Case("rollback-code-only-done", both_back, "rollback --code-only --yes"),
    Case("rollback-forward-with-remote", both_back, "rollback --to r2 --dry-run"),
    Case("rollback-two-sides", data_only, "rollback --code-only --data-only", 2),
    Case("rollback-waits", in_conflict, "rollback --code-only --yes", 19),
    Case("rollback-reset", resettable, "rollback --yes --strategy reset"),
    Case("rollback-reset-dry-run", resettable, "rollback --dry-run --strategy reset"),
    Case("rollback-reset-production", with_remote, "rollback --yes --strategy reset", 3),
    Case("rollback-picks-dry-run", with_later_commits, "rollback --dry-run --strategy cherry-pick"),
    Case("rollback-picks", with_remote, "rollback --yes --strategy cherry-pick"),
    Case("rollback-pick-alone", with_remote, "rollback --yes --pick v1.1", 2),
    Case("rollback-pick-unknown", with_remote, "rollback --strategy cherry-pick --pick x", 4),
    Case("fix-start", rolled_back, "fix start total"),
    Case("fix-start-changed", changed_file, "fix start"),
    Case("fix-start-twice", fixing, "fix start total -e prod", 3),
    Case("fix-start-bad-name", one, "fix start a..b", 3),
    Case("fix-start-nothing-live", nothing, "fix start", 9),
    Case("fix-ship", fixing, "fix ship -e prod --reason mended"),
    Case("fix-ship-dry-run", fixing, "fix ship -e prod --dry-run"),
    Case("fix-ship-not-built-on-it", two, "fix ship v1.0", 3),
    Case("fix-ship-quarantined", rolled_back, "fix ship v1.2", 17),
    Case("fix-ship-nothing", one, "fix ship v1.0", 3),
    Case("fix-ship-locked", fixing_at_work, "fix ship -e prod --turn 0s", 7),
    Case("rollback-hotfix", with_remote, "rollback --yes --strategy hotfix --reason wrong"),
    Case("rollback-hotfix-dry-run", with_remote, "rollback --dry-run --strategy hotfix --by tag"),
    Case("rollback-hotfix-unclear", with_remote, "rollback --yes --strategy hotfix --by x", 3),
    Case("rollback-continue", resolved, "rollback --continue"),
    Case("rollback-continue-early", in_conflict, "rollback --continue", 19),
    Case("rollback-continue-nothing", data_only, "rollback --continue", 3),
    Case("rollback-abort", in_conflict, "rollback --abort"),
    Case("status-apart", data_only, "status"),
    Case("status-both-back", both_back, "status"),
    Case("status-conflict", in_conflict, "status"),
    Case("deploy-reverted-already", both_back, "deploy origin/main"),
    Case("rollback-recovers-first", interrupted, "rollback --yes"),
    Case("deploy-first", nothing, "deploy v1.0"),
    Case("deploy-change", one, "deploy v1.1"),
    Case("deploy-removes-and-warns", two, "deploy --accept vanished --reason wanted"),
    Case("deploy-dry-run-first", nothing, "deploy v1.0 --dry-run"),
    Case("deploy-dry-run", two, "deploy main --dry-run"),
    Case("deploy-dry-run-select", two, "deploy main --dry-run --select orders"),
    Case("deploy-dry-run-equal", two, "deploy v1.0 --dry-run"),
    Case("deploy-dry-run-live", two, "deploy v1.1 --dry-run"),
    Case("deploy-failed", two, "deploy v1.2", 6),
    Case("deploy-failed-first", nothing, "deploy v1.2", 6),
    Case("deploy-equal", two, "deploy v1.0"),
    Case("deploy-live-already", two, "deploy v1.1"),
    Case("deploy-select", one, "deploy main --select orders --accept vanished --reason wanted"),
    Case("deploy-after-select", pending, "deploy main --accept vanished --reason wanted"),
    Case("deploy-full", one, "deploy v1.1 --full"),
    Case("deploy-quiet", one, "deploy v1.1 --quiet", formats=("txt",)),
    Case("deploy-uncommitted", uncommitted, "deploy", 4),
    Case("deploy-unknown-ref", nothing, "deploy v9", 4),
    Case("deploy-occupied", occupied, "deploy v1.0", 8),
    Case("deploy-drifted", drifted, "deploy v1.1", 8),
    Case("deploy-repair", drifted, "deploy main --repair --accept vanished --reason wanted"),
    Case("deploy-repair-dry-run", drifted, "deploy main --repair --dry-run"),
    Case("deploy-repair-live", drifted, "deploy v1.1 --repair"),
    Case("deploy-missing", gone, "deploy v1.1"),
    Case("deploy-locked", at_work, "deploy main", 7),
    Case("deploy-mirror-ahead", restored, "deploy main", 13),
    Case("deploy-dbt-crashes", dbt_breaks, "deploy main", 5),
    Case("deploy-mirror-breaks", mirror_breaks, "deploy main --accept vanished --reason wanted"),
    Case("deploy-interrupted", interrupting, "deploy main", 130),
    Case("help-adopt", nothing, "adopt --help", formats=("txt",)),
    Case("help-eject", nothing, "eject --help", formats=("txt",)),
    Case("adopt", plain, "adopt v1.0 --yes --reason now"),
    Case("adopt-dry-run", plain, "adopt v1.0 --dry-run"),
    Case("adopt-quiet", plain, "adopt v1.0 --yes --quiet", formats=("txt",)),
    Case("adopt-some-missing", plain, "adopt main --yes"),
    Case("adopt-nothing-there", nothing, "adopt v1.0 --yes", 8),
    Case("adopt-name-taken", name_taken, "adopt v1.0 --dry-run", 8),
    Case("adopt-live-already", two, "adopt v1.1 --yes", 8),
    Case("adopt-not-confirmed", plain, "adopt v1.0", 3),
    Case("deploy-occupied-by-plain", plain, "deploy v1.0", 8),
    Case("deploy-after-adopt", adopted, "deploy main --accept vanished --reason wanted"),
    Case("show-adopted", adopted, "show r1"),
    Case("verify-unmeasured", unmeasured, "verify", 11),
    Case("eject", adopted_and_deployed, "eject --yes"),
    Case("eject-dry-run", adopted_and_deployed, "eject --dry-run"),
    Case("eject-not-confirmed", adopted, "eject", 3),
    Case("eject-shared", shared, "eject --yes"),
    Case("eject-left-behind", left_behind, "eject --yes", 8),
    Case("eject-drifted", drifted, "eject --yes", 8),
    Case("eject-repaired", repaired, "eject --yes"),
    Case("eject-nothing-live", nothing, "eject --yes", 9),
    Case("recover-ejected", wholly_ejected, "recover"),
    Case("status-half-ejected", half_ejected, "status"),
    Case("recover-half-ejected", half_ejected, "recover"),
    Case("deploy-gate-stopped", two, "deploy main", 14),
    Case("deploy-gate-accepted", stopped, "deploy main --accept vanished --reason wanted"),
    Case("demo-no-server", nothing, "demo --serve", 3, formats=("txt",)),
    Case("deploy-blocked", one_and_readers, "deploy v1.1", 7),
    Case("deploy-waiting", waiting, "deploy v1.1"),
    Case("deploy-waiting-dry-run", waiting, "deploy v1.1 --dry-run"),
    Case("refresh-waiting", waiting_refresh, "refresh"),
    Case("refresh-waiting-dry-run", waiting_refresh, "refresh --dry-run"),
    Case("rollback-blocked", two_and_readers, "rollback --yes", 7),
    Case("status-waiting", waiting, "status"),
    Case("history-waiting", waiting, "history"),
    Case("show-waiting", waiting, "show r2"),
    Case("prune-waiting", waiting, "prune --dry-run"),
    Case("deploy-gate-unknown", two, "deploy main --accept everything --reason wanted", 3),
    Case("deploy-accept-without-reason", two, "deploy main --accept rows", 3),
    Case("show-stopped", stopped, "show r3"),
    Case("deploy-quarantined", rolled_back, "deploy v1.1", 17),
    Case("deploy-quarantined-dry-run", rolled_back, "deploy v1.1 --dry-run", 17),
    Case("deploy-quarantined-full", rolled_back, "deploy v1.1 --full", 17),
    Case("deploy-holds-quarantined", twice_rolled_back, "deploy main~1", 17),
    Case("deploy-holds-quarantined-dry-run", rolled_back, "deploy main --dry-run", 17),
    Case("deploy-quarantined-no-reason", twice_rolled_back, "deploy v1.1", 17),
    Case("deploy-before-quarantined", twice_rolled_back, "deploy v1.0"),
    Case("deploy-let-in", let_in, "deploy v1.1"),
    Case("deploy-reverted", reverted, "deploy --accept vanished --reason meant"),
    Case("refresh-after-rollback", rolled_back, "refresh"),
    Case("release-quarantine", rolled_back, "release-quarantine --reason it-was-the-source"),
    Case("release-quarantine-named", twice_rolled_back, "release-quarantine r3 --reason good"),
    Case("release-quarantine-of-several", twice_rolled_back, "release-quarantine --reason x", 3),
    Case("release-quarantine-no-reason", rolled_back, "release-quarantine", 3),
    Case("release-quarantine-none", two, "release-quarantine --reason x", 9),
    Case("release-quarantine-another", rolled_back, "release-quarantine v1.0 --reason x", 9),
    Case("help-release-quarantine", nothing, "release-quarantine --help", formats=("txt",)),
    Case("status-two-in-quarantine", twice_rolled_back, "status"),
    Case("history-let-in", let_in, "history"),
    Case("refresh", two, "refresh --reason nightly"),
    Case("refresh-select", two, "refresh --select summary"),
    Case("refresh-dry-run", two, "refresh --dry-run"),
    Case("refresh-nothing-live", nothing, "refresh", 9),
    Case("doctor", two, "doctor"),
    Case("doctor-people", enforced, "doctor"),
    Case("doctor-people-unproven", enforced_nobody, "doctor"),
    Case("doctor-policy-differs", ungoverned, "doctor"),
    Case("doctor-quiet", two, "doctor --quiet", formats=("txt",)),
    Case("doctor-nothing-live", nothing, "doctor --env prod"),
    Case("doctor-no-config", no_config, "doctor", 15),
    Case("doctor-bad-config", bad_config, "doctor", 15),
    Case("doctor-another-branch", on_another_branch, "doctor", 15),
    Case("doctor-unwell", unwell, "doctor", 15),
    Case("doctor-in-use", in_use, "doctor"),
    Case("doctor-untold", untold, "doctor"),
    Case("doctor-no-database", no_database, "doctor"),
    Case("doctor-unreachable", unreachable, "doctor", 15),
    Case("doctor-restored", restored, "doctor", 15),
    Case("doctor-interrupted", interrupted, "doctor"),
    Case("verify", two, "verify"),
    Case("verify-deep", two, "verify --deep"),
    Case("verify-no-tests", two, "verify --no-tests"),
    Case("verify-drifted", drifted, "verify --no-tests", 10),
    Case("verify-half-published", half_published, "verify --no-tests", 10),
    Case("verify-tampered", tampered, "verify --no-tests", 10),
    Case("verify-forged", forged, "verify --deep --no-tests", 10),
    Case("verify-no-such-test", two, "verify --select nothing", 11),
    Case("verify-quiet", two, "verify --quiet", formats=("txt",)),
    Case("verify-nothing-live", nothing, "verify", 9),
    Case("assess", two, "assess"),
    Case("assess-dry-run", two, "assess --report wrong --severity critical --dry-run", 20),
    Case("assess-critical", two, "assess --report wrong --severity critical", 20),
    Case("assess-high", two, "assess --report wrong", 21),
    Case("assess-again", assessed, "assess --report wrong", 21),
    Case("assess-medium", two, "assess --report slow --severity medium", 22),
    Case("assess-low", two, "assess --report odd --severity low", 23),
    Case("assess-quiet", two, "assess --report wrong --quiet", 21, formats=("txt",)),
    Case("assess-nothing-earlier", one, "assess --report wrong", 21),
    Case("assess-nothing-live", nothing, "assess", 9),
    Case("assess-severity-alone", two, "assess --severity low", 2),
    Case("help-incident", nothing, "incident --help", formats=("txt",)),
    Case("help-incident-note", nothing, "incident note --help", formats=("txt",)),
    Case("incident-open", two, "incident open Late"),
    Case("incident-open-release", two, "incident open Late --severity critical --release v1.0"),
    Case("incident-open-again", reported, "incident open Late", 8),
    Case("incident-open-unknown-release", two, "incident open Late --release r9", 9),
    Case("incident-open-nothing-live", nothing, "incident open Late"),
    Case("incident-open-locked", at_work, "incident open Late"),
    Case("incident-list-empty", two, "incident list"),
    Case("incident-list", settled, "incident list"),
    Case("incident-list-all", settled, "incident list --all"),
    Case("incident-show", reported, "incident show"),
    Case("incident-show-none", two, "incident show", 3),
    Case("incident-show-unknown", reported, "incident show I7", 3),
    Case("incident-show-closed", settled, "incident show i1"),
    Case("incident-show-hostile", settled, "incident show I2"),
    Case("incident-note", reported, "incident note seen by finance"),
    Case("incident-note-closed", settled, "incident note I1 it is over"),
    Case("incident-note-empty", reported, "incident note I1", 3),
    Case("incident-ack", reported, "incident ack"),
    Case("incident-ack-again", in_hand, "incident ack I1"),
    Case("incident-ack-closed", settled, "incident ack I1", 8),
    Case("incident-close", in_hand, "incident close I2 --note nothing"),
    Case("incident-close-again", settled, "incident close I1 --note again", 8),
    Case("incident-close-without-note", reported, "incident close", 2),
    Case("help-notify-test", nothing, "notify test --help", formats=("txt",)),
    Case("notify-test", deaf, "notify test", 15),
    Case("notify-test-quiet", deaf, "notify test --quiet", 15, formats=("txt",)),
    Case("notify-test-channel", deaf, "notify test --channel on-call", 15),
    Case("notify-test-unknown", deaf, "notify test --channel tema", 3),
    Case("notify-test-nobody", nothing, "notify test", 3),
    Case("incident-open-told", told, "incident open Late"),
    Case("incident-open-quiet", told, "incident open Late --quiet", formats=("txt",)),
    Case("incident-show-called", answered, "incident show I1"),
    Case("incident-show-unanswered", unanswered, "incident show I2"),
    Case("tick", unanswered, "tick"),
    Case("tick-nothing", two, "tick"),
    Case("tick-nothing-quiet", two, "tick --quiet", formats=("txt",)),
    Case("tick-answered", answered, "tick"),
    Case("tick-all", unanswered, "tick --all"),
    Case("tick-all-but-one", ticked_where_one_is_closed, "tick --all", 12),
    Case("tick-all-and-env", two, "tick --all --env prod", 2),
    Case("tick-at-work", at_work, "tick"),
    Case("assess-down", down_and_asked, "assess", 20),
    Case("watch", two, "watch --for 0s"),
    Case("watch-withdraws", down, "watch --for 0s", 18),
    Case("watch-withdraws-enforced", down_and_asked, "watch --for 0s", 18),
    Case("watch-high", slow, "watch --for 0s", 21),
    Case("watch-by-choice", down_by_choice, "watch --for 0s", 20),
    Case("watch-nothing-earlier", down_first, "watch --for 0s", 20),
    Case("watch-nothing-live", nothing, "watch", 9),
    Case("watch-too-often", two, "watch --every 10ms", 2),
    Case("deploy-watched", one, "deploy v1.1 --watch 0s"),
    Case("deploy-withdrawn", down_first, "deploy v1.1 --watch 0s", 18),
    Case("rollback-asks", enforced, "rollback --yes --reason wrong", 16),
    Case("rollback-asks-unproven", enforced_nobody, "rollback --yes --reason wrong", 16),
    Case("rollback-asks-dry-run", enforced, "rollback --dry-run"),
    Case("rollback-asks-again", asked_ada, "rollback --yes --reason wrong", 16),
    Case("rollback-approved", agreed, "rollback --yes --reason wrong"),
    Case("rollback-approved-another", agreed_upon_other, "rollback --yes --to r1", 16),
    Case("rollback-rejected", refused, "rollback --yes --reason wrong", 16),
    Case("rollback-emergency", enforced, "rollback --yes --emergency --reason down"),
    Case("rollback-emergency-unproven", enforced_nobody, "rollback -y --emergency --reason down"),
    Case("rollback-emergency-why", enforced, "rollback --yes --emergency", 3),
    Case("rollback-emergency-dev", nothing, "rollback -e dev --yes --emergency --reason x", 16),
    Case("deploy-backward-asks", enforced, "deploy v1.0", 16),
    Case("eject-asks", enforced, "eject --yes", 16),
    Case("approve", asked, "approve --yes"),
    Case("approve-not-confirmed", asked, "approve A1", 3),
    Case("approve-own", asked_ada, "approve A1 --yes", 16),
    Case("approve-unproven", asked_nobody, "approve A1 --yes", 16),
    Case("approve-unknown", asked, "approve A7 --yes", 16),
    Case("approve-none", enforced, "approve --yes", 16),
    Case("approve-rejected", refused, "approve A1 --yes", 16),
    Case("reject", asked, "reject A1 --yes --reason no"),
    Case("reject-why", asked, "reject A1 --yes", 3),
    Case("review-list", glass_broken, "review list"),
    Case("review-list-none", two, "review list"),
    Case("review-close", glass_broken, "review close --note seen"),
    Case("review-close-own", glass_broken_ada, "review close --note seen", 16),
    Case("review-close-unknown", glass_broken, "review close R99 --note seen", 16),
    Case("policy-show", enforced, "policy show"),
    Case("policy-show-free", two, "policy show"),
    Case("policy-show-differs", ungoverned, "policy show"),
    Case("policy-apply", ungoverned, "policy apply --reason more", 16),
    Case("policy-apply-first", enforced, "policy apply"),
    Case("policy-apply-free", two, "policy apply"),
    Case("status-policy-differs", ungoverned, "status"),
    Case("status-asked", asked, "status"),
    Case("status-review", glass_broken, "status"),
    Case("assess-enforced", enforced, "assess --report wrong", 21),
    Case("help-review", nothing, "review --help", formats=("txt",)),
    Case("help-policy", nothing, "policy --help", formats=("txt",)),
    Case("recover-nothing", two, "recover"),
    Case("recover-interrupted", interrupted, "recover"),
    Case("recover-half-published", half_published, "recover"),
    Case("recover-prune", prune_interrupted, "recover"),
    Case("recover-mirror", unmirrored, "recover"),
    Case("recover-mirror-ahead", restored, "recover", 13),
    Case("incident-open-restored", restored_runbook, "incident open Late", 13),
    Case("incident-list-restored", restored_runbook, "incident list"),
    Case("recover-accept-runbook", restored_runbook, "recover --accept-ledger"),
    Case("incident-open-accepted", restored_and_accepted, "incident open Late", formats=("txt",)),
    Case("recover-accept-ledger", restored, "recover --accept-ledger"),
]
