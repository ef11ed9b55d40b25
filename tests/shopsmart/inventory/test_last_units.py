"""Buyers of the last units come one by one, and who cannot win writes nothing."""

import threading

import pytest

from shopsmart.errors import OutOfStock
from shopsmart.identity.model import Actor
from shopsmart.inventory import hot
from shopsmart.orders import placing
from shopsmart.orders.placing import Wish
from tests.makers import a_customer, a_product, a_store

BUYERS = 12


def test_one_passes_at_a_time_and_the_others_know_that_they_waited():
    inside, most, waited = [0], [0], []
    start = threading.Barrier(8)

    def buy():
        start.wait()
        with hot.one_by_one("s1", ["A"]) as had_to_wait:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            threading.Event().wait(0.005)
            inside[0] -= 1
            waited.append(had_to_wait)

    threads = [threading.Thread(target=buy) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1]
    assert waited.count(True) == 7
    assert hot._GATES._locks == {}


def test_a_gate_that_stays_shut_is_passed_all_the_same(monkeypatch):
    monkeypatch.setattr(hot, "_GATE_SECONDS", 0.02)
    passed = threading.Event()
    with hot.one_by_one("s1", ["A"]):

        def buy():
            with hot.one_by_one("s1", ["A"]) as waited:
                assert waited
                passed.set()

        threading.Thread(target=buy).start()
        assert passed.wait(5)


def test_nothing_scarce_waits_for_nobody():
    with hot.one_by_one("s1", []) as first, hot.one_by_one("s1", []) as second:
        assert not first and not second


@pytest.fixture
def last_unit(shop):
    store = a_store(shop)
    return store, a_product(shop, store, units=1)


def test_of_a_crowd_at_the_last_unit_one_writes_an_order(shop, last_unit, monkeypatch):
    # Who waited long goes on without the gate, which only a slow machine's crowd would do here.
    monkeypatch.setattr(hot, "_GATE_SECONDS", 60.0)
    store, sku = last_unit
    buyers = [
        Actor(a_customer(shop)["_id"], frozenset({"customer"}), frozenset(), None) for _ in range(BUYERS)
    ]
    start, outcomes = threading.Barrier(BUYERS), []

    def buy(actor):
        wish = Wish(location=store["location"], items=[{"sku": sku, "quantity": 1}], provider="cod")
        start.wait()
        try:
            placing.place(shop, actor, "k", wish)
            outcomes.append("won")
        except OutOfStock as refusal:
            assert refusal.facts["shortages"][0]["available"] == 0
            outcomes.append("lost")

    threads = [threading.Thread(target=buy, args=(actor,)) for actor in buyers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["lost"] * (BUYERS - 1) + ["won"]
    assert shop.db.orders.count_documents({}) == 1
