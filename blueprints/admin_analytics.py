"""Figures for those who run the city."""

from typing import Any

from marshmallow import fields, validate

from blueprints.api import Blueprint
from blueprints.schemas import Id, MoneySchema, QuerySchema, Schema, Whole
from blueprints.security import allow, current_shop
from shopsmart.analytics import now, sales
from shopsmart.stores import model as stores

blp = Blueprint("admin_analytics", __name__, description="Figures for those who run the city.")

STAFF = ("admin", "super_admin")


class KpisQuery(QuerySchema):
    window_minutes = Whole(least=1, most=1_440, load_default=60)


class OrderCountsSchema(Schema):
    placed = fields.Integer(required=True)
    delivered = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)
    active = fields.Integer(required=True, metadata={"description": "Open at this moment."})


class MinuteSchema(Schema):
    at = fields.AwareDateTime(required=True)
    count = fields.Integer(required=True)


class PromiseSchema(Schema):
    kept = fields.Integer(required=True)
    late = fields.Integer(required=True)
    kept_percent = fields.Float(required=True, allow_none=True)


class MinutesSchema(Schema):
    p50 = fields.Float(required=True, allow_none=True)
    p95 = fields.Float(required=True, allow_none=True)


class QueueSchema(Schema):
    store_id = fields.String(required=True)
    name = fields.String(required=True)
    placed = fields.Integer(required=True)
    accepted = fields.Integer(required=True)
    picking = fields.Integer(required=True)
    packed = fields.Integer(required=True)
    oldest_age_s = fields.Integer(required=True, allow_none=True)
    mode = fields.String(required=True, validate=validate.OneOf(stores.MODES))


class EmptyShelvesSchema(Schema):
    store_id = fields.String(required=True)
    name = fields.String(required=True)
    count = fields.Integer(required=True)


class StockOutsSchema(Schema):
    count = fields.Integer(required=True, metadata={"description": "Items on sale of which none is left."})
    worst = fields.List(fields.Nested(EmptyShelvesSchema), required=True)


class RiderCountsSchema(Schema):
    on_duty = fields.Integer(required=True)
    busy = fields.Integer(required=True)
    free = fields.Integer(required=True)


class KpisSchema(Schema):
    at = fields.AwareDateTime(required=True)
    window_minutes = fields.Integer(required=True)
    orders = fields.Nested(OrderCountsSchema, required=True)
    orders_per_minute = fields.List(fields.Nested(MinuteSchema), required=True)
    promise = fields.Nested(PromiseSchema, required=True)
    minutes_to_door = fields.Nested(MinutesSchema, required=True)
    revenue = fields.Nested(MoneySchema, required=True)
    queues = fields.List(fields.Nested(QueueSchema), required=True)
    stock_outs = fields.Nested(StockOutsSchema, required=True)
    riders = fields.Nested(RiderCountsSchema, required=True)
    waiting_for_rider = fields.Integer(required=True)


class SalesQuery(QuerySchema):
    from_ = fields.Date(
        data_key="from", metadata={"description": "The first day; six before `to` by default."}
    )
    to = fields.Date(metadata={"description": "The last day, included; today by default. At most 92 days."})
    store_id = Id()


class SalesDaySchema(Schema):
    day = fields.Date(required=True)
    orders = fields.Integer(required=True)
    items = fields.Integer(required=True)
    revenue = fields.Nested(MoneySchema, required=True)
    average_basket = fields.Nested(MoneySchema, required=True)
    cancelled = fields.Integer(required=True)
    refunds = fields.Nested(MoneySchema, required=True)


class SalesSchema(Schema):
    days = fields.List(fields.Nested(SalesDaySchema), required=True)


@blp.get("/admin/analytics/kpis")
@blp.arguments(KpisQuery, location="query")
@blp.response(200, KpisSchema)
@allow(*STAFF)
def kpis(query: dict[str, Any]) -> dict[str, Any]:
    """How the city stands at this moment"""
    return now.kpis(current_shop(), query["window_minutes"])


@blp.get("/admin/analytics/sales")
@blp.arguments(SalesQuery, location="query")
@blp.response(200, SalesSchema)
@allow(*STAFF)
def sales_by_day(query: dict[str, Any]) -> dict[str, Any]:
    """Sales by day, on the shop's calendar

    With `store_id` the orders that have a part there, with their whole bill.
    """
    days = sales.by_day(current_shop(), query.get("from_"), query.get("to"), query.get("store_id"))
    return {"days": days}
