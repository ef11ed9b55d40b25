"""Processes under the rig's control: started, killed, frozen, stopped, and never left behind."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Process:
    """One process and how to start it again; its output goes to `<folder>/<name>.log`."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.log = folder / f"{name}.log"
        self.wanted = False  # whether it should be running: a watchdog may start it again
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> "Process":
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_dies_with(os.getpid()),
            )
        self.wanted = True
        return self

    @property
    def pid(self) -> int:
        assert self._popen is not None
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def children(self) -> list[psutil.Process]:
        try:
            return list(psutil.Process(self.pid).children())
        except psutil.Error:
            return []

    def kill(self) -> None:
        """`kill -9`, of it and of what it forked."""
        descendants = self.children()
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
        for child in descendants:
            try:
                child.kill()
            except psutil.Error:
                continue  # gone meanwhile
        if self._popen is not None:
            self._popen.wait()

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        if self.alive:
            os.kill(self.pid, signal.SIGCONT)

    def hang_up(self) -> None:
        os.kill(self.pid, signal.SIGHUP)

    def stop(self, seconds: float = 15.0) -> None:
        """Ask it to stop and wait; insist after `seconds`."""
        self.wanted = False
        if self._popen is None or not self.alive:
            return
        self.resume()
        self._popen.terminate()
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()


def _dies_with(rig: int) -> Callable[[], None]:
    """To be run in the new process: nothing outlives the rig, even where that is killed itself."""

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != rig:
            os._exit(1)

    return prepare
