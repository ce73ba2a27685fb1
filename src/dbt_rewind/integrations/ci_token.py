"""GitHub's tokens for a job, by which its issuer says who has started it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from dbt_rewind.engine.ci_proof import LEEWAY, audience, ci_proof
from dbt_rewind.errors import ProofToolMissing, TokenRefused, TokenUnavailable
from dbt_rewind.integrations.http_check import Address, NoResponse, ask
from dbt_rewind.model import CiTrust, Policy, Proof
from dbt_rewind.redact import know_secrets

if TYPE_CHECKING:
    from jwt import PyJWK

INSTALL: Final = "pip install 'dbt-rewind[ci]'"

_ALGORITHMS: Final = ("RS256", "ES256")
"""Signatures by a key that only the issuer has: neither none, nor by a secret that two share."""

_TIMEOUT: Final = 10.0
_ATTEMPTS: Final = 3
_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class CiSigner:
    """Asks for a token that is good for one statement only. `url` and `permit` are what the job got
    to ask with."""

    person: str
    url: str
    permit: str = field(repr=False)

    def sign(self, policy: Policy, statement: str) -> Proof:
        """The proof of whoever has started the run. Raises TokenRefused, TokenUnavailable,
        SignerUnknown, ProofToolMissing."""
        _require_installed()
        if policy.ci is None:
            raise TokenRefused("the policy in force trusts no CI")
        token = self._token(audience(statement))
        key, claims = verified(token, policy.ci, audience(statement))
        return ci_proof(policy, token, key, claims)

    def _token(self, audience: str) -> str:
        between = "&" if urlsplit(self.url).query else "?"
        url = f"{self.url}{between}audience={quote(audience, safe='')}"
        token = _json("CI", url, self.permit).get("value")
        if not isinstance(token, str) or not token:
            raise TokenUnavailable("CI answers without one")
        know_secrets({token})
        return token


def ci_signer(person: str) -> CiSigner | None:
    """What proves who acts in this job, None where the job may not ask for tokens."""
    url = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL")
    permit = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    return CiSigner(person, url, permit) if url and permit else None


def verified(token: str, trust: CiTrust, audience: str) -> tuple[str, Mapping[str, Any]]:
    """The id of the key that signed the token, and what it says: the issuer has made it, it is for
    that audience, and now is its time. Raises TokenRefused, TokenUnavailable."""
    import jwt

    try:
        key = _key(token, trust)
        claims: dict[str, Any] = jwt.decode(
            token,
            # The bare key: what it is for is ours to say, and neither the token's nor the key's.
            key.key,
            algorithms=list(_ALGORITHMS),
            audience=audience,
            issuer=trust.issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud"]},
        )
    except jwt.ExpiredSignatureError:
        raise TokenRefused("it had expired") from None
    except jwt.InvalidAudienceError:
        raise TokenRefused("it was not made for this very statement") from None
    except jwt.InvalidIssuerError:
        raise TokenRefused(f"its issuer is not {trust.issuer}") from None
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        # Of the words, only the kind is sure to hold nothing of the token.
        raise TokenRefused(f"it does not hold ({type(error).__name__})") from None
    return str(key.key_id), claims


def _key(token: str, trust: CiTrust) -> PyJWK:
    """The issuer's key that the token names. Whether it signed it is not known yet."""
    import jwt

    name = jwt.get_unverified_header(token).get("kid")
    known = jwt.PyJWKSet.from_dict(_issuers_keys(trust.issuer))
    for key in known.keys:
        if name is not None and key.key_id == name:
            return key
    raise TokenRefused("its issuer has no such key")


def _issuers_keys(issuer: str) -> dict[str, Any]:
    who = f"its issuer {issuer}"
    found = _json(who, f"{issuer}/.well-known/openid-configuration")
    where = found.get("jwks_uri")
    # The keys come from nowhere that is less safe to ask than the issuer itself.
    if not isinstance(where, str) or urlsplit(where).scheme != urlsplit(issuer).scheme:
        raise TokenUnavailable(f"{who} does not say where its keys are")
    return _json(who, where)


def _json(who: str, url: str, bearer: str = "") -> dict[str, Any]:
    problem = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE)
        answer = ask(Address(who, url), _TIMEOUT, bearer=bearer, redirects=0)
        if isinstance(answer, NoResponse):
            problem = f"{who} does not answer: {answer.reason}"
        elif answer.status == 200:
            return _mapping(who, answer.body)
        else:
            problem = f"{who} answers with status {answer.status}"
            if answer.status < 500:
                break
    raise TokenUnavailable(problem)


def _mapping(who: str, body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise TokenUnavailable(f"{who} answers with something that is no JSON object")
    return found


def _require_installed() -> None:
    if find_spec("jwt") is None or find_spec("cryptography") is None:
        raise ProofToolMissing("PyJWT", INSTALL)
