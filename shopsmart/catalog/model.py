"""Products, categories and listings: their shapes, what they must be like, and their prices. Plain values only."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from shopsmart.catalog import words
from shopsmart.errors import Invalid

LANGUAGES = ("en", "hi", "or", "vi")
UNITS = ("g", "ml", "piece")
STORAGE = ("ambient", "cool", "chilled", "frozen")
MOST_MRP = 100_000_000  # paise: ten lakh rupees
MOST_DEPTH = 6
MOST_PER_ORDER = 1_000
EXEMPT = "exempt"  # no tax by law, which is not a rate of nought

_SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BARCODE = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_PER = {"g": (100, "100 g"), "ml": (100, "100 ml"), "piece": (1, "piece")}


class Pack(TypedDict):
    value: int  # content in `unit`
    unit: str  # g | ml | piece


class Product(TypedDict):
    """A document of `products`. What nobody has said is empty, not missing."""

    _id: str  # the SKU
    sku: str
    name: dict[str, str]  # by language, `en` always
    description: dict[str, str]
    brand: str | None
    category_path: list[str]  # slugs from the top; empty for a product that stands in no category
    barcodes: list[str]
    pack: Pack | None
    mrp: int  # paise, tax included: no price may be above it
    hsn: str
    tax_rate: int  # percent
    tax_class: str | None  # "exempt" or "gst_5"; None is the class of the rate
    perishable: bool
    shelf_life_days: int | None
    min_life_at_door_days: int | None
    allergens: list[str]
    dietary: list[str]
    storage: str
    substitute_group: str | None
    images: list[str]
    hidden: bool
    terms: list[str]  # tokens that find it
    name_keys: list[str]  # folded names, for ranking
    version: int
    created_at: NotRequired[datetime]  # unknown of the oldest ones
    updated_at: datetime
    stale: bool  # listings and history may not yet show this version
    changes: NotRequired[list[dict[str, Any]]]  # noted for the history, not yet copied there


class Category(TypedDict):
    """A document of `categories`. `path`: slugs from the top down to its own."""

    _id: str
    name: dict[str, str]
    parent: str | None
    path: list[str]
    position: int


class Listing(TypedDict):
    """A document of `listings`: a store sells a product at its price. The rest is copied from the product."""

    _id: str  # "store:sku"
    store_id: str
    sku: str
    price: int  # paise
    enabled: bool
    max_per_order: int | None
    discount: int  # percent below MRP
    updated_at: datetime
    mrp: int
    category_path: list[str]
    brand: str | None
    name_key: str
    dietary: list[str]
    hidden: bool
    version: NotRequired[int]
    changes: NotRequired[list[dict[str, Any]]]
    unsaved: NotRequired[bool]  # `changes` are to be copied to the history


class Change(TypedDict):
    """What changed of a product or a listing, by whom, and through which door."""

    at: datetime
    who: str
    roles: list[str]
    via: str  # "" for a single call, or the batch it came with, such as "import:<id>"
    what: str
    before: dict[str, Any] | None
    after: dict[str, Any]


DEFAULTS: Mapping[str, Any] = {
    "description": {},
    "brand": None,
    "category_path": [],
    "barcodes": [],
    "pack": None,
    "hsn": "",
    "tax_rate": 0,
    "tax_class": None,
    "perishable": False,
    "shelf_life_days": None,
    "min_life_at_door_days": None,
    "allergens": [],
    "dietary": [],
    "storage": "ambient",
    "substitute_group": None,
    "images": [],
    "hidden": False,
}
FACTS = ("name", "mrp", *DEFAULTS)


def checked_product(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A product's `sku` and FACTS, complete, with what is searched. Raises Invalid naming every fault.

    Money in paise. Members that are no facts of a product are left out.
    """
    product = {"sku": facts["sku"], **{name: facts.get(name, DEFAULTS.get(name)) for name in FACTS}}
    faults = dict(_product_faults(product))
    if faults:
        raise Invalid("The product is not as it should be; see `errors`.", errors=faults)
    product["brand"] = product["brand"] or None
    return product | {"terms": words.terms_of(product), "name_keys": words.name_keys_of(product)}


def _product_faults(product: Mapping[str, Any]) -> Iterable[tuple[str, list[str]]]:
    if not _SKU.fullmatch(product["sku"]):
        yield "sku", ["1 to 40 letters, digits, dots, dashes or underscores."]
    for name in ("name", "description"):
        if set(product[name] or {}) - set(LANGUAGES):
            yield name, [f"Languages are {', '.join(LANGUAGES)}."]
    if "en" not in (product["name"] or {}):
        yield "name", ["An English name is required."]
    if not 0 < product["mrp"] <= MOST_MRP:
        yield "mrp", ["Must be above zero and sane."]
    if not 0 <= product["tax_rate"] <= 100:
        yield "tax_rate", ["Must be a percentage."]
    if product["tax_class"] not in {None, class_of_rate(product["tax_rate"])} and (
        product["tax_class"] != EXEMPT or product["tax_rate"]
    ):
        yield "tax_class", [f"exempt at a rate of 0, else {class_of_rate(product['tax_rate'])}."]
    if (pack := product["pack"]) is not None and (pack["unit"] not in UNITS or pack["value"] <= 0):
        yield "pack", [f"A positive number of {', '.join(UNITS)}."]
    if product["storage"] not in STORAGE:
        yield "storage", [f"One of {', '.join(STORAGE)}."]
    if wrong := [code for code in product["barcodes"] if not is_barcode(code)]:
        yield "barcodes", [f"Not a GTIN: {code}" for code in wrong]


def class_of_rate(rate: int) -> str:
    """The class of goods that are taxed at `rate` percent."""
    return f"gst_{rate}"


def is_barcode(code: str) -> bool:
    """A GTIN of 8, 12, 13 or 14 digits whose last digit checks."""
    if not _BARCODE.fullmatch(code):
        return False
    weighed = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(code[:-1])))
    return (10 - weighed % 10) % 10 == int(code[-1])


def checked_slug(slug: str, field: str = "slug") -> str:
    """Raises Invalid."""
    if len(slug) > 60 or not _SLUG.fullmatch(slug):
        raise Invalid(
            "A slug is small letters and digits, joined by dashes.",
            code="invalid_slug",
            errors={field: ["Not a slug."]},
        )
    return slug


def check_path(path: Sequence[str], categories: Mapping[str, Category]) -> None:
    """Raises Invalid `wrong_category_path` where `path` and the tree disagree on where a category stands.

    A category that the tree does not have is no fault: partners' products arrive before their categories do, and
    take their place when the category is put.
    """
    for depth, slug in enumerate(path, start=1):
        checked_slug(slug, "category_path")
        if slug in categories and list(path[:depth]) != categories[slug]["path"]:
            raise Invalid(
                f"The category {slug} stands elsewhere in the tree.",
                code="wrong_category_path",
                errors={"category_path": [f"{slug} stands elsewhere in the tree."]},
                path=categories[slug]["path"],
            )


def placed(
    categories: Mapping[str, Category], slug: str, name: Mapping[str, str], parent: str | None, position: int
) -> list[Category]:
    """The category as it shall be, and all below it with their new paths.

    Raises Invalid `unknown_category`, `category_cycle`, `category_too_deep`.
    """
    if parent is not None and parent not in categories:
        raise Invalid(
            "There is no such parent.",
            code="unknown_category",
            errors={"parent": ["There is no such category."]},
        )
    above = categories[parent]["path"] if parent is not None else []
    if slug in above:
        raise Invalid(
            "A category cannot lie below itself.",
            code="category_cycle",
            errors={"parent": ["Lies below it."]},
        )
    root: Category = {
        "_id": slug,
        "name": dict(name),
        "parent": parent,
        "path": [*above, slug],
        "position": position,
    }
    below = [one for one in categories.values() if slug in one["path"] and one["_id"] != slug]
    moved: list[Category] = [root]
    for one in below:
        path = [*root["path"], *one["path"][one["path"].index(slug) + 1 :]]
        moved.append({**one, "path": path})
    if max(len(one["path"]) for one in moved) > MOST_DEPTH:
        raise Invalid(
            f"At most {MOST_DEPTH} levels.", code="category_too_deep", errors={"parent": ["Too deep."]}
        )
    return moved


def check_price(price: int, product: Mapping[str, Any]) -> None:
    """Raises Invalid `bad_price`, `price_above_mrp`."""
    if price <= 0:
        raise Invalid("A price is above zero.", code="bad_price", errors={"price": ["Must be above zero."]})
    if price > product["mrp"]:
        raise Invalid(
            "No price is above the MRP.",
            code="price_above_mrp",
            errors={"price": ["Above the MRP."]},
            sku=product["sku"],
            mrp=product["mrp"],
        )


def copied(product: Mapping[str, Any]) -> dict[str, Any]:
    """What a listing copies of its product, to be filtered and sorted by."""
    return {
        "mrp": product["mrp"],
        "category_path": product["category_path"],
        "brand": product["brand"],
        "name_key": product["name_keys"][0],
        "dietary": product["dietary"],
        "hidden": product["hidden"],
    }


def discount_percent(price: int, mrp: int) -> int:
    """Whole percent that `price` lies below `mrp`, rounded down: never promise more than is given."""
    return (mrp - price) * 100 // mrp if 0 < price < mrp else 0


def unit_price(price: int, pack: Mapping[str, Any] | None) -> tuple[int, str] | None:
    """`(paise, per)` of 100 g, 100 ml or a piece, half up; None where the pack is unknown."""
    if pack is None:
        return None
    amount, per = _PER[pack["unit"]]
    return (2 * price * amount + pack["value"]) // (2 * pack["value"]), per


def local(texts: Mapping[str, str], language: str) -> str:
    """The text in `language`, else in English."""
    return texts.get(language) or texts.get("en", "")
