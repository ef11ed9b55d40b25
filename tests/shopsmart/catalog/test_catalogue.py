"""Products, categories and listings in the database: edits reach every store's list, and moves leave a tree."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shopsmart.catalog import service, store
from shopsmart.errors import Conflict, Invalid, NotFound, PreconditionFailed, ShopError
from shopsmart.identity.model import SYSTEM


def milk(**facts):
    return {"sku": "MILK", "name": {"en": "Milk"}, "mrp": 3_000, "brand": "Gopal", **facts}


def tree(shop, *rows):
    """`slug` or `slug<parent` each."""
    put = [(row.partition("<")[0], row.partition("<")[2] or None) for row in rows]
    service.put_categories(
        shop, [{"slug": slug, "name": {"en": slug}, "parent": parent, "position": 0} for slug, parent in put]
    )


def noted(shop):
    return {
        "at": shop.now(),
        "who": "me",
        "roles": [],
        "via": "",
        "what": "product.changed",
        "before": {"mrp": 3_000},
        "after": {"mrp": 2_000},
    }


def listed(shop, store_id):
    listing = store.listing(shop.db, store_id, "MILK")
    assert listing is not None
    return listing


def paths(shop):
    return {one["_id"]: one["path"] for one in service.tree(shop)}


# --- products --------------------------------------------------------------------------------------------------


def test_a_sku_is_given_once(shop):
    service.add_product(shop, SYSTEM, milk())

    with pytest.raises(Conflict) as refusal:
        service.add_product(shop, SYSTEM, milk(mrp=1))

    assert refusal.value.code == "sku_taken"
    assert service.product(shop, "MILK")["mrp"] == 3_000


def test_an_edit_reaches_the_lists_of_all_stores(shop):
    service.add_product(shop, SYSTEM, milk())
    for store_id in ("s1", "s2"):
        service.list_product(shop, SYSTEM, store_id, "MILK", 2_700)

    service.replace_product(shop, SYSTEM, "MILK", milk(name={"en": "Toned Milk"}, brand="Nandini"))

    for store_id in ("s1", "s2"):
        listing = listed(shop, store_id)
        assert (listing["name_key"], listing["brand"], listing["price"]) == ("toned milk", "Nandini", 2_700)


def test_prices_above_a_lower_mrp_fall_to_it_and_the_others_stay(shop):
    service.add_product(shop, SYSTEM, milk())
    service.list_product(shop, SYSTEM, "dear", "MILK", 3_000)
    service.list_product(shop, SYSTEM, "cheap", "MILK", 1_500)

    service.replace_product(shop, SYSTEM, "MILK", milk(mrp=2_000))

    dear, cheap = (listed(shop, name) for name in ("dear", "cheap"))
    assert (dear["price"], dear["discount"]) == (2_000, 0)
    assert (cheap["price"], cheap["discount"]) == (1_500, 25)


def test_of_two_who_edit_the_same_version_one_is_told(shop):
    version = service.add_product(shop, SYSTEM, milk())["version"]
    service.replace_product(shop, SYSTEM, "MILK", milk(mrp=2_900), version)

    with pytest.raises(PreconditionFailed):
        service.replace_product(shop, SYSTEM, "MILK", milk(mrp=2_800), version)

    assert service.product(shop, "MILK")["mrp"] == 2_900


def test_hiding_takes_it_off_every_list_but_keeps_it_for_past_orders(shop):
    service.add_product(shop, SYSTEM, milk())
    service.list_product(shop, SYSTEM, "s1", "MILK", 2_700)

    for _ in range(2):
        service.hide_product(shop, SYSTEM, "MILK")

    assert store.listings_of(shop.db, "s1", ["MILK"]) == {}
    assert store.skus_matching(shop.db, "milk", 10) == []
    assert store.products_of(shop.db, ["MILK"])["MILK"]["hidden"]
    with pytest.raises(NotFound):
        service.product(shop, "MILK")


def test_an_edit_of_a_hidden_product_does_not_bring_it_back_unasked(shop):
    service.add_product(shop, SYSTEM, milk())
    service.hide_product(shop, SYSTEM, "MILK")

    assert service.replace_product(shop, SYSTEM, "MILK", milk(mrp=2_900))["hidden"]
    assert not service.replace_product(shop, SYSTEM, "MILK", milk(hidden=False))["hidden"]


def test_lists_that_a_crash_left_behind_are_brought_up_to_date(shop):
    service.add_product(shop, SYSTEM, milk())
    service.list_product(shop, SYSTEM, "s1", "MILK", 3_000)
    # The process dies here: between the product's write and its copies.
    facts = {"mrp": 2_000, "name_keys": ["new"]}
    store.change_product(shop.db, "MILK", 1, facts, noted(shop), shop.now())

    assert service.mend_listings(shop) == 1
    assert service.mend_listings(shop) == 0

    listing = listed(shop, "s1")
    assert (listing["price"], listing["mrp"], listing["name_key"]) == (2_000, 2_000, "new")


def test_a_version_that_came_while_the_last_one_was_copied_stays_marked(shop):
    before = service.add_product(shop, SYSTEM, milk())
    seen = store.change_product(shop.db, "MILK", before["version"], {"mrp": 2_000}, noted(shop), shop.now())
    assert seen is not None
    store.change_product(shop.db, "MILK", seen["version"], {"mrp": 1_000}, noted(shop), shop.now())

    store.copy_to_listings(shop.db, [seen])

    assert [one["mrp"] for one in store.stale_products(shop.db, 10)] == [1_000]


def test_putting_many_products_again_changes_nothing(shop):
    tree(shop, "dairy")
    rows = [milk(sku=f"M{number}", category_path=["dairy"]) for number in range(5)]

    assert service.put_products(shop, rows) == 5
    assert service.put_products(shop, rows) == 0
    assert service.put_products(shop, [{**rows[0], "mrp": 2_000}, *rows[1:]]) == 1
    assert service.product(shop, "M0")["version"] == 2
    assert service.product(shop, "M1")["version"] == 1


def test_one_bad_product_among_many_leaves_all_unwritten(shop):
    with pytest.raises(Invalid):
        service.put_products(shop, [milk(sku="GOOD"), milk(sku="BAD", mrp=0)])

    assert store.products_of(shop.db, ["GOOD", "BAD"]) == {}


# --- listings --------------------------------------------------------------------------------------------------


def test_no_price_is_above_the_mrp(shop):
    service.add_product(shop, SYSTEM, milk())

    for write in (
        lambda: service.list_product(shop, SYSTEM, "s1", "MILK", 3_001),
        lambda: service.put_listings(shop, "s1", [{"sku": "MILK", "price": 3_001}]),
    ):
        with pytest.raises(Invalid) as refusal:
            write()
        assert refusal.value.code == "price_above_mrp"
    assert store.listing(shop.db, "s1", "MILK") is None


def test_a_new_price_keeps_the_limit_per_order(shop):
    service.add_product(shop, SYSTEM, milk())
    service.list_product(shop, SYSTEM, "s1", "MILK", 2_700, max_per_order=3)

    service.list_product(shop, SYSTEM, "s1", "MILK", 2_400)

    listing = listed(shop, "s1")
    assert (listing["price"], listing["discount"], listing["max_per_order"]) == (2_400, 20, 3)


def test_who_changed_a_price_is_on_record_and_a_repeat_is_not(shop):
    service.add_product(shop, SYSTEM, milk())
    for price in (2_700, 2_400, 2_400):
        service.list_product(shop, SYSTEM, "s1", "MILK", price)

    records = list(shop.db.audit_log.find({"what": "listing.priced"}).sort("_id"))
    assert [(one["before"], one["after"]) for one in records] == [
        (None, {"price": 2_700}),
        ({"price": 2_700}, {"price": 2_400}),
    ]


def test_putting_many_listings_again_changes_nothing(shop):
    service.put_products(shop, [milk(sku=f"M{number}") for number in range(3)])
    rows = [{"sku": f"M{number}", "price": 1_000 + number, "max_per_order": 5} for number in range(3)]

    assert service.put_listings(shop, "s1", rows) == 3
    assert service.put_listings(shop, "s1", rows) == 0
    assert service.put_listings(shop, "s1", [{**rows[0], "price": 900}]) == 1
    assert store.listings_in(shop.db, ["s1", "s2"], ["M0", "M1"])["s1"]["M0"]["price"] == 900


def test_what_is_switched_off_is_not_on_sale(shop):
    service.put_products(shop, [milk()])
    service.put_listings(shop, "s1", [{"sku": "MILK", "price": 900, "enabled": False}])

    assert store.listings_in(shop.db, ["s1"], ["MILK"]) == {"s1": {}}


# --- categories ------------------------------------------------------------------------------------------------


def test_what_lies_below_a_moved_category_moves_along_with_its_products_and_listings(shop):
    tree(shop, "food", "dairy", "milk<dairy", "toned<milk")
    service.add_product(shop, SYSTEM, milk(category_path=["dairy", "milk", "toned"]))
    service.list_product(shop, SYSTEM, "s1", "MILK", 2_700)

    service.put_category(shop, SYSTEM, "dairy", {"en": "Dairy"}, "food", 0)

    below = ["food", "dairy", "milk", "toned"]
    assert paths(shop)["toned"] == below
    assert service.product(shop, "MILK")["category_path"] == below
    assert listed(shop, "s1")["category_path"] == below


def test_a_category_cannot_lie_below_itself(shop):
    tree(shop, "a", "b<a", "c<b")

    for parent in ("a", "b", "c"):
        with pytest.raises(Invalid) as refusal:
            service.put_category(shop, SYSTEM, "a", {"en": "A"}, parent, 0)
        assert refusal.value.code == "category_cycle"

    assert paths(shop) == {"a": ["a"], "b": ["a", "b"], "c": ["a", "b", "c"]}


def test_two_moves_at_once_make_no_circle(shop):
    for number in range(5):
        one, other = f"a{number}", f"b{number}"
        tree(shop, one, other)

        def move(slug, parent):
            try:
                service.put_category(shop, SYSTEM, slug, {"en": slug}, parent, 0)
            except ShopError as refusal:
                return refusal.code

        with ThreadPoolExecutor(2) as both:
            outcomes = list(both.map(move, (one, other), (other, one)))

        assert sorted(outcomes, key=str) == [None, "category_cycle"]


def test_the_tree_has_a_floor_and_known_parents(shop):
    tree(shop, "c1", *(f"c{level}<c{level - 1}" for level in range(2, 7)))

    with pytest.raises(Invalid) as too_deep:
        service.put_category(shop, SYSTEM, "c7", {"en": "Seven"}, "c6", 0)
    with pytest.raises(Invalid) as unknown:
        service.put_category(shop, SYSTEM, "x", {"en": "X"}, "nowhere", 0)

    assert (too_deep.value.code, unknown.value.code) == ("category_too_deep", "unknown_category")


def test_a_product_cannot_say_that_a_category_stands_elsewhere(shop):
    tree(shop, "dairy", "milk<dairy")

    with pytest.raises(Invalid) as refusal:
        service.add_product(shop, SYSTEM, milk(category_path=["milk"]))

    assert refusal.value.code == "wrong_category_path"


def test_products_that_came_before_their_category_take_their_place_in_it(shop):
    tree(shop, "dairy")
    service.add_product(shop, SYSTEM, milk(category_path=["kefir"]))

    tree(shop, "kefir<dairy")

    assert service.product(shop, "MILK")["category_path"] == ["dairy", "kefir"]
    assert service.put_categories(shop, [{"slug": "kefir", "name": {"en": "kefir"}, "parent": "dairy"}]) == 0


def test_brothers_stand_by_position(shop):
    for slug, parent, position in (("a", None, 2), ("b", None, 1), ("y", "b", 1), ("x", "b", 2)):
        service.put_category(shop, SYSTEM, slug, {"en": slug}, parent, position)

    assert [one["_id"] for one in service.tree(shop)] == ["b", "y", "x", "a"]
