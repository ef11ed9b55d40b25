"""`python -m bench.places`: where can I shop, over 2,000 fences; and a basket of ten over twelve candidate stores.

A platform of its own; stores, goods and stock are made through the API. Times are of whole HTTP requests by one client.
"""

import argparse
import math
import random
import statistics
import sys
import time
import uuid
from collections.abc import Sequence
from typing import Any

from bench.client import Caller, first_leaf, in_parallel, login, own_platform, product

CITIES = 20
CORNERS = (6, 60)
REACH_M = (1_000, 2_000)
WEST, SOUTH, EAST, NORTH = 74.0, 12.0, 86.0, 26.0


def fence(rng: random.Random, lng: float, lat: float) -> dict[str, Any]:
    """A jagged outline around a point, as districts have them."""
    corners = rng.randint(*CORNERS)
    reach = rng.uniform(*REACH_M) / 111_000
    ring = []
    for corner in range(corners):
        angle = 2 * math.pi * corner / corners
        radius = reach * rng.uniform(0.7, 1.0)
        ring.append(
            [
                round(lng + radius * math.cos(angle) / math.cos(math.radians(lat)), 6),
                round(lat + radius * math.sin(angle), 6),
            ]
        )
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def open_stores(url: str, token: str, spots: Sequence[tuple[float, float]], rng: random.Random) -> list[str]:
    bodies = [
        {
            "name": f"Store {number}",
            "address": "Bench",
            "location": {"type": "Point", "coordinates": [lng, lat]},
            "geofence": fence(rng, lng, lat),
        }
        for number, (lng, lat) in enumerate(spots)
    ]

    def opened(number: int) -> str:
        return str(Caller(url, token).must("POST", "/admin/stores", bodies[number])["id"])

    return in_parallel(len(bodies), opened, workers=6)


def timed(call: Any, times: int) -> list[float]:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1_000)
    return taken


def tell(name: str, runs: Sequence[Sequence[float]]) -> None:
    """One line: medians over the runs."""

    def quantile(values: Sequence[float], share: float) -> float:
        return sorted(values)[min(len(values) - 1, int(len(values) * share))]

    p50 = statistics.median(quantile(run, 0.5) for run in runs)
    p99 = statistics.median(quantile(run, 0.99) for run in runs)
    print(f"{name:<46} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   (median of {len(runs)} runs)", flush=True)


def serviceability(url: str, token: str, stores: int, rng: random.Random, runs: int) -> None:
    cities = [(rng.uniform(WEST, EAST), rng.uniform(SOUTH, NORTH)) for _ in range(CITIES)]
    spots = []
    for _ in range(stores):
        lng, lat = rng.choice(cities)
        spots.append((round(rng.gauss(lng, 0.05), 6), round(rng.gauss(lat, 0.05), 6)))
    began = time.perf_counter()
    open_stores(url, token, spots, rng)
    print(f"{stores} stores opened in {time.perf_counter() - began:.0f} s", flush=True)
    caller = Caller(url)

    def ask() -> None:
        lng, lat = rng.choice(spots)
        query = f"lat={lat + rng.gauss(0, 0.005):.6f}&lng={lng + rng.gauss(0, 0.005):.6f}"
        caller.must("GET", f"/serviceability?{query}")

    timed(ask, 50)
    tell(f"serviceability over {stores} stores", [timed(ask, 400) for _ in range(runs)])


def quote(url: str, token: str, candidates: int, lines: int, rng: random.Random, runs: int) -> None:
    admin = Caller(url, token)
    run = uuid.uuid4().hex[:6]
    path = first_leaf(admin.must("GET", "/categories")["items"])
    lng, lat = 86.9, 20.5
    spots = [
        (round(lng + rng.uniform(-0.002, 0.002), 6), round(lat + rng.uniform(-0.002, 0.002), 6))
        for _ in range(candidates)
    ]
    ids = open_stores(url, token, spots, rng)
    skus = [f"PLACES-{run}-{number}".upper() for number in range(lines)]
    for sku in skus:
        admin.must("POST", "/products", product(sku, path))
        for id_ in ids:
            row = {"price": {"amount": 4_900, "currency": "INR"}, "on_hand": 100}
            admin.must("PATCH", f"/store/inventory/{sku}?store_id={id_}", row)
    caller = Caller(url)
    body = {
        "location": {"type": "Point", "coordinates": [lng, lat]},
        "items": [{"sku": sku, "quantity": 1} for sku in skus],
    }

    def ask() -> None:
        caller.must("POST", "/cart/quote", body)

    timed(ask, 20)
    tell(f"quote of {lines} lines over {candidates} stores", [timed(ask, 200) for _ in range(runs)])


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.places")
    options.add_argument("--stores", type=int, default=2_000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args(arguments)
    rng = random.Random(chosen.seed)
    with own_platform() as (url, _):
        token = login(url, "super@demo.shopsmart.local")
        serviceability(url, token, chosen.stores, rng, chosen.runs)
        quote(url, token, 12, 10, rng, chosen.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
