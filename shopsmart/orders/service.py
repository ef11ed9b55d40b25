"""Use cases of a placed order: paying, the store's work, the doorstep, cancelling, and the sweep."""

import hmac
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from shopsmart.errors import Conflict, Forbidden, Invalid, InvalidTransition, NotFound, ShopError
from shopsmart.identity.model import Actor
from shopsmart.infra.outbox import Event
from shopsmart.inventory import service as inventory
from shopsmart.inventory import store as stock
from shopsmart.money import money
from shopsmart.orders import effects, moves, rerouting, store, waiting
from shopsmart.orders.model import (
    ENDED,
    FLOW,
    STAFF,
    SYSTEM,
    WHOLE,
    accept_times,
    action_to,
    billed_lines,
    fulfilment_of,
    hold_id,
    lines_of,
    moving_now,
    rebilled,
)
from shopsmart.orders.notes import note, order_event, sync_payment
from shopsmart.payments import service as payments
from shopsmart.routing import service as routing

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

PREPAID = ("sandbox",)
CANCEL_REASONS_MOST = 200


# --- looking ---------------------------------------------------------------------------------------------------


def seen_by(shop: "Shop", actor: Actor, order_id: str) -> dict[str, Any]:
    """The order, if `actor` may see it: its customer, its store's manager, its rider, staff. Raises NotFound."""
    order = store.get(shop.db, order_id)
    if order is None or order["status"] == "holding" or not _concerns(order, actor):
        raise NotFound("There is no such order.")
    return order


def _concerns(order: Mapping[str, Any], actor: Actor) -> bool:
    if actor.roles & STAFF or order["customer_id"] == actor.user_id:
        return True
    if "store_manager" in actor.roles and any(
        part["store_id"] in actor.store_ids for part in order["fulfilments"]
    ):
        return order["status"] != "payment_pending"
    return "rider" in actor.roles and any(
        (part["rider"] or {}).get("id") == actor.user_id for part in order["fulfilments"]
    )


def own(shop: "Shop", actor: Actor, order_id: str) -> dict[str, Any]:
    """The customer's own order. Raises NotFound for anybody else's."""
    order = store.get(shop.db, order_id)
    if order is None or order["customer_id"] != actor.user_id or order["status"] == "holding":
        raise NotFound("There is no such order.")
    return order


def part_at(shop: "Shop", store_id: str, order_id: str) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """An order and its fulfilment at a store. Raises NotFound when the store has no part in it."""
    order = store.get(shop.db, order_id)
    if order is None or order["status"] in {"holding", "payment_pending"}:
        raise NotFound("There is no such order.")
    part = next((one for one in order["fulfilments"] if one["store_id"] == store_id), None)
    if part is None or order["end_reason"] in {"not_held", "not_paid"}:
        raise NotFound("There is no such order.")
    return order, part


# --- paying ----------------------------------------------------------------------------------------------------


def start_payment(shop: "Shop", actor: Actor, order_id: str, provider: str) -> dict[str, Any]:
    """Open a payment for the customer's unpaid order; the payment. Repeats give the same one while it is open."""
    order = own(shop, actor, order_id)
    if order["status"] != "payment_pending":
        raise InvalidTransition("This order is not waiting for a payment.", status_now=order["status"])
    if provider not in PREPAID:
        raise Invalid(f"Choose one of: {', '.join(PREPAID)}.", code="unknown_provider")
    return payments.start(
        shop,
        order_id=order_id,
        provider=provider,
        amount=order["totals"]["total"],
        customer_id=order["customer_id"],
        expires_at=order["hold_until"],
    )


def confirm_payment(
    shop: "Shop", actor: Actor, order_id: str, payment_id: str, payment_ref: str, signature: str
) -> dict[str, Any]:
    """Take the signed result that the customer's browser brings. The order; safe to repeat.

    Raises NotFound, Invalid (`payment_signature_invalid`, `payment_mismatch`).
    """
    order = own(shop, actor, order_id)
    payment = payments.verify(
        shop, order_id=order_id, payment_id=payment_id, payment_ref=payment_ref, signature=signature
    )
    return payment_captured(shop, payment, order)


def payment_captured(
    shop: "Shop", payment: Mapping[str, Any], as_read: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The one place where captured money meets its order; browser, webhook and reconciler all end here.

    An order that waits is placed. Money for one that is over, or a second payment, goes back by itself.
    `as_read` is the order, where the caller has just read it.
    """
    order = as_read or store.get(shop.db, payment["order_id"])
    if order is None:
        raise NotFound("There is no such order.")
    if order["status"] == "payment_pending":
        order = _pay(shop, order, payment)
    if order["payment"]["payment_id"] != payment["_id"]:
        log.warning("money came late", extra={"order_id": order["_id"], "payment_id": payment["_id"]})
        payments.refund(
            shop, payment["_id"], payment["captured"], "late_payment", key=f"{payment['_id']}:late"
        )
        order = note(shop, order["_id"], lambda found: _late_money(shop, found, payment))
    payments.mark_applied(shop, payment["_id"])
    return order


def _pay(shop: "Shop", order: dict[str, Any], payment: Mapping[str, Any]) -> dict[str, Any]:
    """Place an order that waits for this money; the order as it stands then, which may be over already."""
    patience = routing.policy_now(shop)["accept_seconds"]
    paid = {
        "payment.status": "captured",
        "payment.payment_id": payment["_id"],
        "payment.captured": payment["captured"],
    }
    try:
        return moves.act(
            shop,
            order["_id"],
            "pay",
            roles=[SYSTEM],
            actor_id=f"payment:{payment['_id']}",
            prepare=lambda found: {**paid, **accept_times(found, shop.now(), patience)},
            as_read=order,
        )
    except InvalidTransition:
        return store.get(shop.db, order["_id"]) or order  # it expired or was cancelled just now


def _late_money(shop: "Shop", order: dict[str, Any], payment: Mapping[str, Any]) -> Any:
    mark = f"late_payment:{payment['_id']}"
    if mark in order["flags"]:
        return None
    event = order_event(
        shop,
        order,
        "order.refunded",
        status=order["status"],
        refunded=money(payment["captured"], order["currency"]),
    )
    return {"flags": [*order["flags"], mark]}, event


def refund(
    shop: "Shop", actor: Actor, order_id: str, amount: int | None, reason: str, key: str
) -> dict[str, Any]:
    """Give captured money back, all that is left or `amount` paise. The refund. Raises NotFound, Conflict."""
    order = store.get(shop.db, order_id)
    if order is None or order["status"] == "holding":
        raise NotFound("There is no such order.")
    if not order["payment"]["payment_id"]:
        raise Conflict("Nothing was paid for this order.", code="nothing_to_refund")
    made = payments.refund(
        shop, order["payment"]["payment_id"], amount, reason, key=f"{order_id}:{actor.user_id}:{key}"
    )
    sync_payment(shop, order_id)
    return made


# --- the customer ----------------------------------------------------------------------------------------------


def cancel(shop: "Shop", actor: Actor, order_id: str, reason: str) -> dict[str, Any]:
    """Cancel while it may still be cancelled; stock and money go back. Raises NotFound, InvalidTransition."""
    if not actor.roles & STAFF:
        own(shop, actor, order_id)
    return moves.act(shop, order_id, "cancel", roles=actor.roles, actor_id=actor.user_id, reason=reason)


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


# --- the store -------------------------------------------------------------------------------------------------


def store_acts(
    shop: "Shop", actor: Actor, store_id: str, order_id: str, action: str, reason: str | None = None
) -> dict[str, Any]:
    """`accept`, `start_picking`, `return` by the store. Raises NotFound, InvalidTransition, Forbidden."""
    _, part = part_at(shop, store_id, order_id)

    def prepare(order: Mapping[str, Any]) -> Mapping[str, Any]:
        return _bins(shop, store_id, order, part["id"]) if action == "accept" else {}

    return moves.act(
        shop,
        order_id,
        action,
        roles=actor.roles,
        actor_id=actor.user_id,
        fulfilment_id=part["id"],
        reason=reason,
        prepare=prepare,
    )


def reject(shop: "Shop", actor: Actor, store_id: str, order_id: str, reason: str) -> dict[str, Any]:
    """The store cannot do it: the order goes to the next store that can, or is cancelled. Safe to repeat.

    Raises NotFound, InvalidTransition once picking began, Conflict `busy`.
    """
    order = store.get(shop.db, order_id)
    if order is not None and _rejected_before(order, actor, store_id):
        return order
    order, part = part_at(shop, store_id, order_id)
    return rerouting.leave(
        shop, order_id, part["id"], rerouting.Cause(reason, actor.user_id, actor.roles, rerouting.CANCEL)
    )


def _rejected_before(order: Mapping[str, Any], actor: Actor, store_id: str) -> bool:
    """Whether `actor` sent the order away from this store, to another one or to its end."""
    for row in order["history"]:
        if row["by"] == actor.user_id and row.get("from_store", store_id) == store_id:
            if row["action"] == "reroute":
                return all(part["store_id"] != store_id for part in order["fulfilments"])
            if row["action"] == "reject":
                return any(
                    part["store_id"] == store_id and part["state"] == "cancelled"
                    for part in order["fulfilments"]
                )
    return False


def reroute(shop: "Shop", actor: Actor, order_id: str, reason: str, store_id: str | None) -> dict[str, Any]:
    """Staff send an order to another store: of `store_id` when it has several parts. The order.

    Raises NotFound, InvalidTransition, Conflict (`no_other_store`, `busy`).
    """
    order = store.get(shop.db, order_id)
    parts = [] if order is None or order["status"] == "holding" else order["fulfilments"]
    part = next((one for one in parts if store_id in {None, one["store_id"]}), None)
    if part is None:
        raise NotFound("There is no such order.")
    return rerouting.leave(
        shop, order_id, part["id"], rerouting.Cause(reason, actor.user_id, actor.roles, rerouting.REFUSE)
    )


def stock_event(shop: "Shop", event: Event) -> None:
    """A store counted less than it promised: the least advanced and youngest orders go elsewhere. Safe to repeat."""
    store_id, sku = event["data"]["store_id"], event["data"]["sku"]
    for order in store.holding_at(shop.db, store_id, sku):
        if not _missing(shop, store_id, sku):
            return
        rerouting.leave_short(shop, store_id, sku, order["_id"])
    if missing := _missing(shop, store_id, sku):
        log.warning("shortage stays", extra={"store_id": store_id, "sku": sku, "missing": missing})


def _missing(shop: "Shop", store_id: str, sku: str) -> int:
    kept = stock.get(shop.db, store_id, sku)
    return max(0, -kept["available"]) if kept else 0


def _bins(shop: "Shop", store_id: str, order: Mapping[str, Any], part_id: str) -> dict[str, str]:
    """Where the picker finds each line, noted when the store takes the order."""
    bins = stock.bins_of(shop.db, store_id, [line["sku"] for line in lines_of(order, part_id)])
    return {
        f"lines.{index}.bin": bins.get(line["sku"], "")
        for index, line in enumerate(order["lines"])
        if line["fulfilment_id"] == part_id
    }


def pick_line(
    shop: "Shop", actor: Actor, store_id: str, order_id: str, line_id: str, picked: int
) -> dict[str, Any]:
    """Record what was found of a line; the goods leave the shelf. The first pick moves `accepted` to `picking`.

    The same result again is no change; another one is refused. Raises NotFound, Invalid, InvalidTransition.
    """
    order, part = part_at(shop, store_id, order_id)
    line = next((one for one in lines_of(order, part["id"]) if one["id"] == line_id), None)
    if line is None:
        raise NotFound("The order has no such line.", code="unknown_line")
    if not 0 <= picked <= line["quantity"]:
        raise Invalid(f"Between 0 and the {line['quantity']} ordered.", code="too_many_picked")
    if line["picked"] == picked:
        return order
    if part["state"] == "accepted":
        order = store_acts(shop, actor, store_id, order_id, "start_picking")
    kept = hold_id(order_id, part["id"])

    def change(order: dict[str, Any]) -> Any:
        index, line = next((number, one) for number, one in enumerate(order["lines"]) if one["id"] == line_id)
        if line["picked"] is not None:
            if line["picked"] == picked:
                return None
            raise Conflict("This line was picked already.", code="line_already_picked", picked=line["picked"])
        if fulfilment_of(order, part["id"])["state"] != "picking":
            raise InvalidTransition("The order is not being picked.", status_now=order["status"])
        event = order_event(
            shop, order, "order.line_picked", status=order["status"], line=line_id, picked=picked
        )
        return {f"lines.{index}.picked": picked}, event

    # The order first: it is the record. Should the process die here, the next move's effects finish the shelf.
    order = note(shop, order_id, change)
    inventory.pick(shop, kept, order_id, line["sku"], picked, actor.user_id)
    return order


def pack(shop: "Shop", actor: Actor, store_id: str, order_id: str) -> dict[str, Any]:
    """Close the bags: every line looked for, the bill made of what was found. Raises Conflict `lines_open`.

    A pickup order is then ready for collection.
    """
    order, part = part_at(shop, store_id, order_id)

    def prepare(order: Mapping[str, Any]) -> Mapping[str, Any]:
        waiting = [line["id"] for line in lines_of(order, part["id"]) if line["picked"] is None]
        if waiting and fulfilment_of(order, part["id"])["state"] == "picking":
            raise Conflict("Some lines were not picked yet.", code="lines_open", lines=waiting)
        states = [one["state"] for one in order["fulfilments"]]
        bill = rebilled(order, billed_lines(order, states))
        return {"totals": bill}

    order = moves.act(
        shop,
        order_id,
        "pack",
        roles=actor.roles,
        actor_id=actor.user_id,
        fulfilment_id=part["id"],
        prepare=prepare,
    )
    if order["mode"] == "pickup" and fulfilment_of(order, part["id"])["state"] == "packed":
        order = moves.act(
            shop, order_id, "make_ready", roles=[SYSTEM], actor_id=SYSTEM, fulfilment_id=part["id"]
        )
    return order


def hand_over(shop: "Shop", actor: Actor, store_id: str, order_id: str, code: str) -> dict[str, Any]:
    """Give a pickup order to whoever shows the code. Raises Invalid `wrong_code`, InvalidTransition."""
    order, part = part_at(shop, store_id, order_id)
    if part["state"] == "ready_for_collection" and not same_code(order, code):
        raise Invalid("This is not the order's code.", code="wrong_code")
    return moves.act(
        shop, order_id, "hand_over", roles=actor.roles, actor_id=actor.user_id, fulfilment_id=part["id"]
    )


def same_code(order: Mapping[str, Any], code: str) -> bool:
    """Whether `code` is the order's one-time code, compared in constant time."""
    return hmac.compare_digest(order["delivery_code"].encode(), code.strip().encode())


# --- the rider, by way of dispatch -----------------------------------------------------------------------------


def rider_acts(
    shop: "Shop",
    actor: Actor,
    order_id: str,
    fulfilment_id: str,
    action: str,
    reason: str | None = None,
) -> dict[str, Any]:
    """`pick_up`, `deliver`, `fail` by the fulfilment's rider. Raises Forbidden for another rider."""

    def prepare(order: Mapping[str, Any]) -> None:
        rider = fulfilment_of(order, fulfilment_id)["rider"]
        if (rider or {}).get("id") != actor.user_id:
            raise Forbidden("This order rides with somebody else.")

    return moves.act(
        shop,
        order_id,
        action,
        roles=actor.roles,
        actor_id=actor.user_id,
        fulfilment_id=fulfilment_id,
        reason=reason,
        prepare=prepare,
    )


def set_rider(
    shop: "Shop", order_id: str, fulfilment_id: str, rider: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Note who brings a fulfilment, `{id, name, phone, vehicle}`, or nobody again. Safe to repeat."""

    def change(order: dict[str, Any]) -> Any:
        part = next((one for one in order["fulfilments"] if one["id"] == fulfilment_id), None)
        if part is None or part["state"] in ENDED or part["rider"] == rider:
            return None  # over, known, or gone to another store with a rider of its own
        index = order["fulfilments"].index(part)
        event = order_event(
            shop,
            order,
            "order.rider_assigned" if rider else "order.rider_left",
            status=order["status"],
            rider=rider["name"] if rider else None,
        )
        return {f"fulfilments.{index}.rider": rider}, event

    return note(shop, order_id, change)


# --- staff -----------------------------------------------------------------------------------------------------


def set_status(shop: "Shop", actor: Actor, order_id: str, status: str, reason: str | None) -> dict[str, Any]:
    """Any lawful transition, by staff, with a reason. Raises NotFound, InvalidTransition."""
    order = store.get(shop.db, order_id)
    if order is None or order["status"] == "holding":
        raise NotFound("There is no such order.")
    if order["status"] == status:
        return order
    if status == "placed" and order["status"] == "accepted":
        return reroute(shop, actor, order_id, reason or "staff", None)
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
        return {"delivery_code": code}, order_event(shop, order, "order.new_code", status=order["status"])

    return note(shop, order_id, change)


# --- the sweep -------------------------------------------------------------------------------------------------


def sweep(shop: "Shop", limit: int = 200) -> int:
    """Finish or undo what time or a crash left: stale `holding`, unpaid orders, effects not done.

    Many sweeps may run at once; each order has one winner.
    """
    looked_at = 0
    for order in store.past_deadline(shop.db, shop.now(), limit):
        if order["status"] not in WHOLE:
            _attend(shop, order)
            looked_at += 1
            continue
        if waiting.extend_once(shop, order):
            looked_at += 1
            continue
        action = "abandon" if order["status"] == "holding" else "expire"
        if (order["status"], action) not in FLOW:
            continue
        moves.make(
            shop,
            order,
            action,
            roles=[SYSTEM],
            actor_id=SYSTEM,
            reason="not_held" if action == "abandon" else "not_paid",
        )
        looked_at += 1
    looked_at += effects.finish_owing(shop, limit)
    for payment in payments.unapplied(shop, shop.now() - timedelta(seconds=5)):
        try:
            payment_captured(shop, payment)
        except ShopError as refusal:  # one odd payment must not keep the others waiting
            log.error("payment not applied", extra={"payment_id": payment["_id"], "code": refusal.code})
        looked_at += 1
    return looked_at


def _attend(shop: "Shop", order: dict[str, Any]) -> None:
    try:
        rerouting.attend(shop, order)
    except ShopError as refusal:  # moved by somebody else meanwhile
        log.info("order not attended to", extra={"order_id": order["_id"], "code": refusal.code})
    except PyMongoError:
        raise  # nothing can be done now; the next sweep comes in two seconds
    except Exception:
        # One order that cannot be helped must not hold up the others.
        log.exception("order not attended to", extra={"order_id": order["_id"]})


def reconcile_holds(shop: "Shop", batch: int = 500) -> int:
    """Look at every hold older than a minute and release those without a living order. Returns how many."""
    released, after = 0, None
    before = shop.now() - timedelta(seconds=60)
    while documents := stock.with_holds(shop.db, before, after, batch):
        released += _release_orphans(shop, documents, before)
        after = documents[-1]["_id"]
    return released


def _release_orphans(shop: "Shop", documents: Sequence[Mapping[str, Any]], before: datetime) -> int:
    released = 0
    for document in documents:
        for kept in document["holds"]:
            if kept["at"] > before:
                continue
            order = store.get(shop.db, kept["order_id"])
            if order is None or order["status"] in ENDED or _of_no_part(order, kept["id"], shop.now()):
                released += stock.release(shop.db, document["_id"], kept, shop.now(), "orphan")
    return released


def _of_no_part(order: Mapping[str, Any], kept: str, now: datetime) -> bool:
    """Whether a hold is of a store that the order has left, or of a try to move it that died."""
    return not any(
        kept == hold_id(order["_id"], part["id"])
        or (moving_now(part, now) and kept == hold_id(order["_id"], part["moving"]["id"]))
        for part in order["fulfilments"]
    )
