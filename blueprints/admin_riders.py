"""Staff see and admit riders, and help at the door when a code is locked."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from blueprints import paging
from blueprints.api import Blueprint
from blueprints.rider import RiderSchema, rider_view
from blueprints.schemas import Degrees, Id, PageQuery, PointSchema, Schema, Text, Whole, page_of
from blueprints.security import allow, current_actor, current_shop
from shopsmart.dispatch import riders, service, store
from shopsmart.dispatch.model import ACCOUNTS, DUTIES, VEHICLES
from shopsmart.geo import point

blp = Blueprint("admin_riders", __name__, description="Riders, and help at the door.")

MOST_NEAR_M = 50_000


class AnyRiderSchema(RiderSchema):
    phone = fields.String(required=True, allow_none=True)
    home = fields.Nested(PointSchema, required=True, allow_none=True)
    task_id = fields.String(required=True, allow_none=True)


class RidersQuery(PageQuery):
    duty = fields.String(validate=validate.OneOf(DUTIES))
    account = fields.String(validate=validate.OneOf(ACCOUNTS))
    lat = Degrees(metadata={"description": "With `lng`: those near this point first, one page of them."})
    lng = Degrees()
    within_m = Whole(least=1, most=MOST_NEAR_M, load_default=5_000)

    @validates_schema
    def whole_point(self, data: dict[str, Any], **_: Any) -> None:
        if ("lat" in data) != ("lng" in data):
            raise ValidationError("lat and lng belong together.", "lat")


class NewRiderSchema(Schema):
    user_id = Id(required=True, metadata={"description": "A user with the role rider."})
    vehicle = fields.String(required=True, validate=validate.OneOf(VEHICLES))
    home = fields.Nested(PointSchema)


class RiderChangeSchema(Schema):
    account = fields.String(required=True, validate=validate.OneOf(ACCOUNTS))
    reason = Text(most=200, required=True)


class NewCodeSchema(Schema):
    reason = Text(most=200, required=True)


class CodeRenewedSchema(Schema):
    order_id = fields.String(required=True)
    attempts_left = fields.Integer(required=True)


@blp.get("/admin/riders")
@blp.arguments(RidersQuery, location="query")
@blp.response(200, page_of(AnyRiderSchema))
@allow("admin", "super_admin")
def index(query: dict[str, Any]) -> dict[str, Any]:
    """Riders by id, or those near a point, nearest first"""
    shop, limit = current_shop(), query["limit"]
    wanted: dict[str, Any] = {name: query[name] for name in ("duty", "account") if name in query}
    if "lat" in query:
        place = point(query["lng"], query["lat"], shop.settings.region)
        near = store.riders_near(shop.db, place, query["within_m"], wanted, limit)
        return paging.page(_views(near), None)
    found = store.all_riders(shop.db, wanted, paging.key_of(query.get("cursor")), limit + 1)
    return paging.page(_views(found[:limit]), found[limit - 1]["_id"] if len(found) > limit else None)


@blp.post("/admin/riders")
@blp.arguments(NewRiderSchema)
@blp.response(201, AnyRiderSchema)
@allow("admin", "super_admin")
def enlist(body: dict[str, Any]) -> dict[str, Any]:
    """Register a user with the role rider, or change his vehicle or home"""
    shop, home = current_shop(), None
    if "home" in body:
        lng, lat = body["home"]["coordinates"]
        home = point(lng, lat, shop.settings.region)
    rider = riders.enlist(shop, current_actor(), body["user_id"], body["vehicle"], home)
    return _views([rider])[0]


@blp.patch("/admin/riders/<rider_id>")
@blp.arguments(RiderChangeSchema)
@blp.response(200, AnyRiderSchema)
@allow("admin", "super_admin")
def change(body: dict[str, Any], rider_id: str) -> dict[str, Any]:
    """Suspend a rider, who then goes off duty, or let him ride again"""
    rider = riders.set_account(current_shop(), current_actor(), rider_id, body["account"], body["reason"])
    return _views([rider])[0]


@blp.post("/admin/orders/<order_id>/delivery-code")
@blp.arguments(NewCodeSchema)
@blp.response(200, CodeRenewedSchema)
@allow("admin", "super_admin")
def renew_code(body: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Another code for the customer, and new tries for the rider

    Only the customer sees the code.
    """
    tries = service.new_delivery_code(current_shop(), current_actor(), order_id, body["reason"])
    return {"order_id": order_id, "attempts_left": tries}


def _views(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    task_of = store.active_jobs_of(current_shop().db, [rider["_id"] for rider in found])
    return [_view(rider, task_of.get(rider["_id"])) for rider in found]


def _view(rider: Mapping[str, Any], task_id: str | None) -> dict[str, Any]:
    return {**rider_view(rider), "phone": rider["phone"], "home": rider["home"], "task_id": task_id}
