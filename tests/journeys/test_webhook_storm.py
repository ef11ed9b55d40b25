"""Hundreds of a payment company's messages: late, repeated, forged, wrong, in any order, with the database away.

Every genuine payment has its effect once, and what lies in quarantine is exactly what was wrong.
"""

import dataclasses
import random
import threading
from collections import Counter
from typing import Any

import orjson
import pytest
from pymongo import MongoClient

from shopsmart import checker
from shopsmart.orders import placing, service
from shopsmart.orders.placing import Wish
from shopsmart.payments import service as payments
from tests.makers import a_customer, a_product, a_store, actor

ORDERS = 24
SIGNATURE = "X-Sandbox-Signature"


@pytest.fixture
def town(shop):
    """Orders paid at the provider, of which nobody here has heard yet: `{order_id: message}`."""
    store = a_store(shop)
    sku = a_product(shop, store, units=ORDERS)
    genuine = {}
    for number in range(ORDERS):
        customer = actor(a_customer(shop))
        wish = Wish(location=store["location"], items=[{"sku": sku, "quantity": 1}], provider="sandbox")
        order, _ = placing.place(shop, customer, f"k{number}", wish)
        payment = service.start_payment(shop, customer, order["_id"], "sandbox")
        payments.pay_in_sandbox(shop, payment["intent_id"], payment["client"]["client_secret"], "success")
    for row in shop.db.sandbox_webhooks.find():
        message = orjson.loads(row["body"])
        genuine[message["data"]["receipt"]] = message
    assert len(genuine) == ORDERS
    return genuine


def lies(genuine, chance):
    """Well-signed messages that are wrong, each about another payment."""
    wrong: list[dict[str, Any]] = [
        {"amount": 100},
        {"currency": "USD"},
        {"receipt": "another-order"},
        {"payment_ref": "sbp_other"},
        {"amount": "12950"},
        {"intent_id": "sbi_unknown"},
        {"intent_id": None},
    ]
    for number, (message, lie) in enumerate(
        zip(chance.sample(list(genuine.values()), len(wrong)), wrong, strict=True)
    ):
        yield {**message, "id": f"lie-{number}", "data": {**message["data"], **lie}}


def test_a_storm_of_messages_pays_each_order_once_and_quarantines_what_is_wrong(town, shop, app, clock):
    chance = random.Random(18)
    sign = shop.gateways["sandbox"].webhook_headers
    planted = list(lies(town, chance))
    unknown = [
        {**message, "id": f"odd-{i}", "type": "payout.sent"} for i, message in enumerate([*town.values()][:9])
    ]
    copies = [{**message, "id": f"copy-{i}-{n}"} for i, message in enumerate(town.values()) for n in range(3)]
    good = [*town.values(), *copies, *unknown, *planted]
    posts = [(body, sign(body)) for body in map(orjson.dumps, good * 2)]
    posts += [(body, {SIGNATURE: signature[SIGNATURE][:-1] + "x"}) for body, signature in posts[:40]]
    posts += [(body + b" ", signature) for body, signature in posts[:40]]
    chance.shuffle(posts)
    assert len(posts) > 250
    taken: Counter[int] = Counter()
    busy = {order_id for order_id in town if chance.random() < 0.3}
    lock = threading.Lock()

    def apply(payment):
        with lock:
            if payment["order_id"] in busy:
                busy.discard(payment["order_id"])
                raise RuntimeError("the order is busy")
        service.payment_captured(shop, payment)

    def post(body, headers):
        answer = app.test_client().post("/api/v1/webhooks/sandbox", data=body, headers=headers)
        taken[answer.status_code] += 1
        return answer.status_code

    away: Any = MongoClient("mongodb://127.0.0.1:9", serverSelectionTimeoutMS=20)["shopsmart"]
    for number, (body, headers) in enumerate(posts):
        if number == len(posts) // 2:
            app.extensions["shopsmart"] = dataclasses.replace(shop, db=away)
            assert post(*next(p for p in posts[number:] if p[1] == sign(p[0]))) == 503
            app.extensions["shopsmart"] = shop
        post(body, headers)
        if number % 60 == 59:
            at_once(lambda: payments.process_inbox(shop, apply, limit=40))
    for _ in range(6):
        clock.forward(minutes=2)
        payments.process_inbox(shop, apply)

    assert taken == {200: 2 * len(good), 401: 80, 503: 1}
    for order_id in town:
        order = shop.db.orders.find_one({"_id": order_id})
        assert order["status"] == "placed"
        assert [event["type"] for event in order["outbox"]].count("order.placed") == 1
        [payment] = shop.db.payments.find({"order_id": order_id})
        assert [event["kind"] for event in payment["events"]].count("captured") == 1
        assert (payment["captured"], payment["refunded"]) == (order["totals"]["total"], 0)
    states = Counter(row["state"] for row in shop.db.webhook_inbox.find())
    assert states == {"done": ORDERS * 4, "ignored": len(unknown), "quarantined": len(planted)}
    assert shop.db.payment_quarantine.count_documents({}) == len(planted)
    assert {row["_id"] for row in shop.db.webhook_inbox.find({"state": "quarantined"})} == {
        f"sandbox:{lie['id']}" for lie in planted
    }
    assert not busy
    assert [finding for finding in checker.run(shop) if finding.invariant in {"I2", "I7"}] == []


def at_once(work):
    """`work` in two threads, as two workers would."""
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
