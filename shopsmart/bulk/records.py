"""Files cut into rows while they come, at a few hundred kilobytes of memory whatever the file holds.

A fault spoils the row that has it and no other; only a file that cannot be understood at all is refused whole.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shopsmart.errors import Invalid

FORMATS = ("csv", "jsonl")
MOST_ROW_BYTES = 256 * 1024
_MARKS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK\x03\x04": "a spreadsheet",
    b"\x1f\x8b": "compressed",
}
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Record:
    """A row: its number among the file's rows, its first line, and what it says, or why it cannot be read."""

    row: int
    line: int
    cells: Mapping[str, Any]
    code: str = ""
    detail: str = ""


@dataclass(frozen=True)
class _Line:
    number: int
    text: bytes  # with its end; cut short where it was too long
    too_long: bool = False


def records(chunks: Iterable[bytes], format_: str, columns: Sequence[str]) -> Iterator[Record]:
    """The rows of a file in `format_` (of FORMATS) whose members may be `columns`, empty lines left out.

    Raises Invalid `invalid_file` for what is no such file at all.
    """
    lines = _Lines(_checked(chunks))
    found = _of_csv(lines, columns) if format_ == "csv" else _of_json(lines, columns)
    for number, (line, cells, code, detail) in enumerate(found, start=1):
        yield Record(number, line, cells, code, detail)


Found = tuple[int, Mapping[str, Any], str, str]


def _checked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Without the byte order mark. Raises Invalid for another encoding than UTF-8, as far as the beginning tells."""
    first = True
    for chunk in chunks:
        if first and chunk:
            first = False
            for mark, name in _MARKS.items():
                if chunk.startswith(mark):
                    raise _invalid(f"The file is {name}; save it as CSV or JSON Lines in UTF-8.")
            chunk = chunk.removeprefix(_BOM)
        yield chunk


def _invalid(detail: str) -> Invalid:
    return Invalid(detail, code="invalid_file")


class _Lines:
    """The lines of a file, some of which may be put back."""

    def __init__(self, chunks: Iterable[bytes]):
        self._new = _split(chunks)
        self._back: deque[_Line] = deque()

    def next(self) -> _Line | None:
        return self._back.popleft() if self._back else next(self._new, None)

    def put_back(self, lines: Sequence[_Line]) -> None:
        self._back.extendleft(reversed(lines))


def _split(chunks: Iterable[bytes]) -> Iterator[_Line]:
    kept, number, too_long = b"", 0, False
    for chunk in chunks:
        parts = chunk.split(b"\n")
        for part in parts[:-1]:
            number += 1
            text = kept + part
            yield _Line(number, text[:MOST_ROW_BYTES] + b"\n", too_long or len(text) > MOST_ROW_BYTES)
            kept, too_long = b"", False
        kept += parts[-1]
        if len(kept) > MOST_ROW_BYTES:
            kept, too_long = kept[:MOST_ROW_BYTES], True
    if kept:
        yield _Line(number + 1, kept, too_long)


_TOO_LONG = ("row_too_long", f"A row has at most {MOST_ROW_BYTES // 1024} KB.")
_NOT_UTF8 = ("not_utf8", "This is not UTF-8 text; save the file as UTF-8.")


# --- CSV -------------------------------------------------------------------------------------------------------


def _of_csv(lines: _Lines, columns: Sequence[str]) -> Iterator[Found]:
    header = _header(lines, columns)
    while (first := lines.next()) is not None:
        if not first.text.strip():
            continue
        if first.too_long:
            yield first.number, {}, *_TOO_LONG
            continue
        text = _whole(lines, first)
        if text is None:
            yield first.number, {}, "open_quote", "A quotation mark is opened here and never closed."
            continue
        cells, fault = _cells(text)
        if fault:
            yield first.number, {}, *fault
        elif len(cells) != len(header):
            detail = f"{len(header)} columns expected, {len(cells)} found."
            yield first.number, {}, "malformed_row", detail
        elif any(cell.strip() for cell in cells):
            yield first.number, dict(zip(header, map(restored, cells), strict=True)), "", ""


def _header(lines: _Lines, columns: Sequence[str]) -> list[str]:
    first = lines.next()
    if first is None:
        raise _invalid("The file is empty.")
    cells, fault = ([], _TOO_LONG) if first.too_long else _cells(first.text)
    if fault:
        raise _invalid(f"The first line cannot be read: {fault[1]}")
    header = [cell.strip().lower() for cell in cells]
    if unknown := [name for name in header if name not in columns]:
        named = ", ".join(name[:40] or "(empty)" for name in unknown[:10])
        raise _invalid(f"The first line names columns nobody knows: {named}. Known are {', '.join(columns)}.")
    if len(set(header)) < len(header):
        raise _invalid("The first line names a column twice.")
    return header


def _whole(lines: _Lines, first: _Line) -> bytes | None:
    """The row that begins with `first`, over as many lines as its quotes hold; None where they are never closed.

    Then only the first line is spent: what follows may be good rows.
    """
    taken, text = [], first.text
    parts, quotes, size = [text], text.count(b'"'), len(text)
    while quotes % 2:
        line = lines.next()
        if line is not None:
            taken.append(line)
            parts.append(line.text)
            quotes += line.text.count(b'"')
            size += len(line.text)
        if line is None or line.too_long or size > MOST_ROW_BYTES:
            lines.put_back(taken)
            return None
    return b"".join(parts)


def _cells(text: bytes) -> tuple[list[str], tuple[str, str] | None]:
    try:
        decoded = text.decode()
    except UnicodeDecodeError:
        return [], _NOT_UTF8
    if "\0" in decoded:
        return [], ("malformed_row", "There is a NUL in it.")
    try:
        rows = list(csv.reader(io.StringIO(decoded, newline=""), strict=True))
    except csv.Error as fault:
        return [], ("malformed_row", f"{str(fault).capitalize()}.")
    return (
        (rows[0], None) if len(rows) == 1 else ([], ("malformed_row", "A line break stands outside quotes."))
    )


# What a spreadsheet would run as a formula is written behind an apostrophe, and so is what already has one there.
_FORMULA = "=+-@\t\r"


def neutral(cell: str) -> str:
    """The cell as no spreadsheet computes it; `restored` gives it back exactly."""
    return f"'{cell}" if cell.lstrip("'")[:1] in _FORMULA_STARTS else cell


def restored(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'")[:1] in _FORMULA_STARTS else cell


_FORMULA_STARTS = frozenset(_FORMULA)


# --- JSON Lines ------------------------------------------------------------------------------------------------


def _of_json(lines: _Lines, columns: Sequence[str]) -> Iterator[Found]:
    while (line := lines.next()) is not None:
        if not line.text.strip():
            continue
        if line.too_long:
            yield line.number, {}, *_TOO_LONG
            continue
        try:
            row = orjson.loads(line.text)
        except orjson.JSONDecodeError as fault:
            yield line.number, {}, "malformed_row", f"This is no JSON: {fault.msg[:120]}."
            continue
        if not isinstance(row, dict):
            yield line.number, {}, "malformed_row", "Each line is one object."
        elif unknown := [name for name in row if name not in columns]:
            named = ", ".join(name[:40] for name in unknown[:10])
            yield line.number, {}, "unknown_column", f"Nobody knows {named}. Known are {', '.join(columns)}."
        else:
            yield line.number, row, "", ""
