"""Rate limits of the HTTP edge: per address for all, tighter for sign-in and for placing orders."""

from flask import Flask, Response, current_app, g, request

from blueprints.security import current_shop, optional_actor
from shopsmart.errors import TooManyRequests
from shopsmart.infra import rates

FREE_OF_LIMITS = {
    "operations.healthz",
    "operations.readyz",
    "operations.metrics",
    "image_files.placeholder",
    "image_files.image_file",
}


def register(app: Flask) -> None:
    app.before_request(_spend_by_address)
    app.after_request(_tell)


def register_named(app: Flask) -> None:
    """The limits by name; they may look at the user, so they come after `security.register`."""
    app.before_request(_spend_by_name)


def _spend_by_address() -> None:
    if request.endpoint not in FREE_OF_LIMITS:
        _spend("address", _address(), current_shop().settings.rate_per_address)


def _spend_by_name() -> None:
    if request.endpoint is None:
        return
    name = getattr(current_app.view_functions[request.endpoint], "rate_limit", None)
    settings = current_shop().settings
    if name == "auth":
        _spend("auth", _address(), settings.rate_auth_per_address)
    elif name == "otp":
        _spend("auth", _address(), settings.rate_auth_per_address)
        _spend("otp", _address(), settings.rate_otp_per_address)
    elif name == "orders":
        actor = optional_actor()
        _spend("orders", actor.user_id if actor else _address(), settings.rate_orders_per_user)


def _spend(name: str, who: str, limit: int) -> None:
    if not limit:
        return
    allowance = rates.spend(current_shop(), name, who, limit)
    g.allowance = allowance
    if not allowance.allowed:
        raise TooManyRequests("Too many requests; slow down.", retry_after=allowance.reset_seconds)


def _tell(response: Response) -> Response:
    if (allowance := g.get("allowance")) is not None:
        response.headers["RateLimit-Limit"] = str(allowance.limit)
        response.headers["RateLimit-Remaining"] = str(allowance.remaining)
        response.headers["RateLimit-Reset"] = str(allowance.reset_seconds)
    return response


def _address() -> str:
    return request.remote_addr or "unknown"
