"""Riders: who they are, when they are on duty, where they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.dispatch import offers, store
from shopsmart.dispatch.model import (
    SHOWN_EVERY,
    SILENT_BEFORE_PICKUP,
    SILENT_ON_DUTY,
    VEHICLES,
    Fix,
    believable,
    instant_text,
    refuse_lone,
    seconds_to_door,
)
from shopsmart.dispatch.moves import TRIES
from shopsmart.errors import Conflict, Forbidden, Invalid, NotFound
from shopsmart.geo import Point
from shopsmart.identity import service as identity
from shopsmart.identity.model import Actor
from shopsmart.infra import audit

if TYPE_CHECKING:
    from shopsmart.context import Shop

_OFF = {
    "duty": "off_duty",
    "shift_id": None,
    "shift_from": None,
    "heard_at": None,
    # Where somebody is off duty is his own business.
    "position": None,
    "position_at": None,
    "shown_at": None,
}


# --- who ---------------------------------------------------------------------------------------------------------


def register_rider(shop: "Shop", user: Mapping[str, Any], vehicle: str, home: Point | None) -> dict[str, Any]:
    """Make a user with the role `rider` known to dispatch, off duty. Safe to repeat: duty and account stay.

    Raises Invalid for a user of another role or an unknown vehicle.
    """
    _check(user, vehicle)
    facts = {"name": user["name"], "phone": user.get("phone"), "vehicle": vehicle, "home": home}
    beginning = {
        "_id": user["_id"],
        "account": "active",
        **_OFF,
        "last_offered_at": None,
        "created_at": shop.now(),
        "version": 1,
    }
    return store.register(shop.db, beginning, facts)


def _check(user: Mapping[str, Any], vehicle: str) -> None:
    if "rider" not in user["roles"]:
        raise Invalid("Only a user with the role rider can ride.", code="not_a_rider")
    if vehicle not in VEHICLES:
        raise Invalid(f"A vehicle is one of: {', '.join(VEHICLES)}.", code="unknown_vehicle")


def enlist(shop: "Shop", actor: Actor, user_id: str, vehicle: str, home: Point | None) -> dict[str, Any]:
    """Staff register a user as a rider. Raises NotFound, Invalid."""
    user = identity.user(shop, user_id)
    _check(user, vehicle)
    before = store.rider(shop.db, user_id)
    was = before and {"vehicle": before["vehicle"]}
    audit.record(shop, actor, "rider.register", f"rider:{user_id}", was, {"vehicle": vehicle})
    return register_rider(shop, user, vehicle, home)


def set_account(shop: "Shop", actor: Actor, rider_id: str, account: str, why: str) -> dict[str, Any]:
    """Staff suspend a rider or let him ride again; a suspended one goes off duty. Safe to repeat.

    Raises NotFound, Conflict `task_open` while he has a delivery on his hands.
    """
    for _ in range(TRIES):
        rider = store.rider(shop.db, rider_id)
        if rider is None:
            raise NotFound("There is no such rider.")
        if rider["account"] == account:
            return rider
        if account == "suspended" and store.active_job(shop.db, rider_id):
            raise Conflict("He has an open delivery.", code="task_open")
        was, becomes = {"account": rider["account"]}, {"account": account}
        audit.record(shop, actor, "rider.account", f"rider:{rider_id}", was, becomes, why)
        changed = store.change_rider(shop.db, rider, {**becomes, **(_OFF if account == "suspended" else {})})
        if changed is not None:
            _left_duty(shop, rider)
            return changed
    raise Conflict("Too many are changing this rider at once; try again.", code="busy")


def registered(shop: "Shop", rider_id: str) -> dict[str, Any]:
    """The rider. Raises Forbidden `rider_not_registered` for a user whom dispatch does not know."""
    rider = store.rider(shop.db, rider_id)
    if rider is None:
        raise Forbidden("The office has not registered you as a rider yet.", code="rider_not_registered")
    return rider


# --- duty --------------------------------------------------------------------------------------------------------


def set_shift(shop: "Shop", actor: Actor, online: bool) -> dict[str, Any]:
    """Go on or off duty. The rider; safe to repeat.

    Offers come once a fix was sent in this shift. Raises Forbidden `rider_suspended`, Conflict `task_open`.
    """
    for _ in range(TRIES):
        rider = registered(shop, actor.user_id)
        if online == (rider["duty"] == "on_duty"):
            return rider
        changed = _begin(shop, rider) if online else _end(shop, rider)
        if changed is not None:
            return changed
    raise Conflict("Too many are changing this rider at once; try again.", code="busy")


def _begin(shop: "Shop", rider: Mapping[str, Any]) -> dict[str, Any] | None:
    if rider["account"] != "active":
        raise Forbidden("Your account is suspended; call the office.", code="rider_suspended")
    now, shift_id = shop.now(), shop.new_id()
    store.close_shifts(shop.db, rider["_id"], now)
    store.open_shift(shop.db, shift_id, rider["_id"], now)
    begun = store.change_rider(
        shop.db, rider, {**_OFF, "duty": "on_duty", "shift_id": shift_id, "shift_from": now, "heard_at": now}
    )
    if begun is None:
        store.drop_shift(shop.db, shift_id)
    return begun


def _end(shop: "Shop", rider: Mapping[str, Any]) -> dict[str, Any] | None:
    if store.active_job(shop.db, rider["_id"]):
        raise Conflict("Finish or give back your open delivery first.", code="task_open")
    ended = store.change_rider(shop.db, rider, _OFF)
    if ended is not None:
        _left_duty(shop, rider)
    return ended


def _left_duty(shop: "Shop", rider: Mapping[str, Any]) -> None:
    store.close_shifts(shop.db, rider["_id"], shop.now())
    offers.drop_offers_of(shop, rider["_id"])


def notice_silence(shop: "Shop", limit: int = 200) -> None:
    """Who was not heard of for minutes loses a job he has not picked up yet; for longer, he is off duty."""
    now = shop.now()
    for rider in store.silent(shop.db, now - SILENT_BEFORE_PICKUP, limit):
        job = store.active_job(shop.db, rider["_id"])
        if job is not None and job["state"] == "assigned":
            offers.give_back_silent(shop, job)
        elif job is None and rider["heard_at"] <= now - SILENT_ON_DUTY:
            _end(shop, rider)


# --- where -------------------------------------------------------------------------------------------------------


def report(shop: "Shop", actor: Actor, fixes: Sequence[Fix], *, lone: bool) -> dict[str, int]:
    """Take a rider's fixes, one (`lone`) or a batch: `{accepted, ignored}`.

    What is late, from the future or too fast to be true is left out of a batch; a lone fix that cannot be true is
    refused. Raises Conflict `off_duty`, Invalid (`implausible_position`, `position_in_future`).
    """
    for _ in range(TRIES):
        rider = registered(shop, actor.user_id)
        if rider["duty"] != "on_duty":
            raise Conflict("Positions are taken on duty only.", code="off_duty")
        now = shop.now()
        last = Fix(rider["position"], rider["position_at"]) if rider["position_at"] else None
        good, faults = believable(fixes, last, rider["shift_from"], now)
        if lone:
            for fault in faults:
                refuse_lone(fault)
        if not good:
            return {"accepted": 0, "ignored": len(fixes)}
        newest = good[-1]
        show = rider["shown_at"] is None or now - rider["shown_at"] >= SHOWN_EVERY
        sets = {"position": newest.location, "position_at": newest.at, "heard_at": now}
        moved = store.moved_to(shop.db, rider, {**sets, **({"shown_at": now} if show else {})})
        if moved is not None:
            store.keep_fixes(shop.db, [_ping(shop, rider, fix, now) for fix in good])
            if show:
                _show(shop, rider["_id"], newest)
            return {"accepted": len(good), "ignored": len(fixes) - len(good)}
    raise Conflict("Too many positions at once; try again.", code="busy")


def _ping(shop: "Shop", rider: Mapping[str, Any], fix: Fix, now: datetime) -> dict[str, Any]:
    return {
        "_id": shop.new_id(),
        "rider_id": rider["_id"],
        "shift_id": rider["shift_id"],
        "at": fix.at,
        "location": fix.location,
        "accuracy_m": fix.accuracy_m,
        "forget_at": now + timedelta(seconds=shop.settings.position_keep_seconds),
    }


def _show(shop: "Shop", rider_id: str, fix: Fix) -> None:
    """Let the office see him move, and the customer whose bag he carries."""
    job = store.active_job(shop.db, rider_id)
    place = {"location": fix.location, "at": instant_text(fix.at)}
    told = {"rider_id": rider_id, "task_id": job["_id"] if job else None, **place}
    shop.publish("admin", {"type": "rider.position", "data": told})
    if job is not None and job["state"] == "loaded":
        shop.publish(
            f"order:{job['order_id']}",
            {"type": "rider.position", "data": seen_position(shop, job, fix.location, fix.at)},
        )


def seen_position(shop: "Shop", job: Mapping[str, Any], location: Point, at: datetime) -> dict[str, Any]:
    """What a customer sees of his rider: `{location, at, eta_s}`."""
    return {
        "location": location,
        "at": instant_text(at),
        "eta_s": seconds_to_door(location, job["drop"]["location"], shop.settings),
    }
