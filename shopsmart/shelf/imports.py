"""Bulk sync of a store's stock: many lines of differences or counts, each answered by number, once per batch."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Conflict, Invalid, ShopError
from shopsmart.identity.model import Actor
from shopsmart.infra import audit
from shopsmart.inventory import edits, store
from shopsmart.inventory import service as inventory
from shopsmart.inventory.edits import Outcomes
from shopsmart.inventory.model import MOST_ON_HAND, Edit, stock_id

if TYPE_CHECKING:
    from shopsmart.context import Shop

MODES = {"delta": "delta", "absolute": "on_hand"}  # mode -> the column with its number
_SKU = re.compile(r"[A-Za-z0-9:_.~-]{1,80}")
_WHOLE = re.compile(r"[+-]?[0-9]{1,7}")


@dataclass(frozen=True)
class Row:
    """A line of the file that can be read: `value` units up or down, or counted."""

    line: int
    sku: str
    value: int
    reason: str


@dataclass(frozen=True)
class BadLine:
    line: int
    sku: str
    code: str
    detail: str


# --- reading ---------------------------------------------------------------------------------------------------


def read(text: str, mode: str, most: int) -> tuple[list[Row], list[BadLine]]:
    """The lines of a CSV with a header: `sku`, `delta` or `on_hand` by mode, and perhaps `reason`.

    Raises Invalid (`invalid_csv`, `too_many_lines`) where the file as a whole cannot be read.
    """
    if "\0" in text:
        raise Invalid("The file is not plain text.", code="invalid_csv")
    lines = csv.reader(io.StringIO(text), strict=True)
    try:
        columns = [name.strip().lower() for name in next(lines, [])]
        _check_columns(columns, mode)
        rows: list[Row] = []
        bad: list[BadLine] = []
        seen: set[str] = set()
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) + len(bad) >= most:
                raise Invalid(f"At most {most} lines at once.", code="too_many_lines")
            read_line = _row(lines.line_num, cells, columns, mode, seen)
            if isinstance(read_line, Row):
                rows.append(read_line)
                seen.add(read_line.sku)
            else:
                bad.append(read_line)
    except csv.Error as fault:
        raise Invalid(f"Line {lines.line_num}: {fault}.", code="invalid_csv") from fault
    if not rows and not bad:
        raise Invalid("The file has no lines.", code="invalid_csv")
    return rows, bad


def _check_columns(columns: Sequence[str], mode: str) -> None:
    needed = ["sku", MODES[mode]]
    known = {*needed, "reason"} if mode == "delta" else set(needed)
    if sorted(columns) != sorted(set(columns)) or not set(needed) <= set(columns) <= known:
        raise Invalid(f"The first line names the columns: {', '.join(sorted(known))}.", code="invalid_csv")


def _row(line: int, cells: Sequence[str], columns: Sequence[str], mode: str, seen: set[str]) -> Row | BadLine:
    if len(cells) != len(columns):
        return BadLine(line, "", "malformed_line", f"{len(columns)} columns expected, {len(cells)} found.")
    given = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
    sku, number = given["sku"], given[MODES[mode]]
    if not _SKU.fullmatch(sku):
        return BadLine(line, sku[:80], "malformed_line", "This is no SKU.")
    if not _WHOLE.fullmatch(number) or not _in_range(int(number), mode):
        return BadLine(line, sku, "bad_quantity", "A whole number of units is expected.")
    if mode == "absolute" and sku in seen:
        return BadLine(line, sku, "duplicate_sku", "The item was counted in an earlier line.")
    reason = given.get("reason") or ("correction" if mode == "delta" else "counted")
    if mode == "delta" and reason not in inventory.ADJUST_REASONS:
        known = ", ".join(inventory.ADJUST_REASONS)
        return BadLine(line, sku, "unknown_reason", f"Give one of: {known}.")
    return Row(line, sku, int(number), reason)


def _in_range(number: int, mode: str) -> bool:
    return 0 <= number <= MOST_ON_HAND if mode == "absolute" else 0 < abs(number) <= MOST_ON_HAND


# --- doing -----------------------------------------------------------------------------------------------------


def foresee(
    shop: "Shop", actor: Actor, store_id: str, text: str, mode: str, *, declare_short: bool
) -> dict[str, Any]:
    """What an import would do now; nothing is changed. As `run`."""
    rows, bad = read(text, mode, shop.settings.max_import_lines)
    numbered = _edits(rows, mode, actor, "dry", declare_short)
    outcomes = edits.foresee(shop, store_id, list(numbered))
    return _report(numbered, outcomes, bad)


def run(
    shop: "Shop",
    actor: Actor,
    store_id: str,
    text: str,
    mode: str,
    key: str,
    *,
    all_or_none: bool,
    declare_short: bool,
) -> dict[str, Any]:
    """Make the edits of a file: `{accepted, refused, lines}`, `lines` being the refused ones.

    `key` names the batch; a repeat goes on where a crash stopped. `all_or_none` refuses the whole file for one
    bad line. `declare_short` records counts below what orders were promised as shortages.
    Raises Invalid (`invalid_csv`, `too_many_lines`, `import_refused`), Conflict `import_interrupted`.
    """
    rows, bad = read(text, mode, shop.settings.max_import_lines)
    batch = store.begin_import(
        shop.db,
        {
            "_id": f"{store_id}:{actor.user_id}:{key}",
            "batch": shop.new_id(),
            "attempt": 1,
            "state": "running",
            "store_id": store_id,
            "mode": mode,
            "by": actor.user_id,
            "at": shop.now(),
        },
    )
    name = f"import:{batch['batch']}:{batch['attempt']}"
    numbered = _edits(rows, mode, actor, name, declare_short)
    if all_or_none:
        outcomes = _all_or_none(shop, store_id, batch, numbered, bad)
    else:
        outcomes = edits.make_many(shop, store_id, list(numbered))
    report = _report(numbered, outcomes, bad)
    inventory.mend_shortages(shop)
    audit.record(
        shop,
        actor,
        "inventory.imported",
        f"store:{store_id}",
        None,
        {"batch": batch["batch"], "mode": mode, "accepted": report["accepted"], "refused": report["refused"]},
    )
    store.end_import(
        shop.db, batch["_id"], {"state": "done", **{one: report[one] for one in ("accepted", "refused")}}
    )
    return report


Numbered = dict[Edit, int]  # edit -> its line in the file


def _edits(rows: Sequence[Row], mode: str, actor: Actor, name: str, declare_short: bool) -> Numbered:
    kind = "adjust" if mode == "delta" else "count"
    return {
        Edit(
            row.sku,
            f"{name}:{row.line}",
            kind,
            row.value,
            actor.user_id,
            row.reason,
            may_be_short=declare_short,
        ): row.line
        for row in rows
    }


def _all_or_none(
    shop: "Shop", store_id: str, batch: dict[str, Any], numbered: Numbered, bad: Sequence[BadLine]
) -> Outcomes:
    """Look first, then what takes units away, then what adds: only the former can still be refused by a sale."""
    foreseen = edits.foresee(shop, store_id, list(numbered))
    report = _report(numbered, foreseen, bad)
    if report["refused"]:
        raise Invalid(
            f"{report['refused']} lines cannot be taken, so none was.",
            code="import_refused",
            lines=report["lines"],
        )
    before = store.of_ids(shop.db, {stock_id(store_id, edit.sku) for edit in numbered})
    downward = [edit for edit in numbered if _takes(edit, before[stock_id(store_id, edit.sku)]["on_hand"])]
    upward = [edit for edit in numbered if edit not in set(downward)]
    outcomes: Outcomes = {}
    for phase in (downward, upward):
        outcomes |= edits.make_many(shop, store_id, phase)
        if any(isinstance(outcome, ShopError) for outcome in outcomes.values()):
            _undo(shop, store_id, batch, list(numbered))
            raise Conflict(
                "Units were sold while the file was being read in, so none of it was kept; send it again.",
                code="import_interrupted",
                lines=_report(numbered, outcomes, bad)["lines"],
            )
    return outcomes


def _takes(edit: Edit, on_hand: int) -> bool:
    return edit.value < 0 if edit.kind == "adjust" else edit.value < on_hand


def _undo(shop: "Shop", store_id: str, batch: dict[str, Any], made: Sequence[Edit]) -> None:
    moved = store.units_of(shop.db, [(stock_id(store_id, edit.sku), edit.ref) for edit in made])
    back = [
        Edit(edit.sku, f"{edit.ref}:undo", "adjust", -moved[edit.ref], edit.actor, "correction")
        for edit in made
        if moved.get(edit.ref)
    ]
    edits.make_many(shop, store_id, back)
    store.import_undone(shop.db, batch)


def _report(numbered: Numbered, outcomes: Outcomes, bad: Sequence[BadLine]) -> dict[str, Any]:
    refused = list(bad)
    for edit, line in numbered.items():
        outcome = outcomes.get(edit.ref)
        if isinstance(outcome, ShopError):
            refused.append(BadLine(line, edit.sku, outcome.code, outcome.detail))
    return {
        "accepted": len(numbered) + len(bad) - len(refused),
        "refused": len(refused),
        "lines": [vars(one) for one in sorted(refused, key=lambda one: one.line)],
    }
