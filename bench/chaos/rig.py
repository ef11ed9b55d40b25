"""The whole platform as processes of the rig's own, in a temporary folder, on free ports, with proxies in between."""

import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pymongo.errors import PyMongoError

from bench.chaos.processes import ROOT, Process
from bench.chaos.proxy import Proxy
from bench.chaos.replica_set import SIZE, ReplicaSet
from shopsmart import context, indexes, settings
from shopsmart.infra import embedded
from shopsmart.launcher import parts
from shopsmart.launcher.folder import RUN_VARIABLE, processes_of, stop

# Work that a killed worker had taken comes back after this long; a minute in a city, less here to keep the tour short.
LEASE_SECONDS = 15
_RESTART_SECONDS = 1.0  # as the supervisor of `shopsmart up` waits before it starts a part again
_READY_SECONDS = 60.0
# A fresh MongoDB takes 300 MB for its journal alone.
_MONGO_DISK_MB = 640
_REDIS_DISK_MB = 24
_LOG_DISK_MB = 160


class Rig:
    """Use as a context manager: everything is stopped and removed at the end, whatever happened.

    `url` reaches the API directly, `proxied_url` through the proxy. `shop` is a shop over the same servers, for
    setting the scene and for looking at the outcome.
    """

    def __init__(self, seed: int = 1, election_ms: int = 10_000):
        self.seed = seed
        self.folder = Path(tempfile.mkdtemp(prefix="shopsmart-chaos-"))
        self._run = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._processes: list[Process] = []
        own = _free_ports(2 * SIZE + 4)
        mongo, seen_as = own[:SIZE], own[SIZE : 2 * SIZE]
        self.redis_port, redis_seen_as, self.api_port, api_seen_as = own[2 * SIZE :]
        self.url = f"http://{embedded.HOST}:{self.api_port}"
        self.proxied_url = f"http://{embedded.HOST}:{api_seen_as}"
        self._routes = {
            **{f"mongo{number}": (seen_as[number], mongo[number]) for number in range(SIZE)},
            "redis": (redis_seen_as, self.redis_port),
            "api": (api_seen_as, self.api_port),
        }
        bare = {**os.environ, RUN_VARIABLE: self._run, "PYTHONUNBUFFERED": "1"}
        self.replica_set = ReplicaSet(self.folder, mongo, seen_as, bare, election_ms)
        self.environment = bare | {
            "MONGODB_URI": self.replica_set.uri,
            "MONGODB_DATABASE": "shopsmart",
            "REDIS_URL": embedded.redis_url(redis_seen_as),
            "SHOPSMART_ENV": "development",
            "SHOPSMART_DATA": str(self.folder / "data"),
            "SHOPSMART_HOST": embedded.HOST,
            "SHOPSMART_SECRET": "a secret for one tour of the chaos rig and no longer",
            "SHOPSMART_PUBLIC_URL": self.url,
            "SHOPSMART_WEBHOOK_URL": f"{self.url}/api/v1/webhooks/sandbox",
            "SHOPSMART_RATE_PER_ADDRESS": "0",
            "SHOPSMART_RATE_AUTH_PER_ADDRESS": "0",
            "SHOPSMART_RATE_ORDERS_PER_USER": "0",
            "SHOPSMART_PASSWORD_MEMORY_KIB": "1024",
            "SHOPSMART_ACCESS_SECONDS": "14400",
            "SHOPSMART_LEASE_SECONDS": str(LEASE_SECONDS),
        }
        self.redis = Process(
            "redis",
            embedded.redis_command(embedded.redis_binary(), self.folder / "redis", self.redis_port),
            bare,
            self.folder,
        )
        self._logs = self.folder / "logs"  # of the shop's own parts
        self._started: list[Process] = []
        self._mounted: list[Path] = []

    def __enter__(self) -> "Rig":
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        self.proxy = Proxy(self._routes, self.seed, self.folder / "proxy.log")
        self.small_disk = self.replica_set.folders[0] if self._mount("mongo0", _MONGO_DISK_MB) else None
        self.small_redis_disk = self.folder / "redis" if self._mount("redis", _REDIS_DISK_MB) else None
        self.small_log_disk = self._logs if self._mount("logs", _LOG_DISK_MB) else None
        self.start_redis()
        self.replica_set.start()
        self.shop = context.build(settings.load(self.environment))
        _until(self._indexed, "the indexes", 60)
        self.api = self.api_process("api", self.api_port)
        self.workers = [self._process(part.name, part.command) for part in parts.workers({})]
        self.scheduler = self._process("scheduler", parts.scheduler().command)
        self._started = [self.api, *self.workers, self.scheduler]
        for process in self._started:
            process.start()
        self.wait_ready()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _mount(self, name: str, megabytes: int) -> bool:
        """A disk of its own for a part, small enough to be filled. False where mounting is refused."""
        folder = self.folder / name
        folder.mkdir()
        options = ["-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder)]
        try:
            done = subprocess.run(["mount", *options], capture_output=True, check=False)
        except OSError:
            return False
        if done.returncode == 0:
            self._mounted.append(folder)
        return done.returncode == 0

    def _indexed(self) -> bool:
        try:
            indexes.ensure_all(self.shop.db)
        except PyMongoError:
            return False  # the set has only just chosen its primary
        return True

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with self._lock:
            for process in reversed(self._processes):
                process.stop(5.0)
            if self.redis.alive:
                self.redis.kill()
            self.replica_set.stop()
        if hasattr(self, "proxy"):
            self.proxy.stop()
        if hasattr(self, "shop"):
            self.shop.db.client.close()
            self.shop.redis.close()
        stop(set(processes_of(self._run)), seconds=2.0)
        for folder in self._mounted:
            subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- parts -------------------------------------------------------------------------------------------------

    def _process(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> Process:
        process = Process(name, command, environment or self.environment, self._logs)
        self._processes.append(process)
        return process

    def api_process(self, name: str, port: int, **changes: str) -> Process:
        """An API server on `port`, not started yet. `changes` go into its environment."""
        environment = {
            **self.environment,
            "SHOPSMART_PORT": str(port),
            "PROMETHEUS_MULTIPROC_DIR": str(self.folder / f"metrics-{name}"),
            **changes,
        }
        return self._process(
            name,
            [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "deploy/gunicorn.conf.py"), "wsgi:app"],
            environment,
        )

    def other_process(self, name: str, command: list[str]) -> Process:
        """A process beside the platform (nginx, say), stopped with it."""
        return self._process(name, command)

    def start_redis(self, *, empty: bool = False) -> None:
        """Start Redis and wait for it; `empty` as if its disk had been lost."""
        folder = self.folder / "redis"
        folder.mkdir(exist_ok=True)
        if empty:
            for file in folder.iterdir():
                shutil.rmtree(file) if file.is_dir() else file.unlink()
        self.redis.start()
        _until(lambda: embedded.redis_ready(self.redis_port), "redis", 20)

    def mend(self) -> None:
        """Bring everything back that a scenario may have left broken, and wait until all is well."""
        self.proxy.set(*self._routes)
        for member in self.replica_set.members:
            if member.alive:
                member.resume()
            else:
                member.start()
        if self.redis.alive:
            self.redis.resume()
        else:
            self.start_redis()
        self.replica_set.wait_whole()
        self.wait_ready()

    @contextmanager
    def other_settings(self, *names: str, **changes: str) -> Iterator[None]:
        """Run the named parts (all by default) under other environment variables, then as before."""
        chosen = [process for process in self._started if not names or process.name in names]
        before = {process.name: process.environment for process in chosen}
        self._restart(chosen, lambda process: {**process.environment, **changes})
        try:
            yield
        finally:
            self._restart(chosen, lambda process: before[process.name])

    def _restart(self, chosen: list[Process], environment: Callable[[Process], dict[str, str]]) -> None:
        with self._lock:
            for process in chosen:
                process.stop(8.0)
                process.environment = environment(process)
                process.start()
        self.wait_ready()

    def wait_ready(self, port: int | None = None, seconds: float = _READY_SECONDS) -> None:
        """Until the API takes orders."""
        wait_until_ready(port or self.api_port, seconds)

    def _watch(self) -> None:
        """Start parts of the shop again that ended; servers are the scenario's own business."""
        due: dict[str, float] = {}
        while not self._ended.wait(0.1):
            with self._lock:
                for process in self._processes:
                    if not process.wanted or process.alive:
                        due.pop(process.name, None)
                    elif time.monotonic() >= due.setdefault(
                        process.name, time.monotonic() + _RESTART_SECONDS
                    ):
                        process.start()

    # --- looking -----------------------------------------------------------------------------------------------

    def drain(self, seconds: float = 120.0) -> bool:
        """Wait until every event has reached its subscribers. False when some did not in time."""
        give_up_at = time.monotonic() + seconds
        while time.monotonic() < give_up_at:
            try:
                if not self._undone():
                    return True
            except PyMongoError:
                pass  # still mending
            time.sleep(0.3)
        return False

    def _undone(self) -> bool:
        db = self.shop.db
        return bool(
            db.orders.find_one({"outbox.0": {"$exists": True}}, {"_id": 1})
            or db.delivery_jobs.find_one({"outbox.0": {"$exists": True}}, {"_id": 1})
            or db.deliveries.find_one({"state": "due"}, {"_id": 1})
            or db.orders.find_one({"status": "holding"}, {"_id": 1})
            or db.orders.find_one({"effects.0": {"$exists": True}}, {"_id": 1})
        )

    def keep_logs(self) -> Path:
        """Copy logs and journals out of the folder that is about to go."""
        kept = Path(tempfile.mkdtemp(prefix="shopsmart-chaos-kept-"))
        for file in [*self.folder.glob("*.log"), *self._logs.glob("*.log"), *self.folder.glob("*.jsonl")]:
            shutil.copy(file, kept)
        return kept


def wait_until_ready(port: int, seconds: float = _READY_SECONDS) -> None:
    """Until the API on `port` takes orders. Raises TimeoutError."""
    _until(lambda: answers(port, "/readyz") == 200, "the API", seconds)


def answers(port: int, path: str, seconds: float = 6.0) -> int | None:
    """The status of a GET, None when there is no answer."""
    connection = http.client.HTTPConnection(embedded.HOST, port, timeout=seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _until(condition: Callable[[], bool], what: str, seconds: float) -> None:
    give_up_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{what} did not come up within {seconds:.0f} s")
        time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    ports: list[int] = []
    while len(ports) < count:
        if (port := embedded.free_port()) not in ports:
            ports.append(port)
    return ports
