"""Real SSH keys, made by ssh-keygen. Where it is missing, the tests that need it fail."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from dbt_rewind.git.signatures import SigningKey


@dataclass(frozen=True)
class Pair:
    """A private key's file, and its public half as `type base64`."""

    file: Path
    public: str

    @property
    def signing(self) -> SigningKey:
        return SigningKey("REWIND_SIGNING_KEY", str(self.file))


def new_pair(
    folder: Path, name: str = "key", kind: str = "ed25519", passphrase: str = "", bits: int = 0
) -> Pair:
    file = folder / name
    size = ["-b", str(bits)] if bits else []
    command = ["ssh-keygen", "-q", "-t", kind, *size, "-N", passphrase, "-C", "a comment"]
    subprocess.run([*command, "-f", str(file)], check=True, stdin=subprocess.DEVNULL)
    return Pair(file, " ".join(file.with_name(f"{name}.pub").read_text().split()[:2]))
