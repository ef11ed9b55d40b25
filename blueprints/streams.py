"""Server-Sent Events: numbered rows of a channel from MongoDB, passing messages as they come.

`id:` is the row's dense number, so `Last-Event-ID` resumes without gap or repetition. Passing messages (a rider's
position) carry no id: only the newest matters.
"""

import logging
import queue
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import orjson
from flask import Response, current_app, request
from pymongo.errors import PyMongoError

from blueprints.api import encode
from blueprints.security import current_actor, current_shop
from shopsmart.context import Shop
from shopsmart.errors import Invalid, TooManyRequests
from shopsmart.identity import service as identity
from shopsmart.identity.model import Actor
from shopsmart.infra import events, metrics

log = logging.getLogger(__name__)

RETRY_MS = 2_000
MOST_REPLAYED = 200
MOST_EVENT_ID_DIGITS = 12

Over = Callable[[dict[str, Any]], bool]


def event_stream(
    channel: str, *, first: dict[str, Any] | None = None, ended: bool = False, over: Over | None = None
) -> Response:
    """The live stream of `channel`, from `Last-Event-ID` on; without one from the beginning of what is kept.

    `first` is sent once as a passing message (the newest position, say). `over(row)` True after a row ends the
    stream; a reader who comes back to an `ended` one with nothing new gets 204, which tells browsers to stop.
    A stream also ends after five minutes: the client comes back by itself and resumes. It ends within a heartbeat
    of its reader's session, roles or stores. Raises Invalid `invalid_event_id`, TooManyRequests `too_many_streams`.
    """
    shop, actor = current_shop(), current_actor()
    hub: events.Hub = current_app.extensions["event_hub"]
    seen = _last_event_id()
    if ended and 0 < seen >= events.last_seq(shop.db, channel):
        return Response(status=204)
    if not hub.enter(actor.user_id, shop.settings.streams_per_user):
        raise TooManyRequests(
            "Close some of the event streams that are open for you.",
            code="too_many_streams",
            retry_after=shop.settings.stream_heartbeat_seconds,
        )
    frames = _frames(shop, hub, actor, channel, seen, first, over)
    response = Response(frames, content_type="text/event-stream; charset=utf-8")
    # Not in the generator: one that was never begun is never ended.
    response.call_on_close(lambda: hub.exit(actor.user_id))
    response.headers["Cache-Control"] = "no-cache, no-transform"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _last_event_id() -> int:
    given = request.headers.get("Last-Event-ID") or request.args.get("last_event_id") or "0"
    if not (given.isascii() and given.isdigit() and len(given) <= MOST_EVENT_ID_DIGITS):
        raise Invalid("Last-Event-ID is a number of this stream.", code="invalid_event_id")
    return int(given)


def _frames(
    shop: Shop,
    hub: events.Hub,
    actor: Actor,
    channel: str,
    seq: int,
    first: dict[str, Any] | None,
    over: Over | None,
) -> Iterator[bytes]:
    # Listening begins before the first look, so nothing falls between the two.
    mailbox = hub.listen(channel)
    metrics.STREAMS.inc()
    try:
        yield f"retry: {RETRY_MS}\n\n".encode()
        seq, gap = events.replay_from(shop.db, channel, seq, MOST_REPLAYED)
        if gap:
            yield _passing("reset", {"replayed_from": seq + 1})
        if first is not None:
            yield _passing(first["type"], first["data"])
        yield from _live(shop, hub, mailbox, actor, channel, seq, over)
    except PyMongoError as fault:
        log.warning("stream ended, database away", extra={"channel": channel, "fault": str(fault)[:200]})
    finally:
        hub.leave(channel, mailbox)
        metrics.STREAMS.dec()


def _live(
    shop: Shop,
    hub: events.Hub,
    mailbox: "queue.Queue[str]",
    actor: Actor,
    channel: str,
    seq: int,
    over: Over | None,
) -> Iterator[bytes]:
    heartbeat = shop.settings.stream_heartbeat_seconds
    now = time.monotonic()
    ends_at, beat_at, look = now + shop.settings.stream_seconds, now + heartbeat, True
    while now < ends_at:
        while look:
            rows = hub.since(channel, seq, MOST_REPLAYED)
            for row in rows:
                seq = row["seq"]
                yield _numbered(row)
                if over is not None and over(row):
                    return
            look = len(rows) == MOST_REPLAYED
        try:
            text = mailbox.get(timeout=max(0.01, beat_at - now))
            look = not text
            if text:
                message = orjson.loads(text)
                yield _passing(message["type"], message["data"])
        except queue.Empty:
            look = True
        now = time.monotonic()
        if now >= beat_at:
            beat_at = now + heartbeat
            if not _still_allowed(shop, actor):
                return
            yield b": still here\n\n"


def _still_allowed(shop: Shop, actor: Actor) -> bool:
    """Whether the session lives and has lost no right; after a change the client comes back and is judged anew."""
    today = identity.actor_of(shop, session_id=actor.session_id or "", user_id=actor.user_id)
    return today is not None and actor.roles <= today.roles and actor.store_ids <= today.store_ids


def _numbered(row: dict[str, Any]) -> bytes:
    at: datetime = row["at"]
    data = encode({"at": at, **row["data"]})
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (row["seq"], row["type"].encode(), data)


def _passing(type_: str, data: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (type_.encode(), encode(data))
