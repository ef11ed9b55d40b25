"""Sales by day, on the calendar of the shop's time zone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from shopsmart.errors import Invalid
from shopsmart.money import money
from shopsmart.orders import store as orders
from shopsmart.stores import service as stores

if TYPE_CHECKING:
    from shopsmart.context import Shop

MOST_DAYS = 92
_USUAL_DAYS = 7
_FIRST_YEAR = 2000
_NOTHING = {"orders": 0, "items": 0, "revenue": 0, "cancelled": 0, "refunds": 0}


def by_day(
    shop: "Shop", first: date | None = None, last: date | None = None, store_id: str | None = None
) -> list[dict[str, Any]]:
    """One row for each day from `first` to `last`, both included; the week up to today by default.

    An order belongs to the day on which it was made. With a store, orders that have a part there, with their whole
    bill. Raises NotFound, Invalid for days in the wrong order or more than 92.
    """
    zone = ZoneInfo(shop.settings.timezone)
    today = shop.now().astimezone(zone).date()
    if not all(_FIRST_YEAR <= day.year <= today.year + 1 for day in (first, last) if day):
        raise _bad_period()
    last = last or (first + timedelta(_USUAL_DAYS - 1) if first else today)
    first = first or last - timedelta(_USUAL_DAYS - 1)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise _bad_period()
    if store_id is not None:
        stores.get(shop, store_id)
    begin, end = _midnight(first, zone), _midnight(last + timedelta(1), zone)
    found = {row.pop("_id"): row for row in orders.sales(shop.db, begin, end, zone.key, store_id)}
    days = [first + timedelta(number) for number in range((last - first).days + 1)]
    return [_row(day, found.get(day.isoformat(), _NOTHING), shop.settings.currency) for day in days]


def _bad_period() -> Invalid:
    fault = f"From the first day to the last are at most {MOST_DAYS} days, none of them far off."
    return Invalid(fault, code="bad_period", errors={"to": [fault]})


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _row(day: date, sold: Mapping[str, int], currency: str) -> dict[str, Any]:
    kept = sold["orders"] - sold["cancelled"]
    return {
        "day": day.isoformat(),
        "orders": sold["orders"],
        "items": sold["items"],
        "revenue": money(sold["revenue"], currency),
        "average_basket": money(round(sold["revenue"] / kept) if kept else 0, currency),
        "cancelled": sold["cancelled"],
        "refunds": money(sold["refunds"], currency),
    }
