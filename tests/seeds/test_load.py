"""The city is built through the services, once, however often it is built."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from seeds.assortment import build_assortment
from seeds.catalogue import SEED, build_catalogue
from seeds.city import STORES
from seeds.load import load
from shopsmart import checker
from shopsmart.catalog import service as catalog
from shopsmart.identity.model import SYSTEM
from shopsmart.stores import service as stores

CORNER = [store for store in STORES if store.code == "sundarpada"]  # the smallest: quick to load
CORNER_SHELVES = build_assortment(CORNER[0], build_catalogue(random.Random(SEED)))


def quietly(_line):
    pass


def everything(db):
    """All documents of all collections, by collection and id."""
    return {(name, str(row["_id"])): row for name in db.list_collection_names() for row in db[name].find()}


def differing(before, after):
    """Which documents are not as they were: a whole city would make a long assertion."""
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def test_a_second_run_changes_nothing(shop, db, clock):
    load(shop, quietly, CORNER)
    before = everything(db)
    clock.forward(days=1)

    load(shop, quietly, CORNER)

    assert differing(before, everything(db)) == []


def test_a_second_run_leaves_what_somebody_has_changed(shop, db):
    load(shop, quietly, CORNER)
    row = db.listings.find_one({"price": {"$gt": 1_000}})
    catalog.list_product(shop, SYSTEM, row["store_id"], row["sku"], row["price"] - 500)
    stores.update_store(shop, SYSTEM, CORNER[0].id, name="Corner shop")
    changed = everything(db)

    load(shop, quietly, CORNER)

    assert differing(changed, everything(db)) == []


@pytest.mark.parametrize("stops_after", ["products in", "stores with", "people,"])
def test_an_interrupted_run_is_finished_by_the_next(shop, db, stops_after):
    def until(line):
        if stops_after in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(shop, until, CORNER)
    load(shop, quietly, CORNER)

    assert_the_corner_is_complete(db)
    assert checker.run(shop) == []


def test_a_run_that_died_between_shelf_and_stock_is_finished_by_the_next(shop, db):
    load(shop, quietly, CORNER)
    some = [row["_id"] for row in db.stock.find({"on_hand": {"$gt": 0}}).limit(50)]
    db.stock.update_many(
        {"_id": {"$in": some[:25]}}, {"$set": {"on_hand": 0, "available": 0, "seq": 0, "tail": []}}
    )
    db.stock.delete_many({"_id": {"$in": some[25:]}})
    db.listings.delete_many({"_id": {"$in": some[40:]}})

    load(shop, quietly, CORNER)

    assert_the_corner_is_complete(db)
    assert checker.run(shop) == []


def test_production_is_refused_in_one_sentence():
    answer = subprocess.run(
        [sys.executable, "-m", "seeds"],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "SHOPSMART_ENV": "production"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 2
    assert answer.stderr == "The demo city is not for production: its passwords are known to everybody.\n"
    assert answer.stdout == ""


def assert_the_corner_is_complete(db):
    wanted = {row["sku"]: (row["units"], row["price"]) for row in CORNER_SHELVES}
    stock = {row["sku"]: row["on_hand"] for row in db.stock.find()}
    prices = {row["sku"]: row["price"] for row in db.listings.find()}

    assert {sku: (stock[sku], prices[sku]) for sku in wanted} == wanted
    assert len(stock) == len(prices) == len(wanted)
