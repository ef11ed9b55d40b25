"""Edits of the shelf: units received, corrected, counted, moved, and the manager's switch.

An edit is decided on the document as read and written only if nothing moved since, so it happens once under its
name however often it is sent, and its event tells exactly how the item stands afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Conflict, NotFound, ShopError
from shopsmart.infra import outbox
from shopsmart.infra.outbox import Event
from shopsmart.inventory import store
from shopsmart.inventory.model import Edit, edited, low, missing, stock_id
from shopsmart.inventory.store import Write

if TYPE_CHECKING:
    from shopsmart.context import Shop

_TRIES = 25
BATCH = 500


@dataclass(frozen=True)
class Done:
    """`stock` as it stands with the edit; `fresh` is False when the edit had been made before."""

    stock: Mapping[str, Any]
    fresh: bool


Outcomes = dict[str, Done | ShopError]


def make(shop: "Shop", store_id: str, edit: Edit) -> Done:
    """Make one edit. Safe to repeat. Raises NotFound, Invalid, LessThanPromised, Conflict `busy`."""
    outcome = make_many(shop, store_id, [edit])[edit.ref]
    if isinstance(outcome, ShopError):
        raise outcome
    return outcome


def make_many(shop: "Shop", store_id: str, edits: Sequence[Edit]) -> Outcomes:
    """Make edits of one store's shelves, each for itself, in the order given: `{ref: how it went}`."""
    outcomes: Outcomes = {}
    for start in range(0, len(edits), BATCH):
        outcomes |= _make_batch(shop, store_id, edits[start : start + BATCH])
    return outcomes


def foresee(shop: "Shop", store_id: str, edits: Sequence[Edit]) -> Outcomes:
    """How `make_many` would go now; nothing is changed."""
    outcomes: Outcomes = {}
    for start in range(0, len(edits), BATCH):
        batch = edits[start : start + BATCH]
        stocks = _stocks(shop, store_id, batch)
        outcomes |= _decide(shop, store_id, batch, stocks, _made(shop, store_id, batch, stocks))[0]
    return outcomes


def _make_batch(shop: "Shop", store_id: str, edits: Sequence[Edit]) -> Outcomes:
    outcomes: Outcomes = {}
    waiting, tried = list(edits), set[str]()
    for _ in range(_TRIES):
        stocks = _stocks(shop, store_id, waiting)
        made = _made(shop, store_id, waiting, stocks)
        for edit in waiting:
            if edit.ref in made:
                outcomes[edit.ref] = Done(stocks[stock_id(store_id, edit.sku)], edit.ref in tried)
        waiting = [edit for edit in waiting if edit.ref not in made]
        decided, writes = _decide(shop, store_id, waiting, stocks, made)
        going = {one.edit.ref for one in writes}
        outcomes |= {ref: outcome for ref, outcome in decided.items() if ref not in going}
        waiting = [edit for edit in waiting if edit.ref in going]
        if not waiting:
            return outcomes
        store.write(shop.db, writes, shop.now())
        tried |= going
    made = _made(shop, store_id, waiting, stocks := _stocks(shop, store_id, waiting))
    for edit in waiting:
        done = edit.ref in made
        outcomes[edit.ref] = Done(stocks[stock_id(store_id, edit.sku)], True) if done else _busy(edit)
    return outcomes


def _stocks(shop: "Shop", store_id: str, edits: Iterable[Edit]) -> dict[str, Any]:
    return dict(store.of_ids(shop.db, {stock_id(store_id, edit.sku) for edit in edits}))


def _made(
    shop: "Shop", store_id: str, edits: Sequence[Edit], stocks: Mapping[str, Mapping[str, Any]]
) -> set[str]:
    """Which edits stand already. The ledger is asked after the documents were read: rows go there from the tails."""
    if not edits:
        return set()
    fresh = {row["id"] for stock in stocks.values() for row in stock["tail"]}
    copied = store.copied(shop.db, [(stock_id(store_id, edit.sku), edit.ref) for edit in edits])
    return {edit.ref for edit in edits if edit.ref in fresh} | {ref for _, ref in copied}


def _decide(
    shop: "Shop",
    store_id: str,
    edits: Iterable[Edit],
    stocks: Mapping[str, Mapping[str, Any]],
    made: set[str],
) -> tuple[Outcomes, list[Write]]:
    """What becomes of each edit, and the writes that make it so; a later edit builds on an earlier one's result."""
    outcomes: Outcomes = {}
    writes: list[Write] = []
    current = dict(stocks)
    for edit in edits:
        stock = current.get(stock_id(store_id, edit.sku))
        if stock is None:
            outcomes[edit.ref] = NotFound(
                "This store does not keep the item.", code="unknown_sku", sku=edit.sku
            )
            continue
        if edit.ref in made:
            outcomes[edit.ref] = Done(stock, fresh=False)
            continue
        try:
            numbers = edited(stock, edit)
        except ShopError as refusal:
            outcomes[edit.ref] = refusal
            continue
        if numbers is None:
            outcomes[edit.ref] = Done(stock, fresh=False)
            continue
        after = _after(shop, stock, numbers)
        writes.append(Write(edit, stock, after, _events(shop, stock, after, edit)))
        outcomes[edit.ref] = Done(after, fresh=True)
        current[stock["_id"]] = after
    return outcomes, writes


def _after(shop: "Shop", stock: Mapping[str, Any], numbers: Mapping[str, Any]) -> dict[str, Any]:
    after = {**stock, **numbers, "seq": stock["seq"] + 1, "updated_at": shop.now()}
    after.pop("shortage", None)
    if after["available"] < 0:
        after["shortage"] = stock.get("shortage") or {"case_id": shop.new_id(), "at": shop.now()}
    return after


def _events(shop: "Shop", before: Mapping[str, Any], after: Mapping[str, Any], edit: Edit) -> list[Event]:
    channels = [f"store:{after['store_id']}"]
    told = [
        outbox.event(
            shop,
            "inventory.changed",
            f"stock:{after['_id']}",
            after["seq"],
            channels,
            sku=after["sku"],
            kind=edit.kind,
            on_hand=after["on_hand"],
            available=after["sellable"],
            available_quantity=max(0, after["available"]),
            low=low(after),
        )
    ]
    if missing(after) > missing(before):
        told.append(shortage_event(shop, after))
    return told


def shortage_event(shop: "Shop", stock: Mapping[str, Any]) -> Event:
    """`stock.shortage`: which case, what is missing, and whose orders wait for it."""
    return outbox.event(
        shop,
        "stock.shortage",
        f"stock:{stock['_id']}",
        stock["seq"],
        [f"store:{stock['store_id']}", "admin"],
        case_id=stock["shortage"]["case_id"],
        store_id=stock["store_id"],
        sku=stock["sku"],
        missing=missing(stock),
    )


def _busy(edit: Edit) -> Conflict:
    return Conflict("The item sells too fast to be changed; try again.", code="busy", sku=edit.sku)
