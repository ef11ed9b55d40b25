"""What a placed order relies on: majority writes, one winner of every race, and nothing freed by a clock alone."""

import threading
from dataclasses import replace
from datetime import timedelta

import pymongo.monitoring
import pytest

from shopsmart import checker, context
from shopsmart.identity.model import Actor
from shopsmart.infra import outbox
from shopsmart.inventory import store as stock
from shopsmart.orders import placing, service
from shopsmart.orders.placing import Wish
from shopsmart.payments import service as payments
from tests.makers import a_customer, a_product, a_store

CERTAIN = {"orders", "stock", "payments"}
WRITES = {"insert", "update", "findAndModify", "bulkWrite"}


@pytest.fixture
def town(shop):
    store = a_store(shop)
    sku = a_product(shop, store, units=5)
    customer = a_customer(shop)
    return store, sku, Actor(customer["_id"], frozenset({"customer"}), frozenset(), None)


def an_order(shop, town, key="k", provider="sandbox"):
    store, sku, actor = town
    items = [{"sku": sku, "quantity": 1}]
    order, _ = placing.place(
        shop, actor, key, Wish(location=store["location"], items=items, provider=provider)
    )
    return order


def kept(shop, order):
    return shop.db.orders.find_one({"_id": order["_id"]})


def holds(shop, town):
    return (stock.get(shop.db, town[0]["_id"], town[1]) or {})["holds"]


def _crosses_out_what_is_done(command):
    """An effect that is crossed out and comes back is merely done again: this alone need not be waited for."""
    changes = [update["u"] for update in command.get("updates", [])]
    return bool(changes) and all(set(change) == {"$pullAll"} for change in changes)


class Writes(pymongo.monitoring.CommandListener):
    """Notes every write's collection and what was asked of it."""

    def __init__(self):
        self.asked = []

    def started(self, event):
        if event.command_name in WRITES and not _crosses_out_what_is_done(event.command):
            self.asked.append((event.command[event.command_name], event.command.get("writeConcern")))

    def succeeded(self, event):
        pass

    def failed(self, event):
        pass


def test_what_an_order_writes_is_acknowledged_by_a_majority_and_journaled(shop, settings, town):
    listener = Writes()
    pymongo.monitoring.register(listener)
    try:
        own = context.build(settings)
    finally:
        pymongo.monitoring._LISTENERS.command_listeners.remove(listener)
    own = replace(shop, db=own.db)

    order = an_order(own, town)
    service.cancel(own, town[2], order["_id"], "test")

    asked = [(name, concern) for name, concern in listener.asked if name in CERTAIN]
    assert {name for name, _ in asked} >= {"orders", "stock"}
    assert [concern for _, concern in asked] == [{"w": "majority", "j": True}] * len(asked)


def test_a_hold_outlives_its_time_as_long_as_its_order_lives(shop, town, clock):
    order = an_order(shop, town)
    clock.forward(seconds=shop.settings.hold_seconds + 300)

    service.reconcile_holds(shop)
    assert [hold["order_id"] for hold in holds(shop, town)] == [order["_id"]]

    service.sweep(shop)
    assert kept(shop, order)["status"] == "expired"
    assert holds(shop, town) == []


@pytest.mark.parametrize("trial", range(8))
def test_payment_and_expiry_at_the_same_moment_have_one_winner(shop, town, clock, trial):
    order = an_order(shop, town)
    payment = service.start_payment(shop, town[2], order["_id"], "sandbox")
    secret = payment["client"]["client_secret"]
    signed = payments.pay_in_sandbox(shop, payment["intent_id"], secret, "success")
    late = replace(shop, now=lambda: clock.now() + timedelta(seconds=shop.settings.hold_seconds + 1))
    gate = threading.Barrier(4)

    def pay():
        gate.wait()
        service.confirm_payment(
            shop, town[2], order["_id"], payment["_id"], signed["payment_ref"], signed["signature"]
        )

    def expire():
        gate.wait()
        service.sweep(late)

    crowd = [threading.Thread(target=deed) for deed in (pay, expire, pay, expire)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()

    clock.forward(seconds=shop.settings.hold_seconds + 60)
    for _ in range(3):
        service.sweep(shop)
    payments.finish_refunds(shop, lambda order_id: service.sync_payment(shop, order_id))
    after = kept(shop, order)
    ends = [row["action"] for row in after["history"] if row["action"] in {"pay", "expire"}]
    assert len(ends) == 1
    money = shop.db.payments.find_one()
    if ends == ["pay"]:
        assert len(holds(shop, town)) == 1
        assert money["captured"] - money["refunded"] == order["totals"]["total"]
    else:
        assert holds(shop, town) == []
        assert money["captured"] == money["refunded"]


@pytest.fixture(autouse=True)
def nothing_disagrees(shop, monkeypatch):
    """After each of these tests the checker is content."""
    yield
    monkeypatch.setattr(checker, "_SECOND_LOOK_SECONDS", 0)
    outbox.relay(shop, ["orders", "stock", "delivery_jobs"], {})
    assert [one for one in checker.run(shop) if "due" not in one.detail] == []
