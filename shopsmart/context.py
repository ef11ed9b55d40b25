"""`Shop`: everything outside, in one frozen value. `build` is the only wiring."""

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import redis
from pymongo.database import Database

from shopsmart import settings as settings_module
from shopsmart.infra import cache as cache_module
from shopsmart.infra import clock, events, ids, jobs, locks, mongo
from shopsmart.infra import files as files_module
from shopsmart.infra.files import Files
from shopsmart.infra.memory import Memory
from shopsmart.infra.sqs import EventQueue
from shopsmart.notifications.gateways import Mailer, Texter, mailer, texter
from shopsmart.payments.gateways import Gateway, gateways
from shopsmart.search.live import Live
from shopsmart.settings import Settings


@dataclass(frozen=True)
class Shop:
    """What services receive as their first argument. Nothing else reads clock, chance, ids or environment."""

    settings: Settings
    db: Database
    redis: redis.Redis
    now: Callable[[], datetime]  # aware UTC, whole milliseconds, the database's time
    new_id: Callable[[], str]
    rng: random.Random
    only_one: Callable[..., AbstractContextManager[bool]]
    enqueue: Callable[..., bool]
    publish: Callable[[str, Mapping[str, Any] | None], None]
    gateways: Mapping[str, Gateway]
    mailer: Mailer
    texter: Texter | None  # None where nobody carries text messages
    files: Files
    event_queue: EventQueue | None  # Amazon SQS, where the operator has it
    live: Live  # this process's copy of all shelves
    memory: Memory  # what this process knows for a moment


def build(settings: Settings) -> Shop:
    """Wire a shop. Connects lazily: servers may come up later, and a fork may come in between."""
    db = mongo.connect(settings.mongodb_uri, settings.mongodb_database)
    client = cache_module.connect(settings.redis_url)
    now = clock.database_clock(db)
    new_id = ids.id_maker(now)
    return Shop(
        settings=settings,
        db=db,
        redis=client,
        now=now,
        new_id=new_id,
        rng=random.SystemRandom(),
        only_one=locks.mutex(client),
        enqueue=jobs.enqueuer(client),
        publish=events.publisher(client),
        gateways=gateways(settings, db, now, new_id),
        mailer=mailer(settings),
        texter=texter(settings),
        files=files_module.files(settings),
        event_queue=EventQueue(settings.sqs_queue_url) if settings.sqs_queue_url else None,
        live=Live(db, now, new_id),
        memory=Memory(),
    )


@cache
def from_environment() -> Shop:
    """The process's shop, made at first use (after a server's fork). Raises SettingsError."""
    return build(settings_module.load())
