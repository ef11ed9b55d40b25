"""Signing in and out. Browsers keep their tokens in cookies that scripts cannot read, apps get them in the body."""

from collections.abc import Callable
from typing import Any

from flask import Response, after_this_request, request
from flask_jwt_extended import get_jwt, verify_jwt_in_request
from flask_jwt_extended.exceptions import NoAuthorizationError, WrongTokenError
from flask_jwt_extended.utils import get_jwt_request_location
from jwt import ExpiredSignatureError
from marshmallow import fields, validate

from blueprints.api import Blueprint
from blueprints.me import UserSchema, person_name, phone_number, user_view
from blueprints.schemas import ProblemSchema, Schema, Text
from blueprints.security import (
    clear_cookies,
    current_shop,
    limited,
    public,
    refresh_claims,
    set_cookies,
    tokens,
)
from shopsmart.carts import service as carts
from shopsmart.errors import Unauthenticated
from shopsmart.identity import codes, service
from shopsmart.identity.model import LOCALES, MOST_EMAIL_CHARACTERS, PASSWORD_CHARACTERS
from shopsmart.identity.service import SignedIn

blp = Blueprint("auth", __name__, description="Register, sign in, refresh, sign out.")

CART_COOKIE, CART_HEADER = "cart", "X-Cart-ID"
MOST_CART_ID = 120
_LEAST_PASSWORD, _MOST_PASSWORD = PASSWORD_CHARACTERS


class TokenModeSchema(Schema):
    token_mode = fields.String(
        load_default="cookie",
        validate=validate.OneOf(["cookie", "bearer"]),
        metadata={"description": "`cookie` sets cookies and answers no token; `bearer` sets no cookie."},
    )


class RegistrationSchema(TokenModeSchema):
    name = person_name(required=True)
    email = Text(
        most=MOST_EMAIL_CHARACTERS, required=True, metadata={"format": "email", "example": "asha@example.in"}
    )
    password = fields.String(
        required=True,
        validate=validate.Length(_LEAST_PASSWORD, _MOST_PASSWORD),
        metadata={"description": "Any characters. The easily guessed are refused as `password_too_common`."},
    )
    phone = phone_number()
    locale = fields.String(validate=validate.OneOf(LOCALES))


class LoginSchema(TokenModeSchema):
    email = Text(most=MOST_EMAIL_CHARACTERS, required=True)
    password = fields.String(required=True, validate=validate.Length(1, 4 * _MOST_PASSWORD))


class CodeWishSchema(Schema):
    phone = Text(most=32, required=True, metadata={"example": "+919437012345"})


class CodeSentSchema(Schema):
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds that the code is good."})
    resend_in = fields.Integer(
        required=True, metadata={"description": "Seconds until another one may be asked for."}
    )


class CodeSchema(TokenModeSchema):
    phone = Text(most=32, required=True, metadata={"example": "+919437012345"})
    code = Text(most=12, required=True, metadata={"example": "402817"})
    name = person_name(metadata={"description": "For a number without an account."})
    locale = fields.String(validate=validate.OneOf(LOCALES))


class SignedInSchema(Schema):
    user = fields.Nested(UserSchema, required=True)
    access_token = fields.String(metadata={"description": "In bearer mode only."})
    refresh_token = fields.String(metadata={"description": "In bearer mode only."})
    expires_in = fields.Integer(metadata={"description": "Seconds that the access token lives."})


def _refuses(status: int, description: str) -> Callable[[Any], Any]:
    """Documents a refusal that other public calls do not have."""
    decorate: Callable[[Any], Any] = blp.alt_response(
        status, schema=ProblemSchema, content_type="application/problem+json", description=description
    )
    return decorate


@blp.post("/auth/register")
@blp.arguments(RegistrationSchema)
@blp.response(201, SignedInSchema)
@limited("auth")
@public
def register(body: dict[str, Any]) -> dict[str, Any]:
    """Open a customer's account

    409 `email_taken`. A guest's cart, named by the `cart` cookie or `X-Cart-ID`, becomes the customer's.
    """
    mode = body.pop("token_mode")
    return _welcome(service.register(current_shop(), **body), mode)


@blp.post("/auth/login")
@blp.arguments(LoginSchema)
@blp.response(200, SignedInSchema)
@_refuses(401, "E-mail or password is wrong: `wrong_credentials`.")
@_refuses(403, "The account is blocked: `account_blocked`.")
@limited("auth")
@public
def login(body: dict[str, Any]) -> dict[str, Any]:
    """Sign in with e-mail and password

    401 `wrong_credentials`; after too many failures 429 `too_many_attempts`. A guest's cart is merged.
    """
    mode = body.pop("token_mode")
    return _welcome(service.login(current_shop(), **body), mode)


@blp.post("/auth/otp")
@blp.arguments(CodeWishSchema)
@blp.response(202, CodeSentSchema)
@_refuses(503, "Nobody carries text messages here, or not now: `sms_unavailable`.")
@limited("otp")
@public
def send_code(body: dict[str, Any]) -> dict[str, Any]:
    """Send a one-time code to a phone

    The answer is the same whether or not the number has an account. 429 `code_sent_already` within `resend_in`
    seconds.
    """
    shop = current_shop()
    codes.send(shop, body["phone"])
    return {"expires_in": shop.settings.otp_seconds, "resend_in": shop.settings.otp_resend_seconds}


@blp.post("/auth/otp/verify")
@blp.arguments(CodeSchema)
@blp.response(200, SignedInSchema)
@_refuses(401, "The code is wrong, spent or too old: `wrong_sign_in_code`.")
@_refuses(403, "The account is blocked: `account_blocked`.")
@limited("auth")
@public
def verify_code(body: dict[str, Any]) -> dict[str, Any]:
    """Sign in with the code

    A number that never signed in so gets a customer's account and needs a `name`: 422 `name_required` otherwise, and
    the code stays good. Each code has five tries.
    """
    mode = body.pop("token_mode")
    return _welcome(codes.verify(current_shop(), **body), mode)


@blp.post("/auth/refresh")
@blp.response(200, SignedInSchema)
@_refuses(401, "The token is missing, expired, spent, or its session has ended.")
@limited("auth")
@public
def refresh() -> dict[str, Any]:
    """New tokens for the refresh token, which is spent by it

    It comes as the cookie, with the value of `csrf_refresh_token` in `X-CSRF-TOKEN`, or as the bearer token; the
    new ones come the same way. A token spent before ends the session: 401 `token_reused`.
    """
    try:
        claims = refresh_claims()
        return _answer(service.refresh(current_shop(), claims), _mode())
    except Unauthenticated:
        # Else the dead cookies would keep a browser out of what guests may see.
        after_this_request(_without_cookies)
        raise


@blp.post("/auth/logout")
@blp.response(204)
@_refuses(401, "The token has expired or is not ours; or the CSRF value is missing.")
@public
def logout() -> None:
    """End the session, its tokens and cookies

    Takes the access or the refresh token. Safe to repeat, and for somebody who is not signed in.
    """
    claims = _claims_of_either_token()
    after_this_request(_without_cookies)
    if claims:
        service.logout(current_shop(), session_id=claims["sid"], user_id=claims["sub"])


def _claims_of_either_token() -> dict[str, Any] | None:
    """None when there is no token, or its session has ended already. Raises for tokens that prove nothing."""
    try:
        verify_jwt_in_request()
        return dict(get_jwt())
    except (NoAuthorizationError, WrongTokenError, ExpiredSignatureError, Unauthenticated) as fault:
        if isinstance(fault, Unauthenticated) and fault.code == "token_revoked":
            return None
        refused = fault
    try:
        return refresh_claims()
    except (NoAuthorizationError, WrongTokenError):
        if isinstance(refused, NoAuthorizationError):
            return None
        raise refused from None  # expired, and nothing else tells which session to end


def _welcome(session: SignedIn, mode: str) -> dict[str, Any]:
    """The answer of a sign-in; what the guest had in the cart comes along."""
    guest_cart = request.cookies.get(CART_COOKIE) or request.headers.get(CART_HEADER, "")
    if guest_cart and len(guest_cart) <= MOST_CART_ID and "customer" in session.user["roles"]:
        carts.merge(current_shop(), guest_cart, session.user_id)
        if CART_COOKIE in request.cookies:
            after_this_request(_without_cart)
    return _answer(session, mode)


def _answer(session: SignedIn, mode: str) -> dict[str, Any]:
    issued = tokens(session)
    answer = {"user": user_view(session.user)}
    if mode == "bearer":
        return answer | issued

    @after_this_request
    def with_cookies(response: Response) -> Response:
        set_cookies(response, issued)
        return response

    return answer


def _mode() -> str:
    return "bearer" if get_jwt_request_location() == "headers" else "cookie"


def _without_cookies(response: Response) -> Response:
    clear_cookies(response)
    return response


def _without_cart(response: Response) -> Response:
    response.delete_cookie(CART_COOKIE, path="/", secure=current_shop().settings.cookie_secure, httponly=True)
    return response
