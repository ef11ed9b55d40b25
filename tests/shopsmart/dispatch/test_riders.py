"""Duty and positions: what is taken, what is refused, who sees it."""

import dataclasses
from datetime import timedelta

import pytest

from shopsmart.dispatch import offers, riders, service
from shopsmart.dispatch.model import Fix
from shopsmart.errors import Conflict, Forbidden, Invalid
from shopsmart.identity.model import Actor
from tests.makers import PATIA, a_customer, actor, an_admin
from tests.makers import a_rider as a_rider_user
from tests.shopsmart.dispatch.scenes import (
    a_carrier,
    a_rider_at,
    a_rider_known,
    a_task,
    asked,
    away,
    job_of,
    order_of,
    rider_of,
)


def rider_row(shop, rider):
    return shop.db.riders.find_one({"_id": rider.user_id})


def test_registering_again_changes_facts_and_leaves_duty_alone(shop):
    rider = a_rider_at(shop)

    riders.register_rider(
        shop, {"_id": rider.user_id, "name": "Ravi", "phone": None, "roles": ["rider"]}, "bicycle", None
    )

    row = rider_row(shop, rider)
    assert (row["duty"], row["vehicle"], row["name"]) == ("on_duty", "bicycle", "Ravi")


def test_going_on_shift_twice_is_one_shift(shop):
    rider = a_rider_known(shop)

    first, again = riders.set_shift(shop, rider, True), riders.set_shift(shop, rider, True)

    assert first["shift_id"] == again["shift_id"]
    assert shop.db.shifts.count_documents({}) == 1


def test_a_shift_ends_with_its_time_and_forgets_where_he_is(shop, clock):
    rider = a_rider_at(shop)
    clock.forward(hours=4)

    riders.set_shift(shop, rider, False)
    riders.set_shift(shop, rider, False)

    (row,) = shop.db.shifts.find()
    assert row["ended_at"] - row["started_at"] == timedelta(hours=4)
    assert rider_row(shop, rider)["position"] is None


def test_nobody_goes_home_with_an_open_delivery(shop):
    rider = a_rider_at(shop)
    a_task(shop)
    offers.accept(shop, rider, asked(shop, rider))

    with pytest.raises(Conflict) as refusal:
        riders.set_shift(shop, rider, False)

    assert refusal.value.code == "task_open"
    assert rider_row(shop, rider)["duty"] == "on_duty"


def test_a_user_whom_dispatch_does_not_know_is_told_so(shop):
    with pytest.raises(Forbidden) as refusal:
        riders.set_shift(shop, Actor("nobody", frozenset({"rider"})), True)

    assert refusal.value.code == "rider_not_registered"


def test_positions_are_taken_on_duty_only(shop):
    rider = a_rider_known(shop)

    with pytest.raises(Conflict) as refusal:
        riders.report(shop, rider, [Fix(PATIA, shop.now())], lone=True)

    assert refusal.value.code == "off_duty"
    assert shop.db.positions.count_documents({}) == 0


def test_a_teleporting_rider_is_refused_and_stays_where_he_was(shop, clock):
    rider = a_rider_at(shop, 100)
    clock.forward(seconds=10)

    with pytest.raises(Invalid) as refusal:
        riders.report(shop, rider, [Fix(away(5_000), shop.now())], lone=True)

    assert refusal.value.code == "implausible_position"
    assert rider_row(shop, rider)["position"] == away(100)


def test_a_fix_from_the_future_is_refused(shop):
    rider = a_rider_at(shop)

    with pytest.raises(Invalid) as refusal:
        riders.report(shop, rider, [Fix(PATIA, shop.now() + timedelta(minutes=5))], lone=True)

    assert refusal.value.code == "position_in_future"


def test_a_batch_keeps_what_is_true_and_counts_the_rest(shop, clock):
    rider = a_rider_at(shop, 100)
    start = shop.now()
    clock.forward(seconds=60)
    fixes = [
        Fix(away(200), start + timedelta(seconds=20)),
        Fix(away(150), start + timedelta(seconds=10)),
        Fix(away(60_000), start + timedelta(seconds=30)),
        Fix(away(0), start - timedelta(seconds=1)),
    ]

    told = riders.report(shop, rider, fixes, lone=False)

    assert told == {"accepted": 2, "ignored": 2}
    assert rider_row(shop, rider)["position"] == away(200)
    assert shop.db.positions.count_documents({}) == 3
    assert riders.report(shop, rider, fixes, lone=False) == {"accepted": 0, "ignored": 4}


def test_raw_pings_carry_the_time_of_their_forgetting(shop):
    a_rider_at(shop)

    (ping,) = shop.db.positions.find()

    assert ping["forget_at"] - shop.now() == timedelta(hours=72)


def test_long_silence_ends_duty_but_not_with_goods_on_board(shop, clock):
    idle = a_rider_at(shop, 6_000, "idle")
    carrier, _ = a_carrier(shop, "carrier")

    clock.forward(minutes=14)
    service.tick(shop)
    assert rider_row(shop, idle)["duty"] == "on_duty"

    clock.forward(minutes=2)
    service.tick(shop)
    assert rider_row(shop, idle)["duty"] == "off_duty"
    assert rider_row(shop, carrier)["duty"] == "on_duty"


def test_an_assigned_rider_who_goes_silent_loses_the_job_to_another(shop, clock):
    silent = a_rider_at(shop, 100, "silent")
    task = a_task(shop)
    offers.accept(shop, silent, asked(shop, silent))
    clock.forward(minutes=5)
    other = a_rider_at(shop, 500, "other")

    service.tick(shop)

    assert job_of(shop, task)["state"] == "searching"
    assert rider_of(shop, task) is None
    assert asked(shop, other)


@pytest.fixture
def published(shop):
    """What was published as passing messages: (channel, message)."""
    told = []
    return dataclasses.replace(shop, publish=lambda channel, message: told.append((channel, message))), told


def test_the_customer_sees_his_rider_move_at_most_every_three_seconds(published, clock):
    shop, told = published
    rider, task = a_carrier(shop)
    told.clear()

    for _ in range(7):
        clock.forward(seconds=1)
        riders.report(shop, rider, [Fix(away(100), shop.now())], lone=True)

    seen = [(channel, message) for channel, message in told if channel != "admin"]
    assert [channel for channel, _ in seen] == [f"order:{task.split('.')[0]}"] * 2
    message = seen[0][1]
    assert message["type"] == "rider.position"
    assert message["data"]["location"] == away(100)
    assert message["data"]["at"].endswith("Z")
    assert message["data"]["eta_s"] > 60


def test_no_customer_sees_a_rider_before_he_has_the_bag(published, clock):
    shop, told = published
    rider = a_rider_at(shop)
    task = a_task(shop)
    offers.accept(shop, rider, asked(shop, rider))
    told.clear()
    clock.forward(seconds=10)

    riders.report(shop, rider, [Fix(away(90), shop.now())], lone=True)

    assert {channel for channel, _ in told} == {"admin"}
    assert service.rider_position(shop, order_of(shop, task)) is None


def test_the_order_page_knows_the_rider_only_on_the_way(shop):
    rider, task = a_carrier(shop)

    position = service.rider_position(shop, order_of(shop, task))
    assert position and position["location"] == away(100)

    service.deliver(shop, rider, task, "4711")
    assert service.rider_position(shop, order_of(shop, task)) is None


def test_a_suspended_rider_is_off_duty_and_stays_so(shop):
    user, boss = a_rider_user(shop), actor(an_admin(shop))
    riders.enlist(shop, boss, user["_id"], "scooter", PATIA)
    rider = actor(user)
    riders.set_shift(shop, rider, True)

    changed = riders.set_account(shop, boss, user["_id"], "suspended", "no licence")

    assert (changed["account"], changed["duty"]) == ("suspended", "off_duty")
    with pytest.raises(Forbidden):
        riders.set_shift(shop, rider, True)
    assert shop.db.audit_log.count_documents({"subject": f"rider:{user['_id']}"}) == 2


def test_only_a_user_with_the_role_is_enlisted(shop):
    with pytest.raises(Invalid) as refusal:
        riders.enlist(shop, actor(an_admin(shop)), a_customer(shop)["_id"], "scooter", None)

    assert refusal.value.code == "not_a_rider"
