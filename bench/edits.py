"""`python -m bench.edits`: how soon an edit of the shelf shows in the store's catalogue and on its console's stream.

A platform of its own, one manager's edits a few times a second, shoppers who read and order beside them. Times run from
the answer of the edit: until the last reader that asks anew, on a connection of its own, has seen the new price and
number, and until the event is read from the stream. Exits non-zero when a promise is broken.
"""

import argparse
import json
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Sequence

from bench.checkout import quantile
from bench.client import PLACE, Caller, login, own_platform
from bench.race import Race

CATALOGUE_MS, STREAM_MS = 100, 1_000
IN_A_ROW = 6  # seen so often on new connections, both server processes know
GIVE_UP_SECONDS = 10.0
WARM_UP = 5


class Console:
    """Reads the store's stream and notes when each number on hand was told of."""

    def __init__(self, url: str, token: str, store_id: str):
        self.told: dict[tuple[str, int], float] = {}
        request = urllib.request.Request(
            f"{url}/api/v1/store/events?store_id={store_id}", headers={"Authorization": f"Bearer {token}"}
        )
        self.stream = urllib.request.urlopen(request, timeout=300)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for line in self.stream:
                if line.startswith(b"data: ") and b"available_quantity" in line:
                    data = json.loads(line[6:])
                    self.told.setdefault((data["sku"], data["on_hand"]), time.perf_counter())
        except (OSError, ValueError):
            return  # the platform went away, or the stream was closed


class Crowd:
    """Shoppers who look at the store's shelves and order, at a steady rate, until stopped."""

    def __init__(self, race: Race, sku: str, readers: int, buyers: int):
        self.stopped = threading.Event()
        self.answers = 0
        self.race, self.sku = race, sku
        loops = [(self._look, 0.1)] * readers + [(self._order, 0.5)] * buyers
        self.threads = [
            threading.Thread(target=self._go_on, args=(work, every, number), daemon=True)
            for number, (work, every) in enumerate(loops)
        ]
        for thread in self.threads:
            thread.start()

    def _go_on(self, work: object, every: float, number: int) -> None:
        assert callable(work)
        caller = Caller(self.race.url, self.race.tokens[number % len(self.race.tokens)])
        while not self.stopped.wait(every):
            work(caller)
            self.answers += 1

    def _look(self, caller: Caller) -> None:
        caller.must("GET", f"/products?store_id={self.race.store_id}&limit=24")

    def _order(self, caller: Caller) -> None:
        body = {
            "location": PLACE,
            "items": [{"sku": self.sku, "quantity": 1}],
            "payment": {"provider": "cod"},
        }
        caller.must("POST", "/orders", body, Idempotency_Key=uuid.uuid4().hex)

    def stop(self) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(timeout=30)


def seen_after(race: Race, sku: str, price: int, answered: float) -> float:
    """Milliseconds from the answer until no new reader sees the old price any more."""
    last, streak = answered, 0
    while streak < IN_A_ROW:
        asked = Caller(race.url).must("GET", f"/products?store_id={race.store_id}&q={sku}&limit=5")
        found = next((one for one in asked["items"] if one["sku"] == sku), None)
        if found is not None and found["price"]["amount"] == price:
            streak += 1
        else:
            streak, last = 0, time.perf_counter()
        if time.perf_counter() - answered > GIVE_UP_SECONDS:
            raise SystemExit(f"an edit of {sku} was not seen in {GIVE_UP_SECONDS:.0f} s")
    return (last - answered) * 1_000


def measure(url: str, edits: int, readers: int, buyers: int) -> bool:
    race = Race(url, max(readers + buyers, 1))
    skus = [race.product(50) for _ in range(5)]
    console = Console(url, login(url, "super@demo.shopsmart.local"), race.store_id)
    crowd = Crowd(race, race.product(100_000), readers, buyers)
    writes, seen, answered_at = [], [], {}
    began = time.perf_counter()
    for number in range(edits + WARM_UP):
        sku, units, price = skus[number % len(skus)], 100 + number, 1_000 + number
        change = {"on_hand": units, "price": {"amount": price, "currency": "INR"}}
        answer = race.admin.call("PATCH", f"/store/inventory/{sku}?store_id={race.store_id}", change)
        answered = time.perf_counter()
        if answer.status != 200:
            raise SystemExit(f"an edit was answered {answer.status}: {answer.body}")
        shown = seen_after(race, sku, price, answered)
        if number >= WARM_UP:
            writes.append(answer.seconds * 1_000)
            seen.append(shown)
            answered_at[sku, units] = answered
    took = time.perf_counter() - began
    time.sleep(2)
    crowd.stop()
    missing = [key for key in answered_at if key not in console.told]
    told = [
        max(0.0, console.told[key] - at) * 1_000 for key, at in answered_at.items() if key in console.told
    ]
    race.close()
    a_second, beside = (edits + WARM_UP) / took, crowd.answers / took
    print(f"{edits} edits, {a_second:.1f} a second, beside {beside:.0f} reads and orders a second")
    for name, values in (("edit answered", writes), ("in the catalogue", seen), ("on the stream", told)):
        half, most = quantile(values, 0.5), max(values)
        print(f"{name:<18} p50 {half:6.0f} ms  p95 {quantile(values, 0.95):6.0f} ms  most {most:6.0f} ms")
    if missing:
        print(f"{len(missing)} edits were not told of")
    return not missing and quantile(seen, 0.95) <= CATALOGUE_MS and quantile(told, 0.95) <= STREAM_MS


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.edits", description=__doc__)
    options.add_argument("--url", help="a running platform")
    options.add_argument("--edits", type=int, default=100)
    options.add_argument("--readers", type=int, default=3, help="each looks ten times a second")
    options.add_argument("--buyers", type=int, default=2, help="each orders twice a second")
    chosen = options.parse_args(arguments)
    if chosen.url:
        return 0 if measure(chosen.url, chosen.edits, chosen.readers, chosen.buyers) else 1
    with own_platform() as (url, _):
        return 0 if measure(url, chosen.edits, chosen.readers, chosen.buyers) else 1


if __name__ == "__main__":
    sys.exit(main())
