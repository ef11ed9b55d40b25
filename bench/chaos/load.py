"""Customers at a set rate, whether or not the platform keeps up (open loop), every call in the journal.

Each call has the time at which it should be sent; latency counts from there, so that a platform that stands still
cannot hide it. A call without a definite answer (time-out, broken connection, 5xx) is repeated with the same
Idempotency-Key until there is one.
"""

import http.client
import json
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from bench.chaos.journal import Journal
from bench.chaos.world import HOME, Person, World

ANSWER_SECONDS = 10.0  # no request may take longer
_PATIENCE_SECONDS = 20.0  # after which the client gives up
RESOLVE_SECONDS = 30.0  # within this every call must have a definite answer
_RETRY_SECONDS = (0.2, 0.4, 0.8, 1.0)


@dataclass(frozen=True)
class Rates:
    """Calls a second. Of the orders, `prepaid` are paid by the sandbox, `cancelled` are cancelled at once."""

    orders: float = 8.0
    reads: float = 10.0
    edits: float = 1.0
    prepaid: float = 0.4
    cancelled: float = 0.1
    doubled: float = 0.05  # sent twice at once with the same key


@dataclass(frozen=True)
class Done:
    """A finished call: what it was, when it should have been sent, when it was answered (monotonic seconds)."""

    op: str
    intended: float
    finished: float
    status: int  # the last answer's; 0 when there was none
    code: str
    unknowns: int  # tries without a definite answer
    broken: int  # of these, the ones without any
    slowest: float  # seconds of the longest try

    @property
    def seconds(self) -> float:
        return self.finished - self.intended


@dataclass
class Client:
    """Somebody who insists on an answer."""

    url: str
    journal: Journal
    seconds: float = _PATIENCE_SECONDS
    resolve_seconds: float = RESOLVE_SECONDS

    def call(
        self,
        op: str,
        person: Person,
        method: str,
        path: str,
        body: Any = None,
        key: str | None = None,
        intended: float | None = None,
        **facts: Any,
    ) -> tuple[Done, dict[str, Any]]:
        """Send, and repeat until it is clear what became of it. The outcome and the answer's body."""
        intended = time.monotonic() if intended is None else intended
        number = self.journal.invoke(op, user=person.user_id, path=path, body=body, key=key, **facts)
        unknowns, broken, slowest, tries = 0, 0, 0.0, 0
        give_up_at = time.monotonic() + self.resolve_seconds
        while True:
            began = time.monotonic()
            status, answer = self._once(person, method, path, body, key)
            slowest = max(slowest, time.monotonic() - began)
            code = str(answer.get("code", ""))
            if 200 <= status < 300:
                self.journal.note(number, "ok", status=status, answer=essence(op, answer))
                break
            if code == "idempotency_in_progress":
                self.journal.note(number, "wait", status=status, code=code)
            elif 400 <= status < 500:
                self.journal.note(number, "fail", status=status, code=code)
                break
            else:
                unknowns += 1
                broken += not status
                self.journal.note(number, "unknown", status=status, code=code)
            if time.monotonic() > give_up_at:
                self.journal.note(number, "unresolved")
                break
            time.sleep(_RETRY_SECONDS[min(tries, len(_RETRY_SECONDS) - 1)])
            tries += 1
        return Done(op, intended, time.monotonic(), status, code, unknowns, broken, slowest), answer

    def _once(
        self, person: Person, method: str, path: str, body: Any, key: str | None
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {person.token}", "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        parts = urlsplit(self.url)
        # A connection each: an idle one that was cut meanwhile would look like a call that was broken off.
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=self.seconds)
        try:
            connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            raw = response.read()
            return response.status, json.loads(raw) if raw else {}
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            connection.close()


def essence(op: str, answer: dict[str, Any]) -> dict[str, Any]:
    """What the verdict needs of an answer."""
    if op in {"place", "cancel", "confirm"}:
        return {
            "id": answer["id"],
            "status": answer["status"],
            "total": answer["totals"]["total"]["amount"],
            "lines": sorted([line["sku"], line["quantity"]] for line in answer["lines"]),
        }
    if op == "edit":
        return {"lines": [[line["sku"], line["ok"]] for line in answer["lines"]]}
    return {}


class Load:
    """Use as a context manager; at the end it waits until every call has its answer. Then read `done`."""

    def __init__(
        self,
        url: str,
        world: World,
        journal: Journal,
        seed: int,
        rates: Rates | None = None,
        clients: int = 64,
        resolve_seconds: float = RESOLVE_SECONDS,
    ):
        self.rates = rates or Rates()
        self.done: list[Done] = []
        self.under_way = 0  # customers who wait for an answer just now
        self._lock = threading.Lock()
        self._url, self._world, self._journal = url, world, journal
        self._resolve_seconds = resolve_seconds
        self._rng = random.Random(seed)
        self._seed = seed
        self._calls: queue.Queue[tuple[float, Callable[[Client, random.Random, float], None]] | None]
        self._calls = queue.Queue()
        self._stop = threading.Event()
        self._clients = [
            threading.Thread(target=self._serve, args=(n,), name=f"client-{n}", daemon=True)
            for n in range(clients)
        ]
        self._feeder = threading.Thread(target=self._feed, name="feeder", daemon=True)

    def __enter__(self) -> "Load":
        for thread in self._clients:
            thread.start()
        self._feeder.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._feeder.join()
        for _thread in self._clients:
            self._calls.put(None)
        for thread in self._clients:
            thread.join()

    def _feed(self) -> None:
        kinds = [
            (self.rates.orders, self._order),
            (self.rates.reads, self._read),
            (self.rates.edits, self._edit),
        ]
        total = sum(rate for rate, _ in kinds)
        due = time.monotonic()
        while not self._stop.is_set():
            due += self._rng.expovariate(total)
            if (wait := due - time.monotonic()) > 0 and self._stop.wait(wait):
                return
            [call] = self._rng.choices([call for _, call in kinds], [rate for rate, _ in kinds])
            self._calls.put((due, call))

    def _serve(self, number: int) -> None:
        client, rng = (
            Client(self._url, self._journal, resolve_seconds=self._resolve_seconds),
            random.Random(f"{self._seed}-{number}"),
        )
        while (call := self._calls.get()) is not None:
            intended, work = call
            with self._lock:
                self.under_way += 1
            work(client, rng, intended)
            with self._lock:
                self.under_way -= 1

    def _order(self, client: Client, rng: random.Random, intended: float) -> None:
        person = rng.choice(self._world.customers)
        provider = "sandbox" if rng.random() < self.rates.prepaid else "cod"
        body = order_body(self._world, rng, provider)
        key = f"{rng.getrandbits(96):024x}"
        if rng.random() < self.rates.doubled:
            self._calls.put((intended, lambda other, *_: self._twin(other, person, body, key)))
        done, order = client.call("place", person, "POST", "/orders", body, key, intended)
        self.done.append(done)
        if done.status != 201:
            return
        if provider == "sandbox":
            self._pay(client, person, order["id"], rng)
        if rng.random() < self.rates.cancelled:
            path = f"/orders/{order['id']}/cancel"
            done, _ = client.call("cancel", person, "POST", path, {"reason": "changed_mind"})
            self.done.append(done)

    def _twin(self, client: Client, person: Person, body: dict[str, Any], key: str) -> None:
        done, _ = client.call("place", person, "POST", "/orders", body, key)
        self.done.append(done)

    def _pay(self, client: Client, person: Person, order_id: str, rng: random.Random) -> None:
        dones = pay(client, person, order_id, f"{rng.getrandbits(96):024x}")
        self.done.extend(dones)

    def _read(self, client: Client, rng: random.Random, intended: float) -> None:
        lng, lat = HOME["coordinates"]
        op, path = rng.choice(
            [
                ("catalogue", f"/products?lat={lat}&lng={lng}&limit=20"),
                ("catalogue", f"/products/{rng.choice(self._world.goods)}?lat={lat}&lng={lng}"),
                ("read", f"/serviceability?lat={lat}&lng={lng}"),
                ("read", "/orders?limit=10"),
            ]
        )
        done, _ = client.call(op, rng.choice(self._world.customers), "GET", path, intended=intended)
        self.done.append(done)

    def _edit(self, client: Client, rng: random.Random, intended: float) -> None:
        line = {"sku": rng.choice(self._world.edited), "delta": rng.randint(1, 3), "reason": "received"}
        done, _ = client.call(
            "edit",
            self._world.staff,
            "POST",
            f"/store/inventory/adjustments?store_id={self._world.store_id}",
            {"lines": [line]},
            f"{rng.getrandbits(96):024x}",
            intended,
        )
        self.done.append(done)


def order_body(world: World, rng: random.Random, provider: str = "cod") -> dict[str, Any]:
    """One to four lines; some goods are bought more often than others."""
    skus = {world.goods[int(len(world.goods) * rng.random() ** 1.5)] for _ in range(rng.randint(1, 4))}
    items = [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in sorted(skus)]
    rng.shuffle(items)
    return {"location": HOME, "items": items, "payment": {"provider": provider}}


def pay(client: Client, person: Person, order_id: str, key: str) -> list[Done]:
    """Pay an order by the sandbox, as a browser does: begin, pay, bring the signed result."""
    begun, intent = client.call(
        "begin_payment",
        person,
        "POST",
        f"/orders/{order_id}/payments",
        {"provider": "sandbox"},
        key,
        order=order_id,
    )
    if begun.status != 201:
        return [begun]
    paid, signed = client.call(
        "pay",
        person,
        "POST",
        f"/sandbox/intents/{intent['intent_id']}/pay",
        {"client_secret": intent["client_secret"]},
        order=order_id,
    )
    if paid.status != 200:
        return [begun, paid]
    confirmed, _ = client.call(
        "confirm",
        person,
        "POST",
        f"/orders/{order_id}/payments/confirm",
        {
            "payment_id": intent["payment_id"],
            "payment_ref": signed["payment_ref"],
            "signature": signed["signature"],
        },
        order=order_id,
    )
    return [begun, paid, confirmed]


# --- figures ---------------------------------------------------------------------------------------------------


def quantile(values: list[float], share: float) -> float:
    """The nearest-rank quantile; 0 of nothing."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else 0.0


def longest_gap(done: list[Done], op: str, start: float, end: float) -> float:
    """The longest time between `start` and `end` in which no call of this kind succeeded."""
    moments = sorted(one.finished for one in done if one.op == op and 200 <= one.status < 300)
    points = [start, *(moment for moment in moments if start < moment < end), end]
    return max(after - before for before, after in pairwise(points))


def statuses(done: list[Done]) -> Counter[int]:
    return Counter(one.status for one in done)
