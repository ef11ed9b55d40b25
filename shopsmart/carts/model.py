"""Carts: their shape, whose they are, how two become one. Plain values only."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NotRequired, TypedDict

POLICIES = ("refund", "best_match", "ask_me")
GUEST_CART_LIVES = timedelta(days=30)

_GUEST_ID = re.compile(r"g[0-9a-z]{26}[0-9a-f]{32}")


class Substitution(TypedDict):
    policy: str  # what to do when the item is not found: one of POLICIES


class CartLine(TypedDict):
    sku: str
    quantity: int
    substitution: Substitution | None  # None: as the order says


class Cart(TypedDict):
    _id: str  # the user's id, or a guest cart's own
    lines: list[CartLine]
    version: int
    updated_at: datetime
    expires_at: NotRequired[datetime]  # of a guest cart


def guest_id(new_id: str, secret_bits: int) -> str:
    """The id of a guest's cart, which is also all that opens it: 128 `secret_bits` of chance."""
    return f"g{new_id}{secret_bits:032x}"


def is_guest_id(text: str) -> bool:
    """Whether `text` may name a guest's cart. No user's id looks like one, so no header opens a user's cart."""
    return _GUEST_ID.fullmatch(text) is not None


def merged(
    own: Sequence[CartLine], guests: Sequence[CartLine], most_lines: int, most_quantity: int
) -> list[CartLine]:
    """The user's cart with what they gathered as a guest.

    Of equal items the larger quantity counts, not the sum: whoever fills the same cart on two devices means it
    once, and a repeated merge changes nothing. The user's own lines come first and keep their wishes; what would
    be too many lines is left out.
    """
    lines: dict[str, CartLine] = {line["sku"]: dict(line) for line in own}  # type: ignore[misc]
    for line in guests:
        mine = lines.get(line["sku"])
        if mine is None:
            lines[line["sku"]] = {**line, "quantity": min(line["quantity"], most_quantity)}
        else:
            mine["quantity"] = min(max(mine["quantity"], line["quantity"]), most_quantity)
            mine["substitution"] = mine["substitution"] or line["substitution"]
    return list(lines.values())[: max(most_lines, len(own))]


def problem(line: Mapping[str, int], *, known: bool, listed: bool, left: int, most: int | None) -> str | None:
    """Why a store cannot bring a line as it is: a stable word, None when it can."""
    if not known:
        return "no_longer_sold"
    if not listed:
        return "not_sold_here"
    if left <= 0:
        return "out_of_stock"
    if most and line["quantity"] > most:
        return "too_many_of_item"
    if left < line["quantity"]:
        return "not_enough"
    return None
