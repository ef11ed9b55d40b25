"""Kill the process after every single write of placing, paying, expiring and cancelling.

Whatever write was the last one, the sweep leaves a shop that the checker calls clean, and the customer's retry with
the same key makes one order.
"""

import os
import sys
import traceback
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

WRITES = {"insert", "update", "delete", "findAndModify", "findandmodify", "bulkWrite"}
KILLED = 9
MOST_WRITES = 40
UNITS = 5


class KillAfter(pymongo.monitoring.CommandListener):
    """Ends the process, without any clean-up, once `writes` writes were acknowledged."""

    def __init__(self, writes):
        self.left = writes

    def started(self, event):
        pass

    def succeeded(self, event):
        if event.command_name in WRITES:
            self.left -= 1
            if self.left == 0:
                os._exit(KILLED)

    def failed(self, event):
        pass


def in_a_process_killed_after(writes, settings, deed):
    """Run `deed(shop)` in a child; its exit status: 0 when it finished before the kill."""
    child = os.fork()
    if child == 0:
        try:
            pymongo.monitoring.register(KillAfter(writes))
            deed(context.build(settings))
            os._exit(0)
        except BaseException:
            traceback.print_exc(file=sys.stderr)
            os._exit(3)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


@pytest.fixture
def town(shop, settings):
    """A store with five of each of two products, a customer, and a shop on the database's own clock."""
    real = context.build(settings)
    real = replace(real, enqueue=lambda *_: True, publish=lambda *_: None)
    store = a_store(real)
    skus = [a_product(real, store, units=UNITS) for _ in range(2)]
    customer = a_customer(real)
    actor = Actor(customer["_id"], frozenset({"customer"}), frozenset(), None)
    return real, store, skus, actor


def later(shop, **by):
    return replace(shop, now=lambda now=shop.now: now() + timedelta(**by))


def a_wish(store, skus, provider):
    items = [{"sku": sku, "quantity": 2} for sku in skus]
    return Wish(location=store["location"], items=items, provider=provider)


def capture(shop, actor, order):
    """Pay as a browser would; returns what it brings back."""
    payment = service.start_payment(shop, actor, order["_id"], "sandbox")
    secret = payment["client"]["client_secret"]
    return payment, payments.pay_in_sandbox(shop, payment["intent_id"], secret, "success")


def held_units(shop, store, sku):
    return sum(hold["quantity"] for hold in holds_on(shop, store, sku))


def holds_on(shop, store, sku):
    kept = stock.get(shop.db, store["_id"], sku)
    assert kept is not None
    return kept["holds"]


def clean_up_and_check(shop):
    much_later = later(shop, hours=1)
    for _ in range(3):
        service.sweep(much_later)
    service.reconcile_holds(much_later)
    outbox.relay(shop, ["orders"], {})
    assert checker.run(much_later) == []


def each_death(settings, deed, prepare=lambda: None, after=lambda context: None):
    """`deed` killed after its 1st, 2nd, 3rd … write, until it gets through."""
    for writes in range(1, MOST_WRITES):
        given = prepare()
        status = in_a_process_killed_after(writes, settings, lambda shop, given=given: deed(shop, given))
        assert status in {0, KILLED}
        after(given)
        if status == 0:
            return writes
    raise AssertionError(f"not through after {MOST_WRITES} writes")


@pytest.mark.parametrize("provider", ["cod", "sandbox"])
def test_placing_may_die_after_any_write(town, settings, provider):
    shop, store, skus, actor = town
    keys = iter(range(100))

    def prepare():
        return f"key-{next(keys)}"

    def deed(own_shop, key):
        placing.place(own_shop, actor, key, a_wish(store, skus, provider))

    def after(key):
        retry = later(shop, seconds=40)
        order, _ = placing.place(retry, actor, key, a_wish(store, skus, provider))
        again, replayed = placing.place(retry, actor, key, a_wish(store, skus, provider))
        assert replayed and again["_id"] == order["_id"]
        assert shop.db.orders.count_documents({"key": f"{actor.user_id}:{key}"}) == 1
        service.sweep(retry)
        assert [held_units(shop, store, sku) for sku in skus] == [2, 2]
        service.cancel(shop, actor, order["_id"], "test")
        clean_up_and_check(shop)
        assert [held_units(shop, store, sku) for sku in skus] == [0, 0]

    assert each_death(settings, deed, prepare, after) >= 3


def test_paying_may_die_after_any_write(town, settings):
    shop, store, skus, actor = town
    keys = iter(range(100))

    def prepare():
        order, _ = placing.place(shop, actor, f"pay-{next(keys)}", a_wish(store, skus, "sandbox"))
        return order, *capture(shop, actor, order)

    def deed(own_shop, given):
        order, payment, signed = given
        service.confirm_payment(
            own_shop, actor, order["_id"], payment["_id"], signed["payment_ref"], signed["signature"]
        )

    def after(given):
        order, payment, signed = given
        paid = service.confirm_payment(
            shop, actor, order["_id"], payment["_id"], signed["payment_ref"], signed["signature"]
        )
        assert paid["status"] == "placed"
        service.sweep(later(shop, seconds=30))
        holds = [holds_on(shop, store, sku) for sku in skus]
        assert [[hold["until"] for hold in some] for some in holds] == [[None], [None]]
        service.cancel(shop, actor, order["_id"], "test")
        clean_up_and_check(shop)
        summary = payments.summary(shop, order["_id"])
        assert summary is not None
        assert summary["refunded"] == summary["captured"] == order["totals"]["total"]

    assert each_death(settings, deed, prepare, after) >= 3


def test_expiring_may_die_after_any_write(town, settings):
    shop, store, skus, actor = town
    keys = iter(range(100))

    def prepare():
        order, _ = placing.place(shop, actor, f"expire-{next(keys)}", a_wish(store, skus, "sandbox"))
        service.start_payment(shop, actor, order["_id"], "sandbox")
        return order

    def deed(own_shop, order):
        service.sweep(later(own_shop, minutes=11))

    def after(order):
        clean_up_and_check(shop)
        assert shop.db.orders.find_one({"_id": order["_id"]})["status"] == "expired"
        assert [held_units(shop, store, sku) for sku in skus] == [0, 0]

    assert each_death(settings, deed, prepare, after) >= 3


@pytest.mark.parametrize("paid", [False, True])
def test_cancelling_may_die_after_any_write(town, settings, paid):
    shop, store, skus, actor = town
    keys = iter(range(100))

    def prepare():
        order, _ = placing.place(shop, actor, f"cancel-{next(keys)}", a_wish(store, skus, "sandbox"))
        if paid:
            payment, signed = capture(shop, actor, order)
            service.confirm_payment(
                shop, actor, order["_id"], payment["_id"], signed["payment_ref"], signed["signature"]
            )
        return order

    def deed(own_shop, order):
        service.cancel(own_shop, actor, order["_id"], "changed my mind")

    def after(order):
        service.cancel(shop, actor, order["_id"], "changed my mind")
        clean_up_and_check(shop)
        assert [held_units(shop, store, sku) for sku in skus] == [0, 0]
        if paid:
            summary = payments.summary(shop, order["_id"])
            assert summary is not None
            assert summary["refunded"] == summary["captured"] == order["totals"]["total"]

    assert each_death(settings, deed, prepare, after) >= 3
