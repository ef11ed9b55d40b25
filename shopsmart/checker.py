"""`shopsmart check`: stock, holds, ledger, orders, money and events held against each other.

Read in batches with flat memory, on a running shop too: what looks wrong is looked at twice, and only what stays
wrong is reported. Invariants are numbered as in `docs/reliability.md`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pymongo import ASCENDING

from shopsmart.inventory import model as stock_model
from shopsmart.inventory import store as stock_store
from shopsmart.orders import effects
from shopsmart.orders import service as orders_service
from shopsmart.orders.model import ENDED, FLOW, SHELF_STATES, hold_id, lines_of, root_id

if TYPE_CHECKING:
    from shopsmart.context import Shop

BATCH = 500
LATE_SECONDS = 60
EVENT_LATE_SECONDS = 120
_SECOND_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be: which invariant, of what, and how it differs."""

    invariant: str
    subject: str
    detail: str


def run(shop: "Shop", *, repair: bool = False) -> list[Finding]:
    """Everything that breaks an invariant, twice in a row. With `repair`, mend what can be and look again."""
    found = _twice(shop)
    if repair and found:
        _repair(shop, found)
        found = _twice(shop)
    return found


def _twice(shop: "Shop") -> list[Finding]:
    first = list(_all(shop))
    if not first:
        return []
    time.sleep(_SECOND_LOOK_SECONDS)  # writes under way have finished by then
    subjects = {(one.invariant, one.subject) for one in first}
    return [one for one in _all(shop) if (one.invariant, one.subject) in subjects]


def _all(shop: "Shop") -> Iterator[Finding]:
    for check in CHECKS:
        yield from check(shop)


# --- stock -----------------------------------------------------------------------------------------------------


def stock_and_ledger(shop: "Shop") -> Iterator[Finding]:
    """I1, I2, I3: each stock document is right in itself and explained, row by row, by its ledger."""
    for batch in _batches(shop, "stock", {}):
        explained = _ledger_sums(shop, batch)
        for stock in batch:
            id_ = stock["_id"]
            for fault in stock_model.faults(stock):
                yield Finding("I2", id_, fault)
            sums = explained[id_]
            if sums.gaps:
                yield Finding("I3", id_, f"ledger rows missing or doubled near {sums.gaps[:3]}")
            if sums.last != stock["seq"]:
                yield Finding(
                    "I3", id_, f"the ledger ends at {sums.last}, the document counts {stock['seq']}"
                )
            if sums.on_hand != stock["on_hand"]:
                yield Finding("I1", id_, f"on_hand is {stock['on_hand']}, the ledger says {sums.on_hand}")
            holds = {hold["id"]: hold["quantity"] for hold in stock["holds"]}
            open_holds = {hold: quantity for hold, quantity in sums.holds.items() if quantity}
            if open_holds != holds:
                yield Finding("I1", id_, f"holds are {holds}, the ledger says {open_holds}")


class _Sums:
    """What one stock document's ledger adds up to."""

    def __init__(self) -> None:
        self.on_hand = 0
        self.last = 0
        self.holds: dict[str, int] = {}
        self.gaps: list[int] = []

    def add(self, row: Mapping[str, Any]) -> None:
        if row["seq"] != self.last + 1:
            self.gaps.append(row["seq"])
        self.last = row["seq"]
        self.on_hand += row.get("on_hand", 0)
        if row.get("hold") and row.get("held"):
            left = self.holds.get(row["hold"], 0) + row["held"]
            if left:
                self.holds[row["hold"]] = left
            else:
                self.holds.pop(row["hold"], None)


def _ledger_sums(shop: "Shop", batch: list[dict[str, Any]]) -> dict[str, _Sums]:
    """Sums of the ledger and the tail of each document, as of the moment the document was read."""
    sums = {stock["_id"]: _Sums() for stock in batch}
    copied = {stock["_id"]: stock["seq"] - len(stock["tail"]) for stock in batch}
    rows = shop.db.stock_ledger.find(
        {"stock_id": {"$in": list(sums)}},
        {"stock_id": 1, "seq": 1, "on_hand": 1, "hold": 1, "held": 1},
    ).sort([("stock_id", ASCENDING), ("seq", ASCENDING)])
    for row in rows:
        if row["seq"] <= copied[row["stock_id"]]:  # later ones still stand in the tail as it was read
            sums[row["stock_id"]].add(row)
    for stock in batch:
        for row in stock_store.numbered_tail(stock):
            sums[stock["_id"]].add(row)
    return sums


def holds_have_orders(shop: "Shop") -> Iterator[Finding]:
    """I2, I6: every hold belongs to a living order that still wants exactly that."""
    for batch in _batches(
        shop, "stock", {"holds.order_id": {"$gt": ""}}, {"sku": 1, "store_id": 1, "holds": 1}
    ):
        wanted = {hold["order_id"] for stock in batch for hold in stock["holds"]}
        orders = {
            order["_id"]: order
            for order in shop.db.orders.find(
                {"_id": {"$in": list(wanted)}}, {"status": 1, "fulfilments": 1, "lines": 1}
            )
        }
        for stock in batch:
            for hold in stock["holds"]:
                order = orders.get(hold["order_id"])
                if order is None:
                    yield Finding("I6", stock["_id"], f"hold {hold['id']} has no order")
                elif order["status"] in ENDED:
                    yield Finding(
                        "I6", stock["_id"], f"hold {hold['id']} of an order that is {order['status']}"
                    )
                elif hold["quantity"] != (due := _open_quantity(order, hold["id"], stock["sku"])):
                    yield Finding(
                        "I2",
                        stock["_id"],
                        f"hold {hold['id']} keeps {hold['quantity']}, the order wants {due}",
                    )


def orders_have_holds(shop: "Shop") -> Iterator[Finding]:
    """I2: every open line of a living order is held."""
    living = {"status": {"$in": [state for state in SHELF_STATES if state != "holding"]}}
    for batch in _batches(shop, "orders", living, {"status": 1, "fulfilments": 1, "lines": 1}):
        kept: dict[tuple[str, str], int] = {}
        query = {"holds.order_id": {"$in": [order["_id"] for order in batch]}}
        for stock in shop.db.stock.find(query, {"sku": 1, "holds": 1}):
            for hold in stock["holds"]:
                kept[hold["id"], stock["sku"]] = hold["quantity"]
        for order in batch:
            for part in order["fulfilments"]:
                own = hold_id(order["_id"], part["id"])
                for line in lines_of(order, part["id"]):
                    due = _open_quantity(order, own, line["sku"])
                    if due and kept.get((own, line["sku"]), 0) != due:
                        yield Finding(
                            "I2",
                            f"order {order['_id']}",
                            f"{line['sku']} should be held {due} times, is {kept.get((own, line['sku']), 0)}",
                        )


def _open_quantity(order: Mapping[str, Any], own_hold: str, sku: str) -> int:
    """Units of `sku` that a hold must keep for the order: lines of an open part that were not picked."""
    return sum(
        line["quantity"]
        for part in order["fulfilments"]
        if hold_id(order["_id"], part["id"]) == own_hold and part["state"] in SHELF_STATES
        for line in lines_of(order, part["id"])
        if line["sku"] == sku and line["picked"] is None
    )


# --- orders ----------------------------------------------------------------------------------------------------


def orders_in_time(shop: "Shop") -> Iterator[Finding]:
    """I6: no order waits past its deadline, and what must follow a move has followed."""
    late = shop.now() - timedelta(seconds=LATE_SECONDS)
    for order in shop.db.orders.find({"deadline": {"$lte": late}}, {"status": 1, "deadline": 1}):
        yield Finding(
            "I6", f"order {order['_id']}", f"still {order['status']}, due {order['deadline']:%H:%M:%S}"
        )
    for order in effects_owed(shop, late):
        yield Finding("I6", f"order {order['_id']}", f"still owes {', '.join(order['effects'])}")


def effects_owed(shop: "Shop", before: Any) -> Iterable[Mapping[str, Any]]:
    return shop.db.orders.find(
        {"effects.0": {"$exists": True}, "effects_at": {"$lte": before}}, {"effects": 1}
    )


def orders_lawful(shop: "Shop") -> Iterator[Finding]:
    """I9: each order's history is a path of the table, one version a step, and ends where the order stands."""
    fields = {"status": 1, "history": 1, "fulfilments.id": 1, "fulfilments.state": 1, "totals": 1, "lines": 1}
    for batch in _batches(shop, "orders", {}, fields):
        for order in batch:
            yield from _unlawful(order)
            yield from _wrong_bill(order)


def _unlawful(order: Mapping[str, Any]) -> Iterator[Finding]:
    states = {root_id(part["id"]): "holding" for part in order["fulfilments"]}
    for row in order["history"]:
        moved = [root_id(row["fulfilment_id"])] if row["fulfilment_id"] else list(states)
        step = FLOW.get((row["from"], row["action"]))
        if step is None or step.next != row["to"]:
            yield Finding(
                "I9", f"order {order['_id']}", f"no such step: {row['from']} {row['action']} {row['to']}"
            )
            return
        for part_id in moved:
            if states[part_id] in ENDED:
                continue
            if states[part_id] != row["from"]:
                yield Finding(
                    "I9",
                    f"order {order['_id']}",
                    f"{row['action']} from {row['from']}, it was {states[part_id]}",
                )
                return
            states[part_id] = row["to"]
    for part in order["fulfilments"]:
        ended = states[root_id(part["id"])]
        if ended != part["state"]:
            yield Finding("I9", f"order {order['_id']}", f"is {part['state']}, its history ends in {ended}")


def _wrong_bill(order: Mapping[str, Any]) -> Iterator[Finding]:
    bill = order["totals"]
    parts = bill["items"] + bill["delivery_fee"] + bill["handling_fee"] + bill["tip"] - bill["discount"]
    if bill["total"] != parts:
        yield Finding(
            "I7", f"order {order['_id']}", f"total {bill['total']} is not the sum of its parts {parts}"
        )


def money_balances(shop: "Shop") -> Iterator[Finding]:
    """I7: what was captured for an order less what went back is what it owes."""
    for batch in _batches(shop, "payments", {}):
        orders = {
            order["_id"]: order
            for order in shop.db.orders.find(
                {"_id": {"$in": [payment["order_id"] for payment in batch]}},
                {"status": 1, "totals": 1, "payment": 1, "effects": 1},
            )
        }
        for payment in batch:
            yield from _unbalanced(payment, orders.get(payment["order_id"]))


def _unbalanced(payment: Mapping[str, Any], order: Mapping[str, Any] | None) -> Iterator[Finding]:
    subject = f"payment {payment['_id']}"
    captured, back = payment["captured"], payment["refunded"] + payment.get("refund_pending", 0)
    if not 0 <= back <= captured <= payment["amount"]:
        yield Finding("I7", subject, f"refunds {back}, captured {captured}, amount {payment['amount']}")
    if order is None:
        yield Finding("I7", subject, "has no order")
        return
    if order["effects"] or not captured:
        return
    own = order["payment"]["payment_id"] == payment["_id"]
    over = order["status"] in {"cancelled", "expired", "returned"}
    keep = order["totals"]["total"] if own and not over else 0
    if own and order["status"] in {"placed", "accepted", "picking"}:
        keep = captured
    if payment.get("applied_at") and captured - back > keep:
        yield Finding("I7", subject, f"keeps {captured - back}, the order owes {keep}")


# --- events ----------------------------------------------------------------------------------------------------


def events_done(shop: "Shop") -> Iterator[Finding]:
    """I8: no event waits in an outbox or with a subscriber for long."""
    late = shop.now() - timedelta(seconds=EVENT_LATE_SECONDS)
    for name in ("orders", "delivery_jobs"):
        for document in shop.db[name].find({"outbox.at": {"$lte": late}}, {"outbox.type": 1}):
            types = ", ".join(entry["type"] for entry in document["outbox"])
            yield Finding("I8", f"{name} {document['_id']}", f"events not relayed: {types}")
    for row in shop.db.deliveries.find({"state": "dead"}, {"error": 1}):
        yield Finding("I8", f"delivery {row['_id']}", f"given up: {row['error']}")


def one_order_per_key(shop: "Shop") -> Iterator[Finding]:
    """I4: never two orders for one customer and idempotency key (should the index have been lost)."""
    rows = shop.db.orders.find({"key": {"$exists": True}}, {"key": 1}).sort("key", ASCENDING)
    for key, same in groupby(rows, key=lambda row: row["key"]):
        ids = [row["_id"] for row in same]
        if len(ids) > 1:
            yield Finding("I4", f"key {key}", f"made orders {', '.join(ids)}")


CHECKS: tuple[Callable[["Shop"], Iterator[Finding]], ...] = (
    stock_and_ledger,
    holds_have_orders,
    orders_have_holds,
    orders_in_time,
    orders_lawful,
    one_order_per_key,
    money_balances,
    events_done,
)


def _repair(shop: "Shop", found: list[Finding]) -> None:
    """Mend what the shop's own sweeps can mend, then recompute `available` where it alone is wrong."""
    orders_service.sweep(shop)
    effects.finish_owing(shop)
    orders_service.reconcile_holds(shop)
    for finding in found:
        if finding.invariant == "I2" and finding.detail.startswith("available is"):
            stock_store.recompute_available(shop.db, finding.subject)


def _batches(
    shop: "Shop", collection: str, query: Mapping[str, Any], fields: Mapping[str, Any] | None = None
) -> Iterator[list[dict[str, Any]]]:
    after = None
    while True:
        own = {**query, "_id": {"$gt": after}} if after is not None else dict(query)
        batch = list(shop.db[collection].find(own, fields).sort("_id", ASCENDING).limit(BATCH))
        if not batch:
            return
        yield batch
        after = batch[-1]["_id"]
