"""`python -m bench.past_orders`: does a long history make ordering slower?

A platform of its own. One delivered-looking order is copied 100,000 and then 1,000,000 times straight into the database
(ordering them over HTTP would take hours); the order call is measured before and after each, by one client.
"""

import argparse
import json
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

from bench.checkout import Shoppers, quantile
from bench.client import PLACE, Caller, own_platform

_BATCH = 5_000


def order_times(shoppers: Shoppers, count: int) -> list[float]:
    """Milliseconds of `count` cash orders of one line each, one after another."""
    caller = Caller(shoppers.url, shoppers.tokens[0])
    taken = []
    for number in range(count):
        body = {
            "location": PLACE,
            "items": [{"sku": shoppers.skus[number % len(shoppers.skus)], "quantity": 1}],
            "payment": {"provider": "cod"},
        }
        answer = caller.call("POST", "/orders", body, Idempotency_Key=uuid.uuid4().hex)
        if answer.status != 201:
            raise SystemExit(f"/orders answered {answer.status}: {answer.body}")
        taken.append(answer.seconds * 1_000)
    return taken


def pile_up(orders: Collection[dict[str, Any]], template: dict[str, Any], wanted: int) -> None:
    """Bring the history to `wanted` orders, copies of `template` that are long over."""
    missing = wanted - orders.estimated_document_count()
    for start in range(0, missing, _BATCH):
        copies = []
        for _ in range(min(_BATCH, missing - start)):
            own = uuid.uuid4().hex
            copies.append({**template, "_id": f"0{own[:25]}", "number": own[:12], "key": f"past:{own}"})
        orders.insert_many(copies, ordered=False)


def measure(url: str, mongodb_uri: str, database: str, sizes: Sequence[int], runs: int) -> None:
    shoppers = Shoppers(url, 1, goods=200)
    client: MongoClient[dict[str, Any]] = MongoClient(mongodb_uri)
    orders = client.get_database(database, write_concern=WriteConcern(w=1)).orders
    order_times(shoppers, 50)
    template = orders.find_one(sort=[("_id", -1)])
    assert template is not None
    template |= {"status": "delivered", "outbox": [], "effects": []}
    template["fulfilments"] = [{**part, "state": "delivered"} for part in template["fulfilments"]]
    template.pop("deadline", None)
    for size in (0, *sizes):
        began = time.perf_counter()
        pile_up(orders, template, size)
        made = time.perf_counter() - began
        order_times(shoppers, 30)
        taken = [order_times(shoppers, 100) for _ in range(runs)]
        middle = sorted(quantile(run, 0.5) for run in taken)[runs // 2]
        high = sorted(quantile(run, 0.99) for run in taken)[runs // 2]
        count = orders.estimated_document_count()
        print(
            f"{count:>9,} past orders (made in {made:4.0f} s): p50 {middle:5.1f} ms   p99 {high:5.1f} ms",
            flush=True,
        )


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.past_orders")
    options.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    options.add_argument("--runs", type=int, default=5)
    chosen = options.parse_args(arguments)
    with own_platform() as (url, environment):
        state = json.loads((Path(environment["SHOPSMART_DATA"]) / "run" / "state.json").read_text())
        settings = state["environment"]
        measure(
            url,
            settings["MONGODB_URI"],
            settings.get("MONGODB_DATABASE", "shopsmart"),
            chosen.sizes,
            chosen.runs,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
