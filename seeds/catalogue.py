"""The range of goods, composed from the vocabulary: the same seed gives the same products with the same SKUs.

SKUs count within a shelf, in the order of the vocabulary: a new kind goes to the end of its shelf, so that
what was named before keeps its name.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypedDict

from seeds.words import dairy, fresh, household, packaged, staples
from seeds.words.brands import HOUSE
from seeds.words.shapes import Aisle, Brand, Department, Kind, Shelf
from seeds.words.variants import VARIANTS

SEED = 202_611

DEPARTMENTS: tuple[Department, ...] = (
    fresh.DEPARTMENTS[0],
    *dairy.DEPARTMENTS,
    *staples.DEPARTMENTS,
    *packaged.DEPARTMENTS,
    fresh.DEPARTMENTS[1],
    *household.DEPARTMENTS,
)
_PERISHABLE_WITHIN_DAYS = 30
_UNITS = {"g": ("g", 1), "kg": ("g", 1000), "ml": ("ml", 1), "l": ("ml", 1000), "pc": ("piece", 1)}
_UNIT_WORDS = {
    "en": {"g": "g", "kg": "kg", "ml": "ml", "l": "l", "pc": "pc"},
    "hi": {"g": "ग्राम", "kg": "किलो", "ml": "मिली", "l": "लीटर", "pc": "नग"},
    "or": {"g": "ଗ୍ରାମ", "kg": "କିଲୋ", "ml": "ମିଲି", "l": "ଲିଟର", "pc": "ଟି"},
}


class Category(TypedDict):
    slug: str
    name: dict[str, str]  # by language
    parent: str | None
    position: int


class Product(TypedDict):
    sku: str
    name: dict[str, str]  # en always; hi and or where a household would look for them
    description: dict[str, str]
    brand: str
    category_path: list[str]  # department, aisle, shelf
    barcodes: list[str]  # EAN-13
    pack: dict[str, Any]  # {value, unit: g | ml | piece}
    mrp: int  # paise, tax included
    price: int  # paise, what the shop asks before a store's own prices
    hsn: str
    tax_rate: int  # percent
    perishable: bool
    shelf_life_days: int
    min_life_at_door_days: int
    allergens: list[str]
    dietary: list[str]
    storage: str
    substitute_group: str
    images: list[str]
    essential: bool


@dataclass(frozen=True)
class Pack:
    """One pack as the vocabulary writes it: `4x70g` has count 4, number 70, unit g."""

    count: int
    number: float
    unit: str

    @property
    def value(self) -> int:
        """Content in g, ml or pieces."""
        return round(self.count * self.number * _UNITS[self.unit][1])

    @property
    def measure(self) -> str:
        return _UNITS[self.unit][0]

    @property
    def amount(self) -> float:
        """Content in what rates are given for: kg, litres or pieces."""
        return self.value if self.unit == "pc" else self.value / 1000

    def label(self, language: str) -> str:
        times = f"{self.count} x " if self.count > 1 else ""
        return f"{times}{self.number:g} {_UNIT_WORDS[language][self.unit]}"


def build_categories() -> list[Category]:
    """The tree, parents before children, each with its place among its siblings."""
    rows: list[Category] = []
    for place, department in enumerate(DEPARTMENTS):
        rows.append(_category(department, None, place))
        for aisle_place, aisle in enumerate(department.aisles):
            rows.append(_category(aisle, department.slug, aisle_place))
            rows += [_category(shelf, aisle.slug, at) for at, shelf in enumerate(aisle.shelves)]
    return rows


def build_catalogue(rng: random.Random) -> list[Product]:
    """Every product, shelf by shelf. Equal `rng` states give equal lists."""
    salt = rng.getrandbits(64)
    products: list[Product] = []
    for department in DEPARTMENTS:
        for aisle in department.aisles:
            for shelf in aisle.shelves:
                # A chance of its own per shelf: a change on one leaves all others as they were.
                chance = random.Random(f"{salt}:{shelf.slug}")
                path = [department.slug, aisle.slug, shelf.slug]
                products += _shelf_products(shelf, path, chance)
    return products


def ean13(sku: str) -> str:
    """A barcode for in-store use (GS1 prefix 20 to 29), so that it is nobody else's."""
    digits = "2" + f"{int(sha256(sku.encode()).hexdigest(), 16) % 10**11:011d}"
    return digits + str(check_digit(digits))


def check_digit(twelve: str) -> int:
    """The last digit of an EAN-13 whose first twelve are given."""
    return -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve)) % 10


def parse_pack(text: str) -> Pack:
    """`"500g"`, `"1.5l"`, `"6pc"`, `"4x70g"`."""
    found = re.fullmatch(r"(?:(\d+)x)?(\d+(?:\.\d+)?)(g|kg|ml|l|pc)", text)
    if not found:
        raise ValueError(f"not a pack: {text}")
    return Pack(int(found[1] or 1), float(found[2]), found[3])


def _category(level: Department | Aisle | Shelf, parent: str | None, position: int) -> Category:
    name = {"en": level.name}
    if level.hi:
        name |= {"hi": level.hi, "or": level.odia}
    return {"slug": level.slug, "name": name, "parent": parent, "position": position}


def _shelf_products(shelf: Shelf, path: list[str], chance: random.Random) -> Iterator[Product]:
    number = 0
    for kind in shelf.kinds:
        packs = [parse_pack(text) for text in (kind.packs or shelf.packs).split()]
        for brand in _brands(shelf, kind, chance):
            for variant, factor in _variants(kind):
                factor *= brand.tier * chance.uniform(0.97, 1.03)
                for pack in _some(packs, chance):
                    number += 1
                    yield _product(shelf, path, kind, brand, variant, pack, factor, packs[0], number, chance)


def _brands(shelf: Shelf, kind: Kind, chance: random.Random) -> list[Brand]:
    """The makers of this kind, in the vocabulary's order."""
    offered = kind.brands or shelf.brands or (HOUSE,)
    wanted = min(kind.makers or shelf.makers, len(offered))
    return sorted(chance.sample(offered, wanted), key=offered.index)


def _variants(kind: Kind) -> list[tuple[str, float]]:
    rows = []
    for text in kind.variants.split("|"):
        name, _, factor = text.strip().partition(":")
        rows.append((name, float(factor or 1)))
    return rows


def _some(packs: list[Pack], chance: random.Random) -> list[Pack]:
    """Hardly any maker offers every size; the first one is always there."""
    return [pack for place, pack in enumerate(packs) if not place or chance.random() < 0.9]


def _product(
    shelf: Shelf,
    path: list[str],
    kind: Kind,
    brand: Brand,
    variant: str,
    pack: Pack,
    factor: float,
    first: Pack,
    number: int,
    chance: random.Random,
) -> Product:
    sku = f"SS-{shelf.code}-{number:04d}"
    life = shelf.life if kind.life is None else kind.life
    mrp = _mrp(kind.rate * factor * _bulk(pack, first) * pack.amount)
    diet = shelf.diet if kind.diet is None else kind.diet
    organic = ["organic"] if "Organic" in brand.name else []
    return {
        "sku": sku,
        "name": _names(kind, brand, variant, pack),
        "description": {"en": f"{_title(kind, brand, variant)}. {shelf.about} Pack: {pack.label('en')}."},
        "brand": brand.name,
        "category_path": path,
        "barcodes": [ean13(sku)],
        "pack": {"value": pack.value, "unit": pack.measure},
        "mrp": mrp,
        "price": _price(mrp, chance.randint(*shelf.discount)),
        "hsn": kind.hsn or shelf.hsn,
        "tax_rate": shelf.tax if kind.tax is None else kind.tax,
        "perishable": life <= _PERISHABLE_WITHIN_DAYS,
        "shelf_life_days": life,
        "min_life_at_door_days": max(1, min(60, life // 3)),
        "allergens": (shelf.allergens if kind.allergens is None else kind.allergens).split(),
        "dietary": diet.split() + (organic if diet else []),
        "storage": shelf.storage,
        "substitute_group": re.sub(r"[^a-z0-9]+", "-", kind.name.lower()).strip("-"),
        "images": [],
        "essential": kind.essential and pack == first,
    }


def _names(kind: Kind, brand: Brand, variant: str, pack: Pack) -> dict[str, str]:
    names = {"en": f"{_title(kind, brand, variant)}, {pack.label('en')}"}
    if kind.hi and kind.odia:
        said = VARIANTS.get(variant, (variant, variant))
        for language, word, maker, how in (
            ("hi", kind.hi, brand.hi, said[0]),
            ("or", kind.odia, brand.odia, said[1]),
        ):
            maker = "" if brand == HOUSE else (maker or brand.name)
            title = f"{maker} {word}".strip() + (f" ({how})" if how else "")
            names[language] = f"{title}, {pack.label(language)}"
    return names


def _title(kind: Kind, brand: Brand, variant: str) -> str:
    maker = "" if brand == HOUSE else brand.name
    return " ".join(part for part in (maker, variant, kind.name) if part)


def _bulk(pack: Pack, first: Pack) -> float:
    """Larger packs cost less per kilo."""
    return float((pack.amount / first.amount) ** -0.05)


def _mrp(rupees: float) -> int:
    """Printed prices: half rupees below 20, whole ones to 100, then steps of five, now and then one less."""
    if rupees < 20:
        return max(100, round(rupees * 2) * 50)
    if rupees < 100:
        return round(rupees) * 100
    whole = round(rupees / 5) * 5
    return (whole - 1 if whole % 50 == 0 else whole) * 100


def _price(mrp: int, discount_percent: int) -> int:
    """The asking price in paise: half rupees below 50, whole ones above."""
    step = 50 if mrp < 5_000 else 100
    return round(mrp * (100 - discount_percent) / 100 / step) * step
