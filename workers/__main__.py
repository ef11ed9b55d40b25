"""One worker on one queue: `python -m workers critical`."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import redis
from rq import SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from shopsmart import context, settings
from shopsmart.infra import log as log_module
from shopsmart.infra.jobs import QUEUES

log = logging.getLogger("workers")

JOBS = "workers.jobs."


class ShopJob(Job):
    """A job of ours. Whoever can write to Redis can still not name any other function to be run."""

    @property
    def func(self) -> Callable[..., Any] | None:
        if self.func_name is None or not self.func_name.startswith(JOBS) or self.instance:
            raise ValueError("not a job of the shop")
        function: Callable[..., Any] | None = super().func
        return function


class Worker(SimpleWorker):
    """Runs jobs in its own process: no orphaned child goes on when it is killed."""

    max_connection_wait_time = 5.0
    stopping = False

    def request_stop(self, signum: int, frame: Any) -> None:
        self.stopping = True  # noted before the library tries to tell Redis, which may be away
        super().request_stop(signum, frame)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in QUEUES:
        print(f"usage: python -m workers {'|'.join(QUEUES)}", file=sys.stderr)
        return 2
    config = settings.load()
    log_module.configure(config.log_level)
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    shop = context.from_environment()
    print("ready", flush=True)
    while True:
        worker: Worker | None = None
        try:
            worker = _worker(arguments[0], f"{os.getpid()}-{shop.new_id()[-6:]}", config.redis_url)
            worker.work(logging_level="WARNING")
            return 0
        except redis.ConnectionError as fault:
            if worker is not None and worker.stopping:
                return 0
            # The library waits for a lost Redis between jobs; lost at another moment it gives up, and we do not.
            log.warning("redis lost, beginning anew", extra={"fault": str(fault)[:200]})
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            time.sleep(1)


def _worker(queue: str, name: str, redis_url: str) -> Worker:
    return Worker(
        [queue],
        name=f"{queue}-{name}",
        connection=jobs_connection(redis_url),
        serializer=JSONSerializer,
        job_class=ShopJob,
        worker_ttl=30,
        maintenance_interval=15,
        job_monitoring_interval=5,
    )


def jobs_connection(url: str) -> redis.Redis:
    """A client that may block for the next job as long as the worker's ttl."""
    return redis.Redis.from_url(url, socket_timeout=60, socket_keepalive=True, health_check_interval=15)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
