"""Whether a commit still holds what was rolled back: by its history, and by what commits do."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from tests.unit.git.sandbox import Sandbox

from dbt_rewind.errors import ShallowClone, UnknownRef
from dbt_rewind.git import reverts
from dbt_rewind.git.reverts import Carried, Change, carried

TEXT = "".join(f"line {number}\n" for number in range(20))
BAD = TEXT.replace("line 10\n", "line ten\n")


class Story:
    """A repository whose last commit is bad: it changes a line of `model.sql`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        sandbox.write("model.sql", TEXT)
        self.good = sandbox.commit("Good")
        self.bad = self.commit("Simplify revenue", BAD)

    def commit(self, subject: str, text: str | None = None, **files: str) -> str:
        if text is not None:
            self.sandbox.write("model.sql", text)
        return self.sandbox.commit(subject, **files)

    def git(self, *arguments: str) -> str:
        return self.sandbox.git(*arguments)

    def revert(self, sha: str, *options: str) -> str:
        self.git("revert", "--no-edit", *options, sha)
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def held(self, sha: str | None = None, project: str = ".") -> Carried | None:
        change = Change(self.bad, self.good)
        return carried(self.sandbox.open(), sha or self.head, change, PurePosixPath(project))


@pytest.fixture
def story(sandbox: Sandbox) -> Story:
    return Story(sandbox)


def test_the_commit_and_what_is_built_on_it(story: Story) -> None:
    assert story.held() == Carried(story.bad)
    assert story.held(story.good) is None
    story.commit("Another", other="x")
    story.commit("A correction is no revert", BAD.replace("line ten\n", "line 10 + 0\n"))
    assert story.held() == Carried(story.bad)


@pytest.mark.parametrize("times", range(1, 5))
def test_reverts_of_reverts_count(story: Story, times: int) -> None:
    last = story.bad
    for _ in range(times):
        story.commit("Between", **{f"between{len(last)}": last})
        last = story.revert(last)
    assert (story.held() is None) == (times % 2 == 1)


@pytest.mark.parametrize("length", [7, 12, 40])
def test_a_revert_by_hand_says_so(story: Story, length: int) -> None:
    """Solving a conflict makes it another patch than the reverse."""
    story.commit("Nearby", BAD.replace("line 9\n", "line nine\n").replace("line 11\n", ""))
    text = TEXT.replace("line 9\n", "line nine\n").replace("line 11\n", "").replace("10", "10 a")
    said = f'Revert "Simplify revenue"\n\nThis reverts commit {story.bad[:length]}.'
    story.commit(said, text)
    assert story.held() is None


def test_saying_it_is_not_enough(story: Story) -> None:
    story.commit(f"Nothing\n\nThis reverts commit {story.bad}.")
    story.commit(f"Elsewhere\n\nThis reverts commit {story.bad}.", other="x")
    assert story.held() == Carried(story.bad)
    story.commit(f"No revert\n\nSee why: {story.bad}. This is a try", BAD + "more\n")
    assert story.held() == Carried(story.bad)


@pytest.mark.parametrize("title", ['Revert "Simplify revenue" (#12)', "Go back"])
def test_a_squashed_revert_has_no_id(story: Story, title: str) -> None:
    """As GitHub's button makes it: `Reverts owner/repository#11`."""
    story.commit("Far away", BAD + "line 20\n")
    story.commit(f"{title}\n\nReverts shop/dbt#11", TEXT + "line 20\n")
    assert story.held() is None
    again = story.commit(f'Revert "{title}"\n\nReverts shop/dbt#12', BAD + "line 20\n")
    assert story.held() == Carried(again)


def test_what_was_squashed_tells_of_itself(story: Story) -> None:
    """A branch that has reverted it and taken that back changes nothing, whatever it says."""
    told = f"* Revert\n\nThis reverts commit {story.bad}.\n\n* Again\n\n"
    story.commit(f"{told}This reverts commit {'f' * 40}.", BAD + "more\n")
    assert story.held() == Carried(story.bad)


def test_several_in_one_revert(story: Story) -> None:
    older = story.good
    told = f"Go back\n\nThis reverts commit {story.bad}.\n\nThis reverts commit {older}."
    story.commit(told, TEXT + "more\n", other="x")
    assert story.held() is None


class TestMerges:
    def branch(self, story: Story) -> str:
        """A merge of a branch of two commits; it is what was rolled back."""
        story.git("switch", "-q", "-c", "feature", story.good)
        story.commit("One", one="1")
        story.commit("Two", BAD)
        story.git("switch", "-q", "main")
        story.git("reset", "-q", "--hard", story.good)
        story.commit("Meanwhile", meanwhile="x")
        story.git("merge", "-q", "--no-ff", "-m", "Merge feature", "feature")
        story.bad = story.head
        return story.bad

    def test_reverted_and_back(self, story: Story) -> None:
        merge = self.branch(story)
        assert story.held() == Carried(merge)
        reverted = story.revert(merge, "-m", "1")
        assert story.held() is None
        story.revert(reverted)
        assert story.held() == Carried(story.head)

    def test_squashed(self, story: Story) -> None:
        self.branch(story)
        story.git("switch", "-q", "-c", "release", story.good)
        story.git("merge", "-q", "--squash", "feature")
        squash = story.commit("Feature (#7)")
        assert story.held() == Carried(squash)
        story.revert(squash)
        assert story.held() is None

    def test_a_branch_that_left_before_the_revert(self, story: Story) -> None:
        """Git does not bring back what one side has taken away and the other has left alone."""
        story.git("switch", "-q", "-c", "side", story.bad)
        story.commit("Beside", beside="x")
        story.git("switch", "-q", "main")
        story.revert(story.bad)
        story.git("merge", "-q", "--no-edit", "side")
        assert (story.sandbox.folder / "model.sql").read_text() == TEXT
        assert story.held() is None
        assert story.held(story.git("rev-parse", "side")) == Carried(story.bad)

    def test_a_branch_that_took_the_revert_back(self, story: Story) -> None:
        reverted = story.revert(story.bad)
        story.git("switch", "-q", "-c", "side")
        story.revert(reverted)
        story.git("switch", "-q", "main")
        story.commit("Meanwhile", meanwhile="x")
        story.git("merge", "-q", "--no-edit", "side")
        assert story.held() is not None

    def test_a_merge_that_brought_it_is_reverted(self, story: Story) -> None:
        """What was rolled back was deployed from a branch, and merged later."""
        story.git("switch", "-q", "-c", "trunk", story.good)
        story.commit("Meanwhile", meanwhile="x")
        story.git("merge", "-q", "--no-ff", "-m", "Merge it", story.bad)
        assert story.held() == Carried(story.bad)
        story.revert(story.head, "-m", "1")
        assert story.held() is None

    def test_two_reverts_beside_each_other(self, story: Story) -> None:
        for branch in ("left", "right"):
            story.git("switch", "-q", "-c", branch, story.bad)
            story.commit("Own", **{branch: "x"})
            story.revert(story.bad)
        left = story.git("rev-parse", "left")
        story.git("merge", "-q", "--no-edit", "left")
        assert story.held() is None
        story.revert(left)
        assert story.held() is not None


class TestCopies:
    def test_a_cherry_pick(self, story: Story) -> None:
        story.git("switch", "-q", "-c", "release", story.good)
        story.commit("Meanwhile", meanwhile="x")
        assert story.held() is None
        story.git("cherry-pick", story.bad)
        copy = story.head
        assert story.held() == Carried(copy)
        story.git("cherry-pick", "--no-commit", "main")
        story.revert(copy)
        assert story.held() is None

    def test_a_copy_that_only_says_so(self, story: Story) -> None:
        story.git("switch", "-q", "-c", "release", story.good)
        story.commit("Nearby", TEXT.replace("line 9\n", "line nine\n"))
        text = BAD.replace("line 9\n", "line nine\n")
        copy = story.commit(f"Copy\n\n(cherry picked from commit {story.bad})", text)
        assert story.held() == Carried(copy)
        text = TEXT.replace("line 9\n", "line nine\n") + "more\n"
        story.commit(f"Revert\n\nThis reverts commit {story.bad[:9]}.", text)
        assert story.held() is None

    def test_a_copy_after_the_revert(self, story: Story) -> None:
        story.revert(story.bad)
        story.git("cherry-pick", story.bad)
        assert story.held() == Carried(story.head)

    def test_a_root_commit(self, sandbox: Sandbox) -> None:
        story = Story(sandbox)
        head, story.good = story.head, "1" * 40
        story.bad = story.git("rev-list", "--max-parents=0", "HEAD")
        assert story.held(head) == Carried(story.bad)
        story.git("switch", "-q", "--orphan", "other")
        assert story.held(story.commit("Nothing of it", other="x")) is None


def test_a_release_whose_commit_did_nothing_to_the_project(sandbox: Sandbox) -> None:
    """Its revert would change nothing: the newest that did something counts."""
    story = Story(sandbox)
    changed = story.commit("Change a model", dbt__models__b="select 3\n")
    story.bad = story.commit("Write a page", README="x")
    story.revert(story.bad)
    assert story.held(project="dbt") == Carried(changed)
    story.revert(changed)
    assert story.held(project="dbt") is None


def test_all_that_it_brought_in_one_revert(story: Story) -> None:
    story.bad = story.commit("More", more="x")
    story.commit("Later", later="x")
    story.git("revert", "--no-commit", f"{story.good}..{story.bad}")
    story.commit("Take all of it back")
    assert story.held() is None


def test_a_patch_of_spaces_tells_nothing(sandbox: Sandbox) -> None:
    story = Story(sandbox)
    story.good = story.head
    story.bad = story.commit("Indent", BAD.replace("line 3\n", "  line 3\n"))
    again = story.commit("By hand", BAD)
    assert story.held(again) == Carried(story.bad)
    story.git("reset", "-q", "--hard", story.bad)
    story.revert(story.bad)
    assert story.held() is None


def test_odd_names(sandbox: Sandbox) -> None:
    story = Story(sandbox)
    story.good = story.head
    for name in ("a b.sql", ":(glob)*.sql", "größe.sql", "-x", "line\nbreak"):
        sandbox.write(name, "1\n")
        story.bad = sandbox.commit("Bad")
        story.commit("Later", later=name)
        assert story.held() == Carried(story.bad)
        (sandbox.folder / name).unlink()
        sandbox.commit("Take it away")
        assert story.held() is None


def test_more_commits_than_are_compared(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reverts, "MOST_PATCHES", 4)
    for number in range(6):
        story.commit("Touch", BAD + f"{number}\n")
    assert story.held() == Carried(story.bad, unseen=2)
    story.commit("By hand", TEXT + "5\n")
    assert story.held() is None, "the newest are looked at"
    for number in range(6, 9):
        story.commit("Touch", TEXT + f"{number}\n")
    assert story.held() == Carried(story.bad, unseen=6), "and what is not seen is not believed"
    story.git("reset", "-q", "--hard", story.bad)
    story.revert(story.bad)
    for number in range(6):
        story.commit("Touch", TEXT + f"{number}\n")
    assert story.held() is None, "what is said is read of all"


class TestWhatGitDoesNotKnow:
    NOWHERE = "1" * 40

    def test_a_release_of_an_older_commit(self, story: Story) -> None:
        """What was bad about it is what it lacked."""
        story.good = story.commit("Better", BAD + "line 20\n")
        assert story.held() is None
        assert story.held(story.bad) == Carried(story.bad)

    def test_a_commit_that_was_pushed_over(self, story: Story) -> None:
        head = story.head
        story.bad = self.NOWHERE
        assert story.held(head) is None

    def test_where_users_went_back_to(self, story: Story) -> None:
        story.good = self.NOWHERE
        assert story.held() == Carried(story.bad)
        story.revert(story.bad)
        assert story.held() is None

    def test_what_is_to_be_deployed(self, story: Story) -> None:
        with pytest.raises(UnknownRef):
            story.held(self.NOWHERE)

    def test_a_shallow_clone_does_not_guess(self, story: Story, tmp_path: Path) -> None:
        story.commit("Later", later="x")
        origin = story.sandbox.folder.as_uri()
        story.git("clone", "-q", "--depth=1", origin, str(tmp_path / "shallow"))
        story.sandbox = Sandbox(tmp_path / "shallow")
        with pytest.raises(ShallowClone):
            story.held()
        story.git("fetch", "-q", "--depth=3")
        assert story.held() == Carried(story.bad)
