"""Fourteen dark stores at real localities of Bhubaneswar, and where each of them delivers.

Positions are [longitude, latitude]. Fences are unions of municipal wards, drawn once by `seeds/draw_fences.py`
into `fences.geojson`; one store serves a plain radius instead.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FENCES = Path(__file__).with_name("fences.geojson")
TIMEZONE = "Asia/Kolkata"

Hours = list[list[list[str]]]  # seven days from Monday, each a list of [opens, closes]

ALL_DAY: Hours = [[["00:00", "24:00"]]] * 7
EARLY_TO_LATE: Hours = [[["06:00", "01:00"]]] * 7  # closes after midnight
LATE_WEEKENDS: Hours = [*[[["06:00", "24:00"]]] * 4, *[[["06:00", "02:00"]]] * 2, [["06:00", "24:00"]]]
MARKET: Hours = [*[[["05:30", "13:30"], ["15:30", "23:30"]]] * 6, [["05:30", "23:30"]]]

# The demo customer's door, and how far around it the Patia store alone delivers.
DEMO_DOOR = (85.8215, 20.3572)
ALONE_WITHIN_M = 1_200


@dataclass(frozen=True)
class DarkStore:
    """One dark store. `wards`: of the municipal corporation; `reach_m`: how far its riders go beyond them."""

    code: str
    name: str
    address: str
    at: tuple[float, float]  # longitude, latitude
    wards: tuple[str, ...]
    reach_m: int
    hours: Hours
    pickers: int
    capacity: int  # orders per 10 minutes
    range_share: float  # how much of the catalogue it keeps
    radius_m: int | None = None  # a radius fence instead of wards

    @property
    def id(self) -> str:
        return f"bbsr-{self.code}"


STORES: tuple[DarkStore, ...] = (
    DarkStore(
        "patia",
        "ShopSmart Patia",
        "Plot 512, KIIT Road, Patia, Bhubaneswar 751024",
        (85.8247, 20.3521),
        ("W1", "W2", "W3", "W6"),
        100,
        ALL_DAY,
        8,
        30,
        0.78,
    ),
    DarkStore(
        "chandrasekharpur",
        "ShopSmart Chandrasekharpur",
        "Sailashree Vihar Road, Chandrasekharpur, Bhubaneswar 751016",
        (85.8163, 20.3268),
        ("W7", "W8", "W9", "W13", "W14"),
        450,
        ALL_DAY,
        6,
        24,
        0.46,
    ),
    DarkStore(
        "mancheswar",
        "ShopSmart Mancheswar",
        "Sector A, Mancheswar Industrial Estate, Bhubaneswar 751010",
        (85.8483, 20.3118),
        ("W5", "W10", "W11"),
        300,
        EARLY_TO_LATE,
        4,
        14,
        0.34,
    ),
    DarkStore(
        "jaydev-vihar",
        "ShopSmart Jaydev Vihar",
        "Near Biju Patnaik Park, Jaydev Vihar, Bhubaneswar 751013",
        (85.8198, 20.3052),
        ("W12", "W16", "W20", "W21", "W26"),
        350,
        ALL_DAY,
        6,
        22,
        0.44,
    ),
    DarkStore(
        "nayapalli",
        "ShopSmart Nayapalli",
        "IRC Village, Nayapalli, Bhubaneswar 751015",
        (85.8115, 20.2932),
        ("W25", "W27", "W37", "W38"),
        350,
        ALL_DAY,
        6,
        22,
        0.42,
    ),
    DarkStore(
        "saheed-nagar",
        "ShopSmart Saheed Nagar",
        "Janpath, Saheed Nagar, Bhubaneswar 751007",
        (85.8438, 20.2899),
        ("W17", "W28", "W29", "W30"),
        350,
        ALL_DAY,
        7,
        26,
        0.46,
    ),
    DarkStore(
        "rasulgarh",
        "ShopSmart Rasulgarh",
        "GGP Colony Road, Rasulgarh, Bhubaneswar 751010",
        (85.8612, 20.2921),
        (),
        0,
        EARLY_TO_LATE,
        4,
        14,
        0.34,
        radius_m=2_200,
    ),
    DarkStore(
        "unit-4",
        "ShopSmart Unit-4",
        "Unit-4 Market, Sachivalaya Marg, Bhubaneswar 751001",
        (85.8287, 20.2742),
        ("W36", "W39", "W40", "W46", "W47"),
        300,
        ALL_DAY,
        5,
        20,
        0.40,
    ),
    DarkStore(
        "laxmisagar",
        "ShopSmart Laxmisagar",
        "Cuttack Road, Laxmisagar, Bhubaneswar 751006",
        (85.8452, 20.2712),
        ("W32", "W33", "W34", "W35", "W41", "W42", "W43", "W45"),
        250,
        ALL_DAY,
        5,
        18,
        0.38,
    ),
    DarkStore(
        "baramunda",
        "ShopSmart Baramunda",
        "Near the bus terminal, Baramunda, Bhubaneswar 751003",
        (85.7990, 20.2725),
        ("W48", "W50", "W51"),
        300,
        ALL_DAY,
        5,
        18,
        0.38,
    ),
    DarkStore(
        "khandagiri",
        "ShopSmart Khandagiri",
        "Khandagiri Square, Khandagiri, Bhubaneswar 751030",
        (85.7857, 20.2583),
        ("W49", "W63", "W64", "W65", "W66"),
        200,
        LATE_WEEKENDS,
        4,
        14,
        0.34,
    ),
    DarkStore(
        "kalinga-nagar",
        "ShopSmart Kalinga Nagar",
        "K-8, Kalinga Nagar, Ghatikia, Bhubaneswar 751003",
        (85.7700, 20.2820),
        ("W22", "W23", "W24"),
        200,
        EARLY_TO_LATE,
        4,
        12,
        0.32,
    ),
    DarkStore(
        "old-town",
        "ShopSmart Old Town",
        "Tankapani Road, Old Town, Bhubaneswar 751002",
        (85.8376, 20.2452),
        ("W52", "W53", "W54", "W55", "W56", "W57", "W58", "W60", "W61", "W62"),
        250,
        ALL_DAY,
        5,
        18,
        0.38,
    ),
    DarkStore(
        "sundarpada",
        "ShopSmart Sundarpada",
        "Jatni Road, Sundarpada, Bhubaneswar 751002",
        (85.8190, 20.2260),
        ("W59", "W67"),
        200,
        MARKET,
        3,
        10,
        0.30,
    ),
)

# Nobody delivers on the runway: the airfield is a hole in the fence of the Old Town.
AIRFIELD = ((85.8095, 20.2528), (85.8115, 20.2548), (85.8238, 20.2440), (85.8215, 20.2420))


def geofence(store: DarkStore) -> dict[str, Any]:
    """The store's fence as the shop takes it: a GeoJSON geometry, or `{center, radius_m}`."""
    if store.radius_m is not None:
        return {"center": {"type": "Point", "coordinates": list(store.at)}, "radius_m": store.radius_m}
    return dict(_drawn()[store.code])


@cache
def _drawn() -> dict[str, dict[str, Any]]:
    collection = json.loads(FENCES.read_text(encoding="utf-8"))
    return {feature["properties"]["store"]: feature["geometry"] for feature in collection["features"]}
