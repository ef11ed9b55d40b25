"""The catalogue: categories, what a place's store sells, single products, and their upkeep."""

import logging
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from flask import Response, request
from marshmallow import ValidationError, fields, validate, validates_schema
from pymongo.errors import PyMongoError

from blueprints import paging
from blueprints.api import Blueprint, encode
from blueprints.freshness import shows_at_once
from blueprints.language import LANGUAGES, language
from blueprints.schemas import (
    Degrees,
    Flag,
    Id,
    MoneySchema,
    PageQuery,
    QuerySchema,
    Schema,
    Text,
    Whole,
    page_of,
)
from blueprints.security import actor_if_any, allow, current_actor, current_shop, public
from blueprints.store_settings import IfMatchHeader
from shopsmart import geo
from shopsmart.catalog import service
from shopsmart.catalog.model import (
    MOST_MRP,
    STORAGE,
    UNITS,
    Category,
    Product,
    class_of_rate,
    discount_percent,
    local,
    unit_price,
)
from shopsmart.errors import Invalid
from shopsmart.geo import Point
from shopsmart.images import model as pictures
from shopsmart.images import placeholders
from shopsmart.search import service as search
from shopsmart.search.model import (
    FACETS,
    PRICE_BOUNDS,
    SORTS,
    Wanted,
    checked_pack,
)
from shopsmart.shelf import service as shelf
from shopsmart.shelf.console import paise
from shopsmart.shelf.model import Offer, Shown

log = logging.getLogger(__name__)
blp = Blueprint("catalogue", __name__, description="Categories and products.")
shows_at_once(blp)

ADMIN = ("admin", "super_admin")
FEW = 10  # from here down a customer is told how many are left
_MARK = r"[a-z][a-z_]{0,29}"
_FACET = "|".join(FACETS)
_IMAGE = r"^(https?://|/)[^\s\"'<>\\]+\Z"


# --- what is asked ---------------------------------------------------------------------------------------------


class LanguageQuery(QuerySchema):
    lang = fields.String(
        validate=validate.OneOf(LANGUAGES), metadata={"description": "Instead of Accept-Language."}
    )


class PlaceOrStoreQuery(LanguageQuery):
    lat = Degrees()
    lng = Degrees()
    store_id = Id(metadata={"description": "This store's shelf, instead of that of a place."})

    @validates_schema
    def both_axes(self, data: dict[str, Any], **_: Any) -> None:
        if ("lat" in data) != ("lng" in data):
            raise ValidationError("lat and lng come together.", "lng" if "lat" in data else "lat")


class PackSize(fields.String):
    """A unit size as people write it, read as its label."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        label = checked_pack(super()._deserialize(value, attr, data, **kwargs)[:40])
        if label is None:
            raise ValidationError("A number of g, kg, ml, l or piece.")
        return label


class ProductsQuery(PlaceOrStoreQuery, PageQuery):
    q = Text(
        most=100, metadata={"description": "Words of names, brands, SKUs or barcodes, or how they begin."}
    )
    category = fields.String(
        validate=validate.Length(1, 60), metadata={"description": "A category's slug, of any level."}
    )
    brand = fields.List(
        Text(most=100),
        validate=validate.Length(max=20),
        metadata={"description": "May be given several times."},
    )
    min_price = Whole(least=0, most=MOST_MRP, metadata={"description": "Minor units."})
    max_price = Whole(least=0, most=MOST_MRP, metadata={"description": "Minor units."})
    dietary = fields.String(
        validate=validate.Regexp(rf"^{_MARK}(,{_MARK}){{0,9}}\Z"),
        metadata={"description": "Marks joined by commas; all of them must hold.", "example": "veg,jain"},
    )
    in_stock = Flag(metadata={"description": "true leaves out what is sold out."})
    discount = Whole(least=1, most=99, metadata={"description": "Percent below MRP at least."})
    pack = fields.List(
        PackSize(),
        validate=validate.Length(max=20),
        metadata={"description": "Sizes such as `500 g`, `1kg` or `6 piece`; may be given several times."},
    )
    facets = fields.String(
        validate=validate.Regexp(rf"^({_FACET})(,({_FACET})){{0,6}}\Z"),
        metadata={"description": f"What to count, joined by commas: {', '.join(FACETS)}."},
    )
    sort = fields.String(
        load_default="relevance",
        validate=validate.OneOf(SORTS),
        metadata={"description": "`relevance` without `q` is the order of names."},
    )


def _texts(most: int, required: bool, name: str) -> type[Schema]:
    texts: dict[str, Any] = {"en": Text(most=most, required=required, lines=not required)}
    for code in LANGUAGES[1:]:
        texts[code] = Text(most=most, lines=not required)
    return Schema.from_dict(texts, name=name)  # type: ignore[return-value]


NameSchema = _texts(200, True, "LocalNameSchema")
DescriptionSchema = _texts(4_000, False, "LocalDescriptionSchema")


class PackSchema(Schema):
    value = Whole(least=1, most=1_000_000, required=True)
    unit = fields.String(required=True, validate=validate.OneOf(UNITS))


def _marks(**options: Any) -> fields.List:
    mark = fields.String(validate=validate.Regexp(rf"^{_MARK}\Z"))
    return fields.List(mark, validate=validate.Length(max=20), **options)


class ProductFactsSchema(Schema):
    name = fields.Nested(NameSchema, required=True)
    description = fields.Nested(DescriptionSchema)
    brand = Text(most=100, allow_none=True)
    category_path = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        validate=validate.Length(max=6),
        metadata={"description": "Slugs from the top.", "example": ["staples", "atta-flour"]},
    )
    barcodes = fields.List(
        fields.String(), validate=validate.Length(max=10), metadata={"description": "GTINs."}
    )
    pack = fields.Nested(PackSchema, allow_none=True)
    mrp = fields.Nested(MoneySchema, required=True)
    hsn = fields.String(validate=validate.Regexp(r"^([0-9]{2,8})?\Z"))
    tax_rate = Whole(least=0, most=100, metadata={"description": "Percent, contained in all prices."})
    tax_class = fields.String(
        allow_none=True,
        validate=validate.Regexp(r"^(exempt|gst_[0-9]{1,3})\Z"),
        metadata={"description": "That of the rate when it is left out.", "example": "gst_5"},
    )
    perishable = Flag()
    shelf_life_days = Whole(least=0, most=10_000, allow_none=True)
    min_life_at_door_days = Whole(least=0, most=10_000, allow_none=True)
    allergens = _marks()
    dietary = _marks()
    storage = fields.String(validate=validate.OneOf(STORAGE))
    substitute_group = fields.String(allow_none=True, validate=validate.Length(1, 80))
    images = fields.List(
        fields.String(validate=[validate.Length(max=500), validate.Regexp(_IMAGE)]),
        validate=validate.Length(max=20),
    )
    hidden = Flag()


class NewProductSchema(ProductFactsSchema):
    sku = fields.String(
        required=True,
        validate=validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}\Z"),
        metadata={"example": "SS-ATTA-0012"},
    )


class CategoryFactsSchema(Schema):
    name = fields.Nested(NameSchema, required=True)
    parent = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 60),
        metadata={"description": "A slug."},
    )
    position = Whole(least=0, most=10_000, load_default=0, metadata={"description": "Among its siblings."})


# --- what is answered ------------------------------------------------------------------------------------------


class CategorySchema(Schema):
    slug = fields.String(required=True)
    name = fields.String(required=True)
    parent = fields.String(required=True, allow_none=True)
    path = fields.List(fields.String(), required=True)
    position = fields.Integer(required=True)


class CategoryNodeSchema(CategorySchema):
    count = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "Products in it and below that the place's store lists; null without a place."
        },
    )
    children = fields.List(fields.Nested(lambda: CategoryNodeSchema()), required=True)


class CategoryTreeSchema(Schema):
    items = fields.List(fields.Nested(CategoryNodeSchema), required=True)


class UnitPriceSchema(MoneySchema):
    per = fields.String(required=True, metadata={"description": "`100 g`, `100 ml` or `piece`."})


class ImageSetSchema(Schema):
    """One image in all its widths: a `srcset` for each format."""

    width = fields.Integer(required=True, metadata={"description": "Of the original, as `height` is."})
    height = fields.Integer(required=True)
    avif = fields.String(
        required=True, metadata={"example": "/images/…/160.avif 160w, /images/…/320.avif 320w"}
    )
    webp = fields.String(required=True)


class ShelfOfferSchema(Schema):
    """A product as one store sells it; without a store, or where it does not sell it, `price` is null."""

    sku = fields.String(required=True)
    name = fields.String(required=True)
    brand = fields.String(required=True, allow_none=True)
    category_path = fields.List(fields.String(), required=True)
    pack = fields.Nested(PackSchema, required=True, allow_none=True)
    unit_price = fields.Nested(UnitPriceSchema, required=True, allow_none=True)
    mrp = fields.Nested(MoneySchema, required=True)
    price = fields.Nested(MoneySchema, required=True, allow_none=True)
    discount_percent = fields.Integer(required=True)
    available = fields.Boolean(required=True)
    available_quantity = fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": f"What one order may take, when that is at most {FEW}; null when there is more."
        },
    )
    max_per_order = fields.Integer(required=True, allow_none=True)
    dietary = fields.List(fields.String(), required=True)
    image = fields.String(
        required=True, allow_none=True, metadata={"description": "A drawing where there is no image."}
    )
    image_set = fields.Nested(
        ImageSetSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null for a drawing, and for an image that is kept elsewhere."},
    )
    store_id = fields.String(required=True, allow_none=True)


class ShelfStoreSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    open = fields.Boolean(required=True)
    opens_at = fields.AwareDateTime(required=True, allow_none=True)
    distance_m = fields.Integer(required=True, allow_none=True)
    eta_s = fields.Integer(required=True, allow_none=True)


class FacetValueSchema(Schema):
    value = fields.String(required=True, metadata={"description": "What the filter of the same name takes."})
    name = fields.String(required=True)
    count = fields.Integer(required=True, metadata={"description": "With all other filters applied."})


class PriceBucketSchema(Schema):
    min_price = fields.Integer(required=True)
    max_price = fields.Integer(required=True, allow_none=True, metadata={"description": "None for no bound."})
    count = fields.Integer(required=True)


FacetsSchema = Schema.from_dict(
    {
        name: fields.List(fields.Nested(PriceBucketSchema if name == "price" else FacetValueSchema))
        for name in FACETS
    },
    name="FacetsSchema",
)


class ShelfPageSchema(page_of(ShelfOfferSchema)):  # type: ignore[misc]
    store = fields.Nested(ShelfStoreSchema, required=True)
    facets = fields.Nested(
        FacetsSchema, required=True, allow_none=True, metadata={"description": "null unless asked for."}
    )
    did_you_mean = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The words as they were understood, where that is not as they were typed."},
    )


class ProductSchema(ShelfOfferSchema):
    description = fields.String(required=True)
    names = fields.Nested(NameSchema, required=True)
    descriptions = fields.Nested(DescriptionSchema, required=True)
    barcodes = fields.List(fields.String(), required=True)
    hsn = fields.String(required=True)
    tax_rate = fields.Integer(required=True)
    tax_class = fields.String(required=True)
    perishable = fields.Boolean(required=True)
    shelf_life_days = fields.Integer(required=True, allow_none=True)
    min_life_at_door_days = fields.Integer(required=True, allow_none=True)
    allergens = fields.List(fields.String(), required=True)
    storage = fields.String(required=True)
    substitute_group = fields.String(required=True, allow_none=True)
    images = fields.List(fields.String(), required=True)
    image_sets = fields.List(
        fields.Nested(ImageSetSchema, allow_none=True),
        required=True,
        metadata={"description": "As `images`, one for each."},
    )
    hidden = fields.Boolean(required=True)
    version = fields.Integer(required=True)
    updated_at = fields.AwareDateTime(required=True)
    store = fields.Nested(ShelfStoreSchema, required=True, allow_none=True)


# --- reading ---------------------------------------------------------------------------------------------------


@blp.get("/categories")
@blp.arguments(PlaceOrStoreQuery, location="query")
@blp.response(200, CategoryTreeSchema)
@blp.alt_response(304, description="As you have it.")
@public
def categories(query: dict[str, Any]) -> Any:
    """The tree of categories

    With a place (or `store_id`) it tells how many products that store lists in each. The counts are null as well
    within seconds of a server's start.
    """
    store = store_asked(query)
    counts = shelf.category_counts(current_shop(), store["id"]) if store else None
    nodes: dict[str, dict[str, Any]] = {
        one["_id"]: {
            **category_view(one),
            "count": None if counts is None else counts.get(one["_id"], 0),
            "children": [],
        }
        for one in service.tree(current_shop())
    }
    for node in nodes.values():
        if node["parent"] is not None:
            nodes[node["parent"]]["children"].append(node)
    return _unless_known({"items": [node for node in nodes.values() if node["parent"] is None]})


@blp.get("/products")
@blp.arguments(ProductsQuery(), location="query")  # made once: this is the hot path
@blp.response(200, ShelfPageSchema)
@blp.alt_response(304, description="As you have it.")
@public
def products(query: dict[str, Any]) -> Any:
    """What the place's store sells, with price and availability there

    Say `lat` and `lng`, or `store_id`. The store is the nearest open one, else the nearest. 409 `not_serviceable`
    outside every fence. Words forgive typos; they are found in all our languages, and in Latin letters too. A
    customer's searches are remembered for `/search/suggest` when the first page is asked for signed in. 503
    `catalogue_loading` for facets, pack sizes, `popularity` and `newest` within seconds of a server's start; a page
    of an `in_stock` list may then be short and still have a next one.
    """
    shop = current_shop()
    store = store_asked(query)
    if store is None:
        raise Invalid(
            "Say where: lat and lng, or store_id.",
            code="location_required",
            errors={"lat": ["Required."], "lng": ["Required."]},
        )
    facets = query["facets"].split(",") if "facets" in query else ()
    after = paging.key_of(query.get("cursor"))
    shown = shelf.shown_at(shop, store["id"], _wanted(query), query["sort"], after, query["limit"], facets)
    if after is None and "q" in query and not shown.stale:
        _remember(query["q"])
    lang, currency = language(), shop.settings.currency
    body = {
        **paging.page([offer_view(offer, lang, currency) for offer in shown.offers], shown.next_key),
        "store": store,
        "facets": facets_view(shown, lang) if facets else None,
        "did_you_mean": shown.did_you_mean,
    }
    # MongoDB does not answer: better an old list, called so, than none.
    return _unless_known(body, more={"Warning": '110 - "Response is Stale"'} if shown.stale else {})


def _remember(q: str) -> None:
    """Keep the search for the one who is signed in; a search is answered whether or not that works."""
    try:
        if actor := actor_if_any():
            search.remember(current_shop(), actor.user_id, q)
    except PyMongoError:
        log.warning("search not remembered, database away")


def _wanted(query: dict[str, Any]) -> Wanted:
    return Wanted(
        q=query.get("q"),
        category=query.get("category"),
        brands=query.get("brand", ()),
        min_price=query.get("min_price"),
        max_price=query.get("max_price"),
        dietary=query["dietary"].split(",") if "dietary" in query else (),
        in_stock=query.get("in_stock", False),
        discount=query.get("discount"),
        packs=query.get("pack", ()),
    )


@blp.get("/products/<sku>")
@blp.arguments(PlaceOrStoreQuery, location="query")
@blp.response(200, ProductSchema)
@blp.alt_response(304, description="As you have it.")
@public
def one_product(query: dict[str, Any], sku: str) -> Any:
    """One product, as the place's store sells it

    Without a place there is no price. The ETag begins with the version that `If-Match` takes.
    """
    store = store_asked(query)
    offer = shelf.product_at(current_shop(), store["id"] if store else None, sku)
    return _unless_known(product_view(offer, store), offer.product["version"])


def store_asked(query: dict[str, Any]) -> dict[str, Any] | None:
    """The store whose shelf is asked for, None when nothing says which."""
    shop = current_shop()
    if "store_id" in query:
        return shelf.store_named(shop, query["store_id"])
    place = point_of(query)
    return shelf.store_at(shop, place) if place else None


def point_of(query: dict[str, Any]) -> Point | None:
    if "lat" not in query:
        return None
    return geo.point(query["lng"], query["lat"], current_shop().settings.region)


# --- upkeep ----------------------------------------------------------------------------------------------------


@blp.post("/products")
@blp.arguments(NewProductSchema)
@blp.response(201, ProductSchema)
@allow(*ADMIN)
def add_product(body: dict[str, Any]) -> Any:
    """Add a product

    409 `sku_taken`. Stores put it on their list with a price of their own.
    """
    return _written(service.add_product(current_shop(), current_actor(), _facts(body)))


@blp.put("/products/<sku>")
@blp.arguments(IfMatchHeader, location="headers")
@blp.arguments(ProductFactsSchema)
@blp.response(200, ProductSchema)
@allow(*ADMIN)
def replace_product(headers: dict[str, Any], body: dict[str, Any], sku: str) -> Any:
    """Replace a product's facts

    What is left out is emptied, save `hidden`. Prices above a lower MRP fall to it.
    """
    version = wanted_version(headers)
    return _written(service.replace_product(current_shop(), current_actor(), sku, _facts(body), version))


@blp.delete("/products/<sku>")
@blp.response(204)
@allow(*ADMIN)
def hide_product(sku: str) -> None:
    """Take a product off every shelf; orders of the past keep it"""
    service.hide_product(current_shop(), current_actor(), sku)


@blp.put("/admin/categories/<slug>")
@blp.arguments(CategoryFactsSchema)
@blp.response(200, CategorySchema)
@allow(*ADMIN)
def put_category(body: dict[str, Any], slug: str) -> dict[str, Any]:
    """Make, rename or move a category

    What lies below moves along. 422 `category_cycle` below itself.
    """
    return category_view(service.put_category(current_shop(), current_actor(), slug, **body))


def _facts(body: dict[str, Any]) -> dict[str, Any]:
    facts = {**body, "mrp": paise(current_shop(), body["mrp"])}
    if "images" in body:
        base = current_shop().settings.image_base_url
        facts["images"] = [pictures.stored(url, base) for url in body["images"]]
    return facts


def _written(product: Product) -> Any:
    body = product_view(Offer(product), None)
    return body, None, {"ETag": _etag(body, product["version"])}


def wanted_version(headers: dict[str, Any]) -> int | None:
    """The version named by If-Match, None without one or with `*`. Raises Invalid."""
    text = headers.get("if_match", "*").strip()
    if text == "*":
        return None
    number = text.removeprefix("W/").strip('"').partition("-")[0]
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise Invalid("If-Match takes the ETag that the product was read with.", code="invalid_if_match")
    return int(number)


# --- views -----------------------------------------------------------------------------------------------------


def category_view(one: Category) -> dict[str, Any]:
    return {
        "slug": one["_id"],
        "name": local(one["name"], language()),
        "parent": one["parent"],
        "path": one["path"],
        "position": one["position"],
    }


def offer_view(offer: Offer, lang: str, currency: str) -> dict[str, Any]:
    """The shape of ShelfOfferSchema, built by hand: this is the hot path."""
    product, listing = offer.product, offer.listing
    price = listing["price"] if listing else None
    per_unit = unit_price(price if price is not None else product["mrp"], product["pack"])
    most = listing["max_per_order"] if listing else None
    can_take = offer.left if most is None else min(offer.left, most)
    return {
        "sku": product["_id"],
        "name": local(product["name"], lang),
        "brand": product["brand"],
        "category_path": product["category_path"],
        "pack": product["pack"],
        "unit_price": per_unit and {"amount": per_unit[0], "currency": currency, "per": per_unit[1]},
        "mrp": {"amount": product["mrp"], "currency": currency},
        "price": None if price is None else {"amount": price, "currency": currency},
        "discount_percent": 0 if price is None else discount_percent(price, product["mrp"]),
        "available": offer.available,
        "available_quantity": can_take if listing and can_take <= FEW else None,
        "max_per_order": most,
        "dietary": product["dietary"],
        **_image_of(product),
        "store_id": offer.store_id,
    }


def _image_of(product: Mapping[str, Any]) -> dict[str, Any]:
    """`image` and `image_set` of a card: the product's first image, else a drawing of what it is."""
    if not product["images"]:
        return {"image": placeholders.url_for(product["category_path"]), "image_set": None}
    url, base = product["images"][0], current_shop().settings.image_base_url
    return {"image": pictures.shown(url, base), "image_set": pictures.image_set(url, base)}


def facets_view(shown: Shown, lang: str) -> dict[str, Any]:
    return {
        name: _price_buckets(counted)
        if name == "price"
        else [_facet_value(name, value, count, lang) for value, count in counted]
        for name, counted in shown.facets.items()
    }


def _facet_value(name: str, value: Any, count: int, lang: str) -> dict[str, Any]:
    label = str(value)
    if name == "category":
        label = local(shelf.category_name(current_shop(), value), lang) or value
    elif name == "discount":
        label = f"{value} %"
    return {"value": str(value).lower() if name == "in_stock" else str(value), "name": label, "count": count}


def _price_buckets(counted: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    ends = dict(zip(PRICE_BOUNDS, [bound - 1 for bound in PRICE_BOUNDS[1:]], strict=False))
    return [{"min_price": least, "max_price": ends.get(least), "count": count} for least, count in counted]


def product_view(offer: Offer, store: dict[str, Any] | None) -> dict[str, Any]:
    product, lang = offer.product, language()
    base = current_shop().settings.image_base_url
    plain = (
        "barcodes",
        "hsn",
        "tax_rate",
        "perishable",
        "shelf_life_days",
        "min_life_at_door_days",
        "allergens",
        "storage",
        "substitute_group",
        "hidden",
        "version",
        "updated_at",
    )
    return {
        **offer_view(offer, lang, current_shop().settings.currency),
        "description": local(product["description"], lang),
        "tax_class": product.get("tax_class") or class_of_rate(product["tax_rate"]),
        "names": product["name"],
        "descriptions": product["description"],
        **{name: product[name] for name in plain},
        "images": [pictures.shown(url, base) for url in product["images"]],
        "image_sets": [pictures.image_set(url, base) for url in product["images"]],
        "store": store,
    }


def _unless_known(body: dict[str, Any], version: int = 0, more: Mapping[str, str] | None = None) -> Any:
    """The answer with its ETag, or 304 for who has it."""
    # `no-cache`: keep it, but ask each time; the next call may find another price or an empty shelf.
    headers = {"ETag": _etag(body, version), "Cache-Control": "no-cache", "Vary": "Accept-Language"}
    headers |= more or {}
    if request.if_none_match.contains_weak(headers["ETag"].strip('"')):
        return Response(status=304, headers=headers)
    return body, 200, headers


def _etag(body: dict[str, Any], version: int) -> str:
    return f'"{version}-{blake2b(encode(body), digest_size=9).hexdigest()}"'
