"""Whoever asks how a price came about, or why an item was away, finds every change with its author."""

from datetime import timedelta

import pytest

from shopsmart.catalog import service as catalog
from shopsmart.catalog import store
from shopsmart.identity.model import SYSTEM
from shopsmart.inventory import service as inventory
from shopsmart.inventory import store as stock
from shopsmart.inventory.model import Line
from shopsmart.shelf import console
from shopsmart.shelf.history import history
from tests.makers import a_manager, a_product, a_store, actor


@pytest.fixture
def manager(shop, shelf):
    return actor(a_manager(shop, shelf["_id"]))


@pytest.fixture
def shelf(shop):
    return a_store(shop)


@pytest.fixture
def sku(shop, shelf):
    return a_product(shop, shelf, price=4_900)


def whats(shop, sku, store_id=None):
    return [row["what"] for row in history(shop, sku, store_id, None, 50)[0]]


def test_every_way_of_changing_a_price_leaves_its_row(shop, clock, shelf, sku, manager):
    facts = catalog.product(shop, sku)

    def after_a_second(work):
        clock.forward(seconds=1)
        work()

    after_a_second(lambda: console.change(shop, manager, shelf["_id"], sku, price=4_800))
    after_a_second(lambda: catalog.put_listings(shop, shelf["_id"], [{"sku": sku, "price": 4_700}], via="b"))
    after_a_second(lambda: catalog.replace_product(shop, SYSTEM, sku, {**facts, "mrp": 4_000}))
    after_a_second(lambda: catalog.hide_product(shop, SYSTEM, sku))
    after_a_second(lambda: catalog.restore_product(shop, SYSTEM, sku))

    rows = history(shop, sku, None, None, 50)[0]
    assert [(row["what"], row["who"]) for row in rows[:3]] == [
        ("product.restored", "system"),
        ("product.hidden", "system"),
        ("product.changed", "system"),
    ]
    prices = [
        (row["before"], row["after"], row["who"], row["via"]) for row in rows if "price" in row["after"]
    ]
    assert prices[:3] == [
        ({"price": 4_700}, {"price": 4_000}, "system", ""),  # capped by the new MRP
        ({"price": 4_800}, {"price": 4_700}, "system", "b"),
        ({"price": 4_900}, {"price": 4_800}, manager.user_id, ""),
    ]
    assert whats(shop, sku)[-2:] == ["product.added", "listing.added"]


def test_what_changes_nothing_leaves_no_row(shop, shelf, sku, manager):
    before = whats(shop, sku)

    catalog.put_listings(shop, shelf["_id"], [{"sku": sku, "price": 4_900}])
    console.change(shop, manager, shelf["_id"], sku, price=4_900, available=True)

    assert whats(shop, sku) == before


def test_a_change_that_a_crash_left_unsaved_reaches_the_history(shop, shelf, sku):
    document = catalog.product(shop, sku)
    change = catalog._change(shop, SYSTEM, "product.changed", {"mrp": 5_000}, {"mrp": 4_950})
    store.change_product(shop.db, sku, document["version"], {"mrp": 4_950}, change, shop.now())
    assert "product.changed" not in whats(shop, sku)

    catalog.mend_listings(shop)
    catalog.mend_listings(shop)

    assert whats(shop, sku).count("product.changed") == 1


def test_pages_of_the_history_show_each_row_once(shop, shelf, sku, manager):
    for price in range(4_000, 4_007):  # at one and the same moment
        console.change(shop, manager, shelf["_id"], sku, price=price)

    seen, key = [], None
    while True:
        rows, key = history(shop, sku, shelf["_id"], key, 2)
        seen += [row["id"] for row in rows]
        if key is None:
            break

    assert len(seen) == len(set(seen)) == 9


def test_an_item_that_is_off_until_later_comes_back_by_itself(shop, clock, shelf, sku, manager):
    until = shop.now() + timedelta(hours=2)

    row = console.change(shop, manager, shelf["_id"], sku, off_until=until, off_reason="oven broken")

    assert (row["available"], row["off_until"], row["off_reason"]) == (False, until, "oven broken")
    clock.forward(hours=1, minutes=59)
    assert inventory.end_off(shop) == 0
    assert inventory.hold_basket(shop, shelf["_id"], [Line(sku, 1)], "h1", "o1", None)
    clock.forward(minutes=1)
    inventory.end_off(shop)
    assert inventory.hold_basket(shop, shelf["_id"], [Line(sku, 1)], "h2", "o2", None) == []
    shelved = stock.get(shop.db, shelf["_id"], sku) or {}
    assert (shelved["sellable"], shelved["off_until"], shelved["off_reason"]) == (True, None, None)
    switches = [row for row in history(shop, sku, shelf["_id"], None, 9)[0] if "switched" in row["what"]]
    assert [(row["what"], row["why"], row["who"]) for row in switches] == [
        ("listing.switched_on", "off_until", "system"),
        ("listing.switched_off", "oven broken", manager.user_id),
    ]


def test_who_switches_it_meanwhile_has_the_last_word(shop, clock, shelf, sku, manager):
    console.change(shop, manager, shelf["_id"], sku, off_until=shop.now() + timedelta(minutes=5))
    console.change(shop, manager, shelf["_id"], sku, available=False, off_reason="recalled")
    clock.forward(hours=1)

    inventory.end_off(shop)

    assert (stock.get(shop.db, shelf["_id"], sku) or {})["sellable"] is False


def test_switches_are_found_in_the_tail_and_in_the_ledger(shop, shelf, sku, manager):
    console.change(shop, manager, shelf["_id"], sku, available=False)
    before = whats(shop, sku)

    inventory.copy_ledger(shop)

    assert before[0] == "listing.switched_off" or "listing.switched_off" in before
    assert whats(shop, sku) == before
