"""A real issuer of tokens on this machine, as GitHub's is: over HTTP, with a key made for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

from dbt_rewind.model import CiTrust

PERMIT = "permit-to-ask-CANARY"
Alter = Callable[[dict[str, Any]], dict[str, Any]]


def new_key() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer(ThreadingHTTPServer):
    """`alter` changes what the next tokens claim; `issued` are those it gave. `answers` are paths
    that are answered otherwise, with status and body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.key = new_key()
        self.signs_with = self.key
        self.name = "key-1"
        self.alter: Alter = lambda claims: claims
        self.issued: list[str] = []
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def trust(self) -> CiTrust:
        return CiTrust("acme/shop", ("main",), self.address)

    @property
    def variables(self) -> dict[str, str]:
        """What a job finds in its environment."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.address}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": PERMIT,
        }

    def claims(self, audience: str) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.address,
            "aud": audience,
            "sub": "repo:acme/shop:ref:refs/heads/main",
            "repository": "acme/shop",
            "ref": "refs/heads/main",
            "event_name": "workflow_dispatch",
            "workflow_ref": "acme/shop/.github/workflows/approve.yml@refs/heads/main",
            "actor": "ada-lovelace",
            "run_id": "17",
            "run_attempt": "1",
            "jti": "one",
            "iat": now,
            "nbf": now - 600,
            "exp": now + 300,
        }

    def token(self, audience: str) -> str:
        claims = self.alter(self.claims(audience))
        return jwt.encode(claims, self.signs_with, "RS256", headers={"kid": self.name})

    def keys(self) -> dict[str, Any]:
        known = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**known, "kid": "key-1", "alg": "RS256", "use": "sig"}]}


class _Answers(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append(parts.path)
        if parts.path in self.server.answers:
            self._answer(*self.server.answers[parts.path])
            return
        match parts.path:
            case "/.well-known/openid-configuration":
                where = f"{self.server.address}/.well-known/jwks"
                self._json({"issuer": self.server.address, "jwks_uri": where})
            case "/.well-known/jwks":
                self._json(self.server.keys())
            case "/token" if self.headers.get("Authorization") == f"Bearer {PERMIT}":
                token = self.server.token(parse_qs(parts.query)["audience"][0])
                self.server.issued.append(token)
                self._json({"value": token, "count": len(token)})
            case _:
                self._answer(403, b"{}")

    def _json(self, value: dict[str, Any]) -> None:
        self._answer(200, json.dumps(value).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", body.decode())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def issuing() -> Iterator[Issuer]:
    issuer = Issuer()
    thread = threading.Thread(target=issuer.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        issuer.shutdown()
        issuer.server_close()
        thread.join()
