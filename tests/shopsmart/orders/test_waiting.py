"""How long unpaid goods wait: shorter when few are left, once longer while the provider works."""

from datetime import timedelta

import pytest

from shopsmart.identity.model import Actor
from shopsmart.inventory import store as stock
from shopsmart.orders import placing, service
from shopsmart.orders.placing import Wish
from shopsmart.payments import service as payments
from tests.makers import a_customer, a_product, a_store
from tests.shopsmart.payments.paying import without_provider


@pytest.fixture
def order_of(shop):
    """`order_of(units, quantity)`: an unpaid order of a new product that the store has `units` of."""
    store = a_store(shop)
    customer = a_customer(shop)
    actor = Actor(customer["_id"], frozenset({"customer"}), frozenset(), None)

    def place(units=9, quantity=1):
        sku = a_product(shop, store, units=units)
        items = [{"sku": sku, "quantity": quantity}]
        wish = Wish(location=store["location"], items=items, provider="sandbox")
        order, _ = placing.place(shop, actor, sku, wish)
        return actor, order

    return place


def paying(shop, actor, order, outcome):
    payment = service.start_payment(shop, actor, order["_id"], "sandbox")
    secret = payment["client"]["client_secret"]
    return payment, payments.pay_in_sandbox(shop, payment["intent_id"], secret, outcome)


def kept(shop, order):
    return shop.db.orders.find_one({"_id": order["_id"]})


def hold_of(shop, order):
    found = stock.get(shop.db, order["fulfilments"][0]["store_id"], order["lines"][0]["sku"])
    return (found or {})["holds"]


@pytest.mark.parametrize(
    ("units", "quantity", "seconds"), [(9, 1, 600), (5, 2, 600), (5, 3, 240), (1, 1, 240)]
)
def test_goods_that_leave_few_for_others_wait_a_shorter_time(shop, order_of, units, quantity, seconds):
    _, order = order_of(units, quantity)

    assert order["hold_until"] == order["deadline"] == shop.now() + timedelta(seconds=seconds)
    assert [hold["until"] for hold in hold_of(shop, order)] == [order["hold_until"]]


def test_an_order_whose_bank_is_thinking_waits_once_more_and_is_then_paid(shop, order_of, clock):
    actor, order = order_of()
    payment, _ = paying(shop, actor, order, "processing")
    clock.forward(seconds=601)
    service.sweep(shop)

    waiting = kept(shop, order)
    assert waiting["status"] == "payment_pending"
    assert "extended" in waiting["flags"]
    assert waiting["hold_until"] == waiting["deadline"] == shop.now() + timedelta(seconds=240)
    assert [hold["until"] for hold in hold_of(shop, order)] == [waiting["hold_until"]]

    signed = payments.pay_in_sandbox(
        shop, payment["intent_id"], payment["client"]["client_secret"], "success"
    )
    paid = service.confirm_payment(
        shop, actor, order["_id"], payment["_id"], signed["payment_ref"], signed["signature"]
    )
    assert paid["status"] == "placed"
    assert [hold["until"] for hold in hold_of(shop, order)] == [None]


def test_it_waits_only_once(shop, order_of, clock):
    actor, order = order_of()
    paying(shop, actor, order, "processing")
    for _ in range(2):
        clock.forward(seconds=601)
        service.sweep(shop)

    assert kept(shop, order)["status"] == "expired"
    assert hold_of(shop, order) == []
    assert [payment["status"] for payment in shop.db.payments.find()] == ["voided"]


def test_a_page_that_is_merely_open_buys_no_time(shop, order_of, clock):
    actor, order = order_of()
    service.start_payment(shop, actor, order["_id"], "sandbox")
    clock.forward(seconds=601)
    service.sweep(shop)

    assert kept(shop, order)["status"] == "expired"


def test_a_provider_that_does_not_answer_counts_as_working(shop, order_of, clock):
    actor, order = order_of()
    service.start_payment(shop, actor, order["_id"], "sandbox")
    clock.forward(seconds=601)
    service.sweep(without_provider(shop))

    assert kept(shop, order)["status"] == "payment_pending"
    assert "extended" in kept(shop, order)["flags"]
