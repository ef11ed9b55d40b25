"""Use cases of stock: hold a basket, give it back, pick it, and keep the shelf's numbers true."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Conflict, Invalid, NotFound
from shopsmart.infra import metrics
from shopsmart.inventory import hot, store
from shopsmart.inventory.model import Line, Shortage, Stock, for_sale, held, merged, stock_id

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

MOST_ON_HAND = 1_000_000
ADJUST_REASONS = ("received", "damaged", "expired", "lost", "found", "returned", "correction")
_COUNT_TRIES = 10


class LessThanPromised(Conflict):
    """A count or an adjustment would leave fewer units than orders were promised."""

    code = "less_than_promised"
    title = "Fewer than what placed orders were promised"


def hold_basket(
    shop: "Shop", store_id: str, lines: Iterable[Line], hold_id: str, order_id: str, until: datetime | None
) -> list[Shortage]:
    """Hold every line or none. An empty list means all is held; otherwise each short line with what is left.

    Equal SKUs are merged first. Safe to repeat with the same `hold_id`. A crash in between leaves holds that the
    order's own end releases (`release_order`).
    """
    wanted = merged(lines)
    with hot.queue_up(shop, store_id, wanted):
        if _hold(shop, store_id, wanted, hold_id, order_id, until):
            metrics.HOLDS.labels("ok").inc()
            return []
    mine = {row["sku"] for row in store.held_by(shop.db, hold_id, order_id)}
    refused = [line for line in wanted if line.sku not in mine]
    if not refused:
        return []  # a repeat: everything was held by the first call
    release_hold(shop, hold_id, order_id, "not_held")
    left = store.available_of(shop.db, store_id, [line.sku for line in refused])
    hot.lost(shop, store_id, refused)
    metrics.HOLDS.labels("soldout").inc()
    return [Shortage(line.sku, line.quantity, for_sale(left.get(line.sku))) for line in refused]


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


def release_order(shop: "Shop", order_id: str, reason: str) -> int:
    """Give back everything that is held for an order. Safe to repeat."""
    released = 0
    while rows := store.holds_of_order(shop.db, order_id):
        released += sum(
            store.release(shop.db, row["_id"], row["holds"][0], shop.now(), reason) for row in rows
        )
    return released


def commit_order(shop: "Shop", order_id: str) -> int:
    """Turn the order's reservations into promises: their deadline goes. Safe to repeat."""
    return sum(
        store.set_until(shop.db, row["_id"], row["holds"][0]["id"], None, "commit", shop.now())
        for row in store.holds_of_order(shop.db, order_id)
    )


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
    """Return picked goods to the shelf. `ref` names the return; safe to repeat."""
    return _once(shop, stock_id(store_id, sku), quantity, "put_back", ref, actor=actor, order_id=order_id)


def receive(shop: "Shop", store_id: str, sku: str, units: int, ref: str, actor: str, reason: str) -> bool:
    """Goods arrived. `ref` names the delivery line; safe to repeat. Raises NotFound for an item not kept here."""
    return _once(shop, stock_id(store_id, sku), units, "receive", ref, actor=actor, reason=reason)


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
    if reason not in ADJUST_REASONS:
        raise Invalid(f"Give one of: {', '.join(ADJUST_REASONS)}.", code="unknown_reason")
    if not delta or abs(delta) > MOST_ON_HAND:
        raise Invalid(f"A change of 1 to {MOST_ON_HAND} units, up or down.", code="bad_quantity")
    id_ = stock_id(store_id, sku)
    if not _once(shop, id_, delta, "adjust", ref, actor=actor, reason=reason):
        stock = _kept(shop, store_id, sku)
        if not _done(shop, id_, ref):
            raise LessThanPromised(
                "Orders were promised some of these units.", sku=sku, free=stock["available"]
            )
    return dict(_kept(shop, store_id, sku))


def count(shop: "Shop", store_id: str, sku: str, counted: int, actor: str) -> dict[str, Any]:
    """Set on_hand to what was counted. Raises NotFound, LessThanPromised naming how many are promised."""
    for _ in range(_COUNT_TRIES):
        stock = _kept(shop, store_id, sku)
        if counted == stock["on_hand"]:
            return dict(stock)
        promised = held(stock)
        if counted < promised + stock["safety"]:
            raise LessThanPromised(
                f"{promised} units are promised to orders.", sku=sku, promised=promised, counted=counted
            )
        changed = store.set_count(
            shop.db, stock, counted, f"count:{shop.new_id()}", shop.now(), actor, "counted"
        )
        if changed:
            return dict(changed)
    raise Conflict("The item sells too fast to be counted; try again.", code="busy", sku=sku)


def switch(shop: "Shop", store_id: str, sku: str, sellable: bool, actor: str) -> dict[str, Any]:
    """Mark an item sellable or out of stock; the number stays. Raises NotFound."""
    changed = store.switch(
        shop.db, stock_id(store_id, sku), sellable, f"switch:{shop.new_id()}", shop.now(), actor
    )
    if changed is None:
        raise NotFound("This store does not keep the item.", code="unknown_sku", sku=sku)
    return dict(changed)


def copy_ledger(shop: "Shop", limit: int = 500) -> int:
    """Move what the stock documents remember of late into the append-only ledger. Returns rows moved."""
    moved, after = 0, None
    while documents := store.with_tail(shop.db, limit, after):
        now = shop.now()
        moved += store.copy_to_ledger(shop.db, [store.ripe(document, now) for document in documents])
        after = documents[-1]["_id"]
    return moved


def low(stock: Mapping[str, Any]) -> bool:
    """Whether the item has run down to its threshold."""
    return bool(stock["low_stock_at"] and stock["available"] <= stock["low_stock_at"])


def scarcity_deadline(shop: "Shop") -> datetime:
    """Until when units may wait for a payment."""
    return shop.now() + timedelta(seconds=shop.settings.hold_seconds)


def _once(shop: "Shop", id_: str, delta: int, kind: str, ref: str, **facts: Any) -> bool:
    """Change on_hand under the name `ref`, at most once. False when it stands already or may not happen."""
    if store.in_ledger(shop.db, id_, ref):
        return False
    return store.change_on_hand(shop.db, id_, delta, kind, ref, shop.now(), **facts) is not None


def _done(shop: "Shop", id_: str, ref: str) -> bool:
    return store.in_tail(shop.db, id_, ref) or store.in_ledger(shop.db, id_, ref)


def _kept(shop: "Shop", store_id: str, sku: str) -> Stock:
    stock = store.get(shop.db, store_id, sku)
    if stock is None:
        raise NotFound("This store does not keep the item.", code="unknown_sku", sku=sku)
    return stock
