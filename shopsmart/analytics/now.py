"""How the city stands at this moment: orders, promises, queues, empty shelves, riders."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from shopsmart.dispatch import store as dispatch
from shopsmart.inventory import store as stock
from shopsmart.money import money
from shopsmart.orders import store as orders
from shopsmart.orders.model import LOST
from shopsmart.stores import store as stores
from shopsmart.stores.model import mode_now

if TYPE_CHECKING:
    from shopsmart.context import Shop

KNOWN_SECONDS = 2.0
MOST_WORST = 10
_QUEUED = ("placed", "accepted", "picking", "packed")


def kpis(shop: "Shop", window_minutes: int) -> dict[str, Any]:
    """The figures of the last minutes, at most two seconds old. Ages in seconds, money as `{amount, currency}`."""
    return shop.memory.recall(("kpis", window_minutes), KNOWN_SECONDS, lambda: _kpis(shop, window_minutes))


def _kpis(shop: "Shop", window_minutes: int) -> dict[str, Any]:
    now = shop.now()
    since = now - timedelta(minutes=window_minutes)
    placed = orders.placed_since(shop.db, since)
    delivered = orders.reached_since(shop.db, "delivered_at", since)
    revenue = sum(order["totals"]["total"] for order in placed if order["status"] not in LOST)
    return {
        "at": now,
        "window_minutes": window_minutes,
        "orders": {
            "placed": len(placed),
            "delivered": len(delivered),
            "cancelled": len(orders.reached_since(shop.db, "cancelled_at", since)),
            "active": orders.count_open(shop.db),
        },
        "orders_per_minute": _per_minute(placed, now, window_minutes),
        "promise": _promise(delivered),
        "minutes_to_door": _minutes_to_door(delivered),
        "revenue": money(revenue, shop.settings.currency),
        **_stores(shop, now),
        **_riders(shop),
    }


def _per_minute(placed: Sequence[Mapping[str, Any]], now: datetime, minutes: int) -> list[dict[str, Any]]:
    """One row each minute, oldest first, the present one last."""
    begun = [now.replace(second=0, microsecond=0) - timedelta(minutes=ago) for ago in range(minutes)][::-1]
    counts = Counter(order["milestones"]["placed_at"].replace(second=0, microsecond=0) for order in placed)
    return [{"at": minute, "count": counts[minute]} for minute in begun]


def _promise(delivered: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    kept = sum(order["milestones"]["delivered_at"] <= order["promise"]["at"] for order in delivered)
    percent = round(100 * kept / len(delivered), 1) if delivered else None
    return {"kept": kept, "late": len(delivered) - kept, "kept_percent": percent}


def _minutes_to_door(delivered: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    times = [order["milestones"] for order in delivered if "placed_at" in order["milestones"]]
    minutes = [(one["delivered_at"] - one["placed_at"]).total_seconds() / 60 for one in times]
    if not minutes:
        return {"p50": None, "p95": None}
    p50, p95 = np.percentile(minutes, [50, 95]).tolist()
    return {"p50": round(p50, 1), "p95": round(p95, 1)}


def _stores(shop: "Shop", now: datetime) -> dict[str, Any]:
    active = stores.active(shop.db)
    waiting: dict[str, Counter[str]] = defaultdict(Counter)
    oldest: dict[str, datetime] = {}
    for row in orders.queues(shop.db, _QUEUED):
        waiting[row["store_id"]][row["state"]] = row["count"]
        oldest[row["store_id"]] = min(row["oldest"], oldest.get(row["store_id"], row["oldest"]))
    names = {one["_id"]: one["name"] for one in active}
    empty = [row for row in stock.empty_by_store(shop.db) if row["store_id"] in names]
    return {
        "queues": [
            {
                "store_id": one["_id"],
                "name": one["name"],
                **{state: waiting[one["_id"]][state] for state in _QUEUED},
                "oldest_age_s": round((now - oldest[one["_id"]]).total_seconds())
                if one["_id"] in oldest
                else None,
                "mode": mode_now(one, now),
            }
            for one in active
        ],
        "stock_outs": {
            "count": sum(row["count"] for row in empty),
            "worst": [{**row, "name": names[row["store_id"]]} for row in empty[:MOST_WORST]],
        },
    }


def _riders(shop: "Shop") -> dict[str, Any]:
    on_duty = dispatch.on_duty(shop.db)
    busy = dispatch.count_riding(shop.db, on_duty)
    return {
        "riders": {"on_duty": len(on_duty), "busy": busy, "free": len(on_duty) - busy},
        "waiting_for_rider": dispatch.count_searching(shop.db),
    }
