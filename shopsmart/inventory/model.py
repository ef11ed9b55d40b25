"""The shape of stock and the arithmetic of its ledger. Plain values only.

One document per store and SKU carries the number on hand, every hold and one derived number, `available`,
which search, cart and checkout all read:

    available = on_hand - safety - sum(hold.quantity for hold in holds)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict


class Hold(TypedDict):
    """Units set aside for one order. `until` None is a promise to a placed order."""

    id: str  # order id : fulfilment id
    order_id: str
    quantity: int
    until: datetime | None
    at: datetime


class LedgerRow(TypedDict, total=False):
    """One change of one stock document. Rows are numbered by their place: 1, 2, 3 … per document."""

    id: str  # names the change; the same change never counts twice
    kind: str
    on_hand: int  # change of on_hand
    safety: int  # change of safety
    held: int  # change of the sum of holds
    not_found: int  # of a pick: units that were held but not there
    hold: str | None  # the hold it concerns
    order_id: str | None
    actor: str | None
    reason: str | None
    at: datetime


class Stock(TypedDict, total=False):
    _id: str  # "store:sku"
    store_id: str
    sku: str
    on_hand: int
    safety: int
    available: int
    sellable: bool
    holds: list[Hold]
    tail: list[LedgerRow]  # rows not yet copied to the ledger, oldest first
    seq: int  # rows ever written
    low_stock_at: int
    bin: str
    updated_at: datetime


@dataclass(frozen=True)
class Line:
    """Units of one SKU that somebody wants."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Shortage:
    """A line that could not be held: what is left is what the same store could still sell."""

    sku: str
    requested: int
    available: int


def stock_id(store_id: str, sku: str) -> str:
    return f"{store_id}:{sku}"


def merged(lines: Iterable[Line]) -> list[Line]:
    """Equal SKUs added up, in SKU order.

    Same order for everyone: rival baskets meet at their first shared item, so one of them wins instead of
    each keeping half of what the other needs.
    """
    totals: dict[str, int] = {}
    for line in lines:
        totals[line.sku] = totals.get(line.sku, 0) + line.quantity
    return [Line(sku, totals[sku]) for sku in sorted(totals)]


def held(stock: Mapping[str, Any]) -> int:
    return sum(hold["quantity"] for hold in stock["holds"])


def for_sale(stock: Mapping[str, Any] | None) -> int:
    """Units that a customer may order: none of an item that is missing or switched off."""
    return max(0, stock["available"]) if stock and stock["sellable"] else 0


def faults(stock: Mapping[str, Any]) -> list[str]:
    """What is wrong with one stock document in itself."""
    found = []
    expected = stock["on_hand"] - stock["safety"] - held(stock)
    if stock["available"] != expected:
        found.append(f"available is {stock['available']}, on hand less safety less holds is {expected}")
    if stock["available"] < 0:
        found.append(f"available is negative: {stock['available']}")
    if stock["on_hand"] < 0 or stock["safety"] < 0:
        found.append("on_hand or safety is negative")
    if any(hold["quantity"] <= 0 for hold in stock["holds"]):
        found.append("a hold is not positive")
    if len({hold["id"] for hold in stock["holds"]}) != len(stock["holds"]):
        found.append("a hold stands twice")
    return found


def replay(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The sums that a document must show after `rows`: on_hand, safety, and each open hold's quantity."""
    on_hand = safety = 0
    holds: dict[str, int] = {}
    for row in rows:
        on_hand += row.get("on_hand", 0)
        safety += row.get("safety", 0)
        if row.get("hold") and row.get("held"):
            holds[row["hold"]] = holds.get(row["hold"], 0) + row["held"]
    return {
        "on_hand": on_hand,
        "safety": safety,
        "holds": {hold: quantity for hold, quantity in holds.items() if quantity},
    }
