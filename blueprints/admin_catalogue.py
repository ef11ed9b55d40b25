"""Staff's side of the catalogue: products with the hidden ones, what stores list, and how it all came about."""

from typing import Any

from marshmallow import fields, validate

from blueprints import paging
from blueprints.api import Blueprint
from blueprints.catalogue import ProductSchema, product_view
from blueprints.freshness import shows_at_once
from blueprints.schemas import (
    Flag,
    Id,
    MoneySchema,
    PageQuery,
    Schema,
    StoreQuery,
    Text,
    Whole,
    page_of,
)
from blueprints.security import allow, current_actor, current_shop
from shopsmart.catalog import service
from shopsmart.catalog.model import MOST_PER_ORDER
from shopsmart.money import money
from shopsmart.shelf import history as histories
from shopsmart.shelf.console import paise
from shopsmart.shelf.model import Offer
from shopsmart.stores import service as stores

blp = Blueprint("admin_catalogue", __name__, description="The catalogue as staff keep it.")
shows_at_once(blp)

ADMIN = ("admin", "super_admin")
MANAGER = ("store_manager", "super_admin")


# --- products --------------------------------------------------------------------------------------------------


class StaffProductsQuery(PageQuery):
    q = Text(most=100, metadata={"description": "Words of names, or a SKU."})
    hidden = Flag(metadata={"description": "Only the hidden ones, or only the others; both by default."})
    category = fields.String(validate=validate.Length(1, 60))


@blp.get("/admin/products")
@blp.arguments(StaffProductsQuery, location="query")
@blp.response(200, page_of(ProductSchema))
@allow(*ADMIN)
def products(query: dict[str, Any]) -> dict[str, Any]:
    """All products in order of SKU, hidden ones too"""
    found, after = service.products_for_staff(
        current_shop(),
        query.get("q"),
        query.get("hidden"),
        query.get("category"),
        paging.key_of(query.get("cursor")),
        query["limit"],
    )
    return paging.page([product_view(Offer(one), None) for one in found], after)


@blp.get("/admin/products/<sku>")
@blp.response(200, ProductSchema)
@allow(*ADMIN)
def product(sku: str) -> dict[str, Any]:
    """One product, hidden or not"""
    return product_view(Offer(service.product(current_shop(), sku, hidden_too=True)), None)


@blp.post("/admin/products/<sku>/restore")
@blp.response(200, ProductSchema)
@allow(*ADMIN)
def restore(sku: str) -> dict[str, Any]:
    """Show a hidden product again, on the lists it was on"""
    return product_view(Offer(service.restore_product(current_shop(), current_actor(), sku)), None)


@blp.delete("/admin/categories/<slug>")
@blp.response(204)
@allow(*ADMIN)
def delete_category(slug: str) -> None:
    """Take an empty category out of the tree

    409 `category_in_use` while a product, hidden or not, or a category stands in it.
    """
    service.delete_category(current_shop(), current_actor(), slug)


# --- listings --------------------------------------------------------------------------------------------------


class ListingFactsSchema(Schema):
    price = fields.Nested(MoneySchema, required=True)
    max_per_order = Whole(
        least=1, most=MOST_PER_ORDER, allow_none=True, metadata={"description": "null for no limit."}
    )
    enabled = Flag(metadata={"description": "false takes it off the store's list."})


class ListingSchema(Schema):
    store_id = fields.String(required=True)
    sku = fields.String(required=True)
    price = fields.Nested(MoneySchema, required=True)
    mrp = fields.Nested(MoneySchema, required=True)
    discount_percent = fields.Integer(required=True)
    max_per_order = fields.Integer(required=True, allow_none=True)
    enabled = fields.Boolean(required=True)
    hidden = fields.Boolean(required=True, metadata={"description": "The product is hidden everywhere."})
    updated_at = fields.AwareDateTime(required=True)


def _listing_view(one: Any) -> dict[str, Any]:
    currency = current_shop().settings.currency
    plain = ("store_id", "sku", "max_per_order", "enabled", "hidden", "updated_at")
    return {
        **{name: one[name] for name in plain},
        "price": money(one["price"], currency),
        "mrp": money(one["mrp"], currency),
        "discount_percent": one["discount"],
    }


@blp.get("/admin/stores/<store_id>/listings/<sku>")
@blp.response(200, ListingSchema)
@allow(*ADMIN)
def listing(store_id: str, sku: str) -> dict[str, Any]:
    """A product as a store lists it, on sale or not"""
    return _listing_view(service.listing(current_shop(), store_id, sku))


@blp.put("/admin/stores/<store_id>/listings/<sku>")
@blp.arguments(ListingFactsSchema)
@blp.response(200, ListingSchema)
@allow(*ADMIN)
def put_listing(body: dict[str, Any], store_id: str, sku: str) -> dict[str, Any]:
    """Put a product on a store's list, or change it there; what is left out stays"""
    shop = current_shop()
    store = stores.store_of(shop, current_actor(), store_id)
    facts = {**body, "price": paise(shop, body["price"])}
    return _listing_view(service.change_listing(shop, current_actor(), store["_id"], sku, facts))


# --- history ---------------------------------------------------------------------------------------------------


class HistoryQuery(PageQuery):
    store_id = Id(metadata={"description": "Only this store's changes, and the product's own."})


class StoreHistoryQuery(PageQuery, StoreQuery):
    pass


class CatalogueChangeSchema(Schema):
    id = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    who = fields.String(required=True, metadata={"description": "A user's id, or `system`."})
    via = fields.String(
        required=True, metadata={"description": "The batch it came with, such as `import:…`; else empty."}
    )
    what = fields.String(required=True, metadata={"example": "listing.changed"})
    why = fields.String(required=True)
    store_id = fields.String(required=True, allow_none=True)
    before = fields.Dict(required=True, allow_none=True, metadata={"description": "Money in minor units."})
    after = fields.Dict(required=True)


@blp.get("/admin/products/<sku>/history")
@blp.arguments(HistoryQuery, location="query")
@blp.response(200, page_of(CatalogueChangeSchema))
@allow(*ADMIN)
def product_history(query: dict[str, Any], sku: str) -> dict[str, Any]:
    """Every change of a product, of its prices and of its availability in all stores, newest first"""
    return _history(sku, query.get("store_id"), query)


@blp.get("/store/inventory/<sku>/history")
@blp.arguments(StoreHistoryQuery, location="query")
@blp.response(200, page_of(CatalogueChangeSchema))
@allow(*MANAGER)
def store_history(query: dict[str, Any], sku: str) -> dict[str, Any]:
    """Every change of an item's price and availability in the store, and of the product itself, newest first"""
    store = stores.store_of(current_shop(), current_actor(), query.get("store_id"))
    return _history(sku, store["_id"], query)


def _history(sku: str, store_id: str | None, query: dict[str, Any]) -> dict[str, Any]:
    after = paging.key_of(query.get("cursor"))
    rows, next_key = histories.history(current_shop(), sku, store_id, after, query["limit"])
    return paging.page(rows, next_key)
