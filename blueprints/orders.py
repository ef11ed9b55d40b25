"""Quotes and orders, as customers and staff see them."""

from typing import Any

from flask import Response
from marshmallow import ValidationError, fields, validate, validates_schema

from blueprints import paging, streams
from blueprints.api import Blueprint, encode, idempotency_key
from blueprints.carts import guest_cart_id
from blueprints.language import language
from blueprints.order_views import (
    OrderLineSchema,
    OrderSchema,
    OrderStoreSchema,
    TotalsSchema,
    line_view,
    order_view,
)
from blueprints.schemas import (
    Flag,
    Id,
    IdempotencyHeader,
    PageQuery,
    PointSchema,
    Schema,
    Text,
    Whole,
    page_of,
)
from blueprints.security import (
    allow,
    current_actor,
    current_shop,
    limited,
    optional_actor,
    shoppers,
    signed_in,
)
from shopsmart.carts import service as carts
from shopsmart.dispatch import service as dispatch
from shopsmart.geo import point
from shopsmart.infra import idempotency
from shopsmart.money import money
from shopsmart.orders import invoicing, placing, quoting, service, store
from shopsmart.orders.model import ENDED, MODES, SUBSTITUTION_POLICIES, VISIBLE
from shopsmart.routing.explain import friendly

blp = Blueprint("orders", __name__, description="Quote, order, follow, cancel.")

ALL_MODES = (*MODES, "slot")


class ItemSchema(Schema):
    sku = Id(required=True)
    quantity = Whole(least=1, most=1_000, required=True)


class WishSubstitutionSchema(Schema):
    policy = fields.String(required=True, validate=validate.OneOf(SUBSTITUTION_POLICIES))


class QuoteRequestSchema(Schema):
    location = fields.Nested(PointSchema, required=True)
    mode = fields.String(load_default="instant", validate=validate.OneOf(ALL_MODES))
    items = fields.List(
        fields.Nested(ItemSchema),
        validate=validate.Length(min=1, max=200),
        metadata={"description": "Instead of the cart."},
    )
    slot_id = Id()
    coupon = Text(most=40)
    tip = Whole(
        least=0, most=100_000, load_default=0, metadata={"description": "Minor units, for the rider."}
    )


class ShortageSchema(Schema):
    sku = fields.String(required=True)
    name = fields.String(required=True)
    requested = fields.Integer(required=True)
    available = fields.Integer(required=True)


class OptionPartSchema(Schema):
    fulfilment_id = fields.String(required=True)
    store = fields.Nested(OrderStoreSchema, required=True)
    eta_s = fields.Integer(required=True)


class OptionSchema(Schema):
    option_id = fields.String(required=True)
    store = fields.Nested(OrderStoreSchema, required=True)
    parts = fields.List(
        fields.Nested(OptionPartSchema),
        required=True,
        metadata={
            "description": "One per store that it comes from; a line's `fulfilment_id` names its part."
        },
    )
    lines = fields.List(fields.Nested(OrderLineSchema), required=True)
    short = fields.List(fields.Nested(ShortageSchema), required=True)
    totals = fields.Nested(TotalsSchema, required=True)
    eta_s = fields.Integer(required=True)


class QuoteSchema(Schema):
    quote_id = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)
    options = fields.List(fields.Nested(OptionSchema), required=True)


class PaymentWishSchema(Schema):
    provider = fields.String(required=True, validate=validate.OneOf(("cod", *service.PREPAID)))


class PlaceOrderSchema(Schema):
    quote_id = Id()
    option_id = Id()
    location = fields.Nested(PointSchema)
    address_id = Id()
    mode = fields.String(load_default="instant", validate=validate.OneOf(ALL_MODES))
    slot_id = Id()
    items = fields.List(fields.Nested(ItemSchema), validate=validate.Length(min=1, max=200))
    coupon = Text(most=40)
    tip = Whole(least=0, most=100_000, load_default=0)
    payment = fields.Nested(PaymentWishSchema, required=True)
    substitution = fields.Nested(WishSubstitutionSchema)
    note = Text(most=300, least=0, lines=True, load_default="")

    @validates_schema
    def one_place(self, data: dict[str, Any], **_: Any) -> None:
        if not {"quote_id", "location", "address_id"} & set(data):
            raise ValidationError("One of location, address_id or quote_id is needed.", "location")


class CancelSchema(Schema):
    reason = Text(most=200, load_default="changed_mind")


class AnswerSchema(Schema):
    accept = Flag(required=True)


class RatingRequestSchema(Schema):
    store = Whole(least=1, most=5)
    rider = Whole(least=1, most=5)
    comment = Text(most=1_000, least=0, lines=True, load_default="")

    @validates_schema
    def something(self, data: dict[str, Any], **_: Any) -> None:
        if not {"store", "rider"} & set(data):
            raise ValidationError("Rate the store, the rider or both.", "store")


class PassedOverSchema(Schema):
    name = fields.String(required=True)
    distance_m = fields.Integer(required=True)
    reason = fields.String(
        required=True,
        metadata={
            "description": "`closed`, `paused`, `very_busy`, `not_everything`, `too_far`, `too_slow`, `could_not`, "
            "`slower` or `farther`."
        },
    )
    sentence = fields.String(required=True)


class WhyStoreSchema(Schema):
    order_id = fields.String(required=True)
    store = fields.Nested(OrderStoreSchema, required=True)
    reason = fields.String(
        required=True, metadata={"description": "`nearest`, `next_nearest` or `promised`."}
    )
    sentence = fields.String(required=True)
    passed_over = fields.List(fields.Nested(PassedOverSchema), required=True)


class StatusSchema(Schema):
    status = fields.String(required=True, validate=validate.OneOf(VISIBLE))
    reason = Text(most=200)


class OrdersQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(VISIBLE))


@blp.post("/cart/quote")
@blp.arguments(QuoteRequestSchema)
@blp.response(200, QuoteSchema)
@shoppers
def quote(body: dict[str, Any]) -> dict[str, Any]:
    """Price the cart (or `items`) at a place

    Takes no stock. The quote's prices, store and promise hold until it expires.
    """
    shop = current_shop()
    owner = carts.owner_of(optional_actor(), guest_cart_id())
    quoted = quoting.quote(shop, owner, _wish(body))
    return _quote_view(quoted, shop.settings.currency, language())


@blp.post("/orders")
@blp.arguments(PlaceOrderSchema)
@blp.arguments(IdempotencyHeader, location="headers")
@blp.response(201, OrderSchema)
@limited("orders")
@allow("customer")
def place_order(body: dict[str, Any], headers: dict[str, Any]) -> Response:
    """Place an order

    Its stock is taken, all of it or none. A repeat with the same Idempotency-Key gets the same answer.
    """
    shop, actor = current_shop(), current_actor()
    key = idempotency_key(headers)
    order, replayed = placing.place(shop, actor, key, _wish(body))
    scope = f"{actor.user_id}|POST /orders|{key}"
    if replayed and (kept := idempotency.kept_answer(shop, scope)) is not None:
        return _created(kept, replayed=True)
    answer = encode(order_view(order, actor, language()))
    if not replayed:
        idempotency.keep_answer(shop, scope, answer)
    return _created(answer, replayed)


@blp.get("/orders")
@blp.arguments(OrdersQuery, location="query")
@blp.response(200, page_of(OrderSchema))
@allow("customer")
def my_orders(query: dict[str, Any]) -> dict[str, Any]:
    """My orders, newest first"""
    actor = current_actor()
    statuses = [query["status"]] if "status" in query else None
    orders = store.of_customer(
        current_shop().db, actor.user_id, paging.key_of(query.get("cursor")), query["limit"] + 1, statuses
    )
    return orders_page(orders, query["limit"])


@blp.get("/orders/<order_id>")
@blp.response(200, OrderSchema)
@signed_in
def one_order(order_id: str) -> dict[str, Any]:
    """One order, as its customer, its store, its rider or staff see it"""
    actor = current_actor()
    return order_view(service.seen_by(current_shop(), actor, order_id), actor, language())


@blp.get("/orders/<order_id>/routing")
@blp.response(200, WhyStoreSchema)
@allow("customer")
def why_store(order_id: str) -> dict[str, Any]:
    """Why this store: the nearest, or why nearer ones were passed over"""
    order = service.own(current_shop(), current_actor(), order_id)
    part = order["fulfilments"][0]
    return {
        "order_id": order_id,
        "store": {name: part["store"][name] for name in ("id", "name", "location", "distance_m")},
        **friendly(order["routing"], part["store_id"]),
    }


@blp.post("/orders/<order_id>/cancel")
@blp.arguments(CancelSchema)
@blp.response(200, OrderSchema)
@allow("customer", "admin", "super_admin")
def cancel_order(body: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Cancel, while it may still be cancelled; stock and money go back"""
    actor = current_actor()
    return order_view(service.cancel(current_shop(), actor, order_id, body["reason"]), actor, language())


@blp.post("/orders/<order_id>/substitutions/<line>")
@blp.arguments(AnswerSchema)
@blp.response(200, OrderSchema)
@allow("customer")
def answer_substitution(body: dict[str, Any], order_id: str, line: str) -> dict[str, Any]:
    """Take or refuse what the store offers for a line

    `line` is the id of the line that has the `proposal`. Taken, it costs no more a piece than the line itself;
    refused, or not answered until `answer_by`, what is missing is not paid. 409 `answer_too_late`,
    `already_answered`.
    """
    actor = current_actor()
    order = service.answer_substitution(current_shop(), actor, order_id, line, body["accept"])
    return order_view(order, actor, language())


@blp.post("/orders/<order_id>/rating")
@blp.arguments(RatingRequestSchema)
@blp.response(200, OrderSchema)
@allow("customer")
def rate_order(body: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Rate store and rider, after delivery"""
    actor = current_actor()
    comment = body.pop("comment")
    return order_view(service.rate(current_shop(), actor, order_id, body, comment), actor, language())


@blp.get("/orders/<order_id>/invoice")
@blp.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
@allow("customer", "store_manager", "admin", "super_admin")
def invoice(order_id: str) -> Response:
    """The tax invoice as PDF, once the order has arrived

    One for each store that it came from; a store's manager gets that store's. Money given back is added as credit
    notes. 409 `invoice_not_ready` before.
    """
    number, pdf = invoicing.paper(current_shop(), current_actor(), order_id)
    return Response(
        pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="invoice-{number}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


@blp.patch("/orders/<order_id>/status")
@blp.arguments(StatusSchema)
@blp.response(200, OrderSchema)
@allow("admin", "super_admin")
def set_status(body: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Any lawful transition, by staff"""
    actor = current_actor()
    order = service.set_status(current_shop(), actor, order_id, body["status"], body.get("reason"))
    return order_view(order, actor, language())


@blp.get("/orders/<order_id>/events")
@blp.response(200, {"type": "string"}, content_type="text/event-stream")
@signed_in
def order_events(order_id: str) -> Response:
    """Milestones and rider position as Server-Sent Events

    Resumes from `Last-Event-ID` without a gap; 204 when the order is over and all was seen.
    """
    shop = current_shop()
    order = service.seen_by(shop, current_actor(), order_id)
    position = dispatch.rider_position(shop, order)
    first = {"type": "rider.position", "data": position} if position else None
    return streams.event_stream(
        f"order:{order_id}",
        first=first,
        ended=order["status"] in ENDED,
        over=lambda row: row["data"].get("status") in ENDED,
    )


def orders_page(orders: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """A page of order views out of one order more than fits."""
    actor = current_actor()
    more = len(orders) > limit
    items = [order_view(order, actor, language()) for order in orders[:limit]]
    return paging.page(items, orders[limit - 1]["_id"] if more else None)


def _created(answer: bytes, replayed: bool) -> Response:
    response = Response(answer, status=201, content_type="application/json")
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _wish(body: dict[str, Any]) -> placing.Wish:
    region = current_shop().settings.region
    facts = dict(body)
    if "location" in facts:
        lng, lat = facts["location"]["coordinates"]
        facts["location"] = point(lng, lat, region)
    if "payment" in facts:
        facts["provider"] = facts.pop("payment")["provider"]
    return placing.Wish(**facts)


def _quote_view(quoted: dict[str, Any], currency: str, lang: str) -> dict[str, Any]:
    options = [
        {
            "option_id": option["option_id"],
            "store": {name: option["store"][name] for name in ("id", "name", "location", "distance_m")},
            "parts": [
                {
                    "fulfilment_id": part["id"],
                    "store": {name: part["store"][name] for name in ("id", "name", "location", "distance_m")},
                    "eta_s": part["eta_s"],
                }
                for part in option["parts"]
            ],
            "lines": [line_view(line, currency, lang) for line in option["lines"]],
            "short": option["short"],
            "totals": {name: money(amount, currency) for name, amount in option["totals"].items()},
            "eta_s": option["eta_s"],
        }
        for option in quoted["options"]
    ]
    return {"quote_id": quoted["_id"], "expires_at": quoted["expires_at"], "options": options}
