"""What is rolled back stays out, as the events tell it, until it is let in or made good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.engine.releases import Chain, release

from dbt_rewind.engine.admission import require_admitted
from dbt_rewind.engine.build_plan import DeployRequest
from dbt_rewind.engine.quarantine import Quarantined, find_quarantined, quarantined
from dbt_rewind.errors import CommitQuarantined, NotInQuarantine, QuarantineAmbiguous
from dbt_rewind.git.reverts import Carried
from dbt_rewind.model import Commit, EventKind, ReleaseKind

COMMITS = {number: release(number).commit for number in range(1, 10)}


@pytest.fixture
def chain() -> Chain:
    return Chain()


def there(chain: Chain) -> list[str]:
    return [entry.id for entry in quarantined(chain.history)]


def lifted(chain: Chain, number: int) -> Chain:
    payload = {"commit": COMMITS[number].sha, "release": number, "by": "ada", "reason": "good"}
    return chain.append(EventKind.UNQUARANTINED, payload)


def refreshed(chain: Chain, number: int, of: int) -> Chain:
    same = chain.history.releases[of]
    kind = ReleaseKind.REFRESH
    return chain.deployed(number, kind=kind, commit=same.commit, build_key=same.build_key)


def test_what_a_rollback_leaves(chain: Chain) -> None:
    assert quarantined(chain.deployed(1, 2).history) == ()
    (entry,) = quarantined(chain.rolled_back(1).history)
    assert (entry.commit, entry.good, entry.id) == (COMMITS[2], COMMITS[1], "r2")
    assert (entry.build_key, entry.by, entry.reason) == ("key 2", "ada", "")
    assert entry.at == chain.events[-1].at


def test_what_it_passes_over_stays_out_of_it(chain: Chain) -> None:
    assert there(chain.deployed(1, 2, 3).rolled_back(1)) == ["r3"]
    assert there(chain.rolled_back(2)) == ["r3"], "it was never there"
    assert there(chain.rolled_back(1)) == ["r2", "r3"]


def test_forward_again(chain: Chain) -> None:
    chain.deployed(1, 2).rolled_back(1).rolled_back(2)
    assert there(chain) == []
    assert there(chain.rolled_back(1)) == ["r2"]


def test_let_in_and_rolled_back_again(chain: Chain) -> None:
    lifted(chain.deployed(1, 2).rolled_back(1), 2)
    assert there(chain) == []
    chain.deployed(3, commit=COMMITS[2], build_key="key 2").rolled_back(1)
    assert there(chain) == ["r3"]


def test_a_refresh_has_the_code_that_was_there(chain: Chain) -> None:
    refreshed(chain.deployed(1, 2), 3, of=2).rolled_back(2)
    assert there(chain) == []
    assert there(chain.rolled_back(3).rolled_back(1)) == ["r3"], "now it is the code"
    assert there(refreshed(chain, 4, of=1)) == ["r3"]
    assert there(chain.rolled_back(2)) == ["r4"], "r2 is of the commit of r3"


def test_another_commit_of_the_same_project(chain: Chain) -> None:
    chain.deployed(1, 2).deployed(3, build_key="key 1").rolled_back(1)
    assert there(chain) == []


def test_commits_of_which_only_a_part_was_built_are_told_by_their_ids(chain: Chain) -> None:
    chain.deployed(1, 2, build_key="").rolled_back(1)
    assert there(chain) == ["r2"]


def test_a_deploy_of_what_is_there_takes_it_out(chain: Chain) -> None:
    """An older version of the program has made it."""
    chain.deployed(1, 2).rolled_back(1).deployed(3, commit=COMMITS[2])
    assert there(chain) == []


def test_an_eject_ends_it(chain: Chain) -> None:
    chain.deployed(1, 2).rolled_back(1)
    chain.append(EventKind.EJECTED, {"operation": "eject", "release": 1, "by": "a", "reason": ""})
    assert there(chain) == []


class TestNamed:
    def found(self, chain: Chain, wanted: str | None) -> str:
        sha = COMMITS[3].sha
        find: Callable[[str], str | None] = {"main": sha, "elsewhere": "9" * 40}.get
        return find_quarantined(chain.history, wanted, find).id

    def test_the_only_one(self, chain: Chain) -> None:
        assert self.found(chain.deployed(1, 2).rolled_back(1), None) == "r2"

    @pytest.mark.parametrize("wanted", ["r3", "r4", "v3", "3333333", "3" * 40, "main"])
    def test_of_several(self, chain: Chain, wanted: str) -> None:
        tagged = replace(COMMITS[3], tags=("v3",))
        chain.deployed(1, 2).deployed(3, commit=tagged)
        refreshed(chain, 4, of=3)
        chain.rolled_back(2).rolled_back(1)
        assert self.found(chain, wanted) == "r4"
        with pytest.raises(QuarantineAmbiguous) as raised:
            self.found(chain, None)
        assert raised.value.there == ("r2", "r4")

    @pytest.mark.parametrize("wanted", ["r1", "r9", "v1", "1111111", "elsewhere", None])
    def test_none(self, chain: Chain, wanted: str | None) -> None:
        chain.deployed(1, 2)
        if wanted is not None:
            chain.rolled_back(1)
        with pytest.raises(NotInQuarantine) as raised:
            self.found(chain, wanted)
        assert raised.value.there == (("r2",) if wanted else ())


class Asked:
    """A git that knows which commits hold which, and is asked."""

    def __init__(self, **holds: str) -> None:
        self.holds = holds
        self.questions: list[str] = []

    def __call__(self, sha: str, entry: Quarantined) -> Carried | None:
        self.questions.append(sha[0])
        held = entry.commit.sha[0] in self.holds.get(f"c{sha[0]}", "")
        return Carried(entry.commit.sha) if held else None


def asked(number: int, git: Asked, **fields: Any) -> DeployRequest:
    facts: dict[str, Any] = {"commit": COMMITS[number], "build_key": f"key {number}"}

    def never() -> Any:
        raise AssertionError("nothing is built")

    return DeployRequest(by="ada", open_version=never, carries=git, **{**facts, **fields})


def admitted(chain: Chain, request: DeployRequest) -> bool:
    try:
        require_admitted(chain.history, request)
    except CommitQuarantined:
        return False
    return True


class TestAdmission:
    def test_git_is_not_asked_where_nothing_was_rolled_back(self, chain: Chain) -> None:
        git = Asked(c3="2")
        assert admitted(chain.deployed(1, 2), asked(3, git))
        lifted(chain.rolled_back(1), 2)
        assert admitted(chain, asked(3, git))
        assert git.questions == []

    def test_the_commit_and_an_equal_project(self, chain: Chain) -> None:
        chain.deployed(1, 2).rolled_back(1)
        assert not admitted(chain, asked(2, Asked()))
        assert not admitted(chain, asked(2, Asked(), build_key="with other variables"))
        assert not admitted(chain, asked(3, Asked(), build_key="key 2"))
        assert not admitted(chain, asked(2, Asked(), full=True))

    def test_what_holds_it(self, chain: Chain) -> None:
        chain.deployed(1, 2).rolled_back(1)
        assert not admitted(chain, asked(3, Asked(c3="2")))
        assert admitted(chain, asked(4, Asked(c3="2")))

    def test_a_project_that_was_live_and_good(self, chain: Chain) -> None:
        chain.deployed(1, 2).rolled_back(1)
        git = Asked(c3="2")
        assert admitted(chain, asked(3, git, build_key="key 1"))
        assert git.questions == []
        assert admitted(chain.pruned(1), asked(3, git, build_key="key 1"))

    def test_a_project_that_was_never_live_proves_nothing(self, chain: Chain) -> None:
        made = release(3)
        chain.deployed(1, 2).rolled_back(1).started(made).failed(made)
        assert not admitted(chain, asked(3, Asked(c3="2")))

    def test_what_the_live_release_holds_as_well(self, chain: Chain) -> None:
        chain.deployed(1, 2, 3).rolled_back(2).rolled_back(1).rolled_back(3)
        assert there(chain) == ["r2"]
        assert admitted(chain, asked(4, Asked(c3="2", c4="2")))
        assert not admitted(chain, asked(4, Asked(c4="2")))

    def test_a_refresh_is_not_asked(self, chain: Chain) -> None:
        chain.deployed(1, 2).rolled_back(1)
        request = asked(2, Asked(), kind=ReleaseKind.REFRESH)
        assert admitted(chain, request)

    def test_each_of_several(self, chain: Chain) -> None:
        chain.deployed(1, 2, 3).rolled_back(2).rolled_back(1)
        assert there(chain) == ["r2", "r3"]
        for held in "23":
            with pytest.raises(CommitQuarantined) as raised:
                require_admitted(chain.history, asked(4, Asked(c4=held)))
            assert raised.value.release == f"r{held}"

    def test_the_error_says_all_of_it(self, chain: Chain) -> None:
        chain.deployed(1).deployed(2, commit=Commit("2" * 40, "Simplify revenue", "Ben"))
        chain.rolled_back(1)
        with pytest.raises(CommitQuarantined) as raised:
            require_admitted(chain.history, asked(3, Asked(c3="2")))
        said = raised.value.message
        for words in ("3333333", "2222222", "Simplify revenue", "r2", "by ada on 2026-01-02"):
            assert words in said
