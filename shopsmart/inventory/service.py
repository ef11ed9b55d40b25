"""Use cases of stock: hold a basket, give it back, pick it, and keep the shelf's numbers true."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Invalid
from shopsmart.identity.model import SYSTEM
from shopsmart.infra import metrics, outbox
from shopsmart.inventory import edits, hot, shortages, store
from shopsmart.inventory.hot import one_by_one
from shopsmart.inventory.model import (
    ADJUST_REASONS,
    MOST_ON_HAND,
    Edit,
    LessThanPromised,
    Line,
    Shortage,
    for_sale,
    low,
    merged,
    missing,
    stock_id,
)
from shopsmart.inventory.shortages import case, close_case, open_cases
from shopsmart.inventory.transfers import finish as finish_transfers
from shopsmart.inventory.transfers import transfer

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

_ENDED_AT_ONCE = 500

__all__ = [
    "ADJUST_REASONS",
    "MOST_ON_HAND",
    "LessThanPromised",
    "adjust",
    "case",
    "close_case",
    "commit_holds",
    "copy_ledger",
    "count",
    "end_off",
    "extend_order",
    "finish_transfers",
    "hold_basket",
    "hold_deadline",
    "hold_further",
    "mend_shortages",
    "one_by_one",
    "open_cases",
    "open_shelves",
    "pick",
    "put_back",
    "receive",
    "release_hold",
    "release_order",
    "scarce",
    "set_low_stock_at",
    "short_now",
    "shorten_hold",
    "switch",
    "transfer",
]


def hold_basket(
    shop: "Shop", store_id: str, lines: Iterable[Line], hold_id: str, order_id: str, until: datetime | None
) -> list[Shortage]:
    """Hold every line or none. An empty list means all is held; otherwise each short line with what is left.

    Equal SKUs are merged first. Safe to repeat with the same `hold_id`. A crash in between leaves holds that the
    order's own end releases (`release_order`).
    """
    wanted = merged(lines)
    hot_id = hot.hottest(shop, store_id, wanted)
    if hot_id and (short := _short_at_sight(shop, store_id, wanted, hold_id, order_id)):
        return _sold_out(shop, store_id, short)
    with hot.queue_up(shop, hot_id) as queued:
        if queued and (short := _short_at_sight(shop, store_id, wanted, hold_id, order_id)):
            return _sold_out(shop, store_id, short)
        if _hold(shop, store_id, wanted, hold_id, order_id, until):
            metrics.HOLDS.labels("ok").inc()
            return []
    mine = {row["sku"] for row in store.held_by(shop.db, hold_id, order_id)}
    refused = [line for line in wanted if line.sku not in mine]
    if not refused:
        return []  # a repeat: everything was held by the first call
    release_hold(shop, hold_id, order_id, "not_held")
    left = store.available_of(shop.db, store_id, [line.sku for line in refused])
    short = [Shortage(line.sku, line.quantity, for_sale(left.get(line.sku))) for line in refused]
    return _sold_out(shop, store_id, short)


def hold_further(shop: "Shop", store_id: str, line: Line, hold_id: str, order_id: str) -> bool:
    """Promise one more item to an order that holds others under the same `hold_id`. Safe to repeat.

    False when there is not enough; what it holds of others stays.
    """
    if store.hold(shop.db, store_id, line, hold_id, order_id, None, shop.now()):
        metrics.HOLDS.labels("ok").inc()
        return True
    return any(row["sku"] == line.sku for row in store.held_by(shop.db, hold_id, order_id))


def _short_at_sight(
    shop: "Shop", store_id: str, wanted: Sequence[Line], hold_id: str, order_id: str
) -> list[Shortage]:
    """The lines that cannot be held now, by a look alone. None for a repeat, whose own holds are in the way."""
    short = short_now(shop, store_id, wanted)
    return [] if short and store.held_by(shop.db, hold_id, order_id) else short


def _sold_out(shop: "Shop", store_id: str, short: list[Shortage]) -> list[Shortage]:
    hot.lost(shop, store_id, [Line(one.sku, one.requested) for one in short])
    metrics.HOLDS.labels("soldout").inc()
    return short


def _hold(
    shop: "Shop",
    store_id: str,
    lines: Sequence[Line],
    hold_id: str,
    order_id: str,
    until: datetime | None,
) -> bool:
    if len(lines) == 1:
        return store.hold(shop.db, store_id, lines[0], hold_id, order_id, until, shop.now())
    return store.hold_many(shop.db, store_id, lines, hold_id, order_id, until, shop.now())


def release_hold(shop: "Shop", hold_id: str, order_id: str, reason: str) -> int:
    """Give back what this hold still keeps; returns how many lines. Safe to repeat."""
    return sum(
        store.release(shop.db, row["_id"], row["holds"][0], shop.now(), reason)
        for row in store.held_by(shop.db, hold_id, order_id)
    )


def shorten_hold(shop: "Shop", hold_id: str, order_id: str, sku: str, to: int) -> bool:
    """Let an order's hold keep no more than `to` units of an item; none: it goes. Safe to repeat.

    False when it keeps no more than that already.
    """
    for row in store.held_by(shop.db, hold_id, order_id):
        kept = row["holds"][0]
        if row["sku"] == sku and kept["quantity"] > to:
            if to:
                return store.shorten(shop.db, row["_id"], kept, to, shop.now())
            return store.release(shop.db, row["_id"], kept, shop.now(), "shortage")
    return False


def release_order(shop: "Shop", order_id: str, reason: str) -> int:
    """Give back everything that is held for an order. Safe to repeat."""
    released = 0
    while rows := store.holds_of_order(shop.db, order_id):
        released += sum(
            store.release(shop.db, row["_id"], row["holds"][0], shop.now(), reason) for row in rows
        )
    return released


def extend_order(shop: "Shop", order_id: str, until: datetime) -> int:
    """Let the order's reservations run until `until`; promises stay promises. Safe to repeat. How many changed."""
    holds = [
        (row["_id"], hold["id"])
        for row in store.holds_of_order(shop.db, order_id)
        for hold in row["holds"]
        if hold["until"] is not None
    ]
    return store.set_until(shop.db, holds, until, "extend", shop.now())


def commit_holds(shop: "Shop", holds: Iterable[tuple[str, str]]) -> int:
    """Turn reservations, named by (stock id, hold id), into promises: their deadline goes. Safe to repeat."""
    return store.set_until(shop.db, holds, None, "commit", shop.now())


def pick(shop: "Shop", hold_id: str, order_id: str, sku: str, picked: int, actor: str) -> bool:
    """Take `picked` units of a held SKU off the shelf; what was held but not found is written off.

    False when done already.

    Raises Invalid for more than was held.
    """
    for row in store.held_by(shop.db, hold_id, order_id):
        if row["sku"] == sku:
            kept = row["holds"][0]
            if picked > kept["quantity"]:
                raise Invalid("More than was ordered.", code="too_many_picked")
            return store.pick(shop.db, row["_id"], kept, picked, shop.now(), actor)
    return False


def put_back(
    shop: "Shop", store_id: str, sku: str, quantity: int, order_id: str, ref: str, actor: str
) -> bool:
    """Return picked goods to the shelf. `ref` names the return; safe to repeat. False when done already."""
    edit = Edit(sku, ref, "put_back", quantity, actor, order_id=order_id)
    return edits.make(shop, store_id, edit).fresh


def receive(shop: "Shop", store_id: str, sku: str, units: int, ref: str, actor: str, reason: str) -> bool:
    """Goods arrived. `ref` names the delivery line; safe to repeat. Raises NotFound for an item not kept here."""
    return edits.make(shop, store_id, Edit(sku, ref, "receive", units, actor, reason)).fresh


def open_shelves(shop: "Shop", store_id: str, rows: Iterable[Mapping[str, Any]], actor: str) -> int:
    """Start keeping items: rows `{sku, units, low_stock_at?, bin?, sellable?}`. Items kept already are skipped.

    The opening units are received like any other, so the ledger explains them. Returns shelves newly filled.
    """
    rows = list(rows)
    store.open_shelf(shop.db, [{**row, "store_id": store_id} for row in rows], shop.now())
    receipts = [
        (stock_id(store_id, row["sku"]), row["units"], f"opening:{store_id}:{row['sku']}")
        for row in rows
        if row["units"] > 0
    ]
    return store.receive_many(shop.db, receipts, shop.now(), actor, "opening stock")


def adjust(
    shop: "Shop", store_id: str, sku: str, delta: int, reason: str, ref: str, actor: str
) -> dict[str, Any]:
    """Correct the shelf by `delta` units. `ref` names the correction; safe to repeat. Returns the stock.

    Raises Invalid for a bad reason or number, NotFound, LessThanPromised.
    """
    return dict(edits.make(shop, store_id, adjustment(sku, delta, reason, ref, actor)).stock)


def adjustment(sku: str, delta: int, reason: str, ref: str, actor: str) -> Edit:
    """A correction by `delta` units. Raises Invalid for a bad reason or number."""
    if reason not in ADJUST_REASONS:
        raise Invalid(f"Give one of: {', '.join(ADJUST_REASONS)}.", code="unknown_reason")
    if not delta or abs(delta) > MOST_ON_HAND:
        raise Invalid(f"A change of 1 to {MOST_ON_HAND} units, up or down.", code="bad_quantity")
    return Edit(sku, ref, "adjust", delta, actor, reason)


def count(
    shop: "Shop", store_id: str, sku: str, counted: int, actor: str, *, may_be_short: bool = False
) -> dict[str, Any]:
    """Set on_hand to what was counted; the stock as it stands then. Raises NotFound, Invalid, LessThanPromised.

    With `may_be_short` a count below what orders were promised is recorded as it is: it blocks new sales, leaves
    `stock.shortage` for those who relieve the orders, and opens a shortage case.
    """
    edit = Edit(sku, f"count:{shop.new_id()}", "count", counted, actor, "counted", may_be_short=may_be_short)
    stock = edits.make(shop, store_id, edit).stock
    if missing(stock):
        shortages.note(shop, stock)
    return dict(stock)


def switch(
    shop: "Shop",
    store_id: str,
    sku: str,
    sellable: bool,
    actor: str,
    *,
    until: datetime | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """Mark an item sellable or out of stock; the number stays. Out of stock `until` then, it comes back by itself.

    Raises NotFound, Invalid `bad_off_until` for a moment that is past.
    """
    if until is not None and (sellable or until <= shop.now()):
        raise Invalid("An item is off the shelf until some later moment.", code="bad_off_until")
    edit = Edit(sku, f"switch:{shop.new_id()}", "switch", int(sellable), actor, reason, until=until)
    return dict(edits.make(shop, store_id, edit).stock)


def end_off(shop: "Shop") -> int:
    """Put back on sale what was off until now; returns how many. Repeatable."""
    due = store.off_over(shop.db, shop.now(), _ENDED_AT_ONCE)
    by_store: dict[str, list[Edit]] = {}
    for one in due:
        until = one["off_until"]
        ref = f"off-over:{one['_id']}:{until.isoformat()}:{one['seq']}"
        edit = Edit(one["sku"], ref, "end_off", 1, SYSTEM.user_id, "off_until", until=until)
        by_store.setdefault(one["store_id"], []).append(edit)
    for store_id, given in by_store.items():
        edits.make_many(shop, store_id, given)
    return len(due)


def set_low_stock_at(shop: "Shop", store_id: str, sku: str, units: int) -> None:
    """At how many units left the item counts as low; 0 never."""
    store.set_facts(shop.db, stock_id(store_id, sku), {"low_stock_at": units}, shop.now())
    if (stock := store.get(shop.db, store_id, sku)) is not None:
        _watch_low(shop, stock)


mend_shortages = shortages.mend


def copy_ledger(shop: "Shop", limit: int = 500) -> int:
    """Move what the stock documents remember of late into the append-only ledger. Returns rows moved.

    Every document that changed passes here, so this is also where an item is seen to run low.
    """
    moved, after = 0, None
    while documents := store.with_tail(shop.db, limit, after):
        moved += store.copy_to_ledger(shop.db, documents)
        for document in documents:
            _watch_low(shop, document)
        after = documents[-1]["_id"]
    return moved


def _watch_low(shop: "Shop", stock: Mapping[str, Any]) -> None:
    """Raise the alert once when an item runs low, and take it back when it recovers."""
    is_low = low(stock)
    if is_low == ("low_since" in stock):
        return
    event = outbox.event(
        shop,
        "stock.low" if is_low else "stock.recovered",
        f"stock:{stock['_id']}",
        stock["seq"],
        [f"store:{stock['store_id']}"],
        sku=stock["sku"],
        available_quantity=max(0, stock["available"]),
        low_stock_at=stock["low_stock_at"],
    )
    store.mark_low(shop.db, stock, shop.now() if is_low else None, event)


def short_now(shop: "Shop", store_id: str, lines: Iterable[Line]) -> list[Shortage]:
    """The lines of which the store has less than is wanted at this moment. One covered read; nothing is taken."""
    wanted = merged(lines)
    left = store.available_of(shop.db, store_id, [line.sku for line in wanted])
    return [
        Shortage(line.sku, line.quantity, for_sale(left.get(line.sku)))
        for line in wanted
        if for_sale(left.get(line.sku)) < line.quantity
    ]


def hold_deadline(shop: "Shop", lines: Iterable[Line], left: Mapping[str, Mapping[str, Any]]) -> datetime:
    """Until when these units may wait for a payment: shorter when they would leave few of what was `left`."""
    seconds = shop.settings.scarce_hold_seconds if scarce(shop, lines, left) else shop.settings.hold_seconds
    return shop.now() + timedelta(seconds=seconds)


def scarce(shop: "Shop", lines: Iterable[Line], left: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The SKUs of which these lines would leave hardly any for others."""
    return [
        line.sku
        for line in merged(lines)
        if for_sale(left.get(line.sku)) - line.quantity <= shop.settings.scarce_units_left
    ]
