"""The reference has every command, option and exit code, and none that is not there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

import pytest
from tests.docs.pages import ROOT, Page, codes, pages, reference, rows
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from dbt_rewind.cli.main import command_line
from dbt_rewind.errors import ExitCode

ROOT_COMMAND = get_command(command_line())
assert isinstance(ROOT_COMMAND, TyperGroup)


def leaves(group: TyperGroup, before: str = "") -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    """Every command by its whole name, such as `incident open`."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            if command.invoke_without_command:
                yield before + name, command
            yield from leaves(command, f"{before}{name} ")
        elif isinstance(command, TyperCommand):
            yield before + name, command


COMMANDS = dict(leaves(ROOT_COMMAND))
VERBS = frozenset(ROOT_COMMAND.commands)
GROUPS = {name for name, each in ROOT_COMMAND.commands.items() if isinstance(each, TyperGroup)}
PAGE = reference("commands")
HELP = {"--help", "-h"}
USUAL = {"0", "1", "2", "130"}
"""Exit codes of every command, which the page names once."""
COMING: set[str] = set()
"""Exit codes of errors that no command raises yet."""


def options(command: TyperCommand | TyperGroup) -> set[str]:
    return {
        name
        for parameter in command.params
        if parameter.param_type_name == "option"
        for name in (*parameter.opts, *parameter.secondary_opts)
    }


def documented_options(heading: str) -> set[str]:
    cells = [row[0] for row in rows(PAGE.section(heading)) if row[0].startswith("`-")]
    return {name for cell in cells for name in codes(cell)}


def test_every_command_is_documented_and_no_other() -> None:
    assert set(PAGE.headings) == {"rewind"} | {f"rewind {name}" for name in COMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_and_no_other(name: str) -> None:
    assert documented_options(f"rewind {name}") == options(COMMANDS[name])


def test_the_options_of_the_root_are_documented() -> None:
    assert isinstance(ROOT_COMMAND, TyperGroup)
    assert documented_options("rewind") == options(ROOT_COMMAND) | HELP


@pytest.mark.parametrize("name", COMMANDS)
def test_the_commands_exit_codes_are_exit_codes(name: str) -> None:
    line = re.search(r"^Exit codes: (.+)$", PAGE.section(f"rewind {name}"), re.MULTILINE)
    named = set(codes(line[1])) if line else set()
    assert named <= {str(int(code)) for code in ExitCode} - USUAL


def test_every_exit_code_is_some_commands() -> None:
    named = {
        code
        for line in re.findall(r"^Exit codes: (.+)$", PAGE.prose, re.MULTILINE)
        for code in codes(line)
    }
    # Git and database errors come from many commands, a failed verification from one.
    assert named | USUAL | COMING == {str(int(code)) for code in ExitCode}


def test_every_exit_code_is_explained_and_no_other() -> None:
    found = {codes(row[0])[0]: row[1] for row in rows(reference("exit-codes").prose)}
    assert found == {str(int(code)): code.name for code in ExitCode}


def test_the_readme_has_every_command() -> None:
    section = Page(ROOT / "README.md").section("What it does")
    named = {codes(row[0])[0].split()[1] for row in rows(section)}
    assert named == VERBS


def split(words: Sequence[str]) -> tuple[str, list[str]]:
    """The command's whole name, and what follows it."""
    named = 2 if words[:1] and words[0] in GROUPS and " ".join(words[:2]) in COMMANDS else 1
    return " ".join(words[:named]), list(words[named:])


def command_lines(page: Page) -> list[str]:
    """The `rewind` commands in fenced blocks, without prompts, comments and redirections."""
    joined = "\n".join(page.blocks)
    lines = [line.strip().removeprefix("$ ") for line in joined.splitlines()]
    return [
        re.split(r"\s{2,}|\s#\s|\s[|>]|\s\|\|", line)[0]
        for line in lines
        if re.match(r"rewind( |$)", line)
    ]


EXAMPLES = [(page.name, line) for page in pages() for line in command_lines(page)]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 30


@pytest.mark.parametrize(("page", "line"), sorted(set(EXAMPLES)))
def test_every_example_is_a_command_line(page: str, line: str) -> None:
    _, *words = shlex.split(line)
    if words[:1] == ["--version"]:
        return
    name, arguments = split(words)
    assert name in COMMANDS, f"{page}: {line}"
    COMMANDS[name].make_context(name, arguments)  # raises where it cannot be parsed


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_commands_in_the_text_are_commands(page: Page) -> None:
    for code in codes(page.prose):
        words = code.split("|")[0].split()
        if words[:1] != ["rewind"] or len(words) < 2 or not words[1].isalpha():
            continue
        if words[1].isupper():  # `rewind COMMAND --help`
            continue
        if words[1:] in [[name] for name in GROUPS]:
            continue
        name, arguments = split(words[1:])
        assert name in COMMANDS, code
        named = {word.split("=")[0] for word in arguments if word.startswith("-")}
        assert named <= options(COMMANDS[name]) | HELP, code
