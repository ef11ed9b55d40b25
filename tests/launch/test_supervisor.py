"""The supervisor on small real processes: readiness, one log, restarts, stopping, and nobody left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from shopsmart.launcher.merged_log import MergedLog
from shopsmart.launcher.processes import Part
from shopsmart.launcher.supervisor import Ended, StopAsked, Supervisor

ROOT = Path(__file__).resolve().parents[2]
READY = "print('ready', flush=True)"
STAYS = "import time; print('ready', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"


class Lines(MergedLog):
    """A log that keeps what it shows, and does something at a certain line."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.shown: list[str] = []
        self.at: dict[str, Callable[[], None]] = {}

    def plain(self, text: str, *, in_file: bool = True) -> None:
        self.shown.append(text)
        for words, act in list(self.at.items()):
            if words in text:
                act()


def part(name: str, code: str, **more) -> Part:
    return Part(name, [sys.executable, "-c", code], **more)


@pytest.fixture
def log(tmp_path):
    log = Lines(tmp_path)
    yield log
    log.close()


@pytest.fixture
def supervisor(log, tmp_path):
    supervisor = Supervisor(log, os.environ, tmp_path)
    yield supervisor
    supervisor.stop(*supervisor.names())


def test_a_part_is_awaited_and_its_lines_carry_its_name(supervisor, log):
    supervisor.start(part("worker", "print('hello');" + STAYS))

    supervisor.until_ready("worker")

    assert "worker    | hello" in log.shown
    assert any(line.startswith("shopsmart | worker ready (") for line in log.shown)


def test_a_part_that_ends_before_it_is_ready_is_named_with_its_last_word(supervisor):
    supervisor.start(part("api", "raise SystemExit('no database')"))

    with pytest.raises(Ended, match=r"api did not start \(exit 1\), its last word was: no database"):
        supervisor.until_ready("api")


def test_a_part_that_stays_silent_is_given_up(supervisor):
    supervisor.start(part("api", "import time; time.sleep(60)", start_seconds=0.3))

    with pytest.raises(Ended, match="no answer in 0 s"):
        supervisor.until_ready("api")


def test_a_step_that_fails_stops_the_start(supervisor):
    supervisor.run_once(part("indexes", "print('two made')"))

    with pytest.raises(Ended, match="seed did not start .*exit 3"):
        supervisor.run_once(part("seed", "raise SystemExit(3)"))


def test_a_part_that_dies_is_said_and_started_again(supervisor, log, tmp_path):
    mark = tmp_path / "died-once"
    code = f"""
import os, pathlib, time
print("ready", flush=True)
mark = pathlib.Path({str(mark)!r})
if not mark.exists():
    mark.touch()
    os.kill(os.getpid(), 9)
time.sleep(60)
"""
    supervisor.start(part("worker", code))
    log.at["worker starts again"] = lambda: log.at.update({"worker ready": supervisor.ask_to_stop})

    with pytest.raises(StopAsked), after(20, supervisor.ask_to_stop):
        supervisor.watch()

    assert "shopsmart | worker ended (SIGKILL), starts again in 1 s" in log.shown


def test_a_part_that_keeps_dying_is_tried_less_and_less_often(supervisor, log):
    supervisor.start(part("worker", "raise SystemExit(7)"))
    log.at["starts again in 2 s"] = supervisor.ask_to_stop

    with pytest.raises(StopAsked), after(20, supervisor.ask_to_stop):
        supervisor.watch()

    assert [line for line in log.shown if "ended" in line] == [
        f"shopsmart | worker ended (exit 7), starts again in {wait} s" for wait in (1, 2)
    ]


def test_a_part_that_does_not_stop_is_killed_with_its_children(supervisor, log):
    child_in_a_session_of_its_own = (
        "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        " start_new_session=True); print('child', p.pid, flush=True); "
    )
    supervisor.start(part("worker", child_in_a_session_of_its_own + DEAF, stop_seconds=0.2))
    supervisor.until_ready("worker")
    child = int(next(line for line in log.shown if "| child" in line).split()[-1])

    supervisor.stop("worker")

    assert "shopsmart | worker does not stop by itself: killed" in log.shown
    assert not alive(child)
    assert supervisor.names() == []


def test_a_second_signal_while_stopping_hurries(supervisor, log):
    supervisor.start(part("worker", DEAF, stop_seconds=60))
    supervisor.until_ready("worker")
    supervisor.ask_to_stop()
    began = time.monotonic()

    with after(0.3, supervisor.ask_to_stop):
        supervisor.stop("worker")

    assert 0.2 < time.monotonic() - began < 10


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux, which ties a child's life to its parent's")
def test_children_go_when_the_launcher_is_killed(tmp_path):
    launcher = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(f"""
            import os, pathlib
            from shopsmart.launcher.merged_log import MergedLog
            from shopsmart.launcher.processes import Part
            from shopsmart.launcher.supervisor import Supervisor
            folder = pathlib.Path({str(tmp_path)!r})
            supervisor = Supervisor(MergedLog(folder), os.environ, folder, lambda pids: print(pids, flush=True))
            supervisor.start(Part("worker", [{sys.executable!r}, "-c", {STAYS!r}]))
            supervisor.until_ready("worker")
            supervisor.watch()
            """),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert launcher.stdout is not None
    child = int(launcher.stdout.readline().split(":")[1].strip(" }\n"))
    while "ready" not in launcher.stdout.readline():
        pass

    launcher.kill()
    launcher.wait()
    launcher.stdout.close()

    give_up_at = time.monotonic() + 5
    while alive(child) and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert not alive(child)


def test_quiet_lines_are_kept_in_the_parts_own_log(supervisor, log, tmp_path):
    supervisor.start(
        part("mongo", "print('chatter', flush=True);" + STAYS, shows=lambda line: "chatter" not in line)
    )

    supervisor.until_ready("mongo")

    assert not any("chatter" in line for line in log.shown)
    assert "chatter" in (tmp_path / "mongo.log").read_text()


@contextmanager
def after(seconds: float, act: Callable[[], None]):
    """Have `act` done by a signal in `seconds`, as a second Ctrl-C would."""
    before = signal.signal(signal.SIGALRM, lambda *_: act())
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
