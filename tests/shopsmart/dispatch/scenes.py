"""What dispatch's tests start from: orders that a store has, riders on the road."""

from datetime import timedelta
from typing import Any

from shopsmart.context import Shop
from shopsmart.dispatch import offers, riders, service
from shopsmart.dispatch.model import Fix, job_id
from shopsmart.geo import Point
from shopsmart.identity.model import Actor
from shopsmart.orders import moves, store
from tests.makers import PATIA

CODE = "4711"
STORE_ID = "patia"
DOOR: Point = {"type": "Point", "coordinates": [85.8260, 20.3600]}  # about a kilometre from PATIA
_STAFF = frozenset({"admin", "super_admin"})


def away(metres: int, place: Point = PATIA) -> Point:
    """A point so many metres north of `place`."""
    lng, lat = place["coordinates"]
    return {"type": "Point", "coordinates": [lng, lat + metres / 111_195]}


def an_order(
    shop: Shop, state: str = "accepted", *, provider: str = "cod", mode: str = "instant", tip: int = 0
) -> dict[str, Any]:
    """An order that a store has accepted, taken on to `state`."""
    now, order_id = shop.now(), shop.new_id()
    bill = {
        "items": 10_000,
        "savings": 0,
        "delivery_fee": 2_500,
        "handling_fee": 500,
        "tip": tip,
        "discount": 0,
        "tax_included": 476,
        "total": 13_000 + tip,
    }
    place = {"id": STORE_ID, "name": "Patia", "address": "Plot 12", "location": PATIA, "distance_m": 988}
    part = {
        "id": "f1",
        "state": "accepted",
        "store_id": STORE_ID,
        "store": place,
        "rider": None,
        "milestones": {"accepted_at": now},
    }
    line = {
        "id": "l1",
        "fulfilment_id": "f1",
        "sku": "MILK",
        "name": {"en": "Milk"},
        "quantity": 2,
        "unit_price": 5_000,
        "mrp": 5_000,
        "tax_rate": 5,
        "picked": 2,
        "bin": "A1",
        "image": None,
    }
    order = {
        "_id": order_id,
        "number": order_id[-9:],
        "customer_id": "asha",
        "customer": {"name": "Asha Das", "phone": "+919937000001"},
        "status": "accepted",
        "mode": mode,
        "location": DOOR,
        "address": {"label": "Home", "text": "Lane 4", "unit": "2B", "door_note": None},
        "note": "Mind the dog.",
        "substitution": {"policy": "refund"},
        "lines": [line],
        "fulfilments": [part],
        "totals": bill,
        "ordered_totals": bill,
        "currency": "INR",
        "payment": {
            "provider": provider,
            "status": "cod_due" if provider == "cod" else "captured",
            "payment_id": None,
            "captured": 0,
            "refunded": 0,
        },
        "promise": {"seconds": 900, "at": now + timedelta(seconds=900)},
        "hold_until": None,
        "delivery_code": CODE,
        "from_cart": False,
        "quote_id": None,
        "routing": [],
        "milestones": {},
        "flags": [],
        "effects": [],
        "history": [],
        "outbox": [],
        "end_reason": None,
        "rating": None,
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }
    store.begin(shop.db, order)
    return pack(shop, order_id) if state == "packed" else order


def act(shop: Shop, order_id: str, action: str) -> dict[str, Any]:
    """Staff take `action` on the order; dispatch has not heard of it yet."""
    order: dict[str, Any] = moves.act(
        shop, order_id, action, roles=_STAFF, actor_id="staff", fulfilment_id="f1", reason="test"
    )
    return order


def pack(shop: Shop, order_id: str) -> dict[str, Any]:
    act(shop, order_id, "start_picking")
    return act(shop, order_id, "pack")


def hear(shop: Shop, order: dict[str, Any]) -> None:
    """Dispatch hears that something happened to the order."""
    service.order_event(
        shop,
        {
            "id": shop.new_id(),
            "type": "order.something",
            "aggregate": f"order:{order['_id']}",
            "seq": 1,
            "at": shop.now(),
            "channels": [],
            "data": {"order_id": order["_id"]},
        },
    )


def a_task(shop: Shop, state: str = "accepted", **facts: Any) -> str:
    """The id of a job for a new order that dispatch has heard of."""
    order = an_order(shop, state, **facts)
    hear(shop, order)
    return job_id(order["_id"], "f1")


def a_rider_known(shop: Shop, rider_id: str = "rider1") -> Actor:
    """A registered rider, off duty."""
    user = {"_id": rider_id, "name": f"Ravi {rider_id}", "phone": "+919937000002", "roles": ["rider"]}
    riders.register_rider(shop, user, "scooter", PATIA)
    return Actor(rider_id, frozenset({"rider"}))


def a_rider_at(shop: Shop, metres: int = 100, rider_id: str = "rider1") -> Actor:
    """A rider on duty, so many metres from the store."""
    actor = a_rider_known(shop, rider_id)
    riders.set_shift(shop, actor, True)
    riders.report(shop, actor, [Fix(away(metres), shop.now())], lone=True)
    return actor


def a_carrier(shop: Shop, rider_id: str = "rider1", **facts: Any) -> tuple[Actor, str]:
    """A rider who carries a packed order, and his task."""
    actor = a_rider_at(shop, rider_id=rider_id)
    task = a_task(shop, "packed", **facts)
    offers.accept(shop, actor, asked(shop, actor))
    service.pick_up(shop, actor, task)
    return actor, task


def asked(shop: Shop, actor: Actor) -> str:
    """The id of the one offer that the rider has before him."""
    (offer,) = offers.open_offers(shop, actor)
    return str(offer["_id"])


def offer_of(shop: Shop, offer_id: str) -> dict[str, Any]:
    found = shop.db.offers.find_one({"_id": offer_id})
    assert found is not None
    return found


def job_of(shop: Shop, task: str) -> dict[str, Any]:
    found = shop.db.delivery_jobs.find_one({"_id": task})
    assert found is not None
    return found


def order_of(shop: Shop, task: str) -> dict[str, Any]:
    found = store.get(shop.db, task.split(".")[0])
    assert found is not None
    return found


def rider_of(shop: Shop, task: str) -> str | None:
    """Who brings the order, as its customer sees it."""
    rider = order_of(shop, task)["fulfilments"][0]["rider"]
    return rider and rider["id"]


def event_types(shop: Shop, task: str) -> list[str]:
    return [event["type"] for event in job_of(shop, task)["outbox"]]
