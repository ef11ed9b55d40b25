"""Who is asked, who wins, who is asked next."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from shopsmart.dispatch import moves, offers, riders, service, store
from shopsmart.dispatch.model import Fix
from shopsmart.errors import Conflict, InvalidTransition, NotFound, ShopError
from shopsmart.orders import service as orders
from tests.makers import with_settings
from tests.shopsmart.dispatch.scenes import (
    a_rider_at,
    a_rider_known,
    a_task,
    act,
    an_order,
    asked,
    away,
    event_types,
    hear,
    job_of,
    offer_of,
    order_of,
    rider_of,
)


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """All calls at the same time: what each gave, or its refusal's code."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except ShopError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_an_accepted_order_is_offered_to_the_nearest_free_rider_at_once(shop):
    far, near = a_rider_at(shop, 2_000, "far"), a_rider_at(shop, 300, "near")

    task = a_task(shop, tip=1_000)

    (offer,) = offers.open_offers(shop, near)
    assert not offers.open_offers(shop, far)
    assert offer["job_id"] == task
    assert offer["distance_m"] == pytest.approx(300, abs=2)
    assert (offer["pay"], offer["tip"]) == (2_500 + 1_067, 1_000)
    assert offer["drop_area"]["coordinates"] == [85.83, 20.36]  # roughly, not the door
    assert event_types(shop, task) == ["delivery.searching", "delivery.offered"]


def test_nobody_is_asked_off_duty_without_a_fix_with_an_old_one_too_far_or_suspended(shop, clock):
    a_rider_at(shop, 100, "stale")
    clock.forward(seconds=shop.settings.fix_fresh_seconds + 1)
    a_rider_known(shop, "off")
    riders.set_shift(shop, a_rider_known(shop, "silent"), True)
    a_rider_at(shop, shop.settings.offer_radius_m + 500, "far")
    riders.set_shift(shop, a_rider_at(shop, 100, "home"), False)

    task = a_task(shop)

    assert job_of(shop, task)["offer"] is None
    assert shop.db.offers.count_documents({}) == 0


def test_a_rider_who_comes_on_duty_later_is_found_by_the_tick(shop, clock):
    task = a_task(shop)
    rider = a_rider_at(shop)

    clock.forward(seconds=2)
    service.tick(shop)

    assert job_of(shop, task)["offer"]["rider_id"] == rider.user_id


def test_hearing_of_an_order_ten_times_at_once_makes_one_job_and_one_offer(shop):
    for number in range(3):
        a_rider_at(shop, 100 + number, f"r{number}")
    order = an_order(shop)

    at_once([lambda: hear(shop, order)] * 10)

    assert shop.db.delivery_jobs.count_documents({}) == 1
    assert shop.db.offers.count_documents({"open": True}) == 1
    assert job_of(shop, f"{order['_id']}.f1")["offer"]["id"] == shop.db.offers.find_one()["_id"]


def test_a_pickup_order_needs_no_rider(shop):
    a_rider_at(shop)

    hear(shop, an_order(shop, mode="pickup"))

    assert shop.db.delivery_jobs.count_documents({}) == 0


def test_accepting_names_the_rider_in_the_order(shop):
    rider, task = a_rider_at(shop), a_task(shop)

    job = offers.accept(shop, rider, asked(shop, rider))

    assert (job["state"], job["rider_id"], job["owes"]) == ("assigned", rider.user_id, [])
    assert order_of(shop, task)["fulfilments"][0]["rider"] == {
        "id": "rider1",
        "name": "Ravi rider1",
        "phone": "+919937000002",
        "vehicle": "scooter",
    }
    assert not offers.open_offers(shop, rider)


def test_of_twenty_riders_who_accept_one_offer_exactly_the_asked_one_gets_it(shop):
    people = [a_rider_at(shop, 100 + number, f"r{number:02}") for number in range(20)]
    task = a_task(shop)
    offer_id = job_of(shop, task)["offer"]["id"]
    asked_one = job_of(shop, task)["offer"]["rider_id"]

    answers = at_once([partial(offers.accept, shop, one, offer_id) for one in people])

    won = [one.user_id for one, answer in zip(people, answers, strict=True) if isinstance(answer, dict)]
    assert won == [asked_one]
    assert [answer for answer in answers if not isinstance(answer, dict)] == ["not_found"] * 19
    assert shop.db.delivery_jobs.count_documents({"active_rider": {"$exists": True}}) == 1


def test_twenty_taps_on_accept_are_one_acceptance(shop):
    rider, task = a_rider_at(shop), a_task(shop)
    offer_id = asked(shop, rider)

    answers = at_once([lambda: offers.accept(shop, rider, offer_id)] * 20)

    assert {answer["rider_id"] for answer in answers} == {rider.user_id}
    assert event_types(shop, task).count("delivery.assigned") == 1
    assert rider_of(shop, task) == rider.user_id


def test_accepting_and_refusing_at_once_end_in_one_of_both(shop):
    first, _ = a_rider_at(shop, 100, "first"), a_rider_at(shop, 900, "second")
    task = a_task(shop)
    offer_id = asked(shop, first)

    at_once(
        [
            lambda: offers.accept(shop, first, offer_id),
            lambda: offers.decline(shop, first, offer_id, None),
        ]
        * 5
    )

    job, offer = job_of(shop, task), offer_of(shop, offer_id)
    if offer["state"] == "accepted":
        assert (job["state"], job["rider_id"]) == ("assigned", "first")
    else:
        assert offer["state"] == "declined"
        assert (job["state"], job["offer"]["rider_id"]) == ("searching", "second")


def test_silence_passes_the_offer_to_the_next_rider(shop, clock):
    first, second = a_rider_at(shop, 100, "first"), a_rider_at(shop, 500, "second")
    a_task(shop)
    offer_id = asked(shop, first)

    clock.forward(seconds=shop.settings.offer_seconds)
    service.tick(shop)

    assert not offers.open_offers(shop, first)
    assert asked(shop, second)
    with pytest.raises(Conflict) as refusal:
        offers.accept(shop, first, offer_id)
    assert refusal.value.code == "offer_expired"


def test_a_late_accept_is_refused_even_before_the_tick_and_passes_the_offer_on(shop, clock):
    first, second = a_rider_at(shop, 100, "first"), a_rider_at(shop, 500, "second")
    a_task(shop)
    offer_id = asked(shop, first)
    clock.forward(seconds=shop.settings.offer_seconds)

    with pytest.raises(Conflict) as refusal:
        offers.accept(shop, first, offer_id)

    assert refusal.value.code == "offer_expired"
    assert asked(shop, second)


def test_refusal_passes_the_offer_on_at_once_and_may_be_repeated(shop):
    first, second = a_rider_at(shop, 100, "first"), a_rider_at(shop, 500, "second")
    a_task(shop)
    offer_id = asked(shop, first)

    for _ in range(2):
        assert offers.decline(shop, first, offer_id, "too far")["state"] == "declined"

    assert asked(shop, second)
    assert shop.db.offers.count_documents({}) == 2
    with pytest.raises(InvalidTransition):
        offers.accept(shop, first, offer_id)


def test_who_refused_is_asked_again_after_a_pause_when_nobody_else_is_left(shop, clock):
    rider, task = a_rider_at(shop), a_task(shop)
    offers.decline(shop, rider, asked(shop, rider), None)

    clock.forward(seconds=10)
    service.tick(shop)
    assert not offers.open_offers(shop, rider)

    clock.forward(seconds=21)
    service.tick(shop)
    assert asked(shop, rider)
    assert job_of(shop, task)["rounds"] == 1


def test_somebody_new_is_preferred_to_who_refused_however_near_he_is(shop, clock):
    near = a_rider_at(shop, 50, "near")
    a_task(shop)
    offers.decline(shop, near, asked(shop, near), None)
    clock.forward(seconds=60)
    riders.report(shop, near, [Fix(away(50), shop.now())], lone=True)
    far = a_rider_at(shop, 3_000, "far")

    service.tick(shop)

    assert asked(shop, far)
    assert not offers.open_offers(shop, near)


def test_two_jobs_never_ask_the_same_rider_at_once(shop):
    a_rider_at(shop)

    at_once([lambda: a_task(shop) for _ in range(6)])

    assert shop.db.delivery_jobs.count_documents({}) == 6
    assert shop.db.offers.count_documents({"open": True}) == 1
    assert shop.db.delivery_jobs.count_documents({"offer": {"$ne": None}}) == 1


def test_a_rider_never_has_two_jobs_whatever_races(shop):
    rider = a_rider_at(shop)
    jobs = [job_of(shop, a_task(shop)) for _ in range(5)]
    shop.db.offers.delete_many({})  # as if every guard before the last had failed
    facts = {"rider_id": rider.user_id, "active_rider": rider.user_id, "rider": None}

    def take(job: dict[str, Any]) -> Any:
        try:
            return moves.make(shop, job, "assign", roles=["rider"], actor_id=rider.user_id, sets=facts)
        except Exception as fault:
            return type(fault).__name__

    answers = at_once([partial(take, job) for job in jobs])

    assert sum(isinstance(answer, dict) for answer in answers) == 1
    assert answers.count("DuplicateKeyError") == 4


def test_a_busy_rider_is_not_asked(shop):
    busy = a_rider_at(shop, 100, "busy")
    a_task(shop)
    offers.accept(shop, busy, asked(shop, busy))

    second = a_task(shop)

    assert job_of(shop, second)["offer"] is None


def test_going_off_duty_passes_his_offer_on(shop):
    first, second = a_rider_at(shop, 100, "first"), a_rider_at(shop, 500, "second")
    a_task(shop)
    offer_id = asked(shop, first)

    riders.set_shift(shop, first, False)

    assert asked(shop, second)
    assert offer_of(shop, offer_id)["state"] == "declined"


def test_a_cancelled_order_withdraws_its_offer(shop):
    rider, task = a_rider_at(shop), a_task(shop)
    offer_id = asked(shop, rider)
    order = act(shop, task.split(".")[0], "cancel")

    hear(shop, order)

    assert job_of(shop, task)["state"] == "cancelled"
    assert not offers.open_offers(shop, rider)
    assert f"rider:{rider.user_id}" in job_of(shop, task)["outbox"][-1]["channels"]
    with pytest.raises(Conflict) as refusal:
        offers.accept(shop, rider, offer_id)
    assert refusal.value.code == "offer_withdrawn"


def test_an_order_cancelled_while_its_job_begins_leaves_no_open_job(shop, monkeypatch):
    a_rider_at(shop)
    order = an_order(shop)
    begin = store.begin

    def cancelled_meanwhile(db: Any, job: Any) -> None:
        act(shop, order["_id"], "cancel")
        begin(db, job)

    monkeypatch.setattr(store, "begin", cancelled_meanwhile)
    hear(shop, order)

    assert job_of(shop, f"{order['_id']}.f1")["state"] == "cancelled"
    assert shop.db.offers.count_documents({"open": True}) == 0


def test_somebody_elses_offer_does_not_exist(shop):
    rider, other = a_rider_at(shop, 100, "a"), a_rider_at(shop, 500, "b")
    a_task(shop)

    with pytest.raises(NotFound):
        offers.decline(shop, other, asked(shop, rider), None)


class Killed(BaseException):
    """The process dies here."""


def dies(*_: Any, **__: Any) -> Any:
    raise Killed


def test_dying_after_the_job_was_taken_is_mended_by_the_tick(shop, clock, monkeypatch):
    rider, task = a_rider_at(shop), a_task(shop)
    offer_id = asked(shop, rider)
    with monkeypatch.context() as death:
        death.setattr(store, "close_offer", dies)
        with pytest.raises(Killed):
            offers.accept(shop, rider, offer_id)
    assert job_of(shop, task)["state"] == "assigned"
    assert rider_of(shop, task) is None

    clock.forward(seconds=6)
    service.tick(shop)

    assert rider_of(shop, task) == rider.user_id
    assert offer_of(shop, offer_id)["state"] == "accepted"
    assert job_of(shop, task)["owes"] == []


def test_dying_before_the_order_knows_its_rider_is_mended_by_his_own_next_tap(shop, monkeypatch):
    rider, task = a_rider_at(shop), a_task(shop)
    offer_id = asked(shop, rider)
    with monkeypatch.context() as death:
        death.setattr(orders, "set_rider", dies)
        with pytest.raises(Killed):
            offers.accept(shop, rider, offer_id)

    offers.accept(shop, rider, offer_id)

    assert rider_of(shop, task) == rider.user_id


def test_dying_between_the_offer_and_its_job_is_mended_by_the_tick(shop, monkeypatch):
    rider = a_rider_at(shop)
    with monkeypatch.context() as death:
        death.setattr(store, "offered_to", dies)
        with pytest.raises(Killed):
            a_task(shop)
    (job,) = shop.db.delivery_jobs.find()
    assert job["offer"] is None

    service.tick(shop)

    assert job_of(shop, job["_id"])["offer"]["id"] == asked(shop, rider)
    assert shop.db.offers.count_documents({}) == 1


def test_he_may_answer_an_offer_whose_asking_was_cut_short(shop, monkeypatch):
    rider = a_rider_at(shop)
    with monkeypatch.context() as death:
        death.setattr(store, "offered_to", dies)
        with pytest.raises(Killed):
            a_task(shop)

    assert offers.accept(shop, rider, asked(shop, rider))["state"] == "assigned"


def test_dying_while_an_offer_passes_on_frees_its_rider(shop, clock, monkeypatch):
    rider, task = a_rider_at(shop), a_task(shop)
    offer_id = asked(shop, rider)
    clock.forward(seconds=shop.settings.offer_seconds)
    with monkeypatch.context() as death:
        death.setattr(store, "close_offer", dies)
        with pytest.raises(Killed):
            service.tick(shop)
    assert job_of(shop, task)["offer"] is None

    service.tick(shop)

    assert offer_of(shop, offer_id)["state"] == "timed_out"
    assert store.busy_among(shop.db, [rider.user_id]) == set()


def test_many_ticks_at_once_do_no_harm(shop, clock):
    quick = with_settings(shop, offer_seconds=1)
    for number in range(4):
        a_rider_at(quick, 100 + 300 * number, f"r{number}")
    task = a_task(quick)

    for _ in range(5):
        clock.forward(seconds=2)
        at_once([lambda: service.tick(quick)] * 4)

    rows = list(shop.db.offers.find({"job_id": task}))
    assert sum(bool(row.get("open")) for row in rows) <= 1
    assert {row["rider_id"] for row in rows} == {"r0", "r1", "r2", "r3"}
    assert len(rows) == 4  # nobody was asked twice within the pause


def test_a_job_that_cannot_be_helped_keeps_no_other_from_its_rider(shop, clock):
    broken, whole = a_task(shop), a_task(shop)
    shop.db.delivery_jobs.update_one({"_id": broken}, {"$unset": {"pickup": ""}})
    rider = a_rider_at(shop)
    clock.forward(seconds=2)

    service.tick(shop)

    assert job_of(shop, whole)["offer"]["rider_id"] == rider.user_id
    assert job_of(shop, broken)["look_at"] > shop.now()


def test_an_idle_tick_reads_by_index_only(shop):
    for name, query in (
        ("offers", {"open": True, "deadline": {"$lte": shop.now()}}),
        ("delivery_jobs", {"look_at": {"$lte": shop.now()}}),
        ("riders", {"duty": "on_duty", "heard_at": {"$lte": shop.now()}}),
    ):
        plan = str(shop.db[name].find(query).explain()["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in plan, name
