"""`shopsmart up` as people start it: refusals in one sentence, and one real copy through its whole life."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from pymongo import MongoClient

from shopsmart.infra import embedded
from shopsmart.infra.embedded import Servers
from shopsmart.launcher import DataFolder

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"mongo", "redis", "api", "critical", "default", "bulk", "scheduler"}
READY = "ShopSmart is ready ("
BARE = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("SHOPSMART_", "MONGODB_", "REDIS_"))
}


class Copy:
    """One `shopsmart up` and what it says."""

    def __init__(self, data: Path, port: int, *arguments: str, **environ: str):
        self.data, self.port = data, port
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "shopsmart", "up", "--api-only", *arguments],
            cwd=ROOT,
            env={
                **BARE,
                "SHOPSMART_DATA": str(data),
                "SHOPSMART_PORT": str(port),
                "SHOPSMART_API_WORKERS": "1",
                **environ,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def until(self, words: str, seconds: float = 60.0, after: int = 0) -> str:
        """The first line with `words` (from line number `after` on)."""
        give_up_at = time.monotonic() + seconds
        while time.monotonic() < give_up_at:
            for line in self.lines[after:]:
                if words in line:
                    return line
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.05)
        raise AssertionError(f"{words!r} was not said:\n" + "\n".join(self.lines[-30:]))

    def state(self) -> dict[str, Any]:
        state = DataFolder(self.data).running()
        assert state is not None
        return dict(state)

    def pids(self) -> dict[str, int]:
        return {name: part["pid"] for name, part in self.state()["parts"].items()}

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        status = self.process.wait(60)
        self._reader.join(5)
        return status

    def family(self) -> set[int]:
        launcher = psutil.Process(self.process.pid)
        return {launcher.pid, *(child.pid for child in launcher.children(recursive=True))}


@contextmanager
def copy(data: Path, *arguments: str, port: int = 0, environ: dict[str, str] | None = None) -> Iterator[Copy]:
    started = Copy(data, port or embedded.free_port(), *arguments, **(environ or {}))
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.stop()


def refused(data: Path, port: int, **environ: str) -> str:
    """What a start that cannot be says, after it is gone and nothing of it is left."""
    attempt = Copy(data, port, **environ)
    assert attempt.process.wait(60) == 1
    attempt._reader.join(5)
    said = [line for line in attempt.lines if line.startswith("shopsmart: ")]
    assert len(said) == 1, attempt.lines
    assert "Traceback" not in "\n".join(attempt.lines)
    assert not left_behind(data)
    return said[0]


def left_behind(data: Path) -> list[str]:
    """Command lines of processes that work on this data folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            command = " ".join(process.cmdline())
            if str(data) in command or process.environ().get("SHOPSMART_DATA") == str(data):
                found.append(command)
        except (psutil.Error, OSError):
            continue
    return found


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    give_up_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.05)
    return True


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def command(data: Path, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "shopsmart", *arguments],
        cwd=ROOT,
        env={**BARE, "SHOPSMART_DATA": str(data), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_taken_port_is_said_before_anything_starts(tmp_path):
    with copy_of_a_listener() as port:
        sentence = refused(tmp_path / "data", port)

    assert f"Port {port} on 127.0.0.1 cannot be used" in sentence
    assert "SHOPSMART_PORT" in sentence


@contextmanager
def copy_of_a_listener() -> Iterator[int]:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()

    assert "cannot be written" in refused(tmp_path / "file" / "data", embedded.free_port())


def test_another_copy_on_the_same_folder_is_said(tmp_path):
    with DataFolder(tmp_path).claimed():
        assert "Another copy is running" in refused(tmp_path, embedded.free_port())


def test_an_unusable_environment_is_said_whole(tmp_path):
    sentence = refused(
        tmp_path,
        embedded.free_port(),
        SHOPSMART_SECRET="short",
        SHOPSMART_TIMEZONE="",
        SMTP_URL="",
        SHOPSMART_HOLD_SECONDS="soon",
    )

    assert "SHOPSMART_SECRET" in sentence
    assert "SHOPSMART_HOLD_SECONDS" in sentence


@pytest.mark.parametrize(
    ("name", "url", "sentence"),
    [
        ("MONGODB_URI", "mongodb://127.0.0.1:{port}/", "The MongoDB of MONGODB_URI does not answer"),
        ("REDIS_URL", "redis://127.0.0.1:{port}/0", "The Redis of REDIS_URL does not answer"),
    ],
)
def test_a_server_of_ones_own_that_is_away_is_said_and_none_started_in_its_place(
    tmp_path, servers, name, url, sentence
):
    given = {"MONGODB_URI": servers.mongodb_uri, "REDIS_URL": servers.redis_url}
    given[name] = url.format(port=embedded.free_port())

    assert sentence in refused(tmp_path, embedded.free_port(), **given)


def test_data_that_mongodb_cannot_open_is_kept_and_said(tmp_path):
    folder = DataFolder(tmp_path)
    with folder.claimed():
        (folder.mongo / "db").mkdir()
        (folder.mongo / "db" / "WiredTiger").write_text("rubbish")
        (folder.mongo / "db" / "WiredTiger.turtle").write_text("rubbish")
        folder.mark_mongo_whole()

    assert "MongoDB cannot open its data" in refused(tmp_path, embedded.free_port())
    assert (folder.mongo / "db" / "WiredTiger").read_text() == "rubbish"


def test_commands_say_when_nothing_runs(tmp_path):
    for name in ("check", "indexes", "seed"):
        done = command(tmp_path, name)
        assert done.returncode == 1
        assert done.stderr == (
            f"shopsmart: Nothing runs on {tmp_path}: start it with 'shopsmart up', "
            "name its folder with SHOPSMART_DATA, or set MONGODB_URI.\n"
        )
    assert command(tmp_path, "status").returncode == 1


def test_commands_say_when_mongodb_is_away(tmp_path):
    away = f"mongodb://127.0.0.1:{embedded.free_port()}/"

    done = command(tmp_path, "indexes", MONGODB_URI=away)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("shopsmart: MongoDB does not answer (")
    assert "Traceback" not in done.stderr


def test_with_servers_of_ones_own_none_is_started(tmp_path, servers: Servers):
    given = {
        "MONGODB_URI": servers.mongodb_uri,
        "REDIS_URL": servers.redis_url,
        "MONGODB_DATABASE": "shopsmart_up",
        "SHOPSMART_SQS_QUEUE_URL": "http://127.0.0.1:9/000000000000/events.fifo",  # away, and asked again
    }

    with copy(tmp_path, "--no-seed", environ=given) as own:
        own.until(READY)

        assert own.pids().keys() == PARTS - {"mongo", "redis"} | {"sqs"}
        assert answers(own.port)
        assert own.stop(signal.SIGINT) == 0

    client: MongoClient = MongoClient(servers.mongodb_uri)
    with client:
        assert "orders" in client.shopsmart_up.list_collection_names()
        client.drop_database("shopsmart_up")


def test_a_copy_lives_through_an_interrupted_start_crashes_kills_and_restarts_without_losing_anything(
    tmp_path,
):
    """One story on one folder, since each start costs seconds."""
    folder = DataFolder(tmp_path)
    with folder.claimed():  # a first start that broke off while MongoDB made its files
        (folder.mongo / "db").mkdir()
        (folder.mongo / "db" / "WiredTiger").write_text("half")
        (folder.mongo / "db" / "WiredTiger.turtle").write_text("half")

    with copy(tmp_path, "--no-seed") as first:
        first.until("an earlier start broke off half-way")
        first.until(READY)
        assert first.pids().keys() == PARTS
        assert answers(first.port)
        for name in PARTS:
            first.until(f"shopsmart | {name} ready (")
        write(first, {"_id": "kept"})
        assert command(tmp_path, "status").returncode == 0
        assert (
            "Another copy is running" in command(tmp_path, "up", "--port", str(embedded.free_port())).stderr
        )

        # A second copy beside it, and a part that dies in the first.
        with copy(tmp_path / "second", "--no-seed") as second:
            victim = first.pids()["default"]
            os.kill(victim, signal.SIGKILL)
            first.until("default ended (SIGKILL), starts again in 1 s")
            second.until(READY)
            assert answers(second.port)
            assert second.state()["environment"]["MONGODB_URI"] != first.state()["environment"]["MONGODB_URI"]
        assert eventually(lambda: first.pids().get("default") not in {None, victim})
        assert answers(first.port)

        # The launcher is killed outright; the next start finds everything, and nothing twice.
        family = first.family()
        first.process.kill()
        first.process.wait()

    with copy(tmp_path, "--no-seed", port=first.port) as again:
        again.until(READY)
        assert not [pid for pid in family if alive(pid)]
        assert again.state()["environment"] == first_environment(again)
        assert read(again) == ["kept"]
        before = again.family()
        assert again.stop(signal.SIGINT) == 0
        assert not [pid for pid in before if alive(pid)]

    assert again.lines.index("shopsmart | stopping") < again.lines.index("shopsmart | stopped")
    assert not left_behind(tmp_path)
    assert folder.running() is None
    log = (tmp_path / "logs" / "shopsmart.log").read_text()
    assert "shopsmart | stopped" in log
    assert "killed" not in "\n".join(again.lines)


def first_environment(running: Copy) -> dict[str, str]:
    ports = json.loads((running.data / "run" / "ports.json").read_text())
    return {
        "MONGODB_URI": embedded.mongodb_uri(ports["mongo"]),
        "MONGODB_DATABASE": "shopsmart",
        "REDIS_URL": embedded.redis_url(ports["redis"]),
        "SHOPSMART_DATA": str(running.data),
        "SHOPSMART_HOST": "127.0.0.1",
        "SHOPSMART_PORT": str(running.port),
    }


def write(running: Copy, document: dict[str, str]) -> None:
    client: MongoClient = MongoClient(
        running.state()["environment"]["MONGODB_URI"], w="majority", journal=True
    )
    with client:
        client.keepsakes.things.insert_one(document)


def read(running: Copy) -> list[str]:
    client: MongoClient = MongoClient(running.state()["environment"]["MONGODB_URI"])
    with client:
        return [row["_id"] for row in client.keepsakes.things.find()]


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
