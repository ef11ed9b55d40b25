"""A store that refuses, keeps silent or is short: the order goes to the next acceptable store by itself.

The new store's hold comes first, then one guarded write moves the order, then the old hold goes back. Before anything
is held the order names the try (`moving`), with a lease: whoever finds it half done later knows what was meant and
does it again under a new id, so that holds of two tries never mix. A try that lost gives its own hold back; one
that died is cleaned up by `service.reconcile_holds`.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.catalog import store as catalog
from shopsmart.errors import Conflict, InvalidTransition, NotFound
from shopsmart.inventory import service as inventory
from shopsmart.orders import moves, store
from shopsmart.orders.model import (
    SYSTEM,
    billed_lines,
    fulfilment_of,
    hold_id,
    lines_of,
    moving_now,
    rebilled,
    step_for,
    try_id,
    wanted,
)
from shopsmart.orders.notes import order_event
from shopsmart.orders.placing import store_facts
from shopsmart.routing import service as routing
from shopsmart.routing.model import Decision
from shopsmart.routing.policy import Policy

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=10)
NOT_ACCEPTED = "not_accepted"
REROUTED, LATE = "rerouted", "late_accept"
CANCEL, WAIT, REFUSE = "cancel", "wait", "refuse"
_TRIES = 10


@dataclass(frozen=True)
class Cause:
    """Why an order leaves its store, who says so, and what happens when no other store can take it.

    `otherwise`: CANCEL it, let it WAIT for its store (and cancel it when that takes too long), or REFUSE to move it.
    """

    reason: str
    by: str
    roles: frozenset[str]
    otherwise: str = CANCEL


def leave(shop: "Shop", order_id: str, part_id: str, cause: Cause) -> dict[str, Any]:
    """Move a part to the next acceptable store, or do what `cause` says when there is none. The order.

    Raises NotFound, InvalidTransition once it is being picked, Forbidden, Conflict (`busy` while somebody else
    is moving it, `no_other_store`).
    """
    refused: set[str] = set()
    mine = None
    for _ in range(_TRIES):
        order = _read(shop, order_id)
        part = fulfilment_of(order, part_id)
        _check_may_leave(part, cause)
        if moving_now(part, shop.now()) and part["moving"]["id"] != mine:
            raise Conflict("This order is just being moved to another store.", code="busy")
        policy = routing.policy_now(shop)
        decision = _next_store(shop, order, part, refused, policy)
        if decision is None:
            if (done := _nowhere_else(shop, order, part, cause, policy)) is not None:
                return done
            continue
        claimed = _claim(shop, order, part, decision, cause)
        if claimed is None:
            continue
        mine = fulfilment_of(claimed, part_id)["moving"]["id"]
        moved, held = _hold_and_move(shop, claimed, part_id, decision, cause, policy)
        if moved is not None:
            return moved
        if not held:
            refused.add(str(decision.store and decision.store["_id"]))
    raise Conflict("Too many are changing this order at once; try again.", code="busy")


def _read(shop: "Shop", order_id: str) -> dict[str, Any]:
    order = store.get(shop.db, order_id)
    if order is None:
        raise NotFound("There is no such order.")
    return order


def _check_may_leave(part: Mapping[str, Any], cause: Cause) -> None:
    step_for(part["state"], "reroute", cause.roles)
    if cause.reason == NOT_ACCEPTED and part["state"] != "placed":
        raise InvalidTransition("The store has accepted it meanwhile.", status_now=part["state"])


def _next_store(
    shop: "Shop", order: Mapping[str, Any], part: Mapping[str, Any], refused: set[str], policy: Policy
) -> Decision | None:
    """Where the part could go: a store that has all of it. None when it has moved often enough, or nowhere."""
    if order["mode"] != "instant" or part.get("hops", 0) >= policy["max_hops"]:
        return None  # whoever collects an order himself is on his way to this store
    lines = wanted(lines_of(order, part["id"]))
    without = {one["store_id"] for one in order["fulfilments"]} | set(part.get("left", ())) | refused
    decision = routing.choose(shop, order["location"], lines, without=without)
    return decision if decision.store is not None and not decision.shortages else None


def _claim(
    shop: "Shop", order: Mapping[str, Any], part: Mapping[str, Any], decision: Decision, cause: Cause
) -> dict[str, Any] | None:
    """Name the try in the order. None when the order changed meanwhile."""
    assert decision.store is not None
    at = _path(order, part)
    tries = part.get("tries", 0) + 1
    until = shop.now() + LEASE
    moving = {
        "id": try_id(part["id"], tries),
        "store_id": decision.store["_id"],
        "reason": cause.reason,
        "by": cause.by,
        "otherwise": cause.otherwise,
        "until": until,
    }
    sets = {f"{at}.moving": moving, f"{at}.tries": tries, "deadline": until}
    return store.note(shop.db, order, sets, None)


def _hold_and_move(
    shop: "Shop",
    order: dict[str, Any],
    part_id: str,
    decision: Decision,
    cause: Cause,
    policy: Policy,
) -> tuple[dict[str, Any] | None, bool]:
    """The order at its new store, or None; and whether that store could hold it."""
    assert decision.store is not None
    part = fulfilment_of(order, part_id)
    kept = hold_id(order["_id"], part["moving"]["id"])
    lines = wanted(lines_of(order, part_id))
    if inventory.hold_basket(shop, decision.store["_id"], lines, kept, order["_id"], None):
        return None, False
    try:
        moved = moves.make(
            shop,
            order,
            "reroute",
            roles=cause.roles,
            actor_id=cause.by,
            fulfilment_id=part_id,
            reason=cause.reason,
            sets=_at_new_store(shop, order, part, decision, policy),
        )
    except InvalidTransition:
        moved = None
    if moved is None:
        inventory.release_hold(shop, kept, order["_id"], "not_rerouted")
        return None, True
    routing.took_order(shop, decision.store["_id"])
    return moved, True


def _at_new_store(
    shop: "Shop", order: Mapping[str, Any], part: Mapping[str, Any], decision: Decision, policy: Policy
) -> dict[str, Any]:
    """What the move writes: the part, its lines and the bill as of the new store, never dearer than before."""
    assert decision.store is not None
    now, at, id_ = shop.now(), _path(order, part), part["moving"]["id"]
    listings = catalog.listings_of(
        shop.db, decision.store["_id"], [line["sku"] for line in lines_of(order, part["id"])]
    )
    lines = [
        {
            **line,
            "fulfilment_id": id_,
            "unit_price": min(
                line["unit_price"], listings.get(line["sku"], {"price": line["unit_price"]})["price"]
            ),
            "bin": "",
        }
        if line["fulfilment_id"] == part["id"]
        else line
        for line in order["lines"]
    ]
    states = [one["state"] for one in order["fulfilments"]]
    arrives = now + timedelta(seconds=decision.eta_s)
    if len(states) > 1:
        arrives = max(arrives, order["promise"]["at"])
    bill = [line for line in lines if line["fulfilment_id"] == id_]
    bill += [line for line in billed_lines(order, states) if line["fulfilment_id"] != part["id"]]
    return {
        f"{at}.id": id_,
        f"{at}.store_id": decision.store["_id"],
        f"{at}.store": store_facts(decision),
        f"{at}.zone_id": decision.zone_id,
        f"{at}.zone_version": decision.zone_version,
        f"{at}.rider": None,
        f"{at}.former": [*part.get("former", ()), part["id"]],
        f"{at}.left": [*part.get("left", ()), part["store_id"]],
        f"{at}.hops": part.get("hops", 0) + 1,
        f"{at}.accept_by": _accept_by(shop, policy),
        "lines": lines,
        "totals": rebilled(order, bill),
        "promise": {"seconds": round((arrives - order["created_at"]).total_seconds()), "at": arrives},
        "flags": list(dict.fromkeys([*(flag for flag in order["flags"] if flag != LATE), REROUTED])),
        "routing": list(decision.trace),
        "routing_before": [*order.get("routing_before", ()), _past_decision(order, part)],
    }


def _past_decision(order: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "store_id": part["store_id"],
        "left_for": part["moving"]["reason"],
        "candidates": order["routing"],
    }


def _accept_by(shop: "Shop", policy: Policy) -> Any:
    seconds = policy["accept_seconds"]
    return shop.now() + timedelta(seconds=seconds) if seconds else None


def _path(order: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    ids = [one["id"] for one in order["fulfilments"]]
    return f"fulfilments.{ids.index(part['id'])}"


# --- nobody else can -------------------------------------------------------------------------------------------


def _nowhere_else(
    shop: "Shop", order: dict[str, Any], part: Mapping[str, Any], cause: Cause, policy: Policy
) -> dict[str, Any] | None:
    """What becomes of an order that no other store can take; None when it changed meanwhile."""
    if cause.otherwise == REFUSE:
        drop_try(shop, order, part)
        raise Conflict("No other store can take this order now.", code="no_other_store")
    if cause.otherwise == WAIT and not _waited_too_long(shop, order, policy):
        return _wait_on(shop, order, part, policy)
    return moves.make(
        shop,
        order,
        "reject",
        roles=cause.roles,
        actor_id=cause.by,
        fulfilment_id=part["id"],
        reason=cause.reason,
    )


def _waited_too_long(shop: "Shop", order: Mapping[str, Any], policy: Policy) -> bool:
    placed_at = order["milestones"].get("placed_at", order["created_at"])
    return bool(placed_at + timedelta(seconds=policy["give_up_seconds"]) <= shop.now())


def _wait_on(
    shop: "Shop", order: dict[str, Any], part: Mapping[str, Any], policy: Policy
) -> dict[str, Any] | None:
    """Nobody accepted in time and nobody else can: staff are told once, and the store has more time."""
    at, again = _path(order, part), _accept_by(shop, policy)
    sets = {
        f"{at}.moving": None,
        f"{at}.accept_by": again,
        "deadline": again or shop.now(),
        "flags": list(dict.fromkeys([*order["flags"], LATE])),
    }
    event = None
    if LATE not in order["flags"]:
        event = order_event(
            shop, order, "order.not_accepted", status=order["status"], store_id=part["store_id"]
        )
    return store.note(shop.db, order, sets, event)


def drop_try(shop: "Shop", order: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Forget a try that is not to go on; the next look of the sweep sets the order's deadline right."""
    if part.get("moving"):
        store.note(shop.db, order, {f"{_path(order, part)}.moving": None, "deadline": shop.now()}, None)


# --- who asks for it -------------------------------------------------------------------------------------------


def attend(shop: "Shop", order: dict[str, Any]) -> None:
    """Do what is due for an order in its stores' hands: finish a try that died, move what nobody accepts."""
    now = shop.now()
    for part in order["fulfilments"]:
        moving = part.get("moving")
        if moving and moving["until"] > now:
            return
        if moving and moving["otherwise"] == REFUSE:
            drop_try(shop, order, part)  # staff asked and have had no answer; they will ask again
            return
        if moving:
            cause = Cause(moving["reason"], moving["by"], frozenset({SYSTEM}), moving["otherwise"])
            leave(shop, order["_id"], part["id"], cause)
            return
        if part["state"] == "placed" and part.get("accept_by") and part["accept_by"] <= now:
            cause = Cause(NOT_ACCEPTED, SYSTEM, frozenset({SYSTEM}), WAIT)
            leave(shop, order["_id"], part["id"], cause)
            return
    waits = [
        part["accept_by"]
        for part in order["fulfilments"]
        if part["state"] == "placed" and part.get("accept_by")
    ]
    store.set_deadline(shop.db, order, min(waits, default=None))


def leave_short(shop: "Shop", store_id: str, sku: str, order_id: str) -> bool:
    """Move an order away from a store that has fewer of `sku` than it promised; False when it has to stay.

    It stays when it is being picked already, when it is just being moved, or when nobody else can take it.
    """
    order = _read(shop, order_id)
    part = next((one for one in order["fulfilments"] if one["store_id"] == store_id), None)
    if part is None or all(line.sku != sku for line in wanted(lines_of(order, part["id"]))):
        return False
    try:
        leave(shop, order_id, part["id"], Cause(f"shortage:{sku}", SYSTEM, frozenset({SYSTEM}), REFUSE))
    except Conflict as refusal:
        log.info("short order stays", extra={"order_id": order_id, "sku": sku, "code": refusal.code})
        return False
    return True
