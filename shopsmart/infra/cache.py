"""Redis: a helper that may be away. Nothing here is a source of truth."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.client import Pipeline
from redis.retry import Retry

log = logging.getLogger(__name__)

AWAY_SECONDS = 3.0
_AWAY = (redis.ConnectionError, redis.TimeoutError)

Result = TypeVar("Result")


class Presence:
    """One memory for the whole process of whether Redis answers.

    While it does not, calls fail at once instead of each waiting for a timeout; every AWAY_SECONDS one of them
    tries again, and the others go on without Redis until it has found something.
    """

    def __init__(self) -> None:
        self._away_until = 0.0
        self._lock = threading.Lock()

    def ask(self, command: Callable[[], Result]) -> Result:
        """`command()`'s answer. Raises redis.ConnectionError at once while Redis is known to be away."""
        if self._away_until and not self._may_try():
            raise redis.ConnectionError("redis is away")
        try:
            answer = command()
        except _AWAY as fault:
            if not self._away_until:
                log.warning("redis away, going on without", extra={"fault": str(fault)[:200]})
            self._away_until = time.monotonic() + AWAY_SECONDS
            raise
        self._away_until = 0.0
        return answer

    def _may_try(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if now < self._away_until:
                return False
            self._away_until = now + AWAY_SECONDS
            return True


class _Client(redis.Redis):
    """Every command and pipeline goes by the client's `presence`; so do scripts, which are commands."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.presence = Presence()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return self.presence.ask(lambda: super(_Client, self).execute_command(*args, **options))

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> "Pipeline":
        pipeline = _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipeline.presence = self.presence
        return pipeline


class _Pipeline(Pipeline):
    presence: Presence

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        return self.presence.ask(lambda: super(_Pipeline, self).execute(raise_on_error))


def connect(url: str) -> redis.Redis:
    """A client with short waits and a memory of Redis being away. Connects lazily."""
    return _Client.from_url(
        url,
        socket_connect_timeout=0.2,
        socket_timeout=0.25,
        health_check_interval=30,
        # Once, and at once: a connection from before a restart of Redis says nothing about Redis now.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )


def streaming(url: str) -> redis.Redis:
    """A client for one long subscription: it waits for messages as long as it takes."""
    return redis.Redis.from_url(
        url, socket_connect_timeout=1.0, socket_timeout=None, health_check_interval=15
    )
