"""What is asked over HTTP, on a real server: every answer, and every way not to answer."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator

import pytest
from tests.unit.integrations.web import Web, serving

from dbt_rewind.integrations.http_check import (
    LARGEST,
    AddressUnusable,
    NoResponse,
    Response,
    address,
    ask,
    variables,
)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as found:
        yield found


def asked(web: Web, path: str, timeout: float = 60) -> Response | NoResponse:
    return ask(address(f"{web.address}{path}"), timeout)


def test_an_answer(web: Web) -> None:
    found = asked(web, "/up")
    assert isinstance(found, Response)
    assert (found.status, found.cut) == (200, False)
    assert found.body.startswith(b'{"status": "ok"')
    assert found.seconds < 60


def test_an_errors_status_is_an_answer(web: Web) -> None:
    found = asked(web, "/wrong")
    assert isinstance(found, Response)
    assert (found.status, found.body) == (500, b"broken")


def test_a_redirect_is_followed(web: Web) -> None:
    found = asked(web, "/there")
    assert isinstance(found, Response)
    assert found.status == 200
    assert web.seen == ["/there", "/up"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/circle", "it redirects more than 5 times"),
        ("/away", "only http and https addresses can be asked"),
        ("/closed", "the connection was closed before an answer"),
        ("/no-http", "what it answers is no HTTP (BadStatusLine)"),
    ],
)
def test_no_usable_answer(web: Web, path: str, reason: str) -> None:
    found = asked(web, path)
    assert isinstance(found, NoResponse)
    assert (found.reason, found.ours) == (reason, False)


@pytest.mark.parametrize("path", ["/slow", "/drip"])
def test_no_answer_in_time(web: Web, path: str) -> None:
    began = time.monotonic()
    found = asked(web, path, timeout=0.3)
    assert isinstance(found, NoResponse)
    assert (found.reason, found.ours) == ("no answer within 0.3 s", False)
    assert time.monotonic() - began < 20


def test_a_huge_answer_is_not_read_whole(web: Web) -> None:
    found = asked(web, "/huge")
    assert isinstance(found, Response)
    assert (len(found.body), found.cut) == (LARGEST, True)


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = ask(address(f"http://127.0.0.1:{port}/"), 60)
    assert isinstance(found, NoResponse)
    assert (found.reason, found.ours) == ("the connection is refused", False)


def test_a_name_that_cannot_be_resolved_says_nothing_of_the_other_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    found = ask(address("http://shop.example/"), 60)
    assert isinstance(found, NoResponse)
    assert (found.reason, found.ours) == ("this machine cannot resolve the name", True)


def test_no_certificate_is_no_answer(web: Web) -> None:
    found = ask(address(web.address.replace("http:", "https:")), 60)
    assert isinstance(found, NoResponse)
    assert found.reason == "no TLS connection can be made"


def test_variables_are_put_in_and_not_shown(web: Web) -> None:
    port = web.address.rpartition(":")[2]
    where = address(
        "http://${USER_}:${PASS_}@127.0.0.1:${PORT_}/up?key=${KEY_}",
        {"USER_": "ada", "PASS_": "p%40ss:w", "PORT_": port, "KEY_": "k"},
    )
    assert where.written == "http://${USER_}:${PASS_}@127.0.0.1:${PORT_}/up?key=${KEY_}"
    assert isinstance(ask(where, 60), Response)
    assert web.seen == ["/up?key=k"]
    assert web.authorized == [f"Basic {base64.b64encode(b'ada:p@ss:w').decode()}"]


@pytest.mark.parametrize(
    ("path", "second"), [("/there", "Basic YWRhOnNlY3JldA=="), ("/elsewhere", None)]
)
def test_a_password_goes_to_its_own_host_alone(web: Web, path: str, second: str | None) -> None:
    where = address(web.address.replace("//", "//ada:secret@") + path)
    assert isinstance(ask(where, 60), Response)
    assert web.authorized == ["Basic YWRhOnNlY3JldA==", second]


def test_the_variables_of_an_address() -> None:
    assert variables("https://${HOST}/${A_1}?$X&${not this}") == ("HOST", "A_1")
    with pytest.raises(AddressUnusable, match="the environment variable HOST is not set"):
        address("https://${HOST}/", {"HOST": ""})


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://host/", "http://", "http://host:99999/", "http://a b/", "x", ""],
)
def test_only_http_is_asked(url: str) -> None:
    with pytest.raises(AddressUnusable, match="only http and https"):
        address("${URL}", {"URL": url or " "})
