"""Plain functions that make what a test starts from."""

import dataclasses
import itertools
from typing import Any

from flask import Flask

from shopsmart.catalog import service as catalog
from shopsmart.context import Shop
from shopsmart.geo import Point
from shopsmart.identity import service as identity
from shopsmart.identity.model import SYSTEM, Actor
from shopsmart.inventory import service as inventory
from shopsmart.stores import service as stores
from shopsmart.stores.model import Store

PASSWORD = "lotus pond at dawn"
PATIA: Point = {"type": "Point", "coordinates": [85.8190, 20.3540]}
CATEGORIES: list[dict[str, Any]] = [
    {"slug": "dairy", "name": {"en": "Dairy"}, "parent": None},
    {"slug": "milk", "name": {"en": "Milk"}, "parent": "dairy"},
]
_numbers = itertools.count(1)


def with_settings(shop: Shop, **changes: Any) -> Shop:
    """The same shop under other settings."""
    return dataclasses.replace(shop, settings=dataclasses.replace(shop.settings, **changes))


def a_user(shop: Shop, *roles: str, **facts: Any) -> dict[str, Any]:
    """A user with `roles`, their password PASSWORD; `facts` as `identity.create_user` takes them."""
    number = next(_numbers)
    given = {"name": f"Asha Das {number}", "email": f"asha{number}@example.in", "password": PASSWORD, **facts}
    return identity.create_user(shop, roles=roles, **given)


def a_customer(shop: Shop, **facts: Any) -> dict[str, Any]:
    return a_user(shop, "customer", **facts)


def a_rider(shop: Shop, **facts: Any) -> dict[str, Any]:
    return a_user(shop, "rider", **facts)


def a_manager(shop: Shop, *store_ids: str, **facts: Any) -> dict[str, Any]:
    return a_user(shop, "store_manager", store_ids=store_ids, **facts)


def an_admin(shop: Shop, **facts: Any) -> dict[str, Any]:
    return a_user(shop, "admin", **facts)


def a_super_admin(shop: Shop, **facts: Any) -> dict[str, Any]:
    return a_user(shop, "super_admin", **facts)


def actor(user: dict[str, Any]) -> Actor:
    """The user as services see them, without a session."""
    return Actor(user["_id"], frozenset(user["roles"]), frozenset(user["store_ids"]))


def bearer(app: Flask, shop: Shop, user: dict[str, Any], password: str = PASSWORD) -> dict[str, str]:
    """Headers of an app in which `user` has just signed in."""
    from blueprints import security  # here, so that tests of services do not load it

    session = identity.login(shop, email=user["email"], password=password)
    with app.app_context():
        return {"Authorization": f"Bearer {security.tokens(session)['access_token']}"}


def a_store(shop: Shop, *, at: Point = PATIA, radius_m: int = 2_000, **facts: Any) -> Store:
    """A store open day and night, its fence a circle around `at`; `facts` as `stores.create_store` takes them."""
    given = {
        "name": "Patia",
        "address": "Plot 12, Patia, Bhubaneswar",
        "geofence": {"center": at, "radius_m": radius_m},
        **facts,
    }
    return stores.create_store(shop, given.pop("actor", SYSTEM), location=at, **given)


def a_product(shop: Shop, *on_sale_at: Store, units: int = 5, price: int = 4_900, **facts: Any) -> str:
    """A product, on sale in the given stores with `units` each; its SKU."""
    number = next(_numbers)
    sku = facts.pop("sku", f"SKU-{number:04d}")
    product = {
        "sku": sku,
        "name": {"en": f"Milk {number}"},
        "brand": "Dairy Best",
        "category_path": ["dairy", "milk"],
        "pack": {"value": 500, "unit": "ml"},
        "mrp": max(price, 5_000),
        "tax_rate": 5,
        **facts,
    }
    catalog.put_categories(shop, CATEGORIES)
    catalog.put_products(shop, [product])
    for store in on_sale_at:
        catalog.put_listings(shop, store["_id"], [{"sku": sku, "price": price}])
        inventory.open_shelves(shop, store["_id"], [{"sku": sku, "units": units}], "test")
    return sku
