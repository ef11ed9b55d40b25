"""A store's own settings: open or paused, hours, pickers, capacity."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from blueprints.api import Blueprint
from blueprints.freshness import shows_at_once
from blueprints.schemas import PointSchema, Schema, StoreQuery, Text, Whole
from blueprints.security import allow, current_actor, current_shop
from shopsmart.errors import Invalid
from shopsmart.stores import model, service

blp = Blueprint("store_settings", __name__, description="A store's own settings.")
shows_at_once(blp)

_HOURS = {
    "description": "Seven lists, Monday first, of [opens, closes] in the store's time zone. Closing may pass "
    "midnight; 00:00 to 24:00 is all day.",
    "example": [[["06:00", "23:00"]]] * 7,
}


def hours_field(**options: Any) -> fields.List:
    interval = fields.List(
        fields.String(validate=validate.Length(equal=5)), validate=validate.Length(equal=2)
    )
    day = fields.List(interval, validate=validate.Length(max=model.MOST_INTERVALS))
    return fields.List(day, validate=validate.Length(equal=7), metadata=_HOURS, **options)


class IfMatchHeader(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    if_match = fields.String(
        data_key="If-Match", metadata={"description": "The ETag of the version that the change is meant for."}
    )


ClosureSchema = Schema.from_dict(
    {
        "from": fields.AwareDateTime(required=True),
        "to": fields.AwareDateTime(required=True),
        "reason": Text(most=200, least=0, load_default=""),
    },
    name="ClosureSchema",
)


class StoreSettingsSchema(Schema):
    """What a manager may set. A mode other than `open` ends by itself."""

    mode = fields.String(validate=validate.OneOf(model.MODES))
    mode_until = fields.AwareDateTime(
        metadata={"description": "When the mode ends: within 24 hours; two hours from now by default."}
    )
    mode_reason = Text(most=200)
    hours = hours_field()
    closures = fields.List(fields.Nested(ClosureSchema), validate=validate.Length(max=model.MOST_CLOSURES))
    pickers_on_duty = Whole(least=0, most=model.MOST_PICKERS)
    capacity_per_10_min = Whole(least=1, most=model.MOST_CAPACITY)


class StoreSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    location = fields.Nested(PointSchema, required=True)
    timezone = fields.String(required=True)
    hours = hours_field(required=True)
    closures = fields.List(fields.Nested(ClosureSchema), required=True)
    status = fields.String(required=True, validate=validate.OneOf(model.STATUSES))
    mode = fields.String(required=True, validate=validate.OneOf(model.MODES))
    mode_until = fields.AwareDateTime(required=True, allow_none=True)
    mode_reason = fields.String(required=True)
    mode_automatic = fields.Boolean(
        required=True, metadata={"description": "Set by the load of orders, not by hand; ends by itself."}
    )
    open = fields.Boolean(required=True)
    open_reason = fields.String(
        required=True,
        metadata={"description": "`open`, `busy`, `paused`, `outside_hours`, `closure` or `closed`."},
    )
    opens_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When it next opens; null when open or unknown."},
    )
    pickers_on_duty = fields.Integer(required=True)
    capacity_per_10_min = fields.Integer(required=True)
    zone_id = fields.String(required=True)
    zone_version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    version = fields.Integer(required=True)


def store_view(store: model.Store) -> dict[str, Any]:
    now = current_shop().now()
    opened, reason, opens_at = model.is_open(store, now)
    view = {key: value for key, value in store.items() if key not in {"_id", "auto", "outbox"}}
    view |= model.mode_facts(store, now)
    return {"id": store["_id"], **view, "open": opened, "open_reason": reason, "opens_at": opens_at}


def etag(store: model.Store) -> dict[str, str]:
    return {"ETag": f'"{store["version"]}"'}


def wanted_version(headers: dict[str, Any]) -> int | None:
    """The version named by If-Match, None without one or with `*`. Raises Invalid."""
    text = headers.get("if_match", "*").strip()
    if text == "*":
        return None
    number = text.removeprefix("W/").strip('"')
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise Invalid("If-Match takes the ETag that the store was read with.", code="invalid_if_match")
    return int(number)


@blp.get("/store")
@blp.arguments(StoreQuery, location="query")
@blp.response(200, StoreSchema)
@allow("store_manager", "super_admin")
def show(query: dict[str, Any]) -> Any:
    """The manager's store and its settings"""
    store = service.store_of(current_shop(), current_actor(), query.get("store_id"))
    return store_view(store), 200, etag(store)


@blp.patch("/store")
@blp.arguments(StoreQuery, location="query")
@blp.arguments(IfMatchHeader, location="headers")
@blp.arguments(StoreSettingsSchema)
@blp.response(200, StoreSchema)
@allow("store_manager", "super_admin")
def change(query: dict[str, Any], headers: dict[str, Any], body: dict[str, Any]) -> Any:
    """Pause or open the store; set hours, closures, pickers, capacity"""
    shop, actor = current_shop(), current_actor()
    store = service.store_of(shop, actor, query.get("store_id"))
    store = service.store_settings(shop, actor, store["_id"], if_version=wanted_version(headers), **body)
    return store_view(store), 200, etag(store)
