"""Dispatch told in the order things happen: a bag needs a rider, he fetches it, he is at the door."""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pymongo.errors import DuplicateKeyError, PyMongoError

from shopsmart.dispatch import moves, offers, proofs, riders, store
from shopsmart.dispatch.model import (
    CATCH_UP,
    COUNTER_SECONDS,
    DOOR_SECONDS,
    LOADING_LEASE,
    NEEDS_RIDER,
    OVER,
    RECHECK,
    begin_job,
    done_already,
    job_id,
    ride_seconds,
    step_for,
)
from shopsmart.dispatch.proofs import Proof
from shopsmart.dispatch.riders import register_rider as register_rider  # what seeds call
from shopsmart.errors import Conflict, Invalid, NotFound
from shopsmart.geo import Point, distance_m
from shopsmart.identity.model import Actor
from shopsmart.infra import audit
from shopsmart.infra.outbox import Event
from shopsmart.orders import service as orders
from shopsmart.orders import store as orders_store
from shopsmart.orders.model import tip_of

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

MOST_EARNING_DAYS = 92
# A part of the order that went to another store is one that was called off here.
_GONE: Mapping[str, Any] = {"state": "cancelled"}


# --- the order calls, time passes --------------------------------------------------------------------------------


def order_event(shop: "Shop", event: Event) -> None:
    """Something happened to an order: begin, hurry or close its jobs. Decides by the order; safe to repeat."""
    order = orders_store.get(shop.db, event["data"]["order_id"])
    if order is None or order["mode"] != "instant":
        return
    for part in order["fulfilments"]:
        if part["state"] in NEEDS_RIDER:
            _begin(shop, order, part)
        for id_ in (*part.get("former", ()), part["id"]):
            attend(shop, job_id(order["_id"], id_))


def _begin(shop: "Shop", order: Mapping[str, Any], part: Mapping[str, Any]) -> None:
    job = begin_job(order, part, shop.settings, shop.now())
    if store.job(shop.db, job["_id"]) is not None:
        return
    job["outbox"] = [
        moves.job_event(shop, {**job, "version": 0}, "delivery.searching", None, state="searching")
    ]
    try:
        store.begin(shop.db, job)
    except DuplicateKeyError:
        pass  # the same event, handled twice at once


def tick(shop: "Shop", limit: int = 100) -> int:
    """What time asks for: silent offers pass on, jobs look for riders, crashes are mended, silence ends duty.

    Returns how many things were looked at. Many may run at once.
    """
    overdue = store.overdue_offers(shop.db, shop.now(), limit)
    for offer in overdue:
        offers.settle(shop, offer)
    due = store.due(shop.db, shop.now(), limit)
    for id_ in due:
        try:
            attend(shop, id_)
        except PyMongoError:
            raise  # nobody can be served now; the next tick comes in a second
        except Exception:
            # One job that cannot be helped must not keep all others from finding a rider.
            log.exception("job not attended to", extra={"job_id": id_})
            store.put_aside(shop.db, id_, shop.now() + RECHECK)
    riders.notice_silence(shop)
    return len(overdue) + len(due)


def attend(shop: "Shop", id_: str) -> None:
    """Bring a job to where its order is, do what it owes, and let it look for a rider. Safe to repeat and to race."""
    job = follow(shop, id_)
    if job is None:
        return
    job = moves.perform(shop, job)
    for offer in store.open_offers_of(shop.db, [id_]):
        offers.settle(shop, offer)
    if job["state"] == "searching":
        if job["offer"] is None:
            offers.offer_next(shop, job)
        elif job["offer"]["deadline"] <= shop.now():
            offers.pass_on(shop, job, "timed_out")
    elif job["state"] not in OVER:
        store.look_again(shop.db, job, shop.now() + RECHECK)


def follow(shop: "Shop", id_: str) -> dict[str, Any] | None:
    """The job, after the moves that its order has made already; None when there is no such job."""
    while (job := store.job(shop.db, id_)) is not None and job["state"] not in OVER:
        # The order is read after the job: so it is never the older of the two, and a job never goes back.
        order = orders_store.get(shop.db, job["order_id"])
        if order is None:
            return job
        part = next((one for one in order["fulfilments"] if one["id"] == job["fulfilment_id"]), _GONE)
        action = CATCH_UP.get(part["state"], {}).get(job["state"])
        if action:
            moves.make(shop, job, action, sets=_final(order, job, action), **_cause(order, action))
        elif part["state"] == "packed" and job["packed_at"] is None:
            packed_at = part["milestones"].get("packed_at") or shop.now()
            store.note(shop.db, job, {"packed_at": packed_at, "ready_at": packed_at})
        else:
            return job
    return job


def _cause(order: Mapping[str, Any], action: str) -> dict[str, Any]:
    """Who moved the order, and why: so the job's history names him too, whoever brings the job up."""
    wanted = {"load": "pick_up"}.get(action, action)
    row = next((row for row in reversed(order["history"]) if row["action"] == wanted), None)
    return {"actor_id": row["by"], "reason": row["reason"]} if row else {}


def _final(order: Mapping[str, Any], job: Mapping[str, Any], action: str) -> dict[str, Any]:
    """What a delivery came to: the tip of the final bill, and the cash that was taken at the door."""
    if action != "deliver":
        return {}
    return {"tip": tip_of(order, job["fulfilment_id"]), "cash": cash_of(order)}


def cash_of(order: Mapping[str, Any]) -> int:
    """Paise to collect at the door."""
    total: int = order["totals"]["total"]
    return total if order["payment"]["provider"] == "cod" else 0


# --- the rider's work --------------------------------------------------------------------------------------------


def own_task(shop: "Shop", actor: Actor, id_: str) -> dict[str, Any]:
    """The rider's own job. Raises NotFound for anybody else's."""
    job = store.job(shop.db, id_)
    if job is None or job["rider_id"] != actor.user_id:
        raise NotFound("There is no such task.")
    return job


def pick_up(shop: "Shop", actor: Actor, id_: str) -> dict[str, Any]:
    """The rider has the bag: the order leaves the store. The job; safe to repeat.

    Raises NotFound, InvalidTransition while it is not packed.
    """
    for _ in range(moves.TRIES):
        job = _caught_up(shop, actor, id_)
        if job["state"] == "loaded":
            return job
        step_for(job["state"], "load", actor.roles)
        # Once it is packed and until the order has moved, nobody takes the job away from him.
        lease = {"loading_until": shop.now() + LOADING_LEASE}
        if job["packed_at"] is None or store.note(shop.db, job, lease) is not None:
            orders.rider_acts(shop, actor, job["order_id"], job["fulfilment_id"], "pick_up")
            return follow(shop, id_) or job
    raise Conflict("Too many are changing this delivery at once; try again.", code="busy")


def deliver(shop: "Shop", actor: Actor, id_: str, proof: Proof | str) -> dict[str, Any]:
    """The bag is handed over against the customer's one-time code, or a proof with it. The job; safe to repeat.

    Raises NotFound, InvalidTransition, Invalid (`wrong_code` with `attempts_left`, `bad_image`), Conflict
    (`code_locked`, `signature_not_enough`).
    """
    proof = Proof(code=proof) if isinstance(proof, str) else proof
    job = _caught_up(shop, actor, id_)
    if done_already(job, "deliver", actor.user_id):
        return job
    step_for(job["state"], "deliver", actor.roles)
    pictures = proofs.looked_at(proof)
    if proof.code is not None:
        _check_code(shop, actor, job, proof.code)
    else:
        order = orders_store.get(shop.db, job["order_id"])
        assert order is not None
        proofs.check_signature_is_enough(shop, order)
    proofs.keep(shop, job, actor.user_id, proof, pictures)
    orders.rider_acts(shop, actor, job["order_id"], job["fulfilment_id"], "deliver")
    return follow(shop, id_) or job


def _check_code(shop: "Shop", actor: Actor, job: Mapping[str, Any], code: str) -> None:
    """Raises Invalid `wrong_code`, Conflict `code_locked`."""
    most = shop.settings.delivery_code_tries
    # Counted before it is compared: however many tries come at once, only so many are ever looked at.
    tried = store.count_code_try(shop.db, job["_id"], actor.user_id, most)
    if tried is None:
        raise Conflict("Too many wrong codes; call the office.", code="code_locked")
    order = orders_store.get(shop.db, job["order_id"])
    assert order is not None
    if orders.same_code(order, code):
        return
    left = max(0, most - tried["code_tries"])
    if not left:
        log.warning("delivery code locked", extra={"job_id": job["_id"]})
        event = moves.job_event(shop, tried, "delivery.code_locked", actor.user_id, state=tried["state"])
        store.note(shop.db, tried, {}, event)
    raise Invalid("This is not the customer's code.", code="wrong_code", attempts_left=left)


def fail(shop: "Shop", actor: Actor, id_: str, reason: str) -> dict[str, Any]:
    """Nobody took the bag at the door. The job; safe to repeat. Raises NotFound, InvalidTransition."""
    job = _caught_up(shop, actor, id_)
    if done_already(job, "fail", actor.user_id):
        return job
    step_for(job["state"], "fail", actor.roles)
    orders.rider_acts(shop, actor, job["order_id"], job["fulfilment_id"], "fail", reason)
    return follow(shop, id_) or job


def give_back(shop: "Shop", actor: Actor, id_: str, reason: str) -> None:
    """The rider cannot fetch the bag; another one is sought at once. Safe to repeat.

    Raises NotFound, InvalidTransition once he has it.
    """
    for _ in range(moves.TRIES):
        job = store.job(shop.db, id_)
        if job is not None and done_already(job, "give_back", actor.user_id):
            return
        job = _caught_up(shop, actor, id_)
        given = offers.give_back(shop, job, roles=actor.roles, actor_id=actor.user_id, reason=reason)
        if given is not None:
            return
    raise Conflict("Too many are changing this delivery at once; try again.", code="busy")


def _caught_up(shop: "Shop", actor: Actor, id_: str) -> dict[str, Any]:
    """The rider's own job, a crash between order and job mended."""
    own_task(shop, actor, id_)
    job = follow(shop, id_)
    if job is None or job["rider_id"] != actor.user_id:
        raise NotFound("There is no such task.")
    return moves.perform(shop, job)


# --- looking -----------------------------------------------------------------------------------------------------


def tasks(
    shop: "Shop", actor: Actor, *, done: bool, after: str | None = None, limit: int = 20
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The rider's jobs with their orders: the one on his hands, or those behind him, newest first."""
    if done:
        jobs = store.past_jobs(shop.db, actor.user_id, after, limit)
    else:
        active = store.active_job(shop.db, actor.user_id)
        jobs = [active] if active else []
    return with_orders(shop, jobs)


def with_orders(shop: "Shop", jobs: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    ids = sorted({job["order_id"] for job in jobs})
    found = {
        order["_id"]: order
        for order in (orders_store.of_all(shop.db, {"_id": {"$in": ids}}, None, len(ids)) if ids else [])
    }
    return [(job, found[job["order_id"]]) for job in jobs if job["order_id"] in found]


def route(shop: "Shop", actor: Actor) -> tuple[list[dict[str, Any]], list[list[float]]]:
    """Where the rider goes next: stops `{kind, task_id, location, distance_m, eta_s, eta_at}`, and the line's points.

    It starts where he is, or at the store when he has not said.
    """
    rider = riders.registered(shop, actor.user_id)
    job = store.active_job(shop.db, actor.user_id)
    if job is None or job["state"] == "attempt_failed":
        return [], []
    now = shop.now()
    here: Point = rider["position"] or job["pickup"]["location"]
    points, stops, at = [here["coordinates"]], [], now
    legs = [("drop", job["drop"]["location"])]
    if job["state"] == "assigned":
        legs.insert(0, ("pickup", job["pickup"]["location"]))
    for kind, place in legs:
        away = distance_m(here, place)
        at += timedelta(seconds=ride_seconds(away, shop.settings))
        if kind == "drop":
            at += timedelta(seconds=DOOR_SECONDS)
        stops.append(
            {
                "kind": kind,
                "task_id": job["_id"],
                "location": place,
                "distance_m": round(away * shop.settings.road_detour),
                "eta_s": round((at - now).total_seconds()),
                "eta_at": at,
            }
        )
        if kind == "pickup":
            at = max(at, job["ready_at"]) + timedelta(seconds=COUNTER_SECONDS)
        here = place
        points.append(place["coordinates"])
    return stops, points


def earnings(shop: "Shop", actor: Actor, first: date | None, last: date | None) -> dict[str, Any]:
    """A rider's deliveries and money in paise from day `first` to day `last` of the city, both included.

    Today by default. Raises Invalid `invalid_period`.
    """
    zone = ZoneInfo(shop.settings.timezone)
    first = first or last or shop.now().astimezone(zone).date()
    last = last or max(first, shop.now().astimezone(zone).date())
    if last < first or (last - first).days >= MOST_EARNING_DAYS or not 2000 <= first.year <= last.year < 2200:
        raise Invalid(f"A period of 1 to {MOST_EARNING_DAYS} days.", code="invalid_period")
    since, until = (
        datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, last + timedelta(days=1))
    )
    return {"from": first, "to": last, **store.earned(shop.db, actor.user_id, since, until)}


def rider_position(shop: "Shop", order: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the order's rider is, `{location, at, eta_s}`: only while he carries it."""
    for part in order["fulfilments"]:
        if part["state"] != "out_for_delivery":
            continue
        job = store.job(shop.db, job_id(order["_id"], part["id"]))
        rider = store.rider(shop.db, job["rider_id"]) if job and job["state"] == "loaded" else None
        if job and rider and rider["position_at"]:
            return riders.seen_position(shop, job, rider["position"], rider["position_at"])
    return None


# --- staff -------------------------------------------------------------------------------------------------------


def new_delivery_code(shop: "Shop", actor: Actor, order_id: str, why: str) -> int:
    """Another code for the customer and new tries for the rider; returns how many. Raises NotFound, Conflict."""
    order = orders_store.get(shop.db, order_id)
    if order is None or order["status"] == "holding":
        raise NotFound("There is no such order.")
    audit.record(shop, actor, "order.new_delivery_code", f"order:{order_id}", None, None, why)
    # The code changes first: the old one must not get tries that belong to the new one.
    orders.new_delivery_code(shop, order_id)
    ids = [job_id(order_id, part["id"]) for part in order["fulfilments"]]
    store.give_code_tries_back(shop.db, order_id, ids)
    return shop.settings.delivery_code_tries
