"""The store's work on its part of an order: take it or refuse it, pick, pack, hand over."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Conflict, Invalid, InvalidTransition, NotFound
from shopsmart.identity.model import Actor
from shopsmart.infra.outbox import Event
from shopsmart.inventory import service as inventory
from shopsmart.inventory import store as stock
from shopsmart.orders import moves, rerouting, store
from shopsmart.orders.looking import part_at, same_code
from shopsmart.orders.model import (
    SYSTEM,
    billed_lines,
    fulfilment_of,
    hold_id,
    is_asked,
    lines_of,
    rebilled,
)
from shopsmart.orders.notes import note, order_event

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)


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
        if line["picked"] is None and line.get("instead_of"):
            raise Conflict("The customer has not answered yet.", code="answer_pending", lines=[line_id])
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
    """Close the bags: every line looked for, the bill made of what was found. Raises Conflict `lines_open`,
    `answer_pending`.

    A pickup order is then ready for collection.
    """
    order, part = part_at(shop, store_id, order_id)

    def prepare(order: Mapping[str, Any]) -> Mapping[str, Any]:
        asked = [line["instead_of"] for line in lines_of(order, part["id"]) if is_asked(line)]
        if asked and fulfilment_of(order, part["id"])["state"] == "picking":
            raise Conflict("The customer has not answered yet.", code="answer_pending", lines=asked)
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
    """Give a pickup order to whoever shows the code.

    Raises InvalidTransition, Invalid `wrong_code` with `attempts_left`, Conflict `code_locked`.
    """
    _, part = part_at(shop, store_id, order_id)
    if part["state"] == "ready_for_collection":
        _check_code(shop, order_id, part["id"], code)
    return moves.act(
        shop, order_id, "hand_over", roles=actor.roles, actor_id=actor.user_id, fulfilment_id=part["id"]
    )


def _check_code(shop: "Shop", order_id: str, part_id: str, code: str) -> None:
    """As at the door. Raises Invalid `wrong_code`, Conflict `code_locked`."""
    most = shop.settings.delivery_code_tries
    # Counted before it is compared: however many tries come at once, only so many are ever looked at.
    order = store.count_code_try(shop.db, order_id, part_id, most)
    if order is None:
        if fulfilment_of(_again(shop, order_id), part_id)["state"] != "ready_for_collection":
            return  # handed over meanwhile; the move says so
        raise Conflict("Too many wrong codes; call the office.", code="code_locked")
    if same_code(order, code):
        return
    left = max(0, most - fulfilment_of(order, part_id)["code_tries"])
    if not left:
        log.warning("collection code locked", extra={"order_id": order_id})
        note(shop, order_id, lambda found: ({}, _code_locked(shop, found, part_id)))
    raise Invalid("This is not the order's code.", code="wrong_code", attempts_left=left)


def _again(shop: "Shop", order_id: str) -> dict[str, Any]:
    order = store.get(shop.db, order_id)
    if order is None:
        raise NotFound("There is no such order.")
    return order


def _code_locked(shop: "Shop", order: Mapping[str, Any], part_id: str) -> Event:
    return order_event(shop, order, "order.code_locked", status=order["status"], fulfilment_id=part_id)
