"""One child process: started so that it cannot outlive the launcher, its lines read without waiting."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

READY_LINE = "ready"
_LAST_LINES = 15
_LONGEST_LINE = 64 * 1024
_KILLED_SECONDS = 3.0
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Part:
    """A process of the platform. `is_ready` is asked until it says so; without it the line `ready` is awaited."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool] | None = None
    start_seconds: float = 60.0
    stop_seconds: float = 8.0
    shows: Callable[[str], bool] = lambda line: True  # other lines go to the part's own log only


class Child:
    """A running part."""

    def __init__(self, part: Part, environ: Mapping[str, str], folder: Path):
        self.part = part
        self.began = time.monotonic()
        self.ready = self.announced = False
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._partial = b""
        self.process = subprocess.Popen(
            part.command,
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C at the terminal reaches the launcher alone, which knows the order
            preexec_fn=_dies_with(os.getpid()),
        )
        self.output: IO[bytes] = self.process.stdout  # type: ignore[assignment]
        os.set_blocking(self.output.fileno(), False)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def ended(self) -> int | None:
        """The exit status once it has ended; below zero it is the signal."""
        return self.process.poll()

    def lines(self) -> list[str] | None:
        """What it wrote since last asked; None at the end of its output."""
        lines: list[str] = []
        while True:
            try:
                data = os.read(self.output.fileno(), 65_536)
            except BlockingIOError:
                return lines
            if not data:
                if self._partial:
                    lines.append(self._take(self._partial))
                    self._partial = b""
                return lines or None
            *whole, self._partial = (self._partial + data).split(b"\n")
            lines += [self._take(line) for line in whole]
            if len(self._partial) > _LONGEST_LINE:
                lines.append(self._take(self._partial))
                self._partial = b""

    def _take(self, raw: bytes) -> str:
        line = raw.decode(errors="replace").rstrip()
        self.last_lines.append(line)
        if line == READY_LINE and self.part.is_ready is None:
            self.ready = True
        return line

    def ask_to_stop(self) -> None:
        if self.ended is None:
            self.process.terminate()

    def kill(self) -> None:
        """It and everything that came from it."""
        if self.ended is None:
            descendants = self._descendants()
            for process in descendants:
                try:
                    process.kill()
                except psutil.Error:
                    continue  # gone meanwhile
            self.process.kill()
            self.process.wait()
            psutil.wait_procs(descendants, timeout=_KILLED_SECONDS)
        self.kill_group()

    def kill_group(self) -> None:
        """What an ended part left behind (a killed server's workers still hold its port)."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # nobody left: the usual case

    def _descendants(self) -> list[psutil.Process]:
        try:
            return list(psutil.Process(self.process.pid).children(recursive=True))
        except psutil.Error:
            return []


def _dies_with(launcher: int) -> Callable[[], None]:
    """To be run in the new process: have the system stop it as soon as the launcher is gone, however it went."""

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != launcher:
            os._exit(1)  # it went in the meantime

    return prepare


def how_it_ended(status: int) -> str:
    if status >= 0:
        return f"exit {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
