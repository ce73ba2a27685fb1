"""Asks pip-audit, as a process, which pinned packages have known vulnerabilities."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from dbt_rewind.integrations.http_check import Address, AddressUnusable, address
from dbt_rewind.process import run
from dbt_rewind.redact import MASK, redact

INSTALL: Final = "pip-audit is not installed: pip install 'dbt-rewind[security]'"

LONGEST: Final = 120.0
"""Seconds that the whole may take."""

_SOCKET: Final = "10"
"""Seconds that pip-audit waits for one answer."""


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """One that is known of a package; `aliases` are its other ids, `fixed` the versions that do not
    have it."""

    package: str
    version: str
    id: str
    aliases: tuple[str, ...]
    fixed: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What is known of the packages; of those in `unknown` the service knows nothing at all."""

    vulnerabilities: tuple[Vulnerability, ...]
    unknown: tuple[str, ...]


class AuditFailed(Exception):
    """Nothing was learnt; the words say why."""


def audit(pins: Mapping[str, str], service: str, osv_url: str | None = None) -> Audit:
    """What the service (`pypi` or `osv`) knows of the pinned versions, by package. An `osv_url` may
    have variables as the addresses of health checks do. Raises AuditFailed."""
    if find_spec("pip_audit") is None:
        raise AuditFailed(INSTALL)
    with tempfile.TemporaryDirectory(prefix="rewind-") as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))
        where = _where(service, osv_url)
        asked = ["--vulnerability-service", service, "--requirement", str(file)]
        asked += ["--osv-url", where.url] if where else []
        return _read(_answer(asked, where.hidden if where else ()))


def _where(service: str, osv_url: str | None) -> Address | None:
    if service != "osv" or osv_url is None:
        return None
    try:
        return address(osv_url)
    except AddressUnusable as error:
        raise AuditFailed(str(error)) from None


def _answer(arguments: Sequence[str], hidden: Sequence[str]) -> Any:
    # The pins are all there is to it: pip is not to resolve, and so not to download, anything.
    fixed = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")
    command = [sys.executable, "-m", "pip_audit", *fixed, "--timeout", _SOCKET, *arguments]
    try:
        done = run(command, timeout=LONGEST)
    except TimeoutError:
        raise AuditFailed(f"pip-audit took longer than {LONGEST:g} s") from None
    try:
        return json.loads(done.stdout)
    except ValueError:
        lines = done.error_text.strip().splitlines() or [f"exit status {done.status}"]
        reason = redact(lines[-1])
        for secret in hidden:
            reason = reason.replace(secret, MASK)
        raise AuditFailed(f"pip-audit could not ask: {reason[:120]}") from None


def _read(answer: Any) -> Audit:
    found, unknown = [], []
    try:
        for package in answer["dependencies"]:
            if "skip_reason" in package:
                unknown.append(str(package["name"]))
                continue
            found += [_vulnerability(package, each) for each in package["vulns"]]
    except (KeyError, TypeError) as error:
        raise AuditFailed("pip-audit answers in a form that is not known") from error
    return Audit(tuple(found), tuple(unknown))


def _vulnerability(package: Mapping[str, Any], each: Mapping[str, Any]) -> Vulnerability:
    return Vulnerability(
        str(package["name"]),
        str(package["version"]),
        str(each["id"]),
        tuple(map(str, each.get("aliases", ()))),
        tuple(map(str, each.get("fix_versions", ()))),
        " ".join(str(each.get("description", "")).split()),
    )
