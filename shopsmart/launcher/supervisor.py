"""Watches over the parts: starts them, awaits them, shows their lines, restarts what dies, stops all in order.

One thread on purpose: the system ties a child's life to the thread that started it.
"""

import selectors
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import FrameType

from shopsmart.launcher.folder import LaunchError
from shopsmart.launcher.merged_log import MergedLog
from shopsmart.launcher.processes import READY_LINE, Child, Part, how_it_ended

SELF = "shopsmart"
_TICK_SECONDS = 0.05
_LONGEST_BACKOFF_SECONDS = 30.0
_STEADY_SECONDS = 60.0  # who lived that long begins with a short wait again
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(Exception):
    """Ctrl-C, SIGTERM or a closed terminal."""


class Ended(LaunchError):
    """A part ended, or stayed silent, before it was ready."""

    def __init__(self, part: str, how: str, last_lines: Iterable[str]):
        self.part = part
        self.last_lines = [line for line in last_lines if line.strip()]
        said = f", its last word was: {self.last_lines[-1][:300]}" if self.last_lines else ""
        super().__init__(f"{part} did not start ({how}){said}")


class Supervisor:
    """The children of one start. `changed` is called with {part: pid} after every start and end."""

    def __init__(
        self,
        log: MergedLog,
        environ: Mapping[str, str],
        folder: Path,
        changed: Callable[[dict[str, int]], None] = lambda pids: None,
    ):
        self._log, self._environ, self._folder, self._changed = log, environ, folder, changed
        self._children: dict[str, Child] = {}  # in the order they were started
        self._backoff: dict[str, float] = {}
        self._restart_at: dict[str, tuple[float, Part]] = {}
        self._selector = selectors.DefaultSelector()
        self._stops_asked = 0

    def heed_signals(self) -> None:
        for number in _STOP_SIGNALS:
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.ask_to_stop()

    def ask_to_stop(self) -> None:
        """What a signal does: whatever waits raises StopAsked; asked again while stopping, it hurries."""
        self._stops_asked += 1

    def start(self, *parts: Part) -> None:
        for part in parts:
            child = Child(part, self._environ, self._folder)
            self._children[part.name] = child
            self._selector.register(child.output, selectors.EVENT_READ, child)
            self._tell()

    def until_ready(self, *names: str) -> None:
        """Wait until these parts are ready. Raises Ended when one is not in its time, StopAsked."""
        waiting = set(names)
        while waiting:
            self._heed_stop()
            self._read_lines()
            for name in sorted(waiting):
                child = self._children[name]
                if self._is_ready(child):
                    waiting.discard(name)
                elif (status := child.ended) is not None:
                    self._show(child)
                    raise Ended(name, how_it_ended(status), child.last_lines)
                elif child.seconds > child.part.start_seconds:
                    raise Ended(name, f"no answer in {child.part.start_seconds:.0f} s", child.last_lines)

    def run_once(self, part: Part) -> None:
        """Run a part to its end. Raises Ended when it fails, StopAsked."""
        self._log.line(SELF, f"{part.name} begins")
        self.start(part)
        child = self._children[part.name]
        while (status := child.ended) is None:
            self._heed_stop()
            self._read_lines()
        self._drop(child)
        if status != 0:
            raise Ended(part.name, how_it_ended(status), child.last_lines)
        self._log.line(SELF, f"{part.name} done ({child.seconds:.1f} s)")

    def watch(self) -> None:
        """Keep everything running until told to stop. Raises StopAsked."""
        while True:
            self._heed_stop()
            self._read_lines()
            for child in list(self._children.values()):
                if (status := child.ended) is not None:
                    self._put_off(child, status)
                elif not child.announced:
                    self._is_ready(child)
            for name, (at, part) in list(self._restart_at.items()):
                if time.monotonic() >= at:
                    del self._restart_at[name]
                    self._log.line(SELF, f"{name} starts again")
                    self.start(part)

    def _put_off(self, child: Child, status: int) -> None:
        name = child.part.name
        child.kill_group()
        self._drop(child)
        last = 0.0 if child.seconds > _STEADY_SECONDS else self._backoff.get(name, 0.0)
        wait = min(_LONGEST_BACKOFF_SECONDS, last * 2 or 1.0)
        self._backoff[name] = wait
        self._restart_at[name] = (time.monotonic() + wait, child.part)
        self._log.line(SELF, f"{name} ended ({how_it_ended(status)}), starts again in {wait:.0f} s")

    def stop(self, *names: str) -> None:
        """Stop these parts together and wait for them; a second signal makes it short. Never raises StopAsked."""
        children = [self._children[name] for name in names if name in self._children]
        asked_before = self._stops_asked
        for child in children:
            child.ask_to_stop()
        began = time.monotonic()
        while alive := [child for child in children if child.ended is None]:
            self._read_lines()
            hurried = self._stops_asked > max(1, asked_before)
            for child in alive:
                if hurried or time.monotonic() - began > child.part.stop_seconds:
                    self._log.line(SELF, f"{child.part.name} does not stop by itself: killed")
                    child.kill()
        for child in children:
            child.kill_group()
            self._drop(child)

    def names(self) -> list[str]:
        """The parts that run, oldest first."""
        return list(self._children)

    def _is_ready(self, child: Child) -> bool:
        if not child.ready and child.part.is_ready is not None:
            child.ready = child.part.is_ready()
        if child.ready and not child.announced:
            child.announced = True
            self._log.line(SELF, f"{child.part.name} ready ({child.seconds:.1f} s)")
        return child.ready

    def _heed_stop(self) -> None:
        if self._stops_asked:
            raise StopAsked

    def _read_lines(self) -> None:
        for key, _events in self._selector.select(_TICK_SECONDS):
            self._show(key.data)

    def _show(self, child: Child) -> None:
        if child.output.closed:
            return
        lines = child.lines()
        if lines is None:
            self._close(child)
            return
        for line in lines:
            if not (line == READY_LINE and child.part.is_ready is None):
                self._log.line(child.part.name, line, shown=child.part.shows(line))

    def _close(self, child: Child) -> None:
        if not child.output.closed:
            self._selector.unregister(child.output)
            child.output.close()

    def _drop(self, child: Child) -> None:
        # Its last lines; the end of the output is not waited for, since its own children may hold the other end.
        self._show(child)
        self._close(child)
        del self._children[child.part.name]
        self._tell()

    def _tell(self) -> None:
        self._changed({name: child.process.pid for name, child in self._children.items()})
