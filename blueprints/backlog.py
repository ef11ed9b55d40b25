"""The work that waits, as gauges: asked of MongoDB at each scrape, the same whichever process answers."""

import logging
from collections.abc import Iterator

import pymongo
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pymongo.errors import PyMongoError

from shopsmart.context import Shop
from shopsmart.indexes import OUTBOXES
from shopsmart.infra import outbox

log = logging.getLogger(__name__)

MOST_SECONDS = 1.0
GAUGES = {
    "outbox_oldest_seconds": "Age of the oldest event that no relay has brought on",
    "deliveries_late_seconds": "How long ago the most overdue delivery was due",
    "deliveries_due": "Events that subscribers have not done yet",
    "deliveries_dead": "Events given up: dead letters",
}


class _Backlog(Collector):
    """Says nothing while MongoDB does not answer: an alert on silence tells that."""

    def __init__(self, shop: Shop):
        self._shop = shop

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            with pymongo.timeout(MOST_SECONDS):
                found = outbox.backlog(self._shop.db, OUTBOXES, self._shop.now())
        except PyMongoError as fault:
            log.warning("backlog not measured, database away", extra={"fault": str(fault)[:200]})
            return
        for name, text in GAUGES.items():
            yield GaugeMetricFamily(f"shopsmart_{name}", text, value=float(found[name]))  # type: ignore[literal-required]


def text(shop: Shop) -> bytes:
    """The gauges as Prometheus text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Backlog(shop))
    return generate_latest(registry)
