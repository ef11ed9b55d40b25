"""How candidates are judged: hard filters with reason codes, then a score. Plain values only.

A store that passes every filter is compared by its score, the sum of four parts between 0 and 1, each times its
weight in the policy: how much of the basket it has, how soon it is at the door, how many hands it has free, how
cheap its ride is. Equal scores go to the nearer store, then to the smaller id.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shopsmart.inventory.model import Line, Shortage, for_sale
from shopsmart.routing.policy import BUILT_IN, Policy
from shopsmart.settings import Settings
from shopsmart.stores.model import BUSY, Candidate, is_open

CHOSEN = "chosen"
SHORT = "out_of_stock"
NOT_LISTED = "not_listed"
TOO_FAR = "too_far"
CLOSING_SOON = "closing_soon"
TOO_LONG = "promise_too_long"
OVERLOADED = "overloaded"
FARTHER = "farther"
LOWER_SCORE = "lower_score"
LEFT_BEFORE = "left_before"  # the order was there already
MOST_PLANS = 3
MOST_TO_COMBINE = 12
SHUT = frozenset({"closed", "closure", "outside_hours", "paused", CLOSING_SOON})


@dataclass(frozen=True)
class Decision:
    """The chosen store, or None with the reason. `trace` has one row per candidate, nearest first."""

    store: Mapping[str, Any] | None
    distance_m: int = 0
    eta_s: int = 0
    zone_id: str = ""
    zone_version: int = 0
    reason: str = CHOSEN
    shortages: Sequence[Shortage] = ()
    trace: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    policy: Policy = BUILT_IN  # what it followed
    left: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # the store's stock of the lines, as seen
    listed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # its listings of them


@dataclass(frozen=True)
class Share:
    """One store's part of a plan. What it is short of is in `decision.shortages`."""

    decision: Decision
    lines: Sequence[Line]


@dataclass(frozen=True)
class Plan:
    """A way to serve a basket: `fill` is the share of the units that it brings, `shortages` what it does not."""

    shares: Sequence[Share]
    shortages: Sequence[Shortage]
    fill: float

    @property
    def eta_s(self) -> int:
        """Until all of it is there."""
        return max(share.decision.eta_s for share in self.shares)


@dataclass(frozen=True)
class Judged:
    """A candidate after the filters that need no shelf. `reason` is why it is out, None when it is not."""

    candidate: Candidate
    reason: str | None
    load: float  # share of its capacity taken in the last ten minutes
    eta_s: int

    @property
    def id(self) -> str:
        return self.candidate.store["_id"]


def capacity(store: Mapping[str, Any], policy: Policy) -> int:
    """Orders that a store can do in ten minutes: its own limit, or what its pickers on duty manage."""
    limit = int(store["capacity_per_10_min"])
    pickers = int(store["pickers_on_duty"])
    return min(limit, round(pickers * policy["orders_per_picker"])) if pickers else limit


def load_of(store: Mapping[str, Any], taken: int, policy: Policy) -> float:
    """The share of its capacity that a store took on in the last ten minutes."""
    return round(taken / max(1, capacity(store, policy)), 3)


def judge(
    candidate: Candidate, taken: int, policy: Policy, settings: Settings, now: datetime, left: Collection[str]
) -> Judged:
    """Apply the hard filters to one candidate, in the order in which the reasons are told."""
    load = load_of(candidate.store, taken, policy)
    overloaded = load >= 1
    # An overloaded store that must do has its pickers' hands full, like a busy one.
    stretched = overloaded and candidate.reason != BUSY
    eta_s = candidate.eta_s + (settings.prep_seconds if stretched else 0)
    reach = policy["busy_reach_m"] if overloaded or candidate.reason == BUSY else policy["max_distance_m"]
    soon = now + timedelta(seconds=policy["closing_soon_seconds"])
    reason = None
    if not candidate.open:
        reason = candidate.reason
    elif candidate.store["_id"] in left:
        reason = LEFT_BEFORE
    elif candidate.distance_m > min(reach, policy["max_distance_m"]):
        reason = TOO_FAR
    elif not is_open(candidate.store, soon)[0]:
        reason = CLOSING_SOON
    elif eta_s > policy["promise_limit_seconds"]:
        reason = TOO_LONG
    elif overloaded:
        reason = OVERLOADED
    return Judged(candidate, reason, load, eta_s)


def short_lines(
    lines: Sequence[Line], stock: Mapping[str, Mapping[str, Any]], listed: Mapping[str, Any]
) -> list[Shortage]:
    """The lines that a store cannot fill: not on its list, switched off, or too few."""
    short = []
    for line in lines:
        left = for_sale(stock.get(line.sku)) if line.sku in listed else 0
        if left < line.quantity:
            short.append(Shortage(line.sku, line.quantity, left))
    return short


def fill_of(lines: Sequence[Line], shortages: Sequence[Shortage]) -> float:
    """The share of the wanted units that a store has."""
    wanted = sum(line.quantity for line in lines)
    missing = sum(short.requested - short.available for short in shortages)
    return (wanted - missing) / wanted if wanted else 1.0


def score(one: Judged, fill: float, policy: Policy) -> dict[str, float]:
    """The weighted parts of a candidate's score and their `total`, in points."""
    calm = policy["calm_load"]
    crowd = (one.load - calm) / (1 - calm) if calm < 1 else float(one.load >= 1)
    parts = {
        "fill": fill,
        "promise": 1 - one.eta_s / policy["promise_limit_seconds"],
        "load": 1 - crowd,
        "cost": 1 - one.candidate.distance_m / policy["max_distance_m"],
    }
    points = {
        name: round(policy[f"weight_{name}"] * min(1.0, max(0.0, part)), 3) for name, part in parts.items()
    }
    return {**points, "total": round(sum(points.values()), 3)}


def best(fitting: Sequence[Judged], scores: Mapping[str, Mapping[str, float]]) -> Judged:
    """The highest score; the nearer store, then the smaller id, among equal ones."""
    return min(fitting, key=lambda one: (-scores[one.id]["total"], one.candidate.distance_m, one.id))


def worthwhile(first: Sequence[Plan], others: Sequence[Plan]) -> list[Plan]:
    """`first`, then those of the others that bring something and beat every plan before them in some way."""
    kept: list[Plan] = []
    for plan in [*first, *sorted(others, key=lambda one: (-one.fill, one.eta_s))]:
        if not kept or (plan.fill > 0 and not any(_as_good(known, plan) for known in kept)):
            kept.append(plan)
    return kept


def _as_good(known: Plan, plan: Plan) -> bool:
    return known.fill >= plan.fill and known.eta_s <= plan.eta_s and len(known.shares) <= len(plan.shares)
