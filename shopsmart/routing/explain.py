"""A stored routing trace in words for the customer: nothing of another store's work, only why it was not chosen."""

from collections.abc import Mapping, Sequence
from typing import Any

from shopsmart.routing.model import (
    CHOSEN,
    CLOSING_SOON,
    LEFT_BEFORE,
    LOWER_SCORE,
    NOT_LISTED,
    OVERLOADED,
    SHORT,
    TOO_FAR,
    TOO_LONG,
)

_FRIENDLY = {
    "closed": ("closed", "is closed"),
    "closure": ("closed", "is closed"),
    "outside_hours": ("closed", "is closed"),
    CLOSING_SOON: ("closed", "is about to close"),
    "paused": ("paused", "takes no orders just now"),
    OVERLOADED: ("very_busy", "has too many orders just now"),
    SHORT: ("not_everything", "does not have everything"),
    NOT_LISTED: ("not_everything", "does not have everything"),
    TOO_FAR: ("too_far", "is too far away"),
    TOO_LONG: ("too_slow", "would take too long"),
    LEFT_BEFORE: ("could_not", "could not do it"),
    LOWER_SCORE: ("slower", "would have been slower or is busier"),
}
_FARTHER = ("farther", "is farther away")


def friendly(trace: Sequence[Mapping[str, Any]], store_id: str) -> dict[str, Any]:
    """`{reason, sentence, passed_over}` about the store that serves.

    `reason` is `nearest`, or `next_nearest` when a nearer one was passed over; `passed_over` has the nearer stores
    as `{name, distance_m, reason, sentence}`.
    """
    own = next((row for row in trace if row["store_id"] == store_id), None)
    if own is None:
        return {"reason": "promised", "sentence": "This store was promised to you.", "passed_over": []}
    nearer = [row for row in trace if row["store_id"] != store_id and row["distance_m"] < own["distance_m"]]
    passed = [_passed(row) for row in nearer]
    if not passed:
        sentence = f"{own['name']} is the nearest store that serves you."
        return {"reason": "nearest", "sentence": sentence, "passed_over": []}
    sentence = f"{own['name']} serves you: " + "; ".join(row["sentence"] for row in passed) + "."
    return {"reason": "next_nearest", "sentence": sentence, "passed_over": passed}


def _passed(row: Mapping[str, Any]) -> dict[str, Any]:
    verdict = row["verdict"]
    code, words = _FRIENDLY.get(verdict, _FARTHER) if verdict != CHOSEN else _FARTHER
    return {
        "name": row["name"],
        "distance_m": row["distance_m"],
        "reason": code,
        "sentence": f"{row['name']} {words}",
    }
