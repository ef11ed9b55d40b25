"""What a scenario works with: the rig, the world, a journal of its own, and a place for what it finds."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.chaos import verdict
from bench.chaos.journal import Call, Journal, read
from bench.chaos.load import RESOLVE_SECONDS, Done, Load, Rates
from bench.chaos.rig import Rig
from bench.chaos.world import World

LONG = 10.0  # how much longer everything lasts in the long run


class Skipped(Exception):
    """This machine cannot do it; the message says what is missing."""


class Stage:
    """One scenario's time on the rig. `violations` grows by `must`, and by the verdict at the end."""

    def __init__(self, name: str, rig: Rig, world: World, seed: int, stretch: float):
        self.rig = rig
        self.world = world
        self.rng = random.Random(f"{seed}-{name}")
        self.stretch = stretch
        self.journal = Journal(rig.folder / f"{name}.jsonl")
        self.violations: list[str] = []
        self.done: list[Done] = []
        self.asked = 0  # calls that are in no journal, such as those of a race
        self.may_stay_open = False
        self._edited_before = verdict.on_shelves(rig.shop.db, world)

    def seconds(self, short: float) -> float:
        """A duration of the tour, stretched in the long run."""
        return short * self.stretch

    def times(self, short: int, long: int = 0) -> int:
        """How often in the tour, stretched in the long run; `long` times there where it is given."""
        return long if long and self.stretch >= LONG else max(1, round(short * self.stretch))

    def must(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.violations.append(sentence)

    @contextmanager
    def load(
        self,
        url: str | None = None,
        *,
        clients: int = 64,
        resolve_seconds: float = RESOLVE_SECONDS,
        **rates: float,
    ) -> Iterator[Load]:
        """Customers while the block runs; afterwards all of their calls have been answered."""
        load = Load(
            url or self.rig.url,
            self.world,
            self.journal,
            self.rng.randrange(10**9),
            Rates(**rates),
            clients,
            resolve_seconds,
        )
        with load:
            yield load
        self.done += load.done

    def meanwhile(self, seconds: float, work: Callable[[], Any]) -> threading.Timer:
        """Do `work` in `seconds` from now; join what is returned."""
        timer = threading.Timer(seconds, work)
        timer.daemon = True
        timer.start()
        return timer

    def judge(self) -> list[Call]:
        """Let everything settle, then hold the journal against the database. The calls."""
        began = time.monotonic()
        settled = self.rig.drain()
        self.must(settled, f"not everything was settled after {time.monotonic() - began:.0f} s")
        self.journal.close()
        calls = read(self.journal.path)
        self.violations += verdict.against_database(
            self.rig.shop.db, calls, self.world, self._edited_before, may_stay_open=self.may_stay_open
        )
        self.violations += verdict.of_platform(self.rig.shop)
        return calls
