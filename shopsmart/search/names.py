"""How a product's name is laid out: what it is about, and what is said of that. Plain values only."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from shopsmart.search.text import STOP, UNITS, stem, words_of

NAME_WORDS = 16  # whose places are kept
# "Potato Chips - Cream & Onion, 52 g": what stands before the first of these is the thing itself.
_BREAKS = re.compile(r"\s[-\u2013]\s|[-,(+:;|]\s|\s\(|/|\s\+")
# A part of only such words does not say what the thing is: "Organic - Toor Dal".
_SAYS_NOTHING = frozenset(
    [
        "organic",
        "fresh",
        "premium",
        "super",
        "natural",
        "pure",
        "classic",
        "special",
        "combo",
        "pack",
        "value",
        "imported",
        "gourmet",
        "exotic",
        "healthy",
        "original",
        "regular",
        "best",
        "quality",
        "new",
        "select",
        "choice",
    ]
)
# Words behind the thing that do not name another: "Garlic & Ginger 250 g Each".
_HOLDERS = frozenset(["pouch", "packet", "pack", "combo", "sachet", "refill", "carton", "each"])
_BREAK_AND = re.compile(r"/|\+")


class Laid(NamedTuple):
    """The stems of a name in order. `heads`, `first`: bits by place, of words that name the thing, and of all words
    of the part that does. `several`: it is a bundle of things."""

    words: list[str]
    heads: int
    first: int
    several: bool


def laid(name: str, brand: Sequence[str] = (), head_last: bool = True) -> Laid:
    """`brand`: its words; where the name begins with them they do not say what the thing is. `head_last`: as in
    English, "potato chips" are chips. In Vietnamese the thing comes first."""
    words: list[str] = []
    heads = first = 0
    settled = False
    also = False  # the part after "/" or "+" names the thing again
    start = 0
    for found in [*_BREAKS.finditer(name), None]:
        part = words_of(name[start : found.start() if found else len(name)])
        places = range(len(words), len(words) + len(part))
        words += map(stem, part)
        if not start and part[: len(brand)] == list(brand) and len(part) > len(brand):
            places, part = places[len(brand) :], part[len(brand) :]
        told = [place for place, word in zip(places, part, strict=True) if _tells(word)]
        if told and (not settled or also):
            settled = settled or not all(words[place] in _SAYS_NOTHING for place in told)
            heads |= _bit(_head(told, words) if head_last else told[0])
            for place in told:
                first |= _bit(place)
        if found is None:
            break
        also = bool(_BREAK_AND.search(found.group())) and settled
        start = found.end()
    return Laid(words, heads, first, " + " in name)


def _tells(word: str) -> bool:
    return not word[0].isdigit() and word not in STOP and word not in UNITS


def _head(places: list[int], words: list[str]) -> int:
    for place in reversed(places):
        if words[place] not in _HOLDERS:
            return place
    return places[-1]


def _bit(place: int) -> int:
    return 1 << place if place < NAME_WORDS else 0
