"""An environment whose releases have as many rows as a test says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from tests.unit.engine.double import Model
from tests.unit.engine.stage import Stage

from dbt_rewind.engine.rules import GateRules, ModelRules, Rules
from dbt_rewind.model import GateLevel

NO_GATE: Final = Rules(ModelRules(GateRules(rows=GateLevel.OFF, vanished=GateLevel.OFF)))


@dataclass
class Shop:
    """`models` are what the project has now."""

    stage: Stage
    models: dict[str, Model] = field(default_factory=dict)
    releases: int = 0

    def deploy(
        self, rules: Rules = NO_GATE, *, accepted: tuple[str, ...] = (), **rows: int
    ) -> None:
        """Changes the models that are named and builds each with that many rows; all others are
        taken over."""
        self.releases += 1
        for name in rows:
            kind = "incremental" if name == "log" else "table"
            self.models[name] = Model(f"{name} {self.releases}", kind)

        def fill(step: str) -> None:
            if step == "built":
                self._fill(rows)

        self.stage.deploy(self.models, hook=fill, rules=rules, accepted=accepted)

    def _fill(self, rows: dict[str, int]) -> None:
        places = self.stage.versions[-1].places
        for name, number in rows.items():
            content: list[tuple[Any, ...]] = [(name, str(at), "") for at in range(number)]
            self.stage.store.change_rows(places[f"model.shop.{name}"], content)
