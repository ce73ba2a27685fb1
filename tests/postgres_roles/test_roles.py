"""With exactly the roles of docs/how-to/postgresql.md every operation works; without any one of its
grants, the operation that needs it names that grant, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from tests.postgres_roles.place import Place, script

from dbt_rewind.engine import workspace as workspace_module
from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.warehouse.owner import current_owner
from dbt_rewind.warehouse.postgres import PostgresWarehouse

AUDITOR = "shop_auditor"
OPTIONAL = "GRANT pg_read_all_stats TO shop_deployer"


def of_deployer() -> tuple[str, ...]:
    """What the script says of the deployer, and of readers; the ledger is not there yet."""
    return tuple(statement for statement in script() if AUDITOR not in statement)


def adopt(place: Place, expected: int = 0) -> dict[str, object]:
    return place.rewind("adopt", "v1", "--yes", expected=expected)


def deploy(version: str) -> Callable[..., dict[str, object]]:
    return lambda place, expected=0: place.rewind("deploy", version, expected=expected)


def new_source(place: Place) -> None:
    """What the loader brings one day."""
    place.sql("SET ROLE shop_loader; CREATE TABLE raw.clicks AS SELECT 7 AS id")


class TestEverything:
    def test_with_the_script_it_works(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        place.sql(*of_deployer())
        assert place.rewind("doctor")["result"] == "ok"
        adopt(place)
        self.is_read(place, [(1, "one")])
        place.sql(*(each for each in script() if AUDITOR in each))

        deploy("v2")(place)
        self.is_read(place, [("one", 1)])
        assert place.reads("shop_analyst", "SELECT * FROM analytics.big") == [("one",)]
        place.sql("INSERT INTO raw.orders VALUES (2, 'two')")
        place.rewind("refresh")
        self.is_read(place, [("one", 1), ("two", 2)])
        place.rewind("rollback", "--yes", "--to", "r1")
        self.is_read(place, [(1, "one")])
        place.rewind("rollback", "--yes", "--to", "r3")
        self.is_read(place, [("one", 1), ("two", 2)])
        new_source(place)
        deploy("v3")(place)
        # A name that is new can be read by those who read the others.
        assert place.reads("shop_reader", "SELECT * FROM gold.clicks") == [(7,)]
        assert len(place.rewind("prune", "--yes", "--keep", "1")["releases"]) == 4

        self.kill(place, monkeypatch)
        place.rewind("recover")
        assert place.ledger()[-1] == ("aborted",)
        self.is_read(place, [("one", 1), ("two", 2)])
        assert place.rewind("doctor")["result"] == "ok"

        place.connects_as(AUDITOR, "change me, too")
        assert place.rewind("status")["healthy"] is True
        place.rewind("history")
        assert place.rewind("deploy", "v2", expected=12)["error"]["slug"] == "permission-missing"

        place.connects_as("shop_deployer")
        place.rewind("eject", "--yes")
        self.is_read(place, [("one", 1), ("two", 2)])
        schemas = {row[0] for row in place.state()}
        assert not {name for name in schemas if name.startswith("rewind")}

    def is_read(self, place: Place, rows: list[tuple[object, ...]]) -> None:
        """Readers and the analyst see these rows, and the analyst's view is the analyst's."""
        assert sorted(place.reads("shop_reader", "SELECT * FROM gold.orders")) == rows
        views = [row for row in place.state() if row[:2] == ("analytics", "big")]
        assert [(row[3], row[5]) for row in views] == [(place.named("shop_analyst"), "mine")]
        assert len(place.reads("shop_analyst", "SELECT * FROM analytics.big")) == len(rows)

    def kill(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        """A deploy that has built, and whose process then ends without another word."""
        killed = replace(current_owner("Ada", "deploy"), started="an earlier start")

        def dead(*_: object, **__: object) -> None:
            raise WarehouseFailed("working", "the process is dead")

        with monkeypatch.context() as patch:
            patch.setattr(workspace_module, "current_owner", lambda person, operation: killed)
            for method in ("measure", "drop", "release_lease"):
                patch.setattr(PostgresWarehouse, method, dead)
            place.rewind("refresh", expected=12)
        assert place.ledger()[-1] == ("started",)


@dataclass(frozen=True)
class Needed:
    """A statement of the script, by its beginning: who needs it, after what else, and the grant
    that is named where it is missing."""

    beginning: str
    operation: Callable[..., dict[str, object]]
    grant: str
    before: tuple[Callable[[Place], object], ...] = (adopt,)


NEEDED = (
    Needed(
        "GRANT CONNECT ON DATABASE",
        adopt,
        'GRANT CONNECT ON DATABASE "shop" TO "shop_deployer"',
        before=(),
    ),
    Needed(
        "GRANT CREATE ON DATABASE",
        adopt,
        'GRANT CREATE ON DATABASE "shop" TO "shop_deployer"',
        before=(),
    ),
    Needed(
        "GRANT USAGE, CREATE ON SCHEMA gold",
        adopt,
        'GRANT USAGE, CREATE ON SCHEMA "gold" TO "shop_deployer"',
        before=(),
    ),
    Needed(
        "GRANT shop_builder TO",
        adopt,
        'GRANT "shop_builder" TO "shop_deployer"',
        before=(),
    ),
    Needed(
        "GRANT TEMPORARY ON DATABASE",
        deploy("v2"),
        'GRANT TEMPORARY ON DATABASE "shop" TO "shop_deployer"',
    ),
    Needed(
        "GRANT USAGE ON SCHEMA raw",
        deploy("v2"),
        'GRANT USAGE ON SCHEMA "raw" TO "shop_deployer"',
    ),
    Needed(
        "GRANT SELECT ON ALL TABLES IN SCHEMA raw",
        deploy("v2"),
        'GRANT SELECT ON "raw"."orders" TO "shop_deployer"',
    ),
    Needed(
        "ALTER DEFAULT PRIVILEGES FOR ROLE shop_loader",
        deploy("v3"),
        'GRANT SELECT ON "raw"."clicks" TO "shop_deployer"',
        before=(adopt, new_source),
    ),
    Needed(
        "GRANT shop_analyst TO",
        adopt,
        'GRANT "shop_analyst" TO "shop_deployer"',
        before=(),
    ),
)


def test_each_grant_is_tried() -> None:
    grants = [each for each in of_deployer() if each.endswith("TO shop_deployer")]
    assert sorted(each for each in grants if each != OPTIONAL) == sorted(
        each for each in grants for needed in NEEDED if each.startswith(needed.beginning)
    )
    assert OPTIONAL in grants


@pytest.mark.parametrize("needed", NEEDED, ids=lambda needed: needed.beginning)
def test_without_one_grant(place: Place, needed: Needed) -> None:
    place.sql(*(each for each in of_deployer() if not each.startswith(needed.beginning)))
    for step in needed.before:
        step(place)
    state, events = place.state(), place.ledger()
    error = needed.operation(place, 12)["error"]
    assert isinstance(error, dict)
    assert error["slug"] == "permission-missing"
    grants = error["facts"]["grants"]
    assert grants == [place.named(needed.grant)]
    assert place.named(needed.grant) in error["hint"]
    assert place.state() == state
    assert ("published",) not in place.ledger()[len(events) :]
    place.database.run(*grants)
    needed.operation(place)


def test_without_default_privileges_the_doctor_says_who_will_not_read(place: Place) -> None:
    left_out = "ALTER DEFAULT PRIVILEGES FOR ROLE shop_deployer"
    place.sql(*(each for each in of_deployer() if not each.startswith(left_out)))
    adopt(place)
    document = place.rewind("doctor")
    (found,) = [check for check in document["checks"] if check["result"] != "ok"]
    assert found["name"] == "readers"
    place.database.run(*found["details"])
    assert place.rewind("doctor")["result"] == "ok"
