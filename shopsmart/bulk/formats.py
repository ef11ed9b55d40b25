"""What stands in the files: the columns of each kind, read into facts and written out of them. Plain values only.

A row says as much as it wants: what it does not name stays as it is, what it leaves empty is emptied.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shopsmart.catalog import model as catalog
from shopsmart.catalog.model import DEFAULTS, FACTS, LANGUAGES
from shopsmart.errors import Invalid
from shopsmart.inventory.model import MOST_ON_HAND

KINDS = ("products", "listings")
_SKU = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_STORE = re.compile(r"[A-Za-z0-9:_.~-]{1,80}")
_MONEY = re.compile(r"([0-9]{1,8})(?:\.([0-9]{1,2}))?")
_WHOLE = re.compile(r"[0-9]{1,9}")
_MARK = re.compile(r"[a-z][a-z_]{0,29}")
_HSN = re.compile(r"([0-9]{2,8})?")
_IMAGE = re.compile(r"(https?://|/)[^\s\"'<>\\]+")
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LIST = "|"

Key = str | tuple[str, str]  # a fact, or one side of it: a text's language, a pack's value or unit
Facts = dict[Key, Any]


def bad(column: str, detail: str, code: str = "bad_value") -> Invalid:
    return Invalid(f"{column}: {detail}", code=code, errors={column: [detail]})


# --- single values ---------------------------------------------------------------------------------------------


def text(value: str, column: str, most: int, *, lines: bool = False) -> str:
    """Trimmed, NFC, without control characters, at most `most` long. Raises Invalid."""
    if not (value.isascii() and value.isprintable()):
        for character in value:
            if lines and character in "\n\r\t":
                continue
            if character in _BIDI or unicodedata.category(character) in {"Cc", "Cs"}:
                raise bad(column, "Control characters are not allowed.")
        value = unicodedata.normalize("NFC", value)
    value = value.strip()
    if len(value) > most:
        raise bad(column, f"At most {most} characters.")
    return value


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[str, str], str]:
    def read(value: str, column: str) -> str:
        if not pattern.fullmatch(value):
            raise bad(column, what)
        return value

    return read


def _whole(least: int, most: int) -> Callable[[str, str], int]:
    def read(value: str, column: str) -> int:
        if not _WHOLE.fullmatch(value) or not least <= int(value) <= most:
            raise bad(column, f"A whole number from {least} to {most} is expected.")
        return int(value)

    return read


def _money(value: str, column: str) -> int:
    if not (found := _MONEY.fullmatch(value)):
        raise bad(column, "An amount such as 49 or 49.50 is expected.")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def _flag(value: str, column: str) -> bool:
    if value.lower() not in {"true", "false", "1", "0", "yes", "no"}:
        raise bad(column, "true or false is expected.")
    return value.lower() in {"true", "1", "yes"}


def _texts(most: int, lines: bool = False) -> Callable[[str, str], str]:
    return lambda value, column: text(value, column, most, lines=lines)


def _joined(values: Iterable[str], separator: str) -> str:
    """One text of them; a `|` within one is written `\\|`."""
    return separator.join(one.replace(_LIST, f"\\{_LIST}") for one in values)


def _parts(value: str, separator: str) -> list[str]:
    """What `_joined` put together."""
    return [part.replace(f"\\{_LIST}", _LIST) for part in re.split(rf"(?<!\\){re.escape(separator)}", value)]


def _many(
    one: Callable[[str, str], str], most: int, separator: str = _LIST
) -> Callable[[str, str], list[str]]:
    def read(value: str, column: str) -> list[str]:
        found = [one(part.strip(), column) for part in _parts(value, separator) if part.strip()]
        if len(found) > most:
            raise bad(column, f"At most {most}.")
        return found

    return read


def _shown_money(value: int) -> str:
    return f"{value // 100}.{value % 100:02d}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


# --- columns ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column of a CSV: which fact it holds, how it is read and how it is shown."""

    name: str
    key: Key
    read: Callable[[str, str], Any]
    show: Callable[[Any], str] = _shown


def _listed(separator: str) -> Callable[[Any], str]:
    return lambda values: _joined(values, separator)


_MARKS = _many(_matching(_MARK, "Marks are small letters and underscores."), 20)
_DAYS = _whole(0, 10_000)
PRODUCT_COLUMNS = (
    Column("sku", "sku", _matching(_SKU, "1 to 40 letters, digits, dots, dashes or underscores.")),
    *(Column(f"name_{one}", ("name", one), _texts(200)) for one in LANGUAGES),
    *(Column(f"description_{one}", ("description", one), _texts(4_000, lines=True)) for one in LANGUAGES),
    Column("brand", "brand", _texts(100)),
    Column("category_path", "category_path", _many(_texts(60), catalog.MOST_DEPTH, "/"), _listed("/")),
    Column("barcodes", "barcodes", _many(_texts(14), 10), _listed(_LIST)),
    Column("pack_value", ("pack", "value"), _whole(1, 1_000_000)),
    Column("pack_unit", ("pack", "unit"), _texts(10)),
    Column("mrp", "mrp", _money, _shown_money),
    Column("hsn", "hsn", _matching(_HSN, "2 to 8 digits.")),
    Column("tax_rate", "tax_rate", _whole(0, 100)),
    Column("tax_class", "tax_class", _texts(20)),
    Column("perishable", "perishable", _flag),
    Column("shelf_life_days", "shelf_life_days", _DAYS),
    Column("min_life_at_door_days", "min_life_at_door_days", _DAYS),
    Column("allergens", "allergens", _MARKS, _listed(_LIST)),
    Column("dietary", "dietary", _MARKS, _listed(_LIST)),
    Column("storage", "storage", _texts(20)),
    Column("substitute_group", "substitute_group", _texts(80)),
    Column("images", "images", _many(_matching(_IMAGE, "An address is expected."), 20), _listed(_LIST)),
    Column("hidden", "hidden", _flag),
)
LISTING_COLUMNS = (
    Column("store_id", "store_id", _matching(_STORE, "A store's id is expected.")),
    Column("sku", "sku", PRODUCT_COLUMNS[0].read),
    Column("price", "price", _money, _shown_money),
    Column("max_per_order", "max_per_order", _whole(1, catalog.MOST_PER_ORDER)),
    Column("enabled", "enabled", _flag),
    Column("on_hand", "on_hand", _whole(0, MOST_ON_HAND)),
)
COLUMNS: Mapping[str, Sequence[Column]] = {"products": PRODUCT_COLUMNS, "listings": LISTING_COLUMNS}
_NEEDED = {"products": ("sku",), "listings": ("store_id", "sku")}
_NEVER_EMPTY = {"sku", "store_id", "mrp", "price", "enabled", "on_hand", ("name", "en")}


def members(kind: str, format_: str) -> list[str]:
    """What a row of such a file may name."""
    if format_ == "csv":
        return [column.name for column in COLUMNS[kind]]
    if kind == "products":
        return ["sku", *FACTS]
    return [column.name for column in LISTING_COLUMNS]


def facts_of(kind: str, format_: str, cells: Mapping[str, Any], currency: str) -> Facts:
    """A row's facts. Raises Invalid `missing_value`, `bad_value`."""
    for name in _NEEDED[kind]:
        if not cells.get(name):
            raise bad(name, "Required.", "missing_value")
    return _of_text(kind, cells) if format_ == "csv" else _of_json(kind, cells, currency)


def _of_text(kind: str, cells: Mapping[str, str]) -> Facts:
    facts: Facts = {}
    for column in COLUMNS[kind]:
        if column.name not in cells:
            continue
        value = cells[column.name]
        if stripped := value.strip():
            facts[column.key] = column.read(stripped, column.name)
        elif column.key not in _NEVER_EMPTY:
            facts[column.key] = None
    return facts


# --- JSON ------------------------------------------------------------------------------------------------------


def _of_json(kind: str, row: Mapping[str, Any], currency: str) -> Facts:
    """The same facts out of the shapes that the API has: each value is read as its column reads its text."""
    by_key = {column.key: column for column in COLUMNS[kind]}
    facts: Facts = {}
    for name, value in row.items():
        if name in {"name", "description", "pack"}:
            facts |= _sides(name, value, by_key)
        elif value is None:
            if name in _NEVER_EMPTY:
                raise bad(name, "Must not be null.")
            facts[name] = None
        else:
            facts[name] = _value(name, value, by_key[name], currency)
    return facts


def _sides(name: str, value: Any, by_key: Mapping[Key, Column]) -> Facts:
    """All sides of a text or a pack: those that are not named are emptied."""
    sides = {key[1]: column for key, column in by_key.items() if isinstance(key, tuple) and key[0] == name}
    if value is not None and (not isinstance(value, dict) or set(value) - set(sides)):
        raise bad(name, f"An object with {', '.join(sides)} is expected.")
    given = value or {}
    facts: Facts = {}
    for side, column in sides.items():
        one = given.get(side)
        facts[name, side] = None if one is None or one == "" else _plain(f"{name}.{side}", one, column)
    return facts


def _value(name: str, value: Any, column: Column, currency: str) -> Any:
    if column.read is _money:
        if (
            not isinstance(value, dict)
            or set(value) != {"amount", "currency"}
            or not _is_whole(value["amount"])
            or not 0 <= value["amount"] <= 10**10
        ):
            raise bad(name, "An object with amount and currency is expected.")
        if value["currency"] != currency:
            raise bad(name, f"Prices are in {currency}.", "wrong_currency")
        return value["amount"]
    if column.read is _flag:
        if not isinstance(value, bool):
            raise bad(name, "true or false is expected.")
        return value
    if isinstance(DEFAULTS.get(name), list):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise bad(name, "A list of texts is expected.")
        separator = "/" if name == "category_path" else _LIST
        if separator != _LIST and any(separator in one for one in value):
            raise bad(name, f"{separator} may not stand in it.")
        return column.read(_joined(value, separator), name)
    return _plain(name, value, column)


def _plain(name: str, value: Any, column: Column) -> Any:
    whole = column.name in _NUMBERS
    if whole != _is_whole(value) or not isinstance(value, int | str):
        raise bad(name, "A whole number is expected." if whole else "A text is expected.")
    return column.read(str(value).strip(), name)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_NUMBERS = {
    "pack_value",
    "tax_rate",
    "shelf_life_days",
    "min_life_at_door_days",
    "max_per_order",
    "on_hand",
}


# --- products --------------------------------------------------------------------------------------------------


def product_of(facts: Facts, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """A product complete, checked, as the row wants it. Raises Invalid."""
    known = before or {"name": {}, "mrp": 0}
    wanted = {name: known.get(name, DEFAULTS.get(name)) for name in FACTS}
    for key, value in facts.items():
        if isinstance(key, tuple):
            name, side = key
            rest = {one: said for one, said in (wanted[name] or {}).items() if one != side}
            wanted[name] = rest if value is None else {**rest, side: value}
        else:
            wanted[key] = DEFAULTS.get(key) if value is None else value
    pack = wanted["pack"] or None
    if pack is not None and set(pack) != {"value", "unit"}:
        raise bad("pack", "Both a value and a unit are needed.")
    wanted["pack"] = pack
    try:
        return catalog.checked_product(wanted)
    except Invalid as fault:
        said = "; ".join(f"{name}: {' '.join(many)}" for name, many in (fault.errors or {}).items())
        raise Invalid(said or fault.detail, code=_product_code(fault), errors=fault.errors) from fault


def _product_code(fault: Invalid) -> str:
    return "bad_product" if fault.code == Invalid.code else fault.code


# --- writing ---------------------------------------------------------------------------------------------------


def csv_cells(columns: Iterable[Column], facts: Mapping[str, Any]) -> list[str]:
    """The cells of a row; what is unknown is empty."""
    cells = []
    for column in columns:
        if isinstance(column.key, tuple):
            value = (facts.get(column.key[0]) or {}).get(column.key[1])
        else:
            value = facts.get(column.key)
        cells.append("" if value is None else column.show(value))
    return cells


def json_row(kind: str, facts: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """The row as the API shows it."""
    money = "mrp" if kind == "products" else "price"
    return {**facts, money: {"amount": facts[money], "currency": currency}}
