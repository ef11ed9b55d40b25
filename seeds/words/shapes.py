"""How the vocabulary is written down: department > aisle > shelf > kind.

Packs are written as people write them, `"500g 1kg 4x70g 6pc 200ml"`. Variants are separated by `|` and may carry
a price factor: `"Everyday:0.8 | Aged:1.4"`. Diet marks and allergens are space-separated words.
"""

from dataclasses import dataclass

# Diet marks in their usual bundles; a mark says that the goods suit, never that they merely might.
PLANT = "veg vegan jain gluten_free"
ROOT = "veg vegan gluten_free"  # grows under ground: not for a Jain kitchen
WHEAT = "veg vegan jain"
MILK = "veg jain gluten_free"
BAKED = "veg"
SAVOURY = "veg"
EGG = "egg gluten_free"
MEAT = "non_veg gluten_free"
NOT_FOOD = ""


@dataclass(frozen=True)
class Brand:
    """A maker. `tier`: price level against the middle of the market."""

    name: str
    tier: float = 1.0
    hi: str = ""
    odia: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind of goods. `rate`: MRP in rupees per kg, litre or piece, of a middling maker's first pack."""

    name: str
    rate: float
    hi: str = ""
    odia: str = ""
    packs: str = ""
    variants: str = ""
    makers: int | None = None  # how many brands offer it; None as the shelf says
    brands: tuple[Brand, ...] | None = None
    life: int | None = None  # days
    diet: str | None = None
    allergens: str | None = None
    hsn: str = ""
    tax: int | None = None
    essential: bool = False  # every store keeps it, well stocked


@dataclass(frozen=True)
class Shelf:
    """The third level of the tree, and what its goods have in common unless a kind says otherwise."""

    slug: str
    name: str
    code: str  # middle of the SKU
    hsn: str
    tax: int  # GST percent
    kinds: tuple[Kind, ...]
    hi: str = ""
    odia: str = ""
    brands: tuple[Brand, ...] = ()  # none: sold loose under the shop's own name
    makers: int = 2
    packs: str = "1pc"
    life: int = 365
    storage: str = "ambient"  # ambient | cool | chilled | frozen
    diet: str = PLANT
    allergens: str = ""
    discount: tuple[int, int] = (0, 15)  # percent off the MRP
    about: str = ""


@dataclass(frozen=True)
class Aisle:
    slug: str
    name: str
    hi: str
    odia: str
    shelves: tuple[Shelf, ...]


@dataclass(frozen=True)
class Department:
    slug: str
    name: str
    hi: str
    odia: str
    aisles: tuple[Aisle, ...]
