"""Asking one rider after the other: the nearest free one first, silence or refusal passes the job on at once.

The job's document decides. It names the offer that is open (`offer`); accepting, refusing and running out of time
compete for it by guarded writes. The offer's own document reserves its rider (unique indexes) and tells him what
he is asked; where a crash left it behind the job, `settle` brings it up.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from shopsmart.dispatch import moves, store
from shopsmart.dispatch.model import (
    LOOK_AGAIN,
    RETRY_PAUSE,
    SYSTEM,
    fairest,
    ride_seconds,
    tried_also,
)
from shopsmart.errors import Conflict, InvalidTransition, NotFound, ShopError
from shopsmart.geo import Point, distance_m
from shopsmart.identity.model import Actor

if TYPE_CHECKING:
    from shopsmart.context import Shop

_AREA_DECIMALS = 2  # about a kilometre: enough to decide, not enough to find a door


# --- asking ------------------------------------------------------------------------------------------------------


def offer_next(shop: "Shop", job: dict[str, Any]) -> dict[str, Any]:
    """Offer a searching job without an open offer to the next rider, if one is free. The job as it is then."""
    for left_behind in store.open_offers_of(shop.db, [job["_id"]]):
        if left_behind["deadline"] > shop.now() and _half_asked(job, left_behind):
            # A process died, or is just now, between reserving the rider and naming him in the job: go on there.
            return _name_offer(shop, job, left_behind)
        settle(shop, left_behind)
    skipped: set[str] = set()
    while (found := _next_rider(shop, job, skipped)) is not None:
        rider, again = found
        offer = _new_offer(shop, job, rider)
        try:
            store.open_offer(shop.db, offer)
        except DuplicateKeyError as taken:
            if "job_id" in (taken.details or {}).get("keyPattern", {}):
                break  # somebody else is asking for this job at this moment
            skipped.add(rider["_id"])
            continue
        store.offered_to(shop.db, rider["_id"], shop.now())
        return _name_offer(shop, job, offer, again)
    store.look_again(shop.db, job, shop.now() + LOOK_AGAIN)
    return job


def _next_rider(
    shop: "Shop", job: Mapping[str, Any], skipped: set[str]
) -> tuple[dict[str, Any], bool] | None:
    """The rider to ask, and whether he was asked before; those who let it pass come last, after a pause."""
    before = {row["rider_id"] for row in job["tried"]}
    if found := _free_rider(shop, job, before | skipped):
        return found, False
    lately = {row["rider_id"] for row in job["tried"] if row["at"] > shop.now() - RETRY_PAUSE}
    if before - lately and (found := _free_rider(shop, job, lately | skipped)):
        return found, True
    return None


def _free_rider(shop: "Shop", job: Mapping[str, Any], but: set[str]) -> dict[str, Any] | None:
    place: Point = job["pickup"]["location"]
    fresh_from = shop.now() - timedelta(seconds=shop.settings.fix_fresh_seconds)
    passed_over = set(but)
    while batch := store.near(shop.db, place, shop.settings.offer_radius_m, fresh_from, passed_over):
        busy = store.busy_among(shop.db, [rider["_id"] for rider in batch])
        free = [(rider, distance_m(rider["position"], place)) for rider in batch if rider["_id"] not in busy]
        if free:
            rider, away = fairest(free)
            return {**rider, "distance_m": away, "free_nearby": len(free)}
        passed_over |= {rider["_id"] for rider in batch}
    return None


def _new_offer(shop: "Shop", job: Mapping[str, Any], rider: Mapping[str, Any]) -> dict[str, Any]:
    now = shop.now()
    lng, lat = job["drop"]["location"]["coordinates"]
    return {
        "_id": shop.new_id(),
        "job_id": job["_id"],
        "order_id": job["order_id"],
        "number": job["number"],
        "rider_id": rider["_id"],
        "state": "sent",
        "open": True,
        "deadline": now + timedelta(seconds=shop.settings.offer_seconds),
        "pay": job["pay"],
        "tip": job["tip"],
        "pickup": job["pickup"],
        "distance_m": rider["distance_m"],
        "eta_s": ride_seconds(rider["distance_m"], shop.settings),
        "drop_area": {
            "type": "Point",
            "coordinates": [round(lng, _AREA_DECIMALS), round(lat, _AREA_DECIMALS)],
        },
        "drop_distance_m": job["distance_m"],
        "ready_at": job["ready_at"],
        "why": {"rule": "nearest_free", "free_nearby": rider["free_nearby"]},
        "reason": None,
        "created_at": now,
        "closed_at": None,
    }


def _name_offer(
    shop: "Shop", job: dict[str, Any], offer: Mapping[str, Any], again: bool = False
) -> dict[str, Any]:
    """Write the open offer into its job and tell the rider. An offer that came too late for its job is withdrawn."""
    current = {"id": offer["_id"], "rider_id": offer["rider_id"], "deadline": offer["deadline"]}
    event = moves.job_event(
        shop, job, "delivery.offered", offer["rider_id"], state=job["state"], offer_id=offer["_id"]
    )
    sets = {"offer": current, "look_at": offer["deadline"], "rounds": job["rounds"] + again}
    named = None
    if job["state"] == "searching" and job["offer"] is None:
        named = store.note(shop.db, job, sets, event)
    if named is not None:
        return named
    job = store.job(shop.db, job["_id"]) or job
    if (job["offer"] or {}).get("id") != offer["_id"] and job["accepted_offer"] != offer["_id"]:
        store.close_offer(shop.db, offer["_id"], _ending(job, offer), shop.now())
    return job


# --- answering ---------------------------------------------------------------------------------------------------


def accept(shop: "Shop", actor: Actor, offer_id: str) -> dict[str, Any]:
    """The rider takes the job: the first accept wins; again by him, it is his already. The job.

    Raises NotFound, Conflict (`offer_expired`, `offer_withdrawn`, `off_duty`, `task_open`), InvalidTransition.
    """
    offer = own_offer(shop, actor, offer_id)
    for _ in range(moves.TRIES):
        job = _job_of(shop, offer)
        if job["accepted_offer"] == offer_id:
            return moves.perform(shop, job)
        job = _still_open(shop, offer, job)
        rider = store.rider(shop.db, actor.user_id)
        if rider is None or rider["duty"] != "on_duty" or rider["account"] != "active":
            raise Conflict("Go on shift first.", code="off_duty")
        facts = {
            "id": rider["_id"],
            "name": rider["name"],
            "phone": rider["phone"],
            "vehicle": rider["vehicle"],
        }
        try:
            moved = moves.make(
                shop,
                job,
                "assign",
                roles=actor.roles,
                actor_id=actor.user_id,
                sets={
                    "rider_id": actor.user_id,
                    "active_rider": actor.user_id,
                    "rider": facts,
                    "accepted_offer": offer_id,
                },
            )
        except DuplicateKeyError:
            raise Conflict("Finish your open delivery first.", code="task_open") from None
        if moved is not None:
            return moved
    raise Conflict("Too many are changing this delivery at once; try again.", code="busy")


def decline(shop: "Shop", actor: Actor, offer_id: str, reason: str | None) -> dict[str, Any]:
    """The rider lets the job pass; the next one is asked at once. The offer; safe to repeat. Raises as `accept`."""
    offer = own_offer(shop, actor, offer_id)
    for _ in range(moves.TRIES):
        if offer["state"] == "declined":
            return offer
        job = _still_open(shop, offer, _job_of(shop, offer))
        pass_on(shop, job, "declined", reason)
        offer = own_offer(shop, actor, offer_id)
    raise Conflict("Too many are changing this delivery at once; try again.", code="busy")


def own_offer(shop: "Shop", actor: Actor, offer_id: str) -> dict[str, Any]:
    offer = store.offer(shop.db, offer_id)
    if offer is None or offer["rider_id"] != actor.user_id:
        raise NotFound("There is no such offer.")
    return offer


def open_offers(shop: "Shop", actor: Actor) -> list[dict[str, Any]]:
    """What the rider is asked now."""
    now = shop.now()
    return [one for one in store.open_offers_for(shop.db, actor.user_id) if one["deadline"] > now]


def _job_of(shop: "Shop", offer: Mapping[str, Any]) -> dict[str, Any]:
    job = store.job(shop.db, offer["job_id"])
    if job is None:
        raise NotFound("There is no such delivery.")
    return job


def _still_open(shop: "Shop", offer: Mapping[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    """The job, if this offer may still be answered. Raises what became of it."""
    if offer["deadline"] <= shop.now():
        settle(shop, offer)
        raise _closed(_state_now(shop, offer))
    if offer["state"] == "sent" and _half_asked(job, offer):
        job = _name_offer(shop, job, offer)  # he answers before the asking was finished
    if (job["offer"] or {}).get("id") != offer["_id"]:
        settle(shop, offer)
        raise _closed(_state_now(shop, offer))
    return job


def _state_now(shop: "Shop", offer: Mapping[str, Any]) -> str:
    return str((store.offer(shop.db, offer["_id"]) or offer)["state"])


def _closed(state: str) -> ShopError:
    if state in {"timed_out", "sent"}:
        return Conflict("This offer has run out; it went to somebody else.", code="offer_expired")
    if state == "withdrawn":
        return Conflict("This offer was withdrawn.", code="offer_withdrawn")
    return InvalidTransition(f"This offer is {state} already.", status_now=state)


# --- passing on --------------------------------------------------------------------------------------------------


def pass_on(shop: "Shop", job: dict[str, Any], outcome: str, reason: str | None = None) -> dict[str, Any]:
    """Take the open offer off the job (`declined`, `timed_out`, `off_duty`) and ask the next rider. The job."""
    offer, now = job["offer"], shop.now()
    row = {"rider_id": offer["rider_id"], "offer_id": offer["id"], "outcome": outcome, "at": now}
    event = moves.job_event(
        shop,
        job,
        f"delivery.offer_{_state_after(outcome)}",
        offer["rider_id"],
        state=job["state"],
        offer_id=offer["id"],
    )
    sets = {"offer": None, "tried": tried_also(job["tried"], row), "look_at": now}  # type: ignore[arg-type]
    passed = store.note(shop.db, job, sets, event)
    if passed is None:
        return store.job(shop.db, job["_id"]) or job
    reason = reason or (outcome if outcome == "off_duty" else None)
    store.close_offer(shop.db, offer["id"], _state_after(outcome), now, reason)
    return offer_next(shop, passed)


def drop_offers_of(shop: "Shop", rider_id: str) -> None:
    """The rider went off duty: what he was asked goes to others."""
    for offer in store.open_offers_for(shop.db, rider_id):
        job = store.job(shop.db, offer["job_id"])
        if job is not None and (job["offer"] or {}).get("id") == offer["_id"]:
            pass_on(shop, job, "off_duty")
        else:
            store.close_offer(shop.db, offer["_id"], _ending(job, offer), shop.now())


def give_back(
    shop: "Shop", job: dict[str, Any], *, roles: frozenset[str], actor_id: str, reason: str
) -> dict[str, Any] | None:
    """An assigned job searches again; its rider is asked again last. None if somebody moved it meanwhile.

    Raises InvalidTransition once it is loaded, Conflict `busy` while it is being loaded.
    """
    now = shop.now()
    if job["state"] == "assigned" and job["loading_until"] and job["loading_until"] > now:
        raise Conflict("This bag is being picked up right now.", code="busy")
    row = {
        "rider_id": job["rider_id"],
        "offer_id": job["accepted_offer"],
        "outcome": "given_back",
        "at": now,
    }
    tried = tried_also(job["tried"], row)  # type: ignore[arg-type]
    moved = moves.make(
        shop, job, "give_back", roles=roles, actor_id=actor_id, reason=reason, sets={"tried": tried}
    )
    return offer_next(shop, moved) if moved is not None else None


def give_back_silent(shop: "Shop", job: dict[str, Any]) -> None:
    """Nothing was heard of the job's rider for too long."""
    if job["loading_until"] and job["loading_until"] > shop.now():
        return
    give_back(shop, job, roles=frozenset({SYSTEM}), actor_id=SYSTEM, reason="silent")


def settle(shop: "Shop", offer: Mapping[str, Any]) -> None:
    """Bring an open offer to the end that its job says it had; one that ran out goes to the next rider."""
    job = store.job(shop.db, offer["job_id"])
    late = offer["deadline"] <= shop.now()
    if job is not None and (job["offer"] or {}).get("id") == offer["_id"]:
        if late:
            pass_on(shop, job, "timed_out")
        return
    if late or job is None or not _half_asked(job, offer):
        store.close_offer(shop.db, offer["_id"], _ending(job, offer), shop.now())


def _half_asked(job: Mapping[str, Any], offer: Mapping[str, Any]) -> bool:
    """Whether the offer reserved its rider and the job has yet to name it: not that it was named and is past."""
    named_before = any(row["offer_id"] == offer["_id"] for row in job["tried"])
    return job["state"] == "searching" and job["offer"] is None and not named_before


def _ending(job: Mapping[str, Any] | None, offer: Mapping[str, Any]) -> str:
    """The state of an offer that its job no longer names."""
    if job is None:
        return "withdrawn"
    if job["accepted_offer"] == offer["_id"]:
        return "accepted"
    for row in job["tried"]:
        if row["offer_id"] == offer["_id"]:
            return _state_after(row["outcome"])
    return "withdrawn"


def _state_after(outcome: str) -> str:
    return {"timed_out": "timed_out", "given_back": "accepted"}.get(outcome, "declined")
