"""Cursors: where the next page begins, signed, so that only our own come back."""

import base64
import hashlib
import hmac
from typing import Any

import orjson
from flask import current_app

from shopsmart.errors import Invalid

_SIGNATURE_BYTES = 9


def cursor_of(key: Any) -> str:
    """An opaque cursor for a JSON-able sort key."""
    text = orjson.dumps(key)
    return base64.urlsafe_b64encode(_sign(text) + text).decode().rstrip("=")


def key_of(cursor: str | None) -> Any:
    """The sort key in a cursor, None for the first page. Raises Invalid `invalid_cursor`."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError as fault:
        raise Invalid("This cursor was not made here.", code="invalid_cursor") from fault
    signature, text = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(text)):
        raise Invalid("This cursor was not made here.", code="invalid_cursor")
    return orjson.loads(text)


def page(items: list[Any], next_key: Any) -> dict[str, Any]:
    """`{"items": …, "next": …}`; `next_key` None ends the list."""
    return {"items": items, "next": None if next_key is None else cursor_of(next_key)}


def _sign(text: bytes) -> bytes:
    secret = f"cursor:{current_app.config['SECRET_KEY']}".encode()
    return hmac.new(secret, text, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
