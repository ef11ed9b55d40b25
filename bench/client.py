"""What every bench needs: a caller over HTTP, a platform of its own, threads that start together."""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PASSWORD = "shopsmart-demo-1"
# A place of its own, far from the demo city's fences, inside the region.
PLACE = {"type": "Point", "coordinates": [86.4, 20.9]}
READY_SECONDS = 180


@dataclass
class Answer:
    status: int
    body: dict[str, Any]
    seconds: float


class Caller:
    """One kept-alive connection with somebody's token."""

    def __init__(self, url: str, token: str = ""):
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self.token = token

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {"Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        began = time.perf_counter()
        self.connection.request(
            method, f"/api/v1{path}", json.dumps(body) if body is not None else None, sent
        )
        response = self.connection.getresponse()
        raw = response.read()
        return Answer(response.status, json.loads(raw) if raw else {}, time.perf_counter() - began)

    def must(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        answer = self.call(method, path, body, **headers)
        if answer.status >= 300:
            raise SystemExit(f"{method} {path} answered {answer.status}: {answer.body}")
        return answer.body


class own_platform:
    """A platform in a temporary folder, on a free port; stopped and removed at the end."""

    def __init__(self, **settings: str):
        self.folder = Path(tempfile.mkdtemp(prefix="shopsmart-bench-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {
            **os.environ,
            "SHOPSMART_DATA": str(self.folder),
            "SHOPSMART_PORT": str(self.port),
            "SHOPSMART_RATE_PER_ADDRESS": "0",
            "SHOPSMART_RATE_AUTH_PER_ADDRESS": "0",
            "SHOPSMART_RATE_ORDERS_PER_USER": "0",
            "SHOPSMART_PASSWORD_MEMORY_KIB": "1024",
            **settings,
        }
        self.log = open(self.folder / "up.log", "wb")  # noqa: SIM115 - closed in __exit__
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> tuple[str, dict[str, str]]:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "shopsmart", "up", "--api-only"],
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        url = f"http://127.0.0.1:{self.port}"
        _wait_ready(url, self.process, self.folder / "up.log")
        return url, self.environment

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _wait_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the platform did not start:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    raise SystemExit(f"the platform was not ready in {READY_SECONDS} s")


def login(url: str, email: str) -> str:
    body = {"email": email, "password": PASSWORD, "token_mode": "bearer"}
    return str(Caller(url).must("POST", "/auth/login", body)["access_token"])


def first_leaf(tree: Sequence[dict[str, Any]]) -> list[str]:
    """The path of some category that has no children."""
    path = []
    while tree:
        path.append(str(tree[0]["slug"]))
        tree = tree[0].get("children") or []
    return path


def product(sku: str, category_path: list[str]) -> dict[str, Any]:
    return {
        "sku": sku,
        "name": {"en": f"Race item {sku}"},
        "brand": "Race",
        "category_path": category_path,
        "pack": {"value": 1, "unit": "piece"},
        "mrp": {"amount": 5_000, "currency": "INR"},
        "tax_rate": 5,
    }


def in_parallel(count: int, work: Callable[[int], Any], workers: int) -> list[Any]:
    """`work(0) … work(count - 1)` by `workers` threads; the results in order, the first fault raised."""
    results: list[Any] = [None] * count
    faults: list[BaseException] = []
    numbers = iter(range(count))
    lock = threading.Lock()

    def go_on() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                results[number] = work(number)
            except BaseException as fault:
                faults.append(fault)
                return

    threads = [threading.Thread(target=go_on) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return results
