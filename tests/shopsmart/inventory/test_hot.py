"""Hot SKUs and a Redis that is gone, frozen or emptied: buying goes on, exactly and quickly."""

import dataclasses
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shopsmart.infra import cache, embedded, events, jobs, locks, rates
from shopsmart.inventory import hot, service, store
from shopsmart.inventory.model import Line

STORE = "s1"


@pytest.fixture
def shelf(shop):
    service.open_shelves(shop, STORE, [{"sku": "A", "units": 5}, {"sku": "B", "units": 5}], "test")
    return shop


def buy(shop, number, sku="A"):
    return not service.hold_basket(shop, STORE, [Line(sku, 1)], f"o{number}.f1", f"o{number}", None)


def make_hot(shop, sku="A"):
    for _ in range(shop.settings.hot_sku_losses):
        hot.lost(shop, STORE, [Line(sku, 1)])


def writes(shop):
    return shop.db.client.admin.command("serverStatus")["opcounters"]["update"]


# --- hot -------------------------------------------------------------------------------------------------------


def test_many_losers_make_an_item_hot_and_it_cools_by_itself(shelf):
    assert hot.hottest(shelf, STORE, [Line("A", 1)]) is None

    for number in range(5 + shelf.settings.hot_sku_losses):
        buy(shelf, number)

    assert hot.hottest(shelf, STORE, [Line("B", 1), Line("A", 1)]) == "s1:A"
    assert 0 < shelf.redis.ttl("hot:s1:A") <= shelf.settings.hot_sku_window_seconds


def test_losers_of_a_hot_item_are_refused_without_a_write_or_a_lock(shelf):
    for number in range(5):
        assert buy(shelf, number)
    make_hot(shelf)
    shelf.redis.set("lock:sku:s1:A", "held by somebody slow", px=60_000)

    before, began = writes(shelf), time.monotonic()
    for number in range(20):
        short = service.hold_basket(shelf, STORE, [Line("A", 1)], f"late{number}", f"late{number}", None)
        assert [one.available for one in short] == [0]

    assert writes(shelf) == before
    assert time.monotonic() - began < 1.0


def test_a_hot_item_still_goes_to_exactly_as_many_as_there_are(shelf):
    make_hot(shelf)

    with ThreadPoolExecutor(32) as crowd:
        won = sum(crowd.map(lambda number: buy(shelf, number), range(100)))

    stock = store.get(shelf.db, STORE, "A")
    assert won == 5
    assert stock is not None and stock["available"] == 0


def test_a_buyer_who_waits_too_long_for_the_lock_gets_the_true_answer(shelf):
    make_hot(shelf)
    shelf.redis.set("lock:sku:s1:A", "held by somebody slow", px=60_000)

    assert buy(shelf, 1)


def test_a_repeat_of_a_hold_on_a_hot_item_is_no_refusal(shelf):
    for number in range(5):
        buy(shelf, number)
    make_hot(shelf)

    assert buy(shelf, 4)


# --- Redis away ------------------------------------------------------------------------------------------------


class OwnRedis:
    """A Redis of the test's own, that it may stop, freeze and start empty."""

    def __init__(self, folder):
        self.folder, self.port = folder, embedded.free_port()
        self.process: Any = None

    def start(self):
        command = embedded.redis_command(embedded.redis_binary(), self.folder, self.port)
        command += ["--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        give_up_at = time.monotonic() + 10
        while not embedded.redis_ready(self.port):
            assert time.monotonic() < give_up_at
            time.sleep(0.02)

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def signal(self, number):
        os.kill(self.process.pid, number)


@pytest.fixture
def own_redis(tmp_path):
    server = OwnRedis(tmp_path)
    server.start()
    yield server
    server.signal(signal.SIGCONT) if server.process.poll() is None else None
    server.kill()


@pytest.fixture
def wired(shelf, own_redis):
    """The shop with all that uses Redis on that server: locks, limits, queue, streams."""
    client = cache.connect(embedded.redis_url(own_redis.port))
    assert client.ping()
    return dataclasses.replace(
        shelf,
        redis=client,
        only_one=locks.mutex(client),
        enqueue=jobs.enqueuer(client),
        publish=events.publisher(client),
    )


def everything_once(shop, number):
    """All that asks Redis in the course of an order."""
    rates.spend(shop, "orders", "me", 10_000)
    assert buy(shop, number, "B")
    service.release_order(shop, f"o{number}", "test")
    hot.lost(shop, STORE, [Line("A", 1)])
    with shop.only_one("anything", wait_seconds=0.1):
        pass
    shop.enqueue("default", "workers.jobs.deliver", [])
    shop.publish("order:x", None)


@pytest.mark.parametrize("fault", ["killed", "frozen"])
def test_without_redis_thirty_rounds_cost_one_short_wait(wired, own_redis, fault):
    make_hot(wired, "B")
    own_redis.kill() if fault == "killed" else own_redis.signal(signal.SIGSTOP)

    began = time.monotonic()
    for number in range(30):
        everything_once(wired, number)

    assert time.monotonic() - began < 2.0  # 180 calls of a quarter second each would be 45


def test_a_redis_that_comes_back_is_used_again(wired, own_redis, monkeypatch):
    monkeypatch.setattr(cache, "AWAY_SECONDS", 0.2)
    own_redis.kill()
    assert wired.enqueue("default", "workers.jobs.deliver", []) is False
    own_redis.start()
    time.sleep(0.25)

    assert wired.enqueue("default", "workers.jobs.deliver", []) is True
    assert wired.redis.ping()


def test_a_redis_restarted_empty_is_noticed_by_nobody(wired, own_redis):
    everything_once(wired, 1)
    own_redis.kill()
    own_redis.start()

    everything_once(wired, 2)
    assert wired.redis.ping()


def test_while_redis_is_away_only_one_at_a_time_tries_it_again(monkeypatch):
    monkeypatch.setattr(cache, "AWAY_SECONDS", 0.1)
    presence, tries = cache.Presence(), []

    def silent():
        tries.append(1)
        time.sleep(0.05)
        raise cache.redis.TimeoutError()

    def ask(_):
        with pytest.raises(cache.redis.RedisError):
            presence.ask(silent)

    ask(0)
    time.sleep(0.12)
    with ThreadPoolExecutor(16) as crowd:
        list(crowd.map(ask, range(16)))

    assert len(tries) == 2
