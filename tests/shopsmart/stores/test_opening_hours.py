"""When a store is open, and when it next opens."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shopsmart.errors import Invalid
from shopsmart.settings import Settings
from shopsmart.stores import model

KOLKATA = ZoneInfo("Asia/Kolkata")
DAYTIME = [[["06:00", "23:00"]] for _ in range(7)]


def local(day, clock_time, zone=KOLKATA):
    """A moment of the week that begins on Monday, 2 November 2026."""
    hour, minute = map(int, clock_time.split(":"))
    return datetime(2026, 11, 2 + day, hour, minute, tzinfo=zone)


def a_store(**fields):
    return {
        "status": "active",
        "timezone": "Asia/Kolkata",
        "hours": DAYTIME,
        "closures": [],
        "mode": "open",
        "mode_until": None,
    } | fields


@pytest.mark.parametrize(
    ("clock_time", "opened"), [("05:59", False), ("06:00", True), ("22:59", True), ("23:00", False)]
)
def test_hours_include_the_opening_minute_and_not_the_closing_one(clock_time, opened):
    assert model.is_open(a_store(), local(0, clock_time))[0] is opened


def test_hours_are_read_in_the_stores_time_zone():
    moment = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # 06:30 in Kolkata, 01:00 in London

    assert model.is_open(a_store(), moment) == (True, "open", None)
    assert model.is_open(a_store(timezone="Europe/London"), moment)[:2] == (False, "outside_hours")


def test_a_shut_store_says_when_it_next_opens():
    opened, reason, opens_at = model.is_open(a_store(), local(0, "23:30"))

    assert (opened, reason) == (False, "outside_hours")
    assert opens_at == local(1, "06:00")


def test_an_evening_that_passes_midnight_belongs_to_the_day_it_began():
    friday_night = [[["18:00", "02:00"]] if day == 4 else [] for day in range(7)]
    store = a_store(hours=friday_night)

    assert model.is_open(store, local(4, "23:59"))[0]
    assert model.is_open(store, local(5, "01:59"))[0]
    assert not model.is_open(store, local(5, "02:00"))[0]
    assert not model.is_open(store, local(4, "01:00"))[0]
    assert model.is_open(store, local(5, "02:00"))[2] == local(11, "18:00")


def test_sunday_night_reaches_into_monday():
    sunday_night = [[["20:00", "04:00"]] if day == 6 else [] for day in range(7)]

    assert model.is_open(a_store(hours=sunday_night), local(7, "03:00"))[0]


def test_all_day_every_day_never_shuts():
    store = a_store(hours=model.ALWAYS)

    assert all(model.is_open(store, local(0, "00:00") + timedelta(minutes=7 * n))[0] for n in range(1_500))


def test_a_day_of_the_changed_clock_is_as_long_as_it_is():
    store = a_store(timezone="Europe/London", hours=[[["00:00", "02:00"]] for _ in range(7)])
    sunday = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # the hour from 01:00 comes twice

    assert model.is_open(store, sunday)[0]
    assert not model.is_open(store, sunday + timedelta(minutes=30))[0]


def test_a_closure_shuts_until_it_ends_and_then_the_hours_count():
    closure = {"from": local(1, "08:00"), "to": local(2, "03:00"), "reason": "Puja"}
    store = a_store(closures=[closure])

    assert model.is_open(store, local(1, "07:59"))[0]
    assert model.is_open(store, local(1, "08:00")) == (False, "closure", local(2, "06:00"))
    assert model.is_open(store, local(2, "06:00"))[0]


def test_closures_that_follow_each_other_are_passed_one_by_one():
    closures = [
        {"from": local(day, "00:00"), "to": local(day + 1, "00:00"), "reason": ""} for day in range(20)
    ]

    assert model.is_open(a_store(closures=closures), local(0, "12:00"))[2] == local(20, "06:00")


def test_a_pause_ends_by_itself():
    store = a_store(mode="paused", mode_until=local(0, "12:00"))

    assert model.is_open(store, local(0, "11:59")) == (False, "paused", local(0, "12:00"))
    assert model.is_open(store, local(0, "12:00")) == (True, "open", None)


def test_a_pause_that_outlasts_the_day_ends_with_the_next_opening():
    store = a_store(mode="paused", mode_until=local(0, "23:30"))

    assert model.is_open(store, local(0, "22:00"))[2] == local(1, "06:00")


def test_a_busy_store_stays_open_and_promises_later():
    settings = Settings(prep_seconds=180, rider_speed_mps=5.0, road_detour=1.5)

    assert model.is_open(a_store(mode="busy", mode_until=local(0, "12:00")), local(0, "11:00"))[:2] == (
        True,
        "busy",
    )
    assert model.promise_seconds(settings, 1_000) == 480
    assert model.promise_seconds(settings, 1_000, busy=True) == 660


def test_a_store_closed_for_good_or_without_hours_names_no_opening():
    assert model.is_open(a_store(status="closed"), local(0, "12:00")) == (False, "closed", None)
    assert model.is_open(a_store(hours=[[] for _ in range(7)]), local(0, "12:00")) == (
        False,
        "outside_hours",
        None,
    )


@pytest.mark.parametrize(
    "interval",
    [
        ["6:00", "23:00"],
        ["06:00", "24:01"],
        ["24:00", "06:00"],
        ["10:00", "10:00"],
        ["٠٦:00", "23:00"],
        ["06:00"],
    ],
)
def test_hours_that_no_clock_shows_are_refused(interval):
    with pytest.raises(Invalid) as refusal:
        model.checked_hours([[interval]] + [[] for _ in range(6)])

    assert "hours" in (refusal.value.errors or {})


def test_a_mode_lasts_two_hours_unless_told_and_a_day_at_most():
    now = local(0, "12:00").astimezone(UTC)

    assert model.checked_mode("paused", None, "flood", now)["mode_until"] == now + timedelta(hours=2)
    for until in (now, now - timedelta(1), now + timedelta(hours=25), datetime.max.replace(tzinfo=KOLKATA)):
        with pytest.raises(Invalid):
            model.checked_mode("paused", until, "", now)


@pytest.mark.parametrize(
    "until", [datetime(1, 1, 1, tzinfo=KOLKATA), datetime.max.replace(tzinfo=ZoneInfo("Etc/GMT+9"))]
)
def test_a_time_that_the_calendar_cannot_hold_is_refused(until):
    with pytest.raises(Invalid):
        model.utc("mode_until", until)


@pytest.mark.parametrize("name", ["", "Asia", "Mars/Olympus", "../../etc/passwd", "Asia/Kol\0kata"])
def test_an_unknown_time_zone_is_refused(name):
    with pytest.raises(Invalid):
        model.checked_timezone(name)
