"""Proofs: how it is known who said something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ProofMethod(StrEnum):
    """`key`: an SSH signature over the statement. `ci`: a token of the CI system that names its
    actor and the statement. `none`: somebody says so."""

    KEY = "key"
    CI = "ci"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Proof:
    """`person` is a name of the policy's people where the method proves it, else whatever name the
    machine gives. `evidence` is what can be verified again, such as the signature."""

    method: ProofMethod
    person: str
    evidence: Mapping[str, str] = field(default_factory=dict)

    @property
    def proven(self) -> bool:
        return self.method is not ProofMethod.NONE
