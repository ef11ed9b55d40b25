"""The journal: every client call, written down before it is sent and when it is answered.

One JSON object a line: `{n, phase, op, at, ...}`; `phase` is `invoke` (with user, key, body), then for each try
`ok`, `fail` (a definite refusal), `wait` (the same key is at work) or `unknown` (time-out, broken connection, 5xx),
and at last `unresolved` when no try got a definite answer. Lines are on disk within a tenth of a second.
"""

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_SYNC_SECONDS = 0.1


class Journal:
    """An append-only file; any thread may write."""

    def __init__(self, path: Path):
        self.path = path
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()
        self._next = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sync, name="journal", daemon=True)
        self._thread.start()

    def invoke(self, op: str, **facts: Any) -> int:
        """A call is about to be sent; its number."""
        with self._lock:
            self._next += 1
            number = self._next
        self._write({"n": number, "phase": "invoke", "op": op, "at": time.time(), **facts})
        return number

    def note(self, number: int, phase: str, **facts: Any) -> None:
        """What came of a try: `ok`, `fail`, `wait`, `unknown` or `unresolved`."""
        self._write({"n": number, "phase": phase, "at": time.time(), **facts})

    def _write(self, line: Mapping[str, Any]) -> None:
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            self._file.write(data)

    def _sync(self) -> None:
        while not self._stop.wait(_SYNC_SECONDS):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        os.fsync(self._file.fileno())
        self._file.close()


@dataclass
class Call:
    """One call of the journal with all its tries."""

    n: int
    op: str
    at: float
    facts: dict[str, Any]
    tries: list[dict[str, Any]] = field(default_factory=list)

    @property
    def acknowledged(self) -> dict[str, Any] | None:
        """The first success, if there was one."""
        return next((one for one in self.tries if one["phase"] == "ok"), None)

    @property
    def acknowledgements(self) -> list[dict[str, Any]]:
        return [one for one in self.tries if one["phase"] == "ok"]

    @property
    def unknowns(self) -> int:
        return sum(one["phase"] == "unknown" for one in self.tries)

    @property
    def unresolved(self) -> bool:
        """Whether nobody can say what became of it: such a call may have happened or not."""
        return not any(one["phase"] in {"ok", "fail"} for one in self.tries)


def read(path: Path) -> list[Call]:
    """The calls of a journal, in the order they began. A half-written last line is left out."""
    calls: dict[int, Call] = {}
    for line in _lines(path):
        if line["phase"] == "invoke":
            facts = {name: value for name, value in line.items() if name not in {"n", "phase", "op", "at"}}
            calls[line["n"]] = Call(line["n"], line["op"], line["at"], facts)
        else:
            calls[line["n"]].tries.append(line)
    return list(calls.values())


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for raw in path.read_bytes().split(b"\n"):
        if raw.endswith(b"}"):
            yield json.loads(raw)
