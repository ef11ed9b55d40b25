"""What somebody wants to be told, sees of himself, and may have forgotten."""

from collections.abc import Mapping
from typing import Any

from flask import Response, after_this_request
from marshmallow import ValidationError, fields, validate, validates_schema

from blueprints.api import Blueprint
from blueprints.language import language
from blueprints.me import AddressSchema, UserSchema, address_view, user_view
from blueprints.order_views import OrderSchema, order_view
from blueprints.schemas import Flag, MoneySchema, Schema, Text
from blueprints.security import clear_cookies, current_actor, current_shop, limited, signed_in, takes_its_time
from shopsmart.identity import service as identity
from shopsmart.money import money
from shopsmart.payments.model import refunds
from shopsmart.privacy import service

blp = Blueprint("privacy", __name__, description="One's own data: channels, export, erasure.")


class WishesSchema(Schema):
    email = Flag(
        required=True,
        metadata={"description": "Mails of what is merely pleasant to know; those about money always come."},
    )
    sms = Flag(required=True, metadata={"description": "Text messages about orders under way."})
    push = Flag(
        load_default=False,
        required=False,
        metadata={"description": "Kept for the web pages, which show notices while they are open."},
    )


class WishedSchema(Schema):
    email = fields.Boolean(required=True)
    sms = fields.Boolean(required=True)
    push = fields.Boolean(required=True)


class LeaveSchema(Schema):
    password = fields.String(validate=validate.Length(1, 512))
    code = Text(most=12, metadata={"description": "Sent just now by `POST /auth/otp`.", "example": "402817"})

    @validates_schema
    def one_proof(self, data: dict[str, Any], **_: Any) -> None:
        if ("password" in data) == ("code" in data):
            raise ValidationError("Give password or code.", "password")


class CartLineExportSchema(Schema):
    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)


class RefundExportSchema(Schema):
    amount = fields.Nested(MoneySchema, required=True)
    state = fields.String(required=True)


class PaymentExportSchema(Schema):
    id = fields.String(required=True)
    order_id = fields.String(required=True)
    provider = fields.String(required=True)
    status = fields.String(required=True)
    captured = fields.Nested(MoneySchema, required=True)
    refunded = fields.Nested(MoneySchema, required=True)
    refunds = fields.List(fields.Nested(RefundExportSchema), required=True)


class InvoiceExportSchema(Schema):
    number = fields.String(required=True)
    order_id = fields.String(required=True)
    issued_at = fields.AwareDateTime(required=True)
    total = fields.Nested(MoneySchema, required=True)


class SessionExportSchema(Schema):
    created_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    status = fields.String(required=True)


class RatingExportSchema(Schema):
    order_id = fields.String(required=True)
    store = fields.Integer()
    rider = fields.Integer()
    comment = fields.String()
    at = fields.AwareDateTime()


class ExportSchema(Schema):
    exported_at = fields.AwareDateTime(required=True)
    profile = fields.Nested(UserSchema, required=True)
    notifications = fields.Nested(WishedSchema, required=True)
    addresses = fields.List(fields.Nested(AddressSchema), required=True)
    cart = fields.List(fields.Nested(CartLineExportSchema), required=True)
    searches = fields.List(fields.String(), required=True)
    orders = fields.List(fields.Nested(OrderSchema), required=True)
    ratings = fields.List(fields.Nested(RatingExportSchema), required=True)
    payments = fields.List(fields.Nested(PaymentExportSchema), required=True)
    invoices = fields.List(fields.Nested(InvoiceExportSchema), required=True)
    sessions = fields.List(fields.Nested(SessionExportSchema), required=True)


@blp.get("/me/notifications")
@blp.response(200, WishedSchema)
@signed_in
def notifications() -> dict[str, bool]:
    """By what I want to be told"""
    return identity.notification_wishes(identity.user(current_shop(), current_actor().user_id))


@blp.put("/me/notifications")
@blp.arguments(WishesSchema)
@blp.response(200, WishedSchema)
@signed_in
def wish_notifications(body: dict[str, bool]) -> dict[str, bool]:
    """Choose by what I want to be told

    Mails about money, or about what does not come, are sent all the same.
    """
    return identity.wish_notifications(current_shop(), current_actor().user_id, body)


@blp.get("/me/export")
@blp.response(200, ExportSchema)
@signed_in
@takes_its_time
def export() -> Any:
    """Everything that is kept about me"""
    shop, actor, lang = current_shop(), current_actor(), language()
    kept = service.everything_about(shop, actor.user_id)
    user = kept["user"]
    body = {
        "exported_at": shop.now(),
        "profile": user_view(user),
        "notifications": identity.notification_wishes(user),
        "addresses": [address_view(one) for one in user["addresses"]],
        "cart": [
            {"sku": line["sku"], "quantity": line["quantity"]}
            for line in (kept["cart"] or {}).get("lines", [])
        ],
        "searches": kept["searches"],
        "orders": [order_view(order, actor, lang) for order in kept["orders"]],
        "ratings": [
            {"order_id": order["_id"], **order["rating"]} for order in kept["orders"] if order["rating"]
        ],
        "payments": [_payment_view(one) for one in kept["payments"]],
        "invoices": [_invoice_view(one) for one in kept["invoices"]],
        "sessions": kept["sessions"],
    }
    headers = {
        "Content-Disposition": 'attachment; filename="shopsmart-export.json"',
        "Cache-Control": "private, no-store",
    }
    return body, 200, headers


@blp.delete("/me")
@blp.arguments(LeaveSchema)
@blp.response(204)
@limited("auth")
@signed_in
def leave(body: dict[str, Any]) -> None:
    """Delete my account

    Name, phone, mail, addresses and positions are gone for good; orders keep their amounts and taxes without me.
    Proved by the password, or by a code just sent to the phone I sign in with: 403 `proof_wrong`. 409
    `order_on_its_way`, `works_here`.
    """
    service.erase(current_shop(), current_actor(), **body)

    @after_this_request
    def without_cookies(response: Response) -> Response:
        clear_cookies(response)
        return response


def _payment_view(payment: Mapping[str, Any]) -> dict[str, Any]:
    currency = payment["currency"]
    return {
        "id": payment["_id"],
        "order_id": payment["order_id"],
        "provider": payment["provider"],
        "status": payment["status"],
        "captured": money(payment["captured"], currency),
        "refunded": money(payment["refunded"], currency),
        "refunds": [
            {"amount": money(one["amount"], currency), "state": one["state"]} for one in refunds(payment)
        ],
    }


def _invoice_view(invoice: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": invoice["label"],
        "order_id": invoice["order_id"],
        "issued_at": invoice["issued_at"],
        "total": money(invoice["total"], invoice["currency"]),
    }
