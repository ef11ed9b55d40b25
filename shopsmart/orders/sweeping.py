"""What time or a crash left: orders past their time, effects and money not dealt with, holds of nobody."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from shopsmart.errors import ShopError
from shopsmart.inventory import store as stock
from shopsmart.orders import effects, moves, rerouting, shortages, store, substituting, waiting
from shopsmart.orders.model import (
    ENDED,
    FLOW,
    SYSTEM,
    WHOLE,
    hold_id,
    moving_now,
)
from shopsmart.orders.paying import payment_captured
from shopsmart.payments import service as payments

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)


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
    looked_at += substituting.lapse_due(shop, limit)
    looked_at += effects.finish_owing(shop, limit)
    looked_at += shortages.settle_open(shop)
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
