"""Asks an address over HTTP, with bounds on what the other side decides: time, size, redirects."""

from __future__ import annotations

import base64
import errno
import os
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from urllib.request import OpenerDirector, Request

LARGEST: Final = 1_000_000
"""So many bytes of a response are read; what comes after them is not looked at."""

MOST_REDIRECTS: Final = 5

_SCHEMES: Final = ("http", "https")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_OURS: Final = frozenset({"ENETUNREACH", "ENETDOWN", "EADDRNOTAVAIL", "EACCES", "EPERM", "EMFILE"})
"""Errors that say something of this machine and nothing of the other."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to ask. `written` is the address as rewind.yml has it, which may be shown; `url` is
    that with the values of its variables (`hidden`), which may not."""

    written: str
    url: str
    hidden: tuple[str, ...] = ()


class AddressUnusable(Exception):
    """The address cannot be asked; the words say why, and hold no secret."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back: `cut` says that there was more than `body`."""

    status: int
    body: bytes
    cut: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class NoResponse:
    """Nothing came back. `ours`: that is this machine's doing, such as a name that it cannot
    resolve, and says nothing of the other side."""

    reason: str
    seconds: float
    ours: bool = False


def variables(text: str) -> tuple[str, ...]:
    """The environment variables that an address names as `${NAME}`."""
    return tuple(_VARIABLE.findall(text))


def address(written: str, environment: Mapping[str, str] | None = None) -> Address:
    """The address with the values of its variables (by default those of this process's
    environment). Raises AddressUnusable."""
    values = os.environ if environment is None else environment
    names = variables(written)
    missing = [name for name in names if not values.get(name)]
    if missing:
        raise AddressUnusable(f"the environment variable {missing[0]} is not set")
    url = _VARIABLE.sub(lambda match: values[match[1]], written).strip()
    _require_usable(url)
    return Address(written, url, tuple(values[name] for name in names))


def ask(
    where: Address, timeout: float, *, bearer: str = "", redirects: int = MOST_REDIRECTS
) -> Response | NoResponse:
    """What the address answers to a GET within `timeout` seconds, whatever its status.

    `bearer` is a token for the address, which none that it redirects to gets; so many `redirects`
    are followed. The certificate of an https address is checked. The address's user and password go
    to its own host, and to none that it redirects to. One read of the network takes up to
    `timeout`; who sends single bytes can make it last longer. Raises nothing.
    """
    from http.client import HTTPException

    began = time.monotonic()
    try:
        return _asked(where, timeout, began, bearer, redirects)
    except (OSError, HTTPException, ValueError, AddressUnusable) as error:
        reason, ours = _words(error, timeout)
        return NoResponse(reason, time.monotonic() - began, ours)


def _asked(where: Address, timeout: float, began: float, bearer: str, redirects: int) -> Response:
    from urllib.parse import urljoin

    opener, url = _opener(), where.url
    for _ in range(redirects + 1):
        left = began + timeout - time.monotonic()
        if left <= 0:
            raise TimeoutError
        request = _request(url)
        if bearer and url == where.url:
            request.add_header("Authorization", f"Bearer {bearer}")
        with opener.open(request, timeout=left) as answer:
            target = answer.headers.get("Location") if answer.status in _REDIRECTS else None
            if target is None:
                body, cut = _body(answer, began + timeout)
                return Response(int(answer.status), body, cut, time.monotonic() - began)
            url = urljoin(url, target)
            _require_usable(url)
    raise AddressUnusable(f"it redirects more than {redirects} times")


def _opener() -> OpenerDirector:
    """What returns every response as it comes, an error's and a redirect's too."""
    from urllib import request

    opener = request.OpenerDirector()
    opener.add_handler(request.ProxyHandler())
    opener.add_handler(request.HTTPHandler())
    opener.add_handler(request.HTTPSHandler(context=ssl.create_default_context()))
    return opener


def _request(url: str) -> Request:
    from urllib.parse import unquote, urlsplit
    from urllib.request import Request

    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    bare = parts._replace(netloc=host, fragment="").geturl()
    request = Request(bare, headers={"User-Agent": "dbt-rewind"})  # noqa: S310 - see _SCHEMES
    if at:
        pair = ":".join(unquote(part) for part in user.split(":", 1))
        basic = base64.b64encode(pair.encode()).decode()
        request.add_header("Authorization", f"Basic {basic}")
    return request


def _body(answer: HTTPResponse, until: float) -> tuple[bytes, bool]:
    """As much of the body as is read, and whether there was more."""
    body = bytearray()
    while len(body) <= LARGEST:
        if time.monotonic() > until:
            raise TimeoutError
        # One read of the socket, so that a slow sender is noticed between two of them.
        part = answer.read1(65536)
        if not part:
            return bytes(body), False
        body += part
    return bytes(body[:LARGEST]), True


def _require_usable(url: str) -> None:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise AddressUnusable("only http and https addresses can be asked")


def _words(error: Exception, timeout: float) -> tuple[str, bool]:
    """Why there was no answer, in words that repeat nothing of the address; and whether that is
    this machine's doing."""
    from urllib.error import URLError

    reason = error.reason if isinstance(error, URLError) else error
    match reason:
        case TimeoutError():
            words = f"no answer within {timeout:g} s"
        case AddressUnusable():
            words = str(reason)
        case ssl.SSLCertVerificationError():
            words = f"its certificate is not valid: {reason.verify_message}"
        case _:
            known = (words for kind, words in _WORDS.items() if isinstance(reason, kind))
            words = next(known, "") or _system_words(reason)
    return words, _is_ours(reason)


_WORDS: Final[dict[type, str]] = {
    socket.gaierror: "this machine cannot resolve the name",
    ssl.SSLError: "no TLS connection can be made",
    ConnectionRefusedError: "the connection is refused",
    ConnectionError: "the connection was closed before an answer",
}


def _system_words(reason: object) -> str:
    if isinstance(reason, OSError) and reason.errno is not None:
        return os.strerror(reason.errno).lower()
    return f"what it answers is no HTTP ({type(reason).__name__})"


def _is_ours(reason: object) -> bool:
    if isinstance(reason, socket.gaierror):
        return True
    number = reason.errno if isinstance(reason, OSError) else None
    return number is not None and errno.errorcode.get(number) in _OURS
