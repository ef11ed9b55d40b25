"""Every store has what a household needs, and some of it runs short on purpose."""

import random
import re

import pytest

from seeds.assortment import build_assortment
from seeds.catalogue import SEED, build_catalogue
from seeds.city import STORES

PRODUCTS = build_catalogue(random.Random(SEED))
BY_SKU = {product["sku"]: product for product in PRODUCTS}
SHELVES = {store.id: build_assortment(store, PRODUCTS) for store in STORES}


def test_the_same_seed_gives_the_same_shelves():
    assert build_assortment(STORES[3], PRODUCTS) == SHELVES[STORES[3].id]


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.code)
@pytest.mark.parametrize(
    "leaf",
    [
        "fresh-milk",
        "bread-buns",
        "eggs",
        "everyday-rice",
        "wheat-atta",
        "dals",
        "everyday-vegetables",
        "salt",
    ],
)
def test_every_store_can_sell_the_daily_needs(store, leaf):
    ready = [
        row
        for row in SHELVES[store.id]
        if BY_SKU[row["sku"]]["category_path"][2] == leaf and row["units"] >= 10 and row["sellable"]
    ]

    assert ready


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.code)
def test_every_store_has_deliberate_shortages(store):
    rows = SHELVES[store.id]

    assert sum(row["units"] == 0 for row in rows) >= 5
    assert sum(1 <= row["units"] <= 3 for row in rows) >= 5
    assert any(not row["sellable"] for row in rows)
    assert len(rows) < len(PRODUCTS)


def test_no_store_asks_more_than_the_mrp():
    for rows in SHELVES.values():
        for row in rows:
            assert 0 < row["price"] <= BY_SKU[row["sku"]]["mrp"]
            assert row["price"] % 50 == 0


def test_stores_differ_in_price_and_range():
    prices = {
        sku: {row["price"] for rows in SHELVES.values() for row in rows if row["sku"] == sku}
        for sku in list(BY_SKU)[:40]
    }
    ranges = {frozenset(row["sku"] for row in rows) for rows in SHELVES.values()}

    assert sum(len(found) > 1 for found in prices.values()) > 10
    assert len(ranges) == len(STORES)


def test_things_lie_in_bins_by_how_they_are_kept():
    zones = {"ambient": "A", "cool": "K", "chilled": "C", "frozen": "F"}
    for row in SHELVES["bbsr-patia"]:
        assert re.fullmatch(r"[AKCF]-\d\d-[1-6]", row["bin"])
        assert row["bin"][0] == zones[BY_SKU[row["sku"]]["storage"]]
        assert row["low_stock_at"] >= 3
        assert row["max_per_order"] >= 1
