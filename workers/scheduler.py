"""The scheduler: relays outboxes at once, woken by change streams, and runs the schedule.

It works on MongoDB alone; without Redis it hands events to their subscribers itself. Several may run.
"""

import logging
import signal
import sys
import threading
import time
from typing import Any

from pymongo.errors import PyMongoError

from shopsmart import context, settings
from shopsmart.context import Shop
from shopsmart.infra import log as log_module
from shopsmart.infra import mongo
from workers.delivering import relay
from workers.schedule import SCHEDULE, Task
from workers.subscriptions import SOURCES

log = logging.getLogger("scheduler")

# The relay looks everywhere this often even when no change stream wakes it, and so often while none is there.
RELAY_SECONDS = 2.0
DEAF_SECONDS = 0.5
# Once woken it waits this long for company: events that come close together cost little more than one.
GATHER_SECONDS = 0.1


def main() -> int:
    config = settings.load()
    log_module.configure(config.log_level)
    shop = context.from_environment()
    stop, wake = threading.Event(), Wake()

    def end(*_: object) -> None:
        stop.set()
        wake.call("")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    threads = [
        threading.Thread(target=_watch, args=(shop, stop, wake), name="watch", daemon=True),
        threading.Thread(target=_relay_forever, args=(shop, stop, wake), name="relay", daemon=True),
    ]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    _run_schedule(shop, stop)
    threads[1].join(timeout=5)
    return 0


class Wake:
    """Which outboxes have grown since the relay looked last. `hears`: whether a change stream would tell."""

    def __init__(self) -> None:
        self.hears = False
        self._called = threading.Event()
        self._sources: set[str] = set()
        self._lock = threading.Lock()

    def call(self, source: str) -> None:
        with self._lock:
            self._sources.add(source)
        self._called.set()

    def wait(self, seconds: float) -> bool:
        return self._called.wait(seconds)

    def sources(self) -> set[str]:
        """Those called for, which are forgotten."""
        self._called.clear()
        with self._lock:
            called, self._sources = self._sources, set()
        return called


def _watch(shop: Shop, stop: threading.Event, wake: Wake) -> None:
    """Wake the relay whenever an outbox grows."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"operationType": {"$in": ["insert", "update"]}, "$or": [*map(_told_by, SOURCES)]}},
        {"$project": {"_id": 1, "ns": 1}},
    ]
    while not stop.is_set():
        try:
            with mongo.certain(shop.db).watch(pipeline, max_await_time_ms=1_000) as stream:
                for source in SOURCES:  # what grew before
                    wake.call(source)
                wake.hears = True
                while not stop.is_set():
                    if (change := stream.try_next()) is not None:
                        wake.call(change["ns"]["coll"])
        except PyMongoError as fault:
            wake.hears = False
            log.warning("change stream lost", extra={"fault": str(fault)[:200]})
            stop.wait(1)


def _told_by(source: str) -> dict[str, Any]:
    """Which changes of a collection may have left an event; a relay that takes events away is not told of itself.

    Most writes to stock are holds, which leave none; each change of an order or a delivery job counts its version up.
    """
    changed = "updateDescription.updatedFields."
    if source == "stock":
        return {"ns.coll": source, f"{changed}outbox_at": {"$exists": True}}
    if source in {"orders", "delivery_jobs"}:
        grown = [{f"{changed}version": {"$exists": True}}, {"fullDocument.outbox.0": {"$exists": True}}]
        return {"ns.coll": source, "$or": grown}
    return {"ns.coll": source}


def _relay_forever(shop: Shop, stop: threading.Event, wake: Wake) -> None:
    everywhere_at = 0.0
    while not stop.is_set():
        pause = RELAY_SECONDS if wake.hears else DEAF_SECONDS
        if wake.wait(pause):
            stop.wait(GATHER_SECONDS)
        called = wake.sources()
        if time.monotonic() >= everywhere_at:
            called, everywhere_at = set(SOURCES), time.monotonic() + pause
        try:
            relay(shop, [source for source in SOURCES if source in called])
        except Exception:
            log.exception("relay failed")
            stop.wait(1)


def _run_schedule(shop: Shop, stop: threading.Event) -> None:
    due = dict.fromkeys(range(len(SCHEDULE)), 0.0)
    while not stop.is_set():
        now = time.monotonic()
        for number, task in enumerate(SCHEDULE):
            if now >= due[number]:
                due[number] = now + task.every_seconds
                _run(shop, task)
        stop.wait(max(0.05, min(due.values()) - time.monotonic()))


def _run(shop: Shop, task: Task) -> None:
    try:
        task.run(shop)
    except Exception:
        log.exception("scheduled task failed", extra={"task": task.run.__name__})


if __name__ == "__main__":
    sys.exit(main())
