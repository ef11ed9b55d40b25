"""The cart of a guest or of a signed-in customer."""

from typing import Any

from flask import Response, after_this_request, request
from marshmallow import fields, validate

from blueprints.api import Blueprint
from blueprints.auth import CART_COOKIE, CART_HEADER
from blueprints.catalogue import PlaceOrStoreQuery, ShelfStoreSchema, offer_view, point_of
from blueprints.language import language
from blueprints.schemas import MoneySchema, Schema, Whole
from blueprints.security import current_shop, optional_actor, shoppers
from shopsmart.carts import service
from shopsmart.carts.model import GUEST_CART_LIVES, POLICIES, Cart, is_guest_id
from shopsmart.carts.service import Seen

blp = Blueprint(
    "carts",
    __name__,
    description="The cart. A guest's is named by the cookie `cart` or, for apps, the header `X-Cart-ID`. "
    "Only guests and customers have one.",
)


class CartQuery(PlaceOrStoreQuery):
    class Meta(PlaceOrStoreQuery.Meta):
        exclude = ("store_id",)


class CartSubstitutionSchema(Schema):
    policy = fields.String(required=True, validate=validate.OneOf(POLICIES))


class CartItemSchema(Schema):
    quantity = Whole(least=1, most=1_000, required=True)
    substitution = fields.Nested(
        CartSubstitutionSchema,
        metadata={"description": "When the item is not found. Stays as it was when left out."},
    )


class CartLineSchema(Schema):
    sku = fields.String(required=True)
    quantity = fields.Integer(required=True)
    substitution = fields.Nested(CartSubstitutionSchema, required=True, allow_none=True)
    name = fields.String(required=True)
    brand = fields.String(required=True, allow_none=True)
    image = fields.String(required=True, allow_none=True)
    mrp = fields.Nested(MoneySchema, required=True, allow_none=True)
    price = fields.Nested(MoneySchema, required=True, allow_none=True)
    line_total = fields.Nested(MoneySchema, required=True, allow_none=True)
    available = fields.Boolean(
        required=True, allow_none=True, metadata={"description": "Null when no store was asked."}
    )
    available_quantity = fields.Integer(required=True, allow_none=True)
    max_per_order = fields.Integer(required=True, allow_none=True)
    problem = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "What keeps the store from bringing the line: `no_longer_sold`, `not_sold_here`, "
            "`out_of_stock`, `not_enough` or `too_many_of_item`."
        },
    )


class CartSchema(Schema):
    id = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Null for a guest who has put nothing in yet."},
    )
    lines = fields.List(fields.Nested(CartLineSchema), required=True)
    item_count = fields.Integer(required=True, metadata={"description": "Units of all lines together."})
    store = fields.Nested(ShelfStoreSchema, required=True, allow_none=True)
    serviceable = fields.Boolean(
        required=True, allow_none=True, metadata={"description": "Null when no place was given."}
    )
    subtotal = fields.Nested(
        MoneySchema,
        required=True,
        allow_none=True,
        metadata={"description": "Of the lines that the store can bring as they are; null without a store."},
    )
    updated_at = fields.AwareDateTime(required=True, allow_none=True)


@blp.get("/cart")
@blp.arguments(CartQuery, location="query")
@blp.response(200, CartSchema)
@shoppers
def show(query: dict[str, Any]) -> dict[str, Any]:
    """The cart; with `lat` and `lng` as that place's store would bring it"""
    owner = _owner()
    return _view(service.get(current_shop(), owner) if owner else None, query)


@blp.put("/cart/items/<sku>")
@blp.arguments(CartQuery, location="query")
@blp.arguments(CartItemSchema)
@blp.response(200, CartSchema)
@shoppers
def put_item(query: dict[str, Any], body: dict[str, Any], sku: str) -> dict[str, Any]:
    """Put an item in the cart, or change how many

    Takes no stock. 404 `unknown_sku`, 409 `cart_full`.
    """
    shop = current_shop()
    owner = _owner() or service.new_guest_cart_id(shop)
    cart = service.put_item(shop, owner, sku, **body)
    _remember(owner)
    return _view(cart, query)


@blp.delete("/cart/items/<sku>")
@blp.arguments(CartQuery, location="query")
@blp.response(200, CartSchema)
@shoppers
def remove_item(query: dict[str, Any], sku: str) -> dict[str, Any]:
    """Take an item out of the cart; safe to repeat"""
    owner = _owner()
    return _view(service.remove_item(current_shop(), owner, sku) if owner else None, query)


@blp.delete("/cart")
@blp.response(204)
@shoppers
def clear() -> None:
    """Empty the cart"""
    if owner := _owner():
        service.clear(current_shop(), owner)


def guest_cart_id() -> str | None:
    """What the request names as a guest's cart. The cart itself decides whether that is one."""
    return request.cookies.get(CART_COOKIE) or request.headers.get(CART_HEADER)


def _owner() -> str:
    return service.owner_of(optional_actor(), guest_cart_id())


def _remember(owner: str) -> None:
    """Let a guest's browser find the cart again."""
    if not is_guest_id(owner):
        return

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            CART_COOKIE,
            owner,
            max_age=int(GUEST_CART_LIVES.total_seconds()),
            path="/",
            secure=current_shop().settings.cookie_secure,
            httponly=True,
            samesite="Lax",
        )
        return response


def _view(cart: Cart | None, query: dict[str, Any]) -> dict[str, Any]:
    shop = current_shop()
    currency, lang = shop.settings.currency, language()
    point = point_of(query)
    store, seen = service.seen_at(shop, cart, point)
    lines = [_line(one, lang, currency) for one in seen]
    can_come = [line["line_total"]["amount"] for line in lines if line["line_total"] and not line["problem"]]
    return {
        "id": cart["_id"] if cart else _owner() or None,
        "lines": lines,
        "item_count": sum(line["quantity"] for line in lines),
        "store": store,
        "serviceable": None if point is None else store is not None,
        "subtotal": None if store is None else {"amount": sum(can_come), "currency": currency},
        "updated_at": cart["updated_at"] if cart else None,
    }


def _line(seen: Seen, lang: str, currency: str) -> dict[str, Any]:
    line, offer = seen.line, seen.offer
    view: dict[str, Any] = {
        "sku": line["sku"],
        "quantity": line["quantity"],
        "substitution": line["substitution"],
        "name": line["sku"],
        "brand": None,
        "image": None,
        "mrp": None,
        "price": None,
        "line_total": None,
        "available": None,
        "available_quantity": None,
        "max_per_order": None,
        "problem": seen.problem,
    }
    if offer is None:
        return view
    shown = offer_view(offer, lang, currency)
    copied = ("name", "brand", "image", "mrp", "price", "available_quantity", "max_per_order")
    view |= {name: shown[name] for name in copied}
    if offer.listing is not None:
        view["line_total"] = {"amount": offer.listing["price"] * line["quantity"], "currency": currency}
    if offer.store_id is not None:
        view["available"] = seen.problem is None
    return view
