"""Moving an order: one guarded write that changes the state, appends history and leaves the event; then effects."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Conflict, NotFound
from shopsmart.infra import metrics
from shopsmart.money import money
from shopsmart.orders import effects, store
from shopsmart.orders.model import ENDED, Move, done_already, plan_move
from shopsmart.orders.notes import order_event

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

_TRIES = 10
Prepare = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]


def make(
    shop: "Shop",
    order: Mapping[str, Any],
    action: str,
    *,
    roles: Iterable[str],
    actor_id: str,
    fulfilment_id: str | None = None,
    reason: str | None = None,
    sets: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Take `action` on the order as it was read, and do what follows. None if somebody moved it meanwhile.

    Raises InvalidTransition, Forbidden.
    """
    move = plan_move(
        order,
        action,
        roles=roles,
        actor_id=actor_id,
        now=shop.now(),
        fulfilment_id=fulfilment_id,
        reason=reason,
        sets=_ending(action, reason, sets),
    )
    moved = _apply(shop, move, reason)
    if moved is None:
        return None
    metrics.ORDERS.labels(action).inc()
    log.info(
        "order moved",
        extra={"order_id": order["_id"], "action": action, "status": moved["status"], "by": actor_id},
    )
    return effects.perform(shop, moved)


def act(
    shop: "Shop",
    order_id: str,
    action: str,
    *,
    roles: Iterable[str],
    actor_id: str,
    fulfilment_id: str | None = None,
    reason: str | None = None,
    prepare: Prepare | None = None,
    as_read: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Take `action`, looking again when somebody else was quicker. Done already by the same actor: the order.

    `as_read` is the order, where the caller has just read it. `prepare` sees the order as read; it refuses by
    raising, and returns further facts to set.
    Raises NotFound, InvalidTransition, Forbidden.
    """
    for attempt in range(_TRIES):
        order = as_read if as_read and not attempt else store.get(shop.db, order_id)
        if order is None:
            raise NotFound("There is no such order.")
        if done_already(order, action, actor_id, fulfilment_id):
            return order
        sets = prepare(order) if prepare else None
        moved = make(
            shop,
            order,
            action,
            roles=roles,
            actor_id=actor_id,
            fulfilment_id=fulfilment_id,
            reason=reason,
            sets=sets,
        )
        if moved is not None:
            return moved
    raise Conflict("Too many are changing this order at once; try again.", code="busy")


def _apply(shop: "Shop", move: Move, reason: str | None) -> dict[str, Any] | None:
    event = None
    if move.history["action"] == "reroute":
        event = order_event(
            shop,
            move.order,
            "order.rerouted",
            also_for=[move.history["to_store"]],
            status=move.status,
            reason=reason,
            from_store=move.history["from_store"],
            to_store=move.history["to_store"],
            total=money(move.sets["totals"]["total"], move.order["currency"]),
        )
    elif move.history["action"] != "abandon":  # nobody was told of an order that never held its stock
        event = order_event(
            shop,
            move.order,
            _event_type(move),
            status=move.status,
            fulfilment_id=move.history["fulfilment_id"],
            total=money(move.order["totals"]["total"], move.order["currency"]),
            **({"reason": reason} if reason else {}),
        )
    return store.apply(shop.db, move, event)


def _event_type(move: Move) -> str:
    """`order.delivered`; `order.part_delivered` while the end of one part is not the order's."""
    of_a_part = move.step.next in ENDED and move.status != move.step.next
    return f"order.part_{move.step.next}" if of_a_part else f"order.{move.step.next}"


def _ending(action: str, reason: str | None, sets: Mapping[str, Any] | None) -> dict[str, Any]:
    changes = dict(sets or {})
    if action in {"abandon", "expire", "cancel", "reject", "fail"}:
        changes["end_reason"] = reason or ("not_paid" if action == "expire" else action)
    return changes
