"""Who is asking, and may they? Every view says who may call it; one that does not keeps the app from starting.

Tokens are JWTs of flask-jwt-extended: in cookies with double-submit CSRF for browsers, as bearer tokens for apps.
A token only names a session; the session, read from MongoDB on each request, decides.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    get_csrf_token,
    get_jwt,
    unset_jwt_cookies,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError

from shopsmart.context import Shop
from shopsmart.errors import Forbidden, Unauthenticated
from shopsmart.identity import service as identity
from shopsmart.identity.model import ROLES, Actor
from shopsmart.identity.service import SignedIn

PUBLIC = frozenset({"public"})  # credentials are not looked at
SHOPPERS = frozenset({"guest", "customer"})  # credentials, when sent, must be good and a customer's
SIGNED_IN = frozenset(ROLES)
ISSUER = "shopsmart"
# The library compares with the machine's clock; the shop's clock has the last word, see `_session_is_dead`.
CLOCK_TOLERANCE_SECONDS = 600

View = TypeVar("View", bound=Callable[..., Any])


def allow(*roles: str) -> Callable[[View], View]:
    """The view may be called by users with one of `roles`. Stands directly above `def`."""
    unknown = set(roles) - set(ROLES)
    if unknown or not roles:
        raise ValueError(f"unknown roles: {unknown}")
    return _marked(frozenset(roles))


def _marked(access: frozenset[str]) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


public = _marked(PUBLIC)
shoppers = _marked(SHOPPERS)
signed_in = _marked(SIGNED_IN)


def limited(name: str) -> Callable[[View], View]:
    """The view also counts against the rate limit `name` (see `limits.py`)."""

    def mark(view: View) -> View:
        view.rate_limit = name  # type: ignore[attr-defined]
        return view

    return mark


def takes_its_time(view: View) -> View:
    """The view works through much data and is not bound to the deadline of ordinary requests."""
    view.takes_its_time = True  # type: ignore[attr-defined]
    return view


def current_shop() -> Shop:
    shop: Shop = current_app.extensions["shopsmart"]
    return shop


def current_actor() -> Actor:
    """Whoever is signed in. Raises Unauthenticated for a guest."""
    if (actor := optional_actor()) is None:
        raise Unauthenticated()
    return actor


def optional_actor() -> Actor | None:
    actor: Actor | None = g.get("actor")
    return actor


def actor_if_any() -> Actor | None:
    """Who is asking a view that is open to all; None as well for tokens that would not be let in elsewhere."""
    if (
        "Authorization" not in request.headers
        and current_app.config["JWT_ACCESS_COOKIE_NAME"] not in request.cookies
    ):
        return None
    try:
        return g.token_actor if verify_jwt_in_request(optional=True) else None
    except (JWTExtendedException, PyJWTError, Unauthenticated):
        return None


class Tokens(JWTManager):
    """flask-jwt-extended's manager, its own error answers left out: ours are problem documents."""

    def _set_error_handler_callbacks(self, app: Flask) -> None:
        """`problems.register` does it for the whole app."""


def register(app: Flask) -> None:
    shop: Shop = app.extensions["shopsmart"]
    secure = shop.settings.cookie_secure
    app.config.update(
        JWT_SECRET_KEY=shop.settings.secret,
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_DECODE_ISSUER=ISSUER,
        JWT_ENCODE_AUDIENCE=shop.settings.env,
        JWT_DECODE_AUDIENCE=shop.settings.env,
        JWT_DECODE_LEEWAY=CLOCK_TOLERANCE_SECONDS,
        JWT_TOKEN_LOCATION=["headers", "cookies"],
        JWT_ACCESS_COOKIE_NAME="__Host-access" if secure else "access",
        JWT_REFRESH_COOKIE_NAME="__Secure-refresh" if secure else "refresh",
        JWT_REFRESH_COOKIE_PATH="/api/v1/auth",
        JWT_COOKIE_SECURE=secure,
        JWT_COOKIE_SAMESITE="Lax",
        JWT_COOKIE_CSRF_PROTECT=True,
        JWT_CSRF_IN_COOKIES=True,
        JWT_SESSION_COOKIE=False,
        JWT_ENCODE_NBF=False,
    )
    manager = Tokens(app)
    manager.token_in_blocklist_loader(_session_is_dead)
    app.before_request(_admit)


def _admit() -> None:
    """Deny by default: an unmatched route is a 404 elsewhere, a matched one must let the caller in."""
    if request.endpoint is None:
        return
    access: frozenset[str] = current_app.view_functions[request.endpoint].access  # type: ignore[union-attr]
    if access == PUBLIC or request.method == "OPTIONS":
        return
    if verify_jwt_in_request(optional=True) is None:
        if "guest" in access:
            return
        raise Unauthenticated("This needs a signed-in user.")
    g.actor = g.token_actor
    if not access & g.actor.roles:
        raise Forbidden("Your role may not do this.")


def _session_is_dead(_header: dict[str, Any], claims: dict[str, Any]) -> bool:
    """Called by the library with each well-signed token. Leaves the actor for `_admit`."""
    shop = current_shop()
    if claims.get("exp", 0) <= shop.now().timestamp():
        raise Unauthenticated("Refresh the session and try again.", code="token_expired")
    if claims["type"] == "refresh":
        return False  # `identity.refresh` judges these: it must see spent ones
    actor = identity.actor_of(shop, session_id=claims.get("sid", ""), user_id=claims["sub"])
    if actor is None:
        raise Unauthenticated("This session has ended; sign in again.", code="token_revoked")
    g.token_actor = actor
    return False


def refresh_claims() -> dict[str, Any]:
    """The claims of the refresh token in this request. Raises the library's errors for a missing or bad one."""
    verify_jwt_in_request(refresh=True, locations=["headers", "cookies"])
    return dict(get_jwt())


def tokens(session: SignedIn) -> dict[str, Any]:
    """`{access_token, refresh_token, expires_in}` naming the session. The same session step gives the same pair."""
    shop = current_shop()
    issued = int(session.issued_at.timestamp())
    common = {"sid": session.session_id, "iat": issued, "jti": session.token_id, "csrf": session.csrf}
    access = create_access_token(
        session.user_id, additional_claims={**common, "exp": issued + shop.settings.access_seconds}
    )
    refresh = create_refresh_token(
        session.user_id, additional_claims={**common, "exp": int(session.expires_at.timestamp())}
    )
    return {
        "access_token": access,
        "refresh_token": refresh,
        "expires_in": shop.settings.access_seconds,
    }


def set_cookies(response: Response, issued: dict[str, Any]) -> None:
    """Both tokens where scripts cannot read them, and the CSRF values where ours can."""
    shop, config = current_shop(), current_app.config
    secure = shop.settings.cookie_secure
    for name, token, path, same_site, seconds in (
        (config["JWT_ACCESS_COOKIE_NAME"], issued["access_token"], "/", "Lax", shop.settings.access_seconds),
        (
            config["JWT_REFRESH_COOKIE_NAME"],
            issued["refresh_token"],
            config["JWT_REFRESH_COOKIE_PATH"],
            "Strict",
            shop.settings.session_idle_seconds,
        ),
    ):
        response.set_cookie(
            name, token, max_age=seconds, path=path, secure=secure, httponly=True, samesite=same_site
        )
    # The readable copies live as long as the session, so that a reloaded page can still refresh it.
    for name, token in (
        ("csrf_access_token", issued["access_token"]),
        ("csrf_refresh_token", issued["refresh_token"]),
    ):
        response.set_cookie(
            name,
            get_csrf_token(token),
            max_age=shop.settings.session_idle_seconds,
            path="/",
            secure=secure,
            samesite="Lax",
        )


def clear_cookies(response: Response) -> None:
    unset_jwt_cookies(response)


def check_every_view_says_who(app: Flask) -> None:
    """Raises RuntimeError naming views without an access mark."""
    silent = sorted(name for name, view in app.view_functions.items() if not hasattr(view, "access"))
    if silent:
        raise RuntimeError(f"these views do not say who may call them: {', '.join(silent)}")
