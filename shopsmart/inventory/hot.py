"""Hot SKUs: where many were refused in a short window, a look comes before the write, and buyers go one at a time.

Who cannot win is told so at once, without a lock or a write on the document that everybody wants. Safety never
depends on it: the guard in `store.hold` decides, and without Redis everybody simply goes straight to it.
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
