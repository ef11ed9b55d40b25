"""A small shop to load: two stores around one place, goods in plenty, customers who are signed in."""

from dataclasses import dataclass
from typing import Any

from bench.client import PASSWORD, Caller
from shopsmart.catalog import service as catalog
from shopsmart.context import Shop
from shopsmart.geo import Point
from shopsmart.identity import service as identity
from shopsmart.identity.model import SYSTEM, NewUser
from shopsmart.inventory import service as inventory
from shopsmart.routing import service as routing
from shopsmart.stores import service as stores

GOODS = 300
UNITS = 100_000
CUSTOMERS = 24
# Only edited, never sold: what lies on these shelves is the sum of the edits that were acknowledged.
EDITED = 10
# Far from where races open a store of their own, so that neither finds the other's.
HOME: Point = {"type": "Point", "coordinates": [85.819, 20.354]}
_PRICE = 4_900
_CATEGORIES: list[dict[str, Any]] = [
    {"slug": "staples", "name": {"en": "Staples"}, "parent": None},
    {"slug": "rice", "name": {"en": "Rice"}, "parent": "staples"},
]


@dataclass(frozen=True)
class Person:
    """A signed-in user."""

    user_id: str
    token: str


@dataclass(frozen=True)
class World:
    """What a client needs to know."""

    store_id: str
    goods: list[str]
    edited: list[str]
    customers: list[Person]
    staff: Person  # may edit stock everywhere

    @property
    def customer_ids(self) -> list[str]:
        return [person.user_id for person in self.customers]


def build(shop: Shop, url: str, *, goods: int = GOODS, customers: int = CUSTOMERS) -> World:
    """Fill the empty shop and sign its people in over HTTP."""
    skus = [f"GOOD-{number:04d}" for number in range(goods)]
    edited = [f"EDIT-{number:04d}" for number in range(EDITED)]
    catalog.put_categories(shop, _CATEGORIES)
    catalog.put_products(shop, [_product(sku) for sku in [*skus, *edited]])
    # Nobody works in these stores: orders wait to be accepted as long as it takes.
    routing.set_policy(shop, SYSTEM, {"accept_seconds": 0}, "stores without staff")
    store_ids = [_store(shop, name, skus, edited) for name in ("Near", "Far")]
    people = identity.create_users(
        shop,
        [
            *(
                NewUser(f"Customer {n}", f"customer{n}@chaos.example", ("customer",))
                for n in range(customers)
            ),
            NewUser("Super", "super@demo.shopsmart.local", ("super_admin",)),
        ],
        PASSWORD,
    )
    signed_in = [sign_in(url, person) for person in people]
    return World(store_ids[0], skus, edited, signed_in[:-1], signed_in[-1])


def _store(shop: Shop, name: str, skus: list[str], edited: list[str]) -> str:
    store = stores.create_store(
        shop,
        SYSTEM,
        name=name,
        address=f"{name} market, Bhubaneswar",
        location=HOME,
        geofence={"center": HOME, "radius_m": 3_000},
        pickers_on_duty=200,
        capacity_per_10_min=100_000,
    )
    catalog.put_listings(shop, store["_id"], [{"sku": sku, "price": _PRICE} for sku in [*skus, *edited]])
    shelves = [{"sku": sku, "units": UNITS} for sku in skus] + [
        {"sku": sku, "units": 1_000} for sku in edited
    ]
    inventory.open_shelves(shop, store["_id"], shelves, "opening")
    return str(store["_id"])


def _product(sku: str) -> dict[str, Any]:
    return {
        "sku": sku,
        "name": {"en": f"Item {sku}"},
        "brand": "Plain",
        "category_path": ["staples", "rice"],
        "pack": {"value": 1, "unit": "piece"},
        "mrp": 5_000,
        "tax_rate": 5,
    }


def sign_in(url: str, person: dict[str, Any]) -> Person:
    body = {"email": person["email"], "password": PASSWORD, "token_mode": "bearer"}
    return Person(person["_id"], str(Caller(url).must("POST", "/auth/login", body)["access_token"]))
