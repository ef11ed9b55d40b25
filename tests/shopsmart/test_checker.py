"""The checker must be able to fail: one planted difference for each thing it watches."""

from datetime import timedelta

import pytest

from shopsmart import checker
from shopsmart.identity.model import Actor
from shopsmart.orders import placing, service
from shopsmart.orders.placing import Wish
from tests.makers import a_customer, a_product, a_store


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(checker, "_SECOND_LOOK_SECONDS", 0)


@pytest.fixture
def order(shop):
    """A placed order for two units of one of five."""
    store = a_store(shop)
    sku = a_product(shop, store, units=5)
    customer = a_customer(shop)
    actor = Actor(customer["_id"], frozenset({"customer"}), frozenset(), None)
    wish = Wish(location=store["location"], items=[{"sku": sku, "quantity": 2}], provider="cod")
    placed, _ = placing.place(shop, actor, "key", wish)
    return placed


def stock_of(order):
    return f"{order['fulfilments'][0]['store_id']}:{order['lines'][0]['sku']}"


def found(shop):
    return {finding.invariant for finding in checker.run(shop)}


def test_a_sound_shop_has_no_findings(shop, order):
    assert checker.run(shop) == []


def test_it_sees_units_that_came_from_nowhere(shop, order):
    shop.db.stock.update_one({"_id": stock_of(order)}, {"$inc": {"on_hand": 1, "available": 1}})

    assert "I1" in found(shop)


def test_it_sees_a_wrong_available(shop, order):
    shop.db.stock.update_one({"_id": stock_of(order)}, {"$inc": {"available": 1}})

    assert "I2" in found(shop)


def test_it_sees_a_ledger_row_that_was_lost(shop, order):
    shop.db.stock.update_one({"_id": stock_of(order)}, {"$pop": {"tail": -1}})

    assert "I3" in found(shop)


def test_it_sees_a_hold_without_an_order(shop, order):
    shop.db.orders.delete_one({"_id": order["_id"]})

    assert "I6" in found(shop)


def test_it_sees_a_living_order_without_its_hold(shop, order):
    hold = shop.db.stock.find_one({"_id": stock_of(order)})["holds"][0]
    service.stock.release(shop.db, stock_of(order), hold, shop.now(), "planted")

    assert found(shop) == {"I2"}


def test_it_sees_an_order_that_jumped_a_state(shop, order):
    shop.db.orders.update_one(
        {"_id": order["_id"]}, {"$set": {"status": "packed", "fulfilments.0.state": "packed"}}
    )

    assert "I9" in found(shop)


def test_it_sees_an_order_past_its_deadline(shop, order):
    shop.db.orders.update_one(
        {"_id": order["_id"]}, {"$set": {"deadline": shop.now() - timedelta(minutes=5)}}
    )

    assert "I6" in found(shop)


def test_it_sees_a_bill_that_does_not_add_up(shop, order):
    shop.db.orders.update_one({"_id": order["_id"]}, {"$inc": {"totals.total": 1}})

    assert "I7" in found(shop)


def test_it_sees_an_event_that_nobody_brought_on(shop, order, clock):
    clock.forward(minutes=5)

    assert "I8" in found(shop)


def test_it_sees_two_orders_for_one_key(shop, order):
    shop.db.orders.drop_index("key")
    try:
        twin = {**order, "_id": "twin", "number": "TWIN-0001", "history": []}
        shop.db.orders.insert_one(twin)

        assert "I4" in found(shop)
    finally:
        shop.db.orders.delete_one({"_id": "twin"})
        shop.db.orders.create_indexes(
            [index for index in service.store.ORDER_INDEXES if index.document["name"] == "key"]
        )


def test_repair_releases_what_belongs_to_nobody(shop, order, clock):
    shop.db.orders.delete_one({"_id": order["_id"]})
    clock.forward(minutes=2)

    assert checker.run(shop, repair=True) == []
    assert shop.db.stock.find_one({"_id": stock_of(order)})["available"] == 5
