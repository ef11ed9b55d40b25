"""A TCP proxy with faults: `python -m bench.chaos.proxy '<routes>'`, a process of its own.

`Proxy` is the handle: it starts the process and tells it, line by line, which fault each route has from now on.
Faults: `delay_ms` (each way), `cut` (nobody gets in, who is in is thrown out), `silent` (connections stand, bytes
vanish: half-open), `drop_answers` (share of requests that get through while their answer is lost with the
connection). `only` limits a fault to connections whose first bytes contain a word, such as a driver's name.
"""

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.chaos.processes import ROOT

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Fault:
    """What a route does to its connections; the default is nothing."""

    delay_ms: int = 0
    cut: bool = False
    silent: bool = False
    drop_answers: float = 0.0
    only: str = ""


class Proxy:
    """The running proxy: `{name: (listen port, target port)}`."""

    def __init__(self, routes: Mapping[str, tuple[int, int]], seed: int, log: Path):
        self.routes = dict(routes)
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.chaos.proxy", json.dumps({"seed": seed, "routes": routes})],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._answer()

    def set(self, *names: str, **fault: Any) -> None:
        """From now on these routes have this fault; without one they are whole again."""
        for name in names:
            self._tell({"route": name, "fault": asdict(Fault(**fault))})

    def throw_out(self, name: str, share: float) -> None:
        """Cut this share of the connections that are open on a route."""
        self._tell({"route": name, "throw_out": share})

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()  # the end of its input is its end
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tell(self, order: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        self._answer()

    def _answer(self) -> None:
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != b"ok":
            raise RuntimeError("the fault proxy has gone")


class _Route:
    """One listening port, its target and its open pairs of connections."""

    def __init__(self, target: int, rng: random.Random):
        self.target = target
        self.rng = rng
        self.fault = Fault()
        self.pairs: set[_Pair] = set()

    def apply(self, fault: Fault) -> None:
        self.fault = fault
        if fault.cut:
            for pair in list(self.pairs):
                if pair.concerned(fault):
                    pair.close()

    def throw_out(self, share: float) -> None:
        for pair in list(self.pairs):
            if self.rng.random() < share:
                pair.close()


class _Pair:
    """A client's connection and the one to the target that belongs to it."""

    def __init__(self, route: _Route):
        self.route = route
        self.first = b""
        self.ends: list[asyncio.Transport] = []
        self.target: asyncio.Transport | None = None
        self.waiting: list[bytes] = []  # what the client said before the target was reached
        self.lose_answer = False
        route.pairs.add(self)

    def concerned(self, fault: Fault) -> bool:
        return not fault.only or fault.only.encode() in self.first

    def close(self) -> None:
        self.route.pairs.discard(self)
        for end in self.ends:
            end.abort()

    def from_client(self, data: bytes) -> None:
        if not self.first:
            self.first = data
        fault = self.route.fault
        if self.concerned(fault):
            if fault.cut:
                self.close()
                return
            if fault.silent:
                return
            self.lose_answer = self.route.rng.random() < fault.drop_answers
        if self.target is None:
            self.waiting.append(data)
        else:
            self._send(self.target, data, fault)

    def from_target(self, data: bytes) -> None:
        fault = self.route.fault
        if self.concerned(fault):
            if fault.silent:
                return
            if self.lose_answer:
                self.close()
                return
        self._send(self.ends[0], data, fault)

    def reached(self, target: asyncio.Transport) -> None:
        self.target = target
        self.ends.append(target)
        if self not in self.route.pairs:
            target.abort()
        for data in self.waiting:
            self._send(target, data, self.route.fault)
        self.waiting.clear()

    def _send(self, end: asyncio.Transport, data: bytes, fault: Fault) -> None:
        if fault.delay_ms and self.concerned(fault):
            asyncio.get_running_loop().call_later(fault.delay_ms / 1000, end.write, data)
        elif not end.is_closing():
            end.write(data)


class _ClientSide(asyncio.Protocol):
    def __init__(self, route: _Route):
        self._pair = _Pair(route)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._pair.ends.append(transport)
        fault = self._pair.route.fault
        if fault.cut and not fault.only:
            self._pair.close()
            return
        self._task = asyncio.get_running_loop().create_task(self._reach())

    async def _reach(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: _TargetSide(self._pair), HOST, self._pair.route.target
            )
        except OSError:
            self._pair.close()

    def data_received(self, data: bytes) -> None:
        self._pair.from_client(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._pair.close()


class _TargetSide(asyncio.Protocol):
    def __init__(self, pair: _Pair):
        self._pair = pair

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._pair.reached(transport)

    def data_received(self, data: bytes) -> None:
        self._pair.from_target(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._pair.route.pairs.discard(self._pair)
        for end in self._pair.ends:
            end.close()  # what was written already still goes out


async def _serve(plan: Mapping[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    rng = random.Random(plan["seed"])
    routes: dict[str, _Route] = {}
    for name, (listen, target) in plan["routes"].items():
        route = routes[name] = _Route(target, rng)

        def accept(route: _Route = route) -> _ClientSide:
            return _ClientSide(route)

        await loop.create_server(accept, HOST, listen, backlog=1_024)
    print("ok", flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        if "fault" in order:
            routes[order["route"]].apply(Fault(**order["fault"]))
        else:
            routes[order["route"]].throw_out(order["throw_out"])
        print("ok", flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.argv[1])))
