"""The checker must be able to fail: one planted difference for each thing it watches."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from shopsmart import checker
from shopsmart.identity.model import Actor
from shopsmart.infra import outbox
from shopsmart.inventory import edits
from shopsmart.inventory import service as inventory
from shopsmart.inventory import store as stock
from shopsmart.inventory.model import Edit
from shopsmart.orders import placing, service
from shopsmart.orders.placing import Wish
from tests.makers import a_customer, a_product, a_store, an_admin, bearer


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
    stock.release(shop.db, stock_of(order), hold, shop.now(), "planted")

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


def test_it_sees_a_shortage_without_a_case(shop, order, clock):
    store_id, sku = stock_of(order).split(":")
    inventory.count(shop, store_id, sku, 1, "m", may_be_short=True)
    shop.db.shortage_cases.delete_many({})
    clock.forward(minutes=2)

    assert "I2" in found(shop)
    assert not [one for one in checker.run(shop, repair=True) if one.invariant == "I2"]


def test_it_sees_units_that_never_arrive(shop, order, clock):
    store_id, sku = stock_of(order).split(":")
    edits.make(shop, store_id, Edit(sku, "t:out", "transfer_out", -1, "m", to_store_id="gone"))
    clock.forward(minutes=2)

    assert "I2" in found(shop)


# --- incremental -----------------------------------------------------------------------------------------------


@pytest.fixture
def checked(shop, order, clock):
    """The shop after a full and an incremental check, some time ago; the store has no deadline to accept."""
    shop.db.orders.update_many({}, {"$unset": {"deadline": ""}})
    assert checker.run_now(shop, "test", full=False, repair=False) == []
    relay(shop)
    inventory.copy_ledger(shop)
    clock.forward(minutes=1)
    assert checker.run_now(shop, "test", full=False, repair=False) == []
    clock.forward(minutes=30)
    return shop


def relay(shop):
    outbox.relay(shop, ["orders", "stock", "delivery_jobs"], {})


def test_the_first_check_is_full_and_the_next_looks_at_what_changed(checked, order):
    newest, first = checker.runs(checked)

    assert (first["full"], newest["full"]) == (True, False)
    assert newest["since"] == first["started_at"] - checker.OVERLAP
    assert (newest["counts"], first["counts"]) == ({}, {})


def test_an_incremental_check_reads_only_the_ledger_rows_that_are_new(checked, order):
    store_id, sku = stock_of(order).split(":")
    inventory.adjust(checked, store_id, sku, 3, "found", "r1", "m")
    inventory.copy_ledger(checked)
    # Were the rows before the mark read again, they would be missed.
    checked.db.stock_ledger.delete_many({"stock_id": stock_of(order), "seq": {"$lte": 2}})
    relay(checked)

    assert checker.run_now(checked, "test", full=False, repair=False) == []
    assert "I3" in found(checked)


@pytest.mark.parametrize(
    ("where", "plant", "invariant"),
    [
        ("stock", {"$inc": {"on_hand": 1, "available": 1}}, "I1"),
        ("stock", {"$inc": {"available": 1}}, "I2"),
        ("stock", {"$pop": {"tail": -1}}, "I3"),
        ("orders", {"$inc": {"totals.total": 1}}, "I7"),
        ("orders", {"$set": {"status": "packed", "fulfilments.0.state": "packed"}}, "I9"),
    ],
)
def test_an_incremental_check_sees_what_goes_wrong_with_what_changed(checked, order, where, plant, invariant):
    store_id, sku = stock_of(order).split(":")
    inventory.adjust(checked, store_id, sku, 3, "found", "r1", "m")
    relay(checked)
    id_ = stock_of(order) if where == "stock" else order["_id"]
    checked.db[where].update_one({"_id": id_}, plant)

    assert invariant in {one.invariant for one in checker.run_now(checked, "test", full=False, repair=False)}


def test_a_check_that_found_something_is_no_starting_point(checked, order):
    checked.db.orders.update_one({"_id": order["_id"]}, {"$inc": {"totals.total": 1}})
    checker.run_now(checked, "test", full=False, repair=False)

    assert checker.run_now(checked, "test", full=False, repair=False) != []
    assert checker.runs(checked)[0]["since"] == checker.runs(checked)[1]["since"]


def test_many_schedulers_queue_one_check_at_a_time_and_a_job_runs_it_once(shop, order, enqueued, clock):
    assert [checker.by_schedule(shop) for _ in range(3)] == [True, False, False]
    [(queue, function, run_id)] = enqueued
    assert (queue, function) == ("bulk", "workers.jobs.check")

    assert (checker.carry_out(shop, run_id) or {})["counts"] == {}
    assert checker.carry_out(shop, run_id) is None
    clock.forward(seconds=checker.EVERY_SECONDS)
    assert checker.by_schedule(shop) is True


def test_a_full_check_is_queued_once_a_night_beside_the_incremental_ones(shop, enqueued, clock):
    def queued_full():
        ids = [run_id for _, _, run_id in enqueued]
        return [run for run in shop.db.checks.find({"_id": {"$in": ids}}) if run["full"]]

    for _ in range(2 * 24 * 3):
        clock.forward(minutes=20)
        checker.by_schedule(shop)

    nights = {f"{run['at'].astimezone(ZoneInfo(shop.settings.timezone)):%H}" for run in queued_full()}
    assert len(queued_full()) == 2
    assert nights <= {"03", "04"}


def test_staff_ask_for_a_check_and_see_what_it_found(app, client, shop, order, enqueued):
    headers = bearer(app, shop, an_admin(shop))
    shop.db.orders.update_one({"_id": order["_id"]}, {"$inc": {"totals.total": 1}})

    asked = client.post("/api/v1/admin/checks", json={"full": True}, headers=headers)
    checker.carry_out(shop, enqueued[-1][2])
    [seen] = client.get("/api/v1/admin/checks", headers=headers).json["items"]

    assert (asked.status_code, asked.json["state"]) == (202, "queued")
    assert (seen["id"], seen["state"], seen["counts"]) == (asked.json["id"], "done", {"I7": 1})
    assert seen["findings"][0]["subject"] == f"order {order['_id']}"
    assert 'shopsmart_check_findings{invariant="I7"} 1.0' in client.get("/metrics").text
