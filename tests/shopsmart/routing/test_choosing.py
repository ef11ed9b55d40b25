"""Which store, and why: the golden scenarios, and what must never happen however the city stands."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopsmart.geo import Point
from shopsmart.identity.model import SYSTEM
from shopsmart.inventory import service as inventory
from shopsmart.inventory.model import Line
from shopsmart.routing import service, store
from shopsmart.routing.explain import friendly
from shopsmart.stores import service as stores
from tests.makers import a_product, a_store, a_super_admin, actor

DOOR: Point = {"type": "Point", "coordinates": [85.8200, 20.3540]}
NEAR: Point = {"type": "Point", "coordinates": [85.8210, 20.3540]}
NEXT: Point = {"type": "Point", "coordinates": [85.8250, 20.3540]}
LAST: Point = {"type": "Point", "coordinates": [85.8300, 20.3540]}


class City:
    """Three stores east of a door, nearest first, with five of each of two products."""

    def __init__(self, shop, places=(NEAR, NEXT, LAST), units=5):
        self.shop = shop
        names = ("Near", "Next", "Last")
        self.stores = [
            a_store(shop, at=at, name=name, store_id=f"s{number}", radius_m=3_000)
            for number, (at, name) in enumerate(zip(places, names, strict=False))
        ]
        self.skus = [a_product(shop, *self.stores, units=units) for _ in range(2)]

    def choose(self, quantity=1, **options) -> Any:
        lines = [Line(sku, quantity) for sku in sorted(self.skus)]
        return service.choose(self.shop, DOOR, lines, **options)

    def chosen(self, **options):
        decision = self.choose(**options)
        return decision.store and decision.store["name"]

    def verdicts(self, **options):
        return [(row["name"], row["verdict"]) for row in self.choose(**options).trace]

    def load(self, number, orders):
        for _ in range(orders):
            store.took_one(self.shop.db, self.stores[number]["_id"], self.shop.now())

    def close(self, number, hours=1.0):
        now = self.shop.now()
        stores.store_settings(
            self.shop,
            SYSTEM,
            self.stores[number]["_id"],
            closures=[{"from": now, "to": now + timedelta(hours=hours)}],
        )

    def shelf(self, number, sku, units):
        inventory.count(self.shop, self.stores[number]["_id"], self.skus[sku], units, "test")


@pytest.fixture
def city(shop):
    return City(shop)


def policy(shop, **values):
    service.set_policy(shop, actor(a_super_admin(shop)), values, "test")


# --- golden scenarios ------------------------------------------------------------------------------------------


def test_the_nearest_store_that_has_everything_serves(city):
    decision = city.choose()

    assert decision.store["name"] == "Near"
    assert [(row["name"], row["verdict"]) for row in decision.trace] == [
        ("Near", "chosen"),
        ("Next", "farther"),
        ("Last", "farther"),
    ]
    totals = [row["score"]["total"] for row in decision.trace]
    assert totals == sorted(totals, reverse=True)


def test_the_nearest_being_short_the_next_serves_and_the_trace_names_what_was_short(city):
    city.shelf(0, 1, 0)

    decision = city.choose()

    assert decision.store["name"] == "Next"
    assert decision.trace[0]["verdict"] == "out_of_stock"
    assert decision.trace[0]["short"] == [{"sku": city.skus[1], "available": 0, "reason": "out_of_stock"}]


def test_the_nearest_being_overloaded_the_next_serves(city):
    city.load(0, 10)

    assert city.verdicts() == [("Near", "overloaded"), ("Next", "chosen"), ("Last", "farther")]


def test_orders_of_more_than_ten_minutes_ago_are_no_load(city, clock):
    city.load(0, 10)

    clock.forward(minutes=10)

    assert city.chosen() == "Near"


def test_hands_on_duty_are_the_capacity(city):
    stores.store_settings(city.shop, SYSTEM, "s0", pickers_on_duty=3, capacity_per_10_min=50)
    city.load(0, 20)
    assert city.chosen() == "Near"

    city.load(0, 10)

    assert city.chosen() == "Next"


def test_a_store_with_few_hands_free_loses_to_one_that_is_hardly_farther(city):
    city.load(0, 9)

    assert city.verdicts() == [("Near", "lower_score"), ("Next", "chosen"), ("Last", "farther")]


def test_with_every_store_overloaded_the_nearest_still_serves_and_promises_more_time(city, shop):
    calm = city.choose().eta_s
    for number in range(3):
        city.load(number, 10)

    decision = city.choose()

    assert decision.store["name"] == "Near"
    assert decision.eta_s == calm + shop.settings.prep_seconds


def test_an_overloaded_store_with_everything_goes_before_a_free_one_that_is_short(city):
    city.load(0, 10)
    for number in (1, 2):
        city.shelf(number, 0, 0)

    assert city.chosen() == "Near"


def test_a_paused_and_a_closing_store_are_passed_over(city, clock):
    stores.store_settings(city.shop, SYSTEM, "s0", mode="paused")
    soon = city.shop.now() + timedelta(seconds=200)
    stores.store_settings(city.shop, SYSTEM, "s1", closures=[{"from": soon, "to": soon + timedelta(hours=1)}])

    assert city.verdicts() == [("Near", "paused"), ("Next", "closing_soon"), ("Last", "chosen")]


def test_with_every_store_closed_nobody_serves(city):
    for number in range(3):
        city.close(number)

    decision = city.choose()

    assert (decision.store, decision.reason) == (None, "all_closed")
    assert {row["verdict"] for row in decision.trace} == {"closure"}


def test_a_tie_goes_to_the_smaller_id(shop):
    city = City(shop, places=(NEXT, NEXT, NEXT))

    assert city.choose().store["_id"] == "s0"
    assert city.choose(without={"s0"}).store["_id"] == "s1"


def test_nobody_promises_longer_than_the_limit(city, shop):
    near, following, _ = (row["eta_s"] for row in city.choose().trace)
    assert near < 300 < following
    policy(shop, promise_limit_seconds=300)

    assert city.verdicts() == [
        ("Near", "chosen"),
        ("Next", "promise_too_long"),
        ("Last", "promise_too_long"),
    ]
    city.close(0)
    assert city.choose().store is None


def test_a_store_beyond_the_reach_is_too_far_and_a_busy_one_reaches_less(city, shop):
    policy(shop, max_distance_m=700, busy_reach_m=300)
    assert city.verdicts() == [("Near", "chosen"), ("Next", "farther"), ("Last", "too_far")]

    stores.store_settings(shop, SYSTEM, "s1", mode="busy")

    assert city.verdicts()[1] == ("Next", "too_far")


def test_a_place_outside_every_fence_is_served_by_nobody(city, shop):
    far: Point = {"type": "Point", "coordinates": [85.95, 20.3540]}

    decision = service.choose(shop, far, [Line(city.skus[0], 1)])

    assert (decision.store, decision.reason) == (None, "outside_all_zones")


def square(west, south, east, north, *holes):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring, *holes]}


@pytest.mark.parametrize(
    ("lng", "served"),
    [
        (85.8205, "Hollow"),  # inside the outer square
        (85.8100, "Hollow"),  # on its western edge
        (85.8150, None),  # in its hole
        (85.8305, "Hollow"),  # in two fences, nearer to Hollow
        (85.8390, "Beside"),  # in two fences, nearer to Beside
        (85.8450, "Beside"),  # only in the second
    ],
)
def test_edges_holes_and_two_fences(shop, lng, served):
    hole = [[85.813, 20.352], [85.813, 20.356], [85.817, 20.356], [85.817, 20.352], [85.813, 20.352]]
    hollow = a_store(shop, name="Hollow", at=NEXT, geofence=square(85.810, 20.350, 85.840, 20.358, hole))
    beside = a_store(
        shop,
        name="Beside",
        at={"type": "Point", "coordinates": [85.8450, 20.3540]},
        geofence=square(85.830, 20.350, 85.850, 20.358),
    )
    sku = a_product(shop, hollow, beside)

    decision = service.choose(shop, {"type": "Point", "coordinates": [lng, 20.3540]}, [Line(sku, 1)])

    assert (decision.store and decision.store["name"]) == served


def test_a_quote_keeps_its_store_however_busy_it_is(city):
    part = {"store": {"id": "s1", "distance_m": 900}, "eta_s": 700, "zone_id": "z", "zone_version": 1}
    lines = [Line(city.skus[0], 1)]
    city.load(1, 50)

    kept: Any = service.promised(city.shop, part, lines)
    assert (kept.store["name"], kept.eta_s, kept.shortages) == ("Next", 700, [])
    city.shelf(1, 0, 0)
    assert [short.sku for short in service.promised(city.shop, part, lines).shortages] == [city.skus[0]]
    city.close(1)
    assert service.promised(city.shop, part, lines).store is None


def test_the_customer_hears_why_in_plain_words(city):
    city.load(0, 10)
    city.shelf(1, 0, 0)

    told = friendly(city.choose().trace, "s2")

    assert told["reason"] == "next_nearest"
    assert [(row["name"], row["reason"]) for row in told["passed_over"]] == [
        ("Near", "very_busy"),
        ("Next", "not_everything"),
    ]


# --- whatever the city is like ---------------------------------------------------------------------------------


STATES = st.fixed_dictionaries(
    {
        "shelves": st.lists(st.integers(0, 3), min_size=6, max_size=6),
        "loads": st.lists(st.sampled_from([0, 5, 8, 9, 10, 15]), min_size=3, max_size=3),
        "closed": st.lists(st.booleans(), min_size=3, max_size=3),
    }
)
QUIET = settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def set_up(city, state):
    city.shop.db.store_load.delete_many({})
    for number in range(3):
        city.load(number, state["loads"][number])
        city.close(number, hours=1 if state["closed"][number] else 1e-6)
        for sku in range(2):
            city.shelf(number, sku, state["shelves"][2 * number + sku])


def quality(decision):
    """How good the best option is: served at all, with everything, without a crowd, then the points."""
    if decision.store is None:
        return (-1,)
    row = next(row for row in decision.trace if row["store_id"] == decision.store["_id"])
    return (0, not decision.shortages, row["load"] < 1, row["score"]["total"])


@pytest.fixture
def state_city(shop):
    return City(shop)


@given(state=STATES, which=st.integers(0, 2))
@QUIET
def test_closing_a_store_never_improves_the_best_option(state_city, state, which):
    set_up(state_city, state)
    before = quality(state_city.choose(quantity=2))

    state_city.close(which)

    assert quality(state_city.choose(quantity=2)) <= before


@given(state=STATES, which=st.integers(0, 2), sku=st.integers(0, 1))
@QUIET
def test_adding_stock_never_worsens_the_best_option(state_city, state, which, sku):
    set_up(state_city, state)
    before = quality(state_city.choose(quantity=2))

    state_city.shelf(which, sku, state["shelves"][2 * which + sku] + 2)

    assert quality(state_city.choose(quantity=2)) >= before
