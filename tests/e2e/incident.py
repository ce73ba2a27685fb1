"""Where an incident is played: the demo's pipeline, people with keys, and real receivers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.health import Health, health
from tests.e2e.lab import Answer, Lab
from tests.e2e.stages import Stages
from tests.keys import new_pair
from tests.notify.hooks import Hooks, hooks
from tests.notify.mailbox import Mailbox, mailbox
from tests.notify.test_receivers import closed_port

from dbt_rewind.demo.sample import make_repository

LATER = Path(__file__).with_name("later.py")
FILES = {"prod": "warehouse.duckdb", "dev": "dev.duckdb"}
TIMEOUT = 2
"""What `notify.timeout` says, in seconds."""

# Each customer without a number costs one round of the recursion, so that it takes long, on however
# many cores, only where there are many.
WITHOUT_NUMBER = (
    "with recursive counted (n) as (select 0 union all select n + 1 from counted where n <"
    " (select count(*) from bronze.brnz_customers where customer_id < 0))"
    " select max(n) as customers from counted"
)

CONFIG = """\
version: 1
environments:
  prod: {{target: prod, branch: main}}
  dev: {{target: dev, branch: develop}}
people:
  Ada: {{roles: [on-call], keys: ["{Ada}"]}}
  Grace: {{roles: [team-lead], keys: ["{Grace}"]}}
  Bob: {{roles: [cto], keys: ["{Bob}"]}}
triggers:
  health:
    checks:
      - {{name: shop, url: "http://127.0.0.1:${{SHOP_PORT}}/health", timeout: 5s, attempts: 2}}
verify:
  queries:
    - {{name: without number, sql: "{query}", max_seconds: 0.3}}
notify:
  timeout: {timeout}s
  channels:
    team: {{url: TEAM_PLACE}}
    mail: {{url: MAIL_PLACE, topics: [incident-opened, rolled-back, incident-closed]}}
    slow: {{url: SLOW_PLACE, topics: [emergency, rolled-back]}}
    away: {{url: AWAY_PLACE, topics: [incident-opened, rolled-back]}}
    pager: {{url: PAGER_PLACE, topics: [emergency]}}
escalation:
  levels:
    - {{name: on-call, after: 0s, contact: "+44 20 7946 0001", channels: [pager]}}
    - {{name: DevOps lead, after: 15m, contact: "+44 20 7946 0958", channels: [pager]}}
    - {{name: engineering manager, after: 30m}}
    - {{name: CTO, after: 1h}}
"""

PEOPLE = ("Ada", "Grace", "Bob")


def deployed(stages: Stages, environment: str) -> Lab:
    """The demo with r2, which changed `gold.gld_sales_summary`, live in that environment."""
    file = FILES[environment]
    return stages.made(
        f"incident-{environment}", lambda folder: _deploy(Lab(folder, file), environment), file
    )


def _deploy(lab: Lab, environment: str) -> None:
    make_repository(lab.repository)
    loading = ("--database", lab.file, "--scale", "0.01")
    lab.run(*loading, script=("load.py",)).check(0)
    (lab.folder / "keys").mkdir()
    keys = {name: new_pair(lab.folder / "keys", name).public for name in PEOPLE}
    for name in PEOPLE:
        (lab.folder / "keys" / f"{name}.gitconfig").write_text(f"[user]\n\tname = {name}\n")
    text = CONFIG.format(query=WITHOUT_NUMBER, timeout=TIMEOUT, **keys)
    (lab.repository / "rewind.yml").write_text(text)
    for tag in ("v1.0.0", "v1.2.0"):
        lab.rewind("deploy", tag, "--env", environment)


@dataclass
class Scene:
    """The pipeline in one environment, and everybody around it. `team` serves the channels `team`
    and `pager`. `later` is by how many seconds clocks go ahead."""

    lab: Lab
    environment: str
    shop: Health
    team: Hooks
    mails: Mailbox
    slow: Hooks
    away: Hooks | None
    away_port: int
    stack: ExitStack
    later: float = 0.0
    took: float = 0.0

    def run(self, *arguments: str, by: str = "Ada") -> Answer:
        """Runs a command as that person; `took` is then how many seconds that was."""
        began = time.monotonic()
        answer = self.lab.run(
            *arguments,
            *("--env", self.environment, "--json"),
            script=(str(LATER),),
            variables=self._variables(by),
        )
        self.took = time.monotonic() - began
        assert "Traceback" not in answer.stderr
        return answer

    def rewind(self, *arguments: str, by: str = "Ada", expected: int = 0) -> dict[str, Any]:
        """As `run`, and returns the document."""
        return self.run(*arguments, by=by).check(expected).document

    def refused(self, *arguments: str, by: str = "Ada", expected: int = 16) -> str:
        """A command that must be refused; returns the error's slug."""
        return str(self.run(*arguments, by=by).check(expected).error["slug"])

    def minutes(self, later: float) -> None:
        """Lets time pass."""
        self.later += 60 * later

    def come_back(self) -> None:
        """The receiver that was away is there again, and the slow one answers."""
        self.slow.slow = False
        self.away = self.stack.enter_context(hooks(self.away_port))

    def _variables(self, by: str) -> dict[str, str]:
        return {
            "LATER_SECONDS": str(self.later),
            "REWIND_SIGNING_KEY": str(self.lab.folder / "keys" / by),
            "GIT_CONFIG_GLOBAL": str(self.lab.folder / "keys" / f"{by}.gitconfig"),
            "SHOP_PORT": str(self.shop.port),
            "TEAM_PLACE": self.team.address("/team"),
            "PAGER_PLACE": self.team.address("/pager"),
            "MAIL_PLACE": self.mails.address,
            "SLOW_PLACE": self.slow.address("/slow?rto=60&cto=60"),
            "AWAY_PLACE": f"json://localhost:{self.away_port}/away",
        }


@contextmanager
def scene(lab: Lab, environment: str) -> Iterator[Scene]:
    """Everybody is there, but for the receiver that is away; the slow one answers nobody."""
    with ExitStack() as stack:
        enter = stack.enter_context
        slow = enter(hooks())
        slow.slow = True
        yield Scene(
            lab,
            environment,
            enter(health()),
            enter(hooks()),
            enter(mailbox()),
            slow,
            None,
            closed_port(),
            stack,
        )
