"""argon2id, a few at a time and beside the event loop: one hash takes tens of milliseconds and megabytes."""

import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shopsmart.errors import Unavailable
from shopsmart.settings import Settings

LONGEST_WAIT_SECONDS = 15.0

Result = TypeVar("Result")


def hashed(settings: Settings, password: str) -> str:
    """The hash to keep. Raises Unavailable when too many are waiting."""
    return _in_turn(settings, lambda: _hasher(settings.password_memory_kib).hash(password.encode()))


def matches(settings: Settings, kept: str | None, password: str) -> bool:
    """Whether `password` is the one behind `kept`; None takes as long and is False. Raises Unavailable."""
    return _in_turn(settings, lambda: _verify(settings.password_memory_kib, kept, password.encode()))


def outdated(settings: Settings, kept: str) -> bool:
    """Whether a new hash of the same password would be another kind of hash."""
    return _hasher(settings.password_memory_kib).check_needs_rehash(kept)


def _verify(memory_kib: int, kept: str | None, password: bytes) -> bool:
    try:
        _hasher(memory_kib).verify(kept or _nobodys(memory_kib), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _hasher(memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=memory_kib, parallelism=1)


@cache
def _nobodys(memory_kib: int) -> str:
    """What an unknown account is checked against, so that it takes as long as a known one."""
    return _hasher(memory_kib).hash(b"nobody has this password")


@cache
def _slots(count: int) -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(count)


def _in_turn(settings: Settings, work: Callable[[], Result]) -> Result:
    slots = _slots(max(1, settings.password_hash_slots))
    if not slots.acquire(timeout=LONGEST_WAIT_SECONDS):
        raise Unavailable("Too many people are signing in; try again in a moment.")
    try:
        return _beside_the_loop(work)
    finally:
        slots.release()


def _beside_the_loop(work: Callable[[], Result]) -> Result:
    """In a real thread under gevent, whose one loop would stand still meanwhile; here otherwise."""
    gevent = sys.modules.get("gevent")
    if (
        gevent is None
        or "gevent.monkey" not in sys.modules
        or not gevent.monkey.is_module_patched("threading")
    ):
        return work()
    done: Result = gevent.get_hub().threadpool.apply(work)
    return done
