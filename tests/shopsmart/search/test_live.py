"""The live copy follows MongoDB: every kind of edit, new goods, moved categories, lost places, fresh or not at all."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from pymongo.errors import AutoReconnect, OperationFailure

from shopsmart.catalog import service as catalog
from shopsmart.identity.model import SYSTEM
from shopsmart.inventory import service as inventory
from shopsmart.inventory.model import Line
from shopsmart.search import live as following
from shopsmart.search import service as search
from shopsmart.search import store
from shopsmart.search.live import Live
from shopsmart.search.model import Wanted
from shopsmart.stores import service as stores
from tests.makers import CATEGORIES, a_product, a_store

PATIENCE = 60.0


def machine_time():
    return datetime.fromtimestamp(time.time(), UTC)


@pytest.fixture
def second(standing_shop, shop):
    """The copy of another process, as in production: it only follows."""
    copy = Live(shop.db, machine_time, standing_shop.new_id, patience=PATIENCE)
    yield copy
    copy.close()


def shelf_of(shop, store_id="s1", sort="name", live=None, **wanted):
    copy = (live or shop.live).view()
    assert copy is not None
    found = search.page(shop, copy, store_id, Wanted(**wanted), sort, None, 100)
    shelf = copy.shelf(store_id)
    return [(copy.skus[row], int(shelf.price[row]), int(shelf.left[row])) for row in found.rows]


def eventually(look, expected):
    deadline = time.monotonic() + PATIENCE
    while (seen := look()) != expected:
        assert time.monotonic() < deadline, f"{seen} instead of {expected}"
        time.sleep(0.02)


def test_every_kind_of_edit_shows_in_the_copy(shop):
    store_id = a_store(shop)["_id"]
    sku = a_product(shop, stores.get(shop, store_id), units=5, price=4_000)
    assert shelf_of(shop, store_id) == [(sku, 4_000, 5)]

    catalog.list_product(shop, SYSTEM, store_id, sku, 3_500)
    assert shelf_of(shop, store_id) == [(sku, 3_500, 5)]
    inventory.switch(shop, store_id, sku, False, "manager")
    assert shelf_of(shop, store_id) == [(sku, 3_500, 0)]
    inventory.switch(shop, store_id, sku, True, "manager")
    inventory.hold_basket(shop, store_id, [Line(sku, 2)], "o1.f1", "o1", None)
    assert shelf_of(shop, store_id) == [(sku, 3_500, 3)]
    catalog.replace_product(shop, SYSTEM, sku, {"name": {"en": "Ghee"}, "mrp": 3_000})
    assert shelf_of(shop, store_id, q="ghee", sort="best") == [(sku, 3_000, 3)]
    catalog.hide_product(shop, SYSTEM, sku)
    assert shelf_of(shop, store_id) == []
    catalog.replace_product(shop, SYSTEM, sku, {"name": {"en": "Ghee"}, "mrp": 3_000, "hidden": False})
    assert shelf_of(shop, store_id) == [(sku, 3_000, 3)]
    shop.db.products.delete_one({"_id": sku})
    assert shelf_of(shop, store_id) == []


def test_an_edit_shows_in_other_processes_by_itself(shop, second):
    store_id = a_store(shop)["_id"]
    sku = a_product(shop, stores.get(shop, store_id), units=5, price=4_000)
    eventually(lambda: shelf_of(shop, store_id, live=second), [(sku, 4_000, 5)])

    catalog.list_product(shop, SYSTEM, store_id, sku, 3_500)
    inventory.hold_basket(shop, store_id, [Line(sku, 1)], "o1.f1", "o1", None)

    eventually(lambda: shelf_of(shop, store_id, live=second), [(sku, 3_500, 4)])


def test_goods_that_come_later_bring_their_lists_and_their_stock(shop):
    assert shelf_of(shop) == []
    one = a_store(shop)
    skus = sorted(a_product(shop, one, units=number, price=1_000) for number in range(1, 30))

    assert [row[0] for row in sorted(shelf_of(shop, one["_id"]))] == skus
    assert sorted(row[2] for row in shelf_of(shop, one["_id"])) == list(range(1, 30))


def test_a_listing_ends_when_it_is_taken_off_or_deleted(shop):
    one = a_store(shop)
    first, second_ = a_product(shop, one), a_product(shop, one)
    catalog.put_listings(shop, one["_id"], [{"sku": first, "price": 4_900, "enabled": False}])
    assert [row[0] for row in shelf_of(shop, one["_id"])] == [second_]

    shop.db.listings.delete_one({"_id": f"{one['_id']}:{second_}"})
    assert shelf_of(shop, one["_id"]) == []


def test_a_renamed_category_is_found_by_its_new_name(shop):
    one = a_store(shop)
    sku = a_product(shop, one, name={"en": "Toned"}, brand=None)
    assert shelf_of(shop, one["_id"], q="paneer", sort="best") == []

    catalog.put_categories(shop, [{**CATEGORIES[1], "name": {"en": "Paneer"}}])

    assert [row[0] for row in shelf_of(shop, one["_id"], q="paneer", sort="best")] == [sku]


def test_a_store_that_moves_its_fence_is_seen_at_its_new_place(shop):
    one = a_store(shop)
    copy = shop.live.view()
    far = {"type": "Point", "coordinates": [85.84, 20.354]}
    assert [found["_id"] for found in copy.fences.at(one["location"])] == [one["_id"]]
    assert copy.fences.at(far) == []

    stores.set_fence(shop, SYSTEM, one["_id"], {"center": far, "radius_m": 1_000})

    assert [found["_id"] for found in shop.live.view().fences.at(far)] == [one["_id"]]


def test_a_lost_connection_is_taken_up_where_it_broke_off(shop, second, monkeypatch):
    one = a_store(shop)
    sku = a_product(shop, one, units=5)
    eventually(lambda: shelf_of(shop, one["_id"], live=second), [(sku, 4_900, 5)])
    copy, opened = second.view(), store.changes
    failures = iter([AutoReconnect("the primary is gone"), AutoReconnect("and not back yet")])

    def breaking(*arguments):
        if (fault := next(failures, None)) is not None:
            raise fault
        return opened(*arguments)

    monkeypatch.setattr(following.store, "changes", breaking)
    monkeypatch.setattr(Live, "_written", lambda *_: (_ for _ in ()).throw(AutoReconnect("cut off")))
    inventory.switch(shop, one["_id"], sku, False, "manager")
    eventually(lambda: second._away, True)
    monkeypatch.undo()

    eventually(lambda: shelf_of(shop, one["_id"], live=second), [(sku, 4_900, 0)])
    assert second.view() is copy


def test_a_copy_whose_place_in_the_log_is_gone_is_built_anew_beside_the_old_one(shop, second, monkeypatch):
    one = a_store(shop)
    sku = a_product(shop, one, units=5)
    eventually(lambda: shelf_of(shop, one["_id"], live=second), [(sku, 4_900, 5)])
    old, taken = second.view(), Live._take

    def lost(self, copy, change):
        if copy is old:
            raise OperationFailure("resume point may no longer be in the oplog", 286)
        taken(self, copy, change)

    monkeypatch.setattr(Live, "_take", lost)
    inventory.switch(shop, one["_id"], sku, False, "manager")

    eventually(lambda: second.view() not in {None, old}, True)
    assert shelf_of(shop, one["_id"], live=second) == [(sku, 4_900, 0)]


def test_who_has_not_heard_of_mongodb_for_a_second_is_not_asked_unless_mongodb_is_away(shop, second):
    eventually(lambda: second.view() is not None, True)
    second.close()
    second._ended.clear()  # as if its thread were stuck

    eventually(lambda: second.view(), None)
    assert not second.stale
    second._away = True
    assert second.view() is not None and second.stale


def test_sales_count_once_and_less_with_age(shop, clock):
    one = a_store(shop)
    old, new, none = (a_product(shop, one, sku=sku) for sku in ("OLD", "NEW", "NONE"))
    now = clock.now()
    sales = [
        (one["_id"], old, now - timedelta(days=21), 6),
        (one["_id"], new, now - timedelta(hours=1), 1),
    ]

    def sold(since, until):
        return [sale for sale in sales if since <= sale[2] < until]

    while search.count_sales(shop, sold):
        pass
    assert search.count_sales(shop, sold) == 0

    weights = store.popularity(shop.db)[one["_id"]]
    assert weights[new] / weights[old] == pytest.approx(8 / 6, rel=0.01)
    assert [row[0] for row in shelf_of(shop, one["_id"], sort="popularity")] == [new, old, none]
