"""Readers of live streams who lose their connection again and again and come back with `Last-Event-ID`."""

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from bench.chaos.world import Person


@dataclass
class Listener:
    """One reader of one stream. `seen` are the ids in the order they came, `ages` how old each event was."""

    url: str
    path: str
    person: Person
    start: int = 0
    seen: list[int] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    connections: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> "Listener":
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        self._thread.start()
        return self

    def end(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)

    @property
    def last(self) -> int:
        return self.seen[-1] if self.seen else self.start

    def faults(self, newest: int) -> list[str]:
        """Gaps, repetitions and a missing end, given the number of the stream's newest event."""
        wanted = list(range(self.start + 1, newest + 1))
        got = [number for number in self.seen if number <= newest]
        if got == wanted:
            return []
        missing = sorted(set(wanted) - set(got))
        return [f"{self.path}: {len(got)} events of {len(wanted)}, missing {missing[:5]}"]

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._read()
            except (OSError, http.client.HTTPException, ValueError):
                pass  # cut off: that is what this is about
            self._stop.wait(0.3)

    def _read(self) -> None:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
        headers = {"Authorization": f"Bearer {self.person.token}", "Last-Event-ID": str(self.last)}
        try:
            connection.request("GET", f"/api/v1{self.path}", headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                return
            self.connections += 1
            number = 0
            while not self._stop.is_set():
                line = response.readline()
                if not line.endswith(b"\n"):
                    return  # an event that was cut in half does not count
                if line.startswith(b"id: "):
                    number = int(line[4:])
                elif line.startswith(b"data: ") and number:
                    at = datetime.fromisoformat(json.loads(line[6:])["at"])
                elif line == b"\n" and number:
                    self.seen.append(number)
                    self.ages.append(time.time() - at.timestamp())
                    number = 0
        finally:
            connection.close()
