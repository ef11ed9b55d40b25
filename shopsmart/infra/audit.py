"""The audit log: who of the staff changed what, from what to what, and why. Append only."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pymongo import DESCENDING, IndexModel
from pymongo.client_session import ClientSession

if TYPE_CHECKING:
    from shopsmart.context import Shop
    from shopsmart.identity.model import Actor

INDEXES = [
    IndexModel([("subject", DESCENDING), ("_id", DESCENDING)], name="subject"),
    IndexModel([("who", DESCENDING), ("_id", DESCENDING)], name="who"),
]


def record(
    shop: "Shop",
    actor: "Actor",
    what: str,
    subject: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    why: str = "",
    *,
    session: ClientSession | None = None,
) -> None:
    """Note a staff write: `what` such as "user.change", `subject` such as "user:<id>".

    `before` and `after` hold the facts that differ and never a secret. With a `session` the entry commits or
    vanishes together with the change; without one, record first what is about to happen.
    """
    shop.db.audit_log.insert_one(
        {
            "_id": shop.new_id(),
            "at": shop.now(),
            "who": actor.user_id,
            "roles": sorted(actor.roles),
            "what": what,
            "subject": subject,
            "before": dict(before) if before is not None else None,
            "after": dict(after) if after is not None else None,
            "why": why,
        },
        session=session,
    )
