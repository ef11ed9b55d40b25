"""What Prometheus is told of the work that waits."""

import dataclasses
import re

from pymongo import MongoClient
from pymongo.database import Database

from shopsmart import checker
from shopsmart.indexes import OUTBOXES
from shopsmart.infra import outbox
from tests.blueprints.test_admin_jobs import a_dead_letter
from workers.subscriptions import SOURCES


def gauges(client):
    text = client.get("/metrics").text
    return {
        name: float(value) for name, value in re.findall(r"^(shopsmart_[a-z_]+) ([0-9.e+]+)$", text, re.M)
    }


def test_the_work_that_waits_is_measured(client, shop, clock):
    event = outbox.event(shop, "order.placed", "order:1", 1)
    shop.db.orders.insert_one({"_id": "1", "key": "1", "number": "1", "status": "thing", "outbox": [event]})
    clock.forward(seconds=90)
    late = outbox.event(shop, "thing.moved", "thing:1", 1)
    shop.db.delivery_jobs.insert_one({"_id": "1", "outbox": [late]})
    outbox.relay(shop, ["delivery_jobs"], {"thing.moved": [("mail", "default")]})
    a_dead_letter(shop, "e1")
    clock.forward(seconds=shop.settings.lease_seconds + 7)

    told = gauges(client)

    assert told["shopsmart_outbox_oldest_seconds"] == 90 + shop.settings.lease_seconds + 7
    assert told["shopsmart_deliveries_late_seconds"] == 7
    assert (told["shopsmart_deliveries_due"], told["shopsmart_deliveries_dead"]) == (1, 1)
    assert "shopsmart_event_streams" in told


def test_nothing_waiting_is_told_as_nothing(client):
    told = gauges(client)

    assert told["shopsmart_outbox_oldest_seconds"] == told["shopsmart_deliveries_late_seconds"] == 0
    assert told["shopsmart_deliveries_due"] == told["shopsmart_deliveries_dead"] == 0


def test_metrics_go_on_without_the_database(app, client, shop):
    away: Database = MongoClient("mongodb://127.0.0.1:9", serverSelectionTimeoutMS=20)["shopsmart"]
    app.extensions["shopsmart"] = dataclasses.replace(shop, db=away)

    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert "shopsmart_deliveries_due" not in answer.text


def test_the_relay_reads_every_collection_that_carries_events():
    assert set(SOURCES) == set(OUTBOXES) == set(checker.WITH_OUTBOX)
