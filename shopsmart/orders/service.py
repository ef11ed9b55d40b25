"""The use cases of a placed order, for everybody outside: each subject has a module of its own.

Here stands what customers and staff do; `paying`, `at_store`, `shortages`, `riding` and `sweeping` have the rest.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Conflict, InvalidTransition, NotFound
from shopsmart.identity.model import Actor
from shopsmart.infra import audit
from shopsmart.money import money
from shopsmart.orders import at_store, moves, paying, store
from shopsmart.orders.at_store import hand_over, pack, pick_line, reject, store_acts
from shopsmart.orders.looking import own, part_at, same_code, seen_by
from shopsmart.orders.model import (
    ENDED,
    STAFF,
    action_to,
)
from shopsmart.orders.notes import note, order_event, sync_payment
from shopsmart.orders.paying import PREPAID, confirm_payment, payment_captured, start_payment
from shopsmart.orders.riding import rider_acts, set_rider
from shopsmart.orders.shortages import stock_event
from shopsmart.orders.substituting import answer as answer_substitution
from shopsmart.orders.substituting import pick_with_substitute
from shopsmart.orders.sweeping import reconcile_holds, sweep

if TYPE_CHECKING:
    from shopsmart.context import Shop

__all__ = [
    "PREPAID",
    "answer_substitution",
    "cancel",
    "confirm_payment",
    "hand_over",
    "new_delivery_code",
    "own",
    "pack",
    "part_at",
    "payment_captured",
    "pick_line",
    "pick_with_substitute",
    "rate",
    "reconcile_holds",
    "refund",
    "reject",
    "reroute",
    "rider_acts",
    "same_code",
    "seen_by",
    "set_rider",
    "set_status",
    "start_payment",
    "stock_event",
    "store_acts",
    "sweep",
    "sync_payment",
]


def cancel(shop: "Shop", actor: Actor, order_id: str, reason: str) -> dict[str, Any]:
    """Cancel while it may still be cancelled; stock and money go back. Raises NotFound, InvalidTransition."""
    if not actor.roles & STAFF:
        own(shop, actor, order_id)
    return _on_record(
        shop,
        actor,
        "order.cancelled",
        order_id,
        reason,
        lambda: moves.act(shop, order_id, "cancel", roles=actor.roles, actor_id=actor.user_id, reason=reason),
    )


def reroute(shop: "Shop", actor: Actor, order_id: str, reason: str, store_id: str | None) -> dict[str, Any]:
    """Staff send an order to another store: see `at_store.reroute`."""
    return _on_record(
        shop,
        actor,
        "order.rerouted",
        order_id,
        reason,
        lambda: at_store.reroute(shop, actor, order_id, reason, store_id),
    )


def refund(
    shop: "Shop", actor: Actor, order_id: str, amount: int | None, reason: str, key: str
) -> dict[str, Any]:
    """Staff give captured money back: see `paying.refund`."""
    made = paying.refund(shop, actor, order_id, amount, reason, key)
    told = {"refund_id": made["refund_id"], "amount": money(made["amount"], made["currency"])}
    audit.record(
        shop, actor, "order.refunded", f"order:{order_id}", None, told, reason, once=made["refund_id"]
    )
    return made


def _on_record(
    shop: "Shop", actor: Actor, what: str, order_id: str, why: str | None, do: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """`do()`, and what it changed into the audit log when staff did it.

    Afterwards, so that a refusal leaves no row; the order's history has the same, written with the move itself.
    """
    if not actor.roles & STAFF:
        return do()
    before = store.get(shop.db, order_id)
    after = do()
    was, becomes = (_facts(before) if before else {}), _facts(after)
    changed = [name for name in becomes if was.get(name) != becomes[name]]
    if changed:
        audit.record(
            shop,
            actor,
            what,
            f"order:{order_id}",
            {name: was.get(name) for name in changed},
            {name: becomes[name] for name in changed},
            why or "",
            once=f"order:{order_id}:{after['version']}",
        )
    return after


def _facts(order: Mapping[str, Any]) -> dict[str, Any]:
    return {"status": order["status"], "stores": [part["store_id"] for part in order["fulfilments"]]}


def rate(shop: "Shop", actor: Actor, order_id: str, stars: Mapping[str, Any], comment: str) -> dict[str, Any]:
    """Rate store and rider after delivery, once; the same rating again is no change."""
    own(shop, actor, order_id)
    rating = {**stars, "comment": comment, "at": shop.now()}

    def change(order: dict[str, Any]) -> Any:
        if order["status"] not in {"delivered", "collected"}:
            raise InvalidTransition("An order is rated once it has arrived.", status_now=order["status"])
        if order["rating"]:
            if {**order["rating"], "at": None} == {**rating, "at": None}:
                return None
            raise Conflict("This order has been rated already.", code="already_rated")
        return {"rating": rating}, order_event(shop, order, "order.rated", status=order["status"], **stars)

    return note(shop, order_id, change)


def set_status(shop: "Shop", actor: Actor, order_id: str, status: str, reason: str | None) -> dict[str, Any]:
    """Any lawful transition, by staff, with a reason. Raises NotFound, InvalidTransition."""
    order = store.get(shop.db, order_id)
    if order is None or order["status"] == "holding":
        raise NotFound("There is no such order.")
    if order["status"] == status:
        return order
    return _on_record(
        shop,
        actor,
        "order.status",
        order_id,
        reason,
        lambda: _set_status(shop, actor, order, status, reason),
    )


def _set_status(
    shop: "Shop", actor: Actor, order: Mapping[str, Any], status: str, reason: str | None
) -> dict[str, Any]:
    order_id = order["_id"]
    if status == "placed" and order["status"] == "accepted":
        return at_store.reroute(shop, actor, order_id, reason or "staff", None)
    action = action_to(order["status"], status, actor.roles)
    part = order["fulfilments"][0]
    if action == "reject":
        action = "cancel"  # staff end it; a store's refusal would send it on
    if action == "pack":
        return pack(shop, actor, part["store_id"], order_id)
    whole = ("payment_pending", "placed") if action == "cancel" else ("payment_pending",)
    return moves.act(
        shop,
        order_id,
        action,
        roles=actor.roles,
        actor_id=actor.user_id,
        fulfilment_id=None if order["status"] in whole or len(order["fulfilments"]) > 1 else part["id"],
        reason=reason,
    )


def new_delivery_code(shop: "Shop", order_id: str) -> dict[str, Any]:
    """Give the order another one-time code, after too many wrong tries at the door."""
    code = f"{shop.rng.randrange(10_000):04d}"

    def change(order: dict[str, Any]) -> Any:
        if order["status"] in ENDED:
            raise InvalidTransition("This order is over.", status_now=order["status"])
        tries = {f"fulfilments.{index}.code_tries": 0 for index in range(len(order["fulfilments"]))}
        event = order_event(shop, order, "order.new_code", status=order["status"])
        return {"delivery_code": code, **tries}, event

    return note(shop, order_id, change)
