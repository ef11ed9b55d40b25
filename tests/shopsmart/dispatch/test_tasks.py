"""From the store's counter to the door: the order first, the job after it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from shopsmart.dispatch import moves, offers, service
from shopsmart.errors import Conflict, Invalid, InvalidTransition, NotFound, ShopError
from shopsmart.identity.model import Actor
from shopsmart.orders import store as orders_store
from tests.makers import with_settings
from tests.shopsmart.dispatch.scenes import (
    CODE,
    a_carrier,
    a_rider_at,
    a_task,
    act,
    asked,
    event_types,
    hear,
    job_of,
    order_of,
    pack,
    rider_of,
)

BOSS = Actor("boss", frozenset({"admin"}))


def an_assigned(shop, state="accepted", **facts):
    rider = a_rider_at(shop)
    task = a_task(shop, state, **facts)
    offers.accept(shop, rider, asked(shop, rider))
    return rider, task


def test_from_the_counter_to_the_door(shop):
    rider, task = an_assigned(shop, "packed", tip=1_000)

    service.pick_up(shop, rider, task)
    assert order_of(shop, task)["status"] == "out_for_delivery"
    job = service.deliver(shop, rider, task, CODE)

    assert order_of(shop, task)["status"] == "delivered"
    assert (job["state"], job["tip"], job["cash"]) == ("done", 1_000, 14_000)
    assert "active_rider" not in job and "look_at" not in job
    assert event_types(shop, task)[-3:] == ["delivery.assigned", "delivery.loaded", "delivery.done"]


def test_every_step_may_be_repeated(shop):
    rider, task = an_assigned(shop, "packed")

    for _ in range(2):
        assert service.pick_up(shop, rider, task)["state"] == "loaded"
    for _ in range(2):
        assert service.deliver(shop, rider, task, CODE)["state"] == "done"

    assert event_types(shop, task).count("delivery.loaded") == 1
    with pytest.raises(InvalidTransition):
        service.pick_up(shop, rider, task)


def test_nothing_leaves_the_store_before_it_is_packed(shop):
    rider, task = an_assigned(shop)

    with pytest.raises(InvalidTransition):
        service.pick_up(shop, rider, task)

    assert job_of(shop, task)["state"] == "assigned"
    order = pack(shop, task.split(".")[0])
    assert service.pick_up(shop, rider, task)["state"] == "loaded"  # though dispatch did not hear of it yet
    assert job_of(shop, task)["ready_at"] == order["milestones"]["packed_at"]


def test_nothing_is_delivered_before_it_is_picked_up(shop):
    rider, task = an_assigned(shop, "packed")

    with pytest.raises(InvalidTransition):
        service.deliver(shop, rider, task, CODE)
    with pytest.raises(InvalidTransition):
        service.fail(shop, rider, task, "nobody there")

    assert job_of(shop, task)["code_tries"] == 0


def test_somebody_elses_task_does_not_exist(shop):
    _, task = a_carrier(shop)
    other = a_rider_at(shop, 900, "other")

    for call in (
        lambda: service.pick_up(shop, other, task),
        lambda: service.deliver(shop, other, task, CODE),
        lambda: service.fail(shop, other, task, "x"),
        lambda: service.give_back(shop, other, task, "x"),
    ):
        with pytest.raises(NotFound):
            call()


def test_a_wrong_code_says_how_many_tries_are_left_and_the_fifth_locks(shop):
    rider, task = a_carrier(shop)
    left = []

    for _ in range(5):
        with pytest.raises(Invalid) as refusal:
            service.deliver(shop, rider, task, "0000")
        assert refusal.value.code == "wrong_code"
        left.append(refusal.value.facts["attempts_left"])
    with pytest.raises(Conflict) as locked:
        service.deliver(shop, rider, task, CODE)

    assert left == [4, 3, 2, 1, 0]
    assert locked.value.code == "code_locked"
    assert order_of(shop, task)["status"] == "out_for_delivery"
    assert "delivery.code_locked" in event_types(shop, task)


def test_two_hundred_tries_at_once_look_at_five_codes_at_most(shop, monkeypatch):
    rider, task = a_carrier(shop)
    looked_at = []
    same_code = service.orders.same_code

    def counted(order, code):
        looked_at.append(code)
        return same_code(order, code)

    monkeypatch.setattr(service.orders, "same_code", counted)

    def attempt(number):
        try:
            service.deliver(shop, rider, task, f"{number:04}")
        except ShopError as refusal:
            return refusal.code
        return "delivered"

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(attempt, range(200)))

    assert len(looked_at) == 5
    assert answers.count("wrong_code") == 5
    assert answers.count("code_locked") == 195


def test_staff_renew_the_code_and_only_the_new_one_opens(shop):
    rider, task = a_carrier(shop)
    for _ in range(5):
        with pytest.raises(Invalid):
            service.deliver(shop, rider, task, "0000")

    assert service.new_delivery_code(shop, BOSS, task.split(".")[0], "customer called") == 5

    code = order_of(shop, task)["delivery_code"]
    assert service.deliver(shop, rider, task, code)["state"] == "done"
    (row,) = shop.db.audit_log.find()
    assert code not in str(row)


def test_a_failed_attempt_goes_back_to_the_store_or_is_tried_again(shop):
    rider, task = a_carrier(shop)
    order_id = task.split(".")[0]

    for _ in range(2):
        assert service.fail(shop, rider, task, "nobody there")["state"] == "attempt_failed"
    assert order_of(shop, task)["status"] == "undeliverable"
    hear(shop, act(shop, order_id, "retry"))
    assert job_of(shop, task)["state"] == "loaded"
    service.fail(shop, rider, task, "still nobody")
    hear(shop, act(shop, order_id, "return"))

    assert job_of(shop, task)["state"] == "returned"
    assert "active_rider" not in job_of(shop, task)


def test_giving_back_asks_the_next_rider_and_the_giver_last(shop, clock):
    giver, task = an_assigned(shop)
    other = a_rider_at(shop, 900, "other")

    service.give_back(shop, giver, task, "flat tyre")
    service.give_back(shop, giver, task, "flat tyre")

    assert rider_of(shop, task) is None
    assert asked(shop, other)
    assert event_types(shop, task).count("delivery.given_back") == 1


def test_nobody_gives_back_what_he_carries(shop):
    rider, task = a_carrier(shop)

    with pytest.raises(InvalidTransition):
        service.give_back(shop, rider, task, "tired")


def test_a_job_is_not_taken_away_from_who_is_just_picking_it_up(shop, clock, monkeypatch):
    rider, task = an_assigned(shop, "packed")
    order_moves = service.orders.rider_acts

    def silence_strikes(*arguments, **options):
        clock.forward(seconds=5)
        offers.give_back_silent(shop, job_of(shop, task))
        return order_moves(*arguments, **options)

    monkeypatch.setattr(service.orders, "rider_acts", silence_strikes)

    assert service.pick_up(shop, rider, task)["state"] == "loaded"
    assert rider_of(shop, task) == rider.user_id


def test_dying_between_order_and_job_is_mended_by_the_next_step(shop, monkeypatch):
    class Killed(BaseException):
        pass

    def dies(*_, **__):
        raise Killed

    rider, task = an_assigned(shop, "packed")
    for call in (
        lambda: service.pick_up(shop, rider, task),
        lambda: service.deliver(shop, rider, task, CODE),
    ):
        with monkeypatch.context() as death:
            death.setattr(moves, "make", dies)
            with pytest.raises(Killed):
                call()
        assert call()["state"] in {"loaded", "done"}

    assert order_of(shop, task)["status"] == "delivered"


def test_a_job_whose_order_moved_on_unheard_is_brought_up_by_the_tick(shop, clock):
    _, task = an_assigned(shop)
    act(shop, task.split(".")[0], "cancel")

    clock.forward(seconds=61)
    service.tick(shop)

    assert job_of(shop, task)["state"] == "cancelled"


def test_an_old_view_of_the_order_never_turns_a_job_back(shop, monkeypatch):
    rider, task = a_carrier(shop)
    stale = order_of(shop, task)
    service.fail(shop, rider, task, "nobody there")
    fresh = orders_store.get
    reads = iter([stale])
    monkeypatch.setattr(orders_store, "get", lambda db, id_: next(reads, None) or fresh(db, id_))

    hear(shop, stale)  # it is read anew, after the job

    assert job_of(shop, task)["state"] == "attempt_failed"


def test_staff_finishing_an_order_finishes_its_job(shop):
    _, task = a_carrier(shop)

    hear(shop, act(shop, task.split(".")[0], "deliver"))

    assert job_of(shop, task)["state"] == "done"


def test_earnings_are_counted_by_days_of_the_city(shop, clock):
    rider, task = a_carrier(shop, tip=500)
    clock.forward(hours=13, minutes=45)  # 23:45 in Bhubaneswar
    service.deliver(shop, rider, task, CODE)
    today = date(2026, 11, 20)

    earned = service.earnings(shop, rider, None, None)
    assert (earned["from"], earned["deliveries"], earned["pay"]) == (today, 1, 3_567)
    assert (earned["tips"], earned["cash"]) == (500, 13_500)

    clock.forward(minutes=30)
    assert service.earnings(shop, rider, None, None)["deliveries"] == 0
    assert service.earnings(shop, rider, today, today)["deliveries"] == 1
    with pytest.raises(Invalid):
        service.earnings(shop, rider, today, today - timedelta(days=1))
    with pytest.raises(Invalid):
        service.earnings(shop, rider, date(1, 1, 1), today)


def test_the_route_leads_over_the_store_to_the_door(shop, clock):
    slow_store = with_settings(shop, prep_seconds=600)
    rider, task = an_assigned(slow_store)

    stops, line = service.route(slow_store, rider)

    assert [stop["kind"] for stop in stops] == ["pickup", "drop"]
    assert stops[1]["eta_at"] > job_of(shop, task)["ready_at"]  # he waits for the bag
    assert len(line) == 3
    order = pack(shop, task.split(".")[0])
    hear(shop, order)
    service.pick_up(shop, rider, task)
    stops, line = service.route(shop, rider)
    assert [stop["kind"] for stop in stops] == ["drop"]
    assert len(line) == 2


def test_past_tasks_come_newest_first_page_by_page(shop):
    rider, first = a_carrier(shop)
    service.deliver(shop, rider, first, CODE)
    second = a_task(shop, "packed")
    offers.accept(shop, rider, asked(shop, rider))
    assert [job["_id"] for job, _ in service.tasks(shop, rider, done=False)] == [second]
    service.pick_up(shop, rider, second)
    service.deliver(shop, rider, second, CODE)

    page = service.tasks(shop, rider, done=True, limit=1)
    after = service.tasks(shop, rider, done=True, after=page[0][0]["_id"], limit=1)

    assert [job["_id"] for job, _ in page + after] == [second, first]
    assert service.tasks(shop, rider, done=False) == []
