"""One's own data over HTTP: by what to be told, everything at once, and to be forgotten."""

import json

import pytest

from shopsmart.errors import Unavailable
from shopsmart.identity import service as identity
from shopsmart.notifications import service as notifications
from shopsmart.orders import service
from shopsmart.orders import store as orders
from shopsmart.privacy import service as privacy
from shopsmart.search import store as searches
from tests.makers import PASSWORD, a_customer, a_manager, a_product, a_store, actor, an_admin, bearer

DOOR = {"type": "Point", "coordinates": [85.823, 20.357]}
SECRETS = (
    "Asha Devi Das",
    "asha.das@example.in",
    "+919437012345",
    "Lane 7 by the pond",
    "85.8231",
    "20.3571",
)


@pytest.fixture
def asha(app, shop):
    person = a_customer(shop, name=SECRETS[0], email=SECRETS[1], phone=SECRETS[2])
    where = {"type": "Point", "coordinates": [85.8231, 20.3571]}
    identity.add_address(shop, person["_id"], {"label": "Home", "text": SECRETS[3], "location": where})
    return person


@pytest.fixture
def headers(app, shop, asha):
    return bearer(app, shop, asha)


@pytest.fixture
def store(shop):
    return a_store(shop)


def ordered(shop, client, headers, store, asha, arrive=True):
    sku = a_product(shop, store)
    address = identity.addresses(shop, asha["_id"])[0]
    body = {
        "address_id": address["id"],
        "items": [{"sku": sku, "quantity": 1}],
        "payment": {"provider": "cod"},
        "note": "Ring at Asha Devi Das",
    }
    order = client.post("/api/v1/orders", json=body, headers={**headers, "Idempotency-Key": sku})
    assert order.status_code == 201, order.json
    if arrive:
        end(shop, order.json, store)
    return order.json


def end(shop, order, store):
    manager, boss = actor(a_manager(shop, store["_id"])), actor(an_admin(shop))
    service.store_acts(shop, manager, store["_id"], order["id"], "accept")
    service.pick_line(shop, manager, store["_id"], order["id"], order["lines"][0]["id"], 1)
    service.pack(shop, manager, store["_id"], order["id"])
    for status in ("out_for_delivery", "delivered"):
        service.set_status(shop, boss, order["id"], status, None)


def leave(client, headers, **proof):
    return client.delete("/api/v1/me", json=proof or {"password": PASSWORD}, headers=headers)


def test_the_export_has_everything_that_is_kept_about_me(shop, client, headers, store, asha):
    order = ordered(shop, client, headers, store, asha)
    client.post(f"/api/v1/orders/{order['id']}/rating", json={"store": 5, "comment": "Good"}, headers=headers)
    searches.remember_search(shop.db, asha["_id"], "milk", shop.now())

    answer = client.get("/api/v1/me/export", headers=headers)

    assert answer.status_code == 200
    told = answer.json
    assert told["profile"]["email"] == SECRETS[1]
    assert told["addresses"][0]["text"] == SECRETS[3]
    assert [one["id"] for one in told["orders"]] == [order["id"]]
    assert told["ratings"][0]["comment"] == "Good"
    assert told["payments"][0]["captured"] == order["totals"]["total"]
    assert told["invoices"][0]["total"] == order["totals"]["total"]
    assert told["searches"] == ["milk"]
    assert len(told["sessions"]) == 1
    assert "password" not in answer.text


def test_who_leaves_is_gone_and_the_orders_keep_their_amounts_and_taxes(
    shop, client, headers, store, asha, db
):
    order = ordered(shop, client, headers, store, asha)
    client.post(
        f"/api/v1/orders/{order['id']}/rating", json={"store": 4, "comment": SECRETS[0]}, headers=headers
    )
    before = orders.get(shop.db, order["id"])
    assert before
    searches.remember_search(shop.db, asha["_id"], SECRETS[0], shop.now())
    client.put("/api/v1/cart/items/" + before["lines"][0]["sku"], json={"quantity": 1}, headers=headers)

    assert leave(client, headers).status_code == 204

    kept = {name: list(db[name].find()) for name in db.list_collection_names()}
    for name, rows in kept.items():
        found = [secret for secret in SECRETS if secret in json.dumps(rows, default=str, ensure_ascii=False)]
        assert found == [], (name, found)
    after = orders.get(shop.db, order["id"])
    assert after
    for fact in ("totals", "lines", "status", "customer_id", "number", "version"):
        assert after[fact] == before[fact]
    assert after["rating"]["store"] == 4
    assert db.invoices.count_documents({}) == 1
    assert client.get("/api/v1/me", headers=headers).status_code == 401
    again = client.post(
        "/api/v1/auth/login", json={"email": SECRETS[1], "password": PASSWORD, "token_mode": "bearer"}
    )
    assert again.json["code"] == "wrong_credentials"
    assert a_customer(shop, email=SECRETS[1])["_id"] != asha["_id"]


def test_nobody_leaves_while_an_order_is_on_its_way(shop, client, headers, store, asha):
    ordered(shop, client, headers, store, asha, arrive=False)

    refused = leave(client, headers)

    assert (refused.status_code, refused.json["code"]) == (409, "order_on_its_way")
    assert client.get("/api/v1/me", headers=headers).status_code == 200


def test_an_order_that_came_in_at_that_very_moment_is_cleared_when_it_has_arrived(
    shop, client, headers, store, asha, clock
):
    order = ordered(shop, client, headers, store, asha, arrive=False)
    identity.erase(shop, asha["_id"])  # as if it had been placed after the look
    clock.forward(seconds=61)

    assert privacy.sweep(shop) == 0
    kept = orders.get(shop.db, order["id"])
    assert kept and kept["customer"]["name"] == SECRETS[0]
    end(shop, order, store)
    assert privacy.sweep(shop) == 1
    kept = orders.get(shop.db, order["id"])
    assert kept and kept["customer"] == {"name": "", "phone": None}
    assert privacy.sweep(shop) == 0


@pytest.mark.parametrize("proof", [{"password": "not the one"}, {"code": "123456"}])
def test_a_wrong_proof_deletes_nothing(client, headers, proof):
    refused = leave(client, headers, **proof)

    assert (refused.status_code, refused.json["code"]) == (403, "proof_wrong")
    assert client.get("/api/v1/me", headers=headers).status_code == 200


def test_who_signs_in_by_phone_leaves_by_a_code(client, texts, clock, db):
    client.post("/api/v1/auth/otp", json={"phone": SECRETS[2]})
    code = texts.sent[-1][1][:6]
    body = {"phone": SECRETS[2], "code": code, "name": "Asha", "token_mode": "bearer"}
    token = client.post("/api/v1/auth/otp/verify", json=body).json["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    clock.forward(seconds=31)
    client.post("/api/v1/auth/otp", json={"phone": SECRETS[2]})

    assert leave(client, headers, code=texts.sent[-1][1][:6]).status_code == 204
    assert db.users.find_one({"phone_key": SECRETS[2]}) is None


def test_staff_do_not_delete_themselves_and_nobody_revives_who_left(app, shop, client, headers, asha):
    boss = an_admin(shop)
    refused = leave(client, bearer(app, shop, boss))
    assert (refused.status_code, refused.json["code"]) == (409, "works_here")

    assert leave(client, headers).status_code == 204
    listed = client.get("/api/v1/admin/users", headers=bearer(app, shop, boss))
    assert "erased" in {one["status"] for one in listed.json["items"]}


def test_channels_are_kept_and_begin_sensibly(client, headers):
    first = client.get("/api/v1/me/notifications", headers=headers)
    put = client.put("/api/v1/me/notifications", json={"email": False, "sms": True}, headers=headers)

    assert first.json == {"email": True, "sms": False, "push": False}
    assert put.json == {"email": False, "sms": True, "push": False}
    assert client.get("/api/v1/me/notifications", headers=headers).json == put.json
    assert client.put("/api/v1/me/notifications", json={"email": 1}, headers=headers).status_code == 422


def events_of(shop, order):
    kept = orders.get(shop.db, order["id"])
    assert kept
    return {event["type"]: event for event in kept["outbox"]}


def test_only_mails_that_one_can_do_without_are_left_out(shop, client, headers, store, asha, mailbox):
    client.put("/api/v1/me/notifications", json={"email": False, "sms": False}, headers=headers)
    order = ordered(shop, client, headers, store, asha)
    told = events_of(shop, order)

    for name in ("order.placed", "order.out_for_delivery", "order.delivered"):
        notifications.send_order_mail(shop, told[name])

    assert len(mailbox.sent) == 1
    assert "placed" in mailbox.sent[0]["Subject"]


def test_text_messages_go_to_those_who_want_them_once(shop, client, headers, store, asha, texts):
    client.put("/api/v1/me/notifications", json={"email": True, "sms": True}, headers=headers)
    order = ordered(shop, client, headers, store, asha)
    told = events_of(shop, order)

    for _ in range(2):
        for event in told.values():
            notifications.send_order_text(shop, event)

    assert [phone for phone, _ in texts.sent] == [SECRETS[2]]  # on its way
    assert order["number"] in texts.sent[0][1]


def test_a_text_message_that_nobody_could_carry_is_tried_again(shop, client, headers, store, asha, texts):
    import dataclasses

    class Away:
        def send(self, phone, text):
            raise Unavailable(code="sms_unavailable")

    client.put("/api/v1/me/notifications", json={"email": True, "sms": True}, headers=headers)
    left = events_of(shop, ordered(shop, client, headers, store, asha))["order.out_for_delivery"]

    with pytest.raises(Unavailable):
        notifications.send_order_text(dataclasses.replace(shop, texter=Away()), left)
    notifications.send_order_text(shop, left)

    assert len(texts.sent) == 1


def test_without_the_wish_nothing_is_texted(shop, client, headers, store, asha, texts):
    left = events_of(shop, ordered(shop, client, headers, store, asha))["order.out_for_delivery"]

    notifications.send_order_text(shop, left)

    assert texts.sent == []
