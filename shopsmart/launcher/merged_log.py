"""One log of all parts: on the terminal and, with the time, in `logs/`."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

_MAX_BYTES = 20_000_000
_KEPT = 2


class MergedLog:
    """Each line carries the name of its part. A terminal that went away does not stop the platform."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._files: dict[str, RotatingFileHandler] = {}
        self._terminal = True

    def line(self, part: str, text: str, *, shown: bool = True) -> None:
        """One line of a part: into the merged log, or (not `shown`) only into the part's own file."""
        if not shown:
            self._write(part, text)
            return
        merged = f"{part:<10}| {text}"
        self._write("shopsmart", merged)
        self.plain(merged, in_file=False)

    def plain(self, text: str, *, in_file: bool = True) -> None:
        """To the terminal as it is."""
        if in_file:
            self._write("shopsmart", text)
        if self._terminal:
            try:
                print(text, flush=True)
            except OSError:
                self._terminal = False
                sys.stdout = open("/dev/null", "w")  # noqa: SIM115 - the interpreter flushes stdout as it ends

    def _write(self, name: str, text: str) -> None:
        if name not in self._files:
            handler = RotatingFileHandler(
                self._folder / f"{name}.log", maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8"
            )
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            self._files[name] = handler
        self._files[name].handle(logging.makeLogRecord({"msg": text}))

    def close(self) -> None:
        for handler in self._files.values():
            handler.close()
