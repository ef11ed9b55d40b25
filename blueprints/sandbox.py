"""The local payment stand-in's "page in the browser". Production has none of it."""

from typing import Any

from marshmallow import fields, validate

from blueprints.api import Blueprint
from blueprints.schemas import Schema, Text
from blueprints.security import current_shop, public
from shopsmart.payments import service
from shopsmart.payments.gateways.sandbox import OUTCOMES

blp = Blueprint("sandbox", __name__, description="A local payment provider for trying things out")


class PaySchema(Schema):
    client_secret = Text(most=100, required=True)
    outcome = fields.String(load_default="success", validate=validate.OneOf(OUTCOMES))


class PaidSchema(Schema):
    intent_id = fields.String(required=True)
    payment_ref = fields.String(required=True, allow_none=True)
    signature = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "For payments/confirm; null unless captured."},
    )
    status = fields.String(required=True, validate=validate.OneOf(("captured", "failed", "processing")))


@blp.post("/sandbox/intents/<intent_id>/pay")
@blp.arguments(PaySchema)
@blp.response(200, PaidSchema)
@public
def pay(body: dict[str, Any], intent_id: str) -> dict[str, Any]:
    """Pay, or fail to, as the provider's widget would; the signed result. Safe to repeat"""
    return service.pay_in_sandbox(current_shop(), intent_id, body["client_secret"], body["outcome"])
