"""The shape of stock and the arithmetic of its ledger. Plain values only.

One document per store and SKU carries the number on hand, every hold and one derived number, `available`,
which search, cart and checkout all read:

    available = on_hand - safety - sum(hold.quantity for hold in holds)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from shopsmart.errors import Conflict, Invalid

MOST_ON_HAND = 1_000_000
ADJUST_REASONS = ("received", "damaged", "expired", "lost", "found", "returned", "correction")


class LessThanPromised(Conflict):
    """A count or an adjustment would leave fewer units than orders were promised."""

    code = "less_than_promised"
    title = "Fewer than what placed orders were promised"


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
    found: int  # of a pick: units that were there although a count had missed them
    hold: str | None  # the hold it concerns
    until: datetime  # of an extension: the hold's new deadline
    order_id: str | None
    actor: str | None
    reason: str | None
    at: datetime


class Transit(TypedDict):
    """Units that left this shelf for another store's and are not yet entered there."""

    id: str
    to_store_id: str
    units: int
    actor: str
    at: datetime


class ShortageMark(TypedDict):
    """A count found fewer units than orders were promised: `available` is negative until that is mended."""

    case_id: str
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
    low_since: datetime  # there while the item is known to be at or below its threshold
    bin: str
    shortage: ShortageMark
    transit: list[Transit]
    outbox: list[Any]
    outbox_at: datetime
    updated_at: datetime
    off_until: datetime | None  # when what is switched off comes back by itself
    off_reason: str | None


@dataclass(frozen=True)
class Edit:
    """What somebody wants to change of one item. `ref` names it: the same edit never counts twice.

    `value`: units up or down; for `count` units on the shelf; for `switch` whether it may be sold.
    """

    sku: str
    ref: str
    kind: str  # adjust, receive, put_back, transfer_out, transfer_in, count, switch or end_off
    value: int
    actor: str
    reason: str | None = None
    order_id: str | None = None
    to_store_id: str | None = None  # of transfer_out
    may_be_short: bool = False  # a count may declare fewer units than were promised
    until: datetime | None = None  # of a switch off: when it ends by itself; of `end_off`: which end it is


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


def low(stock: Mapping[str, Any]) -> bool:
    """Whether the item has run down to its threshold."""
    return bool(stock.get("low_stock_at") and stock["available"] <= stock["low_stock_at"])


def missing(stock: Mapping[str, Any]) -> int:
    """Units that orders were promised and that are not there."""
    return max(0, -stock["available"])


def edited(stock: Mapping[str, Any], edit: Edit) -> dict[str, Any] | None:
    """`{on_hand, available, sellable}` after `edit`, of a switch also `off_until` and `off_reason`; None when that
    is no change.

    Raises Invalid for more than a shelf can hold, LessThanPromised for less than what must stay.
    """
    if edit.kind == "switch":
        return _switched(stock, bool(edit.value), edit.until, edit.reason)
    if edit.kind == "end_off":
        # Whoever switched it meanwhile said something newer.
        return None if stock.get("off_until") != edit.until else _switched(stock, True, None, None)
    delta = edit.value - stock["on_hand"] if edit.kind == "count" else edit.value
    if not delta:
        return None
    if stock["on_hand"] + delta > MOST_ON_HAND:
        raise Invalid(f"A shelf holds at most {MOST_ON_HAND} units.", code="bad_quantity")
    free = stock["available"] + delta
    # A shelf that is short already may be counted upwards, although that may not yet be enough.
    if delta < 0 and free < 0 and not edit.may_be_short:
        raise LessThanPromised(
            "Orders were promised some of these units.",
            sku=stock["sku"],
            promised=held(stock),
            free=max(0, stock["available"]),
        )
    return {**_numbers(stock), "on_hand": stock["on_hand"] + delta, "available": free}


def _switched(
    stock: Mapping[str, Any], sellable: bool, until: datetime | None, reason: str | None
) -> dict[str, Any] | None:
    facts = {"sellable": sellable, "off_until": until, "off_reason": None if sellable else reason}
    if all(stock.get(name) == value for name, value in facts.items()):
        return None
    return {**_numbers(stock), **facts}


def _numbers(stock: Mapping[str, Any]) -> dict[str, Any]:
    return {name: stock[name] for name in ("on_hand", "available", "sellable")}


def taken_at_pick(stock: Mapping[str, Any], quantity: int, picked: int) -> int:
    """By how much on_hand falls when `picked` of `quantity` held units were found.

    What was not found is written off, unless a count that found too few has done so before.
    """
    lost = max(0, quantity - picked - missing(stock))
    return int(min(stock["on_hand"], picked + lost))


def faults(stock: Mapping[str, Any]) -> list[str]:
    """What is wrong with one stock document in itself."""
    found = []
    expected = stock["on_hand"] - stock["safety"] - held(stock)
    if stock["available"] != expected:
        found.append(f"available is {stock['available']}, on hand less safety less holds is {expected}")
    if stock["available"] < 0 and not stock.get("shortage"):
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
