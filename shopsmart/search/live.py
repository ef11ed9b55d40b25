"""Keeps one process's copy of all shelves fresh, by following MongoDB's change stream.

The copy is built once, then every change is taken in as it is written: an edit shows within milliseconds, in every
process by itself. What is lost on the way (an election, a restarted server) is caught up from the last position;
where that is gone, a new copy is built beside the old one. Nobody is answered out of a copy that has not heard of
MongoDB for a second, unless MongoDB itself does not answer.
"""

import gc
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import pymongo
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from shopsmart.infra import metrics
from shopsmart.search import store
from shopsmart.search.columns import Copy
from shopsmart.search.engine import new_engine

log = logging.getLogger(__name__)

FRESH_SECONDS = 1.0
MOST_STALE_SECONDS = 300.0
_WAIT_MS = 50  # for the next change; afterwards what came is taken in
_ANSWER_SECONDS = 0.9  # after that MongoDB counts as away
_AGAIN_SECONDS = 0.2
_HEAR_SECONDS = 0.5
_GATHER = 200  # changed products or new shelves read at once
_GATHER_SECONDS = 0.05
# While a copy is built others have work too: a pause after so many documents.
_PRODUCTS_A_BREATH, _NUMBERS_A_BREATH = 20, 1_000
_PUT_AT_ONCE = 10
_MANY = 10_000

Row = TypeVar("Row")


class PlaceLost(Exception):
    """The copy cannot be brought up to date by what comes next: it must be built anew."""


class Live:
    """The copy of one process. `view` starts it at its first use; `start` does so at once."""

    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        *,
        exact: bool = False,
        patience: float = 0.0,
    ) -> None:
        """`exact`: every view has all that was written before it. `patience`: seconds to wait for the first copy."""
        self._db, self._now = db, now
        self._name = new_id
        self._exact, self._patience = exact, patience
        self._reader = ""
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._ended = threading.Event()
        self._there = threading.Event()
        self._copy: Copy | None = None
        self._next: Copy | None = None  # being built or brought up to date
        self._position: Mapping[str, Any] | None = None
        self._since: Any = None
        self._in_touch = float("-inf")  # up to when the copy knows what was written
        self._away = False
        self._changed: dict[str, None] = {}  # SKUs to read again
        self._changed_since = 0.0
        self._marks = 0
        self._seen_mark = 0
        self._marked = threading.Condition()
        self._heard = threading.Condition()

    # --- asking ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to build and to follow, in a thread of its own. Safe to repeat."""
        if self._thread is not None:
            return
        with self._starting:
            if self._thread is None and not self._ended.is_set():
                self._reader = self._name()
                metrics.COPY_PRODUCTS.set(0)
                self._thread = threading.Thread(target=self._run, name="live-copy", daemon=True)
                self._thread.start()

    def close(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def view(self) -> Copy | None:
        """The copy if it may be answered from, None while it may not: then MongoDB is to be asked."""
        if self._ended.is_set():
            return None
        self.start()
        if self._copy is None and self._patience:
            self._there.wait(self._patience)
        if self._exact:
            self.catch_up(self._patience)
        if self._may_answer() or (self._copy is self._next and self._hear()):
            return self._copy
        metrics.COPY_BYPASSED.inc()
        return None

    def _may_answer(self) -> bool:
        age = self.age()
        return age <= FRESH_SECONDS or (self._away and age <= MOST_STALE_SECONDS) or self._exact

    def _hear(self) -> bool:
        """Let the follower have its turn: in a server with more to do than it can, requests keep it waiting."""
        with self._heard:
            return self._heard.wait_for(self._may_answer, _HEAR_SECONDS)

    def age(self) -> float:
        """Seconds since the copy was known to be as MongoDB is."""
        return time.monotonic() - self._in_touch

    @property
    def stale(self) -> bool:
        """Whether the copy is older than it should be because MongoDB does not answer."""
        return self._copy is not None and self._away and self.age() > FRESH_SECONDS

    def catch_up(self, seconds: float) -> bool:
        """Wait until the copy has everything that was written before this call; False if that takes longer."""
        if self._copy is None:
            return False
        with self._marked:
            self._marks += 1
            number = self._marks
        try:
            store.mark(self._db, self._reader, number, self._now())
        except PyMongoError:
            return False
        with self._marked:
            return self._marked.wait_for(lambda: self._seen_mark >= number, seconds)

    # --- following -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                if self._next is None:
                    self._build()
                self._follow(self._next)  # type: ignore[arg-type]
            except PyMongoError as fault:
                self._lost(fault)
            except Exception:
                # Whatever it was, what MongoDB has is right: a copy that may be wrong is not kept.
                log.exception("live copy failed, building it anew")
                self._next = None
                self._ended.wait(1)

    def _lost(self, fault: PyMongoError) -> None:
        passing = not isinstance(fault, OperationFailure) or fault.timeout
        if not passing and not fault.has_error_label("ResumableChangeStreamError"):
            log.warning("live copy lost its place, building it anew", extra={"fault": str(fault)[:200]})
            self._next = None
        elif not self._away:
            log.warning("live copy lost mongodb", extra={"fault": str(fault)[:200]})
        self._away = passing
        self._ended.wait(_AGAIN_SECONDS)

    def _build(self) -> None:
        """Read everything. What changes meanwhile is in the log from `_since` on; to take it in twice is harmless."""
        began = time.monotonic()
        self._position, self._since = None, store.time_of(self._db)
        copy = Copy(new_engine())
        copy.put_categories(store.categories(self._db))
        copy.fences.put(store.stores(self._db))
        copy.fill(_breathing(store.products(self._db), _PRODUCTS_A_BREATH))
        for listing in _breathing(store.listings(self._db), _NUMBERS_A_BREATH):
            copy.put_listing(*_store_and_sku(listing["_id"]), listing)
        for stock in _breathing(store.stock(self._db), _NUMBERS_A_BREATH):
            copy.put_stock(*_store_and_sku(stock["_id"]), stock)
        self._take_popularity(copy)
        self._changed.clear()
        self._next = copy
        if len(copy) > _MANY:
            # It lives as long as the process: the collector would only stop everybody to walk through it.
            gc.collect()
            gc.freeze()
        metrics.COPY_BUILD_SECONDS.set(time.monotonic() - began)

    def _follow(self, copy: Copy) -> None:
        """Take in changes until something goes wrong."""
        with store.changes(self._db, self._reader, self._since, self._position, _WAIT_MS) as stream:
            while not self._ended.is_set():
                asked = time.monotonic()
                with pymongo.timeout(_ANSWER_SECONDS):
                    change = stream.try_next()
                self._away = False
                if change is not None:
                    self._take(copy, change)
                if self._changed and (change is None or self._enough_changed()):
                    self._take_products(copy)
                # What was taken in so far is all that was to be had, or all until the change was written.
                self._position = stream.resume_token
                self._known(copy, asked if change is None else self._written(change))

    def _written(self, change: Mapping[str, Any]) -> float:
        """When the change was written, on the monotonic clock."""
        age: float = (self._now() - change["wallTime"]).total_seconds()
        return time.monotonic() - max(0.0, age)

    def _known(self, copy: Copy, until: float) -> None:
        """The copy has everything that was written until then; once that is fresh, it is the one that answers."""
        if not self._changed:
            self._in_touch = max(self._in_touch, until)
            with self._heard:
                self._heard.notify_all()
        if self._copy is not copy and time.monotonic() - until < FRESH_SECONDS:
            self._copy = copy
            self._there.set()
            metrics.COPY_PRODUCTS.set(len(copy))

    def _enough_changed(self) -> bool:
        return len(self._changed) >= _GATHER or time.monotonic() - self._changed_since > _GATHER_SECONDS

    def _take(self, copy: Copy, change: Mapping[str, Any]) -> None:
        kind, name = change["operationType"], change["ns"]["coll"]
        if "documentKey" not in change:
            raise PlaceLost(f"{name}: {kind}")
        key = change["documentKey"]["_id"]
        if name == "stock":
            self._take_stock(copy, key, kind, _fields(change))
        elif name == "listings":
            self._take_listing(copy, key, kind, _fields(change))
        elif name == "products":
            self._note([key])
        elif name == "categories":
            copy.put_categories(store.categories(self._db))
            self._note(store.skus_below(self._db, [key]))
        elif name == "stores":
            with copy.lock:
                copy.fences.remove(key)
                copy.fences.put(store.stores(self._db, [key]))
        elif name == "popularity_runs":
            self._take_popularity(copy)
        else:
            self._take_mark(copy, int(_fields(change)["n"]))

    def _note(self, skus: Iterable[str]) -> None:
        if not self._changed:
            self._changed_since = time.monotonic()
        self._changed.update(dict.fromkeys(skus))

    def _take_stock(self, copy: Copy, key: str, kind: str, fields: Mapping[str, Any]) -> None:
        with copy.lock:
            gone = {"available": 0, "sellable": False}
            copy.put_stock(*_store_and_sku(key), gone if kind == "delete" else fields)

    def _take_listing(self, copy: Copy, key: str, kind: str, fields: Mapping[str, Any]) -> None:
        with copy.lock:
            copy.put_listing(*_store_and_sku(key), {"enabled": False} if kind == "delete" else fields)

    def _take_products(self, copy: Copy) -> None:
        """Read again what changed; new products come with their listings and their stock."""
        skus = list(self._changed)[:_GATHER]
        found = store.products_of(self._db, skus)
        new: list[str] = []
        for start in range(0, len(found), _PUT_AT_ONCE):
            with copy.lock:
                new += copy.put(found[start : start + _PUT_AT_ONCE])
            time.sleep(0)
        with copy.lock:
            copy.remove(set(skus) - {product["_id"] for product in found})
        if new:
            listings, stocks = store.listings_of(self._db, new), store.stock_of(self._db, new)
            with copy.lock:
                for listing in listings:
                    copy.put_listing(*_store_and_sku(listing["_id"]), listing)
                for stock in stocks:
                    copy.put_stock(*_store_and_sku(stock["_id"]), stock)
        for sku in skus:
            del self._changed[sku]
        self._changed_since = time.monotonic()

    def _take_popularity(self, copy: Copy) -> None:
        weights = store.popularity(self._db)
        with copy.lock:
            for store_id, of_store in weights.items():
                copy.put_popularity(store_id, of_store)

    def _take_mark(self, copy: Copy, number: int) -> None:
        while self._changed:
            self._take_products(copy)
        with self._marked:
            self._seen_mark = max(self._seen_mark, number)
            self._marked.notify_all()


def _store_and_sku(key: str) -> tuple[str, str]:
    store_id, _, sku = key.rpartition(":")
    return store_id, sku


def _fields(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the document has now, as far as the change tells; removed fields are None."""
    if change["operationType"] != "update":
        return change.get("fullDocument") or {}
    update = change["updateDescription"]
    return {**dict.fromkeys(update.get("removedFields", ())), **update.get("updatedFields", {})}


def _breathing(rows: Iterable[Row], count: int) -> Iterator[Row]:
    """`rows`, with a pause for others after each `count` of them."""
    for number, row in enumerate(rows, start=1):
        yield row
        if number % count == 0:
            time.sleep(0)
