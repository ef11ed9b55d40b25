"""The order of what was found. All weights stand here; `docs/search.md` tells what each is for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shopsmart.search.postings import Rows, Weights


@dataclass(frozen=True)
class Ranking:
    # What a word weighs by where it stands.
    head: float = 1.6
    first: float = 1.2
    rest: float = 1.0
    other_language: float = 1.1
    brand: float = 1.0
    extra: float = 0.3
    category: float = 0.45
    category_above: float = 0.25
    saturation: float = 0.8
    length: float = 0.3
    sure: float = 0.5  # meanings below this do not count as the word itself
    # What the order of the best is made of.
    reranked: int = 400
    coverage: float = 0.7  # power of the share of the query that is answered, for one of four words
    is_it: float = 0.6  # the name is about what was asked
    said_early: float = 0.3  # share of the naming part that was asked
    side_by_side: float = 0.15  # for each two
    begins: float = 0.2
    whole: float = 0.3  # share of the name that was asked
    shelf: float = 0.5  # stands where most of what was asked stands
    shelf_purity: float = 0.5  # stands where most is what was asked
    bundle: float = 0.8  # a bundle of several things, against each by itself
    tail: float = 0.12  # rows below this share of the best are left out


WEIGHTS = Ranking()
# How much rows tell of the shelf that is meant, where the name is not about what was asked, where only its brand
# or a word behind a dash is, and where just a part of the query is answered; against those that answer it all.
_NOT_IT, _ELSEWHERE, _PARTLY = 0.25, 0.1, 0.1
_BRAND_WORDS = 2  # may be typed before a name that does not have them


@dataclass(frozen=True)
class Candidates:
    """Scores by row, and what is known of the rows."""

    total: Weights
    covered: Weights
    norm: float
    words: int
    slots: NDArray[np.int8]  # by term: the part of the query that it answers, from 1
    sequence: NDArray[np.int8]  # by term: its place among the typed words, from 1
    names: NDArray[np.int32]
    heads: NDArray[np.int32]
    firsts: NDArray[np.int32]
    path: NDArray[np.int32]
    several: NDArray[np.bool_]


def ranked(found: Candidates, most: int, weights: Ranking) -> tuple[Rows, Weights]:
    """The best rows with their scores, best first."""
    rows = np.flatnonzero(found.total).astype(np.int32)
    if not len(rows) or not found.norm:
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    share = found.covered[rows] / found.norm
    base = found.total[rows] / found.norm * share ** (weights.coverage * min(2.0, found.words / 4))
    if len(rows) > weights.reranked:
        order = np.argpartition(-base, weights.reranked)
        rows, base, share = rows[order], base[order], share[order]
    top = slice(0, weights.reranked)
    scores = base.copy()
    scores[top] = base[top] * _boost(found, rows[top], base[top], share[top], weights)
    places = np.lexsort((rows, -scores))[:most]
    rows, scores = rows[places], scores[places]
    keep = scores >= weights.tail * scores[0]
    return rows[keep], (scores[keep] / max(1e-9, scores[0])).astype(np.float32)


def _boost(found: Candidates, rows: Rows, base: Weights, share: Weights, w: Ranking) -> NDArray[np.float32]:
    names = found.names[rows]
    slots = np.where(names >= 0, found.slots[names], 0)
    there = slots > 0
    bits = 1 << np.arange(names.shape[1], dtype=np.int32)
    is_head = (found.heads[rows, None] & bits) > 0
    is_first = (found.firsts[rows, None] & bits) > 0
    about = (is_head & there).any(axis=1)
    early = (is_first & there).sum(axis=1) / np.maximum(1, is_first.sum(axis=1))
    order = np.where(names >= 0, found.sequence[names], 0)
    whole = (there | (order > 0)).sum(axis=1) / np.maximum(1, (names >= 0).sum(axis=1))
    pairs = ((order[:, 1:] == order[:, :-1] + 1) & (order[:, :-1] > 0)).sum(axis=1)
    full = share >= 0.99 * share.max()
    shelf, purity = _shelves(
        found,
        rows,
        base * np.where(full, 1, _PARTLY) * np.where(about, 1, np.where(early > 0, _NOT_IT, _ELSEWHERE)),
    )
    boost = (
        1
        + w.is_it * about
        + w.said_early * early
        + w.side_by_side * np.minimum(5, pairs)
        + w.begins * ((order[:, 0] > 0) & (order[:, 0] <= _BRAND_WORDS + 1))
        + w.whole * whole
        + w.shelf * shelf
        + w.shelf_purity * purity
    )
    return (boost * np.where(found.several[rows], w.bundle, 1)).astype(np.float32)


def _shelves(found: Candidates, rows: Rows, evidence: Weights) -> tuple[Weights, Weights]:
    """For each row how much of the evidence stands on its shelf, against the best shelf; and how much of its shelf
    that is."""
    paths = found.path[rows]
    weight = np.bincount(paths, evidence)
    sizes = np.bincount(found.path[: len(found.total)], minlength=len(weight))
    purity = weight / np.maximum(1, sizes[: len(weight)])
    return weight[paths] / max(1e-9, weight.max()), purity[paths] / max(1e-9, purity.max())
