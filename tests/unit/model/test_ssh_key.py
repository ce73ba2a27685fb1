from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.keys import new_pair

from dbt_rewind.model.ssh_key import (
    fingerprint,
    key_blob,
    key_of_blob,
    public_key,
    read_strings,
    write_strings,
)

ED25519 = write_strings(b"ssh-ed25519", b"k" * 32)


def text(blob: bytes, kind: str = "ssh-ed25519") -> str:
    return f"{kind} {base64.b64encode(blob).decode()}"


@pytest.mark.parametrize(
    ("kind", "bits"),
    [("ed25519", 0), ("rsa", 2048), ("ecdsa", 256), ("ecdsa", 384), ("ecdsa", 521)],
)
def test_what_ssh_keygen_makes(tmp_path: Path, kind: str, bits: int) -> None:
    pair = new_pair(tmp_path, kind=kind, bits=bits)
    line = Path(f"{pair.file}.pub").read_text()
    assert public_key(line) == pair.public
    assert key_of_blob(key_blob(pair.public)) == pair.public
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(pair.file)], capture_output=True, text=True, check=True
    )
    assert fingerprint(pair.public) == shown.stdout.split()[1]


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("sk-ssh-ed25519@openssh.com", (b"k" * 32, b"ssh:")),
        ("sk-ecdsa-sha2-nistp256@openssh.com", (b"nistp256", b"\4" + b"k" * 64, b"ssh:")),
    ],
)
def test_keys_in_hardware(kind: str, parts: tuple[bytes, ...]) -> None:
    key = text(write_strings(kind.encode(), *parts), kind)
    assert public_key(f"{key} me@here") == key
    with pytest.raises(ValueError, match="does not hold a key of the type"):
        public_key(text(write_strings(kind.encode(), *parts[:-1]), kind))


def test_a_private_key_is_refused_and_not_repeated(tmp_path: Path) -> None:
    lines = new_pair(tmp_path).file.read_text().splitlines()
    for pasted in ("\n".join(lines), " ".join(lines), lines[1], f"ssh-ed25519 {lines[1]}"):
        with pytest.raises(ValueError, match="is a private key") as raised:
            public_key(pasted)
        assert not [line for line in lines[1:-1] if line in str(raised.value)]


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("", "must be a public SSH key"),
        ("hunter2hunter2", "must be a public SSH key"),
        ("ssh-ed25519", "must be a public SSH key"),
        (f'command="sh" {text(ED25519)}', "types that can sign: ssh-ed25519"),
        ("ssh-dss hunter2hunter2", "types that can sign: ssh-ed25519"),
        (text(ED25519, "ssh-ed25519-cert-v01@openssh.com"), "types that can sign"),
        ("ssh-ed25519 hunter2hunter2!", "must be a public SSH key"),
        (text(ED25519, "ssh-rsa"), "does not hold a key of the type"),
        (text(write_strings(b"ssh-ed25519", b"k" * 31)), "does not hold a key of the type"),
        (text(ED25519 + write_strings(b"more")), "does not hold a key of the type"),
        (text(ED25519[:-1]), "must be a public SSH key"),
        (text(ED25519 + b"\0"), "must be a public SSH key"),
        (f"{text(ED25519)}\n{text(ED25519)}", "must be a public SSH key"),
    ],
)
def test_refused(pasted: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as raised:
        public_key(pasted)
    assert "hunter2" not in str(raised.value)


def test_an_rsa_key_that_can_be_broken_is_refused(tmp_path: Path) -> None:
    short = new_pair(tmp_path, kind="rsa", bits=1024)
    with pytest.raises(ValueError, match="fewer than 2048 bits"):
        public_key(short.public)


def test_one_key_has_one_spelling() -> None:
    assert public_key(f"  {text(ED25519)}   who@where what\n") == text(ED25519)
    kind = "sk-ssh-ed25519@openssh.com"
    key = text(write_strings(kind.encode(), b"k" * 32, b"ssh:"), kind)
    # The last letter before the padding has bits that count for nothing.
    assert key.endswith("o=")
    assert public_key(f"{key[:-2]}p=") == key


@given(st.lists(st.binary(max_size=40)))
def test_the_wire_format_goes_both_ways(parts: list[bytes]) -> None:
    assert read_strings(write_strings(*parts)) == tuple(parts)


@given(st.text() | st.binary().map(text))
def test_anything_is_a_key_or_refused(pasted: str) -> None:
    try:
        key = public_key(pasted)
    except ValueError:
        return
    assert public_key(key) == key
