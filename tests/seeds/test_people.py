"""There is somebody for every role, and everybody lives where somebody delivers."""

from collections import Counter

from shapely.geometry import Point, shape

from seeds.city import DEMO_DOOR, STORES, geofence
from seeds.people import build_people, build_riders
from shopsmart.geo import Point as Place
from shopsmart.geo import distance_m
from shopsmart.identity.model import DEMO_DOMAIN, ROLES
from shopsmart.settings import Settings
from shopsmart.stores import geometry

PEOPLE = build_people()
FENCES = [shape(geometry.fence(geofence(store), Settings.region).geometry) for store in STORES]


def found(login):
    return next(person for person in PEOPLE if person.email == login + DEMO_DOMAIN)


def place(at) -> Place:
    return {"type": "Point", "coordinates": list(at)}


def test_the_logins_that_the_readme_lists_are_there():
    roles = {
        "customer": "customer",
        "customer2": "customer",
        "store": "store_manager",
        "rider": "rider",
        "rider2": "rider",
        "admin": "admin",
        "super": "super_admin",
    }
    assert {login: found(login).role for login in roles} == roles
    assert found("store").store_ids == ("bbsr-patia",)


def test_everybody_is_somebody_else_and_marked_as_demo():
    for values in (
        {person.id for person in PEOPLE},
        {person.email for person in PEOPLE},
        {person.name for person in PEOPLE},
        {person.phone for person in PEOPLE},
    ):
        assert len(values) == len(PEOPLE)
    assert all(person.email.endswith(DEMO_DOMAIN) for person in PEOPLE)
    assert {person.role for person in PEOPLE} <= set(ROLES)


def test_every_store_has_one_manager():
    managed = Counter(store_id for person in PEOPLE for store_id in person.store_ids)

    assert managed == {store.id: 1 for store in STORES}


def test_forty_riders_are_about_and_the_first_two_are_at_patia():
    riders = build_riders()
    patia = place(STORES[0].at)

    assert len(riders) == 40
    assert [rider.person.email.split("@")[0] for rider in riders[:2]] == ["rider", "rider2"]
    for rider in riders[:2]:
        assert distance_m(patia, place(rider.at)) <= 500
    assert all(any(fence.contains(Point(rider.at)) for fence in FENCES) for rider in riders)


def test_the_demo_customer_lives_at_the_demo_door_and_every_address_is_served():
    homes = [address for person in PEOPLE for address in person.addresses]

    assert found("customer").addresses[0]["location"]["coordinates"] == list(DEMO_DOOR)
    assert all(
        any(fence.contains(Point(home["location"]["coordinates"])) for fence in FENCES) for home in homes
    )


def test_nobody_has_a_number_that_could_ring():
    assert all(person.phone.startswith("+910") for person in PEOPLE)
