"""Work that did not get done: the dead letters, seen and replayed by staff."""

from typing import Any

from marshmallow import fields

from blueprints import paging
from blueprints.api import Blueprint
from blueprints.schemas import Id, PageQuery, Schema, page_of
from blueprints.security import allow, current_actor, current_shop
from shopsmart.errors import NotFound
from shopsmart.indexes import OUTBOXES
from shopsmart.infra import jobs as job_queue
from shopsmart.infra import outbox, pulse

blp = Blueprint("admin jobs", __name__, description="Work that did not get done.")


class DeadLettersQuery(PageQuery):
    type = Id()
    subscriber = Id()


class DeadLetterSchema(Schema):
    id = fields.String(required=True)
    subscriber = fields.String(required=True)
    type = fields.String(required=True)
    aggregate = fields.String(required=True)
    error = fields.String(required=True, allow_none=True)
    dead_at = fields.AwareDateTime(required=True)


class ReplaySchema(Schema):
    type = Id()
    subscriber = Id()


class ReplayedSchema(Schema):
    replayed = fields.Integer(required=True)


class QueueStateSchema(Schema):
    name = fields.String(required=True)
    waiting = fields.Integer(required=True)
    started = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    oldest_age_s = fields.Integer(required=True, allow_none=True)


class WorkerSchema(Schema):
    name = fields.String(required=True)
    queue = fields.String(required=True)
    state = fields.String(required=True)
    last_seen = fields.AwareDateTime(required=True, allow_none=True)


class SchedulerSchema(Schema):
    last_tick = fields.AwareDateTime(required=True, allow_none=True)


class DeliveriesSchema(Schema):
    waiting = fields.Integer(required=True)
    oldest_age_s = fields.Integer(required=True, metadata={"description": "How long the first is overdue."})
    dead = fields.Integer(required=True)


class JobsSchema(Schema):
    redis = fields.Boolean(
        required=True,
        metadata={"description": "False: Redis does not answer, queues and workers are unknown."},
    )
    queues = fields.List(fields.Nested(QueueStateSchema), required=True)
    workers = fields.List(fields.Nested(WorkerSchema), required=True)
    scheduler = fields.Nested(SchedulerSchema, required=True)
    deliveries = fields.Nested(DeliveriesSchema, required=True)


@blp.get("/admin/jobs")
@blp.response(200, JobsSchema)
@allow("admin", "super_admin")
def jobs() -> dict[str, Any]:
    """How the work in the background stands"""
    shop = current_shop()
    now = shop.now()
    queued = job_queue.state(shop.redis, now)
    waits = outbox.backlog(shop.db, OUTBOXES, now)
    return {
        "redis": queued is not None,
        **(queued or {"queues": [], "workers": []}),
        "scheduler": {"last_tick": pulse.last(shop.db)},
        "deliveries": {
            "waiting": waits["deliveries_due"],
            "oldest_age_s": round(waits["deliveries_late_seconds"]),
            "dead": waits["deliveries_dead"],
        },
    }


@blp.get("/admin/dead-letters")
@blp.arguments(DeadLettersQuery, location="query")
@blp.response(200, page_of(DeadLetterSchema))
@allow("admin", "super_admin")
def dead_letters(query: dict[str, Any]) -> dict[str, Any]:
    """Events that a subscriber could not digest, oldest first"""
    limit = query["limit"]
    found = outbox.dead_letters(
        current_shop().db,
        query.get("type"),
        query.get("subscriber"),
        after=paging.key_of(query.get("cursor")),
        limit=limit + 1,
    )
    items = [
        {
            "id": row["_id"],
            "subscriber": row["subscriber"],
            "type": row["event"]["type"],
            "aggregate": row["aggregate"],
            "error": row["error"],
            "dead_at": row["dead_at"],
        }
        for row in found[:limit]
    ]
    return paging.page(items, items[-1]["id"] if len(found) > limit else None)


@blp.post("/admin/dead-letters/<delivery_id>/replay")
@blp.response(204)
@allow("admin", "super_admin")
def replay(delivery_id: str) -> None:
    """Try a dead letter again"""
    if not outbox.replay(current_shop(), current_actor(), delivery_id):
        raise NotFound("There is no such dead letter.")


@blp.post("/admin/dead-letters/replay")
@blp.arguments(ReplaySchema)
@blp.response(200, ReplayedSchema)
@allow("admin", "super_admin")
def replay_all(body: dict[str, Any]) -> dict[str, int]:
    """Try all dead letters again, or those of one event type or one subscriber"""
    replayed = outbox.replay_all(current_shop(), current_actor(), body.get("type"), body.get("subscriber"))
    return {"replayed": replayed}
