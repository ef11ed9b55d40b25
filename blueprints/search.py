"""Suggestions while somebody types, and what the signed-in person searched for."""

from typing import Any

from marshmallow import fields, validate

from blueprints.api import Blueprint
from blueprints.catalogue import PlaceOrStoreQuery, store_asked
from blueprints.language import language
from blueprints.schemas import Schema, Text
from blueprints.security import actor_if_any, current_actor, current_shop, public, signed_in
from shopsmart.search import service as search
from shopsmart.search.service import Suggestion
from shopsmart.shelf import service as shelf

blp = Blueprint("search", __name__, description="Suggestions and remembered searches.")

KINDS = ("recent", "product", "category", "brand")


class SuggestQuery(PlaceOrStoreQuery):
    q = Text(most=100, required=True, metadata={"description": "What is typed so far."})


class SuggestionSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    text = fields.String(required=True)
    sku = fields.String(required=True, allow_none=True, metadata={"description": "Of a product."})
    category = fields.String(
        required=True, allow_none=True, metadata={"description": "A category's slug, for `GET /products`."}
    )
    brand = fields.String(required=True, allow_none=True, metadata={"description": "For `GET /products`."})


class SuggestionsSchema(Schema):
    items = fields.List(fields.Nested(SuggestionSchema), required=True)


class RecentSearchesSchema(Schema):
    items = fields.List(fields.String(), required=True, metadata={"description": "The newest first."})


@blp.get("/search/suggest")
@blp.arguments(SuggestQuery(), location="query")  # made once: it is asked with each letter
@blp.response(200, SuggestionsSchema)
@public
def suggest(query: dict[str, Any]) -> dict[str, Any]:
    """What somebody who types this may mean, best first

    Own searches (signed in), then products, categories and brands that the place's store sells; typos are forgiven
    from the first letters on. Without a place: of the whole catalogue.
    """
    store = store_asked(query)
    # While MongoDB does not answer nobody waits to be recognised.
    actor = None if current_shop().live.stale else actor_if_any()
    found = shelf.suggestions(
        current_shop(),
        store["id"] if store else None,
        query["q"],
        language(),
        actor.user_id if actor else None,
    )
    return {"items": [suggestion_view(one) for one in found]}


def suggestion_view(one: Suggestion) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "text": one.text,
        "sku": one.key if one.kind == "product" else None,
        "category": one.key if one.kind == "category" else None,
        "brand": one.key if one.kind == "brand" else None,
    }


@blp.get("/me/searches")
@blp.response(200, RecentSearchesSchema)
@signed_in
def recent_searches() -> dict[str, Any]:
    """What the signed-in person searched for lately"""
    return {"items": search.recent(current_shop(), current_actor().user_id)}


@blp.delete("/me/searches")
@blp.response(204)
@signed_in
def forget_searches() -> None:
    """Erase what the signed-in person searched for"""
    search.forget(current_shop(), current_actor().user_id)
