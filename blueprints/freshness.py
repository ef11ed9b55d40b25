"""Who changes what lists show sees the change in the next list."""

from flask import Response, request

from blueprints.api import Blueprint
from blueprints.security import current_shop

_READS = {"GET", "HEAD", "OPTIONS"}
_SECONDS = 0.25  # usually some milliseconds; nobody waits for long


def shows_at_once(blp: Blueprint) -> None:
    """After each write through `blp`, this process's live copy takes the change in before the answer is sent.

    Other processes follow by themselves, within a second.
    """
    blp.after_request(_catch_up)


def _catch_up(response: Response) -> Response:
    if request.method not in _READS and response.status_code < 400:
        current_shop().live.catch_up(_SECONDS)
    return response
