"""Redis: a helper that may be away. Nothing here is a source of truth."""

import redis


def connect(url: str) -> redis.Redis:
    """A client with short waits, so that a frozen Redis costs little. Connects lazily."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=0.2,
        socket_timeout=0.5,
        health_check_interval=30,
        retry_on_timeout=False,
    )


def streaming(url: str) -> redis.Redis:
    """A client for one long subscription: it waits for messages as long as it takes."""
    return redis.Redis.from_url(
        url, socket_connect_timeout=1.0, socket_timeout=None, health_check_interval=15
    )
