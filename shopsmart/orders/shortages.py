"""A store counted less than it promised: what becomes of the orders that wait for it.

The least advanced and youngest orders give way first. Whatever other store can take an order does; an unpaid one that
nobody is paying is given up; what is left is shortened: the customer gets and pays what there is. One who wished to
be asked is told first and has a while to cancel.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.errors import ShopError
from shopsmart.infra.outbox import Event
from shopsmart.inventory import store as stock
from shopsmart.money import money
from shopsmart.orders import effects, moves, rerouting, store
from shopsmart.orders.model import SYSTEM, billed_lines, lines_of, moving_now, rebilled, shortened
from shopsmart.orders.notes import note, order_event
from shopsmart.payments import service as payments

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

SHORTENED = "shortened"
MAY_BE_SHORTENED = ("placed", "accepted")
ASKED_FOR = timedelta(minutes=2)
PATIENCE = timedelta(seconds=5)
_TRIES = 10
_AS_SYSTEM = frozenset({SYSTEM})


def stock_event(shop: "Shop", event: Event) -> None:
    """Relieve a store's shelf of what it cannot keep. Safe to repeat and to race."""
    settle(shop, event["data"]["store_id"], event["data"]["sku"])


def settle_open(shop: "Shop", limit: int = 200) -> int:
    """Go on with the shortages that are not over: orders were being paid or moved, or a worker died. How many."""
    before = shop.now() - PATIENCE
    still = [one for one in stock.short(shop.db, limit) if one["available"] < 0]
    waiting = [one for one in still if one["shortage"]["at"] <= before]
    for one in waiting:
        try:
            settle(shop, one["store_id"], one["sku"])
        except ShopError as refusal:  # one odd order must not hold up the others
            log.warning("shortage not settled", extra={"stock_id": one["_id"], "code": refusal.code})
    return len(waiting)


def settle(shop: "Shop", store_id: str, sku: str) -> int:
    """Let orders give way until the store has all it still promises. Units that stay missing.

    Those belong to orders that are being picked, paid or moved at this moment, or that are still being asked.
    """
    for order in store.holding_at(shop.db, store_id, sku, MAY_BE_SHORTENED):
        if not _missing(shop, store_id, sku):
            return 0
        if _flag(sku) not in order["flags"]:  # flagged: nobody else could take it
            rerouting.leave_short(shop, store_id, sku, order["_id"])
    for order in store.holding_at(shop.db, store_id, sku, ("payment_pending",)):
        if _missing(shop, store_id, sku):
            _give_up_unpaid(shop, order["_id"])
    for order in store.holding_at(shop.db, store_id, sku, MAY_BE_SHORTENED):
        if not _missing(shop, store_id, sku):
            return 0
        if order["substitution"]["policy"] == "ask_me" and not _asked_long_enough(shop, store_id, sku):
            _ask(shop, order["_id"], sku)
        else:
            _shorten(shop, store_id, sku, order["_id"])
    if missing := _missing(shop, store_id, sku):
        log.warning("shortage stays", extra={"store_id": store_id, "sku": sku, "missing": missing})
    return _missing(shop, store_id, sku)


def _missing(shop: "Shop", store_id: str, sku: str) -> int:
    kept = stock.get(shop.db, store_id, sku)
    return max(0, -kept["available"]) if kept else 0


def _flag(sku: str) -> str:
    return f"short:{sku}"


def _asked_long_enough(shop: "Shop", store_id: str, sku: str) -> bool:
    kept = stock.get(shop.db, store_id, sku)
    return bool(kept and "shortage" in kept and kept["shortage"]["at"] <= shop.now() - ASKED_FOR)


def _ask(shop: "Shop", order_id: str, sku: str) -> None:
    """Tell the customer once that something is missing: he may cancel, or take the rest."""

    def change(order: dict[str, Any]) -> Any:
        if _flag(sku) in order["flags"]:
            return None
        event = order_event(shop, order, "order.short", status=order["status"], sku=sku)
        return {"flags": [*order["flags"], _flag(sku)]}, event

    note(shop, order_id, change)


def _give_up_unpaid(shop: "Shop", order_id: str) -> None:
    order = store.get(shop.db, order_id)
    if order is None or order["status"] != "payment_pending" or payments.at_work(shop, order_id):
        return
    moves.make(shop, order, "cancel", roles=_AS_SYSTEM, actor_id=SYSTEM, reason="shortage")


def _shorten(shop: "Shop", store_id: str, sku: str, order_id: str) -> None:
    """Take what is missing from the order's line; a part that is left with nothing is cancelled and paid back."""
    for _ in range(_TRIES):
        order = store.get(shop.db, order_id)
        if order is None:
            return
        # Another worker's cut counts only once its hold has shrunk: finish that before asking what is missing.
        order = effects.perform(shop, order)
        missing = _missing(shop, store_id, sku)
        part = next((one for one in order["fulfilments"] if one["store_id"] == store_id), None)
        if not missing or part is None or part["state"] not in MAY_BE_SHORTENED:
            return
        if moving_now(part, shop.now()):
            return  # where it goes will be known when the sweep looks again
        line = next((one for one in lines_of(order, part["id"]) if one["sku"] == sku), None)
        if line is None or not line["quantity"] or order["effects"]:
            return
        if _cut(shop, order, part, line, min(missing, line["quantity"])) is not None:
            return


def _cut(
    shop: "Shop", order: dict[str, Any], part: Mapping[str, Any], line: Mapping[str, Any], less: int
) -> dict[str, Any] | None:
    """The order without `less` units of the line, its bill and money in step; None when it changed meanwhile."""
    lines = [shortened(one, less) if one["id"] == line["id"] else one for one in order["lines"]]
    if not any(one["quantity"] for one in lines if one["fulfilment_id"] == part["id"]):
        return moves.make(
            shop,
            order,
            "reject",
            roles=_AS_SYSTEM,
            actor_id=SYSTEM,
            fulfilment_id=part["id"],
            reason="shortage",
        )
    states = [one["state"] for one in order["fulfilments"]]
    bill = rebilled(order, billed_lines({**order, "lines": lines}, states))
    sets = {
        "lines": lines,
        "totals": bill,
        "flags": list(dict.fromkeys([*order["flags"], SHORTENED])),
        "effects": ["shorten_holds", "refund_difference"],
        "effects_at": shop.now(),
        "updated_at": shop.now(),
    }
    event = order_event(
        shop,
        order,
        "order.shortened",
        status=order["status"],
        fulfilment_id=part["id"],
        line=line["id"],
        sku=line["sku"],
        quantity=line["quantity"] - less,
        missing=less,
        total=money(bill["total"], order["currency"]),
    )
    noted = store.note(shop.db, order, sets, event)
    return None if noted is None else effects.perform(shop, noted)
