"""The job queue: RQ carries ids of work that MongoDB knows. The only file of `shopsmart` that knows RQ."""

import logging
from collections.abc import Callable

import redis
from rq import Queue
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)

# One queue per worker process: a worker on two queues that dies between pop and start loses the job.
QUEUES = ("critical", "default", "bulk")
JOB_SECONDS = 50
BULK_SECONDS = 1_800


def enqueuer(client: redis.Redis) -> Callable[..., bool]:
    """`enqueue(queue, "package.module.function", *args)`; False when Redis is away (MongoDB's sweep recovers)."""
    queues = {name: Queue(name, connection=client, serializer=JSONSerializer) for name in QUEUES}

    def enqueue(queue: str, function: str, *args: object) -> bool:
        try:
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
