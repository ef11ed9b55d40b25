"""The table of a delivery's moves, and what a position must be like to be believed."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopsmart.dispatch.model import (
    ACTIVE,
    CATCH_UP,
    IMPLAUSIBLE,
    IN_FUTURE,
    JOB_FLOW,
    OVER,
    STALE,
    STATES,
    SYSTEM,
    Fix,
    believable,
    fairest,
    fault_of,
    pay_for,
    plan_move,
    step_for,
    tried_also,
)
from shopsmart.errors import Forbidden, InvalidTransition
from shopsmart.orders.model import FLOW
from shopsmart.settings import Settings
from tests.conftest import MORNING
from tests.makers import PATIA
from tests.shopsmart.dispatch.scenes import away

EVERYBODY = [SYSTEM, "rider"]


def a_job(state: str = "searching") -> dict[str, Any]:
    return {"_id": "o.f1", "state": state, "version": 1, "history": [], "look_at": MORNING}


def after(job: dict[str, Any], action: str) -> dict[str, Any]:
    """The job as the database would have it after the move."""
    facts = {"rider_id": "r", "active_rider": "r"} if action == "assign" else {}
    move = plan_move(job, action, roles=EVERYBODY, actor_id="r", now=MORNING, sets=facts)
    moved = {**job, **move.sets, "history": [*job["history"], move.history]}
    return {name: value for name, value in moved.items() if name not in move.unsets}


@given(st.lists(st.integers(0, 20), max_size=30))
@settings(max_examples=200, deadline=None)
def test_a_rider_is_bound_to_a_job_exactly_while_it_is_on_his_hands(choices):
    job = a_job()

    for choice in choices:
        lawful = [action for state, action in JOB_FLOW if state == job["state"]]
        if not lawful:
            break
        job = after(job, lawful[choice % len(lawful)])

        assert ("active_rider" in job) == (job["state"] in ACTIVE)
        assert ("look_at" in job) == (job["state"] not in OVER)
        assert job["history"][-1]["to"] == job["state"]
    if job["state"] == "searching":
        assert job.get("rider_id") is None


def test_every_state_is_reached_and_every_open_one_can_end():
    reached = {"searching"}
    for _ in STATES:
        reached |= {step.next for (state, _), step in JOB_FLOW.items() if state in reached}
    ending = set(OVER)
    for _ in STATES:
        ending |= {state for (state, _), step in JOB_FLOW.items() if step.next in ending}

    assert reached == set(STATES)
    assert ending == set(STATES)
    assert not any(state in OVER for state, _ in JOB_FLOW)


@pytest.mark.parametrize("part_state", sorted(CATCH_UP))
@pytest.mark.parametrize("job_state", STATES)
def test_a_job_catches_up_with_its_order_by_lawful_moves_and_comes_to_rest(part_state, job_state):
    job, moves = a_job(job_state), 0
    while action := CATCH_UP[part_state].get(job["state"]):
        assert SYSTEM in step_for(job["state"], action, [SYSTEM]).who
        job, moves = after(job, action), moves + 1
        assert moves < 5

    resting = {"delivered": "done", "returned": "returned", "out_for_delivery": "loaded"}
    if job_state in {"assigned", "attempt_failed"} and part_state in resting:
        assert job["state"] == resting[part_state]


def test_catching_up_knows_only_states_that_orders_have():
    states = {state for state, _ in FLOW} | {step.next for step in FLOW.values()}

    assert set(CATCH_UP) <= states


@pytest.mark.parametrize(("state", "action"), [(s, a) for s in STATES for _, a in JOB_FLOW])
def test_what_the_table_does_not_know_is_refused(state, action):
    if (state, action) in JOB_FLOW:
        with pytest.raises(Forbidden):
            step_for(state, action, ["customer", "store_manager", "partner"])
    else:
        with pytest.raises(InvalidTransition):
            step_for(state, action, EVERYBODY)


def test_pay_grows_with_the_way_by_road():
    rates = Settings(rider_base_pay=2_500, rider_pay_per_km=800, road_detour=1.5)

    assert pay_for(0, rates) == 2_500
    assert pay_for(2_000, rates) == 2_500 + 3 * 800


def test_of_equally_near_riders_the_one_who_waited_longest_is_asked():
    def rider(name: str, minutes: int | None) -> dict[str, Any]:
        last = None if minutes is None else MORNING - timedelta(minutes=minutes)
        return {"_id": name, "last_offered_at": last}

    new, waiting, fresh = rider("new", None), rider("waiting", 30), rider("fresh", 1)

    assert fairest([(fresh, 20), (waiting, 150)])[0] is waiting
    assert fairest([(fresh, 20), (waiting, 150), (new, 199)])[0] is new
    assert fairest([(fresh, 20), (waiting, 900), (new, 900)])[0] is fresh


def test_only_a_riders_last_word_is_kept():
    def row(rider: str, outcome: str) -> Any:
        return {"rider_id": rider, "offer_id": None, "outcome": outcome, "at": MORNING}

    tried = tried_also([row("a", "timed_out"), row("b", "declined")], row("a", "declined"))

    assert [(one["rider_id"], one["outcome"]) for one in tried] == [("b", "declined"), ("a", "declined")]


def fix(metres: int, seconds: int) -> Fix:
    return Fix(away(metres), MORNING + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("metres", "seconds", "fault"),
    [
        (300, 10, None),
        (499, 10, None),
        (600, 10, IMPLAUSIBLE),
        (5_000, 60, IMPLAUSIBLE),
        (0, 0, STALE),
        (0, -5, STALE),
        (0, 700, IN_FUTURE),
    ],
)
def test_a_fix_is_believed_only_if_a_rider_could_be_there(metres, seconds, fault):
    now = MORNING + timedelta(seconds=60)

    assert fault_of(fix(metres, seconds), Fix(PATIA, MORNING), MORNING, now) == fault


def test_a_batch_is_taken_in_the_order_of_time_without_its_lies():
    now = MORNING + timedelta(seconds=120)

    good, faults = believable(
        [fix(300, 30), fix(100, 10), fix(90_000, 20), fix(0, -600), fix(0, 900)], None, MORNING, now
    )

    assert good == [fix(100, 10), fix(300, 30)]
    assert faults == {STALE: 1, IMPLAUSIBLE: 1, IN_FUTURE: 1}


@given(st.lists(st.tuples(st.integers(-20_000, 20_000), st.integers(-100, 400)), max_size=20))
@settings(max_examples=100, deadline=None)
def test_believed_fixes_never_go_back_in_time_nor_faster_than_anybody_rides(given_fixes):
    good, faults = believable(
        [fix(*one) for one in given_fixes], None, MORNING, MORNING + timedelta(seconds=300)
    )

    assert len(good) + sum(faults.values()) == len(given_fixes)
    for earlier, later in itertools.pairwise(good):
        assert fault_of(later, earlier, MORNING, MORNING + timedelta(seconds=300)) is None
        assert later.at > earlier.at
