"""What somebody may want next, at their store; and what goes with one product, or may stand in for it."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate

from blueprints.api import Blueprint
from blueprints.carts import guest_cart_id
from blueprints.catalogue import (
    PlaceOrStoreQuery,
    ShelfOfferSchema,
    ShelfStoreSchema,
    offer_view,
    store_asked,
)
from blueprints.language import language
from blueprints.schemas import Schema, Whole
from blueprints.security import current_shop, optional_actor, public, shoppers
from shopsmart.carts import service as carts
from shopsmart.errors import Invalid
from shopsmart.recommendations import service
from shopsmart.recommendations.model import BASES
from shopsmart.recommendations.service import Section

blp = Blueprint("recommendations", __name__, description="What somebody may want next.")


class RecommendationsQuery(PlaceOrStoreQuery):
    limit = Whole(least=1, most=30, load_default=12, metadata={"description": "Items a section."})


class SectionSchema(Schema):
    name = fields.String(
        required=True,
        validate=validate.OneOf(("for_you", "buy_again", "goes_well_with", "popular", "similar")),
    )
    basis = fields.String(
        required=True,
        validate=validate.OneOf(tuple(BASES)),
        metadata={"description": " ".join(f"`{basis}`: {text}" for basis, text in BASES.items())},
    )
    items = fields.List(fields.Nested(ShelfOfferSchema), required=True)


class RecommendationsSchema(Schema):
    store = fields.Nested(ShelfStoreSchema, required=True)
    sections = fields.List(fields.Nested(SectionSchema), required=True)


@blp.get("/recommendations")
@blp.arguments(RecommendationsQuery, location="query")
@blp.response(200, RecommendationsSchema)
@shoppers
def recommendations(query: dict[str, Any]) -> dict[str, Any]:
    """What the place's store has that you may want

    Sections `for_you`, `buy_again` (your own orders, signed in), `goes_well_with` (your cart) and `popular`; each says
    on which `basis`. A section without items is left out; so is what lies in the cart, and what is sold out.
    """
    shop, actor = current_shop(), optional_actor()
    store = _store(query)
    cart = [line["sku"] for line in carts.items(shop, carts.owner_of(actor, guest_cart_id()))]
    customer_id = actor.user_id if actor else None
    sections = service.for_shopper(shop, store["id"], customer_id, cart, query["limit"])
    return {"store": store, "sections": sections_view(sections)}


@blp.get("/products/<sku>/related")
@blp.arguments(RecommendationsQuery, location="query")
@blp.response(200, RecommendationsSchema)
@public
def related(query: dict[str, Any], sku: str) -> dict[str, Any]:
    """What goes well with a product, and what may stand in for it, at the place's store

    Sections `goes_well_with` and `similar`. What is sold out is left out.
    """
    store = _store(query)
    sections = service.related(current_shop(), store["id"], sku, query["limit"])
    return {"store": store, "sections": sections_view(sections)}


def _store(query: dict[str, Any]) -> dict[str, Any]:
    store = store_asked(query)
    if store is None:
        raise Invalid(
            "Say where: lat and lng, or store_id.",
            code="location_required",
            errors={"lat": ["Required."], "lng": ["Required."]},
        )
    return store


def sections_view(sections: Sequence[Section]) -> list[dict[str, Any]]:
    lang, currency = language(), current_shop().settings.currency
    return [
        {
            "name": section.name,
            "basis": section.basis,
            "items": [offer_view(offer, lang, currency) for offer in section.offers],
        }
        for section in sections
    ]
