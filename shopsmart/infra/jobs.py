"""The job queue: RQ carries ids of work that MongoDB knows. The only file of `shopsmart` that knows RQ."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import redis
from rq import Queue, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)

# One queue per worker process: a worker on two queues that dies between pop and start loses the job.
QUEUES = ("critical", "default", "bulk")
JOB_SECONDS = 50
BULK_SECONDS = 1_800


# A mark left by a job that got lost keeps others away no longer than the sweep takes to look.
_MARK_MS = 2_000


def begun(client: redis.Redis, function: str) -> None:
    """A job without arguments says so before it looks: what comes from now on takes another."""
    try:
        client.delete(_mark(function))
    except redis.RedisError as fault:
        log.debug("redis away, mark left to run out", extra={"job": function, "fault": str(fault)})


def _mark(function: str) -> str:
    return f"job-waits:{function}"


def enqueuer(client: redis.Redis) -> Callable[..., bool]:
    """`enqueue(queue, "package.module.function", *args)`; False when Redis is away (MongoDB's sweep recovers).

    A job without arguments looks at all that waits: while one waits to begin, no second is queued.
    """
    queues = {name: Queue(name, connection=client, serializer=JSONSerializer) for name in QUEUES}

    def enqueue(queue: str, function: str, *args: object) -> bool:
        try:
            if not args and not client.set(_mark(function), 1, nx=True, px=_MARK_MS):
                return True
            queues[queue].enqueue(
                function,
                args=args,
                job_timeout=BULK_SECONDS if queue == "bulk" else JOB_SECONDS,
                result_ttl=0,
                failure_ttl=86_400,
            )
            return True
        except redis.RedisError as fault:
            log.debug("redis away, job left to the sweep", extra={"job": function, "fault": str(fault)})
            return False

    return enqueue


def state(client: redis.Redis, now: datetime) -> dict[str, Any] | None:
    """`{queues: [{name, waiting, started, failed, oldest_age_s}], workers: [{name, queue, state, last_seen}]}`.

    None when Redis is away.
    """
    try:
        queues = [Queue(name, connection=client, serializer=JSONSerializer) for name in QUEUES]
        return {
            "queues": [_queue_state(queue, now) for queue in queues],
            "workers": [
                {
                    "name": worker.name,
                    "queue": ", ".join(worker.queue_names()),
                    "state": str(getattr(worker.get_state(), "value", worker.get_state())),
                    "last_seen": _utc(worker.last_heartbeat),
                }
                for worker in sorted(Worker.all(client, serializer=JSONSerializer), key=lambda one: one.name)
            ],
        }
    except redis.RedisError as fault:
        log.warning("redis away, queues unknown", extra={"fault": str(fault)[:200]})
        return None


def _queue_state(queue: Queue, now: datetime) -> dict[str, Any]:
    waiting: list[Job] = queue.get_jobs(0, 1)
    since = _utc(waiting[0].enqueued_at) if waiting else None
    return {
        "name": queue.name,
        "waiting": queue.count,
        "started": queue.started_job_registry.count,
        "failed": queue.failed_job_registry.count,
        "oldest_age_s": max(0, round((now - since).total_seconds())) if since else None,
    }


def _utc(moment: datetime | None) -> datetime | None:
    # The library keeps UTC, in some versions without saying so.
    return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
