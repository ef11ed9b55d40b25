"""Health, readiness and metrics, without the API's prefix."""

import os

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from pymongo.errors import PyMongoError
from redis import RedisError

from blueprints import backlog
from blueprints.api import as_json
from blueprints.security import current_shop, public
from shopsmart import checker

blp = Blueprint("operations", __name__)


@blp.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return as_json({"status": "ok"})


@blp.get("/readyz")
@public
def readyz() -> Response:
    """200 with a MongoDB primary; Redis and the queue are reported, not required."""
    shop = current_shop()
    report = {"mongodb": "ok", "redis": "ok", "status": "ready"}
    try:
        if not shop.db.client.admin.command("hello").get("isWritablePrimary"):
            report |= {"mongodb": "no primary", "status": "not ready"}
    except PyMongoError:
        report |= {"mongodb": "away", "status": "not ready"}
    try:
        shop.redis.ping()
    except RedisError:
        report["redis"] = "away"
    return as_json(report, 200 if report["status"] == "ready" else 503)


@blp.get("/metrics")
@public
def metrics() -> Response:
    """Prometheus text, over all processes where PROMETHEUS_MULTIPROC_DIR is set."""
    try:
        checker.measure(current_shop())
    except PyMongoError:
        pass  # the other figures are worth most just then
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)
    text = generate_latest(registry) + backlog.text(current_shop())
    return Response(text, content_type=CONTENT_TYPE_LATEST)
