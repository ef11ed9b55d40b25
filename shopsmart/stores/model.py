"""When a store is open, how long its promise is, and what its settings may be. Plain values only."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NotRequired, TypedDict
from zoneinfo import ZoneInfo

from shopsmart.errors import Invalid
from shopsmart.geo import Point
from shopsmart.settings import Settings

OPEN, BUSY, PAUSED = "open", "busy", "paused"
MODES = (OPEN, PAUSED, BUSY)
STATUSES = ("active", "closed")
ALL_DAY = ("00:00", "24:00")
ALWAYS = [[list(ALL_DAY)] for _ in range(7)]

DEFAULT_MODE_LASTS = timedelta(hours=2)
MOST_MODE_LASTS = timedelta(hours=24)  # a longer absence is a closure, planned and with its dates
MOST_INTERVALS = 4
MOST_CLOSURES = 60
MOST_PICKERS = 200
MOST_CAPACITY = 100_000
_CLOCK_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")

Hours = Sequence[Sequence[Sequence[str]]]  # Monday first; per day intervals ["HH:MM", "HH:MM"]


# A planned closing; `from` is part of it, `to` no longer.
Closure = TypedDict("Closure", {"from": datetime, "to": datetime, "reason": str})


class Automatic(TypedDict):
    """A mode that the governor set; it ends by itself."""

    mode: str  # busy | paused
    until: datetime
    reason: str
    load: float


class Store(TypedDict):
    """A document of `stores`. `zone_id` names the one fence that serves; see `store.py`."""

    _id: str
    name: str
    address: str
    location: Point
    timezone: str
    hours: list[list[list[str]]]
    closures: list[Closure]
    status: str  # active | closed (for good)
    mode: str  # open | paused | busy, until `mode_until`
    mode_until: datetime | None
    mode_reason: str
    pickers_on_duty: int
    capacity_per_10_min: int
    zone_id: str
    zone_version: int
    created_at: datetime
    version: int
    auto: NotRequired[Automatic | None]


@dataclass(frozen=True)
class Candidate:
    """A store whose fence holds a point. `reason` is why it is open or not; `eta_s` from order to door."""

    store: Store
    distance_m: int
    open: bool
    reason: str  # open | busy | closed | closure | outside_hours | paused
    opens_at: datetime | None  # None when open, or when nobody knows
    eta_s: int
    zone_id: str
    zone_version: int


def promise_seconds(settings: Settings, distance_m: float, *, busy: bool = False) -> int:
    """Seconds from order to door: picking (twice as long in a busy store) and the ride."""
    prep = settings.prep_seconds * (2 if busy else 1)
    return prep + round(distance_m * settings.road_detour / settings.rider_speed_mps)


def mode_now(store: Mapping[str, Any], now: datetime) -> str:
    """The store's mode: what was set by hand, as long as that lasts; else what the governor set."""
    return store["mode"] if _by_hand(store, now) else auto_mode_now(store, now)


def auto_mode_now(store: Mapping[str, Any], now: datetime) -> str:
    """The governor's mode, as long as that lasts."""
    auto = store.get("auto")
    return str(auto["mode"]) if auto and now < auto["until"] else OPEN


def mode_facts(store: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """`{mode, mode_until, mode_reason, mode_automatic}` as they are now."""
    if _by_hand(store, now):
        names = ("mode", "mode_until", "mode_reason")
        return {**{name: store[name] for name in names}, "mode_automatic": False}
    if (mode := auto_mode_now(store, now)) == OPEN:
        return {"mode": OPEN, "mode_until": None, "mode_reason": "", "mode_automatic": False}
    auto = store["auto"]
    return {"mode": mode, "mode_until": auto["until"], "mode_reason": auto["reason"], "mode_automatic": True}


def _by_hand(store: Mapping[str, Any], now: datetime) -> bool:
    return store["mode_until"] is not None and now < store["mode_until"]


def is_open(store: Mapping[str, Any], now: datetime) -> tuple[bool, str, datetime | None]:
    """Whether `store` takes orders at `now`, why (see Candidate.reason), and when it next opens if it does not."""
    if store["status"] != "active":
        return False, "closed", None
    blocked = _blocked(store, now)
    if blocked is None:
        return True, BUSY if mode_now(store, now) == BUSY else OPEN, None
    return False, blocked[0], _next_opening(store, blocked[1])


def _blocked(store: Mapping[str, Any], moment: datetime) -> tuple[str, datetime | None] | None:
    """What keeps the store shut at `moment`, and until when that lasts; None when nothing does."""
    for closure in store["closures"]:
        if closure["from"] <= moment < closure["to"]:
            return "closure", closure["to"]
    opens = _opens_by_hours(store, moment)
    if opens != moment:
        return "outside_hours", opens
    if mode_now(store, moment) == PAUSED:
        return PAUSED, store["mode_until"] if _by_hand(store, moment) else store["auto"]["until"]
    return None


def _next_opening(store: Mapping[str, Any], moment: datetime | None) -> datetime | None:
    # Each step ends one closure, one night or the pause, so the steps are bounded by what is planned.
    for _ in range(2 * len(store["closures"]) + 4):
        if moment is None or (blocked := _blocked(store, moment)) is None:
            return moment
        moment = blocked[1]
    return None


def _opens_by_hours(store: Mapping[str, Any], moment: datetime) -> datetime | None:
    """`moment` itself within the hours, else the next opening; None for a store without hours."""
    today = moment.astimezone(ZoneInfo(store["timezone"])).date()
    coming = []
    for opens, closes in _intervals(store, today):
        if opens <= moment < closes:
            return moment
        if opens > moment:
            coming.append(opens)
    return min(coming, default=None)


def _intervals(store: Mapping[str, Any], today: date) -> Iterator[tuple[datetime, datetime]]:
    """The opening intervals, in UTC, of yesterday (they may pass midnight), today and the week ahead."""
    zone = ZoneInfo(store["timezone"])
    for days in range(-1, 8):
        day = today + timedelta(days=days)
        for opens, closes in store["hours"][day.weekday()]:
            end_day = day + timedelta(days=1) if closes <= opens else day
            yield _moment(day, opens, zone), _moment(end_day, closes, zone)


def _moment(day: date, clock_time: str, zone: ZoneInfo) -> datetime:
    if clock_time == "24:00":
        day, clock_time = day + timedelta(days=1), "00:00"
    hour, minute = clock_time.split(":")
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zone).astimezone(UTC)


# --- what settings may be --------------------------------------------------------------------------------------


def checked_hours(hours: Hours) -> list[list[list[str]]]:
    """`hours` as kept. Raises Invalid naming the day."""
    if len(hours) != 7:
        raise _invalid("hours", "Hours are seven lists, Monday first.")
    for weekday, intervals in enumerate(hours):
        if len(intervals) > MOST_INTERVALS:
            raise _invalid("hours", f"Day {weekday}: at most {MOST_INTERVALS} intervals.")
        for interval in intervals:
            _check_interval(weekday, interval)
    return [[list(interval) for interval in intervals] for intervals in hours]


def _check_interval(weekday: int, interval: Sequence[str]) -> None:
    if len(interval) != 2:
        raise _invalid("hours", f'Day {weekday}: an interval is ["HH:MM", "HH:MM"].')
    opens, closes = interval
    if not _CLOCK_TIME.fullmatch(opens) or not (_CLOCK_TIME.fullmatch(closes) or closes == "24:00"):
        raise _invalid(
            "hours", f"Day {weekday}: times run from 00:00 to 23:59; only a closing time may be 24:00."
        )
    if opens == closes:
        raise _invalid("hours", f'Day {weekday}: all day is ["00:00", "24:00"].')


def checked_closures(closures: Sequence[Mapping[str, Any]]) -> list[Closure]:
    """`closures` as kept: in order, in whole milliseconds of UTC. Raises Invalid."""
    if len(closures) > MOST_CLOSURES:
        raise _invalid("closures", f"At most {MOST_CLOSURES} closures.")
    kept: list[Closure] = [
        {
            "from": utc("closures", closure["from"]),
            "to": utc("closures", closure["to"]),
            "reason": closure.get("reason", ""),
        }
        for closure in closures
    ]
    if any(closure["to"] <= closure["from"] for closure in kept):
        raise _invalid("closures", "A closure ends after it begins.")
    return sorted(kept, key=lambda closure: closure["from"])


def checked_timezone(name: str) -> str:
    """`name` if it is an IANA time zone. Raises Invalid."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError) as fault:
        raise _invalid("timezone", "Not a time zone; an example is Asia/Kolkata.") from fault
    return name


def checked_mode(mode: str, until: datetime | None, reason: str, now: datetime) -> dict[str, Any]:
    """The fields of a mode set by hand; it ends at `until`, two hours from now by default. Raises Invalid."""
    if mode == OPEN:
        return {"mode": OPEN, "mode_until": None, "mode_reason": ""}
    until = now + DEFAULT_MODE_LASTS if until is None else utc("mode_until", until)
    if not now < until <= now + MOST_MODE_LASTS:
        raise _invalid(
            "mode_until", "It ends after now and within 24 hours; plan a closure for a longer absence."
        )
    return {"mode": mode, "mode_until": until, "mode_reason": reason}


def utc(field: str, moment: datetime) -> datetime:
    """`moment` in UTC and whole milliseconds. Raises Invalid for one that the calendar cannot hold."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as fault:
        raise _invalid(field, "Not a time.") from fault
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _invalid(field: str, fault: str) -> Invalid:
    return Invalid(fault, errors={field: [fault]})
