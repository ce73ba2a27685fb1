"""A feature flag cannot be switched, or cannot stay as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dbt_rewind.errors.conflict import ConflictError
from dbt_rewind.errors.input import InputError
from dbt_rewind.errors.release import ReleaseError


@dataclass(eq=False)
class FlagUnknown(InputError):
    """rewind.yml has no flag of that name."""

    slug: ClassVar[str] = "flag-unknown"

    wanted: str
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"rewind.yml has no flag {self.wanted}"

    @property
    def hint(self) -> str:
        if self.known:
            return f"it has {', '.join(self.known)}"
        return "write it into rewind.yml, under `flags`, with its `models`"


@dataclass(eq=False)
class FlagInvalid(InputError):
    """dbt does not understand which models a flag names."""

    slug: ClassVar[str] = "flag-invalid"

    flag: str
    models: str
    problem: str

    @property
    def message(self) -> str:
        return f"dbt cannot select `{self.models}`, the models of flag {self.flag}: {self.problem}"

    @property
    def hint(self) -> str:
        return f"correct `flags.{self.flag}.models` in rewind.yml"


@dataclass(eq=False)
class FlagUnclear(InputError):
    """Only dbt can tell which models a flag names, and no deploy has asked it."""

    slug: ClassVar[str] = "flag-unclear"

    flag: str
    models: str
    release: str

    @property
    def message(self) -> str:
        return (
            f"only dbt can tell what `{self.models}`, the models of flag {self.flag}, names in "
            f"{self.release}, which was built before rewind.yml said so"
        )

    @property
    def hint(self) -> str:
        return (
            "name them by tag:, path: or name; or run `rewind refresh`, which asks dbt and records "
            "it"
        )


@dataclass(eq=False)
class FlagProviderUnusable(InputError):
    """What decides flags cannot be asked, or does not answer; no flag was switched."""

    slug: ClassVar[str] = "flag-provider-unusable"

    provider: str
    problem: str

    @property
    def message(self) -> str:
        return f"{self.provider} does not say which flags are on: {self.problem}"

    @property
    def hint(self) -> str:
        return "correct it, or `openfeature` in rewind.yml; no flag was switched"


@dataclass(eq=False)
class NoReleaseWithout(ReleaseError):
    """No release that can go live is known to be without the feature."""

    slug: ClassVar[str] = "no-release-without"

    flag: str
    environment: str
    nodes: tuple[str, ...]

    @property
    def message(self) -> str:
        names = ", ".join(each.split(".")[-1] for each in self.nodes[:3])
        names += f" and {len(self.nodes) - 3} more" if len(self.nodes) > 3 else ""
        return (
            f"in every healthy release of {self.environment} before the live one, {names} of flag "
            f"{self.flag} has the code that it has now"
        )

    @property
    def hint(self) -> str:
        return "name one that is without the feature: --to RELEASE; see `rewind history`"


@dataclass(eq=False)
class FlagStuck(ReleaseError):
    """What a flag that is off shows is no longer there, or no longer what it was."""

    slug: ClassVar[str] = "flag-stuck"

    flag: str
    release: str
    reason: str

    @property
    def message(self) -> str:
        return f"flag {self.flag} cannot show its models as {self.release} has them: {self.reason}"

    @property
    def hint(self) -> str:
        return (
            f"`rewind flag disable {self.flag} --to` another release, or "
            f"`rewind flag enable {self.flag}`"
        )


@dataclass(eq=False)
class FlagsCollide(ConflictError):
    """With the flags off, two nodes would have one name."""

    slug: ClassVar[str] = "flags-collide"

    pointer: str
    nodes: tuple[str, ...]

    @property
    def message(self) -> str:
        nodes = " and ".join(self.nodes)
        return f"with the flag off, {self.pointer} would be the name of {nodes}"

    @property
    def hint(self) -> str:
        return "give one of them another name, or enable the flag: see `rewind flag list`"
