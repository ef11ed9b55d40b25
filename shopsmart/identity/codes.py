"""Signing in with a code sent to the phone.

The answer never tells whether a number has an account: a code goes to every number that is asked for. An account is
found by a number only after a code has proved it (`phone_key`); what somebody merely wrote into a profile is not
proof, or whoever writes another person's number there would share what that person does later.
"""

import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Forbidden, Invalid, TooManyRequests, Unauthenticated, Unavailable
from shopsmart.identity import service, store
from shopsmart.identity.model import clean_phone
from shopsmart.identity.service import SignedIn

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

_DIGITS = 6


def send(shop: "Shop", phone: str) -> None:
    """Send a new code to `phone`; the one before is void.

    Raises Invalid `invalid_phone`, TooManyRequests `code_sent_already` or `too_many_attempts`, Unavailable
    `sms_unavailable`.
    """
    number, now, settings = _number(phone), shop.now(), shop.settings
    if shop.texter is None:
        raise Unavailable("Signing in by phone is not offered here.", code="sms_unavailable")
    code = f"{shop.rng.randrange(10**_DIGITS):0{_DIGITS}d}"
    digest = _digest(shop, number, code)
    row = {
        "_id": number,
        "digest": digest,
        "tries": 0,
        "sent_at": now,
        "expires_at": now + timedelta(seconds=settings.otp_seconds),
    }
    if not store.put_code(shop.db, number, row, now - timedelta(seconds=settings.otp_resend_seconds)):
        raise TooManyRequests(
            "A code was sent a moment ago.", code="code_sent_already", retry_after=settings.otp_resend_seconds
        )
    refusal = "Too many codes were asked for this number; try again later."
    service.count_attempt(shop, f"otp:{_digest(shop, number, '')}", settings.otp_per_phone, refusal)
    minutes = max(1, settings.otp_seconds // 60)
    try:
        shop.texter.send(number, f"{code} is your ShopSmart code, good for {minutes} minutes. Tell nobody.")
    except Unavailable:
        store.spend_code(shop.db, number, digest)  # nobody has it; the next try need not wait
        raise
    log.info("sign-in code sent")


def verify(shop: "Shop", *, phone: str, code: str, name: str | None = None, locale: str = "en") -> SignedIn:
    """Sign in with a code; a number without an account gets a customer's under `name`.

    Raises Unauthenticated `wrong_sign_in_code`, Invalid `name_required` (the code stays good), Forbidden
    `account_blocked`.
    """
    number = _number(phone)
    digest = _tried(shop, number, code)
    account = store.by_phone(shop.db, number)
    if account is None and not name:
        store.give_try_back(shop.db, number, digest)
        raise Invalid(
            "This number has no account yet; say a name.",
            code="name_required",
            errors={"name": ["Required for a new account."]},
        )
    _spend(shop, number, digest)
    if account is None:
        account = service.enrol_by_phone(shop, name=name or "", phone=number, locale=locale)
    return service.open_session(shop, account["_id"])


def prove_owner(shop: "Shop", account: Mapping[str, Any], code: str) -> None:
    """Use up the code that was sent to the account's own proved number. Raises Forbidden `proof_wrong`."""
    number = account.get("phone_key")
    try:
        if number is None:
            raise _wrong()
        _spend(shop, number, _tried(shop, number, code))
    except Unauthenticated as fault:
        # 401 would tell a browser that the session has ended.
        raise Forbidden("The code is wrong or no longer good.", code="proof_wrong") from fault


def _tried(shop: "Shop", number: str, code: str) -> str:
    """The digest of the right code. Raises Unauthenticated `wrong_sign_in_code`."""
    # Counted before it is compared: however many tries come at once, only so many are ever looked at.
    row = store.try_code(shop.db, number, shop.now(), shop.settings.otp_tries)
    if row is None:
        raise _wrong()
    digest = _digest(shop, number, code.strip())
    if not hmac.compare_digest(row["digest"], digest):
        raise _wrong()
    return digest


def _spend(shop: "Shop", number: str, digest: str) -> None:
    if not store.spend_code(shop.db, number, digest):
        raise _wrong()


def _wrong() -> Unauthenticated:
    return Unauthenticated("This code is wrong or no longer good.", code="wrong_sign_in_code")


def _number(phone: str) -> str:
    number = clean_phone(phone)
    assert number is not None
    return number


def _digest(shop: "Shop", number: str, code: str) -> str:
    # Keyed: six digits are guessed in no time by whoever has only read the database.
    return hmac.new(shop.settings.secret.encode(), f"{number}:{code}".encode(), hashlib.sha256).hexdigest()
