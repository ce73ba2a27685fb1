"""The dbt process: what it says, how it ends, and that nothing outlives its owner."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from dbt_rewind.dbt.progress import NodeProgress
from dbt_rewind.dbt.session import DbtSession, start_session
from dbt_rewind.errors import DbtCrashed, DbtMissing, DbtTooOld

DBT = '''\
"""A dbt that does what its first real argument says."""

import os
import sys
import time
import types


class dbtRunner:
    def __init__(self, callbacks):
        self.callbacks = callbacks
        self.manifest = None

    def invoke(self, arguments):
        command, *rest = [each for each in arguments if not each.startswith("--")]
        return getattr(self, command)(*rest) or answer()

    def echo(self, *rest):
        return answer(result=[*rest, 5])

    def environment(self, name):
        return answer(result=[os.environ.get(name, "unset")])

    def print(self):
        print("noise on standard output", flush=True)
        os.write(1, b"more noise\\n")

    def refuse(self):
        return answer(False, exception=ValueError("Compilation Error\\n  in model x"))

    def fail(self):
        return answer(False)

    def leave(self):
        sys.exit(7)

    def crash(self):
        raise RuntimeError("a bug in dbt")

    def parse(self):
        return answer(result={"a": "manifest"})

    def manifest_is(self):
        return answer(result=[str(self.manifest)])

    def die(self, *words):
        print("Segmentation fault in the driver", file=sys.stderr, flush=True)
        os._exit(139)

    def die_silently(self):
        os._exit(4)

    def work(self, file):
        for number in range(10_000):
            with open(file, "w") as progress:
                progress.write(f"{os.getpid()} {number}")
            time.sleep(0.01)

    def build(self):
        node = types.SimpleNamespace(unique_id="model.shop.a", resource_type="model")
        result = types.SimpleNamespace(status="success", execution_time=1.5)
        for name, data in [
            ("MainReportVersion", types.SimpleNamespace()),
            ("NodeStart", types.SimpleNamespace(node_info=node)),
            ("LogModelResult", types.SimpleNamespace(node_info=node)),
            ("NodeFinished", types.SimpleNamespace(node_info=node, run_result=result)),
        ]:
            event = types.SimpleNamespace(info=types.SimpleNamespace(name=name), data=data)
            for callback in self.callbacks:
                callback(event)


def answer(success=True, result=None, exception=None):
    return types.SimpleNamespace(success=success, result=result, exception=exception)
'''

OWNER = """\
import sys
from pathlib import Path
from dbt_rewind.dbt.session import start_session

folder, progress = sys.argv[1:]
with start_session(sys.executable, Path(folder), {"PYTHONPATH": folder}) as session:
    session.ask(["work", progress])
"""


class FakeDbt:
    """A package `dbt` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("cli/main.py", DBT)
        self.write("version.py", '__version__ = "1.11.2"\n')
        for package in ("__init__.py", "cli/__init__.py"):
            self.write(package, "")

    def write(self, name: str, text: str) -> None:
        file = self.folder / "dbt" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def start(self, **environment: str) -> AbstractContextManager[DbtSession]:
        variables = {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", **environment}
        return start_session(sys.executable, self.folder, variables)


@pytest.fixture
def dbt(tmp_path: Path) -> FakeDbt:
    return FakeDbt(tmp_path)


def test_one_process_answers_every_request_in_turn(dbt: FakeDbt) -> None:
    with dbt.start() as session:
        assert session.dbt_version == "1.11.2"
        for words in (["a"], ["b", "c"], []):
            answered = session.ask(["echo", *words])
            assert (answered.success, answered.problem) == (True, "")
            assert answered.listed == tuple(words)
        process = session.process
    assert process.returncode == 0


def test_it_works_in_the_given_folder_with_quiet_options(dbt: FakeDbt) -> None:
    dbt.write(
        "cli/main.py",
        DBT.replace(
            "        command, *rest",
            "        return answer(result=[os.getcwd(), *arguments])\n        command, *rest",
        ),
    )
    with dbt.start() as session:
        folder, *arguments = session.ask(["echo", "x"]).listed
    assert Path(folder) == dbt.folder.resolve()
    assert arguments[-2:] == ["echo", "x"]
    assert "--no-send-anonymous-usage-stats" in arguments[:-2]


def test_variables_that_steer_dbt_are_not_inherited(
    dbt: FakeDbt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_TARGET", "dev")
    monkeypatch.setenv("DBT_FULL_REFRESH", "1")
    monkeypatch.setenv("DBT_ENV_SECRET_TOKEN", "t")
    with dbt.start() as session:
        seen = [
            session.ask(["environment", name]).listed[0]
            for name in ("DBT_TARGET", "DBT_FULL_REFRESH", "DBT_ENV_SECRET_TOKEN")
        ]
    assert seen == ["unset", "unset", "t"]


def test_what_dbt_prints_does_not_disturb(dbt: FakeDbt) -> None:
    with dbt.start() as session:
        assert session.ask(["print"]).success
        assert session.ask(["echo", "still here"]).listed == ("still here",)


def test_nodes_are_told_as_they_start_and_end(dbt: FakeDbt) -> None:
    heard: list[NodeProgress] = []
    with dbt.start() as session:
        session.ask(["build"], listener=heard.append)
        session.ask(["build"])
    assert heard == [
        NodeProgress("model.shop.a", "model", False),
        NodeProgress("model.shop.a", "model", True, "success", 1.5),
    ]


def test_a_refusal_has_its_reason_and_a_failure_has_none(dbt: FakeDbt) -> None:
    with dbt.start() as session:
        refused, failed = session.ask(["refuse"]), session.ask(["fail"])
    assert (refused.success, refused.problem) == (False, "Compilation Error\n  in model x")
    assert (failed.success, failed.problem) == (False, "")


@pytest.mark.parametrize(
    ("command", "problem"),
    [("leave", "SystemExit: 7"), ("crash", "RuntimeError: a bug in dbt")],
)
def test_what_dbt_raises_is_an_answer_and_the_process_goes_on(
    dbt: FakeDbt, command: str, problem: str
) -> None:
    with dbt.start() as session:
        answered = session.ask([command])
        assert (answered.success, answered.problem) == (False, problem)
        assert session.ask(["echo", "a"]).listed == ("a",)


def test_the_manifest_is_kept_where_asked(dbt: FakeDbt) -> None:
    with dbt.start() as session:
        session.ask(["parse"])
        assert session.ask(["manifest_is"]).listed == ("None",)
        session.ask(["parse"], keep_manifest=True)
        assert session.ask(["manifest_is"]).listed == ("{'a': 'manifest'}",)


def test_a_process_that_dies_is_quoted(dbt: FakeDbt) -> None:
    with pytest.raises(DbtCrashed) as raised, dbt.start() as session:
        session.ask(["die"])
    assert raised.value.output == "Segmentation fault in the driver"


def test_a_process_that_dies_without_a_word_leaves_its_status(dbt: FakeDbt) -> None:
    with pytest.raises(DbtCrashed) as raised, dbt.start() as session:
        session.ask(["die_silently"])
    assert raised.value.output == "exit status 4"


def test_a_process_that_is_dead_cannot_be_asked(dbt: FakeDbt) -> None:
    with dbt.start() as session:
        session.process.kill()
        session.process.wait()
        with pytest.raises(DbtCrashed):
            session.ask(["echo"])


def test_a_python_without_dbt(dbt: FakeDbt) -> None:
    dbt.write("cli/main.py", "import a_module_that_nobody_has_made\n")
    with pytest.raises(DbtMissing) as raised, dbt.start():
        pass
    (searched,) = raised.value.searched
    assert searched.startswith(sys.executable)
    assert "a_module_that_nobody_has_made" in searched


def test_a_python_that_is_none(dbt: FakeDbt) -> None:
    with pytest.raises(DbtMissing), start_session(str(dbt.folder / "python"), dbt.folder):
        pass


@pytest.mark.parametrize("version", ["1.8.9", "1.0", "0.21.1"])
def test_a_dbt_that_is_too_old(dbt: FakeDbt, version: str) -> None:
    dbt.write("version.py", f"__version__ = {version!r}\n")
    with pytest.raises(DbtTooOld) as raised, dbt.start():
        pass
    assert (raised.value.found, raised.value.needed) == (version, "1.9")


@pytest.mark.parametrize("version", ["1.9.0", "1.9.0b1", "1.10.1", "2.0.0rc1"])
def test_a_dbt_that_is_new_enough(dbt: FakeDbt, version: str) -> None:
    dbt.write("version.py", f"__version__ = {version!r}\n")
    with dbt.start() as session:
        assert session.dbt_version == version


def test_a_dbt_whose_import_crashes_is_quoted(dbt: FakeDbt) -> None:
    dbt.write("cli/main.py", "raise RuntimeError('an incompatible library')\n")
    with pytest.raises(DbtCrashed, match="an incompatible library"), dbt.start():
        pass


def test_closing_it_idle_ends_it_in_good_order_at_once(dbt: FakeDbt) -> None:
    """In good order: what dbt registered to be done at the end is done."""
    farewell = dbt.folder / "farewell"
    register = f"import atexit, pathlib\natexit.register(pathlib.Path({str(farewell)!r}).touch)\n"
    dbt.write("cli/main.py", register + DBT)
    with dbt.start() as session:
        session.ask(["echo"])
        began = time.monotonic()
        session.close()
        session.close()
        assert time.monotonic() - began < 5
        assert session.process.returncode == 0
        assert farewell.exists()


def test_closing_it_the_moment_it_has_answered_is_closing_it_idle(dbt: FakeDbt) -> None:
    slow = "import threading, time\nclear = threading.Event.clear\n"
    slow += "threading.Event.clear = lambda self: (time.sleep(0.3), clear(self))[1]\n"
    dbt.write("cli/main.py", slow + DBT)
    with dbt.start() as session:
        session.ask(["echo"])
    assert session.process.returncode == 0


def wait_for(file: Path) -> str:
    ends = time.monotonic() + 10
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < ends, f"{file.name} never came"
        time.sleep(0.01)
    return file.read_text()


def test_closing_it_busy_ends_it_at_once(dbt: FakeDbt) -> None:
    """A build that nobody waits for must not go on writing."""
    progress = dbt.folder / "progress"
    with dbt.start() as session:
        request = {"arguments": ["work", str(progress)], "keep_manifest": False}
        session.requests.write(json.dumps(request) + "\n")
        session.requests.flush()
        wait_for(progress)
        began = time.monotonic()
        session.close()
        assert time.monotonic() - began < 5
    assert session.process.returncode == 3


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.crash
def test_killing_the_owner_ends_a_busy_worker(dbt: FakeDbt) -> None:
    """Invariant 6: whoever takes over finds nobody writing."""
    progress = dbt.folder / "progress"
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(dbt.folder), str(progress)])
    try:
        worker = int(wait_for(progress).split()[0])
        assert is_running(worker)
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        ends = time.monotonic() + 10
        while is_running(worker) and time.monotonic() < ends:
            time.sleep(0.01)
        assert not is_running(worker)
    finally:
        owner.kill()
        owner.wait()


def test_an_error_in_the_block_ends_it_too(dbt: FakeDbt) -> None:
    with pytest.raises(KeyboardInterrupt), dbt.start() as session:
        raise KeyboardInterrupt
    assert session.process.returncode == 0


def test_it_has_a_process_group_of_its_own(dbt: FakeDbt) -> None:
    """Ctrl-C reaches us alone, and we decide what becomes of the build."""
    with dbt.start() as session:
        assert os.getpgid(session.process.pid) == session.process.pid != os.getpgid(0)
