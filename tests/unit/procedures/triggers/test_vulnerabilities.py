"""Known vulnerabilities: pip-audit itself asks a service on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.unit.git.sandbox import Sandbox
from tests.unit.procedures.triggers.committed import committed
from tests.unit.procedures.triggers.subject import looked

from dbt_rewind.integrations import pip_audit
from dbt_rewind.integrations.pip_audit import AuditFailed
from dbt_rewind.model import Observation, Severity
from dbt_rewind.procedures.triggers.all import Extent, all_triggers
from dbt_rewind.procedures.triggers.vulnerable_pins import VulnerablePins, read_pins
from dbt_rewind.process import Completed

KNOWN = {
    "id": "PYSEC-2023-1",
    "aliases": ["CVE-2023-1"],
    "summary": "It\nleaks.",
    "published": "2023-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "leaky", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.3"}]}],
        }
    ],
}


class Osv(ThreadingHTTPServer):
    """Knows one vulnerability, of `leaky` 1.2."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1/query"


class _Answers(BaseHTTPRequestHandler):
    server: Osv

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, version = asked["package"]["name"], asked["version"]
        self.server.asked.append(f"{name} {version}")
        found = {"vulns": [KNOWN]} if (name, version) == ("leaky", "1.2") else {}
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def osv(monkeypatch: pytest.MonkeyPatch) -> Iterator[Osv]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Osv()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def seen(
    folder: Path, sandbox: Sandbox, signal: VulnerablePins, *requirements: str
) -> tuple[Observation, ...]:
    """Releases whose commits have these requirements, one after the other."""
    shas = [sandbox.commit("Change", **{"requirements.txt": each}) for each in requirements]
    with committed(folder, sandbox, *shas) as opened:
        return looked(signal, opened)


def test_a_vulnerability_that_came_with_the_release(
    tmp_path: Path, sandbox: Sandbox, osv: Osv
) -> None:
    signal = VulnerablePins("osv", osv.address)
    (observation,) = seen(
        tmp_path, sandbox, signal, "leaky==1.3\n", "leaky==1.2\nfine==2.0\nloose>=1\n"
    )
    assert sorted(osv.asked) == ["fine 2.0", "leaky 1.2"]
    assert observation.unseen is None
    assert observation.seen == "1 in 2 pinned packages; 1 not pinned, and not looked up"
    (finding,) = observation.findings
    assert (finding.severity, finding.release) == (Severity.HIGH, 2)
    assert finding.what == "leaky 1.2 has the known vulnerability PYSEC-2023-1"
    assert (finding.measured, finding.threshold) == ("leaky 1.2", "fixed in 1.3")
    assert finding.evidence == ("also known as CVE-2023-1", "It leaks.")


def test_one_that_was_there_before_asks_for_no_rollback(
    tmp_path: Path, sandbox: Sandbox, osv: Osv
) -> None:
    signal = VulnerablePins("osv", osv.address)
    (observation,) = seen(tmp_path, sandbox, signal, "leaky==1.2\n", "Leaky == 1.2\n# more\n")
    (finding,) = observation.findings
    assert finding.severity is Severity.LOW
    assert "the release before it has it too: a rollback changes nothing" in finding.evidence


@pytest.mark.parametrize("accepted", ["PYSEC-2023-1", "CVE-2023-1"])
def test_one_that_is_accepted(tmp_path: Path, sandbox: Sandbox, osv: Osv, accepted: str) -> None:
    signal = VulnerablePins("osv", osv.address, (accepted,))
    (observation,) = seen(tmp_path, sandbox, signal, "leaky==1.2\n")
    assert (observation.findings, observation.unseen) == ((), None)
    assert observation.seen == "none in 1 pinned package"


def test_a_service_that_cannot_be_reached_is_unseen(tmp_path: Path, sandbox: Sandbox) -> None:
    with Osv() as closed:
        address = closed.address
    (observation,) = seen(tmp_path, sandbox, VulnerablePins("osv", address), "leaky==1.2\n")
    assert observation.findings == ()
    assert observation.unseen is not None
    assert observation.unseen.startswith("pip-audit could not ask: ")
    assert "ConnectionError" in observation.unseen


def test_what_an_address_hides_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Invariant 10."""
    with Osv() as closed:
        address = closed.address
    monkeypatch.setenv("OSV_KEY", "hush-hush-1")
    with pytest.raises(AuditFailed) as raised:
        pip_audit.audit({"a": "1"}, "osv", f"{address}/${{OSV_KEY}}")
    assert "hush" not in str(raised.value)


def test_what_the_service_does_not_know_is_unseen(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {
        "dependencies": [
            {"name": "ours", "skip_reason": "Dependency not found on PyPI"},
            {"name": "fine", "version": "2.0", "vulns": []},
        ]
    }
    done = Completed((), 0, json.dumps(answer).encode(), b"")
    monkeypatch.setattr(pip_audit, "run", lambda *_, **__: done)
    known, unknown = seen(tmp_path, sandbox, VulnerablePins(), "ours==1\nfine==2.0\n")
    assert known.seen == "none in 1 pinned package"
    assert unknown.unseen == "nothing is known of ours"


@pytest.mark.parametrize(
    "stdout", [b"", b"Traceback", b"[]", b'{"dependencies": [{}]}', b'{"dependencies": 1}']
)
def test_an_answer_that_is_none(monkeypatch: pytest.MonkeyPatch, stdout: bytes) -> None:
    monkeypatch.setattr(pip_audit, "run", lambda *_, **__: Completed((), 1, stdout, b""))
    with pytest.raises(AuditFailed):
        pip_audit.audit({"a": "1"}, "pypi")


def test_without_pip_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pip_audit, "find_spec", lambda _: None)
    with pytest.raises(AuditFailed, match="pip install 'dbt-rewind"):
        pip_audit.audit({"a": "1"}, "pypi")


def test_it_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> Completed:
        raise TimeoutError

    monkeypatch.setattr(pip_audit, "run", run)
    with pytest.raises(AuditFailed, match="took longer than 120 s"):
        pip_audit.audit({"a": "1"}, "pypi")


def test_an_address_whose_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OSV_HOST", raising=False)
    with pytest.raises(AuditFailed, match="OSV_HOST is not set"):
        pip_audit.audit({"a": "1"}, "osv", "https://${OSV_HOST}/")


def test_a_project_without_pins_asks_nobody(tmp_path: Path, sandbox: Sandbox) -> None:
    sha = sandbox.commit("First")
    with committed(tmp_path / "1", sandbox, sha) as opened:
        (observation,) = looked(VulnerablePins(), opened)
    assert observation.seen == "the project has no requirements file"
    (observation,) = seen(tmp_path / "2", sandbox, VulnerablePins(), "loose\nother>1\n")
    assert observation.seen == "no package is pinned; 2 not pinned, and not looked up"


def test_pins() -> None:
    content = b"""
# comment
Dbt_Core==1.11.2 ; python_version > '3'  # why
plain == 2
hashed==3 \\
    --hash=sha256:abc \\
    --hash=sha256:def
extra[all]===4.0
-r other.txt
--index-url https://example.com
wild==1.*
range>=1,<2
./local
name @ https://example.com/x.whl
"""
    pins, loose = read_pins(content)
    assert pins == {"dbt-core": "1.11.2", "plain": "2", "hashed": "3", "extra": "4.0"}
    assert loose == 4


def test_nobody_is_asked_unless_the_settings_say_so(tmp_path: Path, sandbox: Sandbox) -> None:
    with committed(tmp_path, sandbox, sandbox.commit("First")) as opened:
        settings = opened.workspace.config.triggers
    kinds = [type(each) for each in all_triggers(settings, Extent())]
    assert VulnerablePins not in kinds
    asked = all_triggers(settings, Extent(vulnerabilities=True))
    assert VulnerablePins("pypi", None, ()) in asked
