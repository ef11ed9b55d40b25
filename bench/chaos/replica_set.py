"""Three mongod on one machine: one replica set whose primary may be killed, frozen, cut off or sent away.

Every member is known to the others and to clients by the port of its proxy route, so the wires between them can
be cut; `member(n)` is reached directly for orders that must get through.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

from bench.chaos.processes import Process
from shopsmart.infra import embedded

SIZE = 3
START_SECONDS = 60.0


class ReplicaSet:
    """`ports` are the members' own ports, `seen_as` the ones they are known by (their proxies')."""

    def __init__(
        self,
        folder: Path,
        ports: list[int],
        seen_as: list[int],
        environment: Mapping[str, str],
        election_ms: int,
    ):
        binary = embedded.mongod_binary()
        embedded.check_mongod(binary)
        self.election_ms = election_ms
        self._ports = ports
        self._seen_as = seen_as
        self.folders = [folder / f"mongo{number}" for number in range(SIZE)]
        self.members = [
            Process(
                f"mongo{number}",
                embedded.mongod_command(binary, self.folders[number], ports[number]),
                environment,
                folder,
            )
            for number in range(SIZE)
        ]

    @property
    def uri(self) -> str:
        hosts = ",".join(f"{embedded.HOST}:{port}" for port in self._seen_as)
        return f"mongodb://{hosts}/?replicaSet={embedded.REPLICA_SET}"

    def start(self) -> None:
        for folder, member in zip(self.folders, self.members, strict=True):
            folder.mkdir(parents=True, exist_ok=True)
            member.start()
        config = {
            "_id": embedded.REPLICA_SET,
            "settings": {
                "electionTimeoutMillis": self.election_ms,
                "heartbeatIntervalMillis": min(2_000, max(200, self.election_ms // 5)),
            },
            "members": [
                {"_id": number, "host": f"{embedded.HOST}:{port}"}
                for number, port in enumerate(self._seen_as)
            ],
        }
        give_up_at = time.monotonic() + START_SECONDS
        while True:
            try:
                self.command(0, {"replSetInitiate": config})
                break
            except (AutoReconnect, OperationFailure) as fault:
                if "already" in str(fault):
                    break
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.1)
        self.wait_for_primary(START_SECONDS)

    def command(self, number: int, order: Mapping[str, Any], seconds: float = 5.0) -> dict[str, Any]:
        """An order to one member, past the proxy. Raises PyMongoError."""
        client: MongoClient = MongoClient(
            embedded.HOST,
            self._ports[number],
            directConnection=True,
            serverSelectionTimeoutMS=2_000,
            connectTimeoutMS=1_000,
            socketTimeoutMS=int(seconds * 1000),
        )
        with client:
            return dict(client.admin.command(dict(order)))

    def primary(self) -> int | None:
        """The number of the member that takes writes now; the newest term where two believe it."""
        claims = []
        for number, member in enumerate(self.members):
            if not member.alive:
                continue
            try:
                hello = self.command(number, {"hello": 1}, seconds=1.0)
            except PyMongoError:
                continue
            if hello.get("isWritablePrimary"):
                claims.append((hello["electionId"], number))
        return max(claims)[1] if claims else None

    def wait_for_primary(self, seconds: float) -> int:
        give_up_at = time.monotonic() + seconds
        while (number := self.primary()) is None:
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"no primary within {seconds:.0f} s")
            time.sleep(0.1)
        return number

    def make_primary(self, number: int, seconds: float = 30.0) -> None:
        """Have this member elected now."""
        give_up_at = time.monotonic() + seconds
        while self.primary() != number:
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"mongo{number} did not become primary")
            try:
                self.command(number, {"replSetStepUp": 1})
            except PyMongoError:
                pass  # not up to date yet, or an election is under way
            time.sleep(0.3)

    def step_down(self) -> None:
        """The primary gives its office to another member."""
        number = self.wait_for_primary(START_SECONDS)
        try:
            self.command(number, {"replSetStepDown": 10, "secondaryCatchUpPeriodSecs": 5}, seconds=15)
        except AutoReconnect:
            pass  # it hangs up on everybody as it goes

    def wait_whole(self, seconds: float = 60.0) -> None:
        """Until one member is primary and all others follow it."""
        give_up_at = time.monotonic() + seconds
        while sorted(self._states()) != ["PRIMARY", *["SECONDARY"] * (SIZE - 1)]:
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"the replica set did not mend: {self._states()}")
            time.sleep(0.2)

    def _states(self) -> list[str]:
        number = self.primary()
        if number is None:
            return []
        try:
            status = self.command(number, {"replSetGetStatus": 1})
        except PyMongoError:
            return []
        return [member["stateStr"] for member in status["members"]]

    def stop(self) -> None:
        for member in self.members:
            member.kill()  # the folder goes with it: nothing to close carefully
