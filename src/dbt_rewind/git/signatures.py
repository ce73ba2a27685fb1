"""SSH signatures as git makes them, by ssh-keygen: in a namespace of our own, so that none that was
made for another purpose, such as a commit, counts here."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap
from typing import Final

from dbt_rewind.errors import ProofToolMissing, SigningFailed
from dbt_rewind.git.command import git
from dbt_rewind.model.ssh_key import (
    key_blob,
    key_of_blob,
    public_key,
    read_strings,
    write_strings,
)
from dbt_rewind.process import Completed, run, run_asking

NAMESPACE: Final = "dbt-rewind"

_HASH: Final = b"sha512"
_MAGIC: Final = b"SSHSIG" + (1).to_bytes(4, "big")
_LITERAL: Final = "key::"
_ASKED: Final = re.compile(r"^Enter [^:]*: ")

# Where there is no terminal, nothing is to open a window or to wait for one.
_ALONE: Final[dict[str, str | None]] = {
    "LC_ALL": "C",
    "SSH_ASKPASS_REQUIRE": "never",
    "DISPLAY": None,
}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key that signs: a file, private or public, or the public key itself, whose private half
    an agent has. `named_by` is where it is said, for errors: what is said there may be a secret."""

    named_by: str
    said: str


@dataclass(frozen=True, slots=True)
class Signature:
    """`key` is the public key that made it (`type base64`), `text` what it made, as base64."""

    key: str
    text: str


def chosen_key() -> SigningKey | None:
    """The key that REWIND_SIGNING_KEY names, None where it is not set."""
    said = os.environ.get("REWIND_SIGNING_KEY")
    return SigningKey("REWIND_SIGNING_KEY", said) if said else None


def key_of_git(folder: Path) -> SigningKey | None:
    """The SSH key that git signs with in `folder`, None where there is none. Raises GitMissing."""
    if _setting(folder, "gpg.format") != "ssh":
        return None
    said = _setting(folder, "user.signingKey", "--type=path")
    return SigningKey("git's user.signingKey", said) if said else None


def _setting(folder: Path, name: str, *options: str) -> str:
    return git(folder, "config", "--get", *options, name).text.strip()


def public_half(key: SigningKey) -> str | None:
    """The public key (`type base64`), where it can be read without a passphrase."""
    said = key.said.removeprefix(_LITERAL)
    try:
        return public_key(said)
    except ValueError:
        pass
    for path in (Path(said).expanduser(), Path(f"{said}.pub").expanduser()):
        try:
            return public_key(path.read_text())
        except (OSError, ValueError):
            continue
    return None


def sign(statement: str, key: SigningKey) -> Signature:
    """The key's signature under the statement. A passphrase is asked for on the terminal, if there
    is one. Raises SigningFailed, ProofToolMissing."""
    with TemporaryDirectory(prefix="rewind-") as folder:
        message = Path(folder, "statement")
        message.write_bytes(statement.encode())
        file = _key_file(key, Path(folder))
        command = ("-Y", "sign", "-n", NAMESPACE, "-f", str(file), str(message))
        # Only from standard input does ssh-keygen know that there is a terminal to ask on.
        done = ssh_keygen(command, may_ask=sys.stdin is not None and sys.stdin.isatty())
        if done.status != 0:
            raise SigningFailed(key.named_by, _words(done))
        try:
            return _read(message.with_name("statement.sig").read_text())
        except ValueError as error:
            raise SigningFailed(key.named_by, f"it {error}") from None


def _key_file(key: SigningKey, folder: Path) -> Path:
    """The key as a file; one that is written out goes into `folder`."""
    said = key.said.removeprefix(_LITERAL)
    if "\n" in said.strip() or "PRIVATE KEY" in said:
        raise SigningFailed(key.named_by, "it holds a key itself, and not the path of one")
    try:
        literal = public_key(said)
    except ValueError:
        return _existing(said, key.named_by)
    file = folder / "key.pub"
    file.write_text(f"{literal}\n")
    return file


def _existing(path: str, named_by: str) -> Path:
    try:
        file = Path(path).expanduser()
    except RuntimeError:  # nobody of that name has a home here
        file = None
    if file is None or not file.is_file():
        raise SigningFailed(named_by, "there is no such file")
    return file


def _words(done: Completed) -> str:
    """What ssh-keygen says last; it tells of files, and of no secret."""
    lines = [_ASKED.sub("", line).strip() for line in done.error_text.splitlines()]
    said = [line for line in lines if line]
    return said[-1].rstrip(".") if said else f"ssh-keygen ended with status {done.status}"


def _read(armored: str) -> Signature:
    """The parts of a signature as ssh-keygen writes it that are not the same in every one."""
    inner = "".join(line for line in armored.splitlines() if not line.startswith("-----"))
    blob = base64.b64decode(inner)
    key, _, _, _, signature = read_strings(blob.removeprefix(_MAGIC))
    return Signature(key_of_blob(key), base64.b64encode(signature).decode())


def is_signed(statement: str, signature: Signature, person: str) -> bool:
    """Whether the key has signed this very statement, in our namespace. Raises ProofToolMissing."""
    armored = _armored(signature)
    if armored is None:
        return False
    # A name may hold what means something in that file: spaces, commas, stars.
    principal = hashlib.sha256(person.encode("utf-8", "surrogatepass")).hexdigest()
    with TemporaryDirectory(prefix="rewind-") as folder:
        allowed = Path(folder, "allowed")
        allowed.write_text(f'{principal} namespaces="{NAMESPACE}" {signature.key}\n')
        file = Path(folder, "statement.sig")
        file.write_text(armored)
        command = ("-Y", "verify", "-n", NAMESPACE, "-I", principal)
        done = ssh_keygen(
            (*command, "-f", str(allowed), "-s", str(file)), message=statement.encode()
        )
        return done.status == 0


def _armored(signature: Signature) -> str | None:
    """The signature as ssh-keygen writes it, always in our namespace; None where it is none."""
    try:
        made = base64.b64decode(signature.text, validate=True)
    except ValueError:
        return None
    parts = (key_blob(signature.key), NAMESPACE.encode(), b"", _HASH, made)
    text = base64.b64encode(_MAGIC + write_strings(*parts)).decode()
    head, tail = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
    return "\n".join((head, *wrap(text, 70), tail, ""))


def ssh_keygen(
    arguments: Sequence[str], *, message: bytes | None = None, may_ask: bool = False
) -> Completed:
    """How a call of ssh-keygen ended. Raises ProofToolMissing."""
    command = ["ssh-keygen", *arguments]
    try:
        if may_ask:
            return run_asking(command, environment={"LC_ALL": "C"})
        return run(command, environment=_ALONE, input=message)
    except (FileNotFoundError, PermissionError):
        install = "install OpenSSH's client (8.2 or newer), which has it"
        raise ProofToolMissing("ssh-keygen", install) from None
