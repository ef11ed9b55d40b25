"""Judged queries and known items in CSV, and what answers to them are worth."""

import csv
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Ranked = Callable[[str], Sequence[str]]  # a query's text -> SKUs, best first
DEPTH = 50


@dataclass(frozen=True)
class Query:
    """`grades` by SKU. `kind`: the class it is reported under."""

    text: str
    kind: str
    grades: Mapping[str, int]


@dataclass(frozen=True)
class Figures:
    """Means over queries. A query without any judged product counts in `empty` alone."""

    queries: int
    ndcg10: float
    mrr10: float
    recall50: float
    empty: float  # share of queries answered by nothing


def read_judged(queries: Path, qrels: Path) -> list[Query]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for row in _rows(qrels):
        grades[row["intent"]][row["sku"]] = int(row["grade"])
    return [Query(row["query"], row["class"], grades[row["intent"]]) for row in _rows(queries)]


def read_known(path: Path) -> list[Query]:
    """Each query wants one product. Files without the column `kind` are of one kind, named by the file."""
    return [Query(row["query"], row.get("kind") or path.stem, {row["sku"]: 1}) for row in _rows(path)]


def figures(queries: Iterable[Query], answer: Ranked) -> dict[str, Figures]:
    """By kind, in the order of first appearance."""
    worth: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for query in queries:
        worth[query.kind].append(_worth(query, answer(query.text)[:DEPTH]))
    return {kind: _mean(rows) for kind, rows in worth.items()}


def ndcg(grades: Mapping[str, int], answered: Sequence[str], depth: int = 10) -> float:
    """Normalised discounted gain of the first `depth`, with a gain of 2^grade - 1."""
    gained = _discounted([grades.get(sku, 0) for sku in answered[:depth]])
    best = _discounted(sorted(grades.values(), reverse=True)[:depth])
    return gained / best if best else 0.0


def reciprocal_rank(grades: Mapping[str, int], answered: Sequence[str], depth: int = 10) -> float:
    """1/place of the first that is as good as any could be, 0 when that is not among `depth`."""
    best = max(grades.values(), default=0)
    places = (place for place, sku in enumerate(answered[:depth], 1) if best and grades.get(sku, 0) == best)
    return next((1 / place for place in places), 0.0)


def recall(grades: Mapping[str, int], answered: Sequence[str]) -> float:
    """The share of the best products that is among the answers, of as many as fit there."""
    best = max(grades.values(), default=0)
    wanted = {sku for sku, grade in grades.items() if grade == best}
    return len(wanted & set(answered)) / min(len(wanted), DEPTH) if wanted else 0.0


def _worth(query: Query, answered: Sequence[str]) -> tuple[float, ...]:
    return (
        ndcg(query.grades, answered),
        reciprocal_rank(query.grades, answered),
        recall(query.grades, answered),
        float(not answered),
    )


def _discounted(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def _mean(rows: Sequence[tuple[float, ...]]) -> Figures:
    columns = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return Figures(len(rows), *columns)


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)
