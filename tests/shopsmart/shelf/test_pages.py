"""A store's shelf in pages: every order, every filter, nothing twice, nothing left out, stock as it is now."""

import pytest

from shopsmart.catalog import service as catalog
from shopsmart.errors import Conflict, Invalid, NotFound
from shopsmart.geo import Point
from shopsmart.identity.model import SYSTEM
from shopsmart.inventory import service as inventory
from shopsmart.inventory.model import Line
from shopsmart.search.model import Wanted
from shopsmart.shelf import service as shelf
from tests.makers import PATIA, a_store

STORE = "s1"
PLAIN = Wanted()


def put(shop, *goods, store=STORE):
    """Goods `(sku, english name, price, units)` with an MRP of 100 rupees."""
    catalog.put_products(
        shop,
        [{"sku": sku, "name": {"en": name}, "mrp": 10_000, "brand": "B"} for sku, name, _, _ in goods],
    )
    catalog.put_listings(shop, store, [{"sku": sku, "price": price} for sku, _, price, _ in goods])
    inventory.open_shelves(
        shop, store, [{"sku": sku, "units": units} for sku, _, _, units in goods if units is not None], "test"
    )


@pytest.fixture(params=["the copy", "mongodb"])
def shop(request, shop):
    """Lists are answered out of the live copy, or by MongoDB while there is none: both must be right."""
    if request.param == "mongodb":
        shop.live.close()
    return shop


@pytest.fixture
def without_copy(shop):
    shop.live.close()


def page(shop, wanted, sort, key, limit):
    shown = shelf.shown_at(shop, STORE, wanted, sort, key, limit)
    return shown.offers, shown.next_key


def walked(shop, wanted=PLAIN, sort="name", limit=3):
    """All SKUs in the order of their pages, and how many pages there were."""
    skus, key, pages = [], None, 0
    while True:
        offers, key = page(shop, wanted, sort, key, limit)
        skus += [offer.product["_id"] for offer in offers]
        pages += 1
        if key is None:
            return skus, pages
        assert pages < 100


@pytest.fixture
def twenty(shop):
    """Equal names and equal prices among them, so that only the SKU tells some apart; every third sold out."""
    goods = [(f"P{n:02d}", f"Item {n // 4}", 1_000 * (1 + n % 3), 5 * (n % 3)) for n in range(20)]
    put(shop, *goods)
    return goods


@pytest.mark.parametrize("sort", ["name", "price_asc", "price_desc", "discount", "relevance"])
@pytest.mark.parametrize(
    "wanted", [PLAIN, Wanted(q="item"), Wanted(in_stock=True), Wanted(q="item", in_stock=True)]
)
@pytest.mark.parametrize("limit", [1, 7])
def test_pages_of_any_size_show_all_once_and_in_order(shop, twenty, sort, wanted, limit):
    skus, _ = walked(shop, wanted, sort, limit)

    price = {sku: price for sku, _, price, _ in twenty}
    assert sorted(skus) == [sku for sku, _, _, units in twenty if units or not wanted.in_stock]
    order = [price[sku] for sku in skus]
    if sort in {"price_asc", "discount"}:
        assert order == sorted(order, reverse=False)
    if sort == "price_desc":
        assert order == sorted(order, reverse=True)
    if sort == "name" or (sort == "relevance" and wanted.q is None):
        assert skus == sorted(skus)


def test_a_page_does_not_shift_when_something_is_listed_before_it(shop, twenty):
    first, key = page(shop, PLAIN, "name", None, 5)
    put(shop, ("A0", "Aaa", 500, 1))
    second, _ = page(shop, PLAIN, "name", key, 5)

    assert [offer.product["_id"] for offer in (*first, *second)] == [f"P{n:02d}" for n in range(10)]


def test_a_cursor_of_another_order_is_refused(shop, twenty):
    _, key = page(shop, PLAIN, "name", None, 5)

    with pytest.raises(Invalid) as refusal:
        page(shop, PLAIN, "price_asc", key, 5)

    assert refusal.value.code == "invalid_cursor"


def test_filters_narrow_together(shop):
    catalog.put_categories(
        shop,
        [
            {"slug": "staples", "name": {"en": "Staples"}, "parent": None},
            {"slug": "rice", "name": {"en": "Rice"}, "parent": "staples"},
        ],
    )
    for sku, path, brand, dietary in (
        ("A", ["staples", "rice"], "Mills", ["veg", "jain"]),
        ("B", ["staples", "rice"], "Mills", ["veg"]),
        ("C", ["staples"], "Mills", ["veg", "jain"]),
        ("D", [], "Other", []),
    ):
        put(shop, (sku, f"Item {sku}", 1_000 * (1 + "ABCD".index(sku)), 1))
        facts = {"name": {"en": f"Item {sku}"}, "mrp": 10_000, "brand": brand}
        catalog.replace_product(shop, SYSTEM, sku, {**facts, "category_path": path, "dietary": dietary})

    def found(**wanted):
        return walked(shop, Wanted(**wanted))[0]

    assert found(category="staples") == ["A", "B", "C"]
    assert found(category="rice") == ["A", "B"]
    assert found(category="staples", dietary=["veg", "jain"]) == ["A", "C"]
    assert found(brands=["Other"]) == ["D"]
    assert found(min_price=2_000, max_price=3_000) == ["B", "C"]
    assert found(q="item", category="rice", max_price=1_000) == ["A"]
    assert found(category="no-such") == []
    assert found(min_price=3_000, max_price=2_000) == []


def test_a_search_puts_the_name_itself_first_then_its_kinds_in_stock_first_then_beginnings(
    shop, without_copy
):
    put(
        shop,
        ("S1", "Chocolate Milkshake", 100, 9),
        ("S2", "Toned Milk", 100, 0),
        ("S3", "Buffalo Milk", 100, 9),
        ("S4", "Milk Bread", 100, 9),
        ("S5", "Milk", 100, 0),
        ("S6", "Bread", 100, 9),
    )

    assert walked(shop, Wanted(q="MILK"), "relevance")[0] == ["S5", "S3", "S2", "S4", "S1"]


def test_every_word_of_a_search_must_be_found(shop, without_copy):
    put(shop, ("S1", "Toned Milk", 100, 9), ("S2", "Milk", 100, 9))

    assert walked(shop, Wanted(q="mil ton"), "relevance")[0] == ["S1"]
    assert walked(shop, Wanted(q="milk honey"), "relevance")[0] == []
    assert walked(shop, Wanted(q="!!!"), "relevance")[0] == []


def test_what_is_marked_out_of_stock_is_gone_at_once_and_back_at_once(shop):
    put(shop, ("A", "Apple", 100, 5))

    for sellable in (False, True):
        inventory.switch(shop, STORE, "A", sellable, "manager")

        assert walked(shop, Wanted(in_stock=True))[0] == (["A"] if sellable else [])
        assert walked(shop, Wanted(q="apple", in_stock=True))[0] == (["A"] if sellable else [])
        [offer], _ = page(shop, PLAIN, "name", None, 5)
        assert offer.available is sellable
        assert shelf.product_at(shop, STORE, "A").available is sellable


def test_what_is_held_for_an_order_is_not_shown_as_left(shop):
    put(shop, ("A", "Apple", 100, 5))
    inventory.hold_basket(shop, STORE, [Line("A", 3)], "o1.f1", "o1", None)

    assert shelf.product_at(shop, STORE, "A").left == 2


def test_a_long_run_of_sold_out_goods_costs_a_bounded_page_and_hides_nothing(shop, without_copy, monkeypatch):
    monkeypatch.setattr(shelf, "_MOST_SCANNED", 20)
    monkeypatch.setattr(shelf, "_SCAN_BATCH", 10)
    put(shop, *((f"E{n:02d}", f"Empty {n:02d}", 100, 0) for n in range(50)), ("Z", "Zest", 100, 1))

    first, key = page(shop, Wanted(in_stock=True), "name", None, 3)

    assert (first, key) == ([], ["name", "empty 19", "E19"])
    assert walked(shop, Wanted(in_stock=True)) == (["Z"], 3)


def test_stores_show_their_own_shelves(shop):
    put(shop, ("A", "Apple", 100, 5))
    put(shop, ("A", "Apple", 200, 0), store="s2")

    here, there = (shelf.product_at(shop, store, "A") for store in (STORE, "s2"))
    nowhere = shelf.product_at(shop, "s3", "A")

    assert here.listing and there.listing
    assert (here.listing["price"], here.left) == (100, 5)
    assert (there.listing["price"], there.left) == (200, 0)
    assert (nowhere.listing, nowhere.available) == (None, False)


def test_goods_in_the_cellar_that_are_not_listed_are_not_for_sale(shop):
    put(shop, ("A", "Apple", 100, 5))
    inventory.open_shelves(shop, "s2", [{"sku": "A", "units": 5}], "test")

    assert not shelf.product_at(shop, "s2", "A").available


def test_the_nearest_open_store_is_shown_else_the_nearest(shop, clock):
    place: Point = {"type": "Point", "coordinates": [85.819, 20.355]}
    near = a_store(shop, at=PATIA)
    far = a_store(shop, at={"type": "Point", "coordinates": [85.825, 20.354]})

    assert shelf.store_at(shop, place)["id"] == near["_id"]
    shop.db.stores.update_one({"_id": near["_id"]}, {"$set": {"hours": [[] for _ in range(7)]}})
    assert shelf.store_at(shop, place)["id"] == far["_id"]
    shop.db.stores.update_one({"_id": far["_id"]}, {"$set": {"hours": [[] for _ in range(7)]}})
    shown = shelf.store_at(shop, place)

    assert (shown["id"], shown["open"]) == (near["_id"], False)


def test_outside_every_fence_there_is_no_shelf(shop):
    with pytest.raises(Conflict) as refusal:
        shelf.store_at(shop, {"type": "Point", "coordinates": [80.0, 20.0]})
    with pytest.raises(NotFound):
        shelf.store_named(shop, "s9")

    assert refusal.value.code == "not_serviceable"


@pytest.mark.parametrize("sort", ["name", "price_asc", "price_desc", "discount"])
def test_a_late_page_reads_no_more_than_the_first(shop, without_copy, sort):
    put(shop, *((f"P{n:03d}", f"Item {n:03d}", 100 + n, 1) for n in range(300)))
    key = None
    for _ in range(25):
        _, key = page(shop, PLAIN, sort, key, 10)
    assert key is not None

    field, direction = shelf.products.SORTS[sort]
    query = {"store_id": STORE, "enabled": True, "hidden": False}
    behind = shelf.products._behind(field, direction, (key[1], key[2]))
    order = [(field, direction), ("sku", shelf.products._sku_direction(sort))]
    plan = shop.db.listings.find({"$and": [query, behind]}).sort(order).limit(11).explain()

    assert plan["executionStats"]["totalKeysExamined"] <= 15
    assert plan["executionStats"]["totalDocsExamined"] <= 15
