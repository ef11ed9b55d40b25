"""`python -m bench.checkout`: how many whole checkouts a second, what each step takes and what an order costs.

A platform of its own with the demo city (14 stores, 23,000 listings). Each figure is the median of several runs; the
raw limit, a bare pymongo loop doing the same writes on the same server, is measured in the same run.
"""

import argparse
import json
import random
import statistics
import sys
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient, UpdateOne
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from bench.client import PLACE, Caller, first_leaf, in_parallel, login, own_platform, product

LINES = 3
UNITS = 1_000_000
BUSY_SECONDS = 0.5  # who is sent away comes back after it; the wait counts
STEPS = ("quote", "order", "open payment", "pay", "confirm")


class Shoppers:
    """A store with plenty of everything, and signed-in customers who check out again and again."""

    def __init__(self, url: str, customers: int, goods: int = 600):
        self.url = url
        self.admin = Caller(url, login(url, "super@demo.shopsmart.local"))
        self.run = uuid.uuid4().hex[:8]
        self.sent_away = 0
        # Nobody accepts here, and one store takes what a city's would share.
        calm = {"values": {"accept_seconds": 0, "pause_at": 0}, "why": "a bench"}
        self.admin.must("PUT", "/admin/policies/routing", calm)
        made = self.admin.must(
            "POST",
            "/admin/stores",
            {
                "name": f"Bench {self.run}",
                "address": "Bench",
                "location": PLACE,
                "geofence": {"center": PLACE, "radius_m": 2_000},
                "capacity_per_10_min": 100_000,
                "pickers_on_duty": 200,
            },
        )
        self.store_id = str(made["id"])
        path = first_leaf(self.admin.must("GET", "/categories")["items"])
        # Enough different goods that held ones, which nobody picks here, stay as few as on a real shelf.
        self.skus = [self._stocked(path, number) for number in range(goods)]
        self.tokens = in_parallel(customers, self._register, workers=8)

    def _stocked(self, path: list[str], number: int) -> str:
        sku = f"BENCH-{self.run}-{number}".upper()
        self.admin.must("POST", "/products", product(sku, path))
        price = {"amount": 4_900, "currency": "INR"}
        row = {"price": price, "on_hand": UNITS}
        self.admin.must("PATCH", f"/store/inventory/{sku}?store_id={self.store_id}", row)
        return sku

    def _register(self, number: int) -> str:
        body = {
            "name": f"Shopper {number}",
            "email": f"shopper-{self.run}-{number}@bench.example",
            "password": f"bench-{self.run}-{number}",
            "token_mode": "bearer",
        }
        return str(Caller(self.url).must("POST", "/auth/register", body)["access_token"])

    def shop_for(self, seconds: float, clients: int, seed: int) -> dict[str, list[float]]:
        """Closed loop: `clients` at once, each checking out as soon as the last one is done; seconds by step."""
        taken: dict[str, list[float]] = defaultdict(list)
        ends_at = time.monotonic() + seconds

        def shop(number: int) -> None:
            rng = random.Random(seed * 1_000 + number)
            caller = Caller(self.url, self.tokens[number])
            while time.monotonic() < ends_at:
                times = self._checkout(caller, rng)
                for step, duration in zip((*STEPS, "whole"), (*times, sum(times)), strict=True):
                    taken[step].append(duration)

        in_parallel(clients, shop, workers=clients)
        return taken

    def _checkout(self, caller: Caller, rng: random.Random) -> list[float]:
        items = [{"sku": sku, "quantity": 1} for sku in rng.sample(self.skus, LINES)]
        times = []

        def step(path: str, body: dict[str, Any], key: bool = False) -> dict[str, Any]:
            headers = {"Idempotency_Key": uuid.uuid4().hex} if key else {}
            began = time.perf_counter()
            while True:
                answer = caller.call("POST", path, body, **headers)
                if answer.body.get("code") != "server_busy":
                    break
                self.sent_away += 1
                time.sleep(BUSY_SECONDS)
            if answer.status >= 300:
                raise SystemExit(f"{path} answered {answer.status}: {answer.body}")
            times.append(time.perf_counter() - began)
            return answer.body

        quote = step("/cart/quote", {"location": PLACE, "items": items})
        order = step("/orders", {"quote_id": quote["quote_id"], "payment": {"provider": "sandbox"}}, key=True)
        opened = step(f"/orders/{order['id']}/payments", {"provider": "sandbox"}, key=True)
        signed = step(
            f"/sandbox/intents/{opened['intent_id']}/pay", {"client_secret": opened["client_secret"]}
        )
        done = {
            "payment_id": opened["payment_id"],
            "payment_ref": signed["payment_ref"],
            "signature": signed["signature"],
        }
        step(f"/orders/{order['id']}/payments/confirm", done)
        return times


@contextmanager
def cpu_of(folder: Path) -> Iterator[Callable[[], dict[str, float]]]:
    """CPU seconds spent meanwhile, by part of the platform in `folder`."""
    state = json.loads((folder / "run" / "state.json").read_text())
    trees = {name: psutil.Process(part["pid"]) for name, part in state["parts"].items()}
    before = {name: _cpu(tree) for name, tree in trees.items()}
    yield lambda: {name: _cpu(tree) - before[name] for name, tree in trees.items()}


def _cpu(root: psutil.Process) -> float:
    total = 0.0
    for process in [root, *root.children(recursive=True)]:
        times = process.cpu_times()
        total += times.user + times.system
    return total


def raw_loop(db: Database, seconds: float, clients: int) -> tuple[float, float]:
    """Orders a second and client CPU milliseconds an order of the bare writes: insert, hold, place, pay, commit."""
    db.client.drop_database(db.name)
    stock = [{"_id": f"s:{number}", "available": UNITS, "holds": []} for number in range(50)]
    db.stock.insert_many(stock)
    counts = [0] * clients
    ends_at = time.monotonic() + seconds

    def loop(number: int) -> None:
        rng = random.Random(number)
        while time.monotonic() < ends_at:
            order = uuid.uuid4().hex
            db.orders.insert_one({"_id": order, "state": "holding", "lines": [{"sku": "x"}] * LINES})
            hold = [
                UpdateOne(
                    {"_id": id_, "available": {"$gte": 1}},
                    {"$inc": {"available": -1}, "$push": {"holds": {"$each": [order], "$slice": -5}}},
                )
                for id_ in (f"s:{rng.randrange(50)}" for _ in range(LINES))
            ]
            db.stock.bulk_write(hold, ordered=True)
            db.orders.update_one({"_id": order, "state": "holding"}, {"$set": {"state": "payment_pending"}})
            db.payments.insert_one({"_id": order, "status": "captured"})
            db.orders.update_one({"_id": order, "state": "payment_pending"}, {"$set": {"state": "placed"}})
            counts[number] += 1

    began, cpu = time.monotonic(), time.process_time()
    in_parallel(clients, loop, workers=clients)
    orders = sum(counts)
    return orders / (time.monotonic() - began), (time.process_time() - cpu) * 1_000 / orders


def hot_sku(shoppers: Shoppers, seconds: float, clients: int) -> tuple[float, int, int]:
    """Attempts a second on one SKU that runs out; units sold and units there were."""
    units = 200
    sku = shoppers.skus[0]
    shelf = f"/store/inventory/{sku}?store_id={shoppers.store_id}"
    # The first sign-in is long ago: its connection has been closed, its token may have run out.
    shoppers.admin = Caller(shoppers.url, login(shoppers.url, "super@demo.shopsmart.local"))
    shoppers.admin.must("PATCH", shelf, {"on_hand": _held(shoppers, sku) + units})
    ends_at = time.monotonic() + seconds
    won, tried, lock = [0], [0], threading.Lock()

    def attempt(number: int) -> None:
        caller = Caller(shoppers.url, shoppers.tokens[number])
        body = {
            "location": PLACE,
            "items": [{"sku": sku, "quantity": 1}],
            "payment": {"provider": "cod"},
        }
        while time.monotonic() < ends_at:
            answer = caller.call("POST", "/orders", body, Idempotency_Key=uuid.uuid4().hex)
            if answer.status not in {201, 409}:
                raise SystemExit(f"hot SKU: {answer.status} {answer.body}")
            with lock:
                tried[0] += 1
                won[0] += answer.status == 201

    began = time.monotonic()
    in_parallel(clients, attempt, workers=clients)
    return tried[0] / (time.monotonic() - began), won[0], units


def _held(shoppers: Shoppers, sku: str) -> int:
    rows = shoppers.admin.must("GET", f"/admin/inventory?sku={sku}&store_id={shoppers.store_id}")["items"]
    return int(rows[0]["held"])


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def measure(
    url: str, folder: Path, mongodb_uri: str, seconds: float, runs: int, clients: Sequence[int]
) -> None:
    """Print one table: checkouts at each number of clients, then the raw loop and the hot SKU."""
    shoppers = Shoppers(url, max(clients))
    shoppers.shop_for(3, 4, seed=0)  # warm
    client: MongoClient[dict[str, Any]] = MongoClient(mongodb_uri)
    raw_db = client.get_database("bench_raw", write_concern=WriteConcern(w="majority", j=True))
    for count in clients:
        rates, by_step, costs = [], defaultdict(list), []
        for number in range(runs):
            with cpu_of(folder) as spent:
                began = time.monotonic()
                taken = shoppers.shop_for(seconds, count, seed=number + 1)
                elapsed = time.monotonic() - began
                orders = len(taken["whole"])
                rates.append(orders / elapsed)
                costs.append({name: cpu * 1_000 / orders for name, cpu in spent().items()})
            for step, durations in taken.items():
                by_step[step].append((quantile(durations, 0.5) * 1_000, quantile(durations, 0.99) * 1_000))
        sent_away, shoppers.sent_away = shoppers.sent_away, 0
        away = f", {sent_away} times sent away for a moment" if sent_away else ""
        print(f"\n{count} clients: {statistics.median(rates):.1f} checkouts/s (median of {runs}){away}")
        for step in (*STEPS, "whole"):
            p50 = statistics.median(pair[0] for pair in by_step[step])
            p99 = statistics.median(pair[1] for pair in by_step[step])
            print(f"  {step:<13} p50 {p50:7.1f} ms   p99 {p99:7.1f} ms")
        parts = {name: statistics.median(cost[name] for cost in costs) for name in costs[0]}
        print("  CPU an order: " + ", ".join(f"{name} {cost:.1f} ms" for name, cost in parts.items()))
        print(f"  CPU an order, all parts: {sum(parts.values()):.1f} ms")
        with cpu_of(folder) as spent:
            raws = [raw_loop(raw_db, seconds / 2, count) for _ in range(runs)]
            rate = statistics.median(raw[0] for raw in raws)
            total = sum(raw[0] for raw in raws) * seconds / 2
            server = spent()["mongo"] * 1_000 / total
        own = statistics.median(raw[1] for raw in raws)
        print(f"  raw loop: {rate:.0f} orders/s, CPU {own:.1f} ms client + {server:.1f} ms mongod an order")
    raw_db.client.drop_database("bench_raw")
    attempts, won, units = hot_sku(shoppers, seconds, min(16, max(clients)))
    print(f"\nhot SKU: {attempts:.0f} attempts/s, {won} of {units} units sold, none twice")


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.checkout")
    options.add_argument("--seconds", type=float, default=8)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--clients", type=int, nargs="+", default=[1, 16, 64])
    chosen = options.parse_args(arguments)
    with own_platform() as (url, environment):
        folder = Path(environment["SHOPSMART_DATA"])
        state = json.loads((folder / "run" / "state.json").read_text())
        measure(url, folder, state["environment"]["MONGODB_URI"], chosen.seconds, chosen.runs, chosen.clients)
    return 0


if __name__ == "__main__":
    sys.exit(main())
