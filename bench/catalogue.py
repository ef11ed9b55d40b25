"""`python -m bench.catalogue`: lists, searches and suggestions over HTTP, at 50,000 products in 12 stores.

A platform of its own on this machine: MongoDB, Redis and the API with its usual two workers; the goods are made of
word lists, or read from `--catalogue` (columns `sku,name,brand,category,sub_category,price_inr,mrp_inr`), and written
straight into the database. One process asks over `--clients` kept-alive connections and checks every answer. Then
prices and switches are changed over HTTP, to see when searches show it. `--sizes 5000 50000 200000` makes the table of
cost by size.
"""

import argparse
import contextlib
import csv
import heapq
import os
import random
import selectors
import socket
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pymongo
from pymongo.write_concern import WriteConcern

from bench.chaos.processes import Process
from bench.client import PASSWORD, Caller, login
from shopsmart import context, settings
from shopsmart.catalog import model, service, store
from shopsmart.context import Shop
from shopsmart.identity import service as identity
from shopsmart.identity.model import SYSTEM
from shopsmart.indexes import ensure_all
from shopsmart.infra import embedded
from shopsmart.stores import service as stores

PLACE = (86.40, 20.90)  # longitude, latitude
APART = 0.004  # degrees between two stores
_BATCH = 5_000
_READY_SECONDS = 300.0

_ADJECTIVES = """
Fresh Organic Classic Premium Golden Royal Natural Roasted Spicy Sweet Salted Creamy Crunchy Instant
Whole Fine Double Light Dark Herbal Mild Smoked Frozen Baked Dried Raw Pure Rich Tangy Masala
"""
ADJECTIVES = _ADJECTIVES.split()
_KINDS = """
Potato Onion Tomato Brinjal Okra Spinach Mango Banana Apple Orange Milk Curd Paneer Butter Ghee Cheese
Cream Rice Atta Maida Besan Poha Rava Toor-Dal Moong-Dal Chana-Dal Rajma Sugar Jaggery Salt Turmeric
Cumin Coriander Pepper Cardamom Oil Biscuit Cookie Chips Noodles Pasta Sauce Ketchup Pickle Jam Honey Tea
Coffee Juice Cola Soap Shampoo Toothpaste Detergent Bread Cake Chocolate Candy Cashew Almond Raisin
Walnut Oats Muesli Eggs Chicken Fish Prawns
"""
KINDS = _KINDS.split()
_MAKERS = """
Amrit Bansal Chandra Devi Ekta Falcon Ganga Heritage Indus Jyoti Kalinga Lotus Mahanadi Nandini Odisha
Puri Quality Rasoi Surya Tara Utkal Vasant Yamuna Zaika Annapurna Bhog Chilika Dhauli Konark Rath
"""
MAKERS = _MAKERS.split()
PACKS = (
    (100, "g"),
    (200, "g"),
    (500, "g"),
    (1_000, "g"),
    (250, "ml"),
    (500, "ml"),
    (1_000, "ml"),
    (6, "piece"),
)


# --- the goods -------------------------------------------------------------------------------------------------


def made(count: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(count):
        kind, adjective = KINDS[number % len(KINDS)], rng.choice(ADJECTIVES)
        maker, pack = rng.choice(MAKERS), rng.choice(PACKS)
        mrp = rng.randrange(1_000, 60_000, 100)
        yield {
            "sku": f"GEN-{number:06d}",
            "name": {"en": f"{maker} {adjective} {kind.replace('-', ' ')}, {pack[0]} {pack[1]}"},
            "brand": maker,
            "category_path": [f"aisle-{number % len(KINDS) % 12}", f"shelf-{number % len(KINDS)}"],
            "pack": {"value": pack[0], "unit": pack[1]},
            "mrp": mrp,
            "dietary": ["veg"] if number % 7 else [],
        }


def read(path: Path, count: int) -> Iterator[dict[str, Any]]:
    """The file's rows, again and again with other SKUs until there are `count`."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["name"].strip()]
    for number in range(count):
        row, again = rows[number % len(rows)], number // len(rows)
        path_ = [_slug(row["category"]), _slug(f"{row['category']} {row['sub_category']}")]
        yield {
            "sku": f"{row['sku']}-{again}" if again else row["sku"],
            "name": {"en": row["name"].strip()[:200] + (f" {again + 1}" if again else "")},
            "brand": row["brand"] or None,
            "category_path": path_,
            "mrp": max(1, round(float(row["mrp_inr"] or row["price_inr"] or 100) * 100)),
        }


def _slug(name: str) -> str:
    return "-".join("".join(sign if sign.isalnum() else " " for sign in name.lower()).split())[:60].strip("-")


def fill(shop: Shop, goods: Iterator[dict[str, Any]], store_count: int, rng: random.Random) -> list[str]:
    """Stores side by side, all goods in each with a price and a stock of its own. Returns the store ids."""
    ensure_all(shop.db)
    store_ids = [_open(shop, number) for number in range(store_count)]
    now = shop.now()
    products = [model.checked_product(one) for one in goods]
    _put_tree(shop, products)
    stamps = {"version": 1, "updated_at": now, "created_at": now, "stale": False}
    _insert(shop, "products", [{"_id": one["sku"], **one, **stamps} for one in products])
    for name in ("listings", "stock"):
        shop.db[name].drop_indexes()  # built at once afterwards: many times faster
    for store_id in store_ids:
        _insert(shop, "listings", [_listing(one, store_id, now, rng) for one in products])
        _insert(shop, "stock", [_stock(one, store_id, now, rng) for one in products])
    with pymongo.timeout(_READY_SECONDS):
        ensure_all(shop.db)
    identity.create_user(
        shop, name="Super", email="super@demo.shopsmart.local", password=PASSWORD, roles=("super_admin",)
    )
    return store_ids


def _open(shop: Shop, number: int) -> str:
    at = {"type": "Point", "coordinates": [PLACE[0] + number * APART, PLACE[1]]}
    opened = stores.create_store(
        shop,
        SYSTEM,
        name=f"Store {number}",
        address="Bench",
        location=at,  # type: ignore[arg-type]
        geofence={"center": at, "radius_m": 2_000},
    )
    return opened["_id"]


def _put_tree(shop: Shop, products: Sequence[dict[str, Any]]) -> None:
    paths = {
        tuple(one["category_path"][:depth]) for one in products for depth in (1, 2) if one["category_path"]
    }
    rows = [
        {"slug": path[-1], "name": {"en": path[-1].replace("-", " ").title()}, "parent": ([None, *path])[-2]}
        for path in sorted(paths, key=lambda path: (len(path), path))
    ]
    service.put_categories(shop, rows)


def _listing(product: dict[str, Any], store_id: str, now: Any, rng: random.Random) -> dict[str, Any]:
    price = max(1, product["mrp"] * rng.randint(60, 100) // 100)
    return {
        "_id": store.listing_id(store_id, product["sku"]),
        "store_id": store_id,
        "sku": product["sku"],
        "price": price,
        "enabled": rng.random() < 0.98,
        "max_per_order": None,
        "discount": model.discount_percent(price, product["mrp"]),
        **model.copied(product),
        "updated_at": now,
    }


def _stock(product: dict[str, Any], store_id: str, now: Any, rng: random.Random) -> dict[str, Any]:
    units = rng.choice((0, 3, 8, 20, 50))
    return {
        "_id": store.listing_id(store_id, product["sku"]),
        "store_id": store_id,
        "sku": product["sku"],
        "on_hand": units,
        "safety": 0,
        "available": units,
        "sellable": True,
        "holds": [],
        "tail": [],
        "seq": 0,
        "low_stock_at": 0,
        "bin": "",
        "updated_at": now,
    }


def _insert(shop: Shop, name: str, documents: list[dict[str, Any]]) -> None:
    lightly = shop.db.with_options(write_concern=WriteConcern(w=1, j=False))
    batches = [documents[start : start + _BATCH] for start in range(0, len(documents), _BATCH)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda batch: lightly[name].insert_many(batch, ordered=False), batches))


# --- the platform ------------------------------------------------------------------------------------------------


@dataclass
class Platform:
    url: str
    shop: Shop
    store_ids: list[str]
    server: Process
    names: list[str]  # of some products, to search for
    built_seconds: float

    def memory_mb(self) -> list[float]:
        """Unshared and shared memory of each API process."""
        return [round(child.memory_info().rss / 1e6) for child in self.server.children()]

    def cpu_seconds(self) -> float:
        return sum(sum(child.cpu_times()[:2]) for child in self.server.children())


@contextlib.contextmanager
def platform(
    products: int, store_count: int, catalogue: Path | None, rng: random.Random
) -> Iterator[Platform]:
    with tempfile.TemporaryDirectory(prefix="shopsmart-bench-") as name:
        folder = Path(name)
        with embedded.servers(folder) as servers:
            environment = _environment(folder, servers)
            shop = context.build(settings.load(environment))
            began = time.monotonic()
            goods = read(catalogue, products) if catalogue else made(products, rng)
            store_ids = fill(shop, goods, store_count, rng)
            print(
                f"{products:,} products × {store_count} stores written in {time.monotonic() - began:.0f} s",
                flush=True,
            )
            names = [row["name"]["en"] for row in shop.db.products.aggregate([{"$sample": {"size": 1_000}}])]
            command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "wsgi:app"]
            server = Process("api", command, environment, folder).start()
            url = f"http://127.0.0.1:{environment['SHOPSMART_PORT']}"
            try:
                _wait(lambda: _metric(url, "shopsmart_live_copy_products") >= products * 0.9, server)
                built = _metric(url, "shopsmart_live_copy_build_seconds")
                yield Platform(url, shop, store_ids, server, names, built)
            finally:
                server.stop()
                shop.live.close()
                shop.db.client.close()


def _environment(folder: Path, servers: embedded.Servers) -> dict[str, str]:
    return {
        **os.environ,
        "MONGODB_URI": servers.mongodb_uri,
        "REDIS_URL": servers.redis_url,
        "SHOPSMART_DATA": str(folder),
        "SHOPSMART_PORT": str(embedded.free_port()),
        "SHOPSMART_PASSWORD_MEMORY_KIB": "1024",
        # Counted as always, but never reached by the one address that asks.
        "SHOPSMART_RATE_PER_ADDRESS": "100000000",
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
    }


def _wait(ready: Callable[[], bool], server: Process) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if not server.alive:
            raise SystemExit(f"the API ended:\n{server.log.read_text()[-2_000:]}")
        with contextlib.suppress(OSError):
            if ready():
                return
        time.sleep(0.5)
    raise SystemExit(f"the API was not ready in {_READY_SECONDS:.0f} s")


def _metric(url: str, name: str) -> float:
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return next((float(line.split()[-1]) for line in lines if line.startswith(f"{name} ")), 0.0)


# --- what is asked -----------------------------------------------------------------------------------------------


def place(rng: random.Random, store_count: int) -> str:
    lng = PLACE[0] + rng.randrange(store_count) * APART + rng.uniform(-0.001, 0.001)
    return f"lat={PLACE[1] + rng.uniform(-0.001, 0.001):.5f}&lng={lng:.5f}"


def words(rng: random.Random, names: Sequence[str]) -> str:
    """One to three words of some product's name, every third with a slip of the finger, every fifth half typed."""
    parts = "".join(sign if sign.isalnum() else " " for sign in rng.choice(names)).split()
    start = rng.randrange(len(parts))
    text = " ".join(parts[start : start + rng.randint(1, 3)]).lower()
    if rng.random() < 1 / 3 and len(text) > 4:
        at = rng.randrange(1, len(text) - 1)
        text = rng.choice((text[:at] + text[at + 1 :], text[:at] + text[at + 1] + text[at] + text[at + 2 :]))
    return text[: max(3, len(text) * 2 // 3)] if rng.random() < 1 / 5 else text


def listings(rng: random.Random, it: Platform, categories: Sequence[str]) -> str:
    path = f"/products?{place(rng, len(it.store_ids))}&limit=20"
    if rng.random() < 0.7:
        path += f"&category={rng.choice(categories)}"
    if rng.random() < 0.3:
        path += "&in_stock=true"
    return path + f"&sort={rng.choice(('relevance', 'price_asc', 'discount', 'popularity', 'newest'))}"


def searches(rng: random.Random, it: Platform) -> str:
    return f"/products?{place(rng, len(it.store_ids))}&limit=20&q={quote(words(rng, it.names))}"


def suggestions(rng: random.Random, it: Platform) -> str:
    text = words(rng, it.names)
    return f"/search/suggest?{place(rng, len(it.store_ids))}&q={quote(text[: rng.randint(3, 10)].strip())}"


def facets(rng: random.Random, it: Platform, categories: Sequence[str]) -> str:
    return f"{listings(rng, it, categories)}&facets=category,brand,price,dietary,in_stock,discount,pack"


# --- asking --------------------------------------------------------------------------------------------------------


@dataclass
class Asked:
    """Latencies in milliseconds."""

    taken: list[float] = field(default_factory=list)
    seconds: float = 0.0
    bytes: int = 0

    @property
    def rate(self) -> float:
        return len(self.taken) / self.seconds

    def quantile(self, share: float) -> float:
        return sorted(self.taken)[min(len(self.taken) - 1, int(len(self.taken) * share))]


class _Connection:
    """A kept-alive connection that asks, reads and asks again."""

    def __init__(self, port: int, paths: Sequence[bytes], offset: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._paths, self._next = paths, offset
        self._buffer = b""
        self._wanted = -1

    def ask(self, due: float | None = None) -> None:
        """Ask; the answer's time counts from when it was due, so that a late question is no quick one."""
        self._began = time.perf_counter() if due is None else due
        self.socket.sendall(self._paths[self._next % len(self._paths)])
        self._next += 1

    def read(self) -> tuple[float, int] | None:
        """Milliseconds and bytes of a whole answer, None while it is not all there."""
        self._buffer += self.socket.recv(1 << 18)
        if self._wanted < 0:
            head, _, _ = self._buffer.partition(b"\r\n\r\n")
            if len(head) == len(self._buffer):
                return None
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"answered {self._buffer[:2_000]!r}")
            length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
            self._wanted = len(head) + 4 + int(length)
        if len(self._buffer) < self._wanted:
            return None
        size, self._buffer, self._wanted = len(self._buffer), b"", -1
        return (time.perf_counter() - self._began) * 1_000, size


def ask(url: str, paths: Sequence[str], clients: int, seconds: float, rate: float | None = None) -> Asked:
    """Ask `paths` in turn over `clients` connections: each at once again, or all together `rate` times a second."""
    port = int(url.rsplit(":", 1)[1])
    raw = [f"GET /api/v1{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths]
    asked, selector = Asked(), selectors.DefaultSelector()
    connections = [_Connection(port, raw, number * len(raw) // clients) for number in range(clients)]
    pause = clients / rate if rate else 0.0
    began = time.perf_counter()
    waiting = [(began + pause * number / clients, number) for number in range(clients)]
    for number, connection in enumerate(connections):
        selector.register(connection.socket, selectors.EVENT_READ, (number, connection))
    due_of = [due for due, _ in waiting]
    while (now := time.perf_counter()) < began + seconds:
        while waiting and waiting[0][0] <= now:
            due, number = heapq.heappop(waiting)
            due_of[number] = due
            connections[number].ask(due if rate else None)
        for key, _ in selector.select(max(0.0, waiting[0][0] - now) if waiting else 1.0):
            number, connection = key.data
            if (done := connection.read()) is not None:
                asked.taken.append(done[0])
                asked.bytes += done[1]
                heapq.heappush(waiting, (due_of[number] + pause if rate else 0.0, number))
    asked.seconds = now - began
    for connection in connections:
        connection.socket.close()
    return asked


def freshness(it: Platform, token: str, times: int, rng: random.Random) -> dict[str, list[float]]:
    """Milliseconds from the answer of an edit until a search shows it, on connections of both processes."""
    admin, seen = Caller(it.url, token), {"price": [], "switched off": []}  # type: ignore[var-annotated]
    skus = [
        row["sku"]
        for row in it.shop.db.listings.find({"store_id": it.store_ids[0], "enabled": True}).limit(500)
    ]
    for number in range(times):
        sku, price = rng.choice(skus), 500 + number
        change = {"price": {"amount": price, "currency": "INR"}} if number % 2 else {"available": False}
        admin.must("PATCH", f"/store/inventory/{sku}?store_id={it.store_ids[0]}", change)
        began = time.perf_counter()

        def shown(sku: str = sku, price: int = price, odd: int = number % 2) -> bool:
            body = Caller(it.url).must("GET", f"/products?store_id={it.store_ids[0]}&q={quote(sku)}&limit=5")
            found = next((one for one in body["items"] if one["sku"] == sku), None)
            return found is not None and (
                found["price"]["amount"] == price if odd else not found["available"]
            )

        # New connections reach either process: seen ten times in a row, both know.
        streak = 0
        last = began
        while streak < 10:
            if shown():
                streak += 1
            else:
                streak, last = 0, time.perf_counter()
            if time.perf_counter() - began > 10:
                raise SystemExit(f"an edit of {sku} was not seen in 10 s")
        seen["price" if number % 2 else "switched off"].append((last - began) * 1_000)
    return seen


# --- the whole -----------------------------------------------------------------------------------------------------


def measure(it: Platform, clients: int, seconds: float, runs: int, rng: random.Random) -> None:
    categories = [row["_id"] for row in it.shop.db.categories.find({}, {"_id": 1})]
    kinds: dict[str, tuple[Callable[[], str], int]] = {
        "list": (lambda: listings(rng, it, categories), 400),
        "search": (lambda: searches(rng, it), 400),
        "suggest": (lambda: suggestions(rng, it), 200),
        "list with all facets": (lambda: facets(rng, it, categories), 100),
    }
    for name, (make, rate) in kinds.items():
        paths = [make() for _ in range(2_000)]
        ask(it.url, paths, clients, min(2.0, seconds))
        before = it.cpu_seconds()
        done = [ask(it.url, paths, clients, seconds) for _ in range(runs)]
        cpu = (it.cpu_seconds() - before) / sum(len(one.taken) for one in done)
        paced = [ask(it.url, paths, clients, seconds, rate) for _ in range(runs)]
        alone = ask(it.url, paths, 1, min(3.0, seconds))
        most = statistics.median(one.rate for one in done)
        print(
            f"{name:<21}{most:5.0f}/s {_times(done)}   API CPU {cpu * 1e3:.2f} ms"
            f"   at {rate}/s {_times(paced)}   alone {_times([alone])}",
            flush=True,
        )


def _times(done: Sequence[Asked]) -> str:
    p50, p99 = (statistics.median(one.quantile(share) for one in done) for share in (0.5, 0.99))
    return f"p50 {p50:.1f} p99 {p99:.1f} ms"


def deep_pages(it: Platform) -> None:
    """The first and the 1,000th page."""
    caller, times, cursor = Caller(it.url), [], ""
    for _ in range(1_000):
        answer = caller.call("GET", f"/products?store_id={it.store_ids[0]}&limit=20&sort=price_asc{cursor}")
        times.append(answer.seconds * 1_000)
        if answer.body["next"] is None:
            break
        cursor = f"&cursor={answer.body['next']}"
    first, last = statistics.median(times[1:51]), statistics.median(times[-50:])
    print(
        f"pages 2–51: {first:.1f} ms, pages {len(times) - 49}–{len(times)}: {last:.1f} ms (medians)",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.catalogue")
    options.add_argument("--sizes", type=int, nargs="+", default=[50_000], help="numbers of products")
    options.add_argument("--stores", type=int, default=12)
    options.add_argument("--clients", type=int, default=16)
    options.add_argument("--seconds", type=float, default=6.0)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--catalogue", type=Path)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args(arguments)
    for size in chosen.sizes:
        rng = random.Random(chosen.seed)
        with platform(size, chosen.stores, chosen.catalogue, rng) as it:
            print(
                f"copies built in {it.built_seconds:.1f} s at most; API processes {it.memory_mb()} MB",
                flush=True,
            )
            measure(it, chosen.clients, chosen.seconds, chosen.runs, rng)
            deep_pages(it)
            seen = freshness(it, login(it.url, "super@demo.shopsmart.local"), 40, rng)
            for name, taken in seen.items():
                print(
                    f"{name}: seen by searches in every process after p50 {statistics.median(taken):.0f} ms, "
                    f"at most {max(taken):.0f} ms",
                    flush=True,
                )
            print(f"API processes afterwards {it.memory_mb()} MB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
