from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.keys import Pair, new_pair
from tests.unit.git.sandbox import Sandbox

from dbt_rewind.errors import ProofToolMissing, SigningFailed
from dbt_rewind.git.signatures import (
    Signature,
    SigningKey,
    chosen_key,
    is_signed,
    key_of_git,
    sign,
)
from dbt_rewind.model.ssh_key import read_strings

SAID = "dbt-rewind statement, version 1\nplan: 1\n"


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return new_pair(tmp_path)


@pytest.mark.parametrize(("kind", "bits"), [("ed25519", 0), ("rsa", 2048), ("ecdsa", 384)])
def test_signed_and_checked(tmp_path: Path, kind: str, bits: int) -> None:
    pair = new_pair(tmp_path, kind=kind, bits=bits)
    signature = sign(SAID, pair.signing)
    assert signature.key == pair.public
    assert is_signed(SAID, signature, "Ada")
    assert not is_signed(SAID + "\n", signature, "Ada")
    assert not is_signed(SAID.replace("1", "2"), signature, "Ada")


def test_nothing_stays_behind(pair: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    assert is_signed(SAID, sign(SAID, pair.signing), "Ada")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_anothers_key_does_not_fit(pair: Pair, tmp_path: Path) -> None:
    other = new_pair(tmp_path, "other")
    signature = sign(SAID, pair.signing)
    assert not is_signed(SAID, replace(signature, key=other.public), "Ada")


@pytest.mark.parametrize("namespace", ["git", "file", "dbt-rewind-2"])
def test_what_was_signed_for_something_else_does_not_fit(
    pair: Pair, tmp_path: Path, namespace: str
) -> None:
    message = tmp_path / "message"
    message.write_text(SAID)
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(pair.file)]
    subprocess.run([*command, str(message)], check=True, capture_output=True)
    lines = message.with_suffix(".sig").read_text().splitlines()
    blob = base64.b64decode("".join(lines[1:-1]))
    made = read_strings(blob[10:])[-1]
    signature = Signature(pair.public, base64.b64encode(made).decode())
    assert not is_signed(SAID, signature, "Ada")


def test_a_signature_is_one_that_ssh_keygen_makes(pair: Pair, tmp_path: Path) -> None:
    """The same with ours and by hand, so that anybody can check it."""
    message = tmp_path / "message"
    message.write_text(SAID)
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "dbt-rewind", "-f", str(pair.file)]
    subprocess.run([*command, str(message)], check=True, capture_output=True)
    lines = message.with_suffix(".sig").read_text().splitlines()
    made = read_strings(base64.b64decode("".join(lines[1:-1]))[10:])[-1]
    assert sign(SAID, pair.signing).text == base64.b64encode(made).decode()


@pytest.mark.parametrize("text", ["", "!", "AAAA", "no base64 at all", "\ud800", "é"])
def test_what_is_no_signature_at_all(pair: Pair, text: str) -> None:
    assert not is_signed(SAID, Signature(pair.public, text), "Ada")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 511), name=st.text(), said=st.text(st.characters(codec="utf-8")))
def test_any_name_says_anything_and_no_bit_of_it_may_change(
    pair: Pair, at: int, name: str, said: str
) -> None:
    signature = sign(said, pair.signing)
    assert is_signed(said, signature, name)
    blob = bytearray(base64.b64decode(signature.text))
    blob[len(blob) - 64 + at // 8] ^= 1 << at % 8
    changed = base64.b64encode(bytes(blob)).decode()
    assert not is_signed(said, replace(signature, text=changed), name)


@pytest.mark.parametrize("name", ["*", "a,b", "!x", "Ada Lovelace", 'a"b', "a\nb", "-f", "\ud800"])
def test_a_name_that_means_something_to_ssh_keygen(pair: Pair, name: str) -> None:
    assert is_signed(SAID, sign(SAID, pair.signing), name)


class TestAgent:
    @pytest.fixture
    def agent(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
        # A socket's path may not be long.
        socket = tmp_path_factory.mktemp("a") / "s"
        with subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=-3) as running:
            until = time.monotonic() + 10
            while not socket.exists():
                assert time.monotonic() < until
                time.sleep(0.01)
            yield {**os.environ, "SSH_AUTH_SOCK": str(socket)}
            running.terminate()

    def test_signs_with_what_it_holds(
        self, pair: Pair, agent: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        subprocess.run(["ssh-add", "-q", str(pair.file)], env=agent, check=True)
        public = pair.file.with_name("key.pub").rename(tmp_path / "elsewhere.pub")
        pair.file.unlink()
        monkeypatch.setenv("SSH_AUTH_SOCK", agent["SSH_AUTH_SOCK"])
        for said in (str(public), pair.public, f"key::{pair.public} me@here"):
            signature = sign(SAID, SigningKey("git's user.signingKey", said))
            assert is_signed(SAID, signature, "Ada")

    def test_which_does_not_hold_it(
        self, pair: Pair, agent: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSH_AUTH_SOCK", agent["SSH_AUTH_SOCK"])
        with pytest.raises(SigningFailed):
            sign(SAID, SigningKey("git's user.signingKey", pair.public))


class TestFailures:
    def test_no_such_file(self, tmp_path: Path) -> None:
        for said in (str(tmp_path / "none"), "hunter2hunter2", "~nobody-of-that-name/key"):
            with pytest.raises(SigningFailed, match="there is no such file") as raised:
                sign(SAID, SigningKey("REWIND_SIGNING_KEY", said))
            assert said not in raised.value.message + raised.value.hint

    def test_a_key_in_place_of_its_path(self, pair: Pair) -> None:
        content = pair.file.read_text()
        for said in (content, content.replace("\n", " ")):
            with pytest.raises(SigningFailed, match="holds a key itself") as raised:
                sign(SAID, SigningKey("REWIND_SIGNING_KEY", said))
            assert content.splitlines()[1] not in raised.value.message

    def test_a_file_that_is_no_key(self, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.write_text("hunter2")
        file.chmod(0o600)
        with pytest.raises(SigningFailed) as raised:
            sign(SAID, SigningKey("REWIND_SIGNING_KEY", str(file)))
        assert "hunter2" not in raised.value.message

    def test_a_key_too_short_to_be_one(self, tmp_path: Path) -> None:
        pair = new_pair(tmp_path, kind="rsa", bits=1024)
        with pytest.raises(SigningFailed, match="fewer than 2048 bits"):
            sign(SAID, pair.signing)

    def test_a_passphrase_without_a_terminal(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody is waited for, and no window opens."""
        asked = tmp_path / "askpass"
        asked.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\necho secret\n")
        asked.chmod(0o700)
        monkeypatch.setenv("SSH_ASKPASS", str(asked))
        monkeypatch.setenv("DISPLAY", ":0")
        pair = new_pair(tmp_path, passphrase="secret")
        with pytest.raises(SigningFailed, match="passphrase") as raised:
            sign(SAID, pair.signing)
        assert "Enter" not in raised.value.message
        assert "ssh-add" in raised.value.hint
        assert not (tmp_path / "asked").exists()

    def test_no_ssh_keygen(
        self, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        signature = sign(SAID, pair.signing)
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ProofToolMissing):
            sign(SAID, pair.signing)
        with pytest.raises(ProofToolMissing):
            is_signed(SAID, signature, "Ada")


ON_A_TERMINAL = """\
import sys
from dbt_rewind.errors import SigningFailed
from dbt_rewind.git.signatures import SigningKey, is_signed, sign
try:
    signature = sign("said", SigningKey("REWIND_SIGNING_KEY", sys.argv[1]))
    print("SIGNED", is_signed("said", signature, "Ada"))
except SigningFailed as error:
    print("FAILED", error.message)
"""


# In a process of its own, since one with several threads, such as ours, is not to fork.
TERMINAL = "import pty, sys; pty.spawn(sys.argv[1:])"


def on_a_terminal(pair: Pair, typed: str) -> str:
    """What is shown on a terminal where somebody types a passphrase when they are asked for it."""
    signing = [sys.executable, "-c", ON_A_TERMINAL, str(pair.file)]
    with subprocess.Popen(
        [sys.executable, "-c", TERMINAL, *signing],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as terminal:
        assert terminal.stdin is not None
        assert terminal.stdout is not None
        shown, has_typed = "", False
        while part := terminal.stdout.read(1024):
            shown += part.decode()
            if "passphrase" in shown and not has_typed:
                has_typed = True
                terminal.stdin.write(f"{typed}\n".encode())
    assert has_typed
    return shown


class TestTerminal:
    def test_a_passphrase_is_asked_for(self, tmp_path: Path) -> None:
        pair = new_pair(tmp_path, passphrase="secret words")
        shown = on_a_terminal(pair, "secret words")
        assert "SIGNED True" in shown
        assert "secret words" not in shown

    def test_a_wrong_one_is_refused(self, tmp_path: Path) -> None:
        pair = new_pair(tmp_path, passphrase="secret words")
        shown = on_a_terminal(pair, "other words")
        assert "FAILED the key that REWIND_SIGNING_KEY names cannot sign" in shown
        assert "other words" not in shown


class TestWhichKey:
    def test_none_is_set(self, sandbox: Sandbox) -> None:
        assert chosen_key() is None
        assert key_of_git(sandbox.folder) is None

    def test_that_of_git(self, sandbox: Sandbox, pair: Pair) -> None:
        sandbox.git("config", "user.signingkey", str(pair.file))
        assert key_of_git(sandbox.folder) is None  # it may as well be one of GPG
        sandbox.git("config", "gpg.format", "ssh")
        assert key_of_git(sandbox.folder) == SigningKey("git's user.signingKey", str(pair.file))
        sandbox.git("config", "user.signingkey", "~/.ssh/id")
        found = key_of_git(sandbox.folder)
        assert found == SigningKey("git's user.signingKey", f"{os.environ['HOME']}/.ssh/id")

    def test_that_of_the_variable(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REWIND_SIGNING_KEY", str(pair.file))
        assert chosen_key() == pair.signing
