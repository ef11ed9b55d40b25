"""How things are ranked that somebody may want. Plain values only; the bench measures these very functions.

What goes well with a cart: for each thing `i` in it, how often was `j` bought with it? That share is drawn towards the
share of all baskets that have `j`, as if DOUBT more baskets had been seen; the mean over the cart then counts for a
little less where everybody buys `j` anyway.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest

DOUBT = 20.0  # baskets
EVENNESS = 0.3  # 0: the likeliest; 1: the most surprising
LEAST_TOGETHER = 2  # baskets: what happened once is chance, and may be one person's secret
MOST_IN_BASKET = 40
MOST_KEPT = 60  # neighbours of a thing that are looked at
MOST_POPULAR = 100
MOST_OF_CART = 20

HABIT = 0.3  # how much a habit counts beside what others do
HABIT_DOUBT = 5.0  # orders
MOST_HABITS = 200
HABIT_HALF_LIFE = timedelta(days=180)
NOW_HALF_LIFE = timedelta(hours=12)

# Why something is shown.
BASES = {
    "your_orders": "You bought it before.",
    "orders_and_baskets": "You bought it before, or others did together with these.",
    "baskets": "It was bought together with these.",
    "sales": "It sells here, in these hours and days.",
    "category": "Nobody knows what goes with these yet: it is of the same department.",
    "range": "Nothing was sold here yet: it is what the store has, best prices first.",
    "sales_and_range": "Too little was sold here to fill the list: the rest is what the store has.",
    "similar": "It may stand in for this product.",
}


@dataclass(frozen=True)
class Neighbour:
    """`together` baskets had it beside the other thing, `baskets` had it at all."""

    sku: str
    together: int
    baskets: int


@dataclass(frozen=True)
class Affinity:
    """What is known of one thing: how many baskets had it, and what else was in them."""

    baskets: int
    neighbours: Sequence[Neighbour] = ()


@dataclass(frozen=True)
class Baskets:
    """What is known of all: how many there were, and the things that most of them had, `(sku, baskets)` each."""

    count: int = 0
    popular: Sequence[tuple[str, int]] = ()


@dataclass
class Counts:
    """Baskets counted: how many, of each thing, and of each two things."""

    baskets: int = 0
    things: Counter[str] = field(default_factory=Counter)
    pairs: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, skus: Iterable[str]) -> None:
        """One basket; how much of each is not counted. Of a huge one just the first MOST_IN_BASKET things."""
        basket = list(dict.fromkeys(skus))[:MOST_IN_BASKET]
        if not basket:
            return
        self.baskets += 1
        for sku in basket:
            self.things[sku] += 1
            others = self.pairs.setdefault(sku, Counter())
            for other in basket:
                if other != sku:
                    others[other] += 1

    def affinity(self, sku: str) -> Affinity:
        near = closest(self.pairs.get(sku, {}), self.things[sku], self.things, self.baskets)
        return Affinity(self.things[sku], near)

    def summary(self) -> Baskets:
        return Baskets(self.baskets, self.things.most_common(MOST_POPULAR))


def closest(
    together: Mapping[str, int], baskets_of: int, things: Mapping[str, int], baskets: int
) -> list[Neighbour]:
    """The best MOST_KEPT of what was bought with one thing, best first."""
    known = [
        Neighbour(sku, count, max(count, things.get(sku, 0)))
        for sku, count in together.items()
        if count >= LEAST_TOGETHER
    ]

    def score(near: Neighbour) -> tuple[float, str]:
        likely = (near.together + DOUBT * near.baskets / max(1, baskets)) / (baskets_of + DOUBT)
        return likely * evener(near.baskets, baskets), near.sku

    return nlargest(MOST_KEPT, known, key=score)


def goes_with(
    cart: Sequence[str], known: Mapping[str, Affinity], all_baskets: Baskets, most: int
) -> list[tuple[str, float]]:
    """`(sku, score)` of what goes well with the cart, best first, without what is in it.

    Only what was bought with something in the cart: nothing when nobody knows that.
    """
    inside = [known[sku] for sku in cart[-MOST_OF_CART:] if sku in known]
    candidates = {near.sku: near.baskets for one in inside for near in one.neighbours}
    return _ranked(_evened(_likely(cart, inside, candidates, all_baskets), candidates, all_baskets), most)


def for_somebody(
    cart: Sequence[str],
    known: Mapping[str, Affinity],
    all_baskets: Baskets,
    orders: Sequence[tuple[datetime, Sequence[str]]],
    now: datetime,
    most: int,
) -> list[tuple[str, float]]:
    """What the next thing in this cart is likely to be: by all baskets, and by the person's own orders, if any."""
    inside = [known[sku] for sku in cart[-MOST_OF_CART:] if sku in known]
    candidates = _candidates(inside, all_baskets)
    scores = _likely(cart, inside, candidates, all_baskets)
    if not orders:
        return _ranked(_evened(scores, candidates, all_baskets), most)
    for sku, weight in again(orders, now, MOST_HABITS):
        if sku not in cart:
            scores[sku] = scores.get(sku, 0.0) + HABIT * weight / (len(orders) + HABIT_DOUBT)
    return _ranked(scores, most)


def _candidates(inside: Sequence[Affinity], all_baskets: Baskets) -> dict[str, int]:
    """What comes into question, and how many baskets had it."""
    near = {near.sku: near.baskets for one in inside for near in one.neighbours}
    return {**dict(all_baskets.popular), **near}


def _likely(
    cart: Sequence[str], inside: Sequence[Affinity], candidates: Mapping[str, int], all_baskets: Baskets
) -> dict[str, float]:
    """How likely each candidate is the next thing in the cart."""
    shares: dict[str, float] = {}
    for one in inside:
        for near in one.neighbours:
            shares[near.sku] = shares.get(near.sku, 0.0) + near.together / (one.baskets + DOUBT)
    doubt = sum(DOUBT / (one.baskets + DOUBT) for one in inside) if inside else 1.0
    count, total = max(1, len(inside)), max(1, all_baskets.count)
    return {
        sku: (shares.get(sku, 0.0) + doubt * baskets / total) / count
        for sku, baskets in candidates.items()
        if sku not in cart
    }


def _evened(
    likely: Mapping[str, float], candidates: Mapping[str, int], all_baskets: Baskets
) -> dict[str, float]:
    return {sku: share * evener(candidates[sku], all_baskets.count) for sku, share in likely.items()}


def evener(baskets: int, all_baskets: int) -> float:
    """The more baskets have a thing, the less it tells about this one."""
    return float((max(1, baskets) / max(1, all_baskets)) ** -EVENNESS)


def _ranked(scores: Mapping[str, float], most: int) -> list[tuple[str, float]]:
    # The SKU decides between equals, so that the same question has the same answer.
    return nlargest(most, scores.items(), key=lambda pair: (pair[1], pair[0]))


def again(
    orders: Iterable[tuple[datetime, Sequence[str]]],
    now: datetime,
    most: int,
    half_life: timedelta = HABIT_HALF_LIFE,
) -> list[tuple[str, float]]:
    """`(sku, weight)` of what was bought often and lately, best first: an order counts half after `half_life`."""
    weights: dict[str, float] = {}
    for at, skus in orders:
        weight = 0.5 ** (max(timedelta(0), now - at) / half_life)
        for sku in dict.fromkeys(skus):
            weights[sku] = weights.get(sku, 0.0) + weight
    return _ranked(weights, most)
