"""`python -m bench.race`: many buyers, few units, all at once, over HTTP against the whole platform.

Without `--url` it starts a platform of its own in a temporary folder (rate limits off, cheap password hashes) and
runs `shopsmart check` at the end. Prints one line a round and exits non-zero on any violation.
"""

import argparse
import random
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from bench.client import (
    PLACE,
    Answer,
    Caller,
    first_leaf,
    in_parallel,
    login,
    own_platform,
    product,
)


class Race:
    """A shop with one store of its own and a crowd of signed-in buyers."""

    def __init__(self, url: str, buyers: int):
        self.url = url
        self.admin = Caller(url, login(url, "super@demo.shopsmart.local"))
        self.run = uuid.uuid4().hex[:8]
        self.category_path = first_leaf(self.admin.must("GET", "/categories")["items"])
        self.store_id = self._open_store()
        began = time.perf_counter()
        self.tokens = in_parallel(buyers, self._register, workers=8)
        print(f"{buyers} buyers signed up in {time.perf_counter() - began:.1f} s", flush=True)

    def _open_store(self) -> str:
        made = self.admin.must(
            "POST",
            "/admin/stores",
            {
                "name": f"Race {self.run}",
                "address": "Race course",
                "location": PLACE,
                "geofence": {"center": PLACE, "radius_m": 2_000},
                "pickers_on_duty": 200,
                "capacity_per_10_min": 100_000,
            },
        )
        return str(made["id"])

    def close(self) -> None:
        self.admin.must("DELETE", f"/admin/stores/{self.store_id}")

    def _register(self, number: int) -> str:
        body = {
            "name": f"Buyer {number}",
            "email": f"buyer-{self.run}-{number}@race.example",
            "password": f"race-{self.run}-{number}",
            "token_mode": "bearer",
        }
        return str(Caller(self.url).must("POST", "/auth/register", body)["access_token"])

    def product(self, units: int) -> str:
        """A new product on the store's shelf, `units` of it."""
        sku = f"RACE-{self.run}-{uuid.uuid4().hex[:6]}".upper()
        self.admin.must("POST", "/products", product(sku, self.category_path))
        self.admin.must(
            "PATCH",
            f"/store/inventory/{sku}?store_id={self.store_id}",
            {"price": {"amount": 4_900, "currency": "INR"}, "on_hand": units},
        )
        return sku

    def left(self, sku: str) -> int:
        rows = self.admin.must("GET", f"/admin/inventory?sku={sku}&store_id={self.store_id}")["items"]
        return int(rows[0]["available_quantity"])

    def rush(self, baskets: Sequence[list[dict[str, Any]]]) -> list[Answer]:
        """Every basket ordered by a buyer of its own, all released at once."""
        ready = threading.Barrier(len(baskets))

        def order(number: int) -> Answer:
            buyer = Caller(self.url, self.tokens[number])
            buyer.connection.connect()
            body = {"location": PLACE, "items": baskets[number], "payment": {"provider": "cod"}}
            ready.wait(timeout=60)
            return buyer.call("POST", "/orders", body, Idempotency_Key=uuid.uuid4().hex)

        return in_parallel(len(baskets), order, workers=len(baskets))


def few_units(race: Race, buyers: int, units: int) -> tuple[list[str], list[Answer]]:
    """`buyers` want one each of `units`: faults found, and the answers."""
    sku = race.product(units)
    answers = race.rush([[{"sku": sku, "quantity": 1}]] * buyers)
    faults = _faults(answers, won=min(buyers, units), lost=buyers - min(buyers, units))
    if (left := race.left(sku)) != max(0, units - buyers):
        faults.append(f"{left} units left")
    return faults, answers


def mixed_baskets(race: Race, buyers: int, rng: random.Random) -> tuple[list[str], list[Answer]]:
    """Baskets of several lines in random order, some SKU in it twice: all or nothing, and nothing sold twice."""
    units = {race.product(20): 20 for _ in range(6)}
    skus = list(units)
    baskets: list[list[dict[str, Any]]] = []
    for _ in range(buyers):
        lines = [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in rng.sample(skus, rng.randint(2, 5))]
        lines.append({"sku": lines[0]["sku"], "quantity": 1})
        rng.shuffle(lines)
        baskets.append(lines)
    answers = race.rush(baskets)
    faults = [
        f"status {answer.status}: {answer.body.get('code')}"
        for answer in answers
        if answer.status not in {201, 409}
    ]
    sold: Counter[str] = Counter()
    for answer, basket in zip(answers, baskets, strict=True):
        if answer.status == 201:
            wanted: Counter[str] = Counter()
            for line in basket:
                wanted[line["sku"]] += line["quantity"]
            got = {line["sku"]: line["quantity"] for line in answer.body["lines"]}
            if got != dict(wanted):
                faults.append(f"a basket was changed: {got} for {dict(wanted)}")
            sold.update(wanted)
    for sku, had in units.items():
        if (left := race.left(sku)) != had - sold[sku]:
            faults.append(f"{sku}: {had} units, {sold[sku]} sold, {left} left")
    return faults, answers


def _faults(answers: Sequence[Answer], won: int, lost: int) -> list[str]:
    outcomes = Counter((answer.status, answer.body.get("code", "")) for answer in answers)
    expected = Counter({(201, ""): won, (409, "out_of_stock"): lost})
    return [] if outcomes == +expected else [f"answers were {dict(outcomes)}"]


def _report(name: str, faults: list[str], answers: Sequence[Answer]) -> bool:
    times = sorted(answer.seconds * 1000 for answer in answers)
    losers = sorted(answer.seconds * 1000 for answer in answers if answer.status != 201) or [0.0]
    p99 = times[max(0, int(len(times) * 0.99) - 1)]
    p95 = losers[max(0, int(len(losers) * 0.95) - 1)]
    verdict = "clean" if not faults else "; ".join(faults)
    print(
        f"{name:<34} p50 {statistics.median(times):6.0f} ms  p99 {p99:6.0f} ms  losers p95 {p95:6.0f} ms  {verdict}",
        flush=True,
    )
    return not faults


def run(url: str, rounds: int, buyers: int, seed: int) -> bool:
    """All races; True when each was clean."""
    rng = random.Random(seed)
    race = Race(url, max(buyers, 300))
    clean = 0
    for number in range(1, rounds + 1):
        clean += _report(f"round {number:>2}: {buyers} buyers, 1 unit", *few_units(race, buyers, 1))
    print(f"{clean} of {rounds} rounds clean")
    good = clean == rounds
    good &= _report("300 buyers, 50 units", *few_units(race, 300, 50))
    good &= _report("60 mixed baskets, one SKU twice", *mixed_baskets(race, 60, rng))
    race.close()
    return good


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.race")
    options.add_argument("--url", help="a running platform (its rate limits must allow the crowd)")
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--buyers", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args(arguments)
    print(f"seed {chosen.seed}")
    if chosen.url:
        return 0 if run(chosen.url, chosen.rounds, chosen.buyers, chosen.seed) else 1
    with own_platform() as (url, environment):
        good = run(url, chosen.rounds, chosen.buyers, chosen.seed)
        time.sleep(3)  # the last events go out
        checked = subprocess.run(
            [sys.executable, "-m", "shopsmart", "check", "--full"], env=environment, check=False
        )
        return 0 if good and checked.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
