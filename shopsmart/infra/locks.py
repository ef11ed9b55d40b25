"""A Redis mutex with lease and bounded wait. Politeness, never protection: filters in MongoDB protect."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import redis

from shopsmart.errors import Conflict
from shopsmart.infra import metrics

_FIRST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.08
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Busy(Conflict):
    """Somebody else holds the lock longer than the caller would wait."""

    code = "busy"
    title = "Many are asking for the same thing; try again"


def mutex(client: redis.Redis) -> Callable[..., AbstractContextManager[bool]]:
    """`only_one(name, lease_seconds=, wait_seconds=)`; raises Busy. Without Redis it locks nothing and counts it."""
    release = client.register_script(_RELEASE)

    @contextmanager
    def only_one(name: str, lease_seconds: float = 5.0, wait_seconds: float = 1.0) -> Iterator[bool]:
        key, token = f"lock:{name}", secrets.token_hex(8)
        deadline, pause = time.monotonic() + wait_seconds, _FIRST_PAUSE_SECONDS
        try:
            while not client.set(key, token, nx=True, px=int(lease_seconds * 1000)):
                if time.monotonic() >= deadline:
                    raise Busy()
                time.sleep(pause)
                # A crowd that asks all the time is work by itself.
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        except redis.RedisError:
            metrics.MUTEX_BYPASSED.inc()
            yield False
            return
        try:
            yield True
        finally:
            try:
                release(keys=[key], args=[token])
            except redis.RedisError:
                pass  # the lease ends it

    return only_one
