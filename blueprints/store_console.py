"""The store's console: its live queue, picking and packing, and what lies on its shelves."""

from datetime import UTC
from typing import Any

from flask import Response
from marshmallow import ValidationError, fields, validate, validates_schema

from blueprints import paging, streams
from blueprints.api import Blueprint, once
from blueprints.freshness import shows_at_once
from blueprints.language import language
from blueprints.order_views import OrderSchema, order_view
from blueprints.orders import orders_page
from blueprints.schemas import (
    Flag,
    Id,
    IdempotencyHeader,
    MoneySchema,
    PageQuery,
    Schema,
    StoreQuery,
    Text,
    Whole,
    page_of,
)
from blueprints.security import allow, current_actor, current_shop
from shopsmart.catalog.model import MOST_PER_ORDER
from shopsmart.documents import service as documents
from shopsmart.inventory.service import ADJUST_REASONS, MOST_ON_HAND
from shopsmart.money import money
from shopsmart.orders import service, store
from shopsmart.orders.model import ENDED, VISIBLE
from shopsmart.shelf import console
from shopsmart.stores import service as stores

blp = Blueprint("store", __name__, description="The store manager's console.")
shows_at_once(blp)

OPEN_STATES = tuple(state for state in VISIBLE if state not in ENDED and state != "payment_pending")
MANAGER = ("store_manager", "super_admin")


class QueueQuery(PageQuery, StoreQuery):
    status = fields.String(
        validate=validate.OneOf(VISIBLE), metadata={"description": "All that are open by default."}
    )


class RejectSchema(Schema):
    reason = Text(most=200, required=True)


class PickSchema(Schema):
    line = Id(required=True, metadata={"description": "The line's id."})
    picked = Whole(least=0, most=1_000, required=True)
    substitute_sku = Id(
        metadata={"description": "Sent, or offered to the customer, for what was not found of the line."}
    )


class HandoverSchema(Schema):
    otp = Text(most=12, required=True, metadata={"description": "The code that the customer shows."})


class ShelfItemSchema(Schema):
    sku = fields.String(required=True)
    name = fields.String(required=True)
    brand = fields.String(required=True, allow_none=True)
    store_id = fields.String(required=True)
    on_hand = fields.Integer(required=True)
    available_quantity = fields.Integer(required=True)
    held = fields.Integer(required=True)
    available = fields.Boolean(required=True, metadata={"description": "The manager's switch."})
    off_until = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When the switch goes on again by itself."}
    )
    off_reason = fields.String(required=True, allow_none=True)
    max_per_order = fields.Integer(required=True, allow_none=True)
    low = fields.Boolean(required=True)
    low_stock_at = fields.Integer(required=True)
    bin = fields.String(required=True)
    price = fields.Nested(MoneySchema, required=True, allow_none=True)
    mrp = fields.Nested(MoneySchema, required=True)
    updated_at = fields.AwareDateTime(required=True)


class InventoryQuery(PageQuery, StoreQuery):
    q = Text(most=64, metadata={"description": "Part of the name or the SKU's beginning."})
    low = Flag()
    available = Flag()


class ShelfChangeSchema(Schema):
    available = Flag(metadata={"description": "false marks the item out of stock; the number stays."})
    on_hand = Whole(least=0, most=MOST_ON_HAND)
    price = fields.Nested(MoneySchema)
    low_stock_at = Whole(least=0, most=MOST_ON_HAND)
    max_per_order = Whole(least=0, most=MOST_PER_ORDER, metadata={"description": "0 for no limit."})
    off_until = fields.AwareDateTime(
        default_timezone=UTC, metadata={"description": "Off the shelf until then; ends by itself."}
    )
    off_reason = Text(most=200, metadata={"description": "With `off_until` or `available: false`."})

    @validates_schema
    def something(self, data: dict[str, Any], **_: Any) -> None:
        if not data:
            raise ValidationError("Nothing to change.", "_schema")
        if "off_reason" in data and "off_until" not in data and data.get("available", True):
            raise ValidationError("Give it with off_until, or with available: false.", "off_reason")


class AdjustmentLineSchema(Schema):
    sku = Id(required=True)
    delta = Whole(least=-MOST_ON_HAND, most=MOST_ON_HAND, required=True)
    reason = fields.String(required=True, validate=validate.OneOf(ADJUST_REASONS))


class AdjustmentsSchema(Schema):
    lines = fields.List(
        fields.Nested(AdjustmentLineSchema), required=True, validate=validate.Length(min=1, max=200)
    )


class AdjustedLineSchema(Schema):
    sku = fields.String(required=True)
    ok = fields.Boolean(required=True)
    on_hand = fields.Integer(allow_none=True, required=True)
    available_quantity = fields.Integer(allow_none=True, required=True)
    code = fields.String(allow_none=True, required=True)
    detail = fields.String(allow_none=True, required=True)


class AdjustedSchema(Schema):
    lines = fields.List(fields.Nested(AdjustedLineSchema), required=True)


def _store_id(query: dict[str, Any]) -> str:
    store_doc = stores.store_of(current_shop(), current_actor(), query.get("store_id"))
    return str(store_doc["_id"])


def _seen(order: dict[str, Any]) -> dict[str, Any]:
    return order_view(order, current_actor(), language())


@blp.get("/store/orders")
@blp.arguments(QueueQuery, location="query")
@blp.response(200, page_of(OrderSchema))
@allow(*MANAGER)
def queue(query: dict[str, Any]) -> dict[str, Any]:
    """The store's orders, oldest first"""
    states = [query["status"]] if "status" in query else OPEN_STATES
    orders = store.of_store(
        current_shop().db, _store_id(query), states, paging.key_of(query.get("cursor")), query["limit"] + 1
    )
    return orders_page(orders, query["limit"])


@blp.get("/store/events")
@blp.arguments(StoreQuery, location="query")
@blp.response(200, {"type": "string"}, content_type="text/event-stream")
@allow(*MANAGER)
def store_events(query: dict[str, Any]) -> Response:
    """The live queue as Server-Sent Events; resumes from `Last-Event-ID`"""
    return streams.event_stream(f"store:{_store_id(query)}")


def _acts(order_id: str, action: str, query: dict[str, Any]) -> dict[str, Any]:
    return _seen(service.store_acts(current_shop(), current_actor(), _store_id(query), order_id, action))


@blp.post("/store/orders/<order_id>/accept")
@blp.arguments(StoreQuery, location="query")
@blp.response(200, OrderSchema)
@allow(*MANAGER)
def accept(query: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Take the order"""
    return _acts(order_id, "accept", query)


@blp.post("/store/orders/<order_id>/reject")
@blp.arguments(RejectSchema)
@blp.arguments(StoreQuery, location="query")
@blp.response(200, OrderSchema)
@allow(*MANAGER)
def reject(body: dict[str, Any], query: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Refuse the order, with a reason; it goes to the next store that can serve it, or is cancelled"""
    return _seen(service.reject(current_shop(), current_actor(), _store_id(query), order_id, body["reason"]))


@blp.post("/store/orders/<order_id>/pick")
@blp.arguments(PickSchema)
@blp.arguments(StoreQuery, location="query")
@blp.response(200, OrderSchema)
@allow(*MANAGER)
def pick(body: dict[str, Any], query: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Record what was found of a line; the first one begins the picking

    With `substitute_sku` that item takes the place of what is missing, at no more than the line's price: at once
    where the order's policy is `best_match`, after the customer's yes where it is `ask_me`. 409
    `substitution_not_wanted` under any other policy.
    """
    if sku := body.get("substitute_sku"):
        return _seen(
            service.pick_with_substitute(
                current_shop(),
                current_actor(),
                _store_id(query),
                order_id,
                body["line"],
                body["picked"],
                sku,
            )
        )
    order = service.pick_line(
        current_shop(), current_actor(), _store_id(query), order_id, body["line"], body["picked"]
    )
    return _seen(order)


@blp.post("/store/orders/<order_id>/pack")
@blp.arguments(StoreQuery, location="query")
@blp.response(200, OrderSchema)
@allow(*MANAGER)
def pack(query: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Close the bags; every line must have been picked

    409 `answer_pending` while a customer is being asked about a substitute.
    """
    return _seen(service.pack(current_shop(), current_actor(), _store_id(query), order_id))


@blp.post("/store/orders/<order_id>/handover")
@blp.arguments(HandoverSchema)
@blp.arguments(StoreQuery, location="query")
@blp.response(200, OrderSchema)
@allow(*MANAGER)
def handover(body: dict[str, Any], query: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Give a pickup order to whoever shows its code

    422 `wrong_code` with `attempts_left`; after too many 409 `code_locked`, and only staff can help.
    """
    return _seen(service.hand_over(current_shop(), current_actor(), _store_id(query), order_id, body["otp"]))


@blp.get("/store/orders/<order_id>/packing-slip")
@blp.arguments(StoreQuery, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
@allow(*MANAGER)
def packing_slip(query: dict[str, Any], order_id: str) -> Response:
    """The packing slip as PDF"""
    shop = current_shop()
    store_doc = stores.store_of(shop, current_actor(), query.get("store_id"))
    order, part = service.part_at(shop, store_doc["_id"], order_id)
    pdf = documents.packing_slip(shop, order, part, store_doc)
    return Response(
        pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="packing-slip-{order["number"]}.pdf"'},
    )


@blp.get("/store/inventory")
@blp.arguments(InventoryQuery, location="query")
@blp.response(200, page_of(ShelfItemSchema))
@allow(*MANAGER)
def inventory(query: dict[str, Any]) -> dict[str, Any]:
    """What the store keeps, in SKU order"""
    return shelf_page([_store_id(query)], query)


def shelf_page(store_ids: list[str] | None, query: dict[str, Any]) -> dict[str, Any]:
    """A page of shelf rows of some stores, or of all."""
    shop = current_shop()
    rows, after = console.rows(
        shop,
        store_ids,
        after=paging.key_of(query.get("cursor")),
        limit=query["limit"],
        q=query.get("q"),
        low=query.get("low"),
        available=query.get("available"),
        sku=query.get("sku"),
    )
    return paging.page([_shelf_view(row) for row in rows], after)


@blp.patch("/store/inventory/<sku>")
@blp.arguments(ShelfChangeSchema)
@blp.arguments(StoreQuery, location="query")
@blp.response(200, ShelfItemSchema)
@allow(*MANAGER)
def change_shelf(body: dict[str, Any], query: dict[str, Any], sku: str) -> dict[str, Any]:
    """Mark an item in or out of stock, count it, price it

    A product that the store does not keep yet is taken into its assortment; that needs a price.
    """
    shop = current_shop()
    if "price" in body:
        body["price"] = console.paise(shop, body["price"])
    return _shelf_view(console.change(shop, current_actor(), _store_id(query), sku, **body))


@blp.post("/store/inventory/adjustments")
@blp.arguments(AdjustmentsSchema)
@blp.arguments(StoreQuery, location="query")
@blp.arguments(IdempotencyHeader, location="headers")
@blp.response(200, AdjustedSchema)
@allow(*MANAGER)
def adjustments(body: dict[str, Any], query: dict[str, Any], headers: dict[str, Any]) -> Response:
    """Correct quantities by differences; bad lines are reported one by one, good ones kept"""
    shop, actor, store_id = current_shop(), current_actor(), _store_id(query)
    key = headers.get("idempotency_key", "")
    return once(
        f"{actor.user_id}|{store_id}",
        headers,
        body,
        200,
        lambda: {"lines": console.adjust_many(shop, actor, store_id, body["lines"], key)},
    )


_SHELF_FACTS = (
    "sku",
    "store_id",
    "on_hand",
    "held",
    "off_until",
    "off_reason",
    "max_per_order",
    "low",
    "low_stock_at",
    "bin",
)


def _shelf_view(row: dict[str, Any]) -> dict[str, Any]:
    currency = current_shop().settings.currency
    lang = language()
    return {
        **{name: row[name] for name in _SHELF_FACTS},
        "name": row["name"].get(lang) or row["name"]["en"],
        "brand": row["brand"],
        "available_quantity": row["available_quantity"],
        "available": row["available"],
        "price": None if row["price"] is None else money(row["price"], currency),
        "mrp": money(row["mrp"], currency),
        "updated_at": row["updated_at"],
    }
