"""No single store has it all: the customer chooses, and each store's part lives a life of its own."""

from dataclasses import replace
from typing import Any

import pytest

from shopsmart import checker, context
from shopsmart.catalog import service as catalog
from shopsmart.dispatch import store as dispatch_store
from shopsmart.errors import Conflict, Forbidden, OutOfStock
from shopsmart.inventory import service as inventory
from shopsmart.orders import placing, quoting, service
from shopsmart.orders.placing import Wish
from shopsmart.routing import service as routing
from tests.journeys.test_crashes import capture, each_death, later
from tests.journeys.test_rerouting import DOOR, NEXT, THIRD, events_go_out
from tests.makers import (
    PATIA,
    a_customer,
    a_manager,
    a_product,
    a_store,
    a_super_admin,
    actor,
    bearer,
)


class Town:
    """Near keeps milk and rice, Next keeps rice and soap, Third is far and keeps what a test puts there."""

    def __init__(self, shop, places=(PATIA, NEXT, THIRD)):
        self.shop = shop
        self.near, self.next, self.third = (
            a_store(shop, at=at, name=name)
            for at, name in zip(places, ("Near", "Next", "Third"), strict=True)
        )
        self.milk = a_product(shop, self.near, sku="MILK", units=5)
        self.rice = a_product(shop, self.near, self.next, sku="RICE", units=5)
        self.soap = a_product(shop, self.next, sku="SOAP", units=5)
        self.customer = actor(a_customer(shop))
        self.managers = {
            store["_id"]: actor(a_manager(shop, store["_id"])) for store in (self.near, self.next, self.third)
        }
        self.items = [{"sku": sku, "quantity": 2} for sku in (self.milk, self.rice, self.soap)]
        self.keys = iter(range(1_000))

    def quote(self, **wish):
        return quoting.quote(self.shop, self.customer.user_id, Wish(location=DOOR, items=self.items, **wish))

    def order(self, option="o1", provider="sandbox", shop=None, key=None):
        quoted = self.quote()
        wish = Wish(quote_id=quoted["_id"], option_id=option, provider=provider)
        order, _ = placing.place(shop or self.shop, self.customer, key or f"k{next(self.keys)}", wish)
        return order

    def paid(self, option="o1"):
        order = self.order(option)
        payment, signed = capture(self.shop, self.customer, order)
        return service.confirm_payment(
            self.shop, self.customer, order["_id"], payment["_id"], signed["payment_ref"], signed["signature"]
        )

    def acts(self, order, store, action):
        return service.store_acts(self.shop, self.managers[store["_id"]], store["_id"], order["_id"], action)

    def packs(self, order, store):
        manager, at = self.managers[store["_id"]], store["_id"]
        accepted = self.acts(order, store, "accept")
        part = next(part for part in accepted["fulfilments"] if part["store_id"] == at)
        for line in accepted["lines"]:
            if line["fulfilment_id"] == part["id"]:
                service.pick_line(self.shop, manager, at, order["_id"], line["id"], line["quantity"])
        return service.pack(self.shop, manager, at, order["_id"])

    def held(self, store):
        return {
            document["sku"]: sum(hold["quantity"] for hold in document["holds"])
            for document in self.shop.db.stock.find({"store_id": store["_id"]})
            if document["holds"]
        }

    def now(self, order) -> Any:
        return self.shop.db.orders.find_one({"_id": order["_id"]})


@pytest.fixture
def town(shop):
    return Town(shop)


def states(order):
    return [part["state"] for part in order["fulfilments"]]


# --- the choice ------------------------------------------------------------------------------------------------


def test_the_customer_may_have_all_from_two_stores_or_less_and_sooner_from_one(town):
    options = town.quote()["options"]

    offered = [
        ([part["store"]["name"] for part in option["parts"]], [row["sku"] for row in option["short"]])
        for option in options
    ]
    assert offered == [(["Near", "Next"], []), (["Near"], ["SOAP"])]
    assert options[1]["eta_s"] < options[0]["eta_s"]
    assert {line["sku"]: line["fulfilment_id"] for line in options[0]["lines"]} == {
        "MILK": "f1",
        "RICE": "f1",
        "SOAP": "f2",
    }
    assert len({line["id"] for line in options[0]["lines"]}) == 3


def test_one_store_that_has_all_is_not_split(shop, town):
    _also_at(shop, town.near, town.soap)

    options = town.quote()["options"]

    assert [[part["store"]["name"] for part in option["parts"]] for option in options] == [["Near"]]


def _also_at(shop, store, *skus, units=5):
    for sku in skus:
        catalog.put_listings(shop, store["_id"], [{"sku": sku, "price": 4_900}])
        inventory.open_shelves(shop, store["_id"], [{"sku": sku, "units": units}], "test")


def test_all_from_a_farther_store_or_most_of_it_sooner(shop, town):
    _also_at(shop, town.third, town.milk, town.rice, town.soap)

    options = town.quote()["options"]

    offered = [
        ([part["store"]["name"] for part in option["parts"]], [row["sku"] for row in option["short"]])
        for option in options
    ]
    assert offered == [(["Third"], []), (["Near"], ["SOAP"])]


def test_a_policy_may_forbid_splitting(shop, town):
    routing.set_policy(shop, actor(a_super_admin(shop)), {"max_parts": 1}, "one bag")

    options = town.quote()["options"]

    assert [len(option["parts"]) for option in options] == [1]
    assert [row["sku"] for row in options[0]["short"]] == ["SOAP"]


def test_what_is_collected_comes_from_one_store(town):
    assert {len(option["parts"]) for option in town.quote(mode="pickup")["options"]} == {1}


def test_an_option_that_lacks_something_is_ordered_as_it_was_shown(town):
    order = town.order("o2", provider="cod")

    assert sorted(line["sku"] for line in order["lines"]) == ["MILK", "RICE"]
    assert order["totals"]["items"] == 4 * 4_900
    assert [part["store"]["name"] for part in order["fulfilments"]] == ["Near"]
    assert town.held(town.near) == {"MILK": 2, "RICE": 2}


def test_who_names_no_option_wants_all_of_it(shop, town):
    routing.set_policy(shop, actor(a_super_admin(shop)), {"max_parts": 1}, "one bag")
    quoted = town.quote()

    with pytest.raises(OutOfStock) as refusal:
        placing.place(shop, town.customer, "k", Wish(quote_id=quoted["_id"]))

    assert [row["sku"] for row in refusal.value.facts["shortages"]] == ["SOAP"]
    assert town.held(town.near) == {}


def test_without_a_quote_the_refusal_tells_that_two_stores_could(town, shop):
    with pytest.raises(OutOfStock) as refusal:
        placing.place(shop, town.customer, "k", Wish(location=DOOR, items=town.items))

    assert [(row["stores"], row["complete"]) for row in refusal.value.facts["options"]] == [
        (["Near", "Next"], True)
    ]


def test_parts_are_not_paid_in_cash(town):
    with pytest.raises(Conflict) as refusal:
        town.order(provider="cod")

    assert refusal.value.code == "prepay_required"
    assert town.held(town.near) == town.held(town.next) == {}


# --- the life of the parts -------------------------------------------------------------------------------------


def test_each_part_has_its_own_state_stock_and_rider_and_there_is_one_delivery_fee(town, shop):
    order = town.paid()
    assert states(order) == ["placed", "placed"]
    assert (town.held(town.near), town.held(town.next)) == ({"MILK": 2, "RICE": 2}, {"SOAP": 2})
    assert order["totals"]["delivery_fee"] in {0, shop.settings.delivery_fee}

    packed = town.packs(order, town.near)
    assert (packed["status"], states(packed)) == ("placed", ["packed", "placed"])
    packed = town.packs(order, town.next)
    events_go_out(shop)

    assert (packed["status"], states(packed)) == ("packed", ["packed", "packed"])
    jobs = [dispatch_store.job(shop.db, f"{order['_id']}.{part['id']}") for part in packed["fulfilments"]]
    assert [job and job["store_id"] for job in jobs] == [town.near["_id"], town.next["_id"]]
    assert checker.run(shop) == []


def test_the_last_bag_at_the_door_ends_the_order(town, shop):
    order = town.paid()
    for store in (town.near, town.next):
        town.packs(order, store)
    seen = []
    for part in order["fulfilments"]:
        for action in ("pick_up", "deliver"):
            service.set_rider(shop, order["_id"], part["id"], {"id": "r", "name": "Ravi"})
            rider = actor({"_id": "r", "roles": ["rider"], "store_ids": []})
            seen.append(service.rider_acts(shop, rider, order["_id"], part["id"], action)["status"])

    assert seen == ["packed", "packed", "out_for_delivery", "delivered"]
    told = [entry["type"] for entry in town.now(order)["outbox"]]
    assert (told.count("order.part_delivered"), told.count("order.delivered")) == (1, 1)


def test_a_refused_part_moves_alone(town, shop):
    _also_at(shop, town.third, town.soap)
    order = town.paid()

    moved = service.reject(shop, town.managers[town.next["_id"]], town.next["_id"], order["_id"], "flooded")

    assert [part["store"]["name"] for part in moved["fulfilments"]] == ["Near", "Third"]
    assert states(moved) == ["placed", "placed"]
    assert town.held(town.next) == {}
    assert town.held(town.third) == {"SOAP": 2}
    assert town.held(town.near) == {"MILK": 2, "RICE": 2}
    assert checker.run(shop) == []


def test_a_part_that_nobody_can_do_is_paid_back_and_the_other_goes_on(town, shop):
    order = town.paid()
    town.acts(order, town.near, "accept")

    left = service.reject(shop, town.managers[town.next["_id"]], town.next["_id"], order["_id"], "flooded")

    assert (left["status"], states(left), left["end_reason"]) == ("accepted", ["accepted", "cancelled"], None)
    assert left["flags"] == ["partial"]
    assert left["totals"]["items"] == 4 * 4_900
    refunded = town.now(order)["payment"]["refunded"]
    assert refunded == order["totals"]["total"] - left["totals"]["total"]
    assert (town.held(town.near), town.held(town.next)) == ({"MILK": 2, "RICE": 2}, {})
    events_go_out(shop)
    for line in left["lines"]:
        if line["fulfilment_id"] == "f1":
            service.pick_line(
                shop, town.managers[town.near["_id"]], town.near["_id"], order["_id"], line["id"], 1
            )
    packed = service.pack(shop, town.managers[town.near["_id"]], town.near["_id"], order["_id"])

    assert packed["totals"]["items"] == 2 * 4_900
    paid = town.now(order)["payment"]
    assert paid["captured"] - paid["refunded"] == packed["totals"]["total"]
    assert checker.run(shop) == []


def test_with_both_parts_refused_the_order_is_over_and_all_is_paid_back(town, shop):
    order = town.paid()
    for store in (town.near, town.next):
        ended = service.reject(shop, town.managers[store["_id"]], store["_id"], order["_id"], "flooded")

    assert (ended["status"], ended["end_reason"]) == ("cancelled", "flooded")
    assert town.now(order)["payment"]["refunded"] == order["totals"]["total"]
    assert town.held(town.near) == town.held(town.next) == {}
    assert checker.run(shop) == []


def test_the_customer_cancels_all_parts_wherever_they_are(town, shop):
    order = town.paid()
    town.acts(order, town.next, "accept")

    ended = service.cancel(shop, town.customer, order["_id"], "changed my mind")

    assert (ended["status"], states(ended)) == ("cancelled", ["cancelled", "cancelled"])
    assert town.now(order)["payment"]["refunded"] == order["totals"]["total"]
    assert town.held(town.near) == town.held(town.next) == {}
    assert checker.run(shop) == []


def test_once_a_part_is_being_picked_the_customer_cancels_nothing(town, shop):
    order = town.paid()
    town.acts(order, town.next, "accept")
    line = next(line["id"] for line in order["lines"] if line["sku"] == "SOAP")
    service.pick_line(shop, town.managers[town.next["_id"]], town.next["_id"], order["_id"], line, 2)

    with pytest.raises(Forbidden):
        service.cancel(shop, town.customer, order["_id"], "changed my mind")

    assert states(town.now(order)) == ["placed", "picking"]


def test_when_one_store_has_sold_its_share_nothing_is_held_anywhere(town, shop):
    quoted = town.quote()
    inventory.adjust(shop, town.next["_id"], town.soap, -4, "damaged", "x", "test")

    with pytest.raises(OutOfStock):
        placing.place(
            shop, town.customer, "k", Wish(quote_id=quoted["_id"], option_id="o1", provider="sandbox")
        )

    assert town.held(town.near) == town.held(town.next) == {}


def test_placing_parts_may_die_after_any_write(shop, settings):
    real = replace(context.build(settings), enqueue=lambda *_: True, publish=lambda *_: None)
    town = Town(real)

    def prepare():
        quoted = town.quote()
        return f"key-{next(town.keys)}", Wish(
            quote_id=quoted["_id"], option_id="o1", provider="sandbox", items=town.items
        )

    def deed(own_shop, given):
        placing.place(own_shop, town.customer, *given)

    def after(given):
        soon = later(real, seconds=40)
        order, _ = placing.place(soon, town.customer, *given)
        service.sweep(soon)
        assert (town.held(town.near), town.held(town.next)) == ({"MILK": 2, "RICE": 2}, {"SOAP": 2})
        service.cancel(real, town.customer, order["_id"], "test")
        assert town.held(town.near) == town.held(town.next) == {}

    assert each_death(settings, deed, prepare, after) >= 4


# --- over HTTP -------------------------------------------------------------------------------------------------


def test_a_split_order_over_http(app, client, shop, town):
    customer = shop.db.users.find_one({"_id": town.customer.user_id})
    manager = shop.db.users.find_one({"_id": town.managers[town.next["_id"]].user_id})
    headers = {**bearer(app, shop, customer), "Idempotency-Key": "k"}
    quote = client.post(
        "/api/v1/cart/quote", json={"location": DOOR, "items": town.items}, headers=headers
    ).json
    body = {"quote_id": quote["quote_id"], "option_id": "o1", "payment": {"provider": "sandbox"}}

    placed = client.post("/api/v1/orders", json=body, headers=headers)
    refused = client.post(
        "/api/v1/orders",
        json={"location": DOOR, "items": town.items, "payment": {"provider": "cod"}},
        headers={**headers, "Idempotency-Key": "other"},
    )

    assert placed.status_code == 201, placed.json
    assert [part["store"]["name"] for part in placed.json["fulfilments"]] == ["Near", "Next"]
    assert placed.json["totals"] == quote["options"][0]["totals"]
    assert (refused.status_code, refused.json["code"]) == (409, "out_of_stock")
    assert refused.json["options"][0]["stores"] == ["Near", "Next"]
    payment, signed = capture(shop, town.customer, {"_id": placed.json["id"]})
    service.confirm_payment(
        shop, town.customer, placed.json["id"], payment["_id"], signed["payment_ref"], signed["signature"]
    )
    queue = client.get("/api/v1/store/orders", headers=bearer(app, shop, manager)).json["items"]
    assert [[line["sku"] for line in row["lines"]] for row in queue] == [["SOAP"]]


# --- a store is short ------------------------------------------------------------------------------------------


def test_a_part_is_shortened_alone_and_cancelled_when_nothing_is_left_of_it(town, shop):
    order = town.paid()
    prices = {line["sku"]: line["unit_price"] for line in order["lines"]}

    inventory.count(shop, town.next["_id"], town.soap, 1, "manager", may_be_short=True)
    events_go_out(shop)
    once = town.now(order)
    inventory.count(shop, town.next["_id"], town.soap, 0, "manager", may_be_short=True)
    events_go_out(shop)
    twice = town.now(order)

    assert {line["sku"]: line["quantity"] for line in once["lines"]} == {"MILK": 2, "RICE": 2, "SOAP": 1}
    assert once["payment"]["refunded"] == prices["SOAP"]
    assert (states(twice), twice["status"]) == (["placed", "cancelled"], "placed")
    assert twice["payment"]["captured"] - twice["payment"]["refunded"] == twice["totals"]["total"]
    assert checker.run(shop) == []
