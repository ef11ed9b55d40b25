"""The one clock: the database's time, kept by a monotonic clock between two measurements.

A machine whose own clock is wrong neither frees nor keeps a hold wrongly, because every deadline in the shop
is compared with this clock.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pymongo.database import Database
from pymongo.errors import PyMongoError

MEASURE_EVERY_SECONDS = 30.0


def milliseconds(moment: datetime) -> datetime:
    """`moment` cut to the milliseconds that MongoDB keeps."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def database_clock(db: Database) -> Callable[[], datetime]:
    """A function giving aware UTC time as the database sees it. Falls back to the machine's clock at first."""
    base = datetime.now(UTC)
    base_at = time.monotonic()
    measured_at = float("-inf")

    def now() -> datetime:
        nonlocal base, base_at, measured_at
        if time.monotonic() - measured_at > MEASURE_EVERY_SECONDS:
            measured_at = time.monotonic()  # one caller measures; others go on with the last base
            try:
                before = time.monotonic()
                # Answers of commands carry naive times, in UTC.
                server = db.client.admin.command("hello")["localTime"].replace(tzinfo=UTC)
                after = time.monotonic()
                base, base_at = server, (before + after) / 2
            except PyMongoError:
                pass  # the monotonic clock carries on from the last good measurement
        return milliseconds(base + timedelta(seconds=time.monotonic() - base_at))

    return now
