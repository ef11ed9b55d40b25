"""Paying an order and giving money back, for customers and staff."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from marshmallow import fields, validate

from blueprints.api import Blueprint, idempotency_key, once
from blueprints.order_views import OrderSchema, order_view
from blueprints.schemas import Id, IdempotencyHeader, MoneySchema, Schema, Text, Whole
from blueprints.security import allow, current_actor, current_shop, limited
from shopsmart.errors import Invalid
from shopsmart.money import money
from shopsmart.orders import service

blp = Blueprint("payments", __name__, description="Payments and refunds of an order")

MOST_REFUND = 100_000_000  # paise; far above any basket


class StartPaymentSchema(Schema):
    provider = fields.String(required=True, validate=validate.OneOf(service.PREPAID))


class PaymentSchema(Schema):
    payment_id = fields.String(required=True)
    provider = fields.String(required=True)
    intent_id = fields.String(
        required=True, metadata={"description": "The provider's name for this attempt."}
    )
    amount = fields.Nested(MoneySchema, required=True)
    status = fields.String(required=True)
    client_secret = fields.String(metadata={"description": "For the provider's widget in the browser."})
    pay_url = fields.String(
        metadata={"description": "Where the browser pays; may be relative to the API's origin."}
    )
    expires_at = fields.AwareDateTime(required=True)


class ConfirmSchema(Schema):
    payment_id = Id(required=True)
    payment_ref = Id(required=True)
    signature = Text(most=200, required=True)


class RefundAmountSchema(Schema):
    amount = Whole(least=1, most=MOST_REFUND, required=True, metadata={"description": "Paise."})
    currency = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]{3}\Z"))


class RefundRequestSchema(Schema):
    amount = fields.Nested(RefundAmountSchema, metadata={"description": "All that is left when not given."})
    reason = Text(most=200, required=True)


class RefundSchema(Schema):
    refund_id = fields.String(required=True)
    payment_id = fields.String(required=True)
    order_id = fields.String(required=True)
    amount = fields.Nested(MoneySchema, required=True)
    reason = fields.String(required=True)
    state = fields.String(
        required=True, metadata={"description": "requested (on its way), processed or failed."}
    )


@blp.post("/orders/<order_id>/payments")
@blp.arguments(StartPaymentSchema)
@blp.arguments(IdempotencyHeader, location="headers")
@blp.response(201, PaymentSchema)
@limited("orders")
@allow("customer")
def start_payment(body: dict[str, Any], headers: dict[str, Any], order_id: str) -> Response:
    """Begin to pay an order: what the client needs for it

    While an attempt is open, every call gives the same one.
    """
    shop, actor = current_shop(), current_actor()
    return once(
        actor.user_id,
        headers,
        body,
        201,
        lambda: _payment_view(service.start_payment(shop, actor, order_id, body["provider"])),
    )


@blp.post("/orders/<order_id>/payments/confirm")
@blp.arguments(ConfirmSchema)
@blp.response(200, OrderSchema)
@allow("customer")
def confirm_payment(body: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Bring the provider's signed result; the order. Safe to repeat"""
    actor = current_actor()
    order = service.confirm_payment(
        current_shop(), actor, order_id, body["payment_id"], body["payment_ref"], body["signature"]
    )
    return order_view(order, actor)


@blp.post("/orders/<order_id>/refunds")
@blp.arguments(RefundRequestSchema)
@blp.arguments(IdempotencyHeader, location="headers")
@blp.response(201, RefundSchema)
@allow("admin", "super_admin")
def refund(body: dict[str, Any], headers: dict[str, Any], order_id: str) -> Response:
    """Give captured money back, all that is left or an amount of it"""
    shop, actor = current_shop(), current_actor()
    key = idempotency_key(headers)
    amount = body.get("amount")
    if amount and amount["currency"] != shop.settings.currency:
        raise Invalid(f"Refunds are in {shop.settings.currency}.", code="wrong_currency")
    paise = amount["amount"] if amount else None
    return once(
        actor.user_id,
        headers,
        body,
        201,
        lambda: _refund_view(service.refund(shop, actor, order_id, paise, body["reason"], key)),
    )


def _payment_view(payment: Mapping[str, Any]) -> dict[str, Any]:
    client = {name: value for name, value in payment["client"].items() if value is not None}
    return {
        "payment_id": payment["_id"],
        "provider": payment["provider"],
        "intent_id": payment["intent_id"],
        "amount": money(payment["amount"], payment["currency"]),
        "status": payment["status"],
        "expires_at": payment["expires_at"],
        **client,
    }


def _refund_view(made: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "refund_id": made["refund_id"],
        "payment_id": made["payment_id"],
        "order_id": made["order_id"],
        "amount": money(made["amount"], made["currency"]),
        "reason": made["reason"],
        "state": made["state"],
    }
