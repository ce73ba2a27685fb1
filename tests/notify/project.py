"""A project with a DuckDB warehouse, whose notices go where a test says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.git.sandbox import new_repository

from dbt_rewind.engine.runbook.state import Runbook, read_runbook
from dbt_rewind.engine.workspace import Workspace, open_workspace
from dbt_rewind.model import Incident, Severity
from dbt_rewind.procedures.announce import Delivery, announce, deliver
from dbt_rewind.procedures.announcement import Announcement
from dbt_rewind.procedures.messages import incident_opened

AT = datetime(2024, 5, 1, 3, tzinfo=UTC)
INCIDENT = Incident(3, AT, "ana", "Revenue <b>is</b> wrong & late", Severity.CRITICAL, (12, 11))
OPENED = incident_opened("prod", INCIDENT)
BODY = """\
Environment: prod
Severity: critical
Opened by: ana
Incident: I3, Revenue <b>is</b> wrong & late
Releases: r12, r11

Next: rewind incident ack I3 --env prod

Message M1 of prod, sent by dbt-rewind"""
"""What people get of `OPENED`, as the first message."""


@dataclass
class Notified:
    """The project as a test sees it. `set_address` sets a channel's variable."""

    folder: Path
    set_address: Callable[[str, str], None]
    warnings: list[str] = field(default_factory=list)

    def channels(self, *lines: str, timeout: str = "5s") -> None:
        """Writes rewind.yml with these lines below `notify`."""
        notify = "".join(f"  {line}\n" for line in (f"timeout: {timeout}", *lines))
        self.folder.joinpath("rewind.yml").write_text(
            "version: 1\nenvironments:\n"
            "  prod: {target: prod, branch: main}\n  dev: {target: dev}\n"
            f"notify:\n{notify}"
        )

    def channel(self, address: str, timeout: str = "5s") -> None:
        """One channel of that address, called `team`."""
        self.channels("channels: {team: {url: TEAM_PLACE}}", timeout=timeout)
        self.set_address("TEAM_PLACE", address)

    @property
    def workspace(self) -> Workspace:
        return open_workspace(self.folder, "prod")

    @property
    def runbook(self) -> Runbook:
        warehouse = self.workspace.connect(read_only=True)
        try:
            return read_runbook(warehouse, "prod")
        finally:
            warehouse.close()

    def announce(self, announcement: Announcement = OPENED) -> Delivery:
        return announce(self.workspace, announcement, self.warnings.append)

    def deliver(self) -> Delivery:
        return deliver(self.workspace, self.warnings.append)


def notified(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Notified:
    monkeypatch.setenv("DBT_PROFILES_DIR", "")
    monkeypatch.delenv("DBT_PROFILES_DIR")
    sandbox = new_repository(folder / "shop")
    sandbox.write("dbt_project.yml", "name: shop\nprofile: shop\n")
    outputs = "    prod: {type: duckdb, path: shop.duckdb}\n    dev: {type: duckdb, path: dev.db}\n"
    sandbox.write("profiles.yml", f"shop:\n  target: dev\n  outputs:\n{outputs}")
    sandbox.commit("First")
    return Notified(sandbox.folder, monkeypatch.setenv)
