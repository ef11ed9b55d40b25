"""Workers and Redis die, freeze and forget; the work is done all the same, and its effect is there once."""

import dataclasses
import signal
import threading
import time
from contextlib import contextmanager

import pytest
import redis
from rq import Queue

from shopsmart import context
from shopsmart.infra import jobs, outbox
from shopsmart.infra.jobs import enqueuer
from shopsmart.orders import placing
from shopsmart.orders.placing import Wish
from tests.makers import a_customer, a_product, a_store, actor
from tests.processes import environment_of, own_redis, python_process, until
from workers.delivering import hand_out, relay
from workers.subscriptions import HANDLERS

LEASE_SECONDS = 1


@pytest.fixture
def real(shop, settings):
    """A shop on the database's clock and the real queue, with short leases."""
    return context.build(dataclasses.replace(settings, lease_seconds=LEASE_SECONDS))


@contextmanager
def a_worker(real, folder, queue="default"):
    """A worker process; `folder/go` lets its probe pass."""
    environment = environment_of(real.settings, SHOPSMART_LEASE_SECONDS=LEASE_SECONDS, PROBE=folder)
    log = folder / "worker.log"
    said = log.read_text().count("ready") if log.exists() else 0
    with python_process(environment, log, "-m", "tests.workers.probe_worker", queue) as process:
        until(lambda: log.read_text().count("ready") > said, log=log)
        yield process


def something_happens(real, id_="t1"):
    """One event for the probe, relayed and queued; its delivery's id."""
    event = outbox.event(real, "thing.moved", f"thing:{id_}", 1)
    real.db.orders.insert_one({"_id": id_, "key": id_, "number": id_, "status": "thing", "outbox": [event]})
    hand_out(real, outbox.relay(real, ["orders"], {"thing.moved": [("probe", "default")]}))
    return f"{event['id']}:probe"


def state(real, delivery):
    return real.db.deliveries.find_one({"_id": delivery})["state"]


def probed(real, delivery):
    return real.db.notifications.find_one({"_id": delivery.removesuffix(":probe")}) or {}


def swept_until_done(real, delivery, log):
    def done():
        hand_out(real, outbox.overdue(real))
        return state(real, delivery) == "done"

    until(done, 40, every=0.2, log=log)


def answers(client):
    try:
        return client.ping()
    except redis.RedisError:
        return False


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_killed_or_frozen_in_its_job_has_it_redone_by_another(real, tmp_path, how):
    log = tmp_path / "worker.log"
    with a_worker(real, tmp_path) as first:
        delivery = something_happens(real)
        until(lambda: probed(real, delivery).get("begun") == 1, log=log)
        first.send_signal(how)
        with a_worker(real, tmp_path):
            (tmp_path / "go").touch()
            swept_until_done(real, delivery, log)
            if how == signal.SIGSTOP:
                first.send_signal(signal.SIGCONT)  # it finishes what it had begun, too late
                until(lambda: probed(real, delivery)["ended"] == 2, log=log)

    row = probed(real, delivery)
    assert (row["begun"], row["effects"]) == (2, 1)
    assert state(real, delivery) == "done"


def test_a_redis_emptied_forgets_jobs_and_the_sweep_brings_them_back(real, tmp_path):
    (tmp_path / "go").touch()
    delivery = something_happens(real)
    assert real.redis.llen("rq:queue:default") == 1
    real.redis.flushall()

    with a_worker(real, tmp_path):
        swept_until_done(real, delivery, tmp_path / "worker.log")
        real.redis.flushall()  # under an idle worker's feet
        second = something_happens(real, "t2")
        swept_until_done(real, second, tmp_path / "worker.log")

    assert probed(real, delivery)["effects"] == probed(real, second)["effects"] == 1


def test_without_redis_subscribers_are_called_directly_and_a_worker_survives_until_it_is_back(
    real, mailbox, tmp_path
):
    store = a_store(real)
    sku = a_product(real, store)
    customer = actor(a_customer(real))
    wish = Wish(location=store["location"], items=[{"sku": sku, "quantity": 1}], provider="cod")
    (tmp_path / "go").touch()
    with own_redis(tmp_path / "redis") as (url, server):
        port = int(url.rsplit(":", 1)[1].split("/")[0])
        shop = context.build(dataclasses.replace(real.settings, redis_url=url))
        shop = dataclasses.replace(shop, mailer=mailbox)
        with a_worker(shop, tmp_path) as worker:
            server.kill()
            server.wait()
            began = time.monotonic()
            order, _ = placing.place(shop, customer, "k1", wish)
            relay(shop)
            took = time.monotonic() - began

            assert order["status"] == "placed"
            assert took < 5
            until(lambda: shop.db.deliveries.count_documents({"state": "done"}))
            assert len(mailbox.sent) == 1
            with own_redis(tmp_path / "redis2", port):
                until(lambda: answers(shop.redis))
                delivery = something_happens(shop)  # nobody here knows the probe: only the worker can do it
                until(lambda: state(shop, delivery) == "done", 45, log=tmp_path / "worker.log")
            assert worker.poll() is None


def test_a_frozen_redis_costs_a_moment_and_no_event(real, mailbox, tmp_path):
    with own_redis(tmp_path) as (url, server):
        shop = context.build(dataclasses.replace(real.settings, redis_url=url))
        shop = dataclasses.replace(shop, mailer=mailbox)
        assert shop.redis.ping()
        server.send_signal(signal.SIGSTOP)
        for number in range(3):
            event = outbox.event(shop, "order.expired", f"order:{number}", 1, order_id="nobody's")
            shop.db.orders.insert_one(
                {
                    "_id": f"t{number}",
                    "key": f"t{number}",
                    "number": f"t{number}",
                    "status": "thing",
                    "outbox": [event],
                }
            )
        began = time.monotonic()

        relay(shop)

        assert time.monotonic() - began < 5
        until(lambda: shop.db.deliveries.count_documents({"state": "done"}) == 3)


def test_without_a_queue_a_stuck_mail_holds_up_neither_the_relay_nor_a_rider(real, monkeypatch):
    stuck, told = threading.Event(), []
    monkeypatch.setitem(HANDLERS, "mail", lambda shop, event: stuck.wait(20))
    monkeypatch.setitem(HANDLERS, "dispatch", lambda shop, event: told.append(event["aggregate"]))
    alone = dataclasses.replace(real, enqueue=lambda *_: False)
    for number in range(3):
        event = outbox.event(alone, "order.delivered", f"order:{number}", 1, order_id="nobody's")
        alone.db.delivery_jobs.insert_one({"_id": f"t{number}", "outbox": [event]})
    began = time.monotonic()

    relay(alone)
    took = time.monotonic() - began
    until(lambda: told == ["order:0", "order:1", "order:2"], 5)
    stuck.set()

    assert took < 5
    until(lambda: alone.db.deliveries.count_documents({"state": "done"}) == 6)


def test_two_schedulers_one_of_them_killed_tell_each_customer_once(real, tmp_path):
    store = a_store(real)
    sku = a_product(real, store, units=20)
    environment = environment_of(
        real.settings, SHOPSMART_LEASE_SECONDS=LEASE_SECONDS, SHOPSMART_MAIL_DIR=tmp_path / "mail"
    )
    logs = [tmp_path / f"{name}.log" for name in ("first", "second", "worker")]
    with (
        python_process(environment, logs[0], "-m", "workers.scheduler") as first,
        python_process(environment, logs[1], "-m", "workers.scheduler"),
        python_process(environment, logs[2], "-m", "workers", "default"),
    ):
        for number in range(12):
            customer = actor(a_customer(real))
            items = [{"sku": sku, "quantity": 1}]
            wish = Wish(location=store["location"], items=items, provider="cod")
            placing.place(real, customer, f"k{number}", wish)
            if number == 6:
                until(lambda: real.db.deliveries.count_documents({"state": "done"}), 40, log=logs[0])
                first.kill()
        until(lambda: real.db.deliveries.count_documents({"state": "done"}) == 12, 60, log=logs[1])

    assert len(list((tmp_path / "mail").iterdir())) == 12
    assert real.db.notifications.count_documents({"state": "sent"}) == 12
    rows = list(real.db.streams.find({"channel": "admin"}).sort("seq", 1))
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert len({row["data"]["order_id"] for row in rows if row["type"] == "order.placed"}) == 12


def test_a_job_that_looks_at_all_that_waits_is_queued_once_until_it_begins(real):
    real.redis.flushall()
    enqueue = enqueuer(real.redis)
    name = "workers.jobs.process_webhooks"

    for _ in range(3):
        assert enqueue("critical", name)
    assert real.redis.llen("rq:queue:critical") == 1
    jobs.begun(real.redis, name)  # from here on it may miss what comes
    assert enqueue("critical", name)
    assert real.redis.llen("rq:queue:critical") == 2
    assert 0 < real.redis.pttl(f"job-waits:{name}") <= 2_000  # a job that got lost is not waited for
    for number in range(2):
        enqueue("default", "workers.jobs.deliver", [str(number)])

    assert real.redis.llen("rq:queue:default") == 2


def test_jobs_that_are_not_ours_are_not_run(real, tmp_path):
    (tmp_path / "go").touch()
    planted = [tmp_path / "by-pickle", tmp_path / "by-name"]
    real.redis.flushall()
    Queue("default", connection=real.redis).enqueue(
        "os.mkdir", str(planted[0])
    )  # pickled, as RQ does by default
    enqueuer(real.redis)("default", "os.mkdir", str(planted[1]))

    with a_worker(real, tmp_path) as worker:
        delivery = something_happens(real)
        until(lambda: state(real, delivery) == "done", log=tmp_path / "worker.log")

        assert worker.poll() is None
    assert [path.exists() for path in planted] == [False, False]
