"""What stands after the city was built: looked at, not touched, so that it is built once for all of these."""

import pytest
from pymongo import WriteConcern

from seeds.city import DEMO_DOOR, STORES
from seeds.load import load
from seeds.people import PASSWORD
from shopsmart import checker
from shopsmart.geo import Point
from shopsmart.identity import service as identity
from shopsmart.stores import service as stores

SOME = [store for store in STORES if store.code in {"patia", "rasulgarh", "old-town"}]


@pytest.fixture(scope="module")
def city(standing_shop):
    """A shop with three stores of the demo city: a plain fence, a circle and one with a hole."""
    lightly = standing_shop.db.with_options(write_concern=WriteConcern(w=1, j=False))
    for name in lightly.list_collection_names():
        lightly[name].delete_many({})
    load(standing_shop, lambda line: None, SOME)
    return standing_shop


def test_the_customer_at_the_demo_door_is_served_by_patia_alone(city):
    point: Point = {"type": "Point", "coordinates": list(DEMO_DOOR)}

    answer = stores.serviceable(city, point)

    assert answer["store"]["id"] == "bbsr-patia"
    assert answer["alternatives"] == []


def test_every_unit_on_the_shelves_is_explained_by_the_ledger(city):
    assert city.db.stock.count_documents({"available": {"$gt": 0}}) > 1_000
    assert city.db.stock.count_documents({"available": 0}) > 5
    assert city.db.stock.count_documents({"sellable": False}) > 0
    assert checker.run(city) == []


def test_everybody_can_sign_in_and_is_known_as_a_demo_account(city):
    signed_in = [
        identity.login(city, email=f"{login}@demo.shopsmart.local", password=PASSWORD).user["roles"]
        for login in ("customer", "customer2", "store", "rider", "rider2", "admin", "super")
    ]

    assert signed_in == [
        ["customer"],
        ["customer"],
        ["store_manager"],
        ["rider"],
        ["rider"],
        ["admin"],
        ["super_admin"],
    ]
    assert identity.demo_accounts_exist(city.db)
    assert city.db.users.count_documents({"demo": False}) == 0


def test_forty_riders_are_registered_and_off_duty(city):
    assert city.db.riders.count_documents({"duty": "off_duty", "account": "active"}) == 40
