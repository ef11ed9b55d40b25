"""How the shop says no.

A `ShopError` has a kind (its class), a stable machine `code`, a sentence for people and safe facts. HTTP
statuses are chosen in one place, `blueprints/problems.py`. Codes are listed in `docs/errors.md`.
"""

from typing import Any


class ShopError(Exception):
    """Base of every refusal. `code` is stable; `facts` are safe to show and become members of the answer."""

    code = "error"
    title = "The request was refused"

    def __init__(self, detail: str = "", *, code: str | None = None, **facts: Any):
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.facts = facts
        if code:
            self.code = code


class Invalid(ShopError):
    """The input is wrong in itself. `errors` maps a field to its list of faults."""

    code = "validation_error"
    title = "The input is not valid"

    def __init__(
        self, detail: str = "", *, code: str | None = None, errors: dict[str, Any] | None = None, **facts: Any
    ):
        super().__init__(detail, code=code, **facts)
        self.errors = errors


class Unauthenticated(ShopError):
    """Nobody, or nobody known, is asking."""

    code = "unauthenticated"
    title = "Sign in first"


class Forbidden(ShopError):
    """Known, but not allowed to do this."""

    code = "forbidden"
    title = "Not allowed"


class NotFound(ShopError):
    """Missing, or someone else's: the answer is the same."""

    code = "not_found"
    title = "Not found"


class Conflict(ShopError):
    """Right in itself, but not in the present state of things."""

    code = "conflict"
    title = "Not possible now"


class InvalidTransition(Conflict):
    code = "invalid_transition"
    title = "Not possible in this state"


class OutOfStock(Conflict):
    """`shortages`: one `{sku, name, requested, available}` per short line."""

    code = "out_of_stock"
    title = "Out of stock"


class PreconditionFailed(ShopError):
    """The document changed since the caller read it."""

    code = "precondition_failed"
    title = "It was changed meanwhile"


class MissingKey(ShopError):
    code = "idempotency_key_required"
    title = "An Idempotency-Key header is required"


class TooManyRequests(ShopError):
    """`retry_after`: seconds until it is worth trying again."""

    code = "rate_limited"
    title = "Too many requests"

    def __init__(self, detail: str = "", *, retry_after: int, code: str | None = None, **facts: Any):
        super().__init__(detail, code=code, **facts)
        self.retry_after = retry_after


class Unavailable(ShopError):
    """Something the shop needs does not answer; nothing was promised."""

    code = "unavailable"
    title = "Temporarily unavailable"
    retry_after = 2
