"""The figures of the dashboard agree with what happened."""

from datetime import timedelta

import pytest

from shopsmart.infra import ids
from tests.makers import a_product, a_store, an_admin, bearer


@pytest.fixture
def staff(app, shop):
    return bearer(app, shop, an_admin(shop))


def an_order(shop, clock, store, number, status="placed", took=None, total=10_000, promised=900):
    """Placed now; with `took` delivered so many seconds later."""
    at = clock.now()
    reached = {"placed_at": at}
    if took is not None:
        reached["delivered_at"] = at + timedelta(seconds=took)
    if status == "cancelled":
        reached["cancelled_at"] = at
    shop.db.orders.insert_one(
        {
            "_id": ids.first_of(at)[:-4] + f"{number:04d}",
            "number": f"N-{number}",
            "status": status,
            "created_at": at,
            "milestones": reached,
            "promise": {"seconds": promised, "at": at + timedelta(seconds=promised)},
            "totals": {"total": total},
            "payment": {"refunded": total if status == "cancelled" else 0},
            "lines": [{"quantity": 3, "picked": 2}, {"quantity": 1, "picked": None}],
            "fulfilments": [{"store_id": store["_id"], "state": status}],
        }
    )


def get(client, staff, path):
    answer = client.get(f"/api/v1/admin/analytics/{path}", headers=staff)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_the_live_figures_count_what_happened_in_the_window(client, clock, shop, staff):
    store = a_store(shop)
    a_product(shop, store, units=0)
    an_order(shop, clock, store, 1, "delivered", took=60)  # before the window
    clock.forward(hours=2)
    an_order(shop, clock, store, 2, "delivered", took=600)
    an_order(shop, clock, store, 3, "delivered", took=1_200)
    an_order(shop, clock, store, 4, "cancelled")
    clock.forward(minutes=5)
    an_order(shop, clock, store, 5, "packed")
    clock.forward(seconds=90)

    found = get(client, bearer_again(client, shop), "kpis?window_minutes=30")

    assert found["orders"] == {"placed": 4, "delivered": 2, "cancelled": 1, "active": 1}
    assert found["promise"] == {"kept": 1, "late": 1, "kept_percent": 50.0}
    assert found["minutes_to_door"] == {"p50": 15.0, "p95": 19.5}
    assert found["revenue"] == {"amount": 30_000, "currency": "INR"}
    assert len(found["orders_per_minute"]) == 30
    assert sum(row["count"] for row in found["orders_per_minute"]) == 4
    [queue] = found["queues"]
    assert (queue["packed"], queue["placed"], queue["oldest_age_s"], queue["mode"]) == (1, 0, 90, "open")
    assert found["stock_outs"]["count"] == 1
    assert found["stock_outs"]["worst"][0]["store_id"] == store["_id"]
    assert found["riders"] == {"on_duty": 0, "busy": 0, "free": 0}


def bearer_again(client, shop):
    return bearer(client.application, shop, an_admin(shop))


def test_the_live_figures_read_only_by_index(shop, db):
    since = shop.now()
    plans = [
        db.orders.find({f"milestones.{name}": {"$gte": since}}).explain()
        for name in ("placed_at", "delivered_at", "cancelled_at")
    ]
    plans.append(db.riders.find({"duty": "on_duty"}).explain())
    plans.append(db.delivery_jobs.find({"active_rider": {"$in": ["r"]}}).explain())
    plans.append(db.delivery_jobs.find({"look_at": {"$exists": True}, "state": "searching"}).explain())

    assert [plan for plan in plans if "COLLSCAN" in str(plan["queryPlanner"]["winningPlan"])] == []


def test_a_city_without_orders_has_figures_too(client, staff):
    found = get(client, staff, "kpis")

    assert found["promise"]["kept_percent"] is None
    assert found["minutes_to_door"] == {"p50": None, "p95": None}


def test_sales_are_counted_by_the_day_of_the_city(client, clock, shop):
    store, other = a_store(shop), a_store(shop)
    an_order(shop, clock, store, 1, "delivered", took=600)
    an_order(shop, clock, store, 2, "cancelled")
    clock.forward(hours=15)  # past midnight in Bhubaneswar, the same day in UTC
    an_order(shop, clock, store, 3, "delivered", took=600, total=5_000)

    staff = bearer_again(client, shop)
    days = get(client, staff, f"sales?from=2026-11-19&to=2026-11-21&store_id={store['_id']}")["days"]
    elsewhere = get(client, staff, f"sales?store_id={other['_id']}")["days"]

    assert [(day["day"], day["orders"], day["items"], day["cancelled"]) for day in days] == [
        ("2026-11-19", 0, 0, 0),
        ("2026-11-20", 2, 3, 1),
        ("2026-11-21", 1, 3, 0),
    ]
    assert [day["revenue"]["amount"] for day in days] == [0, 10_000, 5_000]
    assert days[1]["average_basket"]["amount"] == days[1]["refunds"]["amount"] == 10_000
    assert len(elsewhere) == 7
    assert sum(day["orders"] for day in elsewhere) == 0


@pytest.mark.parametrize(
    "period",
    ["from=2026-11-21&to=2026-11-20", "from=2026-01-01&to=2026-11-20", "to=0001-01-01", "from=9999-12-31"],
)
def test_a_period_that_cannot_be_is_refused(client, staff, period):
    answer = client.get(f"/api/v1/admin/analytics/sales?{period}", headers=staff)

    assert (answer.status_code, answer.json["code"]) == (422, "bad_period")
