"""`shopsmart check`: stock, holds, ledger, orders, money and events held against each other.

Read in batches with flat memory, on a running shop too: what looks wrong is looked at twice, and only what stays
wrong is reported. A full check reads everything; an incremental one what changed since a moment, each stock
document's ledger from where it was last found right. Invariants are numbered as in `docs/reliability.md`.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pymongo import ASCENDING, DESCENDING, IndexModel, ReplaceOne, ReturnDocument
from pymongo.errors import DuplicateKeyError

from shopsmart.errors import NotFound, Unavailable
from shopsmart.infra import ids, metrics, mongo
from shopsmart.inventory import model as stock_model
from shopsmart.inventory import service as inventory
from shopsmart.inventory import store as stock_store
from shopsmart.orders import effects
from shopsmart.orders import service as orders_service
from shopsmart.orders.model import ENDED, FLOW, SHELF_STATES, hold_id, lines_of, root_id

if TYPE_CHECKING:
    from shopsmart.context import Shop

# Runs of the check, and where each stock document's ledger was last found right.
RUN_INDEXES = [
    IndexModel([("at", DESCENDING)], name="newest"),
    IndexModel([("at", ASCENDING)], name="forget", expireAfterSeconds=30 * 86_400),
]
INVARIANTS = ("I1", "I2", "I3", "I4", "I6", "I7", "I8", "I9")
WITH_OUTBOX = ("orders", "delivery_jobs", "stock", "stores")
BATCH = 500
ROWS_AT_ONCE = 2_000
LATE_SECONDS = 60
EVENT_LATE_SECONDS = 120
EVERY_SECONDS = 600
NIGHT, NIGHT_HOURS = (
    3,
    2,
)  # the hour of the city's day from which the full check runs, and how long it may begin
MOST_FINDINGS = 1_000
MOST_KEPT = 100
# Writes are stamped a little before they are seen; an incremental check begins that much earlier.
OVERLAP = timedelta(minutes=2)
_SECOND_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be: which invariant, of what, and how it differs."""

    invariant: str
    subject: str
    detail: str


def run(shop: "Shop", *, repair: bool = False, since: datetime | None = None) -> list[Finding]:
    """Everything that breaks an invariant, twice in a row: of what changed after `since`, or (None) of all.

    With `repair`, mend what can be and look again. At most MOST_FINDINGS.
    """
    found = _twice(shop, since)
    if repair and found:
        _repair(shop, found)
        found = _twice(shop, since)
    return found


def _twice(shop: "Shop", since: datetime | None) -> list[Finding]:
    first = list(islice(_all(shop, since), MOST_FINDINGS))
    if not first:
        return []
    time.sleep(_SECOND_LOOK_SECONDS)  # writes under way have finished by then
    subjects = {(one.invariant, one.subject) for one in first}
    again = (one for one in _all(shop, since) if (one.invariant, one.subject) in subjects)
    return list(islice(again, MOST_FINDINGS))


def _all(shop: "Shop", since: datetime | None) -> Iterator[Finding]:
    for check in CHECKS:
        yield from check(shop, since)


# --- runs that are remembered ----------------------------------------------------------------------------------


def begin(shop: "Shop", by: str, *, full: bool = False, repair: bool = False) -> dict[str, Any]:
    """Note a check to be run, and queue it. The run. Raises Unavailable when no job can be queued."""
    planned = _planned(shop, shop.new_id(), by, full, repair)
    shop.db.checks.insert_one(planned)
    if not shop.enqueue("bulk", "workers.jobs.check", planned["_id"]):
        shop.db.checks.delete_one({"_id": planned["_id"], "state": "queued"})
        raise Unavailable("No job can be queued now; try again.")
    return planned


def by_schedule(shop: "Shop") -> bool:
    """Queue the next check when it is time: an incremental one every while, a full one each night.

    One of each for all schedulers. False when there is nothing new to queue.
    """
    slot = int(shop.now().timestamp()) // EVERY_SECONDS
    due = [_planned(shop, f"slot:{slot}", "schedule", full=False, repair=False)]
    local = shop.now().astimezone(ZoneInfo(shop.settings.timezone))
    if NIGHT <= local.hour < NIGHT + NIGHT_HOURS:  # a scheduler that was down at three still has a while
        due.append(_planned(shop, f"night:{local:%Y-%m-%d}", "schedule", full=True, repair=False))
    return bool([planned for planned in due if _queue_once(shop, planned)])


def _queue_once(shop: "Shop", planned: dict[str, Any]) -> bool:
    try:
        shop.db.checks.insert_one(planned)
    except DuplicateKeyError:
        return False
    return shop.enqueue("bulk", "workers.jobs.check", planned["_id"])


def _planned(shop: "Shop", id_: str, by: str, full: bool, repair: bool) -> dict[str, Any]:
    return {"_id": id_, "state": "queued", "at": shop.now(), "by": by, "full": full, "repair": repair}


def carry_out(shop: "Shop", run_id: str) -> dict[str, Any] | None:
    """Run a queued check and keep what it found. None when it was run before or is forgotten."""
    planned = shop.db.checks.find_one_and_update(
        {"_id": run_id, "state": "queued"},
        {"$set": {"state": "running", "started_at": shop.now()}},
        return_document=ReturnDocument.AFTER,
    )
    return None if planned is None else _carry_out(shop, planned)


def run_now(shop: "Shop", by: str, *, full: bool, repair: bool) -> list[Finding]:
    """The same at once and in this process: all findings."""
    planned = {
        **_planned(shop, shop.new_id(), by, full, repair),
        "state": "running",
        "started_at": shop.now(),
    }
    shop.db.checks.insert_one(planned)
    found: list[Finding] = []
    _carry_out(shop, planned, found)
    return found


def _carry_out(shop: "Shop", planned: dict[str, Any], found: list[Finding] | None = None) -> dict[str, Any]:
    since = None if planned["full"] else _since(shop)
    findings = run(shop, repair=planned["repair"], since=since)
    if found is not None:
        found.extend(findings)
    done = {
        "state": "done",
        "since": since,
        "full": since is None,
        "finished_at": shop.now(),
        "counts": dict(Counter(one.invariant for one in findings)),
        "findings": [asdict(one) for one in findings[:MOST_KEPT]],
    }
    shop.db.checks.update_one({"_id": planned["_id"]}, {"$set": done})
    return {**planned, **done}


def _since(shop: "Shop") -> datetime | None:
    """Where an incremental check begins: where the last clean one began. None before the first."""
    clean = shop.db.checks.find_one({"state": "done", "counts": {}}, sort=[("at", DESCENDING)])
    return clean["started_at"] - OVERLAP if clean else None


def runs(shop: "Shop", after: datetime | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """Checks, newest first, begun before `after`."""
    query = {"at": {"$lt": after}} if after else {}
    return list(shop.db.checks.find(query).sort("at", DESCENDING).limit(limit))


def measure(shop: "Shop") -> None:
    """Show the newest check to Prometheus."""
    try:
        newest = last(shop)
    except NotFound:
        return
    for invariant in INVARIANTS:
        metrics.CHECK_FINDINGS.labels(invariant).set(newest["counts"].get(invariant, 0))
    metrics.CHECK_AGE.set((shop.now() - newest["started_at"]).total_seconds())


def last(shop: "Shop") -> dict[str, Any]:
    """The newest finished check. Raises NotFound before the first."""
    found: dict[str, Any] | None = shop.db.checks.find_one({"state": "done"}, sort=[("at", DESCENDING)])
    if found is None:
        raise NotFound("No check has finished yet.")
    return found


# --- stock -----------------------------------------------------------------------------------------------------


def stock_and_ledger(shop: "Shop", since: datetime | None) -> Iterator[Finding]:
    """I1, I2, I3: each stock document is right in itself and explained, row by row, by its ledger."""
    for batch in _stocks(shop, since):
        marks = _marks(shop, batch) if since else {}
        explained = _ledger_sums(shop, batch, marks)
        right: list[dict[str, Any]] = []
        for stock in batch:
            faults = list(_stock_faults(stock, explained[stock["_id"]]))
            yield from faults
            if not faults:
                right.append(explained[stock["_id"]].mark(stock["_id"]))
        _keep_marks(shop, right)


def _stock_faults(stock: Mapping[str, Any], sums: "_Sums") -> Iterator[Finding]:
    id_ = stock["_id"]
    for fault in stock_model.faults(stock):
        yield Finding("I2", id_, fault)
    if sums.gaps:
        yield Finding("I3", id_, f"ledger rows missing or doubled near {sums.gaps}")
    if sums.last != stock["seq"]:
        yield Finding("I3", id_, f"the ledger ends at {sums.last}, the document counts {stock['seq']}")
    if sums.on_hand != stock["on_hand"]:
        yield Finding("I1", id_, f"on_hand is {stock['on_hand']}, the ledger says {sums.on_hand}")
    holds = {hold["id"]: hold["quantity"] for hold in stock["holds"]}
    if sums.holds != holds:
        yield Finding("I1", id_, f"holds are {holds}, the ledger says {sums.holds}")


class _Sums:
    """What one stock document's ledger adds up to, from its beginning or from a mark on."""

    def __init__(self, mark: Mapping[str, Any] | None = None) -> None:
        self.on_hand: int = mark["on_hand"] if mark else 0
        self.last: int = mark["seq"] if mark else 0
        self.holds: dict[str, int] = dict(mark["holds"]) if mark else {}
        self.gaps: list[int] = []

    def add(self, row: Mapping[str, Any]) -> None:
        if row["seq"] != self.last + 1 and len(self.gaps) < 3:
            self.gaps.append(row["seq"])
        self.last = row["seq"]
        self.on_hand += row.get("on_hand", 0)
        if row.get("hold") and row.get("held"):
            left = self.holds.get(row["hold"], 0) + row["held"]
            if left:
                self.holds[row["hold"]] = left
            else:
                self.holds.pop(row["hold"], None)

    def mark(self, stock_id: str) -> dict[str, Any]:
        # Pairs, since a hold's id has dots, which field names better have not.
        return {"_id": stock_id, "seq": self.last, "on_hand": self.on_hand, "holds": list(self.holds.items())}


def _ledger_sums(
    shop: "Shop", batch: Sequence[dict[str, Any]], marks: Mapping[str, Mapping[str, Any]]
) -> dict[str, _Sums]:
    """Sums of the ledger and the tail of each document, as of the moment the document was read."""
    sums = {stock["_id"]: _Sums(marks.get(stock["_id"])) for stock in batch}
    copied = {stock["_id"]: stock["seq"] - len(stock["tail"]) for stock in batch}
    for row in _ledger_rows(shop, sums):
        if row["seq"] <= copied[row["stock_id"]]:  # later ones still stand in the tail as it was read
            sums[row["stock_id"]].add(row)
    for stock in batch:
        marked = marks[stock["_id"]]["seq"] if stock["_id"] in marks else 0
        for row in stock_store.numbered_tail(stock):
            if row["seq"] > marked:
                sums[stock["_id"]].add(row)
    return sums


def _ledger_rows(shop: "Shop", sums: Mapping[str, _Sums]) -> Iterator[Mapping[str, Any]]:
    """The ledger's rows after each document's mark, in order per document."""
    fields = {"_id": 0, "stock_id": 1, "seq": 1, "on_hand": 1, "hold": 1, "held": 1}
    unmarked = [id_ for id_, one in sums.items() if not one.last]
    marked = [{"stock_id": id_, "seq": {"$gt": one.last}} for id_, one in sums.items() if one.last]
    for query in ([{"stock_id": {"$in": unmarked}}] if unmarked else []) + (
        [{"$or": marked}] if marked else []
    ):
        yield from (
            shop.db.stock_ledger.find(query, fields)
            .sort([("stock_id", ASCENDING), ("seq", ASCENDING)])
            .batch_size(ROWS_AT_ONCE)
        )


def _marks(shop: "Shop", batch: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    found = shop.db.check_marks.find({"_id": {"$in": [stock["_id"] for stock in batch]}})
    seqs = {stock["_id"]: stock["seq"] for stock in batch}
    return {row["_id"]: row for row in found if row["seq"] <= seqs[row["_id"]]}


def _keep_marks(shop: "Shop", marks: Sequence[dict[str, Any]]) -> None:
    if marks:
        writes = [ReplaceOne({"_id": mark["_id"]}, mark, upsert=True) for mark in marks]
        mongo.quickly(shop.db).check_marks.bulk_write(writes, ordered=False)


def _stocks(
    shop: "Shop", since: datetime | None, fields: Mapping[str, Any] | None = None
) -> Iterator[list[dict[str, Any]]]:
    """Stock documents in batches: all, or those that changed."""
    if since is None:
        yield from _batches(shop, "stock", {}, fields)
        return
    changed = {row["_id"] for row in shop.db.stock_ledger.aggregate(_changed("stock_id", since))}
    changed |= {row["_id"] for row in shop.db.stock.find({"tail.at": {"$gte": since}}, {"_id": 1})}
    yield from _batches_of(shop, "stock", changed, fields)


def _changed(field: str, since: datetime) -> list[dict[str, Any]]:
    return [{"$match": {"at": {"$gte": since}}}, {"$group": {"_id": f"${field}"}}]


def shortages_are_cases(shop: "Shop", since: datetime | None) -> Iterator[Finding]:
    """I2: a declared shortage has its case, and units between two stores arrive."""
    late = shop.now() - timedelta(seconds=LATE_SECONDS)
    for stock in shop.db.stock.find({"shortage.at": {"$lte": late}}, {"shortage": 1, "available": 1}):
        if stock["available"] >= 0:
            continue
        case = stock_store.case(shop.db, stock["shortage"]["case_id"])
        if case is None or case["state"] != "open":
            yield Finding("I2", stock["_id"], f"is short by {-stock['available']} without an open case")
    for stock in stock_store.in_transit(shop.db, late, BATCH):
        yield Finding("I2", stock["_id"], f"{len(stock['transit'])} transfers have not arrived")


def holds_have_orders(shop: "Shop", since: datetime | None) -> Iterator[Finding]:
    """I2, I6: every hold belongs to a living order that still wants exactly that."""
    for batch in _stocks(shop, since, {"sku": 1, "store_id": 1, "holds": 1}):
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


def orders_have_holds(shop: "Shop", since: datetime | None) -> Iterator[Finding]:
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


def orders_in_time(shop: "Shop", since: datetime | None) -> Iterator[Finding]:
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


def orders_lawful(shop: "Shop", since: datetime | None) -> Iterator[Finding]:
    """I9: each order's history is a path of the table, one version a step, and ends where the order stands."""
    fields = {"status": 1, "history": 1, "fulfilments.id": 1, "fulfilments.state": 1, "totals": 1, "lines": 1}
    for batch in _orders(shop, since, fields):
        for order in batch:
            yield from _unlawful(order)
            yield from _wrong_bill(order)


def _unlawful(order: Mapping[str, Any]) -> Iterator[Finding]:
    states = {root_id(part["id"]): "holding" for part in order["fulfilments"]}
    for row in order["history"]:
        moved = [root_id(row["fulfilment_id"])] if row["fulfilment_id"] else list(states)
        came_from = {root_id(id_): state for id_, state in row.get("from_each", {}).items()}
        step = FLOW.get((row["from"], row["action"]))
        if step is None or step.next != row["to"]:
            yield Finding(
                "I9", f"order {order['_id']}", f"no such step: {row['from']} {row['action']} {row['to']}"
            )
            return
        for part_id in moved:
            if states[part_id] in ENDED:
                continue
            if states[part_id] != came_from.get(part_id, row["from"]):
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


def money_balances(shop: "Shop", since: datetime | None) -> Iterator[Finding]:
    """I7: what was captured for an order less what went back is what it owes."""
    for batch in _payments(shop, since):
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


def events_done(shop: "Shop", since: datetime | None) -> Iterator[Finding]:
    """I8: no event waits in an outbox or with a subscriber for long."""
    late = shop.now() - timedelta(seconds=EVENT_LATE_SECONDS)
    for name in WITH_OUTBOX:
        for document in shop.db[name].find({"outbox.at": {"$lte": late}}, {"outbox.type": 1}):
            types = ", ".join(entry["type"] for entry in document["outbox"])
            yield Finding("I8", f"{name} {document['_id']}", f"events not relayed: {types}")
    for row in shop.db.deliveries.find({"state": "dead"}, {"error": 1}):
        yield Finding("I8", f"delivery {row['_id']}", f"given up: {row['error']}")


def one_order_per_key(shop: "Shop", since: datetime | None) -> Iterator[Finding]:
    """I4: never two orders for one customer and idempotency key (should the index have been lost)."""
    query: dict[str, Any] = {"key": {"$exists": True}}
    if since is not None:
        new = shop.db.orders.find({"_id": {"$gte": ids.first_of(since)}, **query}, {"key": 1})
        query = {"key": {"$in": [row["key"] for row in new]}}
    rows = shop.db.orders.find(query, {"key": 1}).sort("key", ASCENDING).batch_size(ROWS_AT_ONCE)
    for key, same in groupby(rows, key=lambda row: row["key"]):
        ids_of_key = [row["_id"] for row in same]
        if len(ids_of_key) > 1:
            yield Finding("I4", f"key {key}", f"made orders {', '.join(ids_of_key)}")


# --- what changed ----------------------------------------------------------------------------------------------


def _orders(
    shop: "Shop", since: datetime | None, fields: Mapping[str, Any]
) -> Iterator[list[dict[str, Any]]]:
    """Orders in batches: all, or those that are new, that anything happened to, or that live."""
    if since is None:
        yield from _batches(shop, "orders", {}, fields)
        return
    living = {"status": {"$nin": list(ENDED)}}
    new = {"_id": {"$gte": ids.first_of(since)}}
    changed = _told_of(shop, since)
    for query in (living, new):
        changed |= {row["_id"] for row in shop.db.orders.find(query, {"_id": 1}).batch_size(ROWS_AT_ONCE)}
    yield from _batches_of(shop, "orders", changed, fields)


def _told_of(shop: "Shop", since: datetime) -> set[str]:
    """Orders that an event told of: each change of an order leaves one, and streams keep them for days."""
    told = shop.db.streams.aggregate(
        [
            {"$match": {"at": {"$gte": since}, "channel": "admin", "data.order_id": {"$exists": True}}},
            {"$group": {"_id": "$data.order_id"}},
        ]
    )
    return {row["_id"] for row in told}


def _payments(shop: "Shop", since: datetime | None) -> Iterator[list[dict[str, Any]]]:
    if since is None:
        yield from _batches(shop, "payments", {})
        return
    for batch in _orders(shop, since, {"_id": 1}):
        yield list(shop.db.payments.find({"order_id": {"$in": [order["_id"] for order in batch]}}))


CHECKS: tuple[Callable[["Shop", datetime | None], Iterator[Finding]], ...] = (
    stock_and_ledger,
    shortages_are_cases,
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
    inventory.finish_transfers(shop)
    inventory.mend_shortages(shop)
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


def _batches_of(
    shop: "Shop", collection: str, wanted: Iterable[str], fields: Mapping[str, Any] | None = None
) -> Iterator[list[dict[str, Any]]]:
    in_order = sorted(wanted)
    for start in range(0, len(in_order), BATCH):
        yield list(shop.db[collection].find({"_id": {"$in": in_order[start : start + BATCH]}}, fields))
