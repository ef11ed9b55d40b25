"""`create_app`: the Flask app, its guards in order, its APIs and its OpenAPI document."""

import logging
import re
import time
from typing import Any

import orjson
import pymongo
from flask import Flask, Response, current_app, g, request
from flask.json.provider import JSONProvider
from pymongo.errors import PyMongoError
from werkzeug.middleware.proxy_fix import ProxyFix

from blueprints import images, limits, openapi, operations, overload, problems, security
from blueprints.api import encode
from shopsmart import context
from shopsmart.context import Shop
from shopsmart.errors import Unavailable
from shopsmart.identity import service as identity
from shopsmart.infra import cache, events, metrics
from shopsmart.infra import log as log_module
from shopsmart.settings import SettingsError

log = logging.getLogger(__name__)
_GOOD_REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}\Z")
API_PREFIX = "/api/v1"


class OrjsonProvider(JSONProvider):
    """Strict JSON: no NaN, no duplicate meaning, fast."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return encode(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)


class BoundedFlask(Flask):
    """So many requests are worked on at once (`overload`), and each has one deadline for all its database calls
    together, its wait included; a view may ask for more time by its mark."""

    def full_dispatch_request(self) -> Response:
        view = self.view_functions.get(request.endpoint or "")
        gate = self._gate()
        if gate is None or getattr(view, "takes_its_time", False):
            return self._within(0.0, view)
        try:
            with gate.place() as waited:
                return self._within(waited, view)
        except Unavailable as busy:  # by the gate: what views raise has been answered within
            _begin()
            return self.finalize_request(problems.refused(busy))

    def _gate(self) -> overload.Gate | None:
        if request.url_rule is None:
            return None
        gates: overload.Gates = self.extensions["overload"]
        return gates.of(request.method, request.url_rule.rule)

    def _within(self, waited: float, view: Any) -> Response:
        if getattr(view, "takes_its_time", False):
            return super().full_dispatch_request()
        seconds = self.extensions["shopsmart"].settings.request_seconds
        with pymongo.timeout(seconds - waited if waited < seconds else 0.001):
            return super().full_dispatch_request()


def create_app(shop: Shop | None = None, *, answers_checked: bool = False) -> Flask:
    """The API over `shop` (the environment's by default). Raises SettingsError for an unusable environment."""
    shop = shop or context.from_environment()
    if shop.settings.production:
        _refuse_demo_accounts(shop)
    app = BoundedFlask("shopsmart", static_folder=None)
    app.json = OrjsonProvider(app)
    app.url_map.strict_slashes = False
    app.extensions["shopsmart"] = shop
    app.extensions["overload"] = overload.Gates(
        shop.settings.requests_at_once, shop.settings.requests_waiting, time.monotonic
    )
    app.extensions["event_hub"] = events.Hub(cache.streaming(shop.settings.redis_url), shop.db)
    app.config.update(
        SECRET_KEY=shop.settings.secret,
        MAX_CONTENT_LENGTH=shop.settings.max_body_bytes,
        ANSWERS_CHECKED=answers_checked,
        PROPAGATE_EXCEPTIONS=False,
        **openapi.CONFIG,
    )
    if hops := shop.settings.proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.before_request(_begin)
    limits.register(app)
    security.register(app)
    limits.register_named(app)
    problems.register(app)
    app.register_blueprint(operations.blp)
    app.register_blueprint(images.served)
    openapi.register(app)
    security.check_every_view_says_who(app)
    app.after_request(_finish)
    return app


def _refuse_demo_accounts(shop: Shop) -> None:
    """Raises SettingsError. Without a database to ask, it goes on: login lets none of them in either."""
    try:
        there_are_some = identity.demo_accounts_exist(shop.db)
    except PyMongoError as fault:
        log.warning("demo accounts not looked for, database away", extra={"fault": str(fault)[:300]})
        return
    if there_are_some:
        raise SettingsError(
            [
                "This database holds demo accounts (…@demo.shopsmart.local), whose password everybody knows: "
                "start production with a database of its own, or remove them first"
            ]
        )


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _GOOD_REQUEST_ID.match(given) else current_app.extensions["shopsmart"].new_id()
    g.began = time.perf_counter()
    log_module.request_id.set(g.request_id)


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    route = request.url_rule.rule if request.url_rule else "unmatched"
    metrics.REQUESTS.labels(route, request.method, response.status_code).inc()
    if "began" in g and not response.is_streamed:
        metrics.REQUEST_SECONDS.labels(route, request.method).observe(time.perf_counter() - g.began)
    return response
