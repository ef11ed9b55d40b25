"""What a place is, and how well it answers what somebody typed. Plain values only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from rapidfuzz.distance import OSA

from shopsmart.geo import Point
from shopsmart.search.sounds import skeleton, sound
from shopsmart.search.text import asked_words, words_of

KINDS = ("locality", "landmark", "store_area")
# Farther away than this a locality does not name a spot.
NAMES_WITHIN_M = 2_500

_SAME, _BEGINS, _SOUNDS, _SLIP, _SLIP_AT_START, _BONES = 1.0, 0.9, 0.8, 0.65, 0.55, 0.5


class Place(TypedDict):
    """A document of `places`. `weight` 1 to 9: how well known; `also`: further spellings."""

    _id: str
    kind: str
    city: str
    location: Point
    weight: int
    name: dict[str, str]  # by language; English always
    also: NotRequired[list[str]]


@dataclass(frozen=True)
class Known:
    """A place with the words it is found by, one sequence for each of its names."""

    place: Place
    names: tuple[tuple[str, ...], ...]


def known(place: Place) -> Known:
    texts = [*place["name"].values(), *place.get("also", ())]
    return Known(place, tuple(dict.fromkeys(tuple(words_of(text)) for text in texts)))


def in_language(name: Mapping[str, str], lang: str) -> str:
    """A name in `lang`, else in English."""
    return name.get(lang) or name["en"]


def search(places: Iterable[Known], q: str, limit: int) -> list[Place]:
    """The places that `q` may mean, best first: every word of it must fit one of a place's words."""
    words = asked_words(q)
    if not words:
        return []
    rated = [(fit(words, one), one.place) for one in places]
    found = [(rate, place) for rate, place in rated if rate > 0]
    found.sort(key=lambda pair: (-round(pair[0], 2), -pair[1]["weight"], pair[1]["name"]["en"]))
    return [place for _, place in found[:limit]]


def fit(words: Sequence[str], known: Known) -> float:
    """How well the words of a query fit a place by its best name, 0 to 1."""
    return max((_name_fit(words, name) for name in known.names), default=0.0)


def _name_fit(words: Sequence[str], name: Sequence[str]) -> float:
    # "saheednagar" and "jay dev vihar": people set spaces as they like.
    whole = _word_fit("".join(words), "".join(name))
    each = [max((_word_fit(word, other) for other in name), default=0.0) for word in words]
    apart = sum(each) / len(each) if all(each) else 0.0
    # Of two names that both hold the words, the one that holds little else.
    return max(whole, apart * (0.9 + 0.1 * min(1.0, len(words) / max(1, len(name)))))


def _word_fit(asked: str, word: str) -> float:
    if asked == word:
        return _SAME
    if word.startswith(asked):
        return _BEGINS
    if len(asked) < 3 or asked[0].isdigit():
        return 0.0
    key, other = sound(asked), sound(word)
    if len(key) > 2 and other.startswith(key):
        return _SOUNDS
    slips = 0 if len(asked) < 4 else 1 if len(asked) < 7 else 2
    if slips and OSA.distance(asked, word, score_cutoff=slips) <= slips:
        return _SLIP
    begun = word[: len(asked)]
    if slips and len(word) > len(asked) and OSA.distance(asked, begun, score_cutoff=slips) <= slips:
        return _SLIP_AT_START
    # "ngr" for "nagar": people leave vowels out.
    return _BONES if len(bones := skeleton(key)) > 2 and bones == skeleton(other) else 0.0
