"""A store that refuses, keeps silent or is short: the order goes on by itself, and nothing is held twice or lost."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shopsmart import checker, context
from shopsmart.catalog import service as catalog
from shopsmart.dispatch import service as dispatch
from shopsmart.dispatch import store as dispatch_store
from shopsmart.errors import Conflict, InvalidTransition, NotFound
from shopsmart.geo import Point
from shopsmart.infra import events, outbox
from shopsmart.inventory import service as inventory
from shopsmart.inventory import store as stock
from shopsmart.inventory.model import Line
from shopsmart.orders import placing, rerouting, service
from shopsmart.orders.placing import Wish
from shopsmart.routing import service as routing
from shopsmart.stores import service as stores
from tests.journeys.test_crashes import capture, each_death
from tests.makers import (
    PATIA,
    a_customer,
    a_manager,
    a_product,
    a_store,
    a_super_admin,
    actor,
    an_admin,
    bearer,
)
from workers.subscriptions import HANDLERS, SOURCES, SUBSCRIPTIONS

DOOR: Point = {"type": "Point", "coordinates": [85.820, 20.354]}
NEXT: Point = {"type": "Point", "coordinates": [85.8250, 20.3560]}
THIRD: Point = {"type": "Point", "coordinates": [85.8300, 20.3600]}


def on_shelf(db, store_id, sku) -> Any:
    return stock.get(db, store_id, sku)


def a_job(db, id_) -> Any:
    return dispatch_store.job(db, id_)


class Town:
    """Stores near a door, nearest first, two products in each, a customer and the stores' managers."""

    def __init__(self, shop, places=(PATIA, NEXT), units=5):
        self.shop = shop
        self.stores = [
            a_store(shop, at=at, name=name)
            for at, name in zip(places, ("Near", "Next", "Third"), strict=False)
        ]
        self.skus = [a_product(shop, *self.stores, units=units) for _ in range(2)]
        self.customer = actor(a_customer(shop))
        self.managers = [actor(a_manager(shop, store["_id"])) for store in self.stores]
        self.keys = iter(range(1_000))

    def place(self, shop=None, provider="cod", **facts):
        items = [{"sku": sku, "quantity": 2} for sku in self.skus]
        wish = Wish(location=DOOR, items=items, provider=provider, **facts)
        order, _ = placing.place(shop or self.shop, self.customer, f"key-{next(self.keys)}", wish)
        return order

    def reject(self, order, number=0, shop=None):
        store, manager = self.stores[number], self.managers[number]
        return service.reject(shop or self.shop, manager, store["_id"], order["_id"], "no_rider_gate")

    def held(self, number):
        return [
            sum(hold["quantity"] for hold in on_shelf(self.shop.db, self.stores[number]["_id"], sku)["holds"])
            for sku in self.skus
        ]

    def serves(self, order):
        return [part["store_id"] for part in self.now(order)["fulfilments"]]

    def now(self, order):
        return self.shop.db.orders.find_one({"_id": order["_id"]})


@pytest.fixture
def town(shop):
    return Town(shop)


def events_go_out(shop):
    for _ in range(4):
        for ids in outbox.relay(shop, SOURCES, SUBSCRIPTIONS).values():
            for id_ in ids:
                outbox.deliver(shop, id_, HANDLERS)


# --- a store refuses -------------------------------------------------------------------------------------------


def test_a_refused_order_goes_to_the_next_store_with_its_stock(town, shop):
    order = town.place()
    assert town.serves(order) == [town.stores[0]["_id"]]

    moved = town.reject(order)

    assert moved["status"] == "placed"
    assert moved["flags"] == ["rerouted"]
    assert town.serves(order) == [town.stores[1]["_id"]]
    assert (town.held(0), town.held(1)) == ([0, 0], [2, 2])
    last = moved["history"][-1]
    assert (last["action"], last["from_store"], last["to_store"], last["reason"]) == (
        "reroute",
        town.stores[0]["_id"],
        town.stores[1]["_id"],
        "no_rider_gate",
    )
    assert {line["fulfilment_id"] for line in moved["lines"]} == {moved["fulfilments"][0]["id"]}
    assert moved["promise"]["at"] > order["promise"]["at"]
    assert checker.run(shop) == []


def test_everybody_concerned_is_told(town, shop):
    order = town.place()
    town.reject(order)

    events_go_out(shop)

    for channel in (f"order:{order['_id']}", "admin", *(f"store:{store['_id']}" for store in town.stores)):
        assert "order.rerouted" in [row["type"] for row in events.since(shop.db, channel, 0)], channel


def test_a_refusal_said_twice_moves_the_order_once(town):
    order = town.place()

    town.reject(order)
    again = town.reject(order)

    assert again["fulfilments"][0]["hops"] == 1
    assert town.serves(order) == [town.stores[1]["_id"]]


def test_the_new_store_works_on_it_and_the_old_one_has_no_part_in_it(town, shop):
    order = town.place()
    town.reject(order)
    near, following = (store["_id"] for store in town.stores)

    with pytest.raises(NotFound):
        service.store_acts(shop, town.managers[0], near, order["_id"], "accept")
    accepted = service.store_acts(shop, town.managers[1], following, order["_id"], "accept")
    for line in accepted["lines"]:
        service.pick_line(shop, town.managers[1], following, order["_id"], line["id"], 2)
    packed = service.pack(shop, town.managers[1], following, order["_id"])

    assert packed["status"] == "packed"
    assert [on_shelf(shop.db, following, sku)["on_hand"] for sku in town.skus] == [3, 3]
    assert [on_shelf(shop.db, near, sku)["available"] for sku in town.skus] == [5, 5]
    assert checker.run(shop) == []


def test_an_order_moves_twice_at_most_and_is_cancelled_then(shop):
    places = (PATIA, NEXT, THIRD)
    town = Town(shop, places)
    fourth = a_store(shop, at={"type": "Point", "coordinates": [85.8320, 20.3620]}, name="Fourth")
    for sku in town.skus:
        also_at(shop, fourth, sku)
    order = town.place()

    town.reject(order, 0)
    town.reject(order, 1)
    ended = town.reject(order, 2)

    assert (ended["status"], ended["end_reason"]) == ("cancelled", "no_rider_gate")
    assert [row["action"] for row in ended["history"]][-3:] == ["reroute", "reroute", "reject"]
    assert [town.held(number) for number in range(3)] == [[0, 0]] * 3
    assert checker.run(shop) == []


def also_at(shop, store, sku, units=5, price=4_900):
    catalog.put_listings(shop, store["_id"], [{"sku": sku, "price": price}])
    inventory.open_shelves(shop, store["_id"], [{"sku": sku, "units": units}], "test")


def test_without_another_store_the_order_is_cancelled_and_paid_back(shop, settings):
    town = Town(shop, places=(PATIA,))
    order = town.place(provider="sandbox")
    payment, signed = capture(shop, town.customer, order)
    service.confirm_payment(
        shop, town.customer, order["_id"], payment["_id"], signed["payment_ref"], signed["signature"]
    )

    ended = town.reject(order)
    again = town.reject(order)

    assert ended["status"] == again["status"] == "cancelled"
    assert ended["end_reason"] == "no_rider_gate"
    assert town.now(order)["payment"]["refunded"] == order["totals"]["total"]
    assert town.held(0) == [0, 0]


def test_a_dearer_store_keeps_the_price_and_a_cheaper_one_lowers_it(shop):
    town = Town(shop)
    _price(shop, town.stores[1], town.skus[0], 5_000)
    _price(shop, town.stores[1], town.skus[1], 3_000)
    order = town.place()

    moved = town.reject(order)

    assert [line["unit_price"] for line in moved["lines"]] == [4_900, 3_000]
    assert moved["totals"]["items"] == 2 * 4_900 + 2 * 3_000
    assert moved["totals"]["total"] < order["totals"]["total"]
    assert moved["totals"]["delivery_fee"] == order["totals"]["delivery_fee"]


def _price(shop, store, sku, price):
    catalog.put_listings(shop, store["_id"], [{"sku": sku, "price": price}])


def test_what_was_paid_too_much_comes_back_with_the_bill(shop):
    town = Town(shop)
    _price(shop, town.stores[1], town.skus[1], 3_000)
    order = town.place(provider="sandbox")
    payment, signed = capture(shop, town.customer, order)
    service.confirm_payment(
        shop, town.customer, order["_id"], payment["_id"], signed["payment_ref"], signed["signature"]
    )

    moved = town.reject(order)
    assert checker.run(shop) == []
    following = town.stores[1]["_id"]
    service.store_acts(shop, town.managers[1], following, order["_id"], "accept")
    for line in moved["lines"]:
        service.pick_line(shop, town.managers[1], following, order["_id"], line["id"], 2)
    service.pack(shop, town.managers[1], following, order["_id"])

    assert town.now(order)["payment"]["refunded"] == 2 * (4_900 - 3_000)
    assert checker.run(shop) == []


def test_an_order_to_be_collected_is_not_moved(shop):
    town = Town(shop)
    order = town.place(mode="pickup")

    ended = town.reject(order)

    assert ended["status"] == "cancelled"


def test_once_it_is_being_picked_an_order_stays(town, shop):
    order = town.place()
    near = town.stores[0]["_id"]
    service.store_acts(shop, town.managers[0], near, order["_id"], "accept")
    service.pick_line(shop, town.managers[0], near, order["_id"], "l1", 1)

    with pytest.raises(InvalidTransition):
        town.reject(order)


def test_a_rider_on_his_way_to_the_old_store_is_called_off(town, shop):
    order = town.place()
    service.store_acts(shop, town.managers[0], town.stores[0]["_id"], order["_id"], "accept")
    events_go_out(shop)
    old = f"{order['_id']}.f1"
    assert a_job(shop.db, old)["state"] == "searching"

    moved = town.reject(order)
    events_go_out(shop)
    service.store_acts(shop, town.managers[1], town.stores[1]["_id"], order["_id"], "accept")
    events_go_out(shop)

    assert a_job(shop.db, old)["state"] == "cancelled"
    fresh = a_job(shop.db, f"{order['_id']}.{moved['fulfilments'][0]['id']}")
    assert (fresh["state"], fresh["store_id"]) == ("searching", town.stores[1]["_id"])
    dispatch.tick(shop)


# --- a store keeps silent --------------------------------------------------------------------------------------


def test_an_order_that_nobody_accepts_moves_on_by_itself(town, shop, clock):
    order = town.place()

    clock.forward(seconds=119)
    service.sweep(shop)
    assert town.serves(order) == [town.stores[0]["_id"]]
    clock.forward(seconds=1)
    service.sweep(shop)

    moved = town.now(order)
    assert town.serves(order) == [town.stores[1]["_id"]]
    assert moved["history"][-1]["reason"] == "not_accepted"
    assert (town.held(0), town.held(1)) == ([0, 0], [2, 2])


def test_an_accepted_order_is_left_alone(town, shop, clock):
    order = town.place()
    service.store_acts(shop, town.managers[0], town.stores[0]["_id"], order["_id"], "accept")

    clock.forward(hours=1)
    service.sweep(shop)

    assert town.now(order)["status"] == "accepted"
    assert "deadline" not in town.now(order)


def test_when_nobody_else_can_the_store_is_waited_for_and_staff_are_told_until_it_takes_too_long(shop, clock):
    town = Town(shop, places=(PATIA,))
    order = town.place()

    clock.forward(seconds=121)
    service.sweep(shop)
    service.sweep(shop)
    waiting = town.now(order)
    clock.forward(seconds=400)
    service.sweep(shop)
    assert (waiting["status"], waiting["flags"]) == ("placed", ["late_accept"])
    clock.forward(seconds=400)
    service.sweep(shop)

    ended = town.now(order)
    assert (ended["status"], ended["end_reason"]) == ("cancelled", "not_accepted")
    assert [entry["type"] for entry in ended["outbox"]].count("order.not_accepted") == 1
    assert town.held(0) == [0, 0]


def test_a_policy_without_patience_limit_waits_for_ever(shop, clock):
    routing.set_policy(shop, actor(a_super_admin(shop)), {"accept_seconds": 0}, "quiet day")
    town = Town(shop)
    order = town.place()

    clock.forward(hours=2)
    service.sweep(shop)

    assert town.serves(order) == [town.stores[0]["_id"]]


# --- a store is short ------------------------------------------------------------------------------------------


def test_a_shortage_moves_the_least_advanced_and_youngest_orders_until_it_is_covered(shop, clock):
    town = Town(shop, units=6)
    accepted = town.place()
    service.store_acts(shop, town.managers[0], town.stores[0]["_id"], accepted["_id"], "accept")
    older = town.place()
    clock.forward(seconds=1)
    younger = town.place()

    # The shelf's six units are promised; a count finds four.
    inventory.count(shop, town.stores[0]["_id"], town.skus[0], 4, "manager", may_be_short=True)
    events_go_out(shop)

    near, following = (store["_id"] for store in town.stores)
    assert (town.serves(accepted), town.serves(older), town.serves(younger)) == ([near], [near], [following])
    assert on_shelf(shop.db, near, town.skus[0])["available"] == 0
    assert town.held(1) == [2, 2]


# --- staff -----------------------------------------------------------------------------------------------------


def test_staff_send_an_order_elsewhere_or_hear_that_nobody_can(town, shop):
    order = town.place()
    admin = actor(an_admin(shop))

    moved = service.reroute(shop, admin, order["_id"], "power cut", None)
    with pytest.raises(Conflict) as refusal:
        service.reroute(shop, admin, order["_id"], "again", None)

    assert moved["fulfilments"][0]["store_id"] == town.stores[1]["_id"]
    assert refusal.value.code == "no_other_store"
    assert town.now(order)["status"] == "placed"


# --- races and crashes -----------------------------------------------------------------------------------------


def test_of_two_who_move_an_order_at_once_one_does(shop):
    town = Town(shop, (PATIA, NEXT, THIRD))
    order = town.place()
    start, refusals = threading.Barrier(4), []

    def move():
        start.wait()
        try:
            town.reject(order)
        except (Conflict, NotFound) as refusal:
            refusals.append(refusal)

    threads = [threading.Thread(target=move) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert town.now(order)["fulfilments"][0]["hops"] == 1
    assert sorted([town.held(0), town.held(1), town.held(2)]) == [[0, 0], [0, 0], [2, 2]]
    assert checker.run(shop) == []


def later(shop, **by):
    return replace(shop, now=lambda now=shop.now: now() + timedelta(**by))


def test_moving_may_die_after_any_write(shop, settings):
    real = context.build(settings)
    real = replace(real, enqueue=lambda *_: True, publish=lambda *_: None)
    town = Town(real)

    def after(order):
        # The manager has no answer and does not ask again: the sweep finishes what he began, or nothing was begun.
        soon = later(real, seconds=30)
        for _ in range(3):
            service.sweep(soon)
        begun = town.now(order)["fulfilments"][0].get("tries", 0)
        assert town.serves(order) == [town.stores[1 if begun else 0]["_id"]]
        assert town.reject(order, shop=soon)["status"] == "placed"
        service.reconcile_holds(later(real, minutes=5))
        assert (town.held(0), town.held(1)) == ([0, 0], [2, 2])
        outbox.relay(real, ["orders"], {})
        assert checker.run(real) == []
        service.cancel(real, town.customer, order["_id"], "test")
        service.sweep(soon)
        assert (town.held(0), town.held(1)) == ([0, 0], [0, 0])

    def deed(own_shop, order):
        town.reject(order, shop=own_shop)

    assert each_death(settings, deed, town.place, after) >= 4


def test_a_try_that_lost_to_a_cancellation_holds_nothing(town, shop):
    order = town.place()
    part = order["fulfilments"][0]
    policy = routing.policy_now(shop)
    decision = routing.choose(shop, DOOR, [], without={town.stores[0]["_id"]})
    cause = rerouting.Cause("test", "m", town.managers[0].roles)
    claimed: Any = rerouting._claim(shop, order, part, decision, cause)

    service.cancel(shop, town.customer, order["_id"], "changed my mind")
    moved, held = rerouting._hold_and_move(shop, claimed, part["id"], decision, cause, policy)

    assert (moved, held) == (None, True)
    assert (town.held(0), town.held(1)) == ([0, 0], [0, 0])


def test_a_try_that_died_at_one_store_does_not_mix_with_the_next_try_at_another(shop, clock):
    town = Town(shop, (PATIA, NEXT, THIRD))
    order = town.place()
    part = order["fulfilments"][0]
    decision = routing.choose(shop, DOOR, [], without={town.stores[0]["_id"]})
    cause = rerouting.Cause("flooded", "m", town.managers[0].roles)
    claimed: Any = rerouting._claim(shop, order, part, decision, cause)
    lines = [Line(sku, 2) for sku in town.skus]
    kept = f"{order['_id']}.{claimed['fulfilments'][0]['moving']['id']}"
    inventory.hold_basket(shop, town.stores[1]["_id"], lines, kept, order["_id"], None)
    stores.store_settings(shop, town.managers[1], town.stores[1]["_id"], mode="paused")

    clock.forward(seconds=11)
    service.sweep(shop)
    assert town.serves(order) == [town.stores[2]["_id"]]
    clock.forward(minutes=2)
    service.reconcile_holds(shop)
    events_go_out(shop)

    assert [town.held(number) for number in range(3)] == [[0, 0], [0, 0], [2, 2]]
    assert checker.run(shop) == []


# --- over HTTP -------------------------------------------------------------------------------------------------


def test_the_console_refuses_and_the_customer_sees_the_new_store(app, client, shop):
    town = Town(shop)
    manager, customer = (
        a_manager(shop, town.stores[0]["_id"]),
        shop.db.users.find_one({"_id": town.customer.user_id}),
    )
    order = town.place()

    refused = client.post(
        f"/api/v1/store/orders/{order['_id']}/reject",
        json={"reason": "flooded"},
        headers=bearer(app, shop, manager),
    )
    seen = client.get(f"/api/v1/orders/{order['_id']}", headers=bearer(app, shop, customer)).json

    assert refused.status_code == 200, refused.json
    assert refused.json["status"] == seen["status"] == "placed"
    assert seen["store"]["id"] == town.stores[1]["_id"]
    assert seen["flags"] == ["rerouted"]
