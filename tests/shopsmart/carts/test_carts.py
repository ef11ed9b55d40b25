"""Carts: no line is lost to another device, caps hold, a guest's cart becomes the customer's."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shopsmart.carts import model, service
from shopsmart.catalog import service as catalog
from shopsmart.errors import Conflict, Forbidden, Invalid, NotFound
from shopsmart.identity.model import SYSTEM, Actor
from tests.makers import PATIA, a_product, a_store, with_settings

USER = "user-1"


def goods(shop, count):
    skus = [f"SKU-{number}" for number in range(count)]
    catalog.put_products(shop, [{"sku": sku, "name": {"en": sku}, "mrp": 100} for sku in skus])
    return skus


def quantities(shop, owner):
    return {line["sku"]: line["quantity"] for line in service.items(shop, owner)}


def a_guest(shop):
    return service.new_guest_cart_id(shop)


# --- lines -----------------------------------------------------------------------------------------------------


def test_putting_an_item_sets_how_many_there_are(shop):
    a, b = goods(shop, 2)

    for sku, quantity in ((a, 1), (b, 2), (a, 5), (a, 5)):
        service.put_item(shop, USER, sku, quantity)

    assert quantities(shop, USER) == {a: 5, b: 2}


def test_a_wish_for_substitution_stays_until_another_is_made(shop):
    [a] = goods(shop, 1)
    service.put_item(shop, USER, a, 1, {"policy": "refund"})
    service.put_item(shop, USER, a, 2)
    assert service.items(shop, USER) == [{"sku": a, "quantity": 2, "substitution": {"policy": "refund"}}]

    service.put_item(shop, USER, a, 2, {"policy": "ask_me"})
    assert service.items(shop, USER)[0]["substitution"] == {"policy": "ask_me"}


def test_items_put_from_many_devices_at_once_all_stay(shop):
    skus = goods(shop, 16)

    with ThreadPoolExecutor(16) as devices:
        list(devices.map(lambda sku: service.put_item(shop, USER, sku, 1), skus))

    assert quantities(shop, USER) == dict.fromkeys(skus, 1)


def test_the_same_item_put_from_many_devices_is_one_line(shop):
    [a] = goods(shop, 1)

    with ThreadPoolExecutor(8) as devices:
        list(devices.map(lambda quantity: service.put_item(shop, USER, a, quantity), range(1, 9)))

    assert len(service.items(shop, USER)) == 1


def test_a_cart_never_has_more_lines_than_allowed_however_many_come_at_once(shop):
    shop = with_settings(shop, max_lines=4)
    skus = goods(shop, 12)

    def put(sku):
        try:
            service.put_item(shop, USER, sku, 1)
        except Conflict as refusal:
            return refusal.code

    with ThreadPoolExecutor(12) as devices:
        outcomes = list(devices.map(put, skus))

    assert outcomes.count("cart_full") == 8
    assert len(service.items(shop, USER)) == 4
    service.put_item(shop, USER, service.items(shop, USER)[0]["sku"], 9)  # what is in may still change


def test_what_cannot_be_bought_cannot_be_put_in(shop):
    [a] = goods(shop, 1)
    with pytest.raises(Invalid) as too_many:
        service.put_item(shop, USER, a, shop.settings.max_quantity + 1)
    with pytest.raises(NotFound) as unknown:
        service.put_item(shop, USER, "NOPE", 1)
    catalog.hide_product(shop, SYSTEM, a)
    with pytest.raises(NotFound):
        service.put_item(shop, USER, a, 1)

    assert (too_many.value.code, unknown.value.code) == ("quantity_too_large", "unknown_sku")
    assert service.get(shop, USER) is None


def test_removing_and_clearing_may_be_repeated(shop):
    a, b = goods(shop, 2)
    service.put_item(shop, USER, a, 1)
    service.put_item(shop, USER, b, 1)

    for _ in range(2):
        service.remove_item(shop, USER, a)
    assert quantities(shop, USER) == {b: 1}
    for _ in range(2):
        service.clear(shop, USER)
    assert service.get(shop, USER) is None


def test_what_was_ordered_leaves_the_cart_and_what_was_added_since_stays(shop):
    a, b, c = goods(shop, 3)
    for sku, quantity in ((a, 2), (b, 2), (c, 1)):
        service.put_item(shop, USER, sku, quantity)
    service.put_item(shop, USER, b, 6)  # raised while the order of 2 was being placed

    for _ in range(2):
        service.remove_lines(shop, USER, {a: 2, b: 2})

    assert quantities(shop, USER) == {b: 6, c: 1}


# --- whose -----------------------------------------------------------------------------------------------------


def test_a_guest_header_never_opens_a_users_cart(shop):
    for text in (USER, shop.new_id(), "", "g", "g" * 59, f"{a_guest(shop)}x", None, "{'$ne': 1}"):
        assert service.owner_of(None, text) == service.NOBODY
    guest = a_guest(shop)
    assert service.owner_of(None, guest) == guest


def test_a_signed_in_customer_has_his_own_cart_and_staff_have_none(shop):
    customer = Actor(USER, frozenset({"customer"}), frozenset(), None)
    manager = Actor("m", frozenset({"store_manager"}), frozenset(), None)

    assert service.owner_of(customer, a_guest(shop)) == USER
    with pytest.raises(Forbidden):
        service.owner_of(manager, None)


def test_a_guests_cart_is_forgotten_after_thirty_days_of_silence_a_users_is_not(shop, clock):
    [a] = goods(shop, 1)
    guest = a_guest(shop)
    for owner in (guest, USER):
        service.put_item(shop, owner, a, 1)
    clock.forward(days=29)
    service.put_item(shop, guest, a, 2)
    clock.forward(days=29)
    assert quantities(shop, guest) == {a: 2}

    clock.forward(days=2)

    assert quantities(shop, guest) == {}
    assert quantities(shop, USER) == {a: 1}


# --- merging ---------------------------------------------------------------------------------------------------


def test_at_sign_in_the_larger_quantity_counts_and_the_guests_cart_is_gone(shop):
    a, b, c = goods(shop, 3)
    guest = a_guest(shop)
    for owner, sku, quantity in ((USER, a, 1), (USER, b, 5), (guest, a, 3), (guest, b, 2), (guest, c, 1)):
        service.put_item(shop, owner, sku, quantity)

    for _ in range(2):
        service.merge(shop, guest, USER)

    assert quantities(shop, USER) == {a: 3, b: 5, c: 1}
    assert service.get(shop, guest) is None


def test_a_merge_that_a_crash_cut_short_may_be_repeated(shop, monkeypatch):
    [a] = goods(shop, 1)
    guest = a_guest(shop)
    service.put_item(shop, guest, a, 3)
    with monkeypatch.context() as crash:
        crash.setattr(service.store, "delete", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            service.merge(shop, guest, USER)

    service.merge(shop, guest, USER)

    assert quantities(shop, USER) == {a: 3}
    assert service.get(shop, guest) is None


def test_two_merges_at_once_lose_and_double_nothing(shop):
    skus = goods(shop, 6)
    guests = [a_guest(shop) for _ in range(3)]
    for number, sku in enumerate(skus):
        service.put_item(shop, guests[number % 3], sku, 2)

    with ThreadPoolExecutor(6) as sign_ins:
        list(sign_ins.map(lambda guest: service.merge(shop, guest, USER), guests * 2))

    assert quantities(shop, USER) == dict.fromkeys(skus, 2)


def test_an_item_put_while_the_carts_are_merged_stays(shop, monkeypatch):
    a, b = goods(shop, 2)
    guest = a_guest(shop)
    service.put_item(shop, USER, a, 1)
    service.put_item(shop, guest, a, 2)
    write = service.store.replace_lines

    def after_another_device(*args):
        monkeypatch.undo()
        service.put_item(shop, USER, b, 1)
        return write(*args)

    monkeypatch.setattr(service.store, "replace_lines", after_another_device)
    service.merge(shop, guest, USER)

    assert quantities(shop, USER) == {a: 2, b: 1}


def test_a_merge_keeps_to_the_caps_and_the_users_own_lines(shop):
    skus = goods(shop, 6)
    guest = a_guest(shop)
    for sku in skus[:3]:
        service.put_item(shop, USER, sku, 1)
    for sku in skus[2:]:
        service.put_item(shop, guest, sku, 40)

    service.merge(with_settings(shop, max_lines=4, max_quantity=10), guest, USER)

    assert quantities(shop, USER) == {skus[0]: 1, skus[1]: 1, skus[2]: 10, skus[3]: 10}


@pytest.mark.parametrize("text", [USER, "someone-else", "", "nothing"])
def test_a_merge_takes_from_guests_only(shop, text):
    [a] = goods(shop, 1)
    service.put_item(shop, "someone-else", a, 1)

    service.merge(shop, text, USER)

    assert quantities(shop, "someone-else") == {a: 1}
    assert quantities(shop, USER) == {}


# --- as a place sees it ----------------------------------------------------------------------------------------


def test_each_line_says_what_keeps_the_store_from_bringing_it(shop):
    here, elsewhere = a_store(shop), a_store(shop, at={"type": "Point", "coordinates": [85.0, 21.0]})
    plenty, short, gone, limited = (a_product(shop, here, units=units) for units in (9, 2, 0, 9))
    foreign, hidden = a_product(shop, elsewhere), a_product(shop, here)
    catalog.list_product(shop, SYSTEM, here["_id"], limited, 4_900, max_per_order=2)
    for sku in (plenty, short, gone, limited, foreign, hidden):
        cart = service.put_item(shop, USER, sku, 3)
    catalog.hide_product(shop, SYSTEM, hidden)

    store, seen = service.seen_at(shop, cart, PATIA)

    assert store and store["id"] == here["_id"]
    assert {one.line["sku"]: one.problem for one in seen} == {
        plenty: None,
        short: "not_enough",
        gone: "out_of_stock",
        limited: "too_many_of_item",
        foreign: "not_sold_here",
        hidden: "no_longer_sold",
    }


def test_a_cart_can_be_read_where_nobody_delivers(shop):
    [a] = goods(shop, 1)
    cart = service.put_item(shop, USER, a, 1)

    store, [line] = service.seen_at(shop, cart, {"type": "Point", "coordinates": [80.0, 20.0]})

    assert (store, line.problem) == (None, None)


def test_a_cart_takes_no_stock(shop):
    store = a_store(shop)
    sku = a_product(shop, store, units=1)

    service.put_item(shop, USER, sku, 1)

    assert shop.db.stock.find_one({"sku": sku})["available"] == 1


def test_a_guest_id_is_long_chance_behind_a_time():
    made = model.guest_id("0" * 26, 2**128 - 1)

    assert model.is_guest_id(made)
    assert made.endswith("f" * 32)
