"""Something is not found, and something else may come instead: who decides, what it costs, where the units are."""

import pytest

from shopsmart import checker
from shopsmart.orders import service
from shopsmart.orders import store as orders
from tests.makers import a_customer, a_manager, a_product, a_store, actor, an_admin, bearer

DOOR = {"type": "Point", "coordinates": [85.823, 20.357]}


@pytest.fixture
def town(app, shop, client):
    return Town(app, shop, client)


class Town:
    """A store that lacks two of three units of milk and has another milk, dearer, and a cheaper one."""

    def __init__(self, app, shop, client):
        self.app, self.shop, self.client = app, shop, client
        self.store = a_store(shop)
        self.milk = a_product(shop, self.store, units=10, price=4_900, dietary=["vegetarian"])
        self.dearer = a_product(shop, self.store, units=4, price=5_600, dietary=["vegetarian"])
        self.cheaper = a_product(shop, self.store, units=4, price=4_000, dietary=["vegetarian"])
        self.people = {
            "customer": a_customer(shop),
            "other": a_customer(shop),
            "manager": a_manager(shop, self.store["_id"]),
            "admin": an_admin(shop),
        }

    def call(self, who, path, **body):
        headers = {**bearer(self.app, self.shop, self.people[who]), "Idempotency-Key": "k"}
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    def order(self, policy="ask_me"):
        answer = self.call(
            "customer",
            "/orders",
            location=DOOR,
            items=[{"sku": self.milk, "quantity": 3}],
            payment={"provider": "cod"},
            substitution={"policy": policy},
        )
        assert answer.status_code == 201, answer.json
        order = answer.json
        service.store_acts(self.shop, actor(self.people["manager"]), self.store["_id"], order["id"], "accept")
        return order

    def offer(self, order, sku, picked=1):
        body = {"line": order["lines"][0]["id"], "picked": picked, "substitute_sku": sku}
        return self.call("manager", f"/store/orders/{order['id']}/pick", **body)

    def answer(self, order, accept, who="customer"):
        line = order["lines"][0]["id"]
        return self.call(who, f"/orders/{order['id']}/substitutions/{line}", accept=accept)

    def pack(self, order):
        return self.call("manager", f"/store/orders/{order['id']}/pack")

    def seen(self, order, who="customer"):
        headers = bearer(self.app, self.shop, self.people[who])
        return self.client.get(f"/api/v1/orders/{order['id']}", headers=headers).json

    def shelf(self, sku):
        row = self.shop.db.stock.find_one({"sku": sku})
        return row["on_hand"], row["available"], len(row["holds"])

    def sound(self):
        service.sweep(self.shop)
        return [
            found for found in checker.run(self.shop) if found.invariant in {"I1", "I2", "I6", "I7", "I9"}
        ]


def test_a_substitute_that_is_taken_costs_no_more_and_leaves_the_shelf(town, shop):
    order = town.order()

    offered = town.offer(order, town.dearer)

    assert offered.status_code == 200, offered.json
    assert "pack" not in offered.json["allowed_actions"]
    asked = town.seen(order)
    proposal = asked["lines"][0]["proposal"]
    assert (proposal["sku"], proposal["quantity"], proposal["state"]) == (town.dearer, 2, "asked")
    assert proposal["unit_price"]["amount"] == 4_900
    assert "answer_substitution" in asked["allowed_actions"]
    assert len(asked["lines"]) == 1
    assert town.shelf(town.dearer) == (4, 2, 1)
    assert (town.pack(order).status_code, town.pack(order).json["code"]) == (409, "answer_pending")

    taken = town.answer(order, True)

    assert taken.status_code == 200, taken.json
    assert [line["total"]["amount"] for line in taken.json["lines"]] == [4_900, 9_800]
    assert taken.json["lines"][1]["instead_of"] == order["lines"][0]["id"]
    assert "answer_substitution" not in taken.json["allowed_actions"]
    assert town.answer(order, True).status_code == 200
    assert town.answer(order, False).json["code"] == "already_answered"
    assert town.shelf(town.dearer) == (2, 2, 0)
    packed = town.pack(order)
    assert packed.json["totals"]["items"]["amount"] == 3 * 4_900
    assert town.sound() == []


def test_a_cheaper_substitute_costs_what_it_costs(town):
    order = town.order()
    town.offer(order, town.cheaper)

    town.answer(order, True)

    assert town.pack(order).json["totals"]["items"]["amount"] == 4_900 + 2 * 4_000


@pytest.mark.parametrize("way", ["refused", "lapsed"])
def test_without_a_yes_the_units_go_back_and_what_is_missing_is_not_paid(town, shop, clock, way):
    order = town.order()
    town.offer(order, town.dearer)

    if way == "refused":
        assert town.answer(order, False).status_code == 200
        assert town.answer(order, False).status_code == 200
    else:
        clock.forward(seconds=61)
        assert town.answer(order, True).json["code"] == "answer_too_late"
        service.sweep(shop)
        assert town.answer(order, True).json["code"] == "answer_too_late"

    assert town.seen(order)["lines"][0]["proposal"]["state"] == way
    assert town.shelf(town.dearer) == (4, 4, 0)
    packed = town.pack(order)
    assert packed.json["totals"]["items"]["amount"] == 4_900
    assert packed.json["flags"] == []
    assert town.sound() == []


def test_the_best_match_is_sent_without_asking(town):
    order = town.order("best_match")

    sent = town.offer(order, town.cheaper).json

    assert sent["lines"][0]["proposal"]["state"] == "accepted"
    assert [line["sku"] for line in sent["lines"]] == [town.milk, town.cheaper]
    assert town.shelf(town.cheaper) == (2, 2, 0)
    assert town.pack(order).status_code == 200
    assert town.sound() == []


def test_nothing_of_another_diet_or_with_a_new_allergen_is_sent_unasked(town, shop):
    order = town.order("best_match")
    ham = a_product(shop, town.store, units=9, dietary=[], allergens=["soy"])

    refused = town.offer(order, ham)

    assert (refused.status_code, refused.json["code"]) == (409, "substitute_not_alike")
    assert town.seen(order)["lines"][0]["picked"] is None


def test_the_same_offer_twice_is_one_offer(town):
    order = town.order()

    first, again = town.offer(order, town.dearer), town.offer(order, town.dearer)

    assert (first.status_code, again.status_code) == (200, 200)
    assert town.shelf(town.dearer) == (4, 2, 1)
    assert town.offer(order, town.cheaper).json["code"] == "substitute_in_order"


@pytest.mark.parametrize(
    ("policy", "sku", "picked", "code"),
    [
        ("refund", "dearer", 1, "substitution_not_wanted"),
        ("ask_me", "NOPE", 1, "unknown_sku"),
        ("ask_me", "milk", 1, "substitute_in_order"),
        ("ask_me", "dearer", 3, "nothing_to_substitute"),
        ("ask_me", "scarce", 0, "out_of_stock"),
        ("ask_me", "elsewhere", 0, "unknown_sku"),
    ],
)
def test_what_cannot_be_offered_is_refused_and_changes_nothing(town, shop, policy, sku, picked, code):
    order = town.order(policy)
    elsewhere = a_store(shop, name="Elsewhere")
    known = {
        "scarce": a_product(shop, town.store, units=2),
        "elsewhere": a_product(shop, elsewhere, units=9),
        "dearer": town.dearer,
        "milk": town.milk,
    }
    before = orders.get(shop.db, order["id"])

    refused = town.offer(order, known.get(sku, sku), picked)

    assert refused.json["code"] == code, refused.json
    assert orders.get(shop.db, order["id"]) == before


def test_only_the_customer_answers_and_only_what_was_asked(town):
    order = town.order()
    assert town.answer(order, True).json["code"] == "no_proposal"
    town.offer(order, town.dearer)

    assert town.answer(order, True, "other").status_code == 404
    assert town.answer(order, True, "admin").status_code == 403


def test_an_order_cancelled_while_it_asks_keeps_nothing(town, shop):
    order = town.order()
    town.offer(order, town.dearer)

    service.set_status(shop, actor(town.people["admin"]), order["id"], "cancelled", "fire")

    assert town.shelf(town.dearer) == (4, 4, 0)
    assert town.answer(order, True).status_code == 409
    assert town.sound() == []


def test_an_offer_whose_process_died_before_its_units_were_held_ends_by_itself(
    town, shop, clock, monkeypatch
):
    order = town.order()

    class Died(BaseException):
        pass

    def die(*_, **__):
        raise Died

    with monkeypatch.context() as broken:
        broken.setattr("shopsmart.orders.substituting.inventory.hold_further", die)
        with pytest.raises(Died):
            service.pick_with_substitute(
                shop,
                actor(town.people["manager"]),
                town.store["_id"],
                order["id"],
                order["lines"][0]["id"],
                1,
                town.dearer,
            )
    assert town.seen(order)["lines"][0]["proposal"] is None
    clock.forward(seconds=61)
    service.sweep(shop)

    assert town.shelf(town.dearer) == (4, 4, 0)
    assert town.pack(order).json["totals"]["items"]["amount"] == 4_900
    assert town.sound() == []


def test_customer_and_store_hear_of_the_question_and_the_answer(town, shop):
    order = town.order()
    town.offer(order, town.dearer)
    town.answer(order, True)

    kept = orders.get(shop.db, order["id"])
    assert kept
    told = {event["type"]: event for event in kept["outbox"]}

    for name in ("order.substitution_proposed", "order.substitution_decided"):
        assert {f"order:{order['id']}", f"store:{town.store['_id']}"} <= set(told[name]["channels"])
