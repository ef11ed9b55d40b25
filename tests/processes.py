"""Real processes of the platform for tests: a server, a worker, a scheduler, each stopped at the end."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from shopsmart.infra import embedded

ROOT = Path(__file__).resolve().parents[1]
BARE = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("SHOPSMART_", "MONGODB_", "REDIS_", "AWS_", "PROMETHEUS_"))
}


def environment_of(settings, **changes: object) -> dict[str, str]:
    """What makes a process use the servers and the database of `settings`."""
    return {
        **BARE,
        "SHOPSMART_ENV": "test",
        "MONGODB_URI": settings.mongodb_uri,
        "MONGODB_DATABASE": settings.mongodb_database,
        "REDIS_URL": settings.redis_url,
        "SHOPSMART_DATA": str(settings.data_dir),
        "SHOPSMART_PASSWORD_MEMORY_KIB": str(settings.password_memory_kib),
        "SHOPSMART_RATE_PER_ADDRESS": "0",
        "SHOPSMART_COOKIE_SECURE": "true",
        **{name: str(value) for name, value in changes.items()},
    }


@contextmanager
def python_process(environment: Mapping[str, str], log: Path, *arguments: str) -> Iterator[subprocess.Popen]:
    """`python arguments…`, its words in `log`; terminated, then killed, at the end."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(condition, seconds: float = 20.0, every: float = 0.05, log: Path | None = None):
    """The first true answer of `condition()`."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if answer := condition():
            return answer
        time.sleep(every)
    said = log.read_text()[-3_000:] if log and log.exists() else ""
    raise AssertionError(f"it did not happen within {seconds} s\n{said}")


@contextmanager
def api_server(settings, folder: Path, **changes: object) -> Iterator[str]:
    """The API under gunicorn and gevent, one process; its address."""
    port = embedded.free_port()
    environment = environment_of(
        settings,
        SHOPSMART_PORT=port,
        SHOPSMART_API_WORKERS=1,
        PROMETHEUS_MULTIPROC_DIR=folder / "m",
        **changes,
    )
    log = folder / "api.log"
    arguments = ("-m", "gunicorn", "--config", str(ROOT / "deploy/gunicorn.conf.py"), "wsgi:app")
    with python_process(environment, log, *arguments):
        url = f"http://127.0.0.1:{port}"
        until(lambda: _answers(f"{url}/readyz"), 40, log=log)
        yield url


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def own_redis(folder: Path, port: int | None = None) -> Iterator[tuple[str, subprocess.Popen]]:
    """A Redis that a test may empty, freeze and stop: its url and process."""
    port = port or embedded.free_port()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "redis.log").open("ab") as log:
        process = subprocess.Popen(
            embedded.redis_command(embedded.redis_binary(), folder, port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: embedded.redis_ready(port))
        yield embedded.redis_url(port), process
    finally:
        process.kill()
        process.wait()
