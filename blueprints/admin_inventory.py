"""Stock between stores: units that move from one shelf to another's."""

from typing import Any

from flask import Response
from marshmallow import fields

from blueprints.api import Blueprint, idempotency_key, once
from blueprints.freshness import shows_at_once
from blueprints.schemas import Id, IdempotencyHeader, Schema, Whole
from blueprints.security import allow, current_actor, current_shop
from shopsmart.inventory.model import MOST_ON_HAND
from shopsmart.shelf import console

blp = Blueprint("admin_inventory", __name__, description="Stock between stores.")
shows_at_once(blp)


class TransferSchema(Schema):
    from_store_id = Id(required=True)
    to_store_id = Id(required=True)
    sku = Id(required=True)
    units = Whole(least=1, most=MOST_ON_HAND, required=True)


class ShelfLevelSchema(Schema):
    store_id = fields.String(required=True)
    on_hand = fields.Integer(required=True)
    available_quantity = fields.Integer(required=True)


class TransferredSchema(Schema):
    sku = fields.String(required=True)
    units = fields.Integer(required=True)
    shelves = fields.List(
        fields.Nested(ShelfLevelSchema),
        required=True,
        metadata={"description": "How both stand afterwards: where the units left, where they arrived."},
    )


@blp.post("/admin/inventory/transfers")
@blp.arguments(TransferSchema)
@blp.arguments(IdempotencyHeader, location="headers")
@blp.response(200, TransferredSchema)
@allow("admin", "super_admin")
def transfer(body: dict[str, Any], headers: dict[str, Any]) -> Response:
    """Move free units from one store's shelf to another's; both must keep the item"""
    shop, actor = current_shop(), current_actor()
    key = idempotency_key(headers)
    return once(actor.user_id, headers, body, 200, lambda: console.transfer(shop, actor, key, **body))
