"""The rider's app over HTTP: what he is told, what he may do, what is refused."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from shopsmart.dispatch import riders, service
from shopsmart.infra import outbox
from tests.makers import PATIA, a_customer, a_manager, a_rider, actor, an_admin, bearer, with_settings
from tests.shopsmart.dispatch.scenes import (
    CODE,
    a_rider_at,
    a_task,
    act,
    an_order,
    away,
    hear,
    job_of,
    order_of,
    pack,
)

API = "/api/v1"


class Phone:
    """A rider's app: calls as him."""

    def __init__(self, client: Any, headers: dict[str, str], user: dict[str, Any]):
        self.client, self.headers, self.user = client, headers, user

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(API + path, query_string=query, headers=self.headers)

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(API + path, json={} if body is None else body, headers=self.headers)

    def patch(self, path: str, body: Any) -> Any:
        return self.client.patch(API + path, json=body, headers=self.headers)


def a_phone(app: Any, shop: Any, client: Any, user: dict[str, Any]) -> Phone:
    return Phone(client, bearer(app, shop, user), user)


@pytest.fixture
def phone(app, shop, client):
    """A registered rider's phone, off duty."""
    user = a_rider(shop, name="Ravi Behera", phone="+919937000003")
    riders.register_rider(shop, user, "e_bike", PATIA)
    return a_phone(app, shop, client, user)


@pytest.fixture
def staff(app, shop, client):
    return a_phone(app, shop, client, an_admin(shop))


def on_duty(phone: Phone) -> None:
    phone.post("/rider/shift", {"online": True})
    assert phone.post("/rider/locations", {"location": away(150)}).json == {"accepted": 1, "ignored": 0}


def assigned(shop: Any, phone: Phone, state: str = "packed", **facts: Any) -> str:
    on_duty(phone)
    a_task(shop, state, **facts)
    (offer,) = phone.get("/rider/offers").json["items"]
    return str(phone.post(f"/rider/offers/{offer['id']}/accept").json["id"])


def test_a_delivery_from_the_shift_to_the_pay(shop, phone, clock):
    on_duty(phone)
    task_id = a_task(shop, tip=1_000)
    (offer,) = phone.get("/rider/offers").json["items"]
    assert offer["task_id"] == task_id
    assert offer["pay"] == {"amount": 4_567, "currency": "INR"}
    assert offer["seconds_left"] == shop.settings.offer_seconds
    assert "door" not in json.dumps(offer).lower()

    task = phone.post(f"/rider/offers/{offer['id']}/accept").json
    assert task["id"] == task_id
    assert task["customer_name"] == "Asha"
    assert task["cash_to_collect"]["amount"] == 14_000
    assert task["lines"] == 1
    assert task["allowed_actions"] == ["give_back"]
    hear(shop, pack(shop, task["order_id"]))
    assert phone.get("/rider/tasks").json["items"][0]["allowed_actions"] == ["picked_up", "give_back"]

    assert phone.post(f"/rider/tasks/{task_id}/picked-up").json["state"] == "loaded"
    clock.forward(minutes=4)
    assert phone.post("/rider/locations", {"location": away(600)}).status_code == 200
    assert [stop["kind"] for stop in phone.get("/rider/route").json["stops"]] == ["drop"]
    answer = phone.post(f"/rider/tasks/{task_id}/delivered", {"otp": CODE})

    assert (answer.status_code, answer.json["state"]) == (200, "done")
    assert phone.get("/rider/tasks").json["items"] == []
    (past,) = phone.get("/rider/tasks", status="done").json["items"]
    assert (past["customer_name"], past["note"], past["drop"]["address"]) == ("", "", None)
    earned = phone.get("/rider/earnings").json
    assert earned["from"] == earned["to"] == "2026-11-20"
    assert (earned["deliveries"], earned["total"]["amount"]) == (1, 4_567)
    assert earned["cash_collected"]["amount"] == 14_000
    assert phone.post("/rider/shift", {"online": False}).json["online"] is False


def test_a_rider_never_sees_the_customers_code(shop, phone):
    task_id = assigned(shop, phone)
    shop.db.orders.update_one({}, {"$set": {"delivery_code": "918273"}})

    answers = [
        phone.get("/rider/tasks"),
        phone.get("/rider/route"),
        phone.post(f"/rider/tasks/{task_id}/picked-up"),
        phone.post(f"/rider/tasks/{task_id}/delivered", {"otp": "0000"}),
        phone.get("/rider/tasks"),
    ]

    assert not any("918273" in answer.text for answer in answers)
    assert "918273" not in str(list(shop.db.delivery_jobs.find())) + str(list(shop.db.offers.find()))


def test_five_wrong_codes_lock_the_door_and_staff_open_it(shop, phone, staff):
    task_id = assigned(shop, phone)
    order_id = task_id.split(".")[0]
    phone.post(f"/rider/tasks/{task_id}/picked-up")

    wrong = [phone.post(f"/rider/tasks/{task_id}/delivered", {"otp": "0000"}) for _ in range(5)]
    locked = phone.post(f"/rider/tasks/{task_id}/delivered", {"otp": CODE})

    assert [answer.json["attempts_left"] for answer in wrong] == [4, 3, 2, 1, 0]
    assert {answer.status_code for answer in wrong} == {422}
    assert (locked.status_code, locked.json["code"]) == (409, "code_locked")
    assert phone.get("/rider/tasks").json["items"][0]["allowed_actions"] == ["failed"]
    refused = phone.post(f"/admin/orders/{order_id}/delivery-code", {"reason": "me"})
    assert refused.status_code == 403

    renewed = staff.post(f"/admin/orders/{order_id}/delivery-code", {"reason": "the customer called"})
    code = order_of(shop, task_id)["delivery_code"]
    assert renewed.json == {"order_id": order_id, "attempts_left": 5}
    assert phone.post(f"/rider/tasks/{task_id}/delivered", {"otp": code}).status_code == 200


def test_a_late_answer_is_told_so(shop, phone, clock):
    on_duty(phone)
    a_task(shop)
    (offer,) = phone.get("/rider/offers").json["items"]
    clock.forward(seconds=31)

    answer = phone.post(f"/rider/offers/{offer['id']}/accept")

    assert (answer.status_code, answer.json["code"]) == (409, "offer_expired")
    assert phone.get("/rider/offers").json["items"] == []


def test_refusing_and_giving_back_go_on_to_the_next_rider(shop, phone):
    task_id = assigned(shop, phone)
    other = a_rider_at(shop, 900, "other")

    assert phone.post(f"/rider/tasks/{task_id}/give-back", {"reason": "flat tyre"}).status_code == 204

    assert job_of(shop, task_id)["offer"]["rider_id"] == other.user_id
    assert phone.post(f"/rider/tasks/{task_id}/picked-up").status_code == 404


def test_other_peoples_offers_and_tasks_do_not_exist(app, shop, client, phone):
    task_id = assigned(shop, phone)
    user = a_rider(shop)
    riders.register_rider(shop, user, "scooter", PATIA)
    stranger = a_phone(app, shop, client, user)
    offer_id = shop.db.offers.find_one()["_id"]

    for path, body in (
        (f"/rider/offers/{offer_id}/accept", None),
        (f"/rider/offers/{offer_id}/reject", {}),
        ("/rider/offers/nothing/accept", None),
        (f"/rider/tasks/{task_id}/picked-up", None),
        (f"/rider/tasks/{task_id}/delivered", {"otp": CODE}),
        (f"/rider/tasks/{task_id}/failed", {"reason": "x"}),
        (f"/rider/tasks/{task_id}/give-back", {"reason": "x"}),
        ("/rider/tasks/nothing/picked-up", None),
    ):
        answer = stranger.post(path, body)
        assert (answer.status_code, answer.json["code"]) == (404, "not_found"), path
    assert stranger.get("/rider/tasks").json["items"] == []


@pytest.mark.parametrize("who", [a_customer, a_manager, an_admin])
def test_only_riders_ride(app, shop, client, who):
    somebody = a_phone(app, shop, client, who(shop))

    for path in ("me", "offers", "tasks", "route", "earnings", "events"):
        assert somebody.get(f"/rider/{path}").status_code == 403, path
    for path in ("shift", "locations", "offers/x/accept", "tasks/x/picked-up", "tasks/x/delivered"):
        assert somebody.post(f"/rider/{path}").status_code == 403, path


def test_a_rider_role_without_registration_is_told_what_is_missing(app, shop, client):
    unknown = a_phone(app, shop, client, a_rider(shop))

    answer = unknown.post("/rider/shift", {"online": True})

    assert (answer.status_code, answer.json["code"]) == (403, "rider_not_registered")


POINT = {"type": "Point", "coordinates": [85.819, 20.354]}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("shift", {}, 422, "validation_error"),
        ("shift", {"online": "yes"}, 422, "validation_error"),
        ("shift", {"online": 1}, 422, "validation_error"),
        ("shift", {"online": True, "rider_id": "x"}, 422, "validation_error"),
        ("locations", {}, 422, "validation_error"),
        ("locations", {"lat": 20.3, "lng": 85.8}, 422, "validation_error"),
        ("locations", {"location": POINT, "fixes": [{"location": POINT}]}, 422, "validation_error"),
        ("locations", {"fixes": []}, 422, "validation_error"),
        ("locations", {"fixes": [{"location": POINT}] * 101}, 422, "validation_error"),
        (
            "locations",
            {"fixes": [{"location": POINT}], "at": "2026-11-20T04:30:00Z"},
            422,
            "validation_error",
        ),
        (
            "locations",
            {"location": {"type": "Point", "coordinates": [20.354, 85.819]}},
            422,
            "coordinates_swapped",
        ),
        ("locations", {"location": {"type": "Point", "coordinates": [999, 0]}}, 422, "invalid_location"),
        ("locations", {"location": {"type": "Point", "coordinates": ["a", None]}}, 422, "validation_error"),
        ("locations", {"location": {"$ne": 1}}, 422, "validation_error"),
        ("locations", {"location": POINT, "at": "yesterday"}, 422, "validation_error"),
        ("locations", {"location": POINT, "at": "2026-11-20T04:30:00"}, 422, "validation_error"),
        ("locations", {"location": POINT, "at": "0001-01-01T00:00:00+14:00"}, 422, "validation_error"),
        ("locations", {"location": POINT, "at": "9999-12-31T23:59:59-14:00"}, 422, "validation_error"),
        ("locations", {"location": POINT, "at": "2026-11-20T09:00:00Z"}, 422, "position_in_future"),
        ("locations", {"location": POINT, "accuracy_m": -1}, 422, "validation_error"),
        (
            "locations",
            {"location": {"type": "Point", "coordinates": [86.9, 21.4]}},
            422,
            "implausible_position",
        ),
        ("tasks/x/delivered", {}, 422, "validation_error"),
        ("tasks/x/delivered", {"otp": 4711}, 422, "validation_error"),
        ("tasks/x/delivered", {"otp": "47 11"}, 422, "validation_error"),
        ("tasks/x/delivered", {"otp": {"$gt": ""}}, 422, "validation_error"),
        ("tasks/x/delivered", {"otp": "४७११"}, 422, "validation_error"),
        ("tasks/x/failed", {}, 422, "validation_error"),
        ("tasks/x/failed", {"reason": ""}, 422, "validation_error"),
        ("tasks/x/give-back", {"reason": "x" * 201}, 422, "validation_error"),
        ("offers/x/reject", {"reason": 5}, 422, "validation_error"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(shop, phone, clock, path, body, status, code):
    on_duty(phone)
    clock.forward(seconds=5)
    before = list(shop.db.riders.find()) + list(shop.db.positions.find())

    answer = phone.post(f"/rider/{path}", body)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert list(shop.db.riders.find()) + list(shop.db.positions.find()) == before


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"from": "2026-11-20", "to": "2026-11-19"},
        {"from": "2020-01-01"},
        {"since": "2026-11-20"},
    ],
)
def test_a_senseless_period_is_refused(phone, query):
    assert phone.get("/rider/earnings", **query).status_code == 422


def test_a_batch_of_fixes_is_counted(phone, clock):
    on_duty(phone)
    clock.forward(seconds=20)
    fixes = [
        {"location": away(200), "at": "2026-11-20T10:00:10+05:30", "accuracy_m": 12.5},
        {"location": away(250), "at": "2026-11-20T04:30:15Z"},
        {"location": away(90_000), "at": "2026-11-20T04:30:16Z"},
    ]

    assert phone.post("/rider/locations", {"fixes": fixes}).json == {"accepted": 2, "ignored": 1}
    me = phone.get("/rider/me").json
    assert me["location"] == away(250)
    assert me["location_at"].startswith("2026-11-20T04:30:15")


def test_off_duty_no_position_is_taken(phone):
    answer = phone.post("/rider/locations", {"location": POINT})

    assert (answer.status_code, answer.json["code"]) == (409, "off_duty")


def test_the_stream_tells_of_the_offer_and_nothing_of_others(app, shop, phone):
    on_duty(phone)
    a_rider_at(shop, 3_000, "other")
    a_task(shop)
    a_task(shop)
    outbox.relay(shop, ["delivery_jobs"], {})
    app.extensions["shopsmart"] = with_settings(shop, stream_seconds=0.05, stream_heartbeat_seconds=0.02)
    began = time.monotonic()

    text = phone.get("/rider/events").text

    assert time.monotonic() - began < 5
    assert text.count("event: delivery.offered") == 1
    assert "other" not in text


def test_past_tasks_come_page_by_page(shop, phone):
    done: list[str] = []
    for _ in range(3):
        task_id = assigned(shop, phone) if not done else _another(shop, phone)
        phone.post(f"/rider/tasks/{task_id}/picked-up")
        phone.post(f"/rider/tasks/{task_id}/delivered", {"otp": CODE})
        done.append(task_id)

    first = phone.get("/rider/tasks", status="done", limit=2).json
    second = phone.get("/rider/tasks", status="done", limit=2, cursor=first["next"]).json

    assert [task["id"] for task in first["items"] + second["items"]] == done[::-1]
    assert second["next"] is None
    assert phone.get("/rider/tasks", cursor="abc").status_code == 422


def _another(shop: Any, phone: Phone) -> str:
    a_task(shop, "packed")
    (offer,) = phone.get("/rider/offers").json["items"]
    return str(phone.post(f"/rider/offers/{offer['id']}/accept").json["id"])


# --- staff -------------------------------------------------------------------------------------------------------


def test_staff_enlist_see_and_suspend_riders(app, shop, client, staff):
    user = a_rider(shop)
    body = {"user_id": user["_id"], "vehicle": "bicycle", "home": POINT}

    assert staff.post("/admin/riders", body).status_code == 201
    assert staff.post("/admin/riders", {**body, "vehicle": "scooter"}).json["vehicle"] == "scooter"
    on_duty(a_phone(app, shop, client, user))
    (near,) = staff.get("/admin/riders", lat=20.354, lng=85.819, duty="on_duty").json["items"]
    assert near["id"] == user["_id"]
    suspended = staff.patch(f"/admin/riders/{user['_id']}", {"account": "suspended", "reason": "no licence"})

    assert (suspended.json["account"], suspended.json["online"]) == ("suspended", False)
    assert staff.get("/admin/riders", duty="on_duty").json["items"] == []
    assert shop.db.audit_log.count_documents({"subject": f"rider:{user['_id']}"}) == 3


def test_riders_are_listed_page_by_page_with_their_task(shop, phone, staff):
    task_id = assigned(shop, phone)
    for number in range(3):
        a_rider_at(shop, 100, f"~{number}")

    first = staff.get("/admin/riders", limit=3).json
    second = staff.get("/admin/riders", limit=3, cursor=first["next"]).json

    found = {rider["id"]: rider["task_id"] for rider in first["items"] + second["items"]}
    assert len(found) == 4
    assert found[phone.user["_id"]] == task_id


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"user_id": "nobody", "vehicle": "scooter"}, 404),
        ({"user_id": "x", "vehicle": "rocket"}, 422),
        ({"vehicle": "scooter"}, 422),
        ({"user_id": {"$ne": ""}, "vehicle": "scooter"}, 422),
    ],
)
def test_a_bad_rider_is_not_enlisted(shop, staff, body, status):
    assert staff.post("/admin/riders", body).status_code == status
    assert shop.db.riders.count_documents({}) == 0


def test_a_customer_is_not_made_a_rider(shop, staff):
    customer = a_customer(shop)

    answer = staff.post("/admin/riders", {"user_id": customer["_id"], "vehicle": "scooter"})

    assert (answer.status_code, answer.json["code"]) == (422, "not_a_rider")


def test_a_code_is_renewed_only_for_an_open_order(shop, staff):
    order = an_order(shop)
    act(shop, order["_id"], "cancel")

    path = f"/admin/orders/{order['_id']}/delivery-code"
    assert staff.post(path, {"reason": "x"}).json["code"] == "invalid_transition"
    assert staff.post("/admin/orders/nothing/delivery-code", {"reason": "x"}).status_code == 404
    assert staff.post(path, {}).status_code == 422


def test_a_carrier_cannot_be_suspended(shop, phone, staff):
    assigned(shop, phone)

    answer = staff.patch(
        f"/admin/riders/{phone.user['_id']}", {"account": "suspended", "reason": "complaint"}
    )

    assert (answer.status_code, answer.json["code"]) == (409, "task_open")


def test_a_silent_rider_is_taken_off_duty_and_told_by_his_next_position(shop, phone, clock):
    on_duty(phone)
    clock.forward(minutes=9)  # his session is still good
    shop.db.riders.update_one({}, {"$set": {"heard_at": shop.now() - timedelta(minutes=16)}})

    service.tick(shop)

    assert phone.post("/rider/locations", {"location": POINT}).json["code"] == "off_duty"
    assert actor(phone.user).user_id == phone.get("/rider/me").json["id"]
