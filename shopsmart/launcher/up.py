"""The story of `shopsmart up`: claim the folder, start the servers, then the shop, watch, stop in order."""

import os
import shutil
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import redis
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from shopsmart import settings
from shopsmart.infra import embedded
from shopsmart.launcher import parts, web
from shopsmart.launcher.folder import (
    RUN_VARIABLE,
    DataFolder,
    LaunchError,
    State,
    identify,
    processes_of,
    stop,
)
from shopsmart.launcher.merged_log import MergedLog
from shopsmart.launcher.processes import Part
from shopsmart.launcher.supervisor import SELF, Ended, StopAsked, Supervisor

DEMO_PASSWORD = "shopsmart-demo-1"
DEMO_LOGINS = {
    "customer": ("customer", "customer2"),
    "store manager": ("store",),
    "rider": ("rider", "rider2"),
    "admin": ("admin", "super"),
}
# What a command run beside the platform needs to find it; the secret stays in its own file.
_SHARED = (
    "MONGODB_URI",
    "MONGODB_DATABASE",
    "REDIS_URL",
    "SHOPSMART_DATA",
    "SHOPSMART_HOST",
    "SHOPSMART_PORT",
)
_AWAY_SECONDS = 5


@dataclass(frozen=True)
class Options:
    """What the command line may choose. `api_only` leaves out every page, whatever pages there are."""

    data: Path
    host: str
    port: int
    seed: bool = True
    api_only: bool = False


def up(options: Options, environ: Mapping[str, str]) -> int:
    """Run the platform until told to stop; returns the exit status. Says in one sentence why it cannot."""
    folder = DataFolder(options.data)
    try:
        with folder.claimed():
            _Start(folder, options, environ).run()
        return 0
    except (LaunchError, embedded.EmbeddedError) as fault:
        print(f"shopsmart: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before anything was started
        return 130


class _Start:
    """One start, from the first check to the last stop."""

    def __init__(self, folder: DataFolder, options: Options, environ: Mapping[str, str]):
        self.folder, self.options = folder, options
        self.log = MergedLog(folder.logs)
        self.began = time.monotonic()
        self.run_id = uuid.uuid4().hex
        self.servers: list[Part] = []
        self.environment = self._environment_without_servers(environ)
        self.node = self._find_pages(environ)

    def run(self) -> None:
        if count := self.folder.stop_leftovers():
            self.log.line(SELF, f"stopped {count} processes that an earlier start had left behind")
        self._check_ports()
        self._choose_servers()
        self._check_settings()
        self.supervisor = Supervisor(self.log, self.environment, parts.ROOT, self._remember)
        self._remember({})
        try:
            self.supervisor.heed_signals()
            self._start_servers()
            self._start_shop()
            self._say_where()
            self.supervisor.watch()
        except StopAsked:
            self.log.line(SELF, "stopping")
        finally:
            self._stop()

    def _environment_without_servers(self, environ: Mapping[str, str]) -> dict[str, str]:
        host, port = self.options.host, self.options.port
        own_url = f"http://{parts.reachable(host)}:{port}"
        return {
            "MONGODB_DATABASE": "shopsmart",
            "SHOPSMART_PUBLIC_URL": own_url,
            "SHOPSMART_WEBHOOK_URL": f"{own_url}/api/v1/webhooks/sandbox",
            "PYTHONUNBUFFERED": "1",
            **{name: value for name, value in environ.items() if value != ""},
            "SHOPSMART_DATA": str(self.folder.path),
            "SHOPSMART_HOST": host,
            "SHOPSMART_PORT": str(port),
            RUN_VARIABLE: self.run_id,
        }

    def _find_pages(self, environ: Mapping[str, str]) -> str | None:
        """The Node that serves the web pages, their addresses put into the environment; None without pages."""
        if self.options.api_only:
            return None
        try:
            node, port = web.node(), web.port_of(self.environment)
            web.check_built()
        except web.NoPages as why:
            self.log.line(SELF, f"no web pages: {why}")
            return None
        api_url = f"http://{parts.reachable(self.options.host)}:{self.options.port}"
        # Browsers keep Secure cookies without TLS for this name alone.
        web_url = environ.get("SHOPSMART_WEB_URL") or f"http://localhost:{port}"
        self.environment |= {
            "SHOPSMART_WEB_PORT": str(port),
            "SHOPSMART_WEB_URL": web_url,
            "SHOPSMART_API_URL": environ.get("SHOPSMART_API_URL") or api_url,
            "SHOPSMART_PUBLIC_URL": environ.get("SHOPSMART_PUBLIC_URL") or web_url,
        }
        return node

    def _check_ports(self) -> None:
        self._check_port("SHOPSMART_PORT", self.options.port)
        if self.node:
            self._check_port("SHOPSMART_WEB_PORT", int(self.environment["SHOPSMART_WEB_PORT"]))

    def _check_port(self, variable: str, port: int) -> None:
        host = self.options.host
        if not embedded.port_is_free(host, port):
            raise LaunchError(
                f"Port {port} on {host} cannot be used (something listens there, or it needs more rights): "
                f"free it, or choose another with {variable}={port + 1 if port > 1023 else 8000}."
            )

    def _choose_servers(self) -> None:
        """Servers named by the environment are used, and none is started in their place."""
        remembered = self.folder.ports()
        ports = {}
        if "MONGODB_URI" not in self.environment:
            self._check_space()
            ports["mongo"] = port = embedded.free_port(remembered.get("mongo"))
            self.servers.append(parts.mongo(self.folder.mongo / "db", port))
            self.environment["MONGODB_URI"] = embedded.mongodb_uri(port)
        if "REDIS_URL" not in self.environment:
            ports["redis"] = port = embedded.free_port(remembered.get("redis"))
            self.servers.append(parts.redis(self.folder.redis, port))
            self.environment["REDIS_URL"] = embedded.redis_url(port)
        self.folder.remember_ports(remembered | ports)

    def _check_space(self) -> None:
        free = shutil.disk_usage(self.folder.path).free
        if not self.folder.mongo_is_whole and free < embedded.NEEDED_BYTES:
            raise LaunchError(
                f"The disk of {self.folder.path} has {free // 2**20} MB left and MongoDB needs "
                f"{embedded.NEEDED_BYTES // 2**20}: make room, or name another folder with SHOPSMART_DATA."
            )

    def _check_settings(self) -> None:
        """Find out now what every part would stumble over later."""
        if self.environment.get("SHOPSMART_ENV", "development") != "production":
            self.environment.setdefault("SHOPSMART_SECRET", self.folder.secret())
        try:
            settings.load(self.environment)
        except settings.SettingsError as fault:
            raise LaunchError(f"The environment needs mending: {fault}") from fault

    def _start_servers(self) -> None:
        for part in self.servers:
            self.log.line(SELF, f"{part.name} starts")
        (self.folder.mongo / "db").mkdir(exist_ok=True)
        self.supervisor.start(*self.servers)
        for part in self.servers:
            self._await_server(part)
        names = {part.name for part in self.servers}
        if "mongo" in names:
            self.folder.mark_mongo_whole()
        else:
            _check_mongodb(self.environment["MONGODB_URI"])
            self.log.line(SELF, "mongo: using the server of MONGODB_URI")
        if "redis" not in names:
            _check_redis(self.environment["REDIS_URL"])
            self.log.line(SELF, "redis: using the server of REDIS_URL")

    def _await_server(self, part: Part) -> None:
        """Once more from an empty folder where that loses nothing; else the sentence of what to do."""
        try:
            self.supervisor.until_ready(part.name)
            return
        except Ended as fault:
            if part.name == "mongo" and self.folder.mongo_is_whole:
                raise LaunchError(
                    f"MongoDB cannot open its data in {self.folder.mongo / 'db'}: {self.folder.logs}/mongo.log says "
                    f"why; put a copy back there, or move {self.folder.mongo} away to begin with an empty shop."
                ) from fault
        self.supervisor.stop(part.name)
        if part.name == "mongo":
            self.log.line(SELF, "mongo: an earlier start broke off half-way, begins anew")
            self.folder.begin_mongo_anew()
            (self.folder.mongo / "db").mkdir()
        else:
            self.log.line(
                SELF, f"redis: could not read its file, put aside as {self.folder.put_redis_aside()}"
            )
        self.supervisor.start(part)
        self.supervisor.until_ready(part.name)

    def _start_shop(self) -> None:
        self.supervisor.run_once(parts.indexes())
        self._seed()
        shop = [parts.api(self.environment), *parts.workers(self.environment), parts.scheduler()]
        if self.node:
            shop.append(parts.web_pages(self.node, self.environment))
        for part in shop:
            self.log.line(SELF, f"{part.name} starts")
        self.supervisor.start(*shop)
        self.supervisor.until_ready(*(part.name for part in shop))

    def _seed(self) -> None:
        if not self._has_demo_city():
            return
        if self._seed_mark().exists():
            self.log.line(SELF, "seed: the demo city is there")
            return
        self.supervisor.run_once(parts.seed())
        self._seed_mark().touch()

    def _has_demo_city(self) -> bool:
        return self.options.seed and self.environment.get("SHOPSMART_ENV") != "production"

    def _seed_mark(self) -> Path:
        local = any(part.name == "mongo" for part in self.servers)
        address = "local" if local else self.environment["MONGODB_URI"]
        return self.folder.seed_mark(f"{address} {self.environment['MONGODB_DATABASE']}")

    def _say_where(self) -> None:
        url = f"http://{parts.reachable(self.options.host)}:{self.options.port}"
        lines = [
            f"ShopSmart is ready ({time.monotonic() - self.began:.1f} s)",
            *self._page_addresses(),
            f"  API       {url}/api/v1",
            f"  contract  {url}/api/v1/openapi.json",
            f"  health    {url}/readyz",
            *(f"  {part.name:<9} {self.environment[_ADDRESS_OF[part.name]]}" for part in self.servers),
            f"  data      {self.folder.path} (mails in outbox/, logs in logs/)",
        ]
        if self._has_demo_city():
            lines.append(f"  logins    password {DEMO_PASSWORD}")
            for role, names in DEMO_LOGINS.items():
                lines.append(f"    {role:<14}" + ", ".join(f"{name}@demo.shopsmart.local" for name in names))
        for line in [*lines, "Ctrl-C stops everything."]:
            self.log.plain(line)

    def _page_addresses(self) -> list[str]:
        if not self.node:
            return []
        url = self.environment["SHOPSMART_WEB_URL"]
        return [
            f"  shop      {url}",
            f"  store     {url}/store",
            f"  rider     {url}/ride",
            f"  admin     {url}/admin",
        ]

    def _stop(self) -> None:
        supervisor = self.supervisor
        servers = [part.name for part in self.servers]
        supervisor.stop(*(name for name in supervisor.names() if name not in servers))
        for name in reversed(servers):
            supervisor.stop(name)
        # A worker's job runs in a session of its own and may have survived its worker.
        stop(set(processes_of(self.run_id)), seconds=2.0)
        self.folder.forget()
        self.log.line(SELF, "stopped")
        self.log.close()

    def _remember(self, pids: Mapping[str, int]) -> None:
        state: State = {
            "run": self.run_id,
            "launcher": identify(os.getpid()),
            "parts": {name: identify(pid) for name, pid in pids.items()},
            "environment": {name: self.environment[name] for name in _SHARED},
        }
        self.folder.remember(state)


_ADDRESS_OF = {"mongo": "MONGODB_URI", "redis": "REDIS_URL"}


def _check_mongodb(uri: str) -> None:
    try:
        client: MongoClient = MongoClient(uri, serverSelectionTimeoutMS=_AWAY_SECONDS * 1_000)
        with client:
            hello = client.admin.command("hello")
    except PyMongoError as fault:
        raise LaunchError(
            f"The MongoDB of MONGODB_URI does not answer ({type(fault).__name__}): start it, correct the address, "
            "or unset MONGODB_URI to have a local one."
        ) from fault
    if not hello.get("setName") and hello.get("msg") != "isdbgrid":
        raise LaunchError(
            "The MongoDB of MONGODB_URI is not a replica set, which transactions need: "
            "start it with --replSet, or unset MONGODB_URI to have a local one."
        )


def _check_redis(url: str) -> None:
    client = redis.Redis.from_url(url, socket_connect_timeout=_AWAY_SECONDS, socket_timeout=_AWAY_SECONDS)
    try:
        client.ping()
    except redis.RedisError as fault:
        raise LaunchError(
            f"The Redis of REDIS_URL does not answer ({type(fault).__name__}): start it, correct the address, "
            "or unset REDIS_URL to have a local one."
        ) from fault
    finally:
        client.close()
