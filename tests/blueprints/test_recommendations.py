"""Recommendations over HTTP: out of real orders, only what this store has now, and honest about what is not known."""

from typing import Any

import pytest

from shopsmart.catalog import service as catalog
from shopsmart.geo import Point
from shopsmart.identity.model import SYSTEM
from shopsmart.inventory import service as inventory
from shopsmart.inventory import store as stock
from shopsmart.recommendations import model, service, store
from tests.makers import PATIA, a_customer, a_manager, a_product, a_store, bearer

API = "/api/v1"
AT_PATIA = "lat=20.354&lng=85.819"
TREE: list[dict[str, Any]] = [
    {"slug": "bakery", "name": {"en": "Bakery"}, "parent": "dairy"},
    {"slug": "tea", "name": {"en": "Tea"}, "parent": None},
]


class Street:
    """A store and its customers, who order over HTTP. Time passes, so they sign in anew each time."""

    def __init__(self, app, shop, client, clock):
        self.app, self.shop, self.client, self.clock = app, shop, client, clock
        self.store = a_store(shop)
        catalog.put_categories(shop, [{"slug": "dairy", "name": {"en": "Dairy"}, "parent": None}, *TREE])
        self.orders = 0

    def sells(self, sku, path=("dairy", "milk"), units=50, **facts):
        return a_product(self.shop, self.store, sku=sku, category_path=list(path), units=units, **facts)

    def customer(self):
        return a_customer(self.shop)

    def signed_in(self, user):
        return bearer(self.app, self.shop, user)

    def order(self, *skus, by=None):
        self.orders += 1
        self.clock.forward(seconds=1)
        body = {
            "location": PATIA,
            "items": [{"sku": sku, "quantity": 1} for sku in skus],
            "payment": {"provider": "cod"},
        }
        headers = {**self.signed_in(by or self.customer()), "Idempotency-Key": f"k{self.orders}"}
        answer = self.client.post(f"{API}/orders", headers=headers, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json

    def learn(self):
        self.clock.forward(seconds=service.SETTLED.total_seconds() + 1)
        learned = service.learn(self.shop)
        self.shop.memory.forget("all_baskets")
        return learned

    def sections(self, user=None, query=AT_PATIA, path="/recommendations"):
        headers = self.signed_in(user) if user else {}
        answer = self.client.get(f"{API}{path}?{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        return {
            section["name"]: (section["basis"], [item["sku"] for item in section["items"]])
            for section in answer.json["sections"]
        }


@pytest.fixture
def street(app, shop, client, clock):
    return Street(app, shop, client, clock)


def run_of(shop):
    run = store.run(shop.db)
    assert run is not None
    return run


def put_in_cart(client, sku, headers=None):
    answer = client.put(f"{API}/cart/items/{sku}", headers=headers or {}, json={"quantity": 1})
    assert answer.status_code in {200, 201}, answer.text


# --- nothing is known yet --------------------------------------------------------------------------------------


def test_before_the_first_order_the_range_is_shown_and_called_so(street):
    street.sells("MILK-1", price=4_500)
    street.sells("MILK-2", price=4_900)
    street.sells("BREAD-1", path=("dairy", "bakery"), price=5_000)

    sections = street.sections()

    assert list(sections) == ["popular"]
    assert sections["popular"] == ("range", ["MILK-1", "BREAD-1", "MILK-2"]), "one of each shelf first"


def test_a_cart_of_which_nothing_is_known_gets_its_department(street, client):
    street.sells("MILK-1")
    street.sells("MILK-2")
    street.sells("BREAD-1", path=("dairy", "bakery"))
    street.sells("TEA-1", path=("tea",))
    put_in_cart(client, "MILK-1")

    sections = street.sections()

    assert sections["goes_well_with"] == ("category", ["BREAD-1"])
    assert "MILK-1" not in sections["popular"][1]


def test_an_empty_store_has_nothing_to_recommend(street):
    assert street.sections() == {}


# --- out of orders ---------------------------------------------------------------------------------------------


def test_what_was_bought_together_is_shown_beside_the_cart_and_the_product(street, client):
    for sku in ("MILK-1", "MILK-2", "BREAD.1", "EGGS-1"):
        street.sells(sku)
    for _ in range(3):
        street.order("MILK-1", "BREAD.1")
    street.order("MILK-2", "EGGS-1")
    assert street.learn() == 4
    put_in_cart(client, "MILK-1")

    sections = street.sections()

    assert sections["goes_well_with"] == ("baskets", ["BREAD.1"])
    assert sections["for_you"][0] == "baskets"
    assert street.sections(path="/products/MILK-1/related")["goes_well_with"] == ("baskets", ["BREAD.1"])


def test_a_basket_is_counted_once_however_often_the_job_runs(street, shop):
    for sku in ("A-1", "B-1"):
        street.sells(sku)
    street.order("A-1", "B-1")
    street.order("A-1", "B-1")
    assert service.learn(shop) == 0, "an order may still wait for its payment"
    assert street.learn() == 2

    assert [service.learn(shop), street.learn()] == [0, 0]
    street.order("A-1", "B-1")
    assert street.learn() == 1

    assert store.affinities(shop.db, ["A-1"])["A-1"] == model.Affinity(3, [model.Neighbour("B-1", 3, 3)])
    assert run_of(shop)["baskets"] == 3


def test_two_who_count_at_once_count_once(street, shop):
    street.sells("A-1")
    street.order("A-1")
    before = store.run(shop.db)
    street.learn()

    counts = model.Counts()
    counts.add(["A-1"])
    after = run_of(shop)["after"]
    assert not store.add(shop.db, before, after, counts, shop.now())
    assert store.affinities(shop.db, ["A-1"])["A-1"].baskets == 1


def test_orders_that_came_to_nothing_teach_nothing(street, client, shop):
    street.sells("A-1")
    street.sells("B-1")
    customer = street.customer()
    order = street.order("A-1", "B-1", by=customer)
    cancelled = client.post(
        f"{API}/orders/{order['id']}/cancel", headers=street.signed_in(customer), json={"reason": "no"}
    )
    assert cancelled.status_code == 200, cancelled.text

    assert street.learn() == 0

    assert "buy_again" not in street.sections(customer)
    assert run_of(shop)["baskets"] == 0


def test_what_was_counted_long_ago_counts_half_and_chance_is_forgotten(street, shop, clock):
    for sku in ("A-1", "B-1", "C-1"):
        street.sells(sku)
    for _ in range(4):
        street.order("A-1", "B-1")
    street.order("A-1", "C-1")
    street.learn()
    clock.forward(days=service.HALVED_AFTER.days, seconds=1)

    service.learn(shop)
    service.learn(shop)

    found = store.affinities(shop.db, ["A-1", "C-1"])
    assert found == {"A-1": model.Affinity(2, [model.Neighbour("B-1", 2, 2)])}
    assert run_of(shop)["baskets"] == 2


def test_what_i_bought_often_comes_again_for_me_alone(street, client):
    for sku in ("A-1", "B-1", "C-1"):
        street.sells(sku)
    mine, others = street.customer(), street.customer()
    street.order("A-1", "B-1", by=mine)
    street.order("B-1", by=mine)
    street.order("C-1", by=others)

    assert street.sections(mine)["buy_again"] == ("your_orders", ["B-1", "A-1"])
    assert street.sections(others)["buy_again"] == ("your_orders", ["C-1"])
    assert "buy_again" not in street.sections()
    put_in_cart(client, "B-1", street.signed_in(mine))
    assert street.sections(mine)["buy_again"] == ("your_orders", ["A-1"])
    assert "for_you" not in street.sections(mine), "nothing is known of others yet"
    street.learn()
    assert street.sections(mine)["for_you"] == ("orders_and_baskets", ["A-1", "C-1"])


def test_what_sells_in_these_hours_is_popular_here_and_not_elsewhere(street, app, shop, clock):
    far: Point = {"type": "Point", "coordinates": [85.90, 20.25]}
    other = a_store(shop, at=far, name="Far")
    for sku in ("OLD-1", "NEW-1", "REST-1"):
        street.sells(sku)
        catalog.put_listings(shop, other["_id"], [{"sku": sku, "price": 4_900}])
        inventory.open_shelves(shop, other["_id"], [{"sku": sku, "units": 5}], "test")
    street.order("OLD-1")
    street.order("OLD-1")
    clock.forward(days=2)
    street.order("NEW-1")

    basis, skus = street.sections()["popular"]
    assert (basis, skus) == ("sales_and_range", ["NEW-1", "OLD-1", "REST-1"])
    assert street.sections(query=f"{AT_PATIA}&limit=2")["popular"] == ("sales", ["NEW-1", "OLD-1"])
    assert street.sections(query=f"store_id={other['_id']}")["popular"][0] == "range"


def test_only_what_can_be_had_here_now_is_shown(street, app, shop, client):
    for sku in ("MILK-1", "SOLD-1", "OFF-1", "HIDDEN-1", "BREAD-1"):
        street.sells(sku, units=3)
    mine = street.customer()
    for _ in range(3):
        street.order("MILK-1", "SOLD-1", "OFF-1", "HIDDEN-1", "BREAD-1", by=mine)
    # SOLD-1 is now gone with the third order, as all are; BREAD-1 and OFF-1 come in again.
    manager = bearer(app, shop, a_manager(shop, street.store["_id"]))
    for sku in ("BREAD-1", "OFF-1", "HIDDEN-1"):
        answer = client.patch(f"{API}/store/inventory/{sku}", headers=manager, json={"on_hand": 9})
        assert answer.status_code == 200, answer.text
    client.patch(f"{API}/store/inventory/OFF-1", headers=manager, json={"available": False})
    catalog.hide_product(shop, SYSTEM, "HIDDEN-1")
    street.learn()
    assert stock.available_of(shop.db, street.store["_id"], ["SOLD-1"])["SOLD-1"]["available"] == 0

    for sections in (street.sections(mine), street.sections(path="/products/MILK-1/related")):
        for _, skus in sections.values():
            assert skus == ["BREAD-1"]


# --- beside a product ------------------------------------------------------------------------------------------


def test_what_may_stand_in_is_alike_first_and_then_of_like_price(street):
    street.sells("MILK-1", mrp=5_000, substitute_group="toned-milk")
    street.sells("DEAR-1", mrp=9_000)
    street.sells("NEAR-1", mrp=5_200)
    street.sells("SAME-1", mrp=8_000, substitute_group="toned-milk")
    street.sells("TEA-1", path=("tea",))

    basis, skus = street.sections(path="/products/MILK-1/related")["similar"]

    assert (basis, skus) == ("similar", ["SAME-1", "NEAR-1", "DEAR-1"])


@pytest.mark.parametrize("path", ["/recommendations", "/products/A-1/related"])
def test_bad_questions_get_a_clear_answer(street, client, path):
    street.sells("A-1")

    def code(query):
        answer = client.get(f"{API}{path}?{query}")
        return answer.status_code, answer.json["code"]

    assert code("") == (422, "location_required")
    assert code("lat=20.354") == (422, "validation_error")
    assert code(f"{AT_PATIA}&limit=31") == (422, "validation_error")
    assert code(f"{AT_PATIA}&what=1") == (422, "validation_error")
    assert code("lat=20.0&lng=85.0") == (409, "not_serviceable")
    assert code("store_id=nothing") == (404, "not_found")


def test_a_product_that_there_is_not_has_no_relations(street, client):
    answer = client.get(f"{API}/products/NOTHING/related?{AT_PATIA}")

    assert (answer.status_code, answer.json["code"]) == (404, "unknown_sku")


def test_cards_are_those_of_the_lists(street, client):
    street.sells("A-1")

    [listed] = client.get(f"{API}/products?{AT_PATIA}").json["items"]
    [section] = client.get(f"{API}/recommendations?{AT_PATIA}").json["sections"]

    assert section["items"] == [listed]
