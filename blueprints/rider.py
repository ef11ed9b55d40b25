"""The rider's app: duty, positions, offers, the delivery on his hands, the way and the pay."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, request
from marshmallow import ValidationError, fields, validate, validates_schema

from blueprints import paging, streams
from blueprints.api import Blueprint
from blueprints.order_views import OrderAddressSchema
from blueprints.schemas import (
    Degrees,
    Flag,
    MoneySchema,
    PageQuery,
    PointSchema,
    QuerySchema,
    Schema,
    Text,
    page_of,
)
from blueprints.security import allow, current_actor, current_shop
from shopsmart.dispatch import offers, riders, service
from shopsmart.dispatch.model import DUTIES, OVER, STATES, Fix, step_for
from shopsmart.dispatch.proofs import MOST_PHOTO, Proof
from shopsmart.errors import ShopError
from shopsmart.geo import point
from shopsmart.infra.clock import milliseconds
from shopsmart.money import money

blp = Blueprint("rider", __name__, description="The rider's app.")

MOST_FIXES = 100
_MOST_ENCODED = MOST_PHOTO * 4 // 3 + 100
_MOST_PROOF = 2 * _MOST_ENCODED  # two pictures in one body
MOST_ACCURACY_M = 100_000
# Conversions between zones fail at the calendar's ends.
SANE_TIMES = validate.Range(datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
# What a rider may ask for, by the job's action that it takes.
CALLS = {"load": "picked_up", "deliver": "delivered", "fail": "failed", "give_back": "give_back"}


@blp.before_request
def _room_for_pictures() -> None:
    if request.endpoint == "rider.delivered":
        request.max_content_length = _MOST_PROOF


class ShiftSchema(Schema):
    online = Flag(required=True)


class RiderShiftSchema(Schema):
    id = fields.String(required=True)
    started_at = fields.AwareDateTime(required=True)


class RiderSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    vehicle = fields.String(required=True)
    account = fields.String(required=True)
    duty = fields.String(required=True, validate=validate.OneOf(DUTIES))
    online = fields.Boolean(required=True)
    shift = fields.Nested(RiderShiftSchema, required=True, allow_none=True)
    location = fields.Nested(PointSchema, required=True, allow_none=True)
    location_at = fields.AwareDateTime(required=True, allow_none=True)


class FixSchema(Schema):
    location = fields.Nested(PointSchema, required=True)
    at = fields.AwareDateTime(
        validate=SANE_TIMES, metadata={"description": "When he was there; now by default."}
    )
    accuracy_m = Degrees(validate=validate.Range(0, MOST_ACCURACY_M))


class LocationsSchema(Schema):
    """One fix, or a batch of them in `fixes`."""

    location = fields.Nested(PointSchema)
    at = fields.AwareDateTime(
        validate=SANE_TIMES, metadata={"description": "When he was there; now by default."}
    )
    accuracy_m = Degrees(validate=validate.Range(0, MOST_ACCURACY_M))
    fixes = fields.List(fields.Nested(FixSchema), validate=validate.Length(min=1, max=MOST_FIXES))

    @validates_schema
    def one_or_many(self, data: dict[str, Any], **_: Any) -> None:
        if ("location" in data) == ("fixes" in data):
            raise ValidationError("Send either one location or fixes.", "location")
        if "fixes" in data and {"at", "accuracy_m"} & set(data):
            raise ValidationError("In a batch these belong into each fix.", "fixes")


class ReportedSchema(Schema):
    accepted = fields.Integer(required=True)
    ignored = fields.Integer(
        required=True, metadata={"description": "Too late, from the future, or too fast to be true."}
    )


class PickupSchema(Schema):
    location = fields.Nested(PointSchema, required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)


class RiderOfferSchema(Schema):
    id = fields.String(required=True)
    task_id = fields.String(required=True)
    order_id = fields.String(required=True)
    number = fields.String(required=True)
    state = fields.String(required=True)
    pay = fields.Nested(MoneySchema, required=True, metadata={"description": "Tip included."})
    tip = fields.Nested(MoneySchema, required=True)
    pickup = fields.Nested(PickupSchema, required=True)
    distance_m = fields.Integer(required=True, metadata={"description": "From him to the store."})
    eta_s = fields.Integer(required=True, metadata={"description": "From him to the store."})
    drop_area = fields.Nested(
        PointSchema, required=True, metadata={"description": "Roughly: the door is told to whoever accepts."}
    )
    drop_distance_m = fields.Integer(required=True, metadata={"description": "From the store to the door."})
    ready_at = fields.AwareDateTime(required=True)
    deadline = fields.AwareDateTime(required=True)
    seconds_left = fields.Integer(required=True)


class RiderOffersSchema(Schema):
    items = fields.List(fields.Nested(RiderOfferSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class RefuseSchema(Schema):
    reason = Text(most=200)


class TasksQuery(PageQuery):
    status = fields.String(load_default="active", validate=validate.OneOf(("active", "done")))


class DropSchema(Schema):
    location = fields.Nested(PointSchema, required=True)
    address = fields.Nested(OrderAddressSchema, required=True, allow_none=True)


class TaskSchema(Schema):
    id = fields.String(required=True)
    order_id = fields.String(required=True)
    number = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    order_status = fields.String(required=True)
    pickup = fields.Nested(PickupSchema, required=True)
    drop = fields.Nested(DropSchema, required=True)
    customer_name = fields.String(
        required=True, metadata={"description": "The first name; empty afterwards."}
    )
    note = fields.String(required=True)
    lines = fields.Integer(required=True)
    cash_to_collect = fields.Nested(MoneySchema, required=True)
    pay = fields.Nested(MoneySchema, required=True)
    tip = fields.Nested(MoneySchema, required=True)
    distance_m = fields.Integer(required=True)
    packed = fields.Boolean(required=True)
    ready_at = fields.AwareDateTime(required=True)
    attempts_left = fields.Integer(
        required=True, metadata={"description": "Tries left at the customer's code."}
    )
    milestones = fields.Dict(keys=fields.String(), values=fields.AwareDateTime(), required=True)
    allowed_actions = fields.List(fields.String(), required=True)


class DeliveredSchema(Schema):
    otp = fields.String(
        validate=validate.Regexp(r"^[0-9]{4,8}\Z"),
        metadata={"description": "The code that the customer shows.", "example": "4711"},
    )
    signature = fields.String(
        validate=validate.Length(min=1, max=_MOST_ENCODED),
        metadata={"description": "Instead of `otp`: a PNG of at most 60 KiB as base64, or as a data URL."},
    )
    photo = fields.String(
        validate=validate.Length(min=1, max=_MOST_ENCODED),
        metadata={"description": "A JPEG or PNG of at most 200 KiB as base64, or as a data URL."},
    )

    @validates_schema
    def one_proof(self, data: dict[str, Any], **_: Any) -> None:
        if ("otp" in data) == ("signature" in data):
            raise ValidationError("Give otp or signature.", "otp")


class ReasonSchema(Schema):
    reason = Text(most=200, required=True)


class StopSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(("pickup", "drop")))
    task_id = fields.String(required=True)
    location = fields.Nested(PointSchema, required=True)
    distance_m = fields.Integer(required=True, metadata={"description": "By road, from the stop before."})
    eta_s = fields.Integer(required=True)
    eta_at = fields.AwareDateTime(required=True)


class LineSchema(Schema):
    """A GeoJSON line."""

    type = fields.String(required=True, validate=validate.Equal("LineString"))
    coordinates = fields.List(
        fields.List(fields.Float(), validate=validate.Length(equal=2)),
        required=True,
        validate=validate.Length(min=2),
    )


class RouteSchema(Schema):
    stops = fields.List(fields.Nested(StopSchema), required=True)
    line = fields.Nested(LineSchema, required=True, allow_none=True)


class EarningsQuery(QuerySchema):
    from_ = fields.Date(data_key="from", metadata={"description": "A day of the city; today by default."})
    to = fields.Date(metadata={"description": "That day included."})


EarningsSchema = Schema.from_dict(
    {
        "from": fields.Date(required=True),
        "to": fields.Date(required=True),
        "deliveries": fields.Integer(required=True),
        "pay": fields.Nested(MoneySchema, required=True),
        "tips": fields.Nested(MoneySchema, required=True),
        "total": fields.Nested(MoneySchema, required=True),
        "cash_collected": fields.Nested(
            MoneySchema, required=True, metadata={"description": "The shop's money, to be handed in."}
        ),
    },
    name="EarningsSchema",
)


# --- duty and place ----------------------------------------------------------------------------------------------


@blp.get("/rider/me")
@blp.response(200, RiderSchema)
@allow("rider")
def me() -> dict[str, Any]:
    """The rider's own state"""
    return rider_view(riders.registered(current_shop(), current_actor().user_id))


@blp.post("/rider/shift")
@blp.arguments(ShiftSchema)
@blp.response(200, RiderSchema)
@allow("rider")
def shift(body: dict[str, Any]) -> dict[str, Any]:
    """Go on or off duty

    Offers come after the first position of the shift. 409 `task_open` while a delivery is open.
    """
    return rider_view(riders.set_shift(current_shop(), current_actor(), body["online"]))


@blp.post("/rider/locations")
@blp.arguments(LocationsSchema)
@blp.response(200, ReportedSchema)
@allow("rider")
def locations(body: dict[str, Any]) -> dict[str, Any]:
    """Report one position or a batch, on duty only"""
    given = body.get("fixes") or [body]
    fixes = [_fix(one) for one in given]
    return riders.report(current_shop(), current_actor(), fixes, lone="fixes" not in body)


@blp.get("/rider/events")
@blp.response(200, {"type": "string"}, content_type="text/event-stream")
@allow("rider")
def events() -> Response:
    """Offers and what becomes of his deliveries, as Server-Sent Events"""
    return streams.event_stream(f"rider:{current_actor().user_id}")


# --- offers ------------------------------------------------------------------------------------------------------


@blp.get("/rider/offers")
@blp.response(200, RiderOffersSchema)
@allow("rider")
def open_offers() -> dict[str, Any]:
    """What he is asked now"""
    found = offers.open_offers(current_shop(), current_actor())
    return {"items": [_offer_view(offer) for offer in found], "next": None}


@blp.post("/rider/offers/<offer_id>/accept")
@blp.response(200, TaskSchema)
@allow("rider")
def accept(offer_id: str) -> dict[str, Any]:
    """Take the delivery

    409 `offer_expired` when the time is over, `offer_withdrawn` when the order was cancelled.
    """
    return _task(offers.accept(current_shop(), current_actor(), offer_id))


@blp.post("/rider/offers/<offer_id>/reject")
@blp.arguments(RefuseSchema)
@blp.response(200, RiderOfferSchema)
@allow("rider")
def reject(body: dict[str, Any], offer_id: str) -> dict[str, Any]:
    """Let it pass; the next rider is asked at once"""
    return _offer_view(offers.decline(current_shop(), current_actor(), offer_id, body.get("reason")))


# --- the delivery ------------------------------------------------------------------------------------------------


@blp.get("/rider/tasks")
@blp.arguments(TasksQuery, location="query")
@blp.response(200, page_of(TaskSchema))
@allow("rider")
def tasks(query: dict[str, Any]) -> dict[str, Any]:
    """The delivery on his hands, or with `status=done` those behind him, newest first"""
    limit = query["limit"]
    found = service.tasks(
        current_shop(),
        current_actor(),
        done=query["status"] == "done",
        after=paging.key_of(query.get("cursor")),
        limit=limit + 1,
    )
    views = [task_view(job, order) for job, order in found[:limit]]
    return paging.page(views, views[-1]["id"] if len(found) > limit else None)


@blp.post("/rider/tasks/<task_id>/picked-up")
@blp.response(200, TaskSchema)
@allow("rider")
def picked_up(task_id: str) -> dict[str, Any]:
    """The bag is on the way; only once the store has packed it"""
    return _task(service.pick_up(current_shop(), current_actor(), task_id))


@blp.post("/rider/tasks/<task_id>/delivered")
@blp.arguments(DeliveredSchema)
@blp.response(200, TaskSchema)
@allow("rider")
def delivered(body: dict[str, Any], task_id: str) -> dict[str, Any]:
    """Handed over against the customer's one-time code, or his signature

    A signature is enough for a paid order up to a value: 409 `signature_not_enough` else. 422 `bad_image` for what
    is no such picture, `wrong_code` with `attempts_left`; after too many 409 `code_locked`, and only staff can help.
    """
    proof = Proof(body.get("otp"), body.get("signature"), body.get("photo"))
    return _task(service.deliver(current_shop(), current_actor(), task_id, proof))


@blp.post("/rider/tasks/<task_id>/failed")
@blp.arguments(ReasonSchema)
@blp.response(200, TaskSchema)
@allow("rider")
def failed(body: dict[str, Any], task_id: str) -> dict[str, Any]:
    """Nobody took it at the door"""
    return _task(service.fail(current_shop(), current_actor(), task_id, body["reason"]))


@blp.post("/rider/tasks/<task_id>/give-back")
@blp.arguments(ReasonSchema)
@blp.response(204)
@allow("rider")
def give_back(body: dict[str, Any], task_id: str) -> None:
    """He cannot fetch it; another rider is sought. Not once it is picked up"""
    service.give_back(current_shop(), current_actor(), task_id, body["reason"])


@blp.get("/rider/route")
@blp.response(200, RouteSchema)
@allow("rider")
def route() -> dict[str, Any]:
    """Where to go next, when he will be there, and the line to draw"""
    stops, points = service.route(current_shop(), current_actor())
    return {"stops": stops, "line": {"type": "LineString", "coordinates": points} if stops else None}


@blp.get("/rider/earnings")
@blp.arguments(EarningsQuery, location="query")
@blp.response(200, EarningsSchema)
@allow("rider")
def earnings(query: dict[str, Any]) -> dict[str, Any]:
    """Deliveries, pay, tips and cash taken, by days of the city; today by default"""
    shop = current_shop()
    earned = service.earnings(shop, current_actor(), query.get("from_"), query.get("to"))
    currency = shop.settings.currency
    return {
        "from": earned["from"].isoformat(),
        "to": earned["to"].isoformat(),
        "deliveries": earned["deliveries"],
        "pay": money(earned["pay"], currency),
        "tips": money(earned["tips"], currency),
        "total": money(earned["pay"] + earned["tips"], currency),
        "cash_collected": money(earned["cash"], currency),
    }


# --- views -------------------------------------------------------------------------------------------------------


def rider_view(rider: Mapping[str, Any]) -> dict[str, Any]:
    on_duty = rider["duty"] == "on_duty"
    return {
        "id": rider["_id"],
        "name": rider["name"],
        "vehicle": rider["vehicle"],
        "account": rider["account"],
        "duty": rider["duty"],
        "online": on_duty,
        "shift": {"id": rider["shift_id"], "started_at": rider["shift_from"]} if on_duty else None,
        "location": rider["position"],
        "location_at": rider["position_at"],
    }


def task_view(job: Mapping[str, Any], order: Mapping[str, Any]) -> dict[str, Any]:
    """The job as its rider sees it: never the customer's code, and no longer who and where once it is over."""
    shop = current_shop()
    over = job["state"] in OVER
    currency = order["currency"]
    left = max(0, shop.settings.delivery_code_tries - job["code_tries"])
    return {
        "id": job["_id"],
        "order_id": job["order_id"],
        "number": job["number"],
        "state": job["state"],
        "order_status": order["status"],
        "pickup": job["pickup"],
        "drop": {"location": job["drop"]["location"], "address": None if over else job["drop"]["address"]},
        "customer_name": "" if over else order["customer"]["name"].split(" ")[0],
        "note": "" if over else order["note"],
        "lines": sum(line["fulfilment_id"] == job["fulfilment_id"] for line in order["lines"]),
        "cash_to_collect": money(0 if over else service.cash_of(order), currency),
        "pay": money(job["pay"], currency),
        "tip": money(job["tip"], currency),
        "distance_m": job["distance_m"],
        "packed": job["packed_at"] is not None,
        "ready_at": job["ready_at"],
        "attempts_left": left,
        "milestones": job["milestones"],
        "allowed_actions": [
            name for action, name in CALLS.items() if _may(job, action) and (action != "deliver" or left)
        ],
    }


def _may(job: Mapping[str, Any], action: str) -> bool:
    try:
        step_for(job["state"], action, ["rider"])
    except ShopError:
        return False
    return action != "load" or job["packed_at"] is not None


def _task(job: dict[str, Any]) -> dict[str, Any]:
    ((found, order),) = service.with_orders(current_shop(), [job])
    return task_view(found, order)


def _offer_view(offer: Mapping[str, Any]) -> dict[str, Any]:
    shop = current_shop()
    left = (offer["deadline"] - shop.now()).total_seconds() if offer.get("open") else 0
    currency = shop.settings.currency
    facts = (
        *("order_id", "number", "state", "pickup", "distance_m", "eta_s"),
        *("drop_area", "drop_distance_m", "ready_at", "deadline"),
    )
    return {
        "id": offer["_id"],
        "task_id": offer["job_id"],
        **{name: offer[name] for name in facts},
        "pay": money(offer["pay"] + offer["tip"], currency),
        "tip": money(offer["tip"], currency),
        "seconds_left": max(0, int(left)),
    }


def _fix(given: Mapping[str, Any]) -> Fix:
    shop = current_shop()
    lng, lat = given["location"]["coordinates"]
    at = milliseconds(given["at"].astimezone(UTC)) if "at" in given else shop.now()
    return Fix(point(lng, lat, shop.settings.region), at, given.get("accuracy_m"))
