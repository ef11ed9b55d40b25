"""A flood of orders out of a process of its own: `python -m bench.chaos.flood`, told by JSON on stdin.

In `{host, port, orders: [{token, key, body, at}], seconds, closed}`; out `{answers: [...], cpu_seconds, seconds}`, an
answer `{n, at, began, finished, status, code, answer}` in seconds from the start. Each order has the moment `at` which
it is due, whatever became of the others; with `closed` so many customers send the next one when they have an answer.
Nothing of an answer is read before the end: what the load costs is taken from the platform that it measures.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from bench.chaos.load import ANSWER_SECONDS, essence
from bench.chaos.processes import ROOT

Raw = tuple[int, float, float, float, bytes]  # number, due, sent, answered, the whole answer
_EXTRA_SECONDS = 2 * ANSWER_SECONDS + 20


@dataclass(frozen=True)
class Answer:
    """What came of one order. Moments are seconds from the flood's start; status 0: no answer."""

    n: int
    at: float
    began: float
    finished: float
    status: int
    code: str
    answer: dict[str, Any]

    @property
    def seconds(self) -> float:
        return self.finished - self.at


@dataclass(frozen=True)
class Flooded:
    """All answers, and the share of one core that the flood itself took."""

    answers: list[Answer]
    cpu_share: float


def run(host: str, port: int, orders: list[dict[str, Any]], seconds: float, closed: int = 0) -> Flooded:
    """Send it from another process, and wait for the last answer."""
    told = {"host": host, "port": port, "orders": orders, "seconds": seconds, "closed": closed}
    done = subprocess.run(
        [sys.executable, "-m", "bench.chaos.flood"],
        input=json.dumps(told).encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        timeout=seconds + _EXTRA_SECONDS,
        check=True,
    )
    said = json.loads(done.stdout)
    return Flooded([Answer(*row) for row in said["answers"]], said["cpu_seconds"] / said["seconds"])


def main() -> None:
    told = json.load(sys.stdin)
    requests = [_request(order) for order in told["orders"]]
    cpu, began = _cpu(), time.monotonic()
    raw = asyncio.run(_flood(told, requests, began))
    spent = {"cpu_seconds": _cpu() - cpu, "seconds": time.monotonic() - began}
    json.dump({"answers": [_read(one) for one in raw], **spent}, sys.stdout)


def _request(order: dict[str, Any]) -> bytes:
    body = json.dumps(order["body"]).encode()
    head = (
        "POST /api/v1/orders HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {order['token']}\r\nIdempotency-Key: {order['key']}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _flood(told: dict[str, Any], requests: list[bytes], began: float) -> list[Raw]:
    raw: list[Raw] = []
    numbers = iter(range(len(requests)))

    async def send(number: int, due: float) -> None:
        sent = time.monotonic() - began
        answer = await _answer(told["host"], told["port"], requests[number])
        raw.append((number, due, sent, time.monotonic() - began, answer))

    async def insist() -> None:
        for number in numbers:
            if (now := time.monotonic() - began) >= told["seconds"]:
                return
            await send(number, now)

    if told["closed"]:
        await asyncio.gather(*(insist() for _ in range(told["closed"])))
        return raw
    under_way = []
    for number, order in enumerate(told["orders"]):
        await asyncio.sleep(max(0.0, began + order["at"] - time.monotonic()))
        under_way.append(asyncio.create_task(send(number, order["at"])))
    await asyncio.gather(*under_way)
    return raw


async def _answer(host: str, port: int, request: bytes) -> bytes:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request)
                return await reader.read(-1)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b""


def _read(raw: Raw) -> list[Any]:
    number, due, sent, answered, answer = raw
    head, _, text = answer.partition(b"\r\n\r\n")
    try:
        status, body = int(head[9:12]), json.loads(text)
    except ValueError:
        return [number, due, sent, answered, 0, "", {}]
    kept = essence("place", body) if status == 201 else {}
    return [number, due, sent, answered, status, body.get("code", ""), kept]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
