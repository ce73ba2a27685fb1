from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from threading import Timer

import pytest

from dbt_rewind.process import Completed, run


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


def test_everything_it_wrote_and_its_status() -> None:
    completed = run(
        python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)", "é")
    )
    assert completed.arguments[-1] == "é"
    assert (completed.status, completed.text, completed.error_text) == (3, "out\n", "err\n")


def test_text_that_is_not_utf8() -> None:
    assert Completed((), 0, b"caf\xe9", b"\xff").text == "caf\N{REPLACEMENT CHARACTER}"
    assert Completed((), 0, b"caf\xe9", b"\xff").error_text == "\N{REPLACEMENT CHARACTER}"


def test_killed_by_a_signal() -> None:
    assert run(python("import os; os.abort()")).status == -signal.SIGABRT


def test_more_than_a_pipe_holds() -> None:
    code = "import sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(data)"
    assert run(python(code), input=b"x" * 300_000).stdout == b"x" * 300_000


def test_input_that_nobody_reads() -> None:
    assert run(python("pass"), input=b"x" * 300_000).status == 0


def test_nothing_to_read_without_input() -> None:
    assert run(python("import sys; print(repr(sys.stdin.read()))")).text == "''\n"


def test_no_terminal_to_ask_on() -> None:
    code = "import os\ntry: os.open('/dev/tty', os.O_RDWR)\nexcept OSError: print('none')"
    assert run(python(code)).text == "none\n"


def test_environment_is_added_to_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "kept")
    monkeypatch.setenv("CHANGED", "before")
    monkeypatch.setenv("DROPPED", "dropped")
    code = "import os; print([os.environ.get(n) for n in ('KEPT', 'CHANGED', 'ADDED', 'DROPPED')])"
    changes = {"CHANGED": "after", "ADDED": "added", "DROPPED": None}
    completed = run(python(code), environment=changes)
    assert completed.text.strip() == "['kept', 'after', 'added', None]"


def test_folder(tmp_path: Path) -> None:
    assert run(python("import os; print(os.getcwd())"), folder=tmp_path).text.strip() == str(
        tmp_path
    )


def test_a_missing_folder_is_not_a_missing_executable(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        run(python("pass"), folder=tmp_path / "missing")


def test_no_such_executable() -> None:
    with pytest.raises(FileNotFoundError):
        run(["no-such-program-anywhere"])


def test_not_executable(tmp_path: Path) -> None:
    (tmp_path / "text").touch(0o644)
    with pytest.raises(PermissionError):
        run([str(tmp_path / "text")])


def test_too_slow(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        run(python(_SAY_AND_SLEEP, str(tmp_path / "pid")), timeout=0.5)
    assert time.monotonic() - began < 4
    assert _is_gone(tmp_path / "pid")


def test_control_c_ends_the_process_and_goes_on(tmp_path: Path) -> None:
    timer = Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run(python(_SAY_AND_SLEEP, str(tmp_path / "pid")))
    timer.join()
    assert _is_gone(tmp_path / "pid")


def test_a_process_that_will_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dbt_rewind.process._GRACE", 0.2)
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + _SAY_AND_SLEEP
    with pytest.raises(TimeoutError):
        run(python(stubborn, str(tmp_path / "pid")), timeout=0.5)
    assert _is_gone(tmp_path / "pid")


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    began = time.monotonic()
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]])"
    with pytest.raises(TimeoutError):
        run(python(parent, _SAY_AND_SLEEP, str(tmp_path / "pid")), timeout=0.8)
    assert time.monotonic() - began < 4
    assert _is_gone(tmp_path / "pid")


_SAY_AND_SLEEP = (
    "import os, pathlib, sys, time\n"
    "pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\n"
    "time.sleep(30)"
)


def _is_gone(pid_file: Path) -> bool:
    pid = int(pid_file.read_text())
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if _is_zombie(pid):
            return True
        time.sleep(0.02)
    return False


def _is_zombie(pid: int) -> bool:
    # A grandchild's parent is init, which in a container may never collect it.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False
