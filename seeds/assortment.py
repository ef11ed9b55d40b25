"""What each dark store keeps: its range, its own prices, where things lie and how many, with some shortages.

Each store and SKU has a chance of its own, so that a change to one leaves all others as they were.
"""

import random
from collections.abc import Iterable
from functools import cache
from typing import TypedDict

from seeds.catalogue import DEPARTMENTS, SEED, Product
from seeds.city import DarkStore

# Shares of what a store keeps besides its essentials.
SOLD_OUT = 0.025
NEARLY_OUT = 0.03
SWITCHED_OFF = 0.01
ON_OFFER = 0.06

_ZONES = {"ambient": "A", "cool": "K", "chilled": "C", "frozen": "F"}
_ROWS_PER_RACK = 6


class Stocking(TypedDict):
    """One SKU in one store. Money in paise."""

    sku: str
    price: int
    max_per_order: int
    units: int  # opening stock
    low_stock_at: int
    bin: str  # zone, rack, row: "A-03-2"
    sellable: bool


def build_assortment(store: DarkStore, products: Iterable[Product]) -> list[Stocking]:
    """The store's shelves in the order of the catalogue; equal on every call."""
    rows = []
    for product in products:
        chance = random.Random(f"{SEED}:{store.id}:{product['sku']}")
        if product["essential"] or chance.random() < store.range_share:
            rows.append(_stocking(store, product, chance))
    return rows


def _stocking(store: DarkStore, product: Product, chance: random.Random) -> Stocking:
    units = _usual_units(store, product, chance)
    return {
        "sku": product["sku"],
        "price": _price(store, product, chance),
        "max_per_order": _most(product),
        "units": units if product["essential"] else _after_a_busy_day(units, chance),
        "low_stock_at": max(3, units // 6),
        "bin": _bin(product),
        "sellable": product["essential"] or chance.random() >= SWITCHED_OFF,
    }


def _price(store: DarkStore, product: Product, chance: random.Random) -> int:
    """Near the common price: dearer or cheaper by store and item, never above the MRP."""
    level = random.Random(f"{SEED}:{store.id}").uniform(0.985, 1.02)
    factor = level * chance.uniform(0.985, 1.015)
    if chance.random() < ON_OFFER:
        factor *= chance.uniform(0.84, 0.93)
    step = 50 if product["price"] < 5_000 else 100
    return min(product["mrp"], max(step, round(product["price"] * factor / step) * step))


def _usual_units(store: DarkStore, product: Product, chance: random.Random) -> int:
    """More of what everybody buys, less of what spoils or costs much; big stores keep more."""
    least, most = (30, 90) if product["essential"] else (8, 36)
    if product["shelf_life_days"] <= 3 and not product["essential"]:
        most = 20
    if product["mrp"] > 50_000:
        least, most = least // 2, most // 2
    return round(chance.randint(least, most) * (0.8 + store.capacity / 50))


def _after_a_busy_day(units: int, chance: random.Random) -> int:
    luck = chance.random()
    if luck < SOLD_OUT:
        return 0
    return chance.randint(1, 3) if luck < SOLD_OUT + NEARLY_OUT else units


def _most(product: Product) -> int:
    if product["pack"]["value"] >= 5_000:
        return 3
    return 5 if product["mrp"] > 50_000 else 12


def _bin(product: Product) -> str:
    zone = _ZONES[product["storage"]]
    number = int(product["sku"].rpartition("-")[2])
    return f"{zone}-{_racks()[product['category_path'][2]]:02d}-{number % _ROWS_PER_RACK + 1}"


@cache
def _racks() -> dict[str, int]:
    """A rack for every shelf of the catalogue, as a picker walks."""
    shelves = [shelf for department in DEPARTMENTS for aisle in department.aisles for shelf in aisle.shelves]
    return {shelf.slug: rack for rack, shelf in enumerate(shelves, start=1)}
