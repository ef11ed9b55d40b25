"""One worker on one queue: `python -m workers critical`."""

import logging
import os
import sys

from rq import SimpleWorker
from rq.serializers import JSONSerializer

from shopsmart import context, settings
from shopsmart.infra import log as log_module
from shopsmart.infra.jobs import QUEUES

log = logging.getLogger("workers")


class Worker(SimpleWorker):
    """Runs jobs in its own process: no orphaned child goes on when it is killed."""


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in QUEUES:
        print(f"usage: python -m workers {'|'.join(QUEUES)}", file=sys.stderr)
        return 2
    config = settings.load()
    log_module.configure(config.log_level)
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    shop = context.from_environment()
    worker = Worker(
        [arguments[0]],
        name=f"{arguments[0]}-{os.getpid()}-{shop.new_id()[-6:]}",
        connection=jobs_connection(config.redis_url),
        serializer=JSONSerializer,
        worker_ttl=30,
        maintenance_interval=15,
        job_monitoring_interval=5,
    )
    print("ready", flush=True)
    worker.work(logging_level="WARNING")
    return 0


def jobs_connection(url: str):  # type: ignore[no-untyped-def]
    """A client that may block for the next job as long as the worker's ttl."""
    import redis

    return redis.Redis.from_url(url, socket_timeout=60, socket_keepalive=True, health_check_interval=15)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
