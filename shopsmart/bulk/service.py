"""Imports of products and listings: taken in, carried on by whoever is free, told of while they run.

One engine behind command, API and job. Progress is kept after every batch, and rows that stand already change
nothing: an import that was killed goes on where it stopped, and a file that comes twice does nothing the second time.
"""

import csv
import hashlib
import io
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from shopsmart.bulk import formats, rows, store
from shopsmart.bulk.records import FORMATS, Record, neutral, records
from shopsmart.bulk.rows import Outcome
from shopsmart.catalog import store as products
from shopsmart.errors import Conflict, Invalid, NotFound
from shopsmart.identity.model import Actor
from shopsmart.infra import audit
from shopsmart.inventory import store as stock

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

MOST_BYTES = 256 * 1024 * 1024
MOST_ROWS = 500_000
MOST_ERRORS = 100_000
BATCH = 500
LEASE = timedelta(seconds=60)
HANDED_OUT_FOR = timedelta(seconds=60)
MOST_TRIES = 20
FILES_KEPT = timedelta(days=7)
IMPORTS_KEPT = timedelta(days=90)
_SWEPT_AT_ONCE = 20
COUNTS = ("read", "created", "changed", "unchanged", "refused")


# --- taking in -------------------------------------------------------------------------------------------------


def begin(
    shop: "Shop",
    actor: Actor,
    chunks: Iterable[bytes],
    *,
    kind: str,
    format_: str,
    dry_run: bool,
    key: str | None,
) -> dict[str, Any]:
    """Keep a file and the wish to import it; `key` names the wish: the same again gives the same import.

    Without a key the file itself is it: one that was not finished goes on, one that was is imported anew.
    Raises Conflict `idempotency_conflict` for a key with another file, Invalid `invalid_file` for a senseless one.
    """
    if kind not in formats.KINDS or format_ not in FORMATS:
        raise Invalid("There is no such kind or format of file.", code="invalid_file")
    import_id = shop.new_id()
    meter = _Meter(chunks)
    store.put_file(shop.db, import_id, meter)
    what = {"kind": kind, "format": format_, "dry_run": dry_run, "digest": meter.digest, "size": meter.size}
    if key is None:
        key = _unfinished(shop, actor, what, import_id)
    document = {
        "_id": import_id,
        "key": f"{actor.user_id}:{key}",
        **what,
        "by": actor.user_id,
        "roles": sorted(actor.roles),
        "state": "waiting",
        "counts": dict.fromkeys(COUNTS, 0),
        "row": 0,
        "fault": None,
        "tries": 0,
        "at": shop.now(),
        "finished_at": None,
        "lease_until": None,
        "hand_out_at": shop.now() + HANDED_OUT_FOR,
    }
    kept = store.begin(shop.db, document)
    if kept["_id"] != import_id:
        store.remove_file(shop.db, import_id)
        if any(kept[name] != value for name, value in what.items()):
            raise Conflict("This key was used for another file.", code="idempotency_conflict")
    return kept


def _unfinished(shop: "Shop", actor: Actor, what: Mapping[str, Any], import_id: str) -> str:
    """The key of the same wish where it waits or runs still, else a new one."""
    own = f"{what['digest']}:{what['kind']}:{what['format']}:{what['dry_run']}"
    found = store.open_with(shop.db, actor.user_id, what)
    return found["key"].removeprefix(f"{actor.user_id}:") if found else f"{own}:{import_id}"


class _Meter:
    """Bytes on their way, counted. Raises Invalid `file_too_large`."""

    def __init__(self, chunks: Iterable[bytes]):
        self._chunks = chunks
        self._hash = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            if self.size > MOST_BYTES:
                raise Invalid(f"A file has at most {MOST_BYTES // 2**20} MB.", code="file_too_large")
            self._hash.update(chunk)
            yield chunk

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def hand_to_worker(shop: "Shop", import_id: str) -> None:
    shop.enqueue("bulk", "workers.jobs.carry_import", import_id)


def sweep(shop: "Shop") -> int:
    """Queue again what no worker carries any more; returns how many."""
    count = 0
    while count < _SWEPT_AT_ONCE:
        found = store.hand_out(shop.db, shop.now(), shop.now() + HANDED_OUT_FOR)
        if found is None or not shop.enqueue("bulk", "workers.jobs.carry_import", found["_id"]):
            break
        count += 1
    return count


def clear_away(shop: "Shop") -> int:
    """Remove files after a week and imports with their reports after a quarter; returns how many of both."""
    old = store.old_files(shop.db, shop.now() - FILES_KEPT, 100)
    for file_id in old:
        store.remove_file(shop.db, file_id)
    return len(old) + store.forget(shop.db, shop.now() - IMPORTS_KEPT)


# --- carrying on -----------------------------------------------------------------------------------------------


def carry_on(
    shop: "Shop", import_id: str, tell: Callable[[Mapping[str, Any]], None] = lambda _: None
) -> bool:
    """Import what is left of a file; False when there is nothing to do (any more), or somebody else does it.

    `tell` hears of the counts after every batch.
    """
    token = shop.new_id()
    found = store.take(shop.db, import_id, token, shop.now(), shop.now() + LEASE)
    if found is None:
        return False
    if found["tries"] > MOST_TRIES:
        return _end(
            shop, found, token, "failed", {"code": "tried_too_often", "detail": "It was begun too often."}
        )
    try:
        if not _work(shop, found, token, tell):
            return False
    except Invalid as fault:
        return _end(shop, found, token, "failed", {"code": fault.code, "detail": fault.detail})
    return _end(shop, found, token, "done", None)


def _work(shop: "Shop", found: dict[str, Any], token: str, tell: Callable[[Mapping[str, Any]], None]) -> bool:
    """False when somebody else took over."""
    kind, format_ = found["kind"], found["format"]
    batch_of = rows.of_kind(shop, found)
    chunks = _present(store.read_file(shop.db, found["_id"]))
    every = records(chunks, format_, formats.members(kind, format_))
    seen: dict[str, int] = {}
    for batch in _batches(every):
        if batch[-1].row > MOST_ROWS:
            raise Invalid(f"A file has at most {MOST_ROWS} rows.", code="invalid_file")
        read = [rows.Row.of(record, kind, format_, shop.settings.currency, seen) for record in batch]
        if batch[-1].row <= found["row"]:
            continue  # done before; it was only read to know what came already
        outcomes = batch_of([row for row in read if row.record.row > found["row"]])
        if not _noted(shop, found, token, outcomes):
            return False
        tell(found["counts"])
    if not seen and not found["row"] and not found["counts"]["read"]:
        raise Invalid("The file has no rows.", code="invalid_file")
    return True


def _present(chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(chunks, None)
    if first is None:
        raise Invalid("The file is empty, or was removed.", code="invalid_file")
    return itertools.chain([first], chunks)


def _batches(every: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(itertools.islice(every, BATCH)):
        yield batch


def _noted(shop: "Shop", found: dict[str, Any], token: str, outcomes: list[Outcome]) -> bool:
    counts = found["counts"]
    for outcome in outcomes:
        counts[outcome.what] += 1
    counts["read"] += len(outcomes)
    bad = [_report(found["_id"], one) for one in outcomes if one.what == "refused"]
    store.put_errors(shop.db, bad[: max(0, MOST_ERRORS - counts["refused"] + len(bad))])
    found["row"] = outcomes[-1].row
    until = shop.now() + LEASE
    sets = {"counts": counts, "row": found["row"], "lease_until": until, "hand_out_at": until, "tries": 1}
    return store.note(shop.db, found["_id"], token, sets)


def _report(import_id: str, one: Outcome) -> dict[str, Any]:
    facts = {"row": one.row, "line": one.line, "sku": one.sku, "code": one.code, "detail": one.detail}
    return {"_id": f"{import_id}:{one.row}", "import_id": import_id, **facts}


def _end(
    shop: "Shop", found: dict[str, Any], token: str, state: str, fault: Mapping[str, str] | None
) -> bool:
    sets = {"state": state, "fault": fault, "finished_at": shop.now(), "lease_until": None}
    if not store.note(shop.db, found["_id"], token, sets):
        return False
    store.remove_file(shop.db, found["_id"])
    actor = Actor(found["by"], frozenset(found["roles"]))
    if not found["dry_run"]:
        facts = {"kind": found["kind"], "state": state, **found["counts"]}
        audit.record(shop, actor, "catalogue.imported", f"import:{found['_id']}", None, facts)
    log.info("import ended", extra={"import": found["_id"], "state": state, "counts": found["counts"]})
    return True


# --- looking ---------------------------------------------------------------------------------------------------


def get(shop: "Shop", import_id: str) -> dict[str, Any]:
    """An import as it stands. Raises NotFound `unknown_import`."""
    found = store.get(shop.db, import_id)
    if found is None:
        raise NotFound("There is no such import.", code="unknown_import")
    return found


def newest(shop: "Shop", after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """A page of imports, newest first, and the key of the next."""
    found = store.newest(shop.db, after, limit + 1)
    return found[:limit], found[limit - 1]["_id"] if len(found) > limit else None


def errors(shop: "Shop", import_id: str, format_: str) -> Iterator[bytes]:
    """The refused rows as a file: their number, line, SKU, code and reason. Raises NotFound."""
    get(shop, import_id)
    names = ("row", "line", "sku", "code", "detail")
    found = store.errors(shop.db, import_id)
    if format_ == "jsonl":
        return (orjson.dumps({name: row[name] for name in names}) + b"\n" for row in found)
    return _csv(names, ([str(row[name]) for name in names] for row in found))


# --- writing out -----------------------------------------------------------------------------------------------


def export(
    shop: "Shop", kind: str, format_: str, *, store_id: str | None = None, with_stock: bool = False
) -> Iterator[bytes]:
    """All products or listings (of a store), piece by piece, as an import takes them.

    `with_stock` adds the units on the shelves, which an import would set.
    """
    if kind == "products":
        return _written(shop, kind, format_, _products(shop), formats.PRODUCT_COLUMNS)
    columns = formats.LISTING_COLUMNS if with_stock else formats.LISTING_COLUMNS[:-1]
    return _written(shop, kind, format_, _listings(shop, store_id, with_stock), columns)


def _products(shop: "Shop") -> Iterator[dict[str, Any]]:
    for one in products.every_product(shop.db):
        yield {"sku": one["sku"], **{name: one.get(name) for name in formats.FACTS}}


def _listings(shop: "Shop", store_id: str | None, with_stock: bool) -> Iterator[dict[str, Any]]:
    names = ("store_id", "sku", "price", "max_per_order", "enabled")
    every = products.every_listing(shop.db, store_id)
    while batch := list(itertools.islice(every, BATCH)):
        shelves = stock.of_ids(shop.db, {one["_id"] for one in batch}) if with_stock else {}
        for one in batch:
            row = {name: one[name] for name in names}
            if with_stock and one["_id"] in shelves:
                row["on_hand"] = shelves[one["_id"]]["on_hand"]
            yield row


def _written(
    shop: "Shop",
    kind: str,
    format_: str,
    found: Iterator[dict[str, Any]],
    columns: Iterable[formats.Column],
) -> Iterator[bytes]:
    if format_ == "jsonl":
        currency = shop.settings.currency
        return (orjson.dumps(formats.json_row(kind, row, currency)) + b"\n" for row in found)
    columns = tuple(columns)
    return _csv([column.name for column in columns], (formats.csv_cells(columns, row) for row in found))


def _csv(header: Iterable[str], found: Iterator[list[str]]) -> Iterator[bytes]:
    """Lines by the hundred, as no spreadsheet computes them."""
    yield (",".join(header) + "\r\n").encode()
    while batch := list(itertools.islice(found, BATCH)):
        text = io.StringIO(newline="")
        csv.writer(text).writerows([neutral(cell) for cell in row] for row in batch)
        yield text.getvalue().encode()
