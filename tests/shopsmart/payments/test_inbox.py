"""Providers' messages: only genuine ones are kept, each acts once, in any order, and none is lost."""

import hashlib
import hmac
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest

from shopsmart.errors import Invalid, NotFound, Unauthenticated
from shopsmart.payments import service, store
from shopsmart.payments.gateways.sandbox import SIGNATURE_HEADER
from tests.makers import with_settings
from tests.shopsmart.payments.paying import (
    confirmed,
    paid_at_the_provider,
    quarantined,
    started,
    stored,
    without_provider,
)


def messages(shop):
    """The bodies that the provider would send, oldest first."""
    return [row["body"].encode() for row in shop.db.sandbox_webhooks.find().sort("_id", 1)]


def delivered(shop, body, headers=None):
    service.receive_webhook(shop, "sandbox", headers or shop.gateways["sandbox"].webhook_headers(body), body)


def inbox_states(shop):
    return [row["state"] for row in shop.db.webhook_inbox.find()]


def a_message(**changes):
    data = {"intent_id": "sbi", "payment_ref": "sbp", "amount": 1, "currency": "INR", "receipt": "order1"}
    event = {
        "id": "e1",
        "type": "payment.captured",
        "created": 1,
        "data": {**data, **changes.pop("data", {})},
    }
    return orjson.dumps({**event, **changes})


def test_a_message_pays_its_payment_once_however_often_it_comes(shop, enqueued):
    payment = started(shop)
    paid_at_the_provider(shop, payment)
    applied: list[Any] = []

    for body in messages(shop) * 3:
        delivered(shop, body)
    assert service.pending_webhooks(shop) == 1
    service.process_inbox(shop, applied.append)
    service.process_inbox(shop, applied.append)

    assert [row["captured"] for row in applied] == [12_950]
    assert inbox_states(shop) == ["done"]
    assert enqueued.count(("critical", "workers.jobs.process_webhooks")) == 1


def test_browser_and_webhook_end_in_one_capture(shop):
    payment = started(shop)
    result = paid_at_the_provider(shop, payment)
    confirmed(shop, payment, result)

    for body in messages(shop):
        delivered(shop, body)
    service.process_inbox(shop, lambda _: None)

    after = stored(shop, payment["_id"])
    assert after["captured"] == 12_950
    assert [event["kind"] for event in after["events"]].count("captured") == 1


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_message_from_another_time_is_refused(shop, clock, seconds):
    body = a_message()
    headers = shop.gateways["sandbox"].webhook_headers(body)
    clock.forward(seconds=seconds)

    with pytest.raises(Unauthenticated) as refusal:
        delivered(shop, body, headers)

    assert refusal.value.code == "webhook_signature_invalid"
    assert inbox_states(shop) == []


def test_a_message_within_the_tolerance_is_taken(shop, clock):
    body = a_message()
    headers = shop.gateways["sandbox"].webhook_headers(body)
    clock.forward(seconds=300)

    delivered(shop, body, headers)

    assert inbox_states(shop) == ["received"]


def test_a_forged_or_changed_message_is_refused(shop):
    body = a_message()
    good = shop.gateways["sandbox"].webhook_headers(body)[SIGNATURE_HEADER]
    stamp = good.split(",")[0]
    foreign = hmac.new(b"guess", stamp[2:].encode() + b"." + body, hashlib.sha256).hexdigest()
    forgeries = [
        ("", body),
        (good + "," + good, body),
        (f"{good},v1={'0' * 64}", body),
        (good.upper(), body),
        (f"{stamp},v1={foreign}", body),
        (f"t=9{stamp[2:]},{good.split(',')[1]}", body),
        (good + "\n", body),
        (good, body + b" "),
        (good, orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2)),
    ]

    for signature, changed in forgeries:
        with pytest.raises(Unauthenticated):
            delivered(shop, changed, {SIGNATURE_HEADER: signature})

    assert inbox_states(shop) == []


def test_cash_and_strangers_send_no_messages(shop):
    for provider in ("cod", "nobody"):
        with pytest.raises(NotFound) as refusal:
            service.receive_webhook(shop, provider, {}, b"{}")
        assert refusal.value.code == "unknown_provider"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": "", "type": "x", "data": {}}', b"\xff"])
def test_a_signed_message_that_is_no_event_is_refused(shop, body):
    with pytest.raises(Invalid):
        delivered(shop, body)


def test_a_message_of_an_unknown_kind_is_kept_and_ignored(shop):
    delivered(shop, a_message(type="payout.sent"))

    service.process_inbox(shop, lambda _: None)

    assert inbox_states(shop) == ["ignored"]


@pytest.mark.parametrize(
    "lie",
    [
        {"amount": 100},
        {"currency": "USD"},
        {"receipt": "another"},
        {"payment_ref": "sbp_other"},
        {"intent_id": "sbi_unknown"},
        {"amount": "12950"},
        {"amount": 2**70},
    ],
)
def test_a_genuine_message_that_does_not_add_up_pays_nothing(shop, lie):
    payment = started(shop)
    result = paid_at_the_provider(shop, payment)
    truth = {
        "intent_id": payment["intent_id"],
        "payment_ref": result["payment_ref"],
        "amount": 12_950,
        "currency": "INR",
        "receipt": "order1",
    }
    data = {**truth, **lie}
    # Larger than orjson writes, as another provider's library might.
    body = (
        a_message(data=truth).replace(b"12950", str(data["amount"]).encode())
        if data["amount"] == 2**70
        else (a_message(data=data))
    )

    delivered(shop, body)
    service.process_inbox(shop, lambda _: pytest.fail("nothing may be applied"))

    assert inbox_states(shop) == ["quarantined"]
    assert len(quarantined(shop)) == 1
    assert stored(shop, payment["_id"])["captured"] == 0


def test_a_message_of_money_that_has_not_arrived_is_not_believed(shop):
    payment = started(shop)

    delivered(shop, a_message(data={"intent_id": payment["intent_id"], "amount": 12_950}))
    service.process_inbox(shop, lambda _: None)

    assert stored(shop, payment["_id"])["captured"] == 0
    assert quarantined(shop) == ["not_as_the_provider_says"]


def test_a_failure_that_arrives_after_the_capture_changes_nothing(shop):
    payment = started(shop)
    confirmed(shop, payment, paid_at_the_provider(shop, payment))

    delivered(shop, a_message(type="payment.failed", data={"intent_id": payment["intent_id"]}))
    service.process_inbox(shop, lambda _: None)

    assert stored(shop, payment["_id"])["status"] == "captured"


def test_a_failure_closes_the_attempt(shop):
    payment = started(shop)
    paid_at_the_provider(shop, payment, "failure")

    for body in messages(shop):
        delivered(shop, body)
    service.process_inbox(shop, lambda _: None)

    after = stored(shop, payment["_id"])
    assert (after["status"], after["open"]) == ("failed", False)


def test_what_the_order_could_not_take_is_handed_to_it_again(shop, clock):
    payment = started(shop)
    paid_at_the_provider(shop, payment)
    for body in messages(shop):
        delivered(shop, body)
    applied: list[Any] = []

    def broken(_):
        raise RuntimeError("the order is busy")

    service.process_inbox(shop, broken)
    service.process_inbox(shop, applied.append)
    assert applied == []  # not before its time
    clock.forward(seconds=10)
    service.process_inbox(shop, applied.append)

    assert [row["_id"] for row in applied] == [payment["_id"]]
    assert inbox_states(shop) == ["done"]


def test_a_worker_that_died_leaves_its_message_to_the_next(shop, clock):
    payment = started(shop)
    paid_at_the_provider(shop, payment)
    for body in messages(shop):
        delivered(shop, body)
    store.claim_received(shop.db, shop.now(), clock.now().replace(minute=59), "the dead one", 1)
    applied: list[Any] = []

    service.process_inbox(shop, applied.append)
    assert applied == []
    clock.forward(hours=1)
    service.process_inbox(shop, applied.append)

    assert len(applied) == 1


def test_a_refund_message_confirms_a_refund_whose_answer_was_lost(shop):
    payment = started(shop)
    payment = confirmed(shop, payment, paid_at_the_provider(shop, payment))
    made = service.refund(without_provider(shop), payment["_id"], 5_000, "cancelled", key="a")
    shop.gateways["sandbox"].refund(payment_ref=payment["payment_ref"], amount=5_000, key=made["refund_id"])

    for body in messages(shop):
        delivered(shop, body)
    service.process_inbox(shop, lambda _: None)

    after = stored(shop, payment["_id"])
    assert (after["refunded"], after["refund_pending"]) == (5_000, 0)


# --- how the stand-in sends them -------------------------------------------------------------------------------


class Listener:
    """A web server on a free port that answers with `statuses`, one each, then 200."""

    def __init__(self, *statuses):
        self.heard: list[Any] = []
        outer, waiting = self, list(statuses)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append((dict(self.headers), body))
                self.send_response(waiting.pop(0) if waiting else 200)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def test_the_stand_in_sends_until_it_is_heard_and_then_stops(shop, clock):
    payment = started(shop)
    paid_at_the_provider(shop, payment)

    with Listener(500, 302) as listener:
        told = with_settings(shop, webhook_url=listener.url)
        for _ in range(5):
            service.send_sandbox_webhooks(told)
            clock.forward(seconds=5)

    assert len(listener.heard) == 3
    headers, body = listener.heard[-1]
    clock.forward(seconds=-15)
    delivered(shop, body, headers)  # what was sent is what is accepted
    assert inbox_states(shop) == ["received"]


def test_with_nobody_listening_the_message_waits(shop, clock):
    payment = started(shop)
    paid_at_the_provider(shop, payment)
    with Listener() as listener:
        closed = listener.url

    service.send_sandbox_webhooks(with_settings(shop, webhook_url=closed))

    row = shop.db.sandbox_webhooks.find_one()
    assert (row["state"], row["tries"]) == ("due", 1)
    assert row["due_at"] > clock.now()


def test_messages_that_are_no_news_are_settled_without_asking_the_provider(shop):
    payment = started(shop)
    confirmed(shop, payment, paid_at_the_provider(shop, payment))
    service.mark_applied(shop, payment["_id"])
    for body in messages(shop):
        delivered(shop, body)
    applied: list[Any] = []

    settled = service.process_inbox(without_provider(shop), applied.append)

    assert (settled, applied, inbox_states(shop)) == (1, [], ["done"])


@pytest.mark.parametrize("data", [[["intent_id", "sbi"]], {"intent_id": {"$gt": ""}}, {"amount": 1.0}])
def test_an_odd_message_holds_up_none_of_those_taken_with_it(shop, data):
    payment = started(shop)
    paid_at_the_provider(shop, payment)
    odd = orjson.loads(a_message())
    odd["data"] = data
    applied: list[Any] = []

    delivered(shop, orjson.dumps(odd))
    for body in messages(shop):
        delivered(shop, body)
    service.process_inbox(shop, applied.append)

    assert [row["captured"] for row in applied] == [12_950]
    assert sorted(inbox_states(shop)) == ["done", "quarantined"]


def test_a_message_that_kills_its_worker_costs_its_neighbours_one_try(shop, clock):
    deadly, neighbour = started(shop, "order1"), started(shop, "order2")
    for payment in (deadly, neighbour):
        paid_at_the_provider(shop, payment)
    for body in messages(shop):
        delivered(shop, body)
    applied: list[Any] = []

    class Killed(BaseException):
        pass

    def apply(payment):
        if payment["order_id"] == "order1":
            raise Killed
        applied.append(payment["order_id"])

    for _ in range(14):
        try:
            service.process_inbox(shop, apply)
        except Killed:
            pass
        clock.forward(minutes=10)

    assert set(applied) == {"order2"}
    assert shop.db.webhook_inbox.find_one({"state": "done"})["tries"] <= 2


def test_slow_messages_give_back_what_they_keep_waiting(shop, clock):
    for number in range(3):
        paid_at_the_provider(shop, started(shop, f"order{number}"))
    for body in messages(shop):
        delivered(shop, body)
    applied: list[Any] = []

    def slow(payment):
        applied.append(payment["order_id"])
        clock.forward(seconds=shop.settings.lease_seconds * 0.6)

    assert service.process_inbox(shop, slow, limit=3) == 1
    assert [row["tries"] for row in shop.db.webhook_inbox.find().sort("state", 1)] == [1, 0, 0]
    service.process_inbox(shop, slow)
    service.process_inbox(shop, slow)

    assert sorted(applied) == ["order0", "order1", "order2"]
