"""The order's states as one table, its shapes and its arithmetic. Plain values only.

`FLOW[state, action]` says where an action leads, who may take it and what must follow. Code, permissions,
`allowed_actions`, the docs' diagram and the tests all read this table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shopsmart.errors import Forbidden, InvalidTransition, NotFound
from shopsmart.inventory.model import Line
from shopsmart.money import tax_within

SYSTEM = "system"
STAFF = frozenset({"admin", "super_admin"})
ANY_STAFF = STAFF | {"store_manager"}


@dataclass(frozen=True)
class Step:
    """Where an action leads. `effects` follow the move and are recorded with it until done."""

    next: str
    who: frozenset[str]
    effects: tuple[str, ...] = ()
    milestone: str = ""


def _who(*roles: str) -> frozenset[str]:
    return frozenset(roles)


_STORE = _who("store_manager") | STAFF
_RIDER = _who("rider") | STAFF
_UNDO = ("release_stock", "void_payment", "refund")

FLOW: dict[tuple[str, str], Step] = {
    # The order is written first; only then its stock is held. Nobody sees it until both are done.
    ("holding", "place"): Step("placed", _who(SYSTEM), ("empty_cart",), "placed_at"),
    ("holding", "await_payment"): Step("payment_pending", _who(SYSTEM), (), "created_at"),
    ("holding", "abandon"): Step("expired", _who(SYSTEM), ("release_stock",)),
    ("payment_pending", "pay"): Step("placed", _who(SYSTEM), ("commit_stock", "empty_cart"), "placed_at"),
    ("payment_pending", "expire"): Step(
        "expired", _who(SYSTEM), ("release_stock", "void_payment"), "expired_at"
    ),
    # By the system only when its goods turn out to be missing and nobody is paying.
    ("payment_pending", "cancel"): Step("cancelled", _who("customer", SYSTEM) | STAFF, _UNDO, "cancelled_at"),
    ("placed", "accept"): Step("accepted", _STORE, (), "accepted_at"),
    # A store that refuses, keeps silent or is short passes the order on; `reject` is for when nobody else can.
    ("placed", "reroute"): Step("placed", _STORE | {SYSTEM}, ("release_left",), "rerouted_at"),
    ("placed", "reject"): Step("cancelled", _STORE | {SYSTEM}, _UNDO, "cancelled_at"),
    ("placed", "cancel"): Step("cancelled", _who("customer") | STAFF, _UNDO, "cancelled_at"),
    ("accepted", "start_picking"): Step("picking", _STORE, (), "picking_at"),
    ("accepted", "reroute"): Step("placed", _STORE | {SYSTEM}, ("release_left",), "rerouted_at"),
    ("accepted", "reject"): Step("cancelled", _STORE | {SYSTEM}, _UNDO, "cancelled_at"),
    ("accepted", "cancel"): Step("cancelled", _who("customer") | STAFF, _UNDO, "cancelled_at"),
    ("picking", "pack"): Step("packed", _STORE, ("take_off_shelf", "refund_difference"), "packed_at"),
    ("picking", "cancel"): Step(
        "cancelled",
        _STORE,
        ("take_off_shelf", "release_stock", "put_back", "void_payment", "refund"),
        "cancelled_at",
    ),
    ("packed", "pick_up"): Step("out_for_delivery", _RIDER, (), "picked_up_at"),
    ("packed", "make_ready"): Step("ready_for_collection", _who(SYSTEM), (), "ready_at"),
    ("packed", "cancel"): Step("cancelled", STAFF, ("put_back", "void_payment", "refund"), "cancelled_at"),
    ("ready_for_collection", "hand_over"): Step(
        "collected", _STORE, ("collect_cash", "issue_invoice"), "collected_at"
    ),
    ("ready_for_collection", "cancel"): Step(
        "cancelled", STAFF, ("put_back", "void_payment", "refund"), "cancelled_at"
    ),
    ("out_for_delivery", "deliver"): Step(
        "delivered", _RIDER, ("collect_cash", "issue_invoice"), "delivered_at"
    ),
    ("out_for_delivery", "fail"): Step("undeliverable", _RIDER, (), "failed_at"),
    ("undeliverable", "retry"): Step("out_for_delivery", STAFF, (), "retried_at"),
    ("undeliverable", "return"): Step(
        "returned", _STORE, ("put_back", "void_payment", "refund"), "returned_at"
    ),
}

STATES = tuple(dict.fromkeys([state for state, _ in FLOW] + [step.next for step in FLOW.values()]))
# How far an order has come: its status is that of its least advanced open fulfilment.
PROGRESS = (
    "payment_pending",
    "placed",
    "accepted",
    "picking",
    "packed",
    "ready_for_collection",
    "out_for_delivery",
    "undeliverable",
)
# A part that came to nothing: its goods are not billed, its stock goes back.
LOST = frozenset({"expired", "cancelled", "returned"})
ENDED = frozenset({"expired", "cancelled", "delivered", "collected", "returned"})
# Before a store has it, an order moves as a whole; afterwards each of its fulfilments moves by itself.
WHOLE = frozenset({"holding", "payment_pending"})
SHELF_STATES = frozenset({"holding", "payment_pending", "placed", "accepted", "picking"})  # stock may be held
VISIBLE = tuple(state for state in STATES if state != "holding")

MODES = ("instant", "pickup")
SUBSTITUTION_POLICIES = ("refund", "best_match", "ask_me")


def step_for(state: str, action: str, roles: Iterable[str]) -> Step:
    """The step of `action` from `state`. Raises InvalidTransition, or Forbidden for the wrong role."""
    step = FLOW.get((state, action))
    if step is None:
        raise InvalidTransition(
            f"An order that is {state.replace('_', ' ')} cannot do this.", status_now=state, action=action
        )
    if not step.who & frozenset(roles):
        raise Forbidden("Your role may not do this.", action=action)
    return step


def allowed_actions(state: str, roles: Iterable[str]) -> list[str]:
    """What somebody with `roles` may do to an order in `state`, in the table's order."""
    mine = frozenset(roles)
    return [action for (at, action), step in FLOW.items() if at == state and step.who & mine]


def action_to(state: str, target: str, roles: Iterable[str]) -> str:
    """The action that leads from `state` to `target`. Raises InvalidTransition, Forbidden."""
    found = [action for (at, action), step in FLOW.items() if at == state and step.next == target]
    if not found:
        raise InvalidTransition(f"There is no way from {state} to {target}.", status_now=state, wanted=target)
    mine = frozenset(roles)
    for action in found:
        if FLOW[state, action].who & mine:
            return action
    raise Forbidden("Your role may not do this.", action=found[0])


def overall(states: Sequence[str]) -> str:
    """The status of an order whose fulfilments are in `states`."""
    opened = [state for state in states if state not in ENDED]
    if opened:
        return min(opened, key=PROGRESS.index)
    good = [state for state in states if state in {"delivered", "collected"}]
    return good[0] if good else states[0]


def totals(
    lines: Iterable[Mapping[str, Any]],
    *,
    delivery_fee: int,
    handling_fee: int,
    tip: int = 0,
) -> dict[str, int]:
    """The bill in paise. Prices contain tax; a short line counts what was picked."""
    counted = [(line, line["quantity"] if line.get("picked") is None else line["picked"]) for line in lines]
    items = sum(line["unit_price"] * quantity for line, quantity in counted)
    saved = sum((line["mrp"] - line["unit_price"]) * quantity for line, quantity in counted)
    tax = sum(tax_within(line["unit_price"] * quantity, line["tax_rate"]) for line, quantity in counted)
    if not items:
        delivery_fee = handling_fee = tip = 0  # nothing came, nothing is owed
    return {
        "items": items,
        "savings": saved,
        "delivery_fee": delivery_fee,
        "handling_fee": handling_fee,
        "tip": tip,
        "discount": 0,
        "tax_included": tax,
        "total": items + delivery_fee + handling_fee + tip,
    }


def billed_lines(order: Mapping[str, Any], states: Sequence[str]) -> list[Mapping[str, Any]]:
    """The lines of the parts that have not come to nothing; `states` are the parts' states."""
    lost = {part["id"] for part, state in zip(order["fulfilments"], states, strict=True) if state in LOST}
    return [line for line in order["lines"] if line["fulfilment_id"] not in lost]


def rebilled(order: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The order's bill over `lines`, with the fees and the tip that were agreed."""
    fees = {name: order["totals"][name] for name in ("delivery_fee", "handling_fee", "tip")}
    return totals(lines, **fees)


def tip_of(order: Mapping[str, Any], part_id: str) -> int:
    """A part's share of the tip, in paise: equal shares, the first one takes what is left over."""
    parts = [part["id"] for part in order["fulfilments"] if part["state"] not in LOST]
    if part_id not in parts:
        return 0
    share, rest = divmod(int(order["totals"]["tip"]), len(parts))
    return share + (rest if part_id == parts[0] else 0)


def wanted(lines: Iterable[Mapping[str, Any]]) -> list[Line]:
    """What has to be held for the lines; one that was shortened to nothing needs nothing."""
    return [Line(line["sku"], line["quantity"]) for line in lines if line["quantity"]]


def shortened(line: Mapping[str, Any], less: int) -> dict[str, Any]:
    """The line with `less` units fewer; it remembers how many were `ordered`. Nothing left of it: it is picked."""
    left = line["quantity"] - less
    return {
        **line,
        "quantity": left,
        "ordered": line.get("ordered", line["quantity"]),
        "picked": line["picked"] if left else 0,
    }


def is_asked(line: Mapping[str, Any]) -> bool:
    """Whether the line is a substitute that nobody has decided about yet."""
    return "proposal" in line and line["picked"] is None


def hold_id(order_id: str, fulfilment_id: str) -> str:
    return f"{order_id}.{fulfilment_id}"


def fulfilment_of(order: Mapping[str, Any], fulfilment_id: str) -> Mapping[str, Any]:
    """Raises NotFound for a part that the order has not, or no longer: it went to another store."""
    found = next((part for part in order["fulfilments"] if part["id"] == fulfilment_id), None)
    if found is None:
        raise NotFound("There is no such order here.")
    return found


def try_id(fulfilment_id: str, tries: int) -> str:
    """The id that a part takes at the next store: `f1`, then `f1r1`, `f1r2` … one for each try.

    Holds and delivery jobs are named after the part, so what is done for one store never mixes with another's.
    """
    return f"{root_id(fulfilment_id)}r{tries}"


def root_id(fulfilment_id: str) -> str:
    """The id that the part had at its first store; its history runs under it."""
    return fulfilment_id.partition("r")[0]


def moving_now(part: Mapping[str, Any], now: datetime) -> bool:
    """Whether somebody is moving the part to another store at this moment."""
    moving = part.get("moving")
    return bool(moving and moving["until"] > now)


def accept_times(order: Mapping[str, Any], now: datetime, seconds: float) -> dict[str, Any]:
    """What to set so that each part of a fresh order waits `seconds` to be accepted; nothing for 0."""
    if not seconds:
        return {}
    by = now + timedelta(seconds=seconds)
    return {f"fulfilments.{index}.accept_by": by for index in range(len(order["fulfilments"]))}


def lines_of(order: Mapping[str, Any], fulfilment_id: str) -> list[Mapping[str, Any]]:
    return [line for line in order["lines"] if line["fulfilment_id"] == fulfilment_id]


@dataclass(frozen=True)
class Move:
    """One guarded write: what to set, and the history row and event that go with it."""

    order: Mapping[str, Any]  # as read
    sets: Mapping[str, Any]
    unsets: tuple[str, ...]
    history: Mapping[str, Any]
    step: Step
    status: str


def plan_move(
    order: Mapping[str, Any],
    action: str,
    *,
    roles: Iterable[str],
    actor_id: str,
    now: datetime,
    fulfilment_id: str | None = None,
    reason: str | None = None,
    sets: Mapping[str, Any] | None = None,
) -> Move:
    """What `action` would write. Raises InvalidTransition, Forbidden.

    An action on the whole order takes every fulfilment along; one on a fulfilment moves it alone.
    """
    parts = [
        (index, part)
        for index, part in enumerate(order["fulfilments"])
        if (fulfilment_id is None or part["id"] == fulfilment_id) and part["state"] not in ENDED
    ] or list(enumerate(order["fulfilments"]))[:1]
    states = [part["state"] for part in order["fulfilments"]]
    changes: dict[str, Any] = dict(sets or {})
    step = step_for(parts[0][1]["state"], action, roles)
    follows: list[str] = []
    for index, part in parts:
        own_step = step_for(part["state"], action, roles)
        follows += own_step.effects
        states[index] = own_step.next
        changes[f"fulfilments.{index}.state"] = own_step.next
        if part.get("moving"):
            changes[f"fulfilments.{index}.moving"] = None  # this move was quicker
        if own_step.milestone:
            changes[f"fulfilments.{index}.milestones.{own_step.milestone}"] = now
    status = overall(states)
    changes["status"] = status
    changes["updated_at"] = now
    if step.milestone and (len(states) == 1 or status == step.next):
        changes[f"milestones.{step.milestone}"] = now
    if step.next in LOST and not LOST.issuperset(states):
        # The others go on: only this part's share of the bill is given up.
        changes["totals"] = rebilled(order, billed_lines(order, states))
        changes["flags"] = list(dict.fromkeys([*changes.get("flags", order["flags"]), "partial"]))
        changes.pop("end_reason", None)
        follows = [effect for effect in follows if effect not in {"void_payment", "refund"}]
        follows.append("refund_difference")
    if follows:
        changes["effects"] = list(dict.fromkeys([*order["effects"], *follows]))
        changes["effects_at"] = now
    history = {
        "action": action,
        "from": parts[0][1]["state"],
        "to": step.next,
        "by": actor_id,
        "at": now,
        "fulfilment_id": fulfilment_id,
        "reason": reason,
    }
    came_from = {part["id"]: part["state"] for _, part in parts}
    if len(set(came_from.values())) > 1:
        history["from_each"] = came_from
    if action == "reroute":
        index, part = parts[0]
        history |= {"from_store": part["store_id"], "to_store": changes.get(f"fulfilments.{index}.store_id")}
    unsets: tuple[str, ...] = ()
    if status not in WHOLE:
        waits = _waits(order, states, changes)
        if waits:
            changes["deadline"] = min(waits)
        elif order["status"] in WHOLE or "deadline" in order:
            unsets = ("deadline",)
    if action == "reroute":
        unsets += (
            "milestones.accepted_at",
            *(f"fulfilments.{index}.milestones.accepted_at" for index, _ in parts),
        )
    if action == "abandon":
        unsets += ("key",)  # the customer's next try with it is a new one
    return Move(order, changes, unsets, history, step, status)


def _waits(order: Mapping[str, Any], states: Sequence[str], changes: Mapping[str, Any]) -> list[datetime]:
    """Until when the parts that wait for their store do so."""
    times = [
        changes.get(f"fulfilments.{index}.accept_by", part.get("accept_by"))
        for index, part in enumerate(order["fulfilments"])
        if states[index] == "placed"
    ]
    return [time for time in times if time]


def done_already(order: Mapping[str, Any], action: str, actor_id: str, fulfilment_id: str | None) -> bool:
    """Whether `actor_id` took this action and the order still stands where it led."""
    for row in reversed(order["history"]):
        if row["action"] == action and row["fulfilment_id"] == fulfilment_id:
            state = fulfilment_of(order, fulfilment_id)["state"] if fulfilment_id else order["status"]
            return bool(row["by"] == actor_id and state == row["to"])
    return False
