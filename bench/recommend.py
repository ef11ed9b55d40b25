"""`python -m bench.recommend --baskets PATH...`: do our recommendations find what was left out of a basket?

Reads baskets as CSV: `basket_id,items` (joined by `|`), `date,time,basket_id,item`, or lines with `household_id`,
`basket_id`, `product_id` and `transaction_timestamp`. The last fifth is held out: by time where there is one, else by a
fixed seed. Of each held-out basket with two things or more one is hidden, chosen by the same seed. Hit rate: how often
is the hidden one among the first ten? MRR: the mean of 1/place there. `plain popularity` is what most baskets have.
"""

import argparse
import csv
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shopsmart.recommendations.model import Affinity, Baskets, Counts, for_somebody

SEED = 20
HELD_OUT = 0.2
FIRST = 10
MOST_CASES = 20_000
_NO_ITEMS = {"", "NONE", "Adjustment"}
_UNTIMED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Basket:
    at: datetime
    household: str
    skus: Sequence[str]


@dataclass(frozen=True)
class Case:
    """A held-out basket without the one thing that is to be found."""

    at: datetime
    household: str
    cart: Sequence[str]
    hidden: str


Ranking = Callable[[Case], Sequence[str]]


# --- reading ---------------------------------------------------------------------------------------------------


def read(path: Path) -> list[Basket]:
    """The baskets of a file; in order of time, where they have one."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        names = set(rows.fieldnames or ())
        if {"basket_id", "items"} <= names:
            return [Basket(_UNTIMED, "", tuple(dict.fromkeys(row["items"].split("|")))) for row in rows]
        if {"date", "time", "basket_id", "item"} <= names:
            return _gathered(
                (row["basket_id"], f"{row['date']} {row['time']}", "", row["item"]) for row in rows
            )
        if {"household_id", "basket_id", "product_id", "transaction_timestamp"} <= names:
            return _gathered(
                (row["basket_id"], row["transaction_timestamp"], row["household_id"], row["product_id"])
                for row in rows
            )
    raise SystemExit(f"{path}: no format of baskets that is known here")


def _gathered(lines: Iterable[tuple[str, str, str, str]]) -> list[Basket]:
    found: dict[str, tuple[datetime, str, dict[str, None]]] = {}
    for basket_id, at, household, sku in lines:
        if sku not in _NO_ITEMS:
            moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
            found.setdefault(basket_id, (moment, household, {}))[2][sku] = None
    baskets = [Basket(at, household, tuple(skus)) for at, household, skus in found.values()]
    return sorted(baskets, key=lambda basket: basket.at)


def split(baskets: list[Basket]) -> tuple[list[Basket], list[Case]]:
    """What is learned from, and the cases."""
    rng = random.Random(SEED)
    if all(basket.at == _UNTIMED for basket in baskets):
        baskets = rng.sample(baskets, len(baskets))
    end = int(len(baskets) * (1 - HELD_OUT))
    cases = list(_cases(baskets[end:], rng))
    return baskets[:end], cases if len(cases) <= MOST_CASES else rng.sample(cases, MOST_CASES)


def _cases(baskets: Iterable[Basket], rng: random.Random) -> Iterator[Case]:
    for basket in baskets:
        if len(basket.skus) >= 2:
            hidden = rng.choice(sorted(basket.skus))
            cart = [sku for sku in basket.skus if sku != hidden]
            yield Case(basket.at, basket.household, cart, hidden)


# --- ranking ---------------------------------------------------------------------------------------------------


class Learned:
    """What the shop would know after these baskets."""

    def __init__(self, baskets: Sequence[Basket]):
        counts = Counts()
        self.orders: dict[str, list[tuple[datetime, Sequence[str]]]] = {}
        for basket in baskets:
            counts.add(basket.skus)
            if basket.household:
                self.orders.setdefault(basket.household, []).append((basket.at, basket.skus))
        self.all: Baskets = counts.summary()
        self.known: dict[str, Affinity] = {sku: counts.affinity(sku) for sku in counts.things}
        self.popular = [sku for sku, _ in counts.things.most_common()]

    def plain_popularity(self, case: Case) -> list[str]:
        return [sku for sku in self.popular[: FIRST + len(case.cart)] if sku not in case.cart]

    def for_the_cart(self, case: Case) -> list[str]:
        return self._ranked(case, ())

    def for_the_household(self, case: Case) -> list[str]:
        return self._ranked(case, self.orders.get(case.household, ()))

    def _ranked(self, case: Case, orders: Sequence[tuple[datetime, Sequence[str]]]) -> list[str]:
        return [sku for sku, _ in for_somebody(case.cart, self.known, self.all, orders, case.at, FIRST)]


def judged(cases: Sequence[Case], ranking: Ranking) -> tuple[float, float]:
    """Hit rate and MRR among the first ten."""
    places = [list(ranking(case)[:FIRST]) for case in cases]
    found = [
        1 / (1 + ranked.index(case.hidden))
        for case, ranked in zip(cases, places, strict=True)
        if case.hidden in ranked
    ]
    return len(found) / len(cases), sum(found) / len(cases)


def report(path: Path) -> None:
    learned_from, cases = split(read(path))
    if not cases:
        raise SystemExit(f"{path}: too few baskets")
    learned = Learned(learned_from)
    print(
        f"{path.name}: {len(learned_from)} baskets learned from, {len(learned.popular)} things, {len(cases)} cases"
    )
    rankings: dict[str, Ranking] = {
        "plain popularity": learned.plain_popularity,
        "for the cart": learned.for_the_cart,
    }
    if learned.orders:
        rankings["for the household"] = learned.for_the_household
    base = 0.0
    for name, ranking in rankings.items():
        hits, mrr = judged(cases, ranking)
        base = base or hits
        print(f"  {name:<17} hit-rate@{FIRST}={hits:.4f} mrr@{FIRST}={mrr:.4f} ({hits / base - 1:+.1%})")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.recommend", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--baskets", type=Path, nargs="+", required=True, metavar="PATH")
    for path in parser.parse_args(arguments).baskets:
        report(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
