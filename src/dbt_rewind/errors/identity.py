"""Somebody's yes is missing, or it is not proven who said it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.base import ExitCode, RewindError

_HOW = "docs/how-to/approvals-setup.md says how"


class ApprovalError(RewindError):
    """Exit 16: somebody's yes is missing or not proven."""

    exit_code: ClassVar[ExitCode] = ExitCode.APPROVAL


@dataclass(eq=False)
class NotProven(ApprovalError):
    """There is no more than a name that the machine gives."""

    slug: ClassVar[str] = "not-proven"

    person: str

    @property
    def message(self) -> str:
        return f"nothing proves that {self.person} says so: it is the name that this machine gives"

    @property
    def hint(self) -> str:
        return f"sign with an SSH key, or run this in CI; {_HOW}"


@dataclass(eq=False)
class SignerUnknown(ApprovalError):
    """A key or a login that is nobody's."""

    slug: ClassVar[str] = "signer-unknown"

    signer: str

    @property
    def message(self) -> str:
        return f"{self.signer} belongs to nobody in the policy that is in force"

    @property
    def hint(self) -> str:
        return "add it under `people` in rewind.yml, and put the policy in force"


@dataclass(eq=False)
class ProofInvalid(ApprovalError):
    """A signature is not that person's under this very statement."""

    slug: ClassVar[str] = "proof-invalid"

    person: str

    @property
    def message(self) -> str:
        return f"the signature is not one of {self.person} under what is to be done here"

    @property
    def hint(self) -> str:
        return "ask again: what was signed holds for one plan and one request only"


@dataclass(eq=False)
class SigningFailed(ApprovalError):
    """The key that is to sign does not. `key` says where it is named, never what is in it."""

    slug: ClassVar[str] = "signing-failed"

    key: str
    problem: str

    @property
    def message(self) -> str:
        return f"the key that {self.key} names cannot sign: {self.problem}"

    @property
    def hint(self) -> str:
        return f"a key with a passphrase needs a terminal, or `ssh-add` before; {_HOW}"


@dataclass(eq=False)
class ProofToolMissing(ApprovalError):
    """What makes or checks a proof is not installed."""

    slug: ClassVar[str] = "proof-tool-missing"

    tool: str
    install: str

    @property
    def message(self) -> str:
        return f"{self.tool} is not installed, so that nobody can prove who they are here"

    @property
    def hint(self) -> str:
        return self.install


@dataclass(eq=False)
class TokenRefused(ApprovalError):
    """A token of CI, or what is recorded of one, does not prove what it should."""

    slug: ClassVar[str] = "token-refused"

    problem: str

    @property
    def message(self) -> str:
        return f"the token of CI does not prove who says so: {self.problem}"

    @property
    def hint(self) -> str:
        return f"compare it with `approvals.ci` in rewind.yml; {_HOW}"


@dataclass(eq=False)
class TokenUnavailable(ApprovalError):
    """CI gives no token, or what it is checked with cannot be had."""

    slug: ClassVar[str] = "token-unavailable"

    problem: str

    @property
    def message(self) -> str:
        return f"there is no token of CI to prove who says so: {self.problem}"

    @property
    def hint(self) -> str:
        return "give the job `permissions: id-token: write`, or try again; a key can sign instead"
