"""The audit log: who of the staff changed what, from what to what, and why. Append only."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pymongo import DESCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shopsmart.infra import ids

if TYPE_CHECKING:
    from shopsmart.context import Shop
    from shopsmart.identity.model import Actor

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
INDEXES = [
    IndexModel([("subject", DESCENDING), ("_id", DESCENDING)], name="subject"),
    IndexModel([("who", DESCENDING), ("_id", DESCENDING)], name="who"),
    IndexModel([("what", DESCENDING), ("_id", DESCENDING)], name="what"),
    IndexModel(
        [("once", DESCENDING)], name="once", unique=True, partialFilterExpression={"once": {"$exists": True}}
    ),
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
    once: str | None = None,
) -> None:
    """Note a staff write: `what` such as "user.change", `subject` such as "user:<id>".

    `before` and `after` hold the facts that differ and never a secret. With a `session` the entry commits or
    vanishes together with the change; without one, record first what is about to happen. What is recorded
    afterwards, because the change carries its own history, names itself by `once` and is then safe to repeat.
    """
    row: dict[str, Any] = {
        "_id": shop.new_id(),
        "at": shop.now(),
        "who": actor.user_id,
        "roles": sorted(actor.roles),
        "what": what,
        "subject": subject,
        "before": dict(before) if before is not None else None,
        "after": dict(after) if after is not None else None,
        "why": why,
    }
    if once is None:
        shop.db.audit_log.insert_one(row, session=session)
        return
    try:
        shop.db.audit_log.insert_one({**row, "once": once}, session=session)
    except DuplicateKeyError:
        pass  # this very change is on record


def entries(
    db: Database,
    *,
    who: str | None = None,
    what: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    below: str | None = None,
    limit: int = 20,
) -> list[dict[str, Any]]:
    """Rows under the id `below`, newest first; `what` is an action, or the word before its dot for all such."""
    query: dict[str, Any] = {name: value for name, value in (("who", who), ("subject", subject)) if value}
    if what:
        query["what"] = what if "." in what else {"$gte": f"{what}.", "$lt": f"{what}/"}
    bounds: dict[str, str] = {}
    if since is not None:
        bounds["$gte"] = ids.first_of(max(since, _BEGINNING))
    if ends := [text for text in (below, until and ids.first_of(max(until, _BEGINNING))) if text]:
        bounds["$lt"] = min(ends)
    if bounds:
        query["_id"] = bounds
    return list(db.audit_log.find(query).sort("_id", DESCENDING).limit(limit))
