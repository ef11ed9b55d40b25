"""The data folder: who uses it, what runs on it, and what must be remembered between two starts.

mongo/  redis/  outbox/  logs/     what the parts keep
secret                             signs tokens in development; readable by its owner only
run/lock                           held while a copy runs on this folder
run/state.json                     what runs: processes with their start times, addresses
run/ports.json                     the servers' ports of last time
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict

import psutil

RUN_VARIABLE = (
    "SHOPSMART_RUN"  # in the environment of every process of one start, children's children included
)
_STOP_SECONDS = 15.0
_SAME_START_SECONDS = 2.0


class LaunchError(Exception):
    """Why it cannot start, and what to do: one sentence."""


class Process(TypedDict):
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    started: float  # as psutil's create_time


class State(TypedDict):
    """What runs on a folder. `environment` is what a command needs to reach it (no secret)."""

    run: str
    launcher: Process
    parts: dict[str, Process]
    environment: dict[str, str]


class DataFolder:
    """Paths and small files of one data folder. Making one touches nothing."""

    def __init__(self, path: Path):
        self.path = path.expanduser().absolute()
        self.mongo, self.redis = self.path / "mongo", self.path / "redis"
        self.logs, self._run = self.path / "logs", self.path / "run"
        self._state = self._run / "state.json"
        self._ports = self._run / "ports.json"

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Make the folder and hold its lock. Raises LaunchError when it cannot be written or is in use."""
        try:
            for folder in (self.path, self._run, self.logs, self.mongo, self.redis):
                folder.mkdir(parents=True, exist_ok=True)
            (self._run / "lock").touch()
            lock = (self._run / "lock").open("r+")
        except OSError as fault:
            raise LaunchError(
                f"The data folder {self.path} cannot be written ({fault.strerror}): "
                "make it writable, or name another with SHOPSMART_DATA."
            ) from fault
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as fault:
                raise LaunchError(
                    f"Another copy is running on {self.path}: stop it first, "
                    "or name another folder with SHOPSMART_DATA and another port with SHOPSMART_PORT."
                ) from fault
            yield

    def running(self) -> State | None:
        """What runs here now; None when nothing does."""
        state = self._last_state()
        return state if state and _find(state["launcher"]) else None

    def _last_state(self) -> State | None:
        found: State | None = _read_json(self._state)
        return found

    def remember(self, state: State) -> None:
        _write_json(self._state, state)

    def forget(self) -> None:
        self._state.unlink(missing_ok=True)

    def stop_leftovers(self, seconds: float = _STOP_SECONDS) -> int:
        """Stop what an earlier start left behind (its launcher was killed); returns how many processes it was."""
        state = self._last_state()
        if state is None:
            return 0
        known = [found for part in state["parts"].values() if (found := _find(part))]
        stopped = stop({*known, *processes_of(state["run"])}, seconds)
        self.forget()
        return stopped

    def ports(self) -> dict[str, int]:
        return _read_json(self._ports) or {}

    def remember_ports(self, ports: dict[str, int]) -> None:
        _write_json(self._ports, ports)

    def secret(self) -> str:
        """The development secret, made at the first start."""
        path = self.path / "secret"
        if not path.exists():
            self._write_secret(path)
        return path.read_text().strip()

    def _write_secret(self, path: Path) -> None:
        draft = self._run / "secret.new"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        draft.replace(path)

    @property
    def mongo_is_whole(self) -> bool:
        """Whether MongoDB ever took a write here. Before that nothing can be lost by beginning anew."""
        return (self.mongo / "whole").exists()

    def mark_mongo_whole(self) -> None:
        (self.mongo / "whole").touch()

    def begin_mongo_anew(self) -> None:
        shutil.rmtree(self.mongo / "db", ignore_errors=True)

    def put_redis_aside(self) -> Path:
        """Redis holds nothing that MongoDB does not know: an unreadable file is kept, but not waited for."""
        aside = self.path / f"redis.unreadable-{int(time.time())}"
        self.redis.rename(aside)
        self.redis.mkdir()
        return aside

    def seed_mark(self, database: str) -> Path:
        """A file that exists once the demo city is whole in `database` (any words that tell it from others)."""
        # Beside the data it speaks of, so that both go together.
        return self.mongo / f"seeded-{hashlib.sha256(database.encode()).hexdigest()[:12]}"


def identify(pid: int) -> Process:
    try:
        return {"pid": pid, "started": psutil.Process(pid).create_time()}
    except psutil.Error:
        return {"pid": pid, "started": 0.0}  # already gone: matches nothing later


def _find(process: Process) -> psutil.Process | None:
    """The living process of that number and start; never a later one that got the same number."""
    try:
        found = psutil.Process(process["pid"])
        alive = found.status() != psutil.STATUS_ZOMBIE
        same = abs(found.create_time() - process["started"]) < _SAME_START_SECONDS
    except psutil.Error:
        return None
    return found if alive and same else None


def processes_of(run: str) -> list[psutil.Process]:
    """Every process that carries this start's mark in its environment, the launcher itself excepted."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(RUN_VARIABLE) == run:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or somebody else's
    return found


def stop(processes: set[psutil.Process], seconds: float) -> int:
    """Ask them to stop, insist after `seconds`; returns how many there were."""
    for process in processes:
        _signal(process.terminate)
    _gone, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        _signal(process.kill)
    psutil.wait_procs(alive, timeout=5)
    return len(processes)


def _signal(send: Any) -> None:
    try:
        send()
    except psutil.Error:
        pass  # gone meanwhile


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None  # missing or half-written: as if it had never been there


def _write_json(path: Path, value: Any) -> None:
    """Whole or not at all, and readable by the owner only."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(value, file, indent=1)
    draft.replace(path)
