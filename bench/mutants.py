"""`python -m bench.mutants`: break the code in one place at a time and see that a test notices.

Each mutant is a change of text in a temporary copy of the checkout, against which the named tests run. A mutant that
no test turns red is a hole in the tests, one whose text is no longer there is stale: both fail the run.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("shopsmart", "blueprints", "workers", "seeds", "bench", "tests", "docs")
COPIED_FILES = ("setup.cfg", "pyproject.toml", "wsgi.py", "README.md")
RED = 1  # pytest's status for tests that failed; others mean that it could not run them
TEST_SECONDS = 240


@dataclass(frozen=True)
class Mutant:
    """`old` stands exactly once in `file`; with `new` in its place one of `tests` must fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        "drop the guard on available",
        "shopsmart/inventory/store.py",
        '        "available": {"$gte": line.quantity},\n        "holds.id"',
        '        "holds.id"',
        ("tests/shopsmart/inventory/test_hot.py", "tests/shopsmart/inventory/test_edits.py"),
    ),
    Mutant(
        "let a hold be taken twice",
        "shopsmart/inventory/store.py",
        '        "holds.id": {"$ne": hold_id},\n',
        "",
        ("tests/shopsmart/inventory/test_edits.py",),
    ),
    Mutant(
        "sell what is switched off",
        "shopsmart/inventory/store.py",
        '        "sellable": True,\n        "available"',
        '        "available"',
        ("tests/shopsmart/inventory/test_edits.py",),
    ),
    Mutant(
        "edit without looking whether it moved",
        "shopsmart/inventory/store.py",
        'UpdateOne({"_id": before["_id"], "seq": before["seq"]}, change)',
        'UpdateOne({"_id": before["_id"]}, change)',
        ("tests/shopsmart/inventory/test_edits.py",),
    ),
    Mutant(
        "forget the ledger when asking whether an edit was made",
        "shopsmart/inventory/edits.py",
        " | {ref for _, ref in copied}",
        "",
        ("tests/shopsmart/inventory/test_edits.py",),
    ),
    Mutant(
        "do not merge equal SKUs",
        "shopsmart/inventory/model.py",
        "    totals: dict[str, int] = {}\n",
        "    return sorted(lines, key=lambda line: line.sku)\n    totals: dict[str, int] = {}\n",
        ("tests/shopsmart/inventory/test_model.py", "tests/shopsmart/inventory/test_edits.py"),
    ),
    Mutant(
        "free what is past its time although its order lives",
        "shopsmart/orders/sweeping.py",
        '            if order is None or order["status"] in ENDED or ',
        '            if (kept["until"] or shop.now()) < shop.now() or order is None or ',
        ("tests/journeys/test_promises.py",),
    ),
    Mutant(
        "keep the hold of an order that ended",
        "shopsmart/orders/effects.py",
        '        inventory.release_order(shop, order["_id"], reason)\n',
        "        return\n",
        ("tests/journeys/test_promises.py",),
    ),
    Mutant(
        "write with w:1",
        "shopsmart/infra/mongo.py",
        'WriteConcern(w="majority", j=True),\n        read_concern',
        "WriteConcern(w=1),\n        read_concern",
        ("tests/journeys/test_promises.py",),
    ),
    Mutant(
        "answer before the order is placed",
        "shopsmart/orders/placing.py",
        '    """All is held: the order becomes real. From here on it is acknowledged."""\n',
        '    """All is held: the order becomes real. From here on it is acknowledged."""\n    return order\n',
        ("tests/blueprints/test_orders.py", "tests/journeys/test_promises.py"),
    ),
    Mutant(
        "move an order that somebody else has moved",
        "shopsmart/orders/store.py",
        '        {"_id": move.order["_id"], "version": move.order["version"]},\n',
        '        {"_id": move.order["_id"]},\n',
        ("tests/journeys/test_promises.py",),
    ),
    Mutant(
        "no unique index on the idempotency key",
        "shopsmart/orders/store.py",
        '[("key", ASCENDING)], name="key", unique=True, ',
        '[("key", ASCENDING)], name="key", ',
        ("tests/blueprints/test_idempotency.py",),
    ),
    Mutant(
        "deliver an event again although it is done or under way",
        "shopsmart/infra/outbox.py",
        '{"_id": delivery_id, "state": "due", "receives": '
        '{"$lt": shop.settings.max_receives}, **_free(now)},',
        '{"_id": delivery_id},',
        ("tests/shopsmart/infra/test_outbox.py",),
    ),
    Mutant(
        "show anybody's order",
        "shopsmart/orders/looking.py",
        '    if order is None or order["customer_id"] != actor.user_id or order["status"] == "holding":\n',
        '    if order is None or order["status"] == "holding":\n',
        ("tests/blueprints/test_orders.py",),
    ),
    Mutant(
        "believe any amount",
        "shopsmart/payments/recording.py",
        '    if (amount, currency) != (payment["amount"], payment["currency"]):\n',
        "    if False:\n",
        ("tests/shopsmart/payments/test_inbox.py", "tests/shopsmart/payments/test_payments.py"),
    ),
    Mutant(
        "skip the signature of webhooks",
        "shopsmart/payments/gateways/sandbox.py",
        "        if not hmac.compare_digest(self._webhook_digest(stamp, body), digest):\n",
        "        if False:\n",
        ("tests/shopsmart/payments/test_inbox.py",),
    ),
    Mutant(
        "skip the signature that a browser brings",
        "shopsmart/payments/gateways/sandbox.py",
        "        return hmac.compare_digest(right.encode(), signature.encode())\n",
        "        return True or right == signature\n",
        ("tests/blueprints/test_payments.py",),
    ),
    Mutant(
        "shorten an order and keep its hold",
        "shopsmart/orders/shortages.py",
        '"effects": ["shorten_holds", "refund_difference"],',
        '"effects": ["refund_difference"],',
        ("tests/journeys/test_shortages.py",),
    ),
    Mutant(
        "keep the money for missing goods",
        "shopsmart/orders/shortages.py",
        '"effects": ["shorten_holds", "refund_difference"],',
        '"effects": ["shorten_holds"],',
        ("tests/journeys/test_shortages.py",),
    ),
    Mutant(
        "shorten an order that has changed",
        "shopsmart/orders/store.py",
        '        {"_id": order["_id"], "version": order["version"]}, change, return_document=ReturnDocument.AFTER\n',
        '        {"_id": order["_id"]}, change, return_document=ReturnDocument.AFTER\n',
        ("tests/journeys/test_rerouting.py", "tests/journeys/test_shortages.py"),
    ),
    Mutant(
        "look at any number of codes",
        "shopsmart/orders/store.py",
        ', "code_tries": {"$not": {"$gte": most}}}',
        "}",
        ("tests/journeys/test_collecting.py",),
    ),
    Mutant(
        "capture a payment twice",
        "shopsmart/payments/recording.py",
        '        if payment["captured"]:\n',
        "        if False:\n",
        ("tests/shopsmart/payments/test_payments.py", "tests/shopsmart/payments/test_inbox.py"),
    ),
    Mutant(
        "free a lock that somebody else holds by now",
        "shopsmart/infra/locks.py",
        """if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0""",
        """return redis.call('del', KEYS[1])""",
        ("tests/shopsmart/infra/test_locks.py",),
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    chosen = [one for one in MUTANTS if not options.only or options.only in one.name]
    if not chosen:
        print("No such mutant.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="shopsmart-mutants-") as folder:
        copy = Path(folder)
        _copy(copy)
        if not options.unchecked and not _sound(copy, chosen):
            return 2
        print(f"{'MUTANT':<58} {'RESULT':<9} SECONDS", flush=True)
        survived = [one for one in chosen if not _caught(copy, one)]
    print(f"{len(chosen) - len(survived)} of {len(chosen)} mutants were caught.")
    return 1 if survived else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--only", help="only mutants whose name holds this")
    parser.add_argument("--unchecked", action="store_true", help="do not first run the tests unchanged")
    return parser.parse_args(arguments)


def _copy(to: Path) -> None:
    for name in COPIED:
        shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in COPIED_FILES:
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, to / name)


def _sound(copy: Path, chosen: Iterable[Mutant]) -> bool:
    """Whether the tests are green without any mutant: only then does red mean something."""
    tests = list(dict.fromkeys(test for one in chosen for test in one.tests))
    status, said = _run_tests(copy, tests, seconds=4 * TEST_SECONDS)
    if status:
        print(f"The tests are not green as they are (status {status}):\n{said[-3_000:]}", file=sys.stderr)
    return status == 0


def _caught(copy: Path, mutant: Mutant) -> bool:
    path = copy / mutant.file
    sound = path.read_text()
    began = time.monotonic()
    if sound.count(mutant.old) != 1:
        result = "stale"
    else:
        path.write_text(sound.replace(mutant.old, mutant.new))
        try:
            status, _ = _run_tests(copy, mutant.tests, seconds=TEST_SECONDS)
        finally:
            path.write_text(sound)
        result = {0: "SURVIVED", RED: "caught"}.get(status, f"status {status}")
    print(f"{mutant.name:<58} {result:<9} {time.monotonic() - began:.0f}", flush=True)
    return result == "caught"


def _run_tests(copy: Path, tests: Sequence[str], seconds: float) -> tuple[int, str]:
    """pytest's status and words; tests that hang are red."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        *tests,
    ]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as hung:
        return RED, str(hung)
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())
