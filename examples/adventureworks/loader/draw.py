"""Chance that repeats itself: every value comes from hash(row number, salt, seed)."""

from __future__ import annotations

from dataclasses import dataclass

from loader.sql import literals


@dataclass(frozen=True)
class Draw:
    """Writes SQL for drawn values; the same seed draws the same."""

    seed: int

    def pick(self, row: str, salt: int, n: int | str) -> str:
        """Return SQL for a whole number from 0 to n - 1 that depends on the row."""
        return f"cast(hash({row}, {salt}, {self.seed}) % {n} as integer)"

    def choose(self, row: str, salt: int, values: list[str]) -> str:
        """Return SQL for one of the values."""
        return f"{literals(values)}[1 + {self.pick(row, salt, len(values))}]"

    def guid(self, row: str, salt: int) -> str:
        """Return SQL for a uuid."""
        return (
            f"cast((cast(hash({row}, {salt}, {self.seed}) as uhugeint) << 64)"
            f" + hash({row}, {salt + 1000}, {self.seed}) as uuid)"
        )

    def territory(self, customer: str) -> str:
        """Return SQL for the customer's territory; big ones are as much bigger as in the sample."""
        shares = (3520, 113, 132, 4696, 176, 1791, 1884, 1852, 3665)
        limits = [sum(shares[: i + 1]) for i in range(len(shares))]
        cases = " ".join(f"when x < {limit} then {i + 1}" for i, limit in enumerate(limits))
        draw = self.pick(customer, 1, 19_820)
        return f"list_transform([{draw}], lambda x: case {cases} else 10 end)[1]"
