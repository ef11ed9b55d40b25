"""How often somebody may ask: fixed one-minute windows, counted in Redis, in this process while Redis is away."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import redis

if TYPE_CHECKING:
    from shopsmart.context import Shop

WINDOW_SECONDS = 60
_local: dict[str, int] = {}
_local_window = 0
_lock = threading.Lock()


@dataclass(frozen=True)
class Allowance:
    """What is left in the current window; `allowed` is False for the request that went over."""

    limit: int
    remaining: int
    reset_seconds: int
    allowed: bool


def spend(shop: "Shop", name: str, who: str, limit: int) -> Allowance:
    """Count one request of `who` under `name` against `limit` a minute. Never raises."""
    seconds = int(shop.now().timestamp())
    window, reset = seconds // WINDOW_SECONDS, WINDOW_SECONDS - seconds % WINDOW_SECONDS
    key = f"rate:{name}:{who}:{window}"
    try:
        pipeline = shop.redis.pipeline(transaction=False)
        pipeline.incr(key)
        pipeline.expire(key, WINDOW_SECONDS + 5)
        count = pipeline.execute()[0]
    except redis.RedisError:
        count = _count_here(key, window)
    return Allowance(limit, max(0, limit - count), reset, count <= limit)


def _count_here(key: str, window: int) -> int:
    global _local_window
    with _lock:
        if window != _local_window:
            _local.clear()
            _local_window = window
        _local[key] = _local.get(key, 0) + 1
        return _local[key]
