"""Server-Sent Events: numbered rows of a channel from MongoDB, passing messages as they come.

`id:` is the row's dense number, so `Last-Event-ID` resumes without gap or repetition. Passing messages (a rider's
position) carry no id: only the newest matters.
"""

import queue
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import orjson
from flask import Response, current_app, request

from blueprints.api import encode
from blueprints.security import current_shop
from shopsmart.context import Shop
from shopsmart.errors import Invalid
from shopsmart.infra import events, metrics

HEARTBEAT_SECONDS = 15.0
# MongoDB is asked this often even when Redis says nothing: Redis only makes it faster.
POLL_SECONDS = 2.0
LIFE_SECONDS = 300.0
RETRY_MS = 2_000
MOST_REPLAYED = 200
MOST_EVENT_ID = 10**12

StillAllowed = Callable[[], bool]


def event_stream(
    channel: str,
    *,
    first: dict[str, Any] | None = None,
    ended: bool = False,
    over: Callable[[dict[str, Any]], bool] | None = None,
) -> Response:
    """The live stream of `channel`, from `Last-Event-ID` on; without one from the beginning of what is kept.

    `first` is sent once as a passing message (the newest position, say). `over(row)` True after a row ends the
    stream; a reader who comes back to an `ended` one with nothing new gets 204, which tells browsers to stop.
    A stream also ends after five minutes: the client comes back by itself and resumes.
    """
    shop = current_shop()
    hub: events.Hub = current_app.extensions["event_hub"]
    start = _last_event_id()
    if ended and 0 < start >= events.last_seq(shop.db, channel):
        return Response(status=204)
    response = Response(
        _frames(shop, hub, channel, start, first, over), content_type="text/event-stream; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _last_event_id() -> int:
    given = request.headers.get("Last-Event-ID") or request.args.get("last_event_id") or "0"
    if not given.isascii() or not given.isdigit() or int(given[:14]) > MOST_EVENT_ID:
        raise Invalid("Last-Event-ID is a number of this stream.", code="invalid_event_id")
    return int(given)


def _frames(
    shop: Shop,
    hub: events.Hub,
    channel: str,
    seq: int,
    first: dict[str, Any] | None,
    over: Callable[[dict[str, Any]], bool] | None,
) -> Iterator[bytes]:
    # Listening begins before the first look, so nothing falls between the two.
    mailbox = hub.listen(channel)
    metrics.STREAMS.inc()
    ends_at = time.monotonic() + LIFE_SECONDS
    beat_at = time.monotonic() + HEARTBEAT_SECONDS
    try:
        yield f"retry: {RETRY_MS}\n\n".encode()
        newest = events.last_seq(shop.db, channel)
        if seq > newest:
            seq = newest  # a number from another stream: nothing to replay
        elif newest - seq > MOST_REPLAYED:
            seq = newest - MOST_REPLAYED
            yield _passing("reset", {"replayed_from": seq + 1})
        if first is not None:
            yield _passing(first["type"], first["data"])
        look = True
        while time.monotonic() < ends_at:
            if look:
                for row in events.since(shop.db, channel, seq):
                    seq = row["seq"]
                    yield _numbered(row)
                    if over is not None and over(row):
                        return
            try:
                text = mailbox.get(timeout=POLL_SECONDS)
                look = not text
                if text:
                    message = orjson.loads(text)
                    yield _passing(message["type"], message["data"])
            except queue.Empty:
                look = True
            if time.monotonic() >= beat_at:
                beat_at = time.monotonic() + HEARTBEAT_SECONDS
                yield b": still here\n\n"
    finally:
        hub.leave(channel, mailbox)
        metrics.STREAMS.dec()


def _numbered(row: dict[str, Any]) -> bytes:
    at: datetime = row["at"]
    data = encode({"at": at, **row["data"]})
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (row["seq"], row["type"].encode(), data)


def _passing(type_: str, data: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (type_.encode(), encode(data))
