"""The job queue: RQ carries ids of work that MongoDB knows. The only file of `shopsmart` that knows RQ."""

import logging
import time
from collections.abc import Callable

import redis
from rq import Queue
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)

# One queue per worker process: a worker on two queues that dies between pop and start loses the job.
QUEUES = ("critical", "default", "bulk")
JOB_SECONDS = 50
_AWAY_SECONDS = 1.0


def enqueuer(client: redis.Redis) -> Callable[..., bool]:
    """`enqueue(queue, "package.module.function", *args)`; False when Redis is away (MongoDB's sweep recovers)."""
    queues = {name: Queue(name, connection=client, serializer=JSONSerializer) for name in QUEUES}
    away_until = 0.0

    def enqueue(queue: str, function: str, *args: object) -> bool:
        nonlocal away_until
        if time.monotonic() < away_until:
            return False
        try:
            queues[queue].enqueue(
                function, args=args, job_timeout=JOB_SECONDS, result_ttl=0, failure_ttl=86_400
            )
            return True
        except redis.RedisError as fault:
            away_until = time.monotonic() + _AWAY_SECONDS
            log.warning("redis away, job left to the sweep", extra={"job": function, "fault": str(fault)})
            return False

    return enqueue
