"""`shopsmart demo`: one order from the map to the door, driven through the HTTP API as four people.

It knows the demo logins and the published API, nothing else.
"""

import json
import queue
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

PASSWORD = "shopsmart-demo-1"
DOMAIN = "demo.shopsmart.local"
_WAIT_SECONDS = 60.0


class DemoFailed(Exception):
    """A step did not go as it must; the message says which."""


@dataclass
class Person:
    """Somebody signed in over HTTP with a bearer token."""

    base: str
    login: str
    http: requests.Session = field(default_factory=requests.Session)

    def sign_in(self) -> "Person":
        answer = self.post(
            "/auth/login",
            {"email": f"{self.login}@{DOMAIN}", "password": PASSWORD, "token_mode": "bearer"},
        )
        self.http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        return self

    def get(self, path: str, **query: Any) -> Any:
        return self._call("GET", path, params=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._call("POST", path, json={} if body is None else body, headers=named)

    def put(self, path: str, body: Any) -> Any:
        return self._call("PUT", path, json=body)

    def _call(self, method: str, path: str, **options: Any) -> Any:
        answer = self.http.request(method, f"{self.base}/api/v1{path}", timeout=15, **options)
        if not answer.ok:
            raise DemoFailed(
                f"{self.login}: {method} {path} answered {answer.status_code}: {answer.text[:400]}"
            )
        kind = answer.headers.get("Content-Type", "")
        return answer.json() if "json" in kind else answer.content

    def events(self, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Server-Sent Events of `path`: (type, data)."""
        with self.http.get(f"{self.base}/api/v1{path}", stream=True, timeout=(5, 60)) as answer:
            if not answer.ok:
                raise DemoFailed(f"{self.login}: stream {path} answered {answer.status_code}")
            type_ = ""
            for raw in answer.iter_lines():
                line = raw.decode()
                if line.startswith("event: "):
                    type_ = line[7:]
                elif line.startswith("data: "):
                    yield type_, json.loads(line[6:])


class Timeline:
    """Prints each milestone with the time since the order was placed."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def say(self, who: str, what: str) -> None:
        print(f"{time.monotonic() - self.began:7.2f} s  {who:<9} {what}", flush=True)


def main(base_url: str) -> int:
    """Run the demo against `base_url`; 0 when the order arrived and every step went well."""
    try:
        _run(base_url.rstrip("/"))
    except DemoFailed as failure:
        print(f"\nThe demo failed. {failure}", file=sys.stderr)
        return 1
    except requests.RequestException as failure:
        print(f"\nNo ShopSmart answers at {base_url}: {failure}", file=sys.stderr)
        return 1
    return 0


def _run(base: str) -> None:
    line = Timeline()
    admin = Person(base, "admin").sign_in()
    stores = admin.get("/admin/stores", limit=100)["items"]
    line.say("admin", f"sees {len(stores)} dark stores on the map")
    customer = Person(base, "customer").sign_in()
    manager = Person(base, "store").sign_in()

    place = _home(customer)
    lng, lat = place["coordinates"]
    where = customer.get("/serviceability", lat=lat, lng=lng)
    if not where["serviceable"]:
        raise DemoFailed(f"nobody serves the demo address: {where.get('reason')}")
    store = where["store"]
    line.say(
        "customer",
        f"is served by {store['name']}, {store['distance_m']} m away, in {store['eta_s'] // 60} min",
    )
    order = _order(line, customer, place)
    follower = _follow(line, customer, order["id"])
    _pay(line, customer, order)
    _pack(line, manager, order["id"])
    _deliver(line, base, customer, order["id"], store_id=order["store"]["id"], door=place)
    follower.wait_for("delivered")
    _look_back(line, customer, admin, order["id"])


def _home(customer: Person) -> dict[str, Any]:
    addresses = customer.get("/me/addresses")["items"]
    if not addresses:
        raise DemoFailed("the demo customer has no address")
    place: dict[str, Any] = addresses[0]["location"]
    return place


def _order(line: Timeline, customer: Person, place: dict[str, Any]) -> dict[str, Any]:
    lng, lat = place["coordinates"]
    found = customer.get("/products", lat=lat, lng=lng, q="milk", in_stock="true", limit=5)["items"]
    more = customer.get("/products", lat=lat, lng=lng, in_stock="true", limit=40)["items"]
    skus = list(dict.fromkeys(item["sku"] for item in [*found[:1], *more[10:12]]))
    line.say("customer", f"searches for milk ({len(found)} found) and fills the cart with {len(skus)} items")
    for sku in skus:
        customer.put(f"/cart/items/{sku}", {"quantity": 1})
    option = customer.post("/cart/quote", {"location": place, "mode": "instant"})
    chosen = option["options"][0]
    line.say("customer", f"is quoted {_rupees(chosen['totals']['total'])}, {chosen['eta_s'] // 60} min")
    line.began = time.monotonic()
    order: dict[str, Any] = customer.post(
        "/orders",
        {"quote_id": option["quote_id"], "payment": {"provider": "sandbox"}},
        Idempotency_Key=str(uuid.uuid4()),
    )
    line.say("customer", f"orders: number {order['number']}, stock is held until paid")
    return order


def _pay(line: Timeline, customer: Person, order: dict[str, Any]) -> None:
    intent = customer.post(
        f"/orders/{order['id']}/payments", {"provider": "sandbox"}, Idempotency_Key=str(uuid.uuid4())
    )
    signed = customer.post(
        f"/sandbox/intents/{intent['intent_id']}/pay", {"client_secret": intent["client_secret"]}
    )
    paid = customer.post(
        f"/orders/{order['id']}/payments/confirm",
        {
            "payment_id": intent["payment_id"],
            "payment_ref": signed["payment_ref"],
            "signature": signed["signature"],
        },
    )
    _must(paid["status"] == "placed", f"after paying the order is {paid['status']}")
    line.say("customer", f"pays {_rupees(intent['amount'])}")


def _pack(line: Timeline, manager: Person, order_id: str) -> None:
    queue_ = _until(
        lambda: [one for one in manager.get("/store/orders", limit=100)["items"] if one["id"] == order_id],
        "the order never reached the store's queue",
    )
    line.say("store", f"sees the order in its queue, {len(queue_[0]['lines'])} lines")
    manager.post(f"/store/orders/{order_id}/accept")
    for order_line in queue_[0]["lines"]:
        manager.post(
            f"/store/orders/{order_id}/pick", {"line": order_line["id"], "picked": order_line["quantity"]}
        )
    manager.post(f"/store/orders/{order_id}/pack")
    slip = manager.get(f"/store/orders/{order_id}/packing-slip")
    _must(slip[:5] == b"%PDF-", "the packing slip is no PDF")
    line.say("store", f"packed it and printed the slip ({len(slip)} bytes)")


def _deliver(
    line: Timeline, base: str, customer: Person, order_id: str, store_id: str, door: dict[str, Any]
) -> None:
    rider = _free_rider(base)
    at_store = customer.get(f"/orders/{order_id}")["store"]["location"]
    rider.post("/rider/shift", {"online": True})
    rider.post("/rider/locations", {"location": at_store})
    line.say("rider", f"{rider.login} is on duty near the store")

    def offer_or_task() -> list[Any]:
        offers = [one for one in rider.get("/rider/offers")["items"] if one["order_id"] == order_id]
        return offers or []

    offer = _until(offer_or_task, "no rider was offered the order")[0]
    line.say("rider", f"is offered the drop for {_rupees(offer['pay'])}")
    task = rider.post(f"/rider/offers/{offer['id']}/accept")
    task_id = task.get("task_id") or task["id"]
    rider.post(f"/rider/tasks/{task_id}/picked-up")
    for step in (1, 2, 3):
        time.sleep(3.2)
        rider.post("/rider/locations", {"location": _between(at_store, door, step / 3)})
    code = customer.get(f"/orders/{order_id}")["delivery_code"]
    rider.post(f"/rider/tasks/{task_id}/delivered", {"otp": code})
    line.say("rider", "is at the door, and the customer's code is right")
    rider.post("/rider/shift", {"online": False})


def _free_rider(base: str) -> Person:
    for login in ("rider", "rider2"):
        rider = Person(base, login).sign_in()
        if not rider.get("/rider/tasks")["items"]:
            return rider
    raise DemoFailed("both demo riders still carry an order; finish it first")


class _Follower:
    """Listens to the order's stream in the background, as the customer's phone does."""

    def __init__(self) -> None:
        self.statuses: queue.Queue[str] = queue.Queue()

    def wait_for(self, status: str) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            try:
                if self.statuses.get(timeout=1) == status:
                    return
            except queue.Empty:
                continue
        raise DemoFailed(f"the customer's stream never said {status!r}")


def _follow(line: Timeline, customer: Person, order_id: str) -> _Follower:
    follower = _Follower()
    phone = Person(customer.base, customer.login)
    phone.http.headers.update(customer.http.headers)

    def listen() -> None:
        try:
            for type_, data in phone.events(f"/orders/{order_id}/events"):
                if type_ == "rider.position":
                    line.say(
                        "  stream", f"rider at {data['location']['coordinates']}, {data['eta_s']} s to go"
                    )
                elif type_.startswith("order.") and type_ != "order.line_picked":
                    line.say("  stream", f"order is {data['status'].replace('_', ' ')} ({type_})")
                    follower.statuses.put(data["status"])
        except (requests.RequestException, DemoFailed) as failure:
            line.say("  stream", f"lost: {failure}")

    threading.Thread(target=listen, daemon=True).start()
    return follower


def _look_back(line: Timeline, customer: Person, admin: Person, order_id: str) -> None:
    order = customer.get(f"/orders/{order_id}")
    _must(order["status"] == "delivered", f"the order is {order['status']}, not delivered")
    _must(order["payment"]["status"] in {"captured", "partially_refunded"}, "the money did not arrive")
    rated = customer.post(f"/orders/{order_id}/rating", {"store": 5, "rider": 5, "comment": "Quick!"})
    _must(rated["rating"]["store"] == 5, "the rating was not kept")
    routing = admin.get(f"/admin/orders/{order_id}/routing")["candidates"]
    _must(any(row["verdict"] == "chosen" for row in routing), "nobody knows why this store")
    print("\nMilestones of order", order["number"])
    for name, at in sorted(order["milestones"].items(), key=lambda item: item[1]):
        print(f"  {at}  {name.removesuffix('_at').replace('_', ' ')}")
    line.say("admin", "sees it delivered, and why this store was chosen")


def _between(a: dict[str, Any], b: dict[str, Any], share: float) -> dict[str, Any]:
    (lng_a, lat_a), (lng_b, lat_b) = a["coordinates"], b["coordinates"]
    return {
        "type": "Point",
        "coordinates": [round(lng_a + (lng_b - lng_a) * share, 6), round(lat_a + (lat_b - lat_a) * share, 6)],
    }


def _until(look: Callable[[], list[Any]], failure: str) -> list[Any]:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise DemoFailed(failure)


def _must(holds: bool, failure: str) -> None:
    if not holds:
        raise DemoFailed(failure)


def _rupees(amount: dict[str, Any]) -> str:
    return f"₹{amount['amount'] / 100:.2f}"
