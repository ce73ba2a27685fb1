"""Public SSH keys: which are ones, and what is inside them.

Words repeat nothing of what is refused, since somebody may have pasted a secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

SMALLEST_RSA: Final = 2048
"""Bits; shorter ones can be broken."""

_EXAMPLE: Final = "must be a public SSH key such as `ssh-ed25519 AAAA...`, as a .pub file has it"
_PRIVATE: Final = (
    "is a private key, which is no secret any more: make a new one, and write its public key here"
)
_SIGNS_OF_PRIVATE: Final = (
    "PRIVATE KEY",
    "PuTTY-User-Key-File",
    base64.b64encode(b"openssh-key-v1")[:16].decode(),
)


def public_key(text: str) -> str:
    """The key of a line such as a .pub file has: `type base64`, without the comment, and written in
    one way only. Raises ValueError; its words go on after the name of the setting."""
    if any(sign in text for sign in _SIGNS_OF_PRIVATE):
        raise ValueError(_PRIVATE)
    words = text.split()
    if len(words) < 2 or "\n" in text.strip():
        raise ValueError(_EXAMPLE)
    kind = words[0]
    if kind not in _SHAPES:
        raise ValueError(f"{_EXAMPLE}; types that can sign: {', '.join(_SHAPES)}")
    try:
        blob = base64.b64decode(words[1], validate=True)
        parts = read_strings(blob)
    except (binascii.Error, ValueError):
        raise ValueError(_EXAMPLE) from None
    if parts[:1] != (kind.encode(),) or not _SHAPES[kind](parts[1:]):
        raise ValueError("does not hold a key of the type that it begins with")
    if kind == "ssh-rsa" and int.from_bytes(parts[2], "big").bit_length() < SMALLEST_RSA:
        raise ValueError(f"is an RSA key of fewer than {SMALLEST_RSA} bits, which can be broken")
    return f"{kind} {base64.b64encode(blob).decode()}"


def key_blob(key: str) -> bytes:
    """What is inside a key that `public_key` returned."""
    return base64.b64decode(key.split()[1])


def key_of_blob(blob: bytes) -> str:
    """The key that has this inside. Raises ValueError where it is none."""
    kind = read_strings(blob)[:1]
    return public_key(
        f"{kind[0].decode('ascii') if kind else ''} {base64.b64encode(blob).decode()}"
    )


def fingerprint(key: str) -> str:
    """As `ssh-keygen -l` shows it: `SHA256:...`."""
    digest = hashlib.sha256(key_blob(key)).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def read_strings(blob: bytes) -> tuple[bytes, ...]:
    """The strings that SSH's wire format holds one after the other, each after its length.

    Raises ValueError where they do not fill it exactly.
    """
    found, at = [], 0
    while at < len(blob):
        length = int.from_bytes(blob[at : at + 4], "big")
        part = blob[at + 4 : at + 4 + length]
        if at + 4 > len(blob) or len(part) != length:
            raise ValueError("it ends too early")
        found.append(part)
        at += 4 + length
    return tuple(found)


def write_strings(*parts: bytes) -> bytes:
    """As `read_strings` reads it."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _ed25519(parts: Sequence[bytes]) -> bool:
    return [len(part) for part in parts] == [32]


def _rsa(parts: Sequence[bytes]) -> bool:
    return len(parts) == 2 and all(parts)


def _ecdsa(curve: bytes, size: int) -> Callable[[Sequence[bytes]], bool]:
    def fits(parts: Sequence[bytes]) -> bool:
        return len(parts) == 2 and parts[0] == curve and len(parts[1]) == size

    return fits


def _in_hardware(fits: Callable[[Sequence[bytes]], bool]) -> Callable[[Sequence[bytes]], bool]:
    """Such a key also names the application that it is for."""
    return lambda parts: len(parts) > 1 and bool(parts[-1]) and fits(parts[:-1])


_SHAPES: Final[Mapping[str, Callable[[Sequence[bytes]], bool]]] = {
    "ssh-ed25519": _ed25519,
    "ssh-rsa": _rsa,
    "ecdsa-sha2-nistp256": _ecdsa(b"nistp256", 65),
    "ecdsa-sha2-nistp384": _ecdsa(b"nistp384", 97),
    "ecdsa-sha2-nistp521": _ecdsa(b"nistp521", 133),
    "sk-ssh-ed25519@openssh.com": _in_hardware(_ed25519),
    "sk-ecdsa-sha2-nistp256@openssh.com": _in_hardware(_ecdsa(b"nistp256", 65)),
}
"""The parts that follow the type, by type."""
