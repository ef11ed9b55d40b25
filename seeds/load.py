"""Build the demo city through the shop's services.

Safe to repeat: what is there already stays as it is, also where somebody has changed it since; what an
interrupted run left out is made up for.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pymongo

from seeds.assortment import Stocking, build_assortment
from seeds.catalogue import SEED, Category, Product, build_catalogue, build_categories
from seeds.city import STORES, TIMEZONE, DarkStore, geofence
from seeds.people import PASSWORD, Rider, build_people, build_riders
from seeds.places import build_places
from shopsmart.catalog import service as catalog
from shopsmart.catalog import store as catalog_store
from shopsmart.context import Shop
from shopsmart.dispatch import riders as dispatch
from shopsmart.dispatch import store as dispatch_store
from shopsmart.geo import Point
from shopsmart.identity import service as identity
from shopsmart.identity.model import SYSTEM, NewUser
from shopsmart.inventory import service as inventory
from shopsmart.places import service as places
from shopsmart.stores import service as stores

Tell = Callable[[str], None]

# MongoDB and this process take turns on the stores: more than two hands find nothing to do.
_AT_ONCE = 2
_ROWS_AT_ONCE = 1_000
# Bulk writes of a city take longer than anything that a customer waits for.
_PATIENCE_SECONDS = 120


def load(shop: Shop, tell: Tell = print, some: Sequence[DarkStore] = STORES) -> None:
    """The whole city or `some` of its stores, all goods and all people. `tell` gets a line per step."""
    with pymongo.timeout(_PATIENCE_SECONDS):
        products = _goods(shop, tell)
        _open(shop, some, tell)
        _places(shop, tell)
        _people(shop, tell)
    _shelves(shop, some, products, tell)


def _goods(shop: Shop, tell: Tell) -> list[Product]:
    categories, products = build_categories(), build_catalogue(random.Random(SEED))
    if new := _missing_categories(shop, categories):
        catalog.put_categories(shop, new)
    known = catalog_store.products_of(shop.db, [product["sku"] for product in products])
    catalog.put_products(shop, [product for product in products if product["sku"] not in known])
    tell(f"demo city: {len(products)} products in {len(categories)} categories")
    return products


def _missing_categories(shop: Shop, categories: Sequence[Category]) -> list[Category]:
    known = {category["_id"] for category in catalog.tree(shop)}
    return [category for category in categories if category["slug"] not in known]


def _open(shop: Shop, some: Sequence[DarkStore], tell: Tell) -> None:
    for store in some:
        stores.create_store(
            shop,
            SYSTEM,
            store_id=store.id,
            name=store.name,
            address=store.address,
            location={"type": "Point", "coordinates": list(store.at)},
            geofence=geofence(store),
            timezone=TIMEZONE,
            hours=store.hours,
            pickers_on_duty=store.pickers,
            capacity_per_10_min=store.capacity,
        )
    tell(f"demo city: {len(some)} stores with their fences")


def _places(shop: Shop, tell: Tell) -> None:
    known = build_places()
    places.add_missing(shop, known)
    tell(f"demo city: {len(known)} places by name")


def _people(shop: Shop, tell: Tell) -> None:
    people, riders = build_people(), build_riders()
    newcomers = [
        NewUser(
            name=person.name,
            email=person.email,
            roles=(person.role,),
            store_ids=person.store_ids,
            phone=person.phone,
            locale=person.locale,
            addresses=person.addresses,
            user_id=person.id,
        )
        for person in people
    ]
    accounts = {user["email"]: user for user in identity.create_users(shop, newcomers, PASSWORD)}
    for rider in riders:
        _register(shop, accounts[rider.person.email], rider)
    tell(f"demo city: {len(people)} people, {len(riders)} of them riders")


def _register(shop: Shop, account: Mapping[str, Any], rider: Rider) -> None:
    """Unless he rides already, or an administrator has given him other work."""
    if "rider" in account["roles"] and dispatch_store.rider(shop.db, account["_id"]) is None:
        home: Point = {"type": "Point", "coordinates": list(rider.at)}
        dispatch.register_rider(shop, account, rider.vehicle, home)


def _shelves(shop: Shop, some: Sequence[DarkStore], products: Sequence[Product], tell: Tell) -> None:
    """List and stock the stores."""
    with ThreadPoolExecutor(_AT_ONCE) as hands:
        for told in hands.map(lambda store: _stock(shop, store, products), some):
            tell(told)


def _stock(shop: Shop, store: DarkStore, products: Sequence[Product]) -> str:
    rows = build_assortment(store, products)
    with pymongo.timeout(_PATIENCE_SECONDS):
        listed = catalog_store.all_listings(shop.db, store.id)
        for batch in _batches([row for row in rows if row["sku"] not in listed]):
            catalog.put_listings(shop, store.id, batch)
        for batch in _batches(rows):
            inventory.open_shelves(shop, store.id, batch, SYSTEM.user_id)
    return f"demo city: {store.name} keeps {len(rows)} items, {sum(row['units'] for row in rows)} units"


def _batches(rows: Sequence[Stocking]) -> list[Sequence[Stocking]]:
    return [rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(rows), _ROWS_AT_ONCE)]
