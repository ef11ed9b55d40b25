"""Another item instead of one that was not found: offered by the store, decided by the customer or his policy.

A substitute is a line of its own beside the one it stands for (`instead_of`), so that stock, bill, packing and
cancelling treat it like any other. Its `proposal.state` goes `holding` (written, its units not held yet; shown to
nobody), then `asked`, then `accepted`, `refused` or `lapsed`. The line comes first and the hold follows: what a crash
leaves in between, the sweep ends like a question that nobody answered.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.catalog import store as catalog
from shopsmart.errors import Conflict, Invalid, InvalidTransition, NotFound, OutOfStock
from shopsmart.identity.model import SYSTEM as THE_SHOP
from shopsmart.identity.model import Actor
from shopsmart.infra.outbox import Event
from shopsmart.inventory import service as inventory
from shopsmart.inventory.model import Line
from shopsmart.orders import at_store, effects, looking, pricing, store
from shopsmart.orders.model import fulfilment_of, hold_id, lines_of
from shopsmart.orders.notes import note, order_event

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

AWAITING = "awaiting_choice"
OPEN = frozenset({"holding", "asked"})
# What a product says of itself that its stand-in must say as well where nobody asks the customer.
_MUST_STAY = frozenset({"vegetarian", "veg", "vegan", "gluten_free", "halal", "jain", "organic"})


def pick_with_substitute(
    shop: "Shop", actor: Actor, store_id: str, order_id: str, line_id: str, picked: int, sku: str
) -> dict[str, Any]:
    """Record what was found of a line and offer `sku` for the rest, at no more than the line's own price.

    By the order's policy the customer is asked (`ask_me`) or not (`best_match`). Safe to repeat. Raises NotFound,
    Invalid, InvalidTransition, OutOfStock, Conflict (`substitution_not_wanted`, `substitute_in_order`,
    `substitute_not_alike`).
    """
    order, part = looking.part_at(shop, store_id, order_id)
    line = next((one for one in lines_of(order, part["id"]) if one["id"] == line_id), None)
    if line is None or line.get("instead_of"):
        raise NotFound("The order has no such line.", code="unknown_line")
    if (known := _substitute_of(order, line_id)) and known["sku"] == sku and line["picked"] == picked:
        return order
    stand_in = _stand_in(shop, order, part, line, picked, sku)
    at_store.pick_line(shop, actor, store_id, order_id, line_id, picked)
    order = note(shop, order_id, lambda found: _added(shop, found, part["id"], stand_in))
    if not _hold(shop, store_id, order_id, part["id"], stand_in):
        _end(shop, order_id, stand_in["id"], "lapsed", THE_SHOP.user_id)
        raise _sold_out(stand_in)
    if order["substitution"]["policy"] == "best_match":
        return _accept(shop, order_id, stand_in["id"], actor.user_id)
    return note(shop, order_id, lambda found: _asked(shop, found, stand_in["id"]))


def answer(shop: "Shop", actor: Actor, order_id: str, line_id: str, accept: bool) -> dict[str, Any]:
    """The customer takes or refuses what the store offers for a line. Safe to repeat.

    Raises NotFound (`no_proposal`), Conflict `already_answered`, `answer_too_late`.
    """
    order = looking.own(shop, actor, order_id)
    stand_in = _substitute_of(order, line_id)
    if stand_in is None or stand_in["proposal"]["state"] == "holding":
        raise NotFound("Nothing was offered for this line.", code="no_proposal")
    wanted = "accepted" if accept else "refused"
    if stand_in["proposal"]["state"] == "asked":
        if accept:
            return _accept(shop, order_id, stand_in["id"], actor.user_id)
        return _end(shop, order_id, stand_in["id"], "refused", actor.user_id)
    _check_same(stand_in, wanted)
    return order


def lapse_due(shop: "Shop", limit: int = 200) -> int:
    """End the questions that nobody answered in time; returns how many orders were looked at. Repeatable."""
    due = store.past_answer(shop.db, shop.now(), limit)
    for order in due:
        for line in order["lines"]:
            if _is_open(line) and line["proposal"]["answer_by"] <= shop.now():
                _end(shop, order["_id"], line["id"], "lapsed", THE_SHOP.user_id)
    return len(due)


def _stand_in(
    shop: "Shop",
    order: Mapping[str, Any],
    part: Mapping[str, Any],
    line: Mapping[str, Any],
    picked: int,
    sku: str,
) -> dict[str, Any]:
    """The substitute's line. Raises what `pick_with_substitute` does; nothing has been written yet."""
    missing = line["quantity"] - picked
    if missing <= 0:
        raise Invalid("Nothing of this line is missing.", code="nothing_to_substitute")
    policy = order["substitution"]["policy"]
    if policy not in {"ask_me", "best_match"}:
        raise Conflict("This customer wants no substitutes.", code="substitution_not_wanted")
    if any(one["sku"] == sku for one in order["lines"]) or _substitute_of(order, line["id"]):
        raise Conflict(
            "The order has this item, or an offer for this line.", code="substitute_in_order", sku=sku
        )
    products = catalog.products_of(shop.db, [sku, line["sku"]])
    listed = catalog.listings_of(shop.db, part["store_id"], [sku])
    if sku not in listed or sku not in products or products[sku]["hidden"]:
        raise Invalid("This store does not sell that item.", code="unknown_sku", skus=[sku])
    if policy == "best_match":
        _check_alike(products.get(line["sku"]), products[sku])
    priced = pricing.priced_lines(listed, [Line(sku, missing)], products, part["id"])[0]
    if inventory.short_now(shop, part["store_id"], [Line(sku, missing)]):
        raise _sold_out(priced)
    seconds = shop.settings.substitution_answer_seconds
    return {
        **priced,
        "id": f"{line['id']}s",
        "unit_price": min(priced["unit_price"], line["unit_price"]),
        "instead_of": line["id"],
        "proposal": {
            "state": "holding",
            "answer_by": shop.now() + timedelta(seconds=seconds),
            "decided_by": None,
        },
    }


def _check_alike(original: Mapping[str, Any] | None, other: Mapping[str, Any]) -> None:
    """Nobody gets meat for tofu, or nuts for none, without being asked. Raises Conflict."""
    if original is None:
        return
    lost = (_MUST_STAY & set(original["dietary"])) - set(other["dietary"])
    new = set(other["allergens"]) - set(original["allergens"])
    if lost or new:
        raise Conflict(
            "That item is too different to send it unasked.",
            code="substitute_not_alike",
            lost=sorted(lost),
            new_allergens=sorted(new),
        )


def _added(shop: "Shop", order: dict[str, Any], part_id: str, stand_in: Mapping[str, Any]) -> Any:
    if fulfilment_of(order, part_id)["state"] != "picking":
        raise InvalidTransition("The order is not being picked.", status_now=order["status"])
    if (known := _substitute_of(order, stand_in["instead_of"])) is not None:
        if known["sku"] == stand_in["sku"]:
            return None
        raise Conflict(
            "Another item was offered for this line.", code="substitute_in_order", sku=known["sku"]
        )
    lines = [*order["lines"], dict(stand_in)]
    return {"lines": lines, "answer_by": _next_answer(lines), "updated_at": shop.now()}, None


def _hold(shop: "Shop", store_id: str, order_id: str, part_id: str, line: Mapping[str, Any]) -> bool:
    wanted = Line(line["sku"], line["quantity"])
    return inventory.hold_further(shop, store_id, wanted, hold_id(order_id, part_id), order_id)


def _asked(shop: "Shop", order: dict[str, Any], stand_in_id: str) -> Any:
    index, line = _line(order, stand_in_id)
    if line["proposal"]["state"] != "holding":
        return None
    event = _event(
        shop, order, line, "order.substitution_proposed", answer_by=line["proposal"]["answer_by"].isoformat()
    )
    sets = {
        f"lines.{index}.proposal.state": "asked",
        "flags": list(dict.fromkeys([*order["flags"], AWAITING])),
        "updated_at": shop.now(),
    }
    return sets, event


def _accept(shop: "Shop", order_id: str, stand_in_id: str, by: str) -> dict[str, Any]:
    """Raises Conflict `answer_too_late` or `already_answered`, InvalidTransition."""

    def change(order: dict[str, Any]) -> Any:
        index, line = _line(order, stand_in_id)
        if line["proposal"]["state"] not in OPEN:
            _check_same(line, "accepted")
            return None
        if fulfilment_of(order, line["fulfilment_id"])["state"] != "picking":
            raise InvalidTransition("The order is not being picked.", status_now=order["status"])
        if line["proposal"]["answer_by"] <= shop.now():
            raise Conflict("The time to answer is over.", code="answer_too_late")
        decided = {
            **line,
            "picked": line["quantity"],
            "proposal": {**line["proposal"], "state": "accepted", "decided_by": by},
        }
        return _decided(shop, order, index, decided)

    # The order first: it is the record. Should the process die here, packing takes the units off the shelf.
    order = note(shop, order_id, change)
    _, line = _line(order, stand_in_id)
    inventory.pick(
        shop, hold_id(order_id, line["fulfilment_id"]), order_id, line["sku"], line["quantity"], by
    )
    return order


def _end(shop: "Shop", order_id: str, stand_in_id: str, state: str, by: str) -> dict[str, Any]:
    """Nothing comes instead: the units go back on sale. Raises Conflict `already_answered`."""

    def change(order: dict[str, Any]) -> Any:
        index, line = _line(order, stand_in_id)
        if line["proposal"]["state"] not in OPEN:
            if state != "lapsed":
                _check_same(line, state)
            return None
        decided = {
            **line,
            "ordered": line["quantity"],
            "quantity": 0,
            "picked": 0,
            "proposal": {**line["proposal"], "state": state, "decided_by": by},
        }
        sets, event = _decided(shop, order, index, decided)
        # Recorded with the answer, so that the units come back even when the process dies here.
        owed = list(dict.fromkeys([*order["effects"], "shorten_holds"]))
        return {**sets, "effects": owed, "effects_at": shop.now()}, event

    return effects.perform(shop, note(shop, order_id, change))


def _decided(shop: "Shop", order: Mapping[str, Any], index: int, line: Mapping[str, Any]) -> Any:
    lines = [*order["lines"][:index], line, *order["lines"][index + 1 :]]
    waits = _next_answer(lines)
    flags = [flag for flag in order["flags"] if flag != AWAITING or waits]
    event = _event(shop, order, line, "order.substitution_decided", outcome=line["proposal"]["state"])
    return {"lines": lines, "answer_by": waits, "flags": flags, "updated_at": shop.now()}, event


def _event(
    shop: "Shop", order: Mapping[str, Any], stand_in: Mapping[str, Any], type_: str, **data: Any
) -> Event:
    return order_event(
        shop,
        order,
        type_,
        status=order["status"],
        line=stand_in["instead_of"],
        sku=stand_in["sku"],
        quantity=stand_in["quantity"],
        **data,
    )


def _check_same(line: Mapping[str, Any], wanted: str) -> None:
    state = line["proposal"]["state"]
    if state == "lapsed":
        raise Conflict("The time to answer is over.", code="answer_too_late")
    if state != wanted:
        raise Conflict("This was answered already.", code="already_answered", answer=state)


def _substitute_of(order: Mapping[str, Any], line_id: str) -> Mapping[str, Any] | None:
    return next((line for line in order["lines"] if line.get("instead_of") == line_id), None)


def _line(order: Mapping[str, Any], line_id: str) -> tuple[int, Mapping[str, Any]]:
    return next((index, line) for index, line in enumerate(order["lines"]) if line["id"] == line_id)


def _is_open(line: Mapping[str, Any]) -> bool:
    return bool("proposal" in line and line["proposal"]["state"] in OPEN)


def _next_answer(lines: list[Any]) -> datetime | None:
    """When the sweep is to look at the order's open questions, None without any."""
    return min((line["proposal"]["answer_by"] for line in lines if _is_open(line)), default=None)


def _sold_out(line: Mapping[str, Any]) -> OutOfStock:
    short = {
        "sku": line["sku"],
        "name": line["name"]["en"],
        "requested": line["quantity"],
        "available": 0,
    }
    return OutOfStock("There is not enough of the substitute.", shortages=[short])
