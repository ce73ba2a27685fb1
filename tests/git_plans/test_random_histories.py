"""Whatever history leads from good to bad: after the reverts, the branch has good's content."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.git_plans.lab import AT, Lab, new_lab

from dbt_rewind.engine.quarantine import Quarantined
from dbt_rewind.errors import NotBuiltOn
from dbt_rewind.model import Commit

content = st.dictionaries(st.sampled_from(["a", "b", "c/d"]), st.integers(0, 2))
made = st.tuples(st.lists(st.integers(0, 9), min_size=1, max_size=3), content)
histories = st.lists(made, min_size=1, max_size=9)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories, st.integers(0, 9))
def test_any_history(
    tmp_path_factory: pytest.TempPathFactory,
    history: list[tuple[list[int], dict[str, int]]],
    released: int,
) -> None:
    """Merges of any parents, whose content is anything, as after an evil one."""
    lab = new_lab(tmp_path_factory.mktemp("any"))
    shas = imported(lab, history)
    good, bad = shas[released % len(shas)], shas[-1]
    commits = [Commit(sha, "x", "Ada", ()) for sha in (bad, good)]
    entry = Quarantined(commits[0], 7, "key", commits[1], "ada", AT, "")
    is_behind = subprocess.run(
        ["git", "merge-base", "--is-ancestor", good, bad], cwd=lab.remote.folder, check=False
    )
    if is_behind.returncode:
        if lab.tree(good) != lab.tree(bad):
            with pytest.raises(NotBuiltOn):
                lab.take_back(entry)
        return
    lab.take_back(entry)
    assert lab.tree(lab.tip) == lab.tree(good)
    assert lab.left_over() == []


def imported(lab: Lab, history: list[tuple[list[int], dict[str, int]]]) -> list[str]:
    """Makes the remote's main of it; the commits' ids. Each commit's parents are earlier ones."""
    lines = []
    for number, (numbers, files) in enumerate(history, 1):
        parents = list(dict.fromkeys(each % number for each in numbers))
        names = [f":{each}" if each else lab.head for each in parents]
        subject = f"Commit {number}"
        lines += ["commit refs/heads/made", f"mark :{number}", "committer A <a@a> 1700000000 +0000"]
        lines += [f"data {len(subject)}", subject, f"from {names[0]}"]
        lines += [f"merge {each}" for each in names[1:]]
        lines += ["deleteall"]
        for name, value in files.items():
            lines += [f"M 644 inline {name}", "data 1", str(value)]
    marks = lab.folder / "marks"
    subprocess.run(
        ["git", "fast-import", "--quiet", f"--export-marks={marks}"],
        cwd=lab.remote.folder,
        input="\n".join([*lines, ""]).encode(),
        check=True,
    )
    found = dict(line.split() for line in marks.read_text().splitlines())
    shas = [lab.head, *(found[f":{number}"] for number in range(1, len(history) + 1))]
    lab.remote.git("update-ref", "refs/heads/main", shas[-1])
    return shas
