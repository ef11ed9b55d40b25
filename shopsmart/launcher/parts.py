"""Which processes make up the platform, and how each says that it is ready."""

import http.client
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from shopsmart.infra import embedded
from shopsmart.launcher import web
from shopsmart.launcher.processes import Part

ROOT = Path(__file__).resolve().parents[2]
QUEUES = (
    "critical",
    "default",
    "bulk",
)  # one worker process each: on two queues a killed one would lose a job


def mongo(folder: Path, port: int) -> Part:
    binary = embedded.mongod_binary()
    embedded.check_mongod(binary)
    return Part(
        "mongo",
        embedded.mongod_command(binary, folder, port),
        is_ready=lambda: embedded.mongod_ready(port),
        stop_seconds=20.0,
        shows=_mongod_is_worried,
    )


def redis(folder: Path, port: int) -> Part:
    return Part(
        "redis",
        embedded.redis_command(embedded.redis_binary(), folder, port),
        is_ready=lambda: embedded.redis_ready(port),
        start_seconds=30.0,
        shows=lambda line: "rror" in line or "Fatal" in line,
    )


def _mongod_is_worried(line: str) -> bool:
    """Its thousands of notes stay in its own log; advice for real servers is not for a laptop."""
    try:
        entry = json.loads(line)
    except ValueError:
        return True
    return entry.get("s") in {"E", "F"} or (
        entry.get("s") == "W"
        and entry.get("c") not in {"CONTROL", "NETWORK"}
        and "startupWarnings" not in entry.get("tags", ())
    )


def indexes() -> Part:
    return Part("indexes", [sys.executable, "-m", "shopsmart", "indexes"])


def seed() -> Part:
    return Part("seed", [sys.executable, "-m", "seeds"])


def api(environment: Mapping[str, str]) -> Part:
    """The API and the event streams on one port."""
    host, port = environment["SHOPSMART_HOST"], int(environment["SHOPSMART_PORT"])
    return Part(
        "api",
        [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "deploy/gunicorn.conf.py"), "wsgi:app"],
        is_ready=lambda: _answers(reachable(host), port, "/readyz"),
    )


def workers(environment: Mapping[str, str]) -> list[Part]:
    """One per queue, and one for Amazon SQS where the environment names a queue there."""
    found = [Part(queue, [sys.executable, "-m", "workers", queue]) for queue in QUEUES]
    if environment.get("SHOPSMART_SQS_QUEUE_URL"):
        found.append(Part("sqs", [sys.executable, "-m", "workers.sqs"]))
    return found


def web_pages(node: str, environment: Mapping[str, str]) -> Part:
    """The Next.js server, which passes `/api` on to the API."""
    host, port = environment["SHOPSMART_HOST"], int(environment["SHOPSMART_WEB_PORT"])
    return Part(
        "web",
        [node, str(web.STOREFRONT / ".next" / "standalone" / "serve.mjs")],
        is_ready=lambda: _answers(reachable(host), port, "/icons/icon.svg"),
        shows=lambda line: "rror" in line or "annot" in line,
    )


def scheduler() -> Part:
    return Part("scheduler", [sys.executable, "-m", "workers.scheduler"])


def reachable(host: str) -> str:
    """Where this machine finds a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _answers(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
