"""What was acknowledged, held against the database.

`against_database` looks at every call of a journal: nothing that was answered 2xx may be missing or different, and
nothing may be there that nobody asked for. `of_platform` adds the platform's own checker.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from bench.chaos.journal import Call
from bench.chaos.world import World
from shopsmart import checker
from shopsmart.context import Shop

_MOST_SHOWN = 20
_CLOCK_SLACK = timedelta(seconds=2)


def against_database(
    db: Database,
    calls: Sequence[Call],
    world: World,
    edited_before: Mapping[str, int],
    *,
    may_stay_open: bool = False,
) -> list[str]:
    """Every violation, as a sentence. `edited_before` is what lay on the edited shelves when the journal began.

    `may_stay_open`: calls that were tried once only may be without a definite answer.
    """
    return [
        *([] if may_stay_open else _unresolved(calls)),
        *_crashes(calls),
        *_placements(db, calls),
        *_strangers(db, calls, world),
        *_cancellations(db, calls),
        *_payments(db, calls),
        *_edits(db, calls, world, edited_before),
    ]


def of_platform(shop: Shop) -> list[str]:
    """What `shopsmart check` finds."""
    found = checker.run(shop)
    return [f"{one.invariant} {one.subject}: {one.detail}" for one in found[:_MOST_SHOWN]]


def on_shelves(db: Database, world: World) -> dict[str, int]:
    """How much of the edited goods lies in the store that is edited."""
    rows = db.stock.find({"store_id": world.store_id, "sku": {"$in": world.edited}}, {"sku": 1, "on_hand": 1})
    return {row["sku"]: row["on_hand"] for row in rows}


def _unresolved(calls: Sequence[Call]) -> list[str]:
    return [
        f"{call.op} {call.n} never got a definite answer: {_last(call)}" for call in calls if call.unresolved
    ][:_MOST_SHOWN]


def _last(call: Call) -> str:
    tries = [one for one in call.tries if one["phase"] in {"unknown", "wait"}]
    return f"status {tries[-1]['status']} {tries[-1]['code']}" if tries else "not one try finished"


def _crashes(calls: Sequence[Call]) -> list[str]:
    """A 503 says "not now"; any other 5xx says that nobody thought of this."""
    return [
        f"{call.op} {call.n} was answered {one['status']} {one['code']}"
        for call in calls
        for one in call.tries
        if one.get("status", 0) >= 500 and one["status"] != 503
    ][:_MOST_SHOWN]


def _placements(db: Database, calls: Sequence[Call]) -> list[str]:
    """I4: an acknowledged order is there, with its lines and total; one key made one order."""
    faults = []
    by_key: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        if call.op == "place":
            by_key[f"{call.facts['user']}:{call.facts['key']}"].append(call)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for order in _orders_of_keys(db, list(by_key)):
        found[order["key"]].append(order)
    for key, same in by_key.items():
        answers = [one["answer"] for call in same for one in call.acknowledgements]
        orders = found[key]
        if len(orders) > 1:
            faults.append(f"key {key} made {len(orders)} orders")
        if len({answer["id"] for answer in answers}) > 1:
            faults.append(f"key {key} was answered with several orders")
        if not answers:
            # Refused for good, by every try of every twin: then nothing may have come of it.
            refused = all(call.tries and call.tries[-1]["phase"] == "fail" for call in same)
            if refused and any(order["status"] not in {"expired", "cancelled"} for order in orders):
                faults.append(f"key {key} was refused, yet there is order {orders[0]['_id']}")
            continue
        if not orders:
            faults.append(f"order {answers[0]['id']} was acknowledged and is gone")
        elif fault := _differs(orders[0], answers[0]):
            faults.append(fault)
    return faults[:_MOST_SHOWN]


def _orders_of_keys(db: Database, keys: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(keys), 1_000):
        found += db.orders.find({"key": {"$in": keys[start : start + 1_000]}})
    return found


def _differs(order: Mapping[str, Any], answer: Mapping[str, Any]) -> str | None:
    if order["_id"] != answer["id"]:
        return f"order {answer['id']} was acknowledged, its key now names {order['_id']}"
    lines: Counter[str] = Counter()
    for line in order["lines"]:
        lines[line["sku"]] += line["quantity"]
    told: Counter[str] = Counter()
    for sku, quantity in answer["lines"]:
        told[sku] += quantity
    if lines != told:
        return f"order {order['_id']} has lines {dict(lines)}, {dict(told)} were acknowledged"
    if order["ordered_totals"]["total"] != answer["total"]:
        return f"order {order['_id']} costs {order['ordered_totals']['total']}, not {answer['total']}"
    return None


def _strangers(db: Database, calls: Sequence[Call], world: World) -> list[str]:
    """I4: every order was asked for by somebody."""
    if not calls:
        return []
    asked = {f"{call.facts['user']}:{call.facts['key']}" for call in calls if call.op == "place"}
    begun = datetime.fromtimestamp(min(call.at for call in calls), UTC) + _CLOCK_SLACK
    orders = db.orders.find(
        {
            "customer_id": {"$in": world.customer_ids},
            "created_at": {"$gte": begun},
            "key": {"$exists": True},
        },
        {"key": 1},
    )
    return [f"nobody asked for order {order['_id']}" for order in orders if order["key"] not in asked][
        :_MOST_SHOWN
    ]


def _cancellations(db: Database, calls: Sequence[Call]) -> list[str]:
    cancelled = [
        call.acknowledged["answer"]["id"] for call in calls if call.op == "cancel" and call.acknowledged
    ]
    states = {
        order["_id"]: order["status"] for order in db.orders.find({"_id": {"$in": cancelled}}, {"status": 1})
    }
    return [
        f"order {id_} was acknowledged as cancelled and is {states.get(id_, 'gone')}"
        for id_ in cancelled
        if states.get(id_) != "cancelled"
    ][:_MOST_SHOWN]


def _payments(db: Database, calls: Sequence[Call]) -> list[str]:
    """Money that was acknowledged has been counted; what an order that is over took has gone back."""
    acknowledged = {
        call.acknowledged["answer"]["id"] for call in calls if call.op == "confirm" and call.acknowledged
    }
    captured: Counter[str] = Counter()
    for payment in db.payments.find(
        {"order_id": {"$in": list(acknowledged)}}, {"order_id": 1, "captured": 1}
    ):
        captured[payment["order_id"]] += payment["captured"]
    return [
        f"the payment of order {id_} was acknowledged and is gone"
        for id_ in sorted(acknowledged)
        if not captured[id_]
    ][:_MOST_SHOWN]


def _edits(db: Database, calls: Sequence[Call], world: World, edited_before: Mapping[str, int]) -> list[str]:
    least, most = Counter(edited_before), Counter(edited_before)
    for call in calls:
        if call.op != "edit":
            continue
        for line in call.facts["body"]["lines"]:
            if call.acknowledged:
                done = dict(call.acknowledged["answer"]["lines"]).get(line["sku"], False)
                least[line["sku"]] += line["delta"] * done
                most[line["sku"]] += line["delta"] * done
            elif call.unresolved:
                most[line["sku"]] += line["delta"]
    return [
        f"{sku}: {units} on the shelf, acknowledged edits make {least[sku]} to {most[sku]}"
        for sku, units in on_shelves(db, world).items()
        if not least[sku] <= units <= most[sku]
    ]
