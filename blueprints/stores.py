"""Where one can shop."""

from typing import Any

from marshmallow import fields

from blueprints.api import Blueprint
from blueprints.schemas import PlaceQuery, Schema
from blueprints.security import current_shop, public
from shopsmart import geo
from shopsmart.stores import service

blp = Blueprint("stores", __name__, description="Where one can shop.")


class NearStoreSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    distance_m = fields.Integer(required=True)
    eta_s = fields.Integer(required=True, metadata={"description": "Seconds from order to door."})


class ServiceabilitySchema(Schema):
    serviceable = fields.Boolean(required=True)
    store = fields.Nested(NearStoreSchema, required=True, allow_none=True)
    alternatives = fields.List(
        fields.Nested(NearStoreSchema),
        required=True,
        metadata={"description": "The other open stores that serve the point, nearest first."},
    )
    reason = fields.String(
        metadata={
            "description": "Why not: `outside_all_zones` or `all_closed`.",
            "example": "outside_all_zones",
        }
    )
    opens_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "With `all_closed`: when the first store opens, if known."}
    )


@blp.get("/serviceability")
@blp.arguments(PlaceQuery, location="query")
@blp.response(200, ServiceabilitySchema)
@public
def serviceability(place: dict[str, Any]) -> dict[str, Any]:
    """The nearest open store whose fence holds the point"""
    shop = current_shop()
    point = geo.point(place["lng"], place["lat"], shop.settings.region)
    return service.serviceable(shop, point)
