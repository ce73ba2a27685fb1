"""What rewind.yml says of people: their roles, and how they are recognised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from dbt_rewind.config.rules import PROBLEM, Settings
from dbt_rewind.model import Person
from dbt_rewind.model.ssh_key import public_key

if TYPE_CHECKING:
    from dbt_rewind.config.schema import RewindConfig

ROLES: Final = ("team-lead", "on-call", "devops-lead", "engineering-manager", "cto")
"""What the roles are called where nobody says otherwise; any other name is as good."""


def _key(text: str) -> str:
    try:
        return public_key(text)
    except ValueError as error:
        # As a value, so that no brace in the words is taken for a place to fill in.
        raise PydanticCustomError(PROBLEM, "{words}", {"words": str(error)}) from None


def _name(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise PydanticCustomError(
            PROBLEM, "must be a name without control characters, and without spaces around it"
        )
    return text


Name = Annotated[str, Field(min_length=1), AfterValidator(_name)]
Names = Annotated[tuple[Name, ...], Field(strict=False)]
Keys = Annotated[tuple[Annotated[str, AfterValidator(_key)], ...], Field(strict=False)]


class PersonConfig(Settings):
    """Somebody who can ask for something, or say yes to it."""

    roles: Names = Field(
        default=(), description=f"What they are, such as {ROLES[0]} or {ROLES[1]}."
    )
    keys: Keys = Field(
        default=(),
        description="Their public SSH keys, as a .pub file has them: who signs with one is them.",
    )
    logins: Names = Field(default=(), description="The names by which CI knows them.")


def _each_is_one_persons(people: dict[str, PersonConfig]) -> dict[str, PersonConfig]:
    owners: dict[tuple[str, str], str] = {}
    for name, person in people.items():
        # GitHub takes no notice of a login's case.
        logins = [login.casefold() for login in person.logins]
        for setting, marks in (("keys", person.keys), ("logins", logins)):
            for at, mark in enumerate(marks):
                owner = owners.setdefault((setting, mark), name)
                if owner != name:
                    raise _shared(setting, owner, {"at": (name, setting, at)})
    return people


def _shared(setting: str, owner: str, context: Mapping[str, Any]) -> PydanticCustomError:
    words = "is a {kind} of '{owner}' already: it says who somebody is"
    return PydanticCustomError(
        PROBLEM, words, {"kind": setting.removesuffix("s"), "owner": owner, **context}
    )


People = Annotated[dict[Name, PersonConfig], AfterValidator(_each_is_one_persons)]


def people_of(config: RewindConfig) -> tuple[Person, ...]:
    """The people that rewind.yml names, in its order; keys as `type base64`."""
    return tuple(
        Person(name, person.roles, person.keys, person.logins)
        for name, person in config.people.items()
    )
