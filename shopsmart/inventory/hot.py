"""Hot SKUs: many losers on one document in a short window go through a Redis mutex, one at a time.

Losers then wait or fail fast instead of hammering one MongoDB document. Safety never depends on it: the guard in
`store.hold` decides, and without Redis everybody simply goes straight to it.
"""

import logging
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


@contextmanager
def queue_up(shop: "Shop", store_id: str, lines: Sequence[Line]) -> Iterator[None]:
    """Hold the mutex of the basket's hottest SKU, if it has one. Never refuses: a long queue is skipped."""
    hottest = _hottest(shop, [stock_id(store_id, line.sku) for line in lines])
    if hottest is None:
        yield
        return
    lock = shop.only_one(f"sku:{hottest}", lease_seconds=_LEASE_SECONDS, wait_seconds=_WAIT_SECONDS)
    try:
        lock.__enter__()
    except Busy:
        yield  # waited long enough: the guarded write gives the true answer
        return
    try:
        yield
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


def _hottest(shop: "Shop", ids: Sequence[str]) -> str | None:
    try:
        losses = shop.redis.mget([_key(id_) for id_ in ids])
    except redis.RedisError:
        return None
    counted = [(int(loss), id_) for loss, id_ in zip(losses, ids, strict=True) if loss]
    most = max(counted, default=(0, ""))
    return most[1] if most[0] >= shop.settings.hot_sku_losses else None


def _key(id_: str) -> str:
    return f"hot:{id_}"
