"""`rewind demo`: the whole story on the reference pipeline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.e2e.lab import Answer, Lab

pytestmark = pytest.mark.e2e

# Few rows, with what real data has: an order line without its order, a customer whose person is
# missing, and discounts, which the story is about.
TABLES = {
    "person": "businessentityid,persontype,firstname,lastname\n1,IN,Ken,Lee\n2,IN,Ana,Roy\n",
    "productcategory": "productcategoryid,name\n1,Bikes\n",
    "productsubcategory": "productsubcategoryid,productcategoryid,name\n1,1,Road Bikes\n",
    "product": (
        "productid,name,productnumber,standardcost,listprice,productsubcategoryid\n"
        "7,Red bike,BK-7,10.5,20,1\n8,Blue bike,BK-8,15,30,1\n"
    ),
    "customer": "customerid,personid,storeid,territoryid\n11,1,,4\n12,2,,5\n13,99,,4\n",
    "salesorderheader": (
        "salesorderid,orderdate,duedate,shipdate,onlineorderflag,customerid,territoryid,subtotal\n"
        "100,2011-05-31,2011-06-12,2011-06-07,true,11,4,18\n"
        "101,2012-05-31,2012-06-12,2012-06-07,true,12,5,60\n"
        "102,2012-06-30,2012-07-12,2012-07-07,true,11,4,20\n"
    ),
    "salesorderdetail": (
        "salesorderid,salesorderdetailid,orderqty,productid,unitprice,unitpricediscount\n"
        "100,1,1,7,20,0.1\n101,2,2,8,30,0\n102,3,1,7,20,0\n999,4,1,7,20,0\n"
    ),
}


def told(answer: Answer) -> str:
    """The story's turns, in their order; returns all that was printed."""
    text = answer.check(0).stdout
    place = 0
    for turn in (
        "r1 is live in prod",
        "v1.1.0",
        "$ rewind status",
        "r3 is live in prod",
        "Revenue was",
        "$ rewind rollback",
        "r1 is live in prod",
        "again.",
        "r1 in prod: verified",
        "That was it",
    ):
        place = text.find(turn, place)
        assert place >= 0, f"{turn!r} is missing, or too early:\n{text}"
    assert "Traceback" not in answer.stderr
    return text


def test_the_demo_tells_its_story(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab", "warehouse.duckdb")
    lab.folder.mkdir()
    text = told(lab.run("demo", "--folder", str(lab.repository), folder=lab.folder))
    before, wrong = re.findall(r"Revenue was ([\d,]+) and is ([\d,]+)", text)[0]
    assert before != wrong
    assert f"Revenue is {before} again." in text
    assert "fingerprints" in text
    assert lab.rewind("status")["healthy"]
    lab.assert_tidy()
    answer = lab.run("demo", "--folder", str(lab.repository), folder=lab.folder)
    assert answer.status == 3
    assert "error:" in answer.stderr


def test_the_demo_on_rows_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    for name, text in TABLES.items():
        (tmp_path / "rows" / f"{name}.csv").write_text(text, encoding="utf-8")
    place = tmp_path / "lab"
    (place / "rewind-demo").mkdir(parents=True)
    lab = Lab(place, "warehouse.duckdb")
    text = told(lab.run("demo", "--data", str(tmp_path / "rows"), folder=place))
    assert "order lines without their header: 1" in text
    assert "customers without their person: 1" in text
    for warned in ("no_quarantined_order_lines", "customers_have_their_person"):
        assert warned in text
    # The usual name was taken.
    assert (place / "rewind-demo-2" / "warehouse.duckdb").is_file()
    assert not list((place / "rewind-demo").iterdir())


def test_the_demo_says_which_data_is_missing(tmp_path: Path) -> None:
    lab = Lab(tmp_path / "lab")
    lab.folder.mkdir()
    answer = lab.run("demo", "--data", str(tmp_path / "nowhere"), folder=lab.folder)
    assert answer.status == 3
    assert "nowhere" in answer.stderr
