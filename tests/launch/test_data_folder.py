"""The data folder: one copy at a time, small files whole or absent, leftovers stopped and nobody else's process."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from shopsmart.launcher.folder import RUN_VARIABLE, DataFolder, LaunchError, State, identify


def sleeper(
    run: str | None = None, *, code: str = "import time; time.sleep(60)"
) -> "subprocess.Popen[bytes]":
    environ = {**os.environ, RUN_VARIABLE: run} if run else {**os.environ}
    return subprocess.Popen([sys.executable, "-c", code], env=environ, start_new_session=True)


def state(run: str, **parts: int) -> State:
    return {
        "run": run,
        "launcher": {"pid": 1, "started": 0.0},
        "parts": {name: identify(pid) for name, pid in parts.items()},
        "environment": {},
    }


@pytest.fixture
def folder(tmp_path):
    folder = DataFolder(tmp_path / "data")
    with folder.claimed():
        yield folder


def test_a_folder_in_use_is_refused_in_one_sentence_and_free_again_afterwards(tmp_path):
    folder = DataFolder(tmp_path)

    with (
        folder.claimed(),
        pytest.raises(LaunchError, match="Another copy is running on .* SHOPSMART_DATA"),
        DataFolder(tmp_path).claimed(),
    ):
        pass

    with DataFolder(tmp_path).claimed():
        pass


@pytest.mark.parametrize("path", ["file/data", "file"])
def test_a_folder_that_cannot_be_made_is_refused_in_one_sentence(tmp_path, path):
    (tmp_path / "file").write_text("not a folder")

    with pytest.raises(LaunchError, match="cannot be written"), DataFolder(tmp_path / path).claimed():
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="needs to run as somebody whom file modes bind (not root)")
def test_a_read_only_folder_is_refused_in_one_sentence(tmp_path):
    tmp_path.chmod(0o500)

    with pytest.raises(LaunchError, match="cannot be written"), DataFolder(tmp_path).claimed():
        pass


def test_a_folder_on_a_read_only_file_system_is_refused_in_one_sentence():
    if not Path("/proc/sys").is_dir():
        pytest.skip("needs /proc, where nothing can be created")
    with pytest.raises(LaunchError, match="cannot be written"), DataFolder(Path("/proc/sys/data")).claimed():
        pass


def test_the_secret_is_made_once_and_only_its_owner_may_read_it(folder):
    first = folder.secret()

    assert len(first) >= 32
    assert folder.secret() == first
    assert stat.S_IMODE((folder.path / "secret").stat().st_mode) == 0o600


def test_leftovers_of_a_killed_start_are_stopped_with_what_they_started_themselves(folder):
    known, own_session = sleeper("run-1"), sleeper("run-1")
    folder.remember(state("run-1", worker=known.pid))

    assert folder.stop_leftovers() == 2
    assert not psutil.pid_exists(known.pid)
    assert not psutil.pid_exists(own_session.pid)
    assert folder.stop_leftovers() == 0


def test_a_leftover_that_does_not_listen_is_killed(folder):
    deaf = sleeper(
        "run-1", code="import signal, time; signal.signal(15, 1); print(flush=True); time.sleep(60)"
    )
    folder.remember(state("run-1", worker=deaf.pid))
    time.sleep(0.3)

    folder.stop_leftovers(seconds=0.2)

    assert not psutil.pid_exists(deaf.pid)


def test_a_process_that_only_got_the_same_number_is_left_alone(folder):
    stranger = sleeper()
    try:
        known = state("run-1", worker=stranger.pid)
        known["parts"]["worker"]["started"] -= 3_600
        folder.remember(known)

        assert folder.stop_leftovers() == 0
        assert psutil.pid_exists(stranger.pid)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_what_runs_is_found_while_its_launcher_lives_and_not_afterwards(folder):
    launcher = sleeper()
    running = state("run-1") | {"launcher": identify(launcher.pid)}
    folder.remember(running)

    assert folder.running() == running

    launcher.kill()
    launcher.wait()
    assert folder.running() is None


@pytest.mark.parametrize("rubbish", ["", "{", "nothing"])
def test_a_half_written_state_counts_as_none(folder, rubbish):
    folder.remember(state("run-1"))
    (folder.path / "run" / "state.json").write_text(rubbish)
    (folder.path / "run" / "ports.json").write_text(rubbish)

    assert folder.running() is None
    assert folder.stop_leftovers() == 0
    assert folder.ports() == {}
