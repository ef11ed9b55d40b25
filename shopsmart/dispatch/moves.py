"""Moving a delivery job: one guarded write with its history and event; then what must follow."""

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from shopsmart.dispatch import store
from shopsmart.dispatch.model import SYSTEM, plan_move
from shopsmart.infra import outbox
from shopsmart.infra.outbox import Event
from shopsmart.orders import service as orders

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

TRIES = 10


def make(
    shop: "Shop",
    job: Mapping[str, Any],
    action: str,
    *,
    roles: Iterable[str] = (SYSTEM,),
    actor_id: str = SYSTEM,
    reason: str | None = None,
    sets: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Take `action` on the job as it was read, and do what follows. None if somebody moved it meanwhile.

    Raises InvalidTransition, Forbidden, and DuplicateKeyError for a rider's second job.
    """
    move = plan_move(job, action, roles=roles, actor_id=actor_id, now=shop.now(), reason=reason, sets=sets)
    rider_id = (sets or {}).get("rider_id") or job["rider_id"]
    event = job_event(
        shop, job, move.step.event, rider_id, state=move.step.next, **({"reason": reason} if reason else {})
    )
    moved = store.apply(shop.db, move, event)
    if moved is None:
        return None
    if job["offer"]:
        ending = "accepted" if action == "assign" else "withdrawn"
        store.close_offer(shop.db, job["offer"]["id"], ending, shop.now())
    return perform(shop, moved)


def perform(shop: "Shop", job: dict[str, Any]) -> dict[str, Any]:
    """Tell the order who rides, if that is still owed. What fails here is done by the next tick. The job."""
    if not job["owes"]:
        return job
    try:
        return _name_rider(shop, job)
    except Exception:
        log.exception("effect failed", extra={"job_id": job["_id"]})
        return job


def _name_rider(shop: "Shop", job: dict[str, Any]) -> dict[str, Any]:
    # Two processes may do this for two moves of one job: whoever finds the job moved on writes its news again,
    # so that the last word is always the newest.
    for _ in range(TRIES):
        orders.set_rider(shop, job["order_id"], job["fulfilment_id"], job["rider"])
        if store.owes_no_more(shop.db, job):
            return {**job, "owes": []}
        job = store.job(shop.db, job["_id"]) or job
    return job


def job_event(shop: "Shop", job: Mapping[str, Any], type_: str, rider_id: str | None, **data: Any) -> Event:
    """An event of this job for its rider's stream (or the asked one's), its store's and the admins'."""
    people = {rider_id, (job["offer"] or {}).get("rider_id")} - {None}
    channels = ["admin", f"store:{job['store_id']}", *sorted(f"rider:{id_}" for id_ in people)]
    return outbox.event(
        shop,
        type_,
        f"job:{job['_id']}",
        job["version"] + 1,
        channels,
        task_id=job["_id"],
        order_id=job["order_id"],
        number=job["number"],
        rider_id=rider_id,
        **data,
    )
