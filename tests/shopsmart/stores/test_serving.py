"""Who serves a point: the stores whose published fence holds it, at every moment exactly one fence each."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from shopsmart.errors import Conflict, Invalid, NotFound, PreconditionFailed
from shopsmart.geo import Point, distance_m
from shopsmart.identity.model import SYSTEM, Actor
from shopsmart.stores import service
from shopsmart.stores import store as stores
from tests.makers import a_store

HERE: Point = {"type": "Point", "coordinates": [85.8190, 20.3540]}
NEARBY: Point = {"type": "Point", "coordinates": [85.8290, 20.3540]}  # a kilometre to the east
FAR: Point = {"type": "Point", "coordinates": [85.9190, 20.3540]}


def around(point, radius_m=2_000):
    return {"center": point, "radius_m": radius_m}


def square(west, south, east, north, *holes):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring, *holes]}


def serving(shop, point):
    return [candidate.store["_id"] for candidate in service.candidates(shop, point)]


def manager_of(*store_ids):
    return Actor("m", frozenset({"store_manager"}), frozenset(store_ids), None)


# --- candidates ------------------------------------------------------------------------------------------------


def test_the_nearest_store_comes_first_and_the_others_follow(shop):
    far = a_store(shop, at=NEARBY)
    near = a_store(shop, at=HERE)

    found = service.candidates(shop, HERE)

    assert [candidate.store["_id"] for candidate in found] == [near["_id"], far["_id"]]
    assert [candidate.distance_m for candidate in found] == [0, distance_m(HERE, NEARBY)]
    assert found[0].eta_s == shop.settings.prep_seconds < found[1].eta_s
    assert (found[1].zone_id, found[1].zone_version) == (far["zone_id"], 1)


def test_stores_at_the_same_distance_come_in_order_of_id(shop):
    for store_id in ("b", "c", "a"):
        a_store(shop, at=HERE, store_id=store_id)

    assert serving(shop, HERE) == ["a", "b", "c"]


def test_the_fence_decides_not_the_distance(shop):
    a_store(shop, at=HERE, geofence=square(85.90, 20.34, 85.93, 20.37))
    farther = a_store(shop, at=NEARBY)

    assert serving(shop, HERE) == [farther["_id"]]


def test_a_hole_is_outside_and_an_edge_and_a_corner_are_inside(shop):
    hole = square(85.81, 20.35, 85.83, 20.36)["coordinates"][0]
    store = a_store(shop, at=HERE, geofence=square(85.80, 20.30, 85.90, 20.40, hole))

    def at(lng, lat):
        return serving(shop, {"type": "Point", "coordinates": [lng, lat]})

    assert at(85.82, 20.355) == []
    assert at(85.85, 20.355) == [store["_id"]]
    assert at(85.80, 20.35) == [store["_id"]]
    assert at(85.80, 20.30) == [store["_id"]]
    assert at(85.79, 20.35) == []


def test_both_parts_of_a_fence_in_two_parts_are_served(shop):
    parts = [square(85.80, 20.35, 85.82, 20.36), square(85.90, 20.35, 85.92, 20.36)]
    fence = {"type": "MultiPolygon", "coordinates": [part["coordinates"] for part in parts]}
    store = a_store(shop, at=HERE, geofence=fence)

    assert serving(shop, FAR) == serving(shop, HERE) == [store["_id"]]
    assert serving(shop, {"type": "Point", "coordinates": [85.86, 20.354]}) == []


def test_a_store_closed_for_good_serves_nobody(shop):
    store = a_store(shop, at=HERE)

    service.close_store(shop, SYSTEM, store["_id"])
    service.close_store(shop, SYSTEM, store["_id"])

    assert serving(shop, HERE) == []
    assert service.get(shop, store["_id"])["status"] == "closed"


# --- serviceability --------------------------------------------------------------------------------------------


def test_the_nearest_open_store_is_offered_though_a_shut_one_is_nearer(shop):
    nearer = a_store(shop, at=HERE)
    farther = a_store(shop, at=NEARBY)
    service.store_settings(shop, SYSTEM, nearer["_id"], mode="paused")

    answer = service.serviceable(shop, HERE)

    assert answer["serviceable"] is True
    assert answer["store"]["id"] == farther["_id"]
    assert answer["alternatives"] == []


def test_outside_every_fence_is_an_answer(shop):
    a_store(shop, at=HERE)

    assert service.serviceable(shop, FAR) == {
        "serviceable": False,
        "store": None,
        "alternatives": [],
        "reason": "outside_all_zones",
    }


def test_all_closed_says_when_the_first_opens(shop):
    for minutes in (90, 30):
        store = a_store(shop, at=HERE)
        until = shop.now() + timedelta(minutes=minutes)
        service.store_settings(shop, SYSTEM, store["_id"], mode="paused", mode_until=until)

    answer = service.serviceable(shop, HERE)

    assert (answer["serviceable"], answer["store"], answer["reason"]) == (False, None, "all_closed")
    assert answer["opens_at"] == shop.now() + timedelta(minutes=30)


def test_a_pause_is_over_when_its_time_is(shop, clock):
    store = a_store(shop, at=HERE)
    service.store_settings(shop, SYSTEM, store["_id"], mode="paused")

    clock.forward(seconds=2 * 3_600 - 1)
    assert not service.serviceable(shop, HERE)["serviceable"]
    clock.forward(seconds=1)
    assert service.serviceable(shop, HERE)["serviceable"]


# --- fences ----------------------------------------------------------------------------------------------------


def test_a_new_fence_serves_at_once_and_the_old_one_is_kept(shop):
    store = a_store(shop, at=HERE)

    after = service.set_fence(shop, SYSTEM, store["_id"], around(FAR))

    assert serving(shop, HERE) == []
    assert serving(shop, FAR) == [store["_id"]]
    assert (after["zone_version"], after["version"]) == (2, 2)
    rows, _ = service.zones_of(shop, store["_id"])
    assert [(row["version"], row["status"]) for row in rows] == [(2, "published"), (1, "retired")]


def test_the_same_fence_again_makes_no_version(shop):
    store = a_store(shop, at=HERE, geofence=around(HERE))

    assert service.set_fence(shop, SYSTEM, store["_id"], around(HERE)) == store
    assert shop.db.zones.count_documents({}) == 1


def a_fence_left_in_between(shop, store, geofence):
    """What a process leaves that dies after it wrote the fence and before the store named it."""
    zone = service.geometry.fence(geofence, shop.settings.region)
    return service._add_zone(shop, SYSTEM, store["_id"], zone)


def test_a_publication_that_died_half_way_changes_nothing_and_the_next_one_serves(shop):
    store = a_store(shop, at=HERE)
    a_fence_left_in_between(shop, store, around(FAR))

    assert (serving(shop, HERE), serving(shop, FAR)) == ([store["_id"]], [])
    rows, _ = service.zones_of(shop, store["_id"])
    assert [row["status"] for row in rows] == ["draft", "published"]

    service.set_fence(shop, SYSTEM, store["_id"], around(NEARBY, 500))

    assert (serving(shop, NEARBY), serving(shop, FAR)) == ([store["_id"]], [])
    assert shop.db.zones.count_documents({"status": "published"}) == 1


def test_a_publication_that_died_before_retiring_the_old_fence_serves_the_new_one_alone(shop):
    store = a_store(shop, at=HERE, geofence=around(HERE, 500))
    zone = a_fence_left_in_between(shop, store, around(HERE, 3_000))
    stores.change(shop.db, store["_id"], 1, {"zone_id": zone["_id"], "zone_version": zone["version"]})

    assert serving(shop, NEARBY) == serving(shop, HERE) == [store["_id"]]

    zone = a_fence_left_in_between(shop, store, around(FAR, 500))
    stores.change(shop.db, store["_id"], 2, {"zone_id": zone["_id"], "zone_version": zone["version"]})

    assert serving(shop, HERE) == []
    assert serving(shop, FAR) == [store["_id"]]


class PublishesBetweenTheReads:
    """A database in which a fence is published after the zones were read and before the stores are."""

    def __init__(self, shop, store, geofence):
        self._shop, self._store, self._geofence = shop, store, geofence
        self.zones = shop.db.zones

    @property
    def stores(self):
        service.set_fence(self._shop, SYSTEM, self._store["_id"], self._geofence)
        return self._shop.db.stores


@pytest.mark.parametrize(("radius_m", "served"), [(900, True), (500, False)])
def test_a_fence_published_between_the_two_reads_counts_as_it_is_now(shop, radius_m, served):
    store = a_store(shop, at=NEARBY)
    at_the_edge: Point = {"type": "Point", "coordinates": [85.8220, 20.3540]}  # 730 metres from the store
    looking = replace(shop, db=PublishesBetweenTheReads(shop, store, around(NEARBY, radius_m)))

    assert bool(service.candidates(looking, at_the_edge)) is served


def test_a_point_in_the_old_and_the_new_fence_is_served_all_the_while(shop):
    store = a_store(shop, at=HERE)
    done = threading.Event()
    missed = []

    def look():
        while not done.is_set():
            if serving(shop, HERE) != [store["_id"]]:
                missed.append(store)

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for step in range(20):
        service.set_fence(shop, SYSTEM, store["_id"], around(HERE, 1_000 + 10 * step))
    done.set()
    for reader in readers:
        reader.join()

    assert missed == []
    assert service.get(shop, store["_id"])["zone_version"] == 21


def test_fences_drawn_at_the_same_time_leave_exactly_one_serving(shop):
    store = a_store(shop, at=HERE)
    refused = []

    def draw(step):
        try:
            service.set_fence(shop, SYSTEM, store["_id"], around(HERE, 1_000 + step))
        except Conflict as fault:
            refused.append(fault.code)

    people = [threading.Thread(target=draw, args=[step]) for step in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join()

    assert serving(shop, HERE) == [store["_id"]]
    named = service.get(shop, store["_id"])["zone_id"]
    assert [zone["_id"] for zone in shop.db.zones.find({"status": "published"})] == [named]
    assert set(refused) <= {"busy"}


def test_a_fence_that_only_mongodb_refuses_is_refused_with_a_reason(shop):
    bow_tie = {
        "type": "Polygon",
        "coordinates": [[[85.80, 20.30], [85.82, 20.32], [85.82, 20.30], [85.80, 20.32], [85.80, 20.30]]],
    }

    with pytest.raises(Invalid) as refused:
        stores.add_zone(shop.db, {"_id": "z", "store_id": "s", "status": "published", "geometry": bow_tie})

    assert refused.value.facts["reason"] == "not_valid"


def test_the_search_by_place_uses_its_indexes(shop):
    a_store(shop, at=HERE)
    by_fence = {"status": "published", "geometry": {"$geoIntersects": {"$geometry": HERE}}}
    by_place = {"location": {"$nearSphere": {"$geometry": HERE, "$maxDistance": 100}}}

    assert '"serving"' in str(shop.db.zones.find(by_fence).explain()).replace("'", '"')
    assert '"location"' in str(shop.db.stores.find(by_place).explain()).replace("'", '"')


# --- creating and changing -------------------------------------------------------------------------------------


def test_a_store_with_a_fixed_id_is_created_once(shop):
    first = a_store(shop, at=HERE, store_id="patia", name="Patia")
    second = a_store(shop, at=FAR, store_id="patia", name="Elsewhere")

    assert second == first
    assert shop.db.zones.count_documents({}) == 1


def test_a_creation_that_died_half_way_can_be_repeated(shop):
    shop.db.zones.insert_one(
        {
            "_id": "left",
            "store_id": "patia",
            "version": 1,
            "status": "published",
            "geometry": square(85.80, 20.34, 85.84, 20.37),
        }
    )

    store = a_store(shop, at=HERE, store_id="patia")

    assert serving(shop, HERE) == ["patia"]
    assert store["zone_version"] == 2
    assert shop.db.zones.find_one({"_id": "left"})["status"] == "retired"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"at": {"type": "Point", "coordinates": [20.35, 85.81]}}, "coordinates_swapped"),
        ({"at": {"type": "Point", "coordinates": [185.0, 20.35]}}, "invalid_location"),
        ({"geofence": {"type": "Point", "coordinates": [85.8, 20.3]}}, "invalid_geometry"),
        ({"geofence": square(87.0, 20.3, 87.1, 20.4)}, "fence_far_from_store"),
        ({"timezone": "Mars/Olympus"}, "validation_error"),
        ({"hours": [[["25:00", "26:00"]]] * 7}, "validation_error"),
    ],
)
def test_a_store_that_cannot_be_is_refused_and_nothing_is_written(shop, fields, code):
    with pytest.raises(Invalid) as refused:
        a_store(shop, **fields)

    assert refused.value.code == code
    assert shop.db.stores.count_documents({}) == shop.db.zones.count_documents({}) == 0


def test_a_store_may_not_move_out_of_the_reach_of_its_fence(shop):
    store = a_store(shop, at=HERE)

    with pytest.raises(Invalid) as refused:
        service.update_store(
            shop, SYSTEM, store["_id"], location={"type": "Point", "coordinates": [86.9, 20.35]}
        )

    assert refused.value.code == "fence_far_from_store"
    assert service.get(shop, store["_id"]) == store


def test_a_change_meant_for_another_version_is_refused(shop):
    store = a_store(shop)
    service.update_store(shop, SYSTEM, store["_id"], name="New", if_version=1)

    with pytest.raises(PreconditionFailed):
        service.update_store(shop, SYSTEM, store["_id"], name="Newer", if_version=1)

    assert service.get(shop, store["_id"])["name"] == "New"


def test_a_refused_change_with_a_fence_leaves_the_old_fence_serving(shop):
    store = a_store(shop, at=HERE)

    with pytest.raises(PreconditionFailed):
        service.set_fence(shop, SYSTEM, store["_id"], around(FAR), if_version=7)

    assert serving(shop, HERE) == [store["_id"]]


def test_every_change_is_in_the_audit_log_with_what_was_before(shop):
    store = a_store(shop)
    service.update_store(shop, SYSTEM, store["_id"], name="New", address=store["address"])
    service.update_store(shop, SYSTEM, store["_id"], name="New")  # changes nothing, so it is not told
    service.store_settings(shop, SYSTEM, store["_id"], mode="paused", mode_reason="flood")

    rows = list(shop.db.audit_log.find({"subject": f"store:{store['_id']}"}).sort("_id"))

    assert [row["what"] for row in rows] == ["store.created", "store.changed", "store.settings"]
    assert (rows[1]["before"], rows[1]["after"]) == ({"name": store["name"]}, {"name": "New"})
    assert rows[2]["after"]["mode"] == "paused"
    assert rows[2]["why"] == "flood"


def test_stores_come_in_pages(shop):
    for number in range(5):
        a_store(shop, store_id=f"s{number}")

    first, after = service.list_stores(shop, limit=2)
    second, after = service.list_stores(shop, limit=2, after=after)
    third, end = service.list_stores(shop, limit=2, after=after)

    assert [store["_id"] for store in [*first, *second, *third]] == ["s0", "s1", "s2", "s3", "s4"]
    assert end is None


def test_coverage_counts_only_active_stores(shop):
    a_store(shop, at=HERE, store_id="a")
    a_store(shop, at=NEARBY, store_id="b")
    service.close_store(shop, SYSTEM, a_store(shop, at=NEARBY, store_id="c")["_id"])

    pairs, gaps = service.coverage(shop, (85.80, 20.33, 85.85, 20.38))

    assert [(first, second) for first, second, _ in pairs] == [("a", "b")]
    assert gaps and gaps.served_km2 < gaps.area_km2


# --- whose store -----------------------------------------------------------------------------------------------


def test_a_managers_only_store_needs_no_naming(shop):
    store = a_store(shop)

    assert service.store_of(shop, manager_of(store["_id"])) == store


def test_a_foreign_and_a_missing_store_look_the_same(shop):
    own, foreign = a_store(shop), a_store(shop)

    for store_id in (foreign["_id"], "missing"):
        with pytest.raises(NotFound) as refused:
            service.store_of(shop, manager_of(own["_id"]), store_id)
        assert refused.value.detail == "There is no such store."


@pytest.mark.parametrize("store_ids", [(), ("a", "b")])
def test_a_manager_of_none_or_several_has_to_say_which(shop, store_ids):
    with pytest.raises(Invalid) as refused:
        service.store_of(shop, manager_of(*store_ids))

    assert refused.value.code == "store_id_required"


def test_a_super_admin_may_work_on_every_store_by_name(shop):
    store = a_store(shop)
    actor = replace(SYSTEM, roles=frozenset({"super_admin"}))

    assert service.store_of(shop, actor, store["_id"]) == store
    with pytest.raises(Invalid):
        service.store_of(shop, actor)
