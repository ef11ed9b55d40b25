"""Hot SKUs: where many were refused in a short window, a look comes before the write, and buyers go one at a time.

Who cannot win is told so at once, without a lock or a write on the document that everybody wants. Before an item is
hot it is scarce: buyers of the last units pass one at a time in each process (`one_by_one`). Safety never depends on
it: the guard in `store.hold` decides, and without Redis everybody simply goes straight to it.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import redis

from shopsmart.infra.locks import Busy
from shopsmart.inventory.model import Line, stock_id

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

_WAIT_SECONDS = 0.3
_LEASE_SECONDS = 2.0
_GATE_SECONDS = 2.0


class _Gates:
    """One lock per scarce item of this process, made when somebody comes and gone with the last one."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[threading.Lock, int]] = {}
        self._own = threading.Lock()

    @contextmanager
    def pass_one(self, id_: str) -> Iterator[bool]:
        """Let one at a time through; True for who had to wait. A queue of _GATE_SECONDS is not waited for."""
        with self._own:
            lock, users = self._locks.get(id_, (threading.Lock(), 0))
            self._locks[id_] = lock, users + 1
        waited = not lock.acquire(blocking=False)
        entered = not waited or lock.acquire(timeout=_GATE_SECONDS)
        try:
            yield waited
        finally:
            if entered:
                lock.release()
            with self._own:
                lock, users = self._locks[id_]
                if users == 1:
                    del self._locks[id_]
                else:
                    self._locks[id_] = lock, users - 1


_GATES = _Gates()


@contextmanager
def one_by_one(store_id: str, skus: Sequence[str]) -> Iterator[bool]:
    """Buyers of the last units pass one at a time in this process; True for who had to wait and should look again.

    Only the scarcest matter, so only one gate is passed: two gates could be waited for crosswise.
    """
    if not skus:
        yield False
        return
    with _GATES.pass_one(stock_id(store_id, min(skus))) as waited:
        yield waited


@contextmanager
def queue_up(shop: "Shop", hot_id: str | None) -> Iterator[bool]:
    """Hold the mutex of a hot SKU; True for those who had to queue. Never refuses: a long queue is skipped."""
    if hot_id is None:
        yield False
        return
    lock = shop.only_one(f"sku:{hot_id}", lease_seconds=_LEASE_SECONDS, wait_seconds=_WAIT_SECONDS)
    try:
        lock.__enter__()
    except Busy:
        yield True  # waited long enough: the guarded write gives the true answer
        return
    try:
        yield True
    finally:
        lock.__exit__(None, None, None)


def lost(shop: "Shop", store_id: str, lines: Sequence[Line]) -> None:
    """Remember that these lines were refused just now."""
    try:
        pipeline = shop.redis.pipeline(transaction=False)
        for line in lines:
            key = _key(stock_id(store_id, line.sku))
            pipeline.incr(key)
            pipeline.expire(key, shop.settings.hot_sku_window_seconds)
        pipeline.execute()
    except redis.RedisError:
        pass  # nothing is hot while Redis is away


def hottest(shop: "Shop", store_id: str, lines: Sequence[Line]) -> str | None:
    """The stock id of the basket's line that most buyers were refused of late, if that were many."""
    ids = [stock_id(store_id, line.sku) for line in lines]
    try:
        losses = shop.redis.mget([_key(id_) for id_ in ids])
    except redis.RedisError:
        return None
    counted = [(int(loss), id_) for loss, id_ in zip(losses, ids, strict=True) if loss]
    most = max(counted, default=(0, ""))
    return most[1] if most[0] >= shop.settings.hot_sku_losses else None


def _key(id_: str) -> str:
    return f"hot:{id_}"
