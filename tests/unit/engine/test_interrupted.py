"""Whatever stops a deploy, and wherever: users see the old release or the new (invariant 6)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.engine.double import Model, versioned
from tests.unit.engine.stage import ENVIRONMENT, Stage

from dbt_rewind.engine.plan import BuildNodes, CloneRelation, MeasureNodes, Publish
from dbt_rewind.engine.progress import Phase, Progress
from dbt_rewind.errors import DbtCrashed, Interrupted, LeaseLost, WarehouseFailed

PROJECT = {"log": Model("1", "incremental"), "orders": Model("o1", tests=("pass",))}
CHANGED = {"log": Model("2", "incremental"), "orders": Model("o2", tests=("pass",))}

ERRORS: dict[str, Callable[[], BaseException]] = {
    "error": lambda: DbtCrashed("Segmentation fault"),
    "bug": lambda: ZeroDivisionError("division by zero"),
    "interrupt": KeyboardInterrupt,
    "exit": lambda: SystemExit(1),
}
SLUGS = {
    "error": "dbt-crashed",
    "bug": "ZeroDivisionError",
    "interrupt": "KeyboardInterrupt",
    "exit": "SystemExit",
}
DBT_STEPS = ["build", "build log", "build orders", "built"]
WAREHOUSE_STEPS = ["before clone", "after clone", "before built", "after built", "before published"]


@pytest.fixture
def live(stage: Stage) -> Stage:
    stage.deploy(PROJECT)
    return stage


def raiser(error: BaseException, when: str) -> Callable[[str], None]:
    """Raises once, at the step with that name."""
    left = [error]

    def at(step: str) -> None:
        if step == when and left:
            raise left.pop()

    return at


def assert_undone(stage: Stage, relations: object, slug: str) -> None:
    assert stage.store.contents.relations == relations
    assert stage.states() == ["live", "aborted"]
    event = stage.connect().events(ENVIRONMENT)[-1]
    assert (event.kind.value, event.payload["reason"]) == ("aborted", slug)
    stage.assert_consistent()
    stage.deploy(CHANGED)
    assert stage.codes == {"gold.log": "2", "gold.orders": "o2"}
    assert [row[1] for row in stage.seen["gold.log"]] == ["1", "2"]
    stage.rollback()
    assert stage.codes == {"gold.log": "1", "gold.orders": "o1"}
    stage.assert_consistent()


def expected(kind: str) -> type[BaseException]:
    return Interrupted if kind == "interrupt" else type(ERRORS[kind]())


@pytest.mark.parametrize("when", DBT_STEPS)
@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_of_dbt_is_undone(live: Stage, kind: str, when: str) -> None:
    before = dict(live.store.contents.relations)
    with pytest.raises(expected(kind)):
        live.deploy(CHANGED, hook=raiser(ERRORS[kind](), when))
    assert live.versions[-1].closed
    assert_undone(live, before, SLUGS[kind])


@pytest.mark.parametrize("when", WAREHOUSE_STEPS)
@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_of_the_warehouse_is_undone(live: Stage, kind: str, when: str) -> None:
    before = dict(live.store.contents.relations)
    with pytest.raises(expected(kind)):
        live.deploy(CHANGED, fault=raiser(ERRORS[kind](), when))
    assert_undone(live, before, SLUGS[kind])


@pytest.mark.parametrize("step", [CloneRelation, BuildNodes, MeasureNodes, Publish])
def test_an_interrupt_before_any_step_is_undone(live: Stage, step: type) -> None:
    def listener(progress: Progress) -> None:
        if isinstance(progress, step):
            raise KeyboardInterrupt

    before = dict(live.store.contents.relations)
    with pytest.raises(Interrupted):
        live.deploy(CHANGED, listener=listener)
    assert_undone(live, before, "KeyboardInterrupt")


@pytest.mark.parametrize("when", ["open", "parse", "select"])
@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_before_anything_was_begun_leaves_no_trace(
    live: Stage, kind: str, when: str
) -> None:
    before = live.store.contents.copy()
    with pytest.raises(type(ERRORS[kind]())):
        live.deploy(CHANGED, hook=raiser(ERRORS[kind](), when))
    assert live.store.contents.relations == before.relations
    assert live.store.contents.events == before.events
    live.assert_consistent()


def test_an_interrupt_while_the_project_is_read_leaves_no_trace(live: Stage) -> None:
    def listener(progress: Progress) -> None:
        assert isinstance(progress, Phase)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        live.deploy(CHANGED, listener=listener)
    assert live.kinds == ["started", "built", "published"]


@pytest.mark.parametrize("kind", ["error", "bug", "exit"])
def test_an_error_when_the_publish_has_committed_undoes_nothing(live: Stage, kind: str) -> None:
    """What is live must not be dropped, also where we did not hear that it is (invariant 7)."""
    with pytest.raises(expected(kind)):
        live.deploy(CHANGED, fault=raiser(ERRORS[kind](), "after published"))
    assert live.codes == {"gold.log": "2", "gold.orders": "o2"}
    assert live.states() == ["superseded", "live"]
    assert live.recover().mirrored == 1
    live.assert_consistent()
    live.rollback()
    live.rollback("r2")
    assert live.codes == {"gold.log": "2", "gold.orders": "o2"}


def test_an_interrupt_when_the_publish_has_committed_comes_too_late(live: Stage) -> None:
    """To say that users see what they saw before would be wrong."""
    deployed = live.deploy(CHANGED, fault=raiser(KeyboardInterrupt(), "after published"))
    assert deployed.release == live.live
    assert live.codes == {"gold.log": "2", "gold.orders": "o2"}
    live.recover()
    live.assert_consistent()


def test_an_error_when_a_failure_is_recorded_undoes_nothing(live: Stage) -> None:
    bad = {**CHANGED, "orders": Model("o2", tests=("fail",))}
    with pytest.raises(Interrupted):
        live.deploy(bad, fault=raiser(KeyboardInterrupt(), "after failed"))
    assert live.states() == ["live", "failed"]
    assert live.store.rows(versioned("orders", 2)) == (("orders", "o2", ""),)
    live.recover()
    live.assert_consistent()


def test_a_clean_up_that_fails_is_left_to_recover_and_said(live: Stage) -> None:
    before = dict(live.store.contents.relations)

    def fault(at: str) -> None:
        if at == "before published":
            raise DbtCrashed("the first thing that went wrong")
        if at == "before drop":
            raise WarehouseFailed("dropping", "the network is away")

    with pytest.raises(DbtCrashed) as raised:
        live.deploy(CHANGED, fault=fault)
    assert any("`rewind recover`" in note for note in raised.value.__notes__)
    assert live.states() == ["live", "built"]
    recovery = live.recover()
    assert recovery.undone is not None
    assert len(recovery.dropped) == 2
    assert live.store.contents.relations == before
    live.assert_consistent()


def test_a_deploy_that_lost_its_lease_harms_nobody(live: Stage) -> None:
    """Another process took the lease, undid our build and published its own meanwhile."""

    def hook(step: str) -> None:
        if step == "build log":
            with live.store.changing() as draft:
                draft.leases[ENVIRONMENT] = (draft.leases[ENVIRONMENT][0], False)
            live.deploy({**PROJECT, "orders": Model("o3")})

    with pytest.raises(LeaseLost):
        live.deploy(CHANGED, hook=hook)
    assert live.states() == ["superseded", "aborted", "live"]
    assert live.codes == {"gold.log": "1", "gold.orders": "o3"}
    # Our own left-over tables are gone, those of the live release are not.
    assert not [n for n in live.store.contents.relations if n.name.endswith("__r2")]
    live.assert_consistent()


@pytest.mark.parametrize("when", ["before published", "after published"])
def test_a_rollback_that_is_interrupted_is_whole_or_nothing(live: Stage, when: str) -> None:
    live.deploy(CHANGED)
    with pytest.raises(KeyboardInterrupt):
        live.rollback(fault=raiser(KeyboardInterrupt(), when))
    live.recover()
    live.assert_consistent()
    old = {"gold.log": "1", "gold.orders": "o1"}
    new = {"gold.log": "2", "gold.orders": "o2"}
    assert live.codes == (new if when == "before published" else old)
