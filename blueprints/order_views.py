"""How an order looks from outside, to each of those who may see it."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from blueprints.catalogue import PackSchema
from blueprints.schemas import MoneySchema, PointSchema, Schema
from shopsmart.identity.model import Actor
from shopsmart.money import money
from shopsmart.orders.model import ENDED, PROGRESS, STAFF, allowed_actions, is_asked

# What people may do through their own calls; steps that only follow from something else are not offered.
ACTIONS_OF = {
    "customer": {"cancel", "answer_substitution"},
    "store_manager": {"accept", "reject", "start_picking", "pack", "hand_over", "return", "cancel"},
    "rider": {"pick_up", "deliver", "fail"},
}


class ProposalSchema(Schema):
    """What the store offers for the part of a line that it did not find."""

    sku = fields.String(required=True)
    name = fields.String(required=True)
    image = fields.String(allow_none=True, required=True)
    unit_price = fields.Nested(MoneySchema, required=True)
    quantity = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("asked", "accepted", "refused", "lapsed")))
    answer_by = fields.AwareDateTime(required=True)


class OrderLineSchema(Schema):
    id = fields.String(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    pack = fields.Nested(PackSchema, allow_none=True, required=True)
    image = fields.String(allow_none=True, required=True)
    fulfilment_id = fields.String(required=True)
    quantity = fields.Integer(required=True)
    ordered = fields.Integer(
        required=True,
        metadata={
            "description": "More than `quantity` where the store turned out to have less than it promised."
        },
    )
    picked = fields.Integer(required=True, allow_none=True)
    unit_price = fields.Nested(MoneySchema, required=True)
    mrp = fields.Nested(MoneySchema, required=True)
    total = fields.Nested(MoneySchema, required=True)
    bin = fields.String(required=True, metadata={"description": "Where the picker finds it."})
    instead_of = fields.String(
        allow_none=True,
        required=True,
        metadata={"description": "The id of the line that it is a substitute for."},
    )
    proposal = fields.Nested(ProposalSchema, allow_none=True, required=True)


class OrderStoreSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    location = fields.Nested(PointSchema, required=True)
    distance_m = fields.Integer(required=True)


class OrderRiderSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(allow_none=True, required=True)
    vehicle = fields.String(allow_none=True, required=True)


class FulfilmentSchema(Schema):
    id = fields.String(required=True)
    status = fields.String(required=True)
    store = fields.Nested(OrderStoreSchema, required=True)
    rider = fields.Nested(OrderRiderSchema, allow_none=True, required=True)
    milestones = fields.Dict(keys=fields.String(), values=fields.AwareDateTime(), required=True)


class TotalsSchema(Schema):
    items = fields.Nested(MoneySchema, required=True)
    savings = fields.Nested(MoneySchema, required=True)
    delivery_fee = fields.Nested(MoneySchema, required=True)
    handling_fee = fields.Nested(MoneySchema, required=True)
    tip = fields.Nested(MoneySchema, required=True)
    discount = fields.Nested(MoneySchema, required=True)
    tax_included = fields.Nested(MoneySchema, required=True)
    total = fields.Nested(MoneySchema, required=True)


class OrderPaymentSchema(Schema):
    provider = fields.String(required=True)
    status = fields.String(required=True)
    payment_id = fields.String(required=True, allow_none=True)
    captured = fields.Nested(MoneySchema, required=True)
    refunded = fields.Nested(MoneySchema, required=True)


class EtaSchema(Schema):
    seconds = fields.Integer(required=True, metadata={"description": "Promised from placing to the door."})
    at = fields.AwareDateTime(required=True)


class PersonSchema(Schema):
    name = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)


class OrderAddressSchema(Schema):
    label = fields.String(allow_none=True)
    text = fields.String(allow_none=True)
    unit = fields.String(allow_none=True)
    door_note = fields.String(allow_none=True)


class OrderSubstitutionSchema(Schema):
    policy = fields.String(required=True)


class RatingSchema(Schema):
    store = fields.Integer()
    rider = fields.Integer()
    comment = fields.String()
    at = fields.AwareDateTime()


class HistoryRowSchema(Schema):
    action = fields.String(required=True)
    from_ = fields.String(required=True, data_key="from")
    to = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    reason = fields.String(allow_none=True, required=True)
    by = fields.String(metadata={"description": "Staff see who it was."})


class OrderSchema(Schema):
    id = fields.String(required=True)
    number = fields.String(
        required=True, metadata={"description": "Short, for people.", "example": "7K3M-92QD"}
    )
    status = fields.String(required=True)
    mode = fields.String(required=True)
    milestones = fields.Dict(keys=fields.String(), values=fields.AwareDateTime(), required=True)
    lines = fields.List(fields.Nested(OrderLineSchema), required=True)
    fulfilments = fields.List(fields.Nested(FulfilmentSchema), required=True)
    payment = fields.Nested(OrderPaymentSchema, required=True)
    totals = fields.Nested(TotalsSchema, required=True)
    store = fields.Nested(OrderStoreSchema, required=True)
    rider = fields.Nested(OrderRiderSchema, allow_none=True, required=True)
    eta = fields.Nested(EtaSchema, required=True)
    customer = fields.Nested(PersonSchema, required=True)
    location = fields.Nested(PointSchema, required=True)
    address = fields.Nested(OrderAddressSchema, allow_none=True, required=True)
    note = fields.String(required=True)
    substitution = fields.Nested(OrderSubstitutionSchema, required=True)
    flags = fields.List(fields.String(), required=True)
    end_reason = fields.String(allow_none=True, required=True)
    hold_until = fields.AwareDateTime(
        allow_none=True, required=True, metadata={"description": "Pay before; then the stock goes back."}
    )
    history = fields.List(fields.Nested(HistoryRowSchema), required=True)
    rating = fields.Nested(RatingSchema, allow_none=True, required=True)
    allowed_actions = fields.List(fields.String(), required=True)
    delivery_code = fields.String(
        metadata={"description": "Only in the customer's own view, until it arrived."}
    )
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)
    version = fields.Integer(required=True)


def order_view(order: Mapping[str, Any], actor: Actor, lang: str = "en") -> dict[str, Any]:
    """The order for `actor`: his actions, and his secrets only."""
    currency = order["currency"]
    mine = order["customer_id"] == actor.user_id
    staff = bool(actor.roles & STAFF)
    parts = [_part_view(part) for part in order["fulfilments"]]
    view = {
        "id": order["_id"],
        "number": order["number"],
        "status": order["status"],
        "mode": order["mode"],
        "milestones": order["milestones"],
        "lines": _line_views(_lines_for(order, actor), currency, lang),
        "fulfilments": parts,
        "payment": _payment_view(order, currency),
        "totals": {name: money(amount, currency) for name, amount in order["totals"].items()},
        "store": parts[0]["store"],
        "rider": parts[0]["rider"],
        "eta": order["promise"],
        "customer": order["customer"],
        "location": order["location"],
        "address": order["address"],
        "note": order["note"],
        "substitution": {"policy": order["substitution"]["policy"]},
        "flags": order["flags"],
        "end_reason": order["end_reason"],
        "hold_until": order["hold_until"],
        "history": [_history_view(row, staff) for row in order.get("history", [])],
        "rating": order["rating"],
        "allowed_actions": actions_for(order, actor),
        "created_at": order["created_at"],
        "updated_at": order["updated_at"],
        "version": order["version"],
    }
    over = order["status"] in ENDED
    if mine and not over:
        view["delivery_code"] = order["delivery_code"]
    if over and not mine and actor.roles == {"rider"}:
        # Whoever rang at the door keeps no way back to it.
        view |= {"customer": {"name": order["customer"]["name"], "phone": None}, "address": None, "note": ""}
    return view


def actions_for(order: Mapping[str, Any], actor: Actor) -> list[str]:
    """The actions of the table that this actor may take now through his own calls."""
    open_parts = [part for part in order["fulfilments"] if part["state"] not in ENDED]
    parts = _own_parts(open_parts, actor) or order["fulfilments"][:1]
    states = [part["state"] for part in parts]
    allowed = allowed_actions(min(states, key=_how_far), actor.roles)
    if "cancel" in allowed and not all("cancel" in allowed_actions(state, actor.roles) for state in states):
        allowed.remove("cancel")  # one of its parts is too far for that
    asked = {line["fulfilment_id"] for line in order["lines"] if is_asked(line)}
    if "pack" in allowed and any(part["id"] in asked for part in parts):
        allowed.remove("pack")  # not before the customer has answered
    if order["customer_id"] == actor.user_id and _may_answer(order):
        allowed.append("answer_substitution")
    if actor.roles & STAFF:
        return allowed
    mine: set[str] = set()
    for role in actor.roles:
        mine |= ACTIONS_OF.get(role, set())
    return [action for action in allowed if action in mine]


def _may_answer(order: Mapping[str, Any]) -> bool:
    picking = {part["id"] for part in order["fulfilments"] if part["state"] == "picking"}
    return any(
        line["proposal"]["state"] == "asked" and line["fulfilment_id"] in picking
        for line in order["lines"]
        if "proposal" in line
    )


def _how_far(state: str) -> int:
    return PROGRESS.index(state) if state in PROGRESS else len(PROGRESS)


def _own_parts(parts: list[Mapping[str, Any]], actor: Actor) -> list[Mapping[str, Any]]:
    """Those of the parts that a store's manager works on; all of them for everybody else."""
    if "store_manager" not in actor.roles or actor.roles & STAFF:
        return parts
    return [part for part in parts if part["store_id"] in actor.store_ids] or parts


def _lines_for(order: Mapping[str, Any], actor: Actor) -> list[Mapping[str, Any]]:
    """A store sees its own part's lines, the customer and staff see all."""
    if order["customer_id"] == actor.user_id:
        return list(order["lines"])
    own = {part["id"] for part in _own_parts(order["fulfilments"], actor)}
    return [line for line in order["lines"] if line["fulfilment_id"] in own]


def _line_views(lines: list[Mapping[str, Any]], currency: str, lang: str) -> list[dict[str, Any]]:
    """A substitute stands as a line once it is taken; before, and else, as the proposal of its line."""
    offers = {line["instead_of"]: line for line in lines if "proposal" in line}
    return [
        {
            **line_view(line, currency, lang),
            "proposal": _proposal_view(offers.get(line["id"]), currency, lang),
        }
        for line in lines
        if "proposal" not in line or line["proposal"]["state"] == "accepted"
    ]


def _proposal_view(line: Mapping[str, Any] | None, currency: str, lang: str) -> dict[str, Any] | None:
    if line is None or line["proposal"]["state"] == "holding":
        return None
    return {
        "sku": line["sku"],
        "name": line["name"].get(lang) or line["name"]["en"],
        "image": line.get("image"),
        "unit_price": money(line["unit_price"], currency),
        "quantity": line.get("ordered", line["quantity"]),
        "state": line["proposal"]["state"],
        "answer_by": line["proposal"]["answer_by"],
    }


def line_view(line: Mapping[str, Any], currency: str, lang: str) -> dict[str, Any]:
    """An order's or a quote's line."""
    counted = line["quantity"] if line["picked"] is None else line["picked"]
    return {
        "id": line["id"],
        "sku": line["sku"],
        "name": line["name"].get(lang) or line["name"]["en"],
        "pack": line.get("pack"),
        "image": line.get("image"),
        "fulfilment_id": line["fulfilment_id"],
        "quantity": line["quantity"],
        "ordered": line.get("ordered", line["quantity"]),
        "picked": line["picked"],
        "unit_price": money(line["unit_price"], currency),
        "mrp": money(line["mrp"], currency),
        "total": money(line["unit_price"] * counted, currency),
        "bin": line["bin"],
        "instead_of": line.get("instead_of"),
        "proposal": None,
    }


def _part_view(part: Mapping[str, Any]) -> dict[str, Any]:
    rider = part["rider"]
    return {
        "id": part["id"],
        "status": part["state"],
        "store": {name: part["store"][name] for name in ("id", "name", "location", "distance_m")},
        "rider": rider and {name: rider.get(name) for name in ("id", "name", "phone", "vehicle")},
        "milestones": part["milestones"],
    }


def _payment_view(order: Mapping[str, Any], currency: str) -> dict[str, Any]:
    payment = order["payment"]
    return {
        "provider": payment["provider"],
        "status": payment["status"],
        "payment_id": payment["payment_id"],
        "captured": money(payment["captured"], currency),
        "refunded": money(payment["refunded"], currency),
    }


def _history_view(row: Mapping[str, Any], staff: bool) -> dict[str, Any]:
    view = {name: row[name] for name in ("action", "from", "to", "at", "reason")}
    return {**view, "by": row["by"]} if staff else view
