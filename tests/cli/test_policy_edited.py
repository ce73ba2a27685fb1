"""Whoever edits rewind.yml does not get round the policy that is in force."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.cli.cases import MEANT, agreed, asked, enforced, two
from tests.cli.people import acting, name_people, pair_of
from tests.cli.shop import Ran, Shop

from dbt_rewind.model import EventKind

Edit = Callable[[str], str]

FREE_MATRIX = (
    "matrix: [{production: true, action: roll back, severities: [critical, high, medium]}]\n"
)


def without_people(text: str) -> str:
    return text[: text.index("people:")]


def out_of_production(text: str) -> str:
    return text.replace("branch: main}", "branch: main, production: false}")


EDITS: dict[str, Edit] = {
    "nobody is named": without_people,
    "no production": out_of_production,
    "the matrix asks nobody": lambda text: text + FREE_MATRIX,
    "a key of one's own": lambda text: text.replace(
        pair_of("grace").public, pair_of("mallory").public
    ),
    "a role of one's own": lambda text: text.replace("[on-call]", "[on-call, team-lead]"),
    "an accomplice": lambda text: (
        f"{text}  mallory: {{roles: [team-lead], keys: [{pair_of('mallory').public}]}}\n"
    ),
    "requests that never end": lambda text: text + "approvals: {expires: 168h}\n",
}


def governed(shop: Shop) -> None:
    """The policy is on record; Ada is at work, and r2 is live."""
    enforced(shop)
    shop.done("policy", "apply")


def soon(shop: Shop, *arguments: str) -> Ran:
    """Five minutes later, instead of an hour, so that requests do not run out meanwhile."""
    shop.at -= timedelta(minutes=55)
    return shop.run(*arguments)


GUARDED = {EventKind.PUBLISHED, EventKind.EJECTED, EventKind.POLICY, EventKind.UNQUARANTINED}


def kinds(shop: Shop) -> list[str]:
    """What has changed what users see, or by whose yes that may be changed."""
    return [e.kind.value for e in shop.store.contents.events["prod"] if e.kind in GUARDED]


def published(shop: Shop) -> list[tuple[str, int]]:
    return [
        (event.payload["operation"], event.payload["release"])
        for event in shop.store.contents.events["prod"]
        if event.kind is EventKind.PUBLISHED
    ]


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_alone_changes_nothing(shop: Shop, edit: Edit) -> None:
    governed(shop)
    shop.write("rewind.yml", edit)
    before = kinds(shop)
    for name in ("ada", None):
        acting(shop, name)
        for line in (
            "rollback --yes --reason wrong",
            "rollback --yes --to r1",
            "deploy v1.0",
            "deploy v1.0 --full",
            "eject --yes",
            "policy apply --reason meant",
        ):
            assert soon(shop, *line.split()).status in (16, 3), line
    assert kinds(shop) == before
    acting(shop, "mallory")
    ran = soon(shop, "approve", "A1", "--yes", "--json")
    assert json.loads(ran.out)["error"]["slug"] == "signer-unknown"


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_yes_of_the_old_people_puts_it_in_force(shop: Shop, edit: Edit) -> None:
    governed(shop)
    shop.write("rewind.yml", edit)
    shop.done("policy", "apply", "--reason", "meant", status=16)
    for name in ("ada", "mallory"):
        acting(shop, name)
        assert soon(shop, "approve", "--yes").status == 16, name
    acting(shop, "joan")
    shop.done("approve", "--yes")
    acting(shop, "ada")
    shop.done("policy", "apply", "--reason", "meant")
    policies = [
        event for event in shop.store.contents.events["prod"] if event.kind is EventKind.POLICY
    ]
    assert [
        event.payload["permit"] and event.payload["permit"]["approvers"] for event in policies
    ] == [
        [],
        ["joan"],
    ]


def test_what_was_approved_is_the_very_change(shop: Shop) -> None:
    """Ada edits on, after Grace has said yes."""
    governed(shop)
    shop.write("rewind.yml", EDITS["requests that never end"])
    shop.done("policy", "apply", status=16)
    acting(shop, "grace")
    shop.done("approve", "--yes")
    acting(shop, "ada")
    shop.write("rewind.yml", EDITS["an accomplice"])
    shop.write("rewind.yml", lambda text: text)
    before = kinds(shop)
    assert shop.run("policy", "apply").status in (3, 16)
    assert kinds(shop) == before


def test_the_first_policy_is_recorded_by_the_first_who_asks(shop: Shop) -> None:
    two(shop)
    assert "policy" not in kinds(shop)
    name_people(shop)
    acting(shop, "ada")
    shop.done("rollback", "--yes", status=16)
    assert kinds(shop)[-1] == "policy"
    assert shop.store.contents.events["prod"][-1].payload["permit"] is None
    shop.write("rewind.yml", without_people)
    assert shop.run("rollback", "--yes").status == 16
    assert kinds(shop).count("policy") == 1


def test_the_next_deploy_forward_records_it_too(shop: Shop) -> None:
    shop.done("deploy", "v1.0")
    name_people(shop)
    shop.done("deploy", "v1.1")
    assert "policy" in kinds(shop)
    shop.write("rewind.yml", without_people)
    assert shop.run("rollback", "--yes").status == 16


def test_another_name_for_the_same_place(shop: Shop) -> None:
    """An environment of one's own, which leads to what users see, has no policy, and no power."""
    governed(shop)
    shop.write("rewind.yml", lambda text: text.replace("  dev:", "  mine: {target: prod}\n  dev:"))
    seen = dict(shop.store.contents.relations)
    for line in ("deploy v1.0 -e mine", "deploy v1.0 -e mine --repair", "adopt v1.0 -e mine --yes"):
        assert shop.run(*line.split()).status in (8, 12), line
    names = [name for name in seen if not name.schema.startswith("rewind")]
    after = shop.store.contents.relations
    assert {name: after[name] for name in names} == {name: seen[name] for name in names}


def test_a_revert_that_is_built_anew_is_a_way_back_too(shop: Shop) -> None:
    """`--full` builds what an earlier release was made of, instead of publishing it."""
    governed(shop)
    shop.sandbox.git("checkout", "v1.0", "--", "models.json")
    shop.sandbox.git("commit", "-m", "As it was in the beginning", "--", "models.json")
    live = published(shop)
    for options in ((), ("--full",), ("--select", "summary")):
        assert shop.run("deploy", "HEAD", *options).status == 16, options
    assert published(shop) == live
    # Nor does it help that what it was made of is gone.
    head = shop.sandbox.git("rev-parse", "HEAD")
    shop.done("deploy", f"{head}~1", *MEANT)
    shop.done("prune", "--yes", "--keep", "1")
    assert any(
        event.kind is EventKind.PRUNED and 1 in event.payload["releases"]
        for event in shop.store.contents.events["prod"]
    )
    live = published(shop)
    assert shop.run("deploy", head, *MEANT).status == 16
    assert published(shop) == live


def test_the_glass_over_the_policy_is_broken_by_its_people_only(shop: Shop) -> None:
    governed(shop)
    shop.write("rewind.yml", EDITS["an accomplice"])
    before = kinds(shop)
    for name in (None, "mallory"):
        acting(shop, name)
        ran = shop.run("policy", "apply", "--emergency", "--reason", "all have left")
        assert ran.status == 16
        assert "nothing proves who breaks the glass" in ran.err
    assert kinds(shop) == before
    acting(shop, "ada")
    shop.done("policy", "apply", "--emergency", "--reason", "all have left")
    permit = shop.store.contents.events["prod"][-1].payload["permit"]
    assert (permit["ground"], permit["proof"]["person"]) == ("emergency", "ada")
    # Neither whoever did it nor whom it has let in looks at it: those of before do.
    for name, status in (("ada", 16), ("mallory", 16), ("grace", 0)):
        acting(shop, name)
        assert shop.run("review", "close", "--note", "seen").status == status, name
    assert shop.run("review", "list", "--json").out.count('"id"') == 0


def test_emergency_helps_where_rewind_yml_denies_production(shop: Shop) -> None:
    """The policy in force says what is production, and so whom an emergency is announced to."""
    governed(shop)
    shop.write("rewind.yml", out_of_production)
    shop.done("rollback", "--yes", "--emergency", "--reason", "the shop is down")
    assert published(shop)[-1] == ("rollback", 1)


def test_a_yes_serves_once(shop: Shop) -> None:
    agreed(shop)
    shop.done("rollback", "--yes", "--reason", "the summary is wrong")
    assert shop.run("approve", "A1", "--yes").status == 16
    acting(shop, "grace")
    shop.done("rollback", "--to", "r2", "--yes", "--emergency", "--reason", "it was right")
    acting(shop, "ada")
    assert shop.run("rollback", "--yes").status == 16
    assert published(shop)[-1] == ("rollback", 2)


def test_a_yes_runs_out(shop: Shop) -> None:
    agreed(shop)
    shop.at = shop.at.replace(hour=23)
    assert shop.run("rollback", "--yes").status == 16


def test_nobody_answers_twice_and_nobody_oneself(shop: Shop) -> None:
    asked(shop)
    shop.done("approve", "--yes")
    assert "they have answered it already" in shop.run("approve", "A1", "--yes").err
    acting(shop, "ada")
    assert "whoever asks cannot say yes" in shop.run("approve", "A1", "--yes").err


def test_two_who_ask_for_the_same_wait_for_one_answer(shop: Shop) -> None:
    asked(shop)
    ran = shop.run("rollback", "--yes", "--json")
    error = json.loads(ran.out)["error"]
    assert (error["slug"], error["facts"]["request"]) == ("approval-needed", "A1")


def test_doctor_says_who_would_be_asking(shop: Shop) -> None:
    governed(shop)
    for name, words in (("ada", "you are ada (on-call)"), ("mallory", "belongs to nobody")):
        acting(shop, name)
        ran = shop.run("doctor", "--json")
        (check,) = (each for each in json.loads(ran.out)["checks"] if each["name"] == "approvals")
        assert words in check["found"]
        assert (check["result"] == "ok") == (name == "ada")
