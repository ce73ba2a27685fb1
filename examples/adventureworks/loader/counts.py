"""How many rows of each kind are generated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """How many rows of each kind a scale asks for, and where their numbers begin."""

    stores: int
    individuals: int
    contacts: int
    other_persons: int
    orders: int
    lines: int

    @classmethod
    def of(cls, scale: float) -> Counts:
        """Return the counts; at scale 1 they add up to AdventureWorks' own."""
        customers = max(3, round(19_820 * scale))
        stores = max(1, round(701 * scale))
        contacts = max(1, round(635 * scale))
        orders = max(1, round(31_465 * scale))
        return cls(
            stores=stores,
            individuals=customers - stores - contacts,
            contacts=contacts,
            other_persons=max(1, round(853 * scale)),
            orders=orders,
            lines=max(orders, round(121_317 * scale)),
        )

    @property
    def first_individual(self) -> int:
        """Return the first customer number of an individual: 11000 as long as stores fit below."""
        return max(11_000, self.stores + 1)

    @property
    def first_contact(self) -> int:
        """Return the first customer number of a store's contact."""
        return self.first_individual + self.individuals
