"""What tests start from: a real MongoDB and Redis, a shop with a hand-moved clock, its app and a client."""

import dataclasses
import itertools
import os
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from shopsmart import context, indexes
from shopsmart.context import Shop
from shopsmart.infra import embedded, ids
from shopsmart.infra.embedded import Servers
from shopsmart.infra.memory import Memory
from shopsmart.payments.gateways import gateways
from shopsmart.search.live import Live
from shopsmart.settings import Settings

# A Friday, ten in the morning in Bhubaneswar.
MORNING = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
TEN_YEARS = 10 * 365 * 86_400


class HandClock:
    """Time that stands still until somebody moves it."""

    def __init__(self, moment: datetime = MORNING):
        self._moment = moment

    def now(self) -> datetime:
        return self._moment

    def forward(self, **much: float) -> datetime:
        """`forward(seconds=5)`, `forward(days=2, hours=1)`: as timedelta's arguments."""
        self._moment += timedelta(**much)
        return self._moment


class Mailbox:
    """A mailer that keeps what it was given in `sent`."""

    harmless_twice = True

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        self.sent.append(message)


class Texts:
    """A texter that keeps what it was given in `sent`: (phone, text) each."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, phone: str, text: str) -> None:
        self.sent.append((phone, text))


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A MongoDB and a Redis of this process's own; parallel workers have a pair each."""
    try:
        embedded.check_mongod(embedded.mongod_binary())
        embedded.redis_binary()
    except embedded.EmbeddedError as lack:
        pytest.skip(f"needs a local MongoDB and Redis: {lack}")
    with embedded.servers(tmp_path_factory.mktemp("servers")) as running:
        yield running


@pytest.fixture(scope="session")
def standing_shop(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The wiring that all tests of this process share; use `shop`."""
    folder = tmp_path_factory.mktemp("data")
    built = context.build(
        Settings(
            env="test",
            mongodb_uri=servers.mongodb_uri,
            mongodb_database=f"shopsmart_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}",
            redis_url=servers.redis_url,
            data_dir=folder,
            mail_dir=folder / "outbox",
            password_memory_kib=64,
            rate_per_address=0,
            rate_auth_per_address=0,
            rate_otp_per_address=0,
            rate_orders_per_user=0,
        )
    )
    # It goes by the machine's clock and would delete what the hand-moved one still needs.
    built.db.client.admin.command("setParameter", 1, ttlMonitorEnabled=False)
    indexes.ensure_all(built.db)
    return built


@pytest.fixture(scope="session")
def standing_app(standing_shop: Shop) -> Flask:
    """The app that all tests of this process share; use `app`."""
    from blueprints.app import create_app  # here, so that tests of rules do not load it

    app = create_app(standing_shop, answers_checked=True)
    # The JWT library goes by the machine's clock as well; the shop's own check of `exp` remains.
    app.config["JWT_DECODE_LEEWAY"] = TEN_YEARS
    return app


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def settings(standing_shop: Shop) -> Settings:
    return standing_shop.settings


@pytest.fixture
def db(standing_shop: Shop) -> Database:
    """The database with all its collections empty, indexes and validators in place."""
    lightly = standing_shop.db.with_options(write_concern=WriteConcern(w=1, j=False))
    for name in lightly.list_collection_names():
        lightly[name].delete_many({})
    standing_shop.redis.flushdb()
    return standing_shop.db


@pytest.fixture
def enqueued() -> list[tuple[Any, ...]]:
    """What `shop.enqueue` was given: (queue, function, *arguments) each. Nothing runs by itself."""
    return []


@pytest.fixture
def texts() -> Texts:
    return Texts()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def live(standing_shop: Shop, db: Database, clock: HandClock) -> Iterator[Live]:
    """A copy of all shelves of this test's own, which has whatever was written before it is looked at."""
    copy = Live(db, clock.now, standing_shop.new_id, exact=True, patience=60.0)
    yield copy
    copy.close()


@pytest.fixture
def shop(
    standing_shop: Shop,
    db: Database,
    live: Live,
    clock: HandClock,
    enqueued: list[tuple[Any, ...]],
    mailbox: Mailbox,
    texts: Texts,
) -> Shop:
    """A shop over empty collections. Change a setting by `makers.with_settings`."""
    new_id = _ids_in_order(clock)
    return dataclasses.replace(
        standing_shop,
        live=live,
        now=clock.now,
        new_id=new_id,
        rng=random.Random(20),
        enqueue=_recorder(enqueued),
        gateways=gateways(standing_shop.settings, db, clock.now, new_id),
        mailer=mailbox,
        texter=texts,
        memory=Memory(),
    )


@pytest.fixture
def app(standing_app: Flask, shop: Shop) -> Flask:
    """The API over `shop`; every answer is checked against the schema that documents it."""
    standing_app.extensions["shopsmart"] = shop
    return standing_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies, on HTTPS."""
    client = app.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    return client


def _ids_in_order(clock: HandClock) -> Callable[[], str]:
    """Ids that sort as they were made, although the clock stands still."""
    ticks = itertools.count()
    return ids.id_maker(lambda: clock.now() + timedelta(milliseconds=next(ticks)))


def _recorder(enqueued: list[tuple[Any, ...]]) -> Callable[..., bool]:
    def enqueue(*job: Any) -> bool:
        enqueued.append(job)
        return True

    return enqueue
