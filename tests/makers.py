"""Plain functions that make what a test starts from."""

import dataclasses
import itertools
from typing import Any

from flask import Flask

from shopsmart.context import Shop
from shopsmart.geo import Point
from shopsmart.identity import service as identity
from shopsmart.identity.model import SYSTEM, Actor
from shopsmart.stores import service as stores
from shopsmart.stores.model import Store

PASSWORD = "lotus pond at dawn"
PATIA: Point = {"type": "Point", "coordinates": [85.8190, 20.3540]}
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
