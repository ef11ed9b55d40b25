"""A store that takes on too much is called busy or paused by itself, and comes back by itself."""

import pytest

from shopsmart.identity.model import SYSTEM
from shopsmart.infra import events, outbox
from shopsmart.routing import governor, service, store
from shopsmart.routing.policy import DEFAULTS, Policy
from shopsmart.stores import service as stores
from shopsmart.stores.model import BUSY, OPEN, PAUSED, mode_facts, mode_now
from tests.makers import a_manager, a_store, a_super_admin, actor, bearer
from workers.subscriptions import SOURCES

POLICY = Policy(0, DEFAULTS)


@pytest.fixture
def kitchen(shop):
    return a_store(shop)  # ten orders in ten minutes


def takes(shop, kitchen, orders):
    for _ in range(orders):
        store.took_one(shop.db, kitchen["_id"], shop.now())


def mode(shop, kitchen):
    return mode_now(stores.get(shop, kitchen["_id"]), shop.now())


@pytest.mark.parametrize(
    ("before", "load", "after"),
    [
        (OPEN, 0.99, OPEN),
        (OPEN, 1.0, BUSY),
        (OPEN, 5.0, PAUSED),
        (BUSY, 0.7, BUSY),
        (BUSY, 0.69, OPEN),
        (BUSY, 5.0, PAUSED),
        (PAUSED, 1.0, PAUSED),
        (PAUSED, 0.8, BUSY),
        (PAUSED, 0.5, OPEN),
    ],
)
def test_the_way_back_lies_lower_than_the_way_in(before, load, after):
    assert governor.next_mode(before, load, POLICY) == after


def test_a_pause_may_be_ruled_out():
    assert governor.next_mode(OPEN, 99.0, Policy(1, {**DEFAULTS, "pause_at": 0.0})) == BUSY


def test_a_crowd_makes_a_store_busy_and_its_promise_longer_until_the_crowd_is_gone(shop, kitchen, clock):
    calm = service.choose(shop, kitchen["location"], []).eta_s
    takes(shop, kitchen, 9)
    governor.govern(shop)
    assert mode(shop, kitchen) == OPEN

    takes(shop, kitchen, 1)
    governor.govern(shop)
    assert mode(shop, kitchen) == BUSY
    assert service.choose(shop, kitchen["location"], []).eta_s == calm + shop.settings.prep_seconds

    clock.forward(minutes=10)
    governor.govern(shop)
    assert mode(shop, kitchen) == OPEN


def test_far_too_much_pauses_it_and_the_next_store_serves(shop, kitchen):
    other = a_store(shop, at={"type": "Point", "coordinates": [85.8250, 20.3560]})
    takes(shop, kitchen, 50)

    governor.govern(shop)

    assert mode(shop, kitchen) == PAUSED
    chosen = service.choose(shop, kitchen["location"], []).store
    assert chosen and chosen["_id"] == other["_id"]


def test_an_automatic_mode_ends_by_itself_when_nobody_governs_any_more(shop, kitchen, clock):
    takes(shop, kitchen, 50)
    governor.govern(shop)

    clock.forward(seconds=DEFAULTS["auto_mode_seconds"] - 1)
    assert mode(shop, kitchen) == PAUSED
    clock.forward(seconds=1)

    assert mode(shop, kitchen) == OPEN


def test_a_crowd_that_stays_keeps_the_store_busy(shop, kitchen, clock):
    for _ in range(20):
        takes(shop, kitchen, 2)
        clock.forward(minutes=1)
        governor.govern(shop)

    assert mode(shop, kitchen) == BUSY


def test_each_change_is_told_once_to_the_store_and_to_staff(shop, kitchen):
    takes(shop, kitchen, 10)
    for _ in range(3):
        governor.govern(shop)

    outbox.relay(shop, SOURCES, {})

    for channel in (f"store:{kitchen['_id']}", "admin"):
        told = [row["data"] for row in events.since(shop.db, channel, 0) if row["type"] == "store.mode"]
        assert [(row["was"], row["mode"], row["automatic"]) for row in told] == [(OPEN, BUSY, True)]


def test_what_the_manager_sets_goes_first_and_opening_by_hand_ends_the_pause(shop, kitchen):
    takes(shop, kitchen, 50)
    governor.govern(shop)

    stores.store_settings(shop, SYSTEM, kitchen["_id"], mode="busy")
    assert mode(shop, kitchen) == BUSY
    stores.store_settings(shop, SYSTEM, kitchen["_id"], mode="open")
    assert mode(shop, kitchen) == OPEN


def test_the_governor_does_not_spoil_a_managers_edit(shop, kitchen):
    takes(shop, kitchen, 10)
    governor.govern(shop)

    changed = stores.store_settings(
        shop, SYSTEM, kitchen["_id"], pickers_on_duty=3, if_version=kitchen["version"]
    )

    assert changed["pickers_on_duty"] == 3
    assert mode(shop, kitchen) == BUSY


def test_the_console_shows_an_automatic_mode_as_such(app, client, shop, kitchen):
    headers = bearer(app, shop, a_manager(shop, kitchen["_id"]))
    takes(shop, kitchen, 50)
    governor.govern(shop)

    seen = client.get("/api/v1/store", headers=headers).json

    assert (seen["mode"], seen["mode_automatic"], seen["mode_reason"]) == ("paused", True, "overload")
    assert (seen["open"], seen["open_reason"]) == (False, "paused")
    assert seen["opens_at"] == seen["mode_until"]


def test_a_mode_set_by_hand_is_not_called_automatic(shop, kitchen):
    changed = stores.store_settings(shop, SYSTEM, kitchen["_id"], mode="busy", mode_reason="short of hands")

    assert mode_facts(changed, shop.now())["mode_automatic"] is False


def test_more_hands_are_more_capacity(shop, kitchen):
    service.set_policy(shop, actor(a_super_admin(shop)), {"orders_per_picker": 20}, "fast people")
    stores.store_settings(shop, SYSTEM, kitchen["_id"], capacity_per_10_min=100, pickers_on_duty=2)
    takes(shop, kitchen, 39)

    assert governor.govern(shop) == 0
    takes(shop, kitchen, 1)
    assert governor.govern(shop) == 1
