"""The delivery job's states as one table, the shapes around it, and the arithmetic of riding. Plain values only.

A job follows its order: what the rider does is done to the order first, and the job catches up. `JOB_FLOW` is the
table of its moves, `CATCH_UP` says which of them brings a job to where its order already is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict

from shopsmart.errors import Forbidden, Invalid, InvalidTransition
from shopsmart.geo import Point, distance_m
from shopsmart.infra.clock import milliseconds
from shopsmart.orders.model import tip_of
from shopsmart.settings import Settings

SYSTEM = "system"

DOOR_SECONDS = 60  # from the kerb to the door
COUNTER_SECONDS = 45  # finding the bag at the store
RETRY_PAUSE = timedelta(seconds=30)  # before somebody who let an offer pass is asked again
LOOK_AGAIN = timedelta(seconds=2)  # when no rider is free
RECHECK = timedelta(seconds=60)  # an open job compares itself with its order at least this often
EFFECT_PATIENCE = timedelta(seconds=5)
LOADING_LEASE = timedelta(seconds=10)
SILENT_BEFORE_PICKUP = timedelta(minutes=5)
SILENT_ON_DUTY = timedelta(minutes=15)
SHOWN_EVERY = timedelta(seconds=3)  # a customer sees the rider move at most this often

MOST_SPEED_MPS = 40
FIX_SLACK_M = 100  # two fixes may both be off by a street's width
FUTURE_TOLERANCE = timedelta(seconds=30)
FAIR_BAND_M = 200  # riders this close to each other count as equally near

VEHICLES = ("bicycle", "e_bike", "scooter", "motorcycle")
ACCOUNTS = ("active", "suspended")
DUTIES = ("off_duty", "on_duty")


# --- the job -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """Where an action leads, who may take it, what it is called in events and what must follow."""

    next: str
    who: frozenset[str]
    event: str
    milestone: str
    effects: tuple[str, ...] = ()


_RIDER = frozenset({"rider", SYSTEM})
_SYSTEM = frozenset({SYSTEM})

JOB_FLOW: dict[tuple[str, str], Step] = {
    ("searching", "assign"): Step(
        "assigned", frozenset({"rider"}), "delivery.assigned", "assigned_at", ("name_rider",)
    ),
    ("searching", "cancel"): Step("cancelled", _SYSTEM, "delivery.cancelled", "cancelled_at"),
    ("assigned", "give_back"): Step(
        "searching", _RIDER, "delivery.given_back", "given_back_at", ("name_rider",)
    ),
    ("assigned", "load"): Step("loaded", _RIDER, "delivery.loaded", "loaded_at"),
    ("assigned", "cancel"): Step("cancelled", _SYSTEM, "delivery.cancelled", "cancelled_at"),
    ("loaded", "deliver"): Step("done", _RIDER, "delivery.done", "done_at"),
    ("loaded", "fail"): Step("attempt_failed", _RIDER, "delivery.attempt_failed", "failed_at"),
    ("attempt_failed", "retry"): Step("loaded", _SYSTEM, "delivery.retried", "retried_at"),
    ("attempt_failed", "return"): Step("returned", _SYSTEM, "delivery.returned", "returned_at"),
}
STATES = tuple(dict.fromkeys([state for state, _ in JOB_FLOW] + [step.next for step in JOB_FLOW.values()]))
ACTIVE = frozenset({"assigned", "loaded", "attempt_failed"})  # a rider has it on his hands
OVER = frozenset({"done", "returned", "cancelled"})

# What a job in a state does when its order's fulfilment is already further. Read until it names nothing.
_NEVER_LEFT = {"searching": "cancel", "assigned": "cancel"}
CATCH_UP: dict[str, dict[str, str]] = {
    "out_for_delivery": {"searching": "cancel", "assigned": "load", "attempt_failed": "retry"},
    "undeliverable": {"searching": "cancel", "assigned": "load", "loaded": "fail"},
    "delivered": {"searching": "cancel", "assigned": "load", "loaded": "deliver", "attempt_failed": "retry"},
    "returned": {"searching": "cancel", "assigned": "load", "loaded": "fail", "attempt_failed": "return"},
    "cancelled": _NEVER_LEFT,
    "expired": _NEVER_LEFT,
    "collected": _NEVER_LEFT,
}
NEEDS_RIDER = frozenset({"accepted", "picking", "packed"})  # fulfilments for which a job begins


class Tried(TypedDict):
    """How a rider let a job pass; his last time only."""

    rider_id: str
    offer_id: str | None
    outcome: str  # declined | timed_out | off_duty | given_back
    at: datetime


def job_id(order_id: str, fulfilment_id: str) -> str:
    return f"{order_id}.{fulfilment_id}"


def step_for(state: str, action: str, roles: Iterable[str]) -> Step:
    """The step of `action` from `state`. Raises InvalidTransition, or Forbidden for the wrong role."""
    step = JOB_FLOW.get((state, action))
    if step is None:
        raise InvalidTransition(
            f"A delivery that is {state.replace('_', ' ')} cannot do this.", status_now=state, action=action
        )
    if not step.who & frozenset(roles):
        raise Forbidden("Your role may not do this.", action=action)
    return step


def begin_job(
    order: Mapping[str, Any], part: Mapping[str, Any], settings: Settings, now: datetime
) -> dict[str, Any]:
    """The job of a fulfilment, as first written: searching for its rider."""
    away = part["store"]["distance_m"]
    return {
        "_id": job_id(order["_id"], part["id"]),
        "order_id": order["_id"],
        "fulfilment_id": part["id"],
        "store_id": part["store_id"],
        "number": order["number"],
        "pickup": {
            "location": part["store"]["location"],
            "name": part["store"]["name"],
            "address": part["store"].get("address", ""),
        },
        "drop": {"location": order["location"], "address": order["address"]},
        "distance_m": away,
        "pay": pay_for(away, settings),
        "tip": tip_of(order, part["id"]),
        "cash": 0,
        "state": "searching",
        "rider_id": None,
        "rider": None,
        "offer": None,  # the one that is open now: {id, rider_id, deadline}
        "accepted_offer": None,
        "tried": [],
        "rounds": 0,
        "ready_at": now + timedelta(seconds=settings.prep_seconds),
        "packed_at": None,
        "loading_until": None,
        "code_tries": 0,
        "owes": [],
        "milestones": {"searching_at": now},
        "history": [],
        "outbox": [],
        "created_at": now,
        "look_at": now,
        "version": 1,
    }


@dataclass(frozen=True)
class Move:
    """One guarded write of a job: what to set, what goes, the history row."""

    job: Mapping[str, Any]  # as read
    step: Step
    sets: Mapping[str, Any]
    unsets: tuple[str, ...]
    history: Mapping[str, Any]


def plan_move(
    job: Mapping[str, Any],
    action: str,
    *,
    roles: Iterable[str],
    actor_id: str,
    now: datetime,
    reason: str | None = None,
    sets: Mapping[str, Any] | None = None,
) -> Move:
    """What `action` would write. Raises InvalidTransition, Forbidden.

    `active_rider` stands in a document exactly while somebody has the job on his hands (a unique index reads it),
    `look_at` exactly while the job is open.
    """
    step = step_for(job["state"], action, roles)
    changes: dict[str, Any] = {
        **(sets or {}),
        "state": step.next,
        "offer": None,
        "loading_until": None,
        f"milestones.{step.milestone}": now,
    }
    unsets: tuple[str, ...] = ()
    if step.next in OVER:
        unsets = ("active_rider", "look_at")
    elif step.next == "searching":
        unsets = ("active_rider",)
        changes |= {"rider_id": None, "rider": None, "accepted_offer": None, "look_at": now}
    else:
        changes |= {"look_at": now + RECHECK}
    if step.effects:
        changes["owes"] = list(step.effects)
        changes["look_at"] = now + EFFECT_PATIENCE if step.next != "searching" else now
    history = {
        "action": action,
        "from": job["state"],
        "to": step.next,
        "by": actor_id,
        "at": now,
        "reason": reason,
    }
    return Move(job, step, changes, unsets, history)


def done_already(job: Mapping[str, Any], action: str, actor_id: str) -> bool:
    """Whether this was the job's last move, by `actor_id`."""
    last = job["history"][-1] if job["history"] else None
    return last is not None and last["action"] == action and last["by"] == actor_id


def tried_also(tried: Sequence[Tried], row: Tried) -> list[Tried]:
    """`tried` with `row` as that rider's last word."""
    return [one for one in tried if one["rider_id"] != row["rider_id"]] + [row]


def pay_for(distance: int, settings: Settings) -> int:
    """A rider's pay in paise for a drop `distance` metres from the store, without the tip."""
    return settings.rider_base_pay + round(distance * settings.road_detour / 1000 * settings.rider_pay_per_km)


# --- riding ------------------------------------------------------------------------------------------------------


def ride_seconds(distance: int, settings: Settings) -> int:
    """The time for `distance` metres as the crow flies."""
    return round(distance * settings.road_detour / settings.rider_speed_mps)


def seconds_to_door(position: Point, door: Point, settings: Settings) -> int:
    return ride_seconds(distance_m(position, door), settings) + DOOR_SECONDS


def fairest(near: Sequence[tuple[Mapping[str, Any], int]]) -> tuple[Mapping[str, Any], int]:
    """Of free riders with their distances, the nearest; among equally near ones he who has waited longest."""

    def rank(one: tuple[Mapping[str, Any], int]) -> tuple[Any, ...]:
        rider, distance = one
        last = rider["last_offered_at"]
        return distance // FAIR_BAND_M, last is not None, last or 0, distance

    return min(near, key=rank)


@dataclass(frozen=True)
class Fix:
    """Where a rider says he was, and when."""

    location: Point
    at: datetime
    accuracy_m: float | None = None


IMPLAUSIBLE = "implausible_position"
IN_FUTURE = "position_in_future"
STALE = "stale"


def fault_of(fix: Fix, last: Fix | None, shift_from: datetime, now: datetime) -> str | None:
    """Why a fix cannot be believed after `last` (of the same shift), or None when it can.

    `stale` is no lie, only late: newer is known already, or it is from before the shift.
    """
    if fix.at > now + FUTURE_TOLERANCE:
        return IN_FUTURE
    # A phone's clock runs a little behind ours: the first fix of a shift may seem to lie before it.
    if fix.at < shift_from - FUTURE_TOLERANCE:
        return STALE
    if last is None:
        return None
    if fix.at <= last.at:
        return STALE
    seconds = (fix.at - last.at).total_seconds()
    if distance_m(last.location, fix.location) > MOST_SPEED_MPS * seconds + FIX_SLACK_M:
        return IMPLAUSIBLE
    return None


def believable(
    fixes: Iterable[Fix], last: Fix | None, shift_from: datetime, now: datetime
) -> tuple[list[Fix], dict[str, int]]:
    """The fixes to believe, oldest first, and how many were left out by fault."""
    good: list[Fix] = []
    faults: dict[str, int] = {}
    for fix in sorted(fixes, key=lambda one: one.at):
        fault = fault_of(fix, last, shift_from, now)
        if fault:
            faults[fault] = faults.get(fault, 0) + 1
            continue
        good.append(fix)
        last = fix
    return good, faults


def refuse_lone(fault: str) -> None:
    """Raises Invalid for a single fix that cannot be true; one that merely came late is no error."""
    if fault == IMPLAUSIBLE:
        raise Invalid(f"Nobody rides faster than {MOST_SPEED_MPS} m/s.", code=IMPLAUSIBLE)
    if fault == IN_FUTURE:
        raise Invalid("This position is from the future; check the phone's clock.", code=IN_FUTURE)


def instant_text(moment: datetime) -> str:
    """RFC 3339 in UTC, for messages that travel as plain JSON."""
    return milliseconds(moment).isoformat(timespec="milliseconds").replace("+00:00", "Z")
