"""What breaks: processes killed or frozen, disks filled, clocks turned. Each leaves the mending to its caller."""

import os
import random
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from redis import Redis

from bench.chaos.processes import Process
from bench.chaos.rig import Rig

_ROOTS = [Path("/usr/lib"), Path("/usr/lib/x86_64-linux-gnu"), Path("/usr/lib/aarch64-linux-gnu")]
_FAKETIME = ("faketime/libfaketime.so.1", "libfaketime.so.1")

# libfaketime takes its offset from the deadline that Python's sleep gives by the monotonic clock, which it was told
# to leave alone: such a sleep is refused by the system.
_SLEEP = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""


def kill_primary(rig: Rig) -> int:
    """`kill -9` of the member that takes writes; its number."""
    number = rig.replica_set.wait_for_primary(30)
    rig.replica_set.members[number].kill()
    return number


def kill_one_of(server: Process, rng: random.Random) -> bool:
    """`kill -9` of one of a server's worker processes. False when it has none just now."""
    workers = server.children()
    if not workers:
        return False
    try:
        rng.choice(workers).send_signal(signal.SIGKILL)
    except psutil.Error:
        return False
    return True


@contextmanager
def frozen_worker(server: Process, rng: random.Random) -> Iterator[None]:
    """One of a server's worker processes stands still inside the block."""
    chosen = rng.choice(server.children())
    chosen.suspend()
    try:
        yield
    finally:
        chosen.resume()


@contextmanager
def frozen(process: Process) -> Iterator[None]:
    process.pause()
    try:
        yield
    finally:
        process.resume()


@contextmanager
def disk_full(folder: Path) -> Iterator[None]:
    """Not a byte is left on the disk of `folder` inside the block."""
    ballast = folder / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            while (free := shutil.disk_usage(folder).free) > 0:
                try:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), free)
                except OSError:  # somebody else took some of it meanwhile
                    break
                file.seek(0, os.SEEK_END)
        yield
    finally:
        ballast.unlink(missing_ok=True)


def clock_jumps(redis: Redis, seconds: int) -> None:
    """What a jump of Redis' clock does: every deadline in it comes so much sooner, and leases end that were young.

    Its allocator does not live with libfaketime, so the deadlines are moved and not the clock.
    """
    for key in redis.scan_iter(count=1_000):
        if (left := redis.pttl(key)) > 0:
            redis.pexpire(key, max(1, left - seconds * 1000))


def skewed(folder: Path, seconds: int) -> dict[str, str] | None:
    """Environment variables that set a Python process's clock wrong; None without libfaketime."""
    library = next((root / name for root in _ROOTS for name in _FAKETIME if (root / name).exists()), None)
    if library is None:
        return None
    patch = folder / "skew"
    patch.mkdir(exist_ok=True)
    (patch / "sitecustomize.py").write_text(_SLEEP)
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{seconds:+d}s",
        # The wall clock alone: a wrong machine still counts seconds rightly.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": str(patch),
    }
