"""Identifiers: 26 characters, sortable by time, unguessable in their last 80 bits (the ULID layout)."""

import secrets
from collections.abc import Callable
from datetime import datetime

# Crockford's base 32, lower case: no i, l, o, u. https://github.com/ulid/spec
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def id_maker(now: Callable[[], datetime]) -> Callable[[], str]:
    """A function that makes new ids stamped with `now`."""

    def new_id() -> str:
        return _text(int(now().timestamp() * 1000) << 80 | secrets.randbits(80))

    return new_id


def first_of(moment: datetime) -> str:
    """The smallest id that `moment` may have: ids made from then on sort at or after it."""
    return _text(int(moment.timestamp() * 1000) << 80)


def _text(number: int) -> str:
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
