"""Attempts to pay: one at a time, captured once, believed only when the provider says so."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from shopsmart.errors import Conflict, Invalid, NotFound
from shopsmart.payments import service, store
from shopsmart.payments.gateways import Intent, TryLater
from tests.shopsmart.payments.paying import (
    after_a_while,
    captured,
    confirmed,
    paid_at_the_provider,
    quarantined,
    started,
    stored,
    without_provider,
)

# --- starting --------------------------------------------------------------------------------------------------


def test_an_attempt_tells_the_client_what_it_needs(shop, clock):
    ends = clock.now() + timedelta(minutes=7)

    payment = started(shop, expires_at=ends)

    assert payment["status"] == "requires_action"
    assert payment["client"]["client_secret"]
    assert payment["client"]["pay_url"].endswith(f"/sandbox/intents/{payment['intent_id']}/pay")
    assert payment["expires_at"] == ends


def test_starting_again_gives_the_same_attempt(shop):
    assert started(shop)["_id"] == started(shop)["_id"]
    assert shop.db.sandbox_intents.count_documents({}) == 1


def test_the_database_itself_holds_one_open_attempt_per_order(shop):
    payment = started(shop)

    assert not store.begin(shop.db, {**payment, "_id": "rival", "intent_id": None})
    service.void_open(shop, "order1")
    assert store.begin(shop.db, {**payment, "_id": "rival", "intent_id": None})


def test_ten_starts_at_once_open_one_attempt(shop):
    with ThreadPoolExecutor(10) as pool:
        ids = {payment["_id"] for payment in pool.map(lambda _: started(shop), range(10))}

    assert len(ids) == 1
    assert shop.db.payments.count_documents({}) == 1


def test_a_start_that_died_half_way_is_finished_by_the_next(shop):
    with pytest.raises(TryLater):
        started(without_provider(shop))

    payment = started(shop)

    assert payment["status"] == "requires_action"
    assert shop.db.payments.count_documents({}) == 1


def test_a_failed_attempt_makes_room_for_another(shop):
    first = started(shop)
    paid_at_the_provider(shop, first, "failure")
    service.reconcile(after_a_while(shop), lambda _: None)

    second = started(shop)

    assert stored(shop, first["_id"])["status"] == "failed"
    assert second["_id"] != first["_id"]
    assert second["intent_id"] != first["intent_id"]


def test_a_paid_order_is_not_asked_to_pay_again(shop):
    paid = captured(shop)

    assert started(shop)["_id"] == paid["_id"]


def test_another_amount_gives_up_the_old_attempt(shop):
    old = started(shop, amount=10_000)

    new = started(shop, amount=9_000)

    assert stored(shop, old["_id"])["status"] == "voided"
    assert new["amount"] == 9_000
    with pytest.raises(Conflict):
        paid_at_the_provider(shop, old)


def test_an_unknown_provider_is_refused(shop):
    with pytest.raises(NotFound) as refusal:
        service.start(shop, order_id="o", provider="nobody", amount=1, customer_id="asha")

    assert refusal.value.code == "unknown_provider"


# --- the browser's result --------------------------------------------------------------------------------------


def test_a_signed_result_captures_the_money_once(shop):
    payment = started(shop)
    result = paid_at_the_provider(shop, payment)

    first, second = confirmed(shop, payment, result), confirmed(shop, payment, result)

    assert (first["status"], first["captured"]) == ("captured", 12_950)
    assert first == second
    assert first["open"] is False


def test_a_forged_signature_changes_nothing_and_is_kept_for_a_human(shop):
    payment = started(shop)
    result = paid_at_the_provider(shop, payment)

    with pytest.raises(Invalid) as refusal:
        confirmed(shop, payment, result, signature="0" * 64)

    assert refusal.value.code == "payment_signature_invalid"
    assert stored(shop, payment["_id"])["captured"] == 0
    assert quarantined(shop) == ["bad_signature"]


def test_one_rupee_for_another_order_pays_no_order(shop):
    cheap, dear = started(shop, "cheap", 100), started(shop, "dear", 99_900)
    result = paid_at_the_provider(shop, cheap)

    with pytest.raises(Invalid):
        confirmed(shop, dear, result)
    with pytest.raises(NotFound):
        confirmed(shop, cheap, result, order_id="dear")

    assert stored(shop, dear["_id"])["captured"] == 0


def test_a_result_for_money_that_never_came_is_refused(shop):
    payment = started(shop)
    sandbox = shop.gateways["sandbox"]
    signature = sandbox._result_signature(payment["intent_id"], "sbp_none")

    with pytest.raises(Conflict) as refusal:
        confirmed(shop, payment, {"payment_ref": "sbp_none", "signature": signature})

    assert refusal.value.code == "payment_not_captured"


@pytest.mark.parametrize(
    ("amount", "currency", "receipt", "fault"),
    [
        (12_949, "INR", "order1", "wrong_amount"),
        (12_950, "USD", "order1", "wrong_amount"),
        (12_950, "INR", "order2", "wrong_order"),
    ],
)
def test_money_that_is_not_what_was_asked_for_goes_to_quarantine(shop, amount, currency, receipt, fault):
    payment = started(shop)

    with pytest.raises(service.Mismatch):
        service.record_captured(
            shop, "sandbox", payment["intent_id"], "ref", amount, currency, "webhook", receipt
        )

    assert quarantined(shop) == [fault]
    assert stored(shop, payment["_id"])["captured"] == 0


def test_the_same_money_never_pays_two_orders(shop):
    one, two = started(shop, "one"), started(shop, "two")
    service.record_captured(shop, "sandbox", one["intent_id"], "ref", 12_950, "INR", "webhook")

    with pytest.raises(service.Mismatch):
        service.record_captured(shop, "sandbox", two["intent_id"], "ref", 12_950, "INR", "webhook")

    assert quarantined(shop) == ["money_of_another_payment"]


def test_a_second_capture_of_one_intent_goes_to_quarantine(shop):
    payment = captured(shop)

    with pytest.raises(service.Mismatch):
        service.record_captured(shop, "sandbox", payment["intent_id"], "other", 12_950, "INR", "webhook")

    assert stored(shop, payment["_id"])["captured"] == 12_950


# --- giving up, and money that was quicker ---------------------------------------------------------------------


def test_a_voided_attempt_cannot_be_paid_any_more(shop):
    payment = started(shop)

    service.void_open(shop, "order1")
    service.void_open(shop, "order1")

    assert stored(shop, payment["_id"])["status"] == "voided"
    with pytest.raises(Conflict):
        paid_at_the_provider(shop, payment)


def test_money_that_was_quicker_than_the_void_is_recorded_and_waits_for_its_order(shop, clock):
    payment = started(shop)
    paid_at_the_provider(shop, payment)

    service.void_open(shop, "order1")

    waiting = service.unapplied(shop, clock.now())
    assert [(row["_id"], row["captured"]) for row in waiting] == [(payment["_id"], 12_950)]
    service.mark_applied(shop, payment["_id"])
    service.mark_applied(shop, payment["_id"])
    assert service.unapplied(shop, clock.now()) == []


def test_a_void_without_an_answer_stays_open_for_the_next_try(shop):
    payment = started(shop)

    with pytest.raises(TryLater):
        service.void_open(without_provider(shop), "order1")

    assert stored(shop, payment["_id"])["open"]


def test_the_summary_tells_of_the_money_that_pays_the_order(shop):
    assert service.summary(shop, "order1") is None
    payment = captured(shop)

    assert service.summary(shop, "order1") == {
        "payment_id": payment["_id"],
        "status": "captured",
        "captured": 12_950,
        "refunded": 0,
    }


def test_late_money_is_no_part_of_the_summary(shop):
    payment = captured(shop)

    service.refund(shop, payment["_id"], None, service.LATE_PAYMENT, key="late")

    assert service.summary(shop, "order1") is None


# --- cash ------------------------------------------------------------------------------------------------------


def test_cash_is_collected_once(shop, clock):
    for _ in range(2):
        payment = service.record_cod_collected(
            shop, order_id="order1", amount=5_000, currency="INR", customer_id="asha"
        )

    assert (payment["status"], payment["captured"]) == ("cod_collected", 5_000)
    assert shop.db.payments.count_documents({}) == 1
    assert service.unapplied(shop, clock.now()) == []


def test_cash_of_two_orders_is_two_payments(shop):
    for order_id in ("one", "two"):
        service.record_cod_due(shop, order_id=order_id, amount=5_000, customer_id="asha")
        service.record_cod_collected(
            shop, order_id=order_id, amount=4_000, currency="INR", customer_id="asha"
        )

    assert [row["captured"] for row in shop.db.payments.find()] == [4_000, 4_000]


# --- the reconciler --------------------------------------------------------------------------------------------


def test_money_that_nobody_told_us_of_is_found(shop):
    payment = started(shop)
    paid_at_the_provider(shop, payment)
    applied: list[Any] = []

    decided = service.reconcile(after_a_while(shop), applied.append)

    assert decided == 1
    assert [(row["_id"], row["captured"]) for row in applied] == [(payment["_id"], 12_950)]


def test_an_attempt_still_open_at_the_provider_is_left_alone(shop):
    payment = started(shop)

    assert service.reconcile(after_a_while(shop), lambda _: None) == 0
    assert stored(shop, payment["_id"])["open"]


def test_a_provider_that_is_away_does_not_stop_the_reconciler(shop):
    started(shop)

    assert service.reconcile(after_a_while(without_provider(shop)), lambda _: None) == 0


def test_an_intent_shows_no_money_before_it_is_paid(shop):
    payment = started(shop)

    intent = shop.gateways["sandbox"].fetch(payment["intent_id"])

    assert isinstance(intent, Intent)
    assert (intent.status, intent.payment_ref, intent.receipt) == ("open", None, "order1")
