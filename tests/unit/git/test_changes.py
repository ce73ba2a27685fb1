"""What a commit added, line by line."""

from __future__ import annotations

import pytest
from tests.unit.git.sandbox import Sandbox

from dbt_rewind.errors import UnknownRef
from dbt_rewind.git.changes import added_lines, contents


def test_added_lines(sandbox: Sandbox) -> None:
    older = sandbox.commit("First", a="1\n2\n3\n4\n", gone="x\n")
    (sandbox.folder / "gone").unlink()
    newer = sandbox.commit("Second", a="1\nnew\n3\n4\n5\n", models__b="1\n2\n", empty="")
    assert added_lines(sandbox.open(), older, newer) == {"a": {2, 5}, "models/b": {1, 2}}
    assert added_lines(sandbox.open(), newer, newer) == {}


def test_lines_that_look_like_a_diff(sandbox: Sandbox) -> None:
    older = sandbox.commit("First", a="-- b/c\n-- d\n")
    newer = sandbox.commit("Second", a="++ b/evil\n@@ -1 +99 @@\n++ /dev/null\n", z="1")
    assert added_lines(sandbox.open(), older, newer) == {"a": {1, 2, 3}, "z": {1}}


def test_a_renamed_file_has_what_changed_in_it(sandbox: Sandbox) -> None:
    text = "".join(f"{number}\n" for number in range(50))
    older = sandbox.commit("First", a=text)
    (sandbox.folder / "a").rename(sandbox.folder / "b")
    newer = sandbox.commit("Second", b=text.replace("7\n", "seven\n", 1))
    assert added_lines(sandbox.open(), older, newer) == {"b": {8}}


@pytest.mark.parametrize("name", ["a b.txt", 'quo"te', "tab\there", "größe", "back\\slash", "-x"])
def test_odd_names(sandbox: Sandbox, name: str) -> None:
    older = sandbox.commit("First")
    sandbox.write(name, "1\n2\n")
    newer = sandbox.commit("Second")
    assert added_lines(sandbox.open(), older, newer) == {name: {1, 2}}
    assert contents(sandbox.open(), newer, [name], 100) == {name: b"1\n2\n"}


def test_binary_files_have_no_lines(sandbox: Sandbox) -> None:
    older = sandbox.commit("First")
    (sandbox.folder / "picture").write_bytes(bytes(range(256)))
    assert added_lines(sandbox.open(), older, sandbox.commit("Second")) == {}


def test_contents_of_what_is_there_and_not_too_large(sandbox: Sandbox) -> None:
    sha = sandbox.commit("First", a="1\n", b="", folder__c="x" * 101, d="y" * 100)
    names = ["a", "none", "folder", "b", "folder/c", "d"]
    assert contents(sandbox.open(), sha, names, 100) == {"a": b"1\n", "b": b"", "d": b"y" * 100}
    assert contents(sandbox.open(), sha, [], 100) == {}


def test_an_unknown_commit(sandbox: Sandbox) -> None:
    sha = sandbox.commit("First")
    with pytest.raises(UnknownRef):
        added_lines(sandbox.open(), "0" * 40, sha)
