"""From the outbox to whoever carries the work: SQS where there is one, else RQ, else this process."""

import logging
import queue
import threading
from collections.abc import Iterable, Mapping, Sequence

from shopsmart.context import Shop
from shopsmart.infra import outbox
from workers.subscriptions import HANDLERS, READIERS, SOURCES, SUBSCRIPTIONS

MOST_PER_JOB = 20
MOST_WAITING_HERE = 50  # jobs

log = logging.getLogger(__name__)


class Here:
    """Deliveries that nobody carries are done in this process, one thread per queue.

    A mail server that does not answer then holds up neither the relay, nor the sweeps, nor anybody's rider. What does
    not fit, or dies with the process, is handed out again when its lease has run out.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, queue.Queue[tuple[Shop, Sequence[str]]]] = {}
        self._lock = threading.Lock()

    def take(self, shop: Shop, name: str, delivery_ids: Sequence[str]) -> None:
        waiting = self._of(name)
        try:
            waiting.put_nowait((shop, delivery_ids))
        except queue.Full:
            pass

    def _of(self, name: str) -> "queue.Queue[tuple[Shop, Sequence[str]]]":
        with self._lock:
            if name not in self._waiting:
                waiting = self._waiting[name] = queue.Queue(MOST_WAITING_HERE)
                threading.Thread(target=_work, args=(waiting,), name=f"here-{name}", daemon=True).start()
            return self._waiting[name]


def _work(waiting: "queue.Queue[tuple[Shop, Sequence[str]]]") -> None:
    while True:
        shop, delivery_ids = waiting.get()
        try:
            outbox.deliver_all(shop, delivery_ids, HANDLERS, READIERS)
        except Exception:
            log.exception("deliveries left to the sweep", extra={"deliveries": list(delivery_ids)})


_HERE = Here()


def relay(shop: Shop, sources: Iterable[str] = SOURCES) -> int:
    """Bring on what lies in the outboxes of `sources`; returns how many deliveries went out."""
    return hand_out(shop, outbox.relay(shop, sources, SUBSCRIPTIONS))


def hand_out(shop: Shop, by_queue: Mapping[str, Sequence[str]]) -> int:
    """Queue deliveries in small batches; returns how many."""
    count = 0
    for name, ids in by_queue.items():
        for start in range(0, len(ids), MOST_PER_JOB):
            batch = list(ids[start : start + MOST_PER_JOB])
            count += len(batch)
            left = _not_taken_by_sqs(shop, batch)
            if left and not shop.enqueue(name, "workers.jobs.deliver", left):
                _HERE.take(shop, name, left)
    return count


def _not_taken_by_sqs(shop: Shop, batch: list[str]) -> list[str]:
    if shop.event_queue is None:
        return batch
    return shop.event_queue.publish(outbox.handed_out(shop.db, batch))
