"""Starts a PostgreSQL server, and ends it when whoever asked for it has ended.

Run as a script, with the standard library alone. Its argument is JSON: `package` (the folder of the
package with the binaries), `installed` (the folder's name in there), `options` of the server, and
`kept`, a folder for the server that stays and serves again under the same port, or null.
It answers JSON lines: `folder`, `port` and `password`, or `problem`. The line `start` on standard
input starts the server again after it was killed; at the end of standard input it is stopped, and
its folder removed unless that is to be kept.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ORDINARY_USER = "nobody"
"""Whom the server runs as where we are root, as whom it refuses to run."""

ATTEMPTS = 8
"""A free port may be taken before the server has it."""

PATIENCE = 60.0


class Server:
    """A data folder with all that a server needs, and the server in it."""

    def __init__(
        self, package: Path, installed: str, options: dict[str, str], kept: str | None
    ) -> None:
        self.ids = _ids()
        self.kept = kept is not None
        self.folder = Path(kept or tempfile.mkdtemp(prefix="rewind-pg-", dir=common_place()))
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.password = secrets.token_urlsafe(12)
        self.port = 0
        self.served = False
        self.options = options
        self.process: subprocess.Popen[bytes] | None = None
        self.remember()
        self.give(self.folder)
        self.programs = self.usable(package, installed)

    def remember(self) -> None:
        """Takes port and password from where `note` has put them, if it has."""
        try:
            noted = json.loads((self.folder / "server.json").read_text())
        except FileNotFoundError:
            return
        self.port, self.password, self.served = noted["port"], noted["password"], True

    def note(self) -> None:
        """Writes down how to reach a server that is kept, for nobody else to read."""
        path = self.folder / "server.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({"port": self.port, "password": self.password}))

    def give(self, path: Path) -> None:
        """Makes whoever runs the server own the path."""
        if self.ids:
            os.chown(path, *self.ids)

    def usable(self, package: Path, installed: str) -> Path:
        """The folder of programs; a copy where the server's user may not reach the original."""
        original = package / installed / "bin"
        try:
            self.run(original / "postgres", "--version")
        except OSError:
            libraries = package.with_name(f"{package.name}.libs")
            copy = self.folder / package.name / installed
            shutil.copytree(package / installed, copy, dirs_exist_ok=True)
            if libraries.exists():
                shutil.copytree(libraries, self.folder / libraries.name, dirs_exist_ok=True)
            return self.folder / package.name / installed / "bin"
        return original

    def make(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o600)
        self.give(secret)
        self.run(
            self.programs / "initdb",
            *("-D", str(self.data), "-U", "postgres", "--pwfile", str(secret)),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"),
            "--no-instructions",
        )

    def run(self, program: Path, *arguments: str) -> None:
        done = subprocess.run(
            [str(program), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **self.as_user(),
        )
        if done.returncode:
            raise OSError(f"{program.name}: {done.stderr.strip() or done.returncode}")

    def as_user(self) -> dict[str, Any]:
        common: dict[str, Any] = {"cwd": self.folder}
        return common | (
            {"user": self.ids[0], "group": self.ids[1], "extra_groups": []} if self.ids else {}
        )

    def start(self) -> None:
        """Raises OSError where the server does not start."""
        for attempt in range(ATTEMPTS):
            if not self.served:
                self.port = _free_port()
            if self.started():
                self.served = True
                return
            # After a kill, the processes of the killed server may still be about to end.
            time.sleep(0.1 * 2**attempt if self.served else 0)
        raise OSError(self.log.read_text(errors="replace").strip().rpartition("\n")[2])

    def started(self) -> bool:
        """Whether a new server process accepts connections, and has not ended instead."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            **self.options,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(str(self.programs / "postgres"), "-D", str(self.data)),
                    *(
                        part
                        for name, value in settings.items()
                        for part in ("-c", f"{name}={value}")
                    ),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self.as_user(),
            )
        until = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            lines = self.pid_file()
            # The eighth line tells the state; a killed server's file still has its process id.
            if lines[:1] == [str(self.process.pid)] and [x.strip() for x in lines[7:8]] == [
                "ready"
            ]:
                return True
            time.sleep(0.01)
        self.stop()
        return False

    def pid_file(self) -> list[str]:
        """The lines of what the server says of itself; a new server removes an old one's."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def stop(self) -> None:
        """Ends the server: in good order where it is kept, and otherwise without delay, because
        nobody needs its data any more."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT if self.kept else signal.SIGQUIT)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _ids() -> tuple[int, int] | None:
    """The user and the group that the server runs as, None where that is ours."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(ORDINARY_USER)
    return entry.pw_uid, entry.pw_gid


def common_place() -> str:
    """A temporary folder that every user can reach."""
    usual = Path(tempfile.gettempdir())
    # The name of a socket has a hundred characters at the most.
    good = is_common(usual) and len(str(usual.resolve())) < 60
    return str(usual.resolve()) if good else "/tmp"  # noqa: S108


def is_common(folder: Path) -> bool:
    """Whether every user can go there."""
    folder = folder.resolve()
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _try_to_start(server: Server) -> bool:
    try:
        if not server.data.exists():
            server.make()
        server.start()
    except OSError as error:
        _say({"problem": str(error)})
        return False
    if server.kept:
        server.note()
    _say({"folder": str(server.folder), "port": server.port, "password": server.password})
    return True


def guard(request: dict[str, Any]) -> None:
    """Keeps a server until standard input ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = Server(
        Path(request["package"]), request["installed"], request["options"], request["kept"]
    )
    try:
        if _try_to_start(server):
            for _ in sys.stdin:
                _try_to_start(server)
    finally:
        server.stop()
        if not server.kept:
            shutil.rmtree(server.folder, ignore_errors=True)


if __name__ == "__main__":
    guard(json.loads(sys.argv[1]))
