"""Reverts on real repositories: what comes out, what is kept, what is said."""

from __future__ import annotations

import pytest
from tests.git_plans.lab import Lab, clone, new_lab

from dbt_rewind.errors import NotBuiltOn, RemoteBranchMissing, RemoteUnreachable
from dbt_rewind.git.reverts import Change, carried
from dbt_rewind.procedures.code.delivery import Way


def require_free(lab: Lab, bad: str, good: str) -> None:
    """No deploy of the tip would be refused for what is bad."""
    site = lab.site
    assert carried(site.repository, lab.tip, Change(bad, good), site.project) is None
    assert lab.left_over() == []


def test_plain(lab: Lab) -> None:
    good = lab.head
    lab.commit("Worse", model="select 2\n")
    bad = lab.commit("Worst", model="select 3\n", new="x\n")
    lab.publish()
    outcome = lab.take_back(lab.entry(bad, good))
    assert outcome.delivered is not None
    assert outcome.delivered.way is Way.PUSHED
    assert lab.subjects(bad) == ['Revert "Worse"', 'Revert "Worst"']
    assert lab.tree(lab.tip) == lab.tree(good)
    assert (lab.head, lab.mine.git("status", "--porcelain")) == (bad, "")
    require_free(lab, bad, good)


def test_a_message_says_what_it_reverts_and_why(lab: Lab) -> None:
    good, bad = lab.head, lab.commit("Worse", model="select 2\n")
    lab.publish()
    lab.take_back(lab.entry(bad, good))
    assert lab.remote.git("log", "-1", "--format=%an|%B", lab.tip) == (
        f'Ada|Revert "Worse"\n\nThis reverts commit {bad}.\n\n'
        "r7 was rolled back in prod by ada: totals are missing\n\n"
        "Rewind-Environment: prod\nRewind-Release: r7\nRewind-Incident: I3"
    )


def test_once_it_is_done_there_is_nothing_to_do(lab: Lab) -> None:
    good, bad = lab.head, lab.commit("Worse", model="select 2\n")
    lab.publish()
    entry = lab.entry(bad, good)
    lab.take_back(entry)
    after = lab.tip
    outcome = lab.take_back(entry)
    assert (outcome.plan.steps, outcome.delivered, lab.tip) == ((), None, after)


def test_later_commits_are_kept(lab: Lab) -> None:
    good, bad = lab.head, lab.commit("Worse", model="select 2\n")
    lab.commit("Later", other="select 'b'\n")
    after = lab.publish()
    outcome = lab.take_back(lab.entry(bad, good))
    assert [each.subject for each in outcome.plan.kept] == ["Later"]
    assert lab.remote.git("diff", "--name-only", after, lab.tip) == "model"
    assert lab.remote.git("show", f"{lab.tip}:model") == "select 1"
    assert lab.remote.git("show", f"{lab.tip}:other") == "select 'b'"
    require_free(lab, bad, good)


def test_a_merge_goes_with_all_that_it_brought(lab: Lab) -> None:
    good = lab.head
    lab.mine.git("switch", "--quiet", "--create", "feature")
    lab.commit("Side one", model="select 2\n")
    lab.commit("Side two", side="x\n")
    lab.mine.git("switch", "--quiet", "main")
    lab.commit("Main", other="select 'b'\n")
    lab.mine.git("merge", "--quiet", "--no-ff", "-m", "Merge feature", "feature")
    bad = lab.publish()
    outcome = lab.take_back(lab.entry(bad, good))
    assert [(each.step.subject, each.step.mainline) for each in outcome.plan.steps] == [
        ("Merge feature", 1),
        ("Main", None),
    ]
    assert lab.tree(lab.tip) == lab.tree(good)
    require_free(lab, bad, good)


def test_a_merge_whose_second_parent_holds_what_is_good(lab: Lab) -> None:
    """As after `git merge main` on a branch that main is then forwarded to."""
    lab.mine.git("switch", "--quiet", "--create", "feature")
    lab.commit("Side", model="select 2\n")
    lab.mine.git("switch", "--quiet", "main")
    good = lab.commit("Released", other="select 'b'\n")
    lab.mine.git("switch", "--quiet", "feature")
    lab.mine.git("merge", "--quiet", "--no-ff", "-m", "Merge main", "main")
    bad = lab.publish()
    outcome = lab.take_back(lab.entry(bad, good))
    assert [each.step.mainline for each in outcome.plan.steps] == [2]
    assert lab.tree(lab.tip) == lab.tree(good)
    require_free(lab, bad, good)


def test_an_octopus_merge(lab: Lab) -> None:
    good = lab.head
    for name in ("one", "two", "three"):
        lab.mine.git("switch", "--quiet", "--create", name, good)
        lab.commit(f"Branch {name}", **{name: "x\n"})
    lab.mine.git("switch", "--quiet", "main")
    lab.mine.git("merge", "--quiet", "--no-ff", "-m", "Octopus", "one", "two", "three")
    bad = lab.publish()
    outcome = lab.take_back(lab.entry(bad, good))
    assert [each.step.mainline for each in outcome.plan.steps] == [1]
    assert lab.tree(lab.tip) == lab.tree(good)
    require_free(lab, bad, good)


def test_a_rename_takes_later_changes_along(lab: Lab) -> None:
    lab.commit("Long", long="".join(f"line {each}\n" for each in range(30)))
    good = lab.publish()
    lab.mine.git("mv", "long", "moved")
    bad = lab.commit("Move")
    later = "".join(f"line {each}\n" for each in range(29)) + "last\n"
    lab.commit("Later", moved=later)
    lab.publish()
    lab.take_back(lab.entry(bad, good))
    assert lab.remote.git("show", f"{lab.tip}:long") + "\n" == later
    require_free(lab, bad, good)


def test_empty_reverts_are_skipped(lab: Lab) -> None:
    good = lab.head
    lab.commit("Worse", model="select 2\n")
    lab.commit("Nothing")
    bad = lab.commit("Worst", model="select 3\n")
    lab.commit("Nothing again")
    lab.publish()
    outcome = lab.take_back(lab.entry(bad, good))
    assert len(outcome.plan.steps) == 3
    assert lab.subjects(bad) == ['Revert "Worse"', 'Revert "Worst"', "Nothing again"]
    assert len(outcome.made) == 2


def test_what_was_taken_back_before_stays_taken_back(lab: Lab) -> None:
    """The release that is live was made before the first revert; its content came back with it."""
    good = lab.head
    first = lab.commit("Worse", model="select 2\n")
    lab.publish()
    lab.take_back(lab.entry(first, good, 8))
    lab.mine.git("pull", "--quiet", "--ff-only", "origin", "main")
    second = lab.commit("Worse again", model="select 3\n")
    lab.publish()
    lab.take_back(lab.entry(first, good, 8), lab.entry(second, good, 9))
    assert lab.subjects(second) == ['Revert "Worse again"']
    assert lab.tree(lab.tip) == lab.tree(good)
    require_free(lab, second, good)


def test_two_releases_in_a_row(lab: Lab) -> None:
    first = lab.head
    second = lab.commit("Second", model="select 2\n")
    third = lab.commit("Third", model="select 3\n")
    lab.publish()
    entries = (lab.entry(second, first, 8), lab.entry(third, second, 9))
    outcome = lab.take_back(*entries)
    assert [(each.step.subject, each.release) for each in outcome.plan.steps] == [
        ("Third", "r9"),
        ("Second", "r8"),
    ]
    assert outcome.plan.exact == first
    assert lab.tree(lab.tip) == lab.tree(first)


def test_what_a_person_has_reverted_is_left_alone(lab: Lab) -> None:
    first = lab.head
    second = lab.commit("Second", model="select 2\n")
    third = lab.commit("Third", other="select 'c'\n")
    lab.mine.git("revert", "--no-edit", third)
    lab.publish()
    outcome = lab.take_back(lab.entry(second, first, 8), lab.entry(third, second, 9))
    assert [each.release for each in outcome.plan.steps] == ["r8"]
    assert lab.tree(lab.tip) == lab.tree(first)


def test_the_copy_that_a_squash_has_made(lab: Lab) -> None:
    """What was deployed is no commit of main, and main has what it did."""
    good = lab.head
    lab.mine.git("switch", "--quiet", "--create", "feature")
    bad = lab.commit("Worse", model="select 2\n")
    lab.mine.git("switch", "--quiet", "main")
    lab.commit("Between", other="select 'b'\n")
    lab.mine.git("merge", "--quiet", "--squash", "feature")
    copy = lab.commit("Worse, squashed")
    lab.publish()
    outcome = lab.take_back(lab.entry(bad, good))
    assert [each.step.sha for each in outcome.plan.steps] == [copy]
    assert lab.remote.git("show", f"{lab.tip}:model") == "select 1"
    require_free(lab, bad, good)


def test_what_is_bad_is_not_built_on_what_is_good(lab: Lab) -> None:
    bad = lab.commit("Worse", model="select 2\n")
    lab.publish()
    lab.mine.git("switch", "--quiet", "--create", "elsewhere", "HEAD~1")
    good = lab.commit("Elsewhere", model="select 5\n")
    with pytest.raises(NotBuiltOn):
        lab.take_back(lab.entry(bad, good))
    assert lab.tip == bad
    assert lab.left_over() == []


def test_a_detached_head_with_changes_is_left_alone(lab: Lab) -> None:
    good, bad = lab.head, lab.commit("Worse", model="select 2\n")
    lab.publish()
    lab.mine.git("switch", "--quiet", "--detach", good)
    lab.mine.write("model", "unsaved\n")
    lab.mine.git("add", "model")
    lab.take_back(lab.entry(bad, good))
    assert lab.tree(lab.tip) == lab.tree(good)
    assert lab.mine.git("status", "--porcelain") == "M  model"
    assert lab.head == good


def test_a_shallow_checkout_of_ci(lab: Lab) -> None:
    good = lab.head
    for number in range(5):
        bad = lab.commit(f"Worse {number}", model=f"select {number + 2}\n")
    lab.publish()
    entry = lab.entry(bad, good)
    ci = clone(lab, "--depth", "1")
    assert ci.site.repository.is_shallow
    ci.take_back(entry)
    assert lab.tree(lab.tip) == lab.tree(good)


def test_a_clone_that_is_behind_or_ahead_does_not_matter(lab: Lab) -> None:
    good = lab.head
    other = lab.other()
    bad = other.commit("Worse", model="select 2\n")
    other.git("push", "--quiet", "origin", "main")
    lab.mine.git("fetch", "--quiet")  # for the entry alone
    entry = lab.entry(bad, good)
    lab.commit("Mine, not pushed", model="select 7\n")
    lab.take_back(entry)
    assert lab.subjects(bad) == ['Revert "Worse"']


def test_submodules_go_back_unseen(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.unit.git.sandbox import new_repository

    library = new_repository(tmp_path_factory.mktemp("library"))
    first = library.commit("First", macro="1\n")
    second = library.commit("Second", macro="2\n")
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add")
    lab.mine.git(*add, str(library.folder), "library")
    lab.mine.git("-C", "library", "checkout", "--quiet", first)
    lab.commit("Library")
    good = lab.publish()
    lab.mine.git("-C", "library", "checkout", "--quiet", second)
    bad = lab.commit("Newer library")
    lab.commit("Later", other="select 'b'\n")
    lab.publish()
    ci = clone(lab)  # without the submodule
    ci.take_back(lab.entry(bad, good))
    assert lab.remote.git("rev-parse", f"{lab.tip}:library") == first
    require_free(ci, bad, good)


def test_big_files_stay_pointers(lab: Lab) -> None:
    good = lab.head
    for name, value in {"smudge": "false", "clean": "cat", "required": "true"}.items():
        lab.mine.git("config", f"filter.lfs.{name}", value)
    lab.mine.write(".gitattributes", "*.big filter=lfs\n")
    bad = lab.commit("Big", **{"a.big": "version https://git-lfs.github.com/spec/v1\n"})
    lab.commit("Later", other="select 'b'\n")
    lab.publish()
    lab.take_back(lab.entry(bad, good))
    assert "a.big" not in lab.remote.git("ls-tree", "--name-only", lab.tip)


def test_a_sparse_checkout_is_the_users_own(lab: Lab) -> None:
    lab.commit("Folders", kept__a="x\n", hidden__b="x\n")
    good = lab.publish()
    bad = lab.commit("Worse", hidden__b="y\n")
    lab.commit("Later", kept__a="y\n")
    lab.publish()
    lab.mine.git("sparse-checkout", "set", "kept")
    lab.take_back(lab.entry(bad, good))
    assert lab.remote.git("show", f"{lab.tip}:hidden/b") == "x"
    assert not (lab.mine.folder / "hidden").exists()


def test_nobodys_hooks_run(lab: Lab) -> None:
    good, bad = lab.head, lab.commit("Worse", model="select 2\n")
    lab.publish()
    for name in ("pre-commit", "commit-msg", "post-commit", "pre-push", "post-checkout"):
        file = lab.mine.write(f".git/hooks/{name}", "#!/bin/sh\ntouch ran\nexit 1\n")
        file.chmod(0o755)
    lab.take_back(lab.entry(bad, good))
    assert lab.tree(lab.tip) == lab.tree(good)
    assert not list(lab.folder.rglob("ran"))


@pytest.mark.parametrize(
    "branch", ["release/2024.1", "fix#12+more", "main@prod", "-dash", "späße", "a'b\"c", "$HOME"]
)
def test_branches_with_odd_names(tmp_path_factory: pytest.TempPathFactory, branch: str) -> None:
    lab = new_lab(tmp_path_factory.mktemp("odd"), branch)
    good, bad = lab.head, lab.commit("Worse", model="select 2\n")
    lab.publish()
    lab.take_back(lab.entry(bad, good))
    assert lab.tree(lab.tip) == lab.tree(good)
    assert lab.site.remote.fetched(branch) == lab.tip


def test_a_remote_that_cannot_be_reached(lab: Lab) -> None:
    good, bad = lab.head, lab.commit("Worse", model="select 2\n")
    lab.publish()
    lab.mine.git("remote", "set-url", "origin", "https://ada:secret@localhost:1/shop.git")
    with pytest.raises(RemoteUnreachable) as raised:
        lab.take_back(lab.entry(bad, good))
    assert "secret" not in raised.value.message
    lab.mine.git("remote", "set-url", "origin", str(lab.folder / "nowhere"))
    with pytest.raises(RemoteUnreachable):
        lab.take_back(lab.entry(bad, good))


def test_a_branch_that_is_not_there(lab: Lab) -> None:
    good, bad = lab.head, lab.commit("Worse", model="select 2\n")
    entry = lab.entry(bad, good)
    lab.branch = "prod"
    with pytest.raises(RemoteBranchMissing):
        lab.take_back(entry)
