"""Payment providers' messages: raw body, signature checked, kept, acknowledged. Acting on them is a job's work."""

from typing import Any

from flask import request
from marshmallow import fields

from blueprints.api import Blueprint
from blueprints.schemas import ProblemSchema, Schema
from blueprints.security import current_shop, public
from shopsmart.payments import service

blp = Blueprint("webhooks", __name__, description="Messages of payment providers")


class ReceivedSchema(Schema):
    received = fields.Boolean(required=True)


@blp.post("/webhooks/<provider>")
@blp.response(200, ReceivedSchema)
@blp.alt_response(
    401,
    schema=ProblemSchema,
    content_type="application/problem+json",
    description="The signature is missing, does not fit the raw body, or is older than five minutes.",
)
@public
def receive(provider: str) -> dict[str, Any]:
    """Take one message of a payment provider

    Answered 200 once it is kept safely; the same event again is answered 200 too and changes nothing.
    """
    service.receive_webhook(current_shop(), provider, dict(request.headers), request.get_data())
    return {"received": True}
