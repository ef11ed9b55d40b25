"""Money back: never more than came in, never twice, never forgotten."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsmart.errors import Conflict, Invalid, NotFound
from shopsmart.payments import service
from shopsmart.payments.gateways import Refused
from shopsmart.payments.model import amount_to_refund, standing
from tests.shopsmart.payments.paying import captured, stored, without_provider


def given_back(shop):
    """What the provider itself says went back."""
    return sum(row["amount"] for intent in shop.db.sandbox_intents.find() for row in intent["refunds"])


def test_part_of_the_money_goes_back_and_then_the_rest(shop):
    payment = captured(shop)

    part = service.refund(shop, payment["_id"], 2_950, "short_pick", key="a")
    rest = service.refund(shop, payment["_id"], None, "goodwill", key="b")

    assert (part["amount"], part["state"]) == (2_950, "processed")
    assert (rest["amount"], rest["state"]) == (10_000, "processed")
    after = stored(shop, payment["_id"])
    assert (after["status"], after["refunded"], after["refund_pending"]) == ("refunded", 12_950, 0)
    assert given_back(shop) == 12_950


def test_the_same_key_refunds_once(shop):
    payment = captured(shop)

    first = service.refund(shop, payment["_id"], 1_000, "goodwill", key="a")
    second = service.refund(shop, payment["_id"], 1_000, "goodwill", key="a")

    assert first == second
    assert given_back(shop) == 1_000


def test_ten_refunds_at_once_give_back_no_more_than_came_in(shop):
    payment = captured(shop, amount=10_000)

    def attempt(number):
        try:
            return service.refund(shop, payment["_id"], 4_000, "goodwill", key=str(number))["state"]
        except Conflict as refusal:
            return refusal.code

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(attempt, range(10)))

    assert outcomes.count("processed") == 2
    assert given_back(shop) == 8_000


def test_refunding_all_again_and_again_and_at_once_refunds_once(shop):
    payment = captured(shop)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda _: service.refund_all(shop, "order1", "cancelled"), range(5)))

    assert service.refund_all(shop, "order1", "cancelled") == []
    assert given_back(shop) == 12_950
    assert stored(shop, payment["_id"])["status"] == "refunded"


def test_refunding_all_takes_what_an_earlier_refund_left(shop):
    payment = captured(shop)
    service.refund(shop, payment["_id"], 950, "short_pick", key="a")

    (rest,) = service.refund_all(shop, "order1", "cancelled")

    assert rest["amount"] == 12_000


@pytest.mark.parametrize(
    ("amount", "code"),
    [(12_951, "refund_too_large"), (0, "refund_not_positive"), (-5, "refund_not_positive")],
)
def test_a_refund_that_cannot_be_is_refused_and_changes_nothing(shop, amount, code):
    payment = captured(shop)

    with pytest.raises((Conflict, Invalid)) as refusal:
        service.refund(shop, payment["_id"], amount, "goodwill", key="a")

    assert refusal.value.code == code
    assert stored(shop, payment["_id"]) == payment


def test_what_is_gone_cannot_go_back_again(shop):
    payment = captured(shop)
    service.refund_all(shop, "order1", "cancelled")

    with pytest.raises(Conflict) as refusal:
        service.refund(shop, payment["_id"], None, "again", key="b")

    assert refusal.value.code == "nothing_to_refund"


def test_an_unknown_payment_has_no_refund(shop):
    with pytest.raises(NotFound):
        service.refund(shop, "nobody", None, "goodwill", key="a")


def test_a_refund_without_an_answer_waits_reserved_and_the_sweep_finishes_it_once(shop, clock):
    payment = captured(shop)
    made = service.refund(without_provider(shop), payment["_id"], 12_950, "cancelled", key="a")
    announced: list[Any] = []

    assert made["state"] == "requested"
    with pytest.raises(Conflict):
        service.refund(shop, payment["_id"], 1, "goodwill", key="b")
    clock.forward(seconds=31)
    service.finish_refunds(shop, announced.append)
    service.finish_refunds(shop, announced.append)

    assert given_back(shop) == 12_950
    assert stored(shop, payment["_id"])["status"] == "refunded"
    assert announced == ["order1"]


def test_a_refund_whose_answer_was_lost_is_not_paid_twice(shop, clock):
    payment = captured(shop)
    made = service.refund(without_provider(shop), payment["_id"], 5_000, "cancelled", key="a")
    # The provider did pay; only its answer never arrived.
    shop.gateways["sandbox"].refund(payment_ref=payment["payment_ref"], amount=5_000, key=made["refund_id"])

    clock.forward(seconds=31)
    service.finish_refunds(shop, lambda _: None)

    assert given_back(shop) == 5_000
    assert stored(shop, payment["_id"])["refunded"] == 5_000


def test_an_announcement_that_fails_is_made_later(shop, clock):
    payment = captured(shop)
    service.refund(shop, payment["_id"], None, "cancelled", key="a")
    heard: list[Any] = []

    def deaf(_):
        raise RuntimeError("away")

    clock.forward(seconds=31)
    service.finish_refunds(shop, deaf)
    clock.forward(seconds=31)
    service.finish_refunds(shop, heard.append)

    assert heard == ["order1"]


def test_a_refund_that_the_provider_refuses_frees_its_money_for_another_try(shop):
    class Stubborn:
        def refund(self, **_):
            raise Refused()

    payment = captured(shop)
    refusing = dataclasses.replace(shop, gateways={"sandbox": Stubborn()})

    made = service.refund(refusing, payment["_id"], None, "cancelled", key="a")
    again = service.refund(shop, payment["_id"], None, "cancelled", key="b")

    assert made["state"] == "failed"
    assert (again["state"], again["amount"]) == ("processed", 12_950)


def test_collected_cash_can_be_given_back(shop):
    payment = service.record_cod_collected(
        shop, order_id="order1", amount=5_000, currency="INR", customer_id="asha"
    )

    made = service.refund(shop, payment["_id"], 2_000, "goodwill", key="a")

    assert made["state"] == "processed"
    assert stored(shop, payment["_id"])["status"] == "partially_refunded"


@given(
    st.lists(st.tuples(st.integers(1, 400), st.sampled_from(["processed", "failed", "waits"])), max_size=12)
)
def test_refunded_and_pending_never_exceed_what_was_captured(wishes):
    events: list[Any] = [{"key": "c", "kind": "captured", "at": None, "amount": 1_000}]

    for number, (amount, outcome) in enumerate(wishes):
        payment = {"events": events, **standing(events)}
        try:
            amount_to_refund(payment, amount)
        except Conflict:
            continue
        facts = {"at": None, "amount": amount, "refund_id": str(number), "refund_key": "k", "reason": "r"}
        events.append({"key": f"{number}q", "kind": "refund_requested", **facts})
        if outcome != "waits":
            events.append({"key": f"{number}d", "kind": f"refund_{outcome}", **facts})

        stands = standing(events)
        assert 0 <= stands["refunded"] + stands["refund_pending"] <= stands["captured"] == 1_000
        assert stands["refund_pending"] >= 0
