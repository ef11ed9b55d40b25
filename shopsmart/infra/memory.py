"""What a process may know for a moment without asking again. Never a source of truth, never older than it says."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")

_MOST = 10_000


class Memory:
    """Values by name, each for a bounded time by the process's own watch (not the shop's clock, which may stand)."""

    def __init__(self, watch: Callable[[], float] = time.monotonic):
        self._watch = watch
        self._known: dict[Hashable, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def recall(self, name: Hashable, seconds: float, read: Callable[[], Value]) -> Value:
        """What `read` answered at most `seconds` ago."""
        known = self._known.get(name)
        if known is not None and self._watch() - known[0] < seconds:
            value: Value = known[1]
            return value
        # Its age counts from before the reading: what changes meanwhile is not taken for known.
        asked_at = self._watch()
        value = read()
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[name] = (asked_at, value)
        return value

    def forget(self, name: Hashable) -> None:
        """Ask again the next time: this process has just changed it."""
        with self._lock:
            self._known.pop(name, None)
