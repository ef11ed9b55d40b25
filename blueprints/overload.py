"""What a server process takes on at once: the rest waits its turn, and is sent away when there is no hope.

Each class of routes has places of its own, so that one which stands still (every order waits for a database that
does not answer) leaves the others theirs. Whoever finds no place waits in line, first come, first served. A burst is
served; a *standing* line is not, because it makes everybody wait and serves nobody more: when for `WINDOW_SECONDS`
nobody found a free place or was called within `TARGET_SECONDS`, whoever has waited longer gets 503 `server_busy`, and
newcomers get it at once, except as many as will be called within `TARGET_SECONDS`. What was begun (payments, messages
of providers, riders, store consoles) is never sent away for that: only the end of the line or of the patience does it.
"""

import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shopsmart.errors import Unavailable
from shopsmart.infra import metrics

TARGET_SECONDS = 0.5
WINDOW_SECONDS = 5.0
PATIENCE_SECONDS = 6.0  # leaves some of the ten seconds that a request may take

BEGUN, NEW, CATALOGUE, READS = "begun", "new", "catalogue", "reads"
# Payments may wait for a provider who is slow; that must not hold up riders and stores.
BEGUN_TIMES = 8
CLASSES = (BEGUN, NEW, CATALOGUE, READS)
# The first row that fits decides. None is not counted: health, files, and streams, which stay open.
CLASS_OF: tuple[tuple[str, str, str | None], ...] = (
    (".*", r"/(healthz|readyz|metrics|images/.*)", None),
    (".*", r"/api/v1/(docs.*|openapi\.json)", None),
    ("GET", r"/api/v1/.*/events", None),
    ("POST", r"/api/v1/orders", NEW),
    ("POST", r"/api/v1/auth/(login|register)", NEW),
    (".*", r"/api/v1/cart.*", NEW),
    ("GET", r"/api/v1/products.*", CATALOGUE),
    ("GET", r"/api/v1/(search/.*|categories|serviceability)", CATALOGUE),
    ("GET", r"/api/v1/(orders|me).*", READS),
    (".*", ".*", BEGUN),
)


def class_of(method: str, rule: str) -> str | None:
    """The class of a route, None where it is not counted."""
    method = "GET" if method == "HEAD" else method
    return next(
        name
        for methods, rules, name in CLASS_OF
        if re.fullmatch(methods, method) and re.fullmatch(rules, rule)
    )


class Standing:
    """Whether a line stands, told by what was seen of it. Moments are monotonic seconds."""

    def __init__(self, now: float):
        self._calm_at = now
        self._stands = False
        self._called: deque[float] = deque()

    def called(self, now: float, waited: float) -> None:
        """Somebody's turn came after `waited` seconds; 0 for a free place."""
        # Held short by sending people away, a line may be quick and still be a standing one: only a free place ends it.
        if waited == 0 or (waited <= TARGET_SECONDS and not self._stands):
            self._calm_at, self._stands = now, False
        self._called.append(now)
        self._forget(now)

    def stands(self, now: float, waiting: int) -> bool:
        """Whether the line of `waiting` is one that does not end by itself."""
        self._stands = self._stands or (waiting > 0 and now - self._calm_at > WINDOW_SECONDS)
        return self._stands

    def takes(self, now: float, waiting: int) -> bool:
        """Whether a newcomer may join the `waiting`."""
        self._forget(now)
        return not self.stands(now, waiting) or waiting < len(self._called) / WINDOW_SECONDS * TARGET_SECONDS

    def _forget(self, now: float) -> None:
        while self._called and self._called[0] < now - WINDOW_SECONDS:
            self._called.popleft()


@dataclass(eq=False)
class _Waiting:
    since: float
    turn: threading.Event = field(default_factory=threading.Event)
    sent_away: bool = False


class Gate:
    """The places of one class: `at_once` of them, and a line of `most_waiting`. Any thread or greenlet may use it."""

    def __init__(self, name: str, at_once: int, most_waiting: int, now: Callable[[], float]):
        self._name, self._free, self._most_waiting, self._now = name, at_once, most_waiting, now
        self._line: deque[_Waiting] = deque()
        self._standing = Standing(now())
        self._lock = threading.Lock()

    @contextmanager
    def place(self) -> Iterator[float]:
        """A place inside the block; yields the seconds it was waited for. Raises Unavailable (`server_busy`)."""
        waited = self._enter()
        gauge = metrics.REQUESTS_AT_WORK.labels(self._name)
        gauge.inc()
        try:
            yield waited
        finally:
            gauge.dec()
            self._leave()

    def _enter(self) -> float:
        with self._lock:
            now = self._now()
            if self._free > 0:
                self._free -= 1
                self._standing.called(now, 0)
                return 0.0
            if len(self._line) >= self._most_waiting or not self._may_join(now):
                raise self._busy()
            waiting = _Waiting(now)
            self._line.append(waiting)
        return self._await(waiting)

    def _may_join(self, now: float) -> bool:
        return self._standing.takes(now, len(self._line)) or self._name == BEGUN

    def _await(self, waiting: _Waiting) -> float:
        try:
            waiting.turn.wait(PATIENCE_SECONDS)
        except BaseException:  # the server stops: a place that was given just now goes to the next one
            if not self._withdraw(waiting) and not waiting.sent_away:
                self._leave()
            raise
        if self._withdraw(waiting) or waiting.sent_away:
            raise self._busy()
        waited = self._now() - waiting.since
        metrics.REQUEST_WAIT_SECONDS.labels(self._name).observe(waited)
        return waited

    def _withdraw(self, waiting: _Waiting) -> bool:
        """Leave the line. False when the turn has come."""
        with self._lock:
            if waiting.turn.is_set():
                return False
            self._line.remove(waiting)
            return True

    def _leave(self) -> None:
        with self._lock:
            now = self._now()
            while self._line:
                first = self._line.popleft()
                waited = now - first.since
                if self._too_late(now, waited):
                    first.sent_away = True
                    first.turn.set()
                    continue
                # Never nothing: that would say that a place was free.
                self._standing.called(now, max(waited, 1e-6))
                first.turn.set()
                return
            self._free += 1

    def _too_late(self, now: float, waited: float) -> bool:
        """Whether to serve somebody who waited so long would only make the next ones wait as long."""
        return (
            self._name != BEGUN
            and waited > TARGET_SECONDS
            and self._standing.stands(now, len(self._line) + 1)
        )

    def _busy(self) -> Unavailable:
        metrics.REQUESTS_SHED.labels(self._name).inc()
        return Unavailable("More is asked of this server than it can do. Try again.", code="server_busy")


class Gates:
    """The gates of one server process: `at_once` places a class, more for what was begun; 0 switches them off."""

    def __init__(self, at_once: int, most_waiting: int, now: Callable[[], float]):
        self._gates = {
            name: Gate(name, at_once * (BEGUN_TIMES if name == BEGUN else 1), most_waiting, now)
            for name in CLASSES
            if at_once
        }
        self._class_of: dict[tuple[str, str], str | None] = {}

    def of(self, method: str, rule: str) -> Gate | None:
        route = method, rule
        if route not in self._class_of:
            self._class_of[route] = class_of(method, rule)
        return self._gates.get(self._class_of[route] or "")
