"""The words of a catalogue: numbered, found by sound, by beginning and in spite of a typo."""

import heapq
import math
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from shopsmart.search.sounds import skeleton, sound

_ROWS_OF_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_PLACES = {
    key: (row, column + 0.4 * row)
    for row, keys in enumerate(_ROWS_OF_KEYS)
    for column, key in enumerate(keys)
}
_VOWELS = frozenset("aeiouy")
_MOST_CACHED = 20_000
_LONGEST_START = 10

# What one slip costs, in the unit of one letter exchanged for any other.
NEAR_KEY, VOWEL_FOR_VOWEL, DOUBLED, SWAPPED, FIRST_LETTER = 0.75, 0.6, 0.45, 0.6, 0.5
SAME_SOUND, SAME_SKELETON = 0.5, 1.15


class Guess(NamedTuple):
    """A word that may have been meant. `cost`: how far it is from what was typed, 0 for the same."""

    word: str
    cost: float


class Spellings:
    """Words by how they are written and how they sound. Words may be added at any time, and stay."""

    def __init__(self) -> None:
        self._words: dict[int, list[str]] = {}  # by length
        self._known: set[str] = set()
        self._sounds: dict[str, list[str]] = {}
        self._sound_list: list[str] = []
        self._skeletons: dict[str, list[str]] = {}
        self._sorted: list[str] | None = None
        self._guessed: dict[str, list[Guess]] = {}
        self._begun: dict[tuple[str, int], list[str]] = {}
        self._starts: dict[int, dict[str, list[str]]] = {}  # by length

    def __contains__(self, word: str) -> bool:
        return word in self._known

    def add(self, word: str) -> None:
        if word in self._known or not word[:1].isalpha():
            return
        self._known.add(word)
        self._guessed.clear()
        self._begun.clear()
        if self._sorted is not None:
            insort(self._sorted, word)
        for length, starts in self._starts.items():
            starts.setdefault(word[:length], []).append(word)
        if len(word) < 2:
            return
        key = sound(word)
        if key not in self._sounds:
            self._sounds[key] = []
            self._sound_list.append(key)
            if len(bones := skeleton(key)) > 2:
                self._skeletons.setdefault(bones, []).append(key)
        self._sounds[key].append(word)
        if word.isascii():
            self._words.setdefault(len(word), []).append(word)

    def alike(self, word: str) -> Sequence[str]:
        """Words that sound the same."""
        return self._sounds.get(sound(word), ())

    def guesses(self, word: str) -> list[Guess]:
        """Words that may have been meant, nearest first; of a known word only those one slip away."""
        if (known := self._guessed.get(word)) is None:
            if len(self._guessed) > _MOST_CACHED:
                self._guessed.clear()
            known = self._guessed[word] = self._guess(word)
        return known

    def _guess(self, word: str) -> list[Guess]:
        most = min(_most_slips(len(word)), 1 if word in self._known else 9)
        costs = {other: slip_cost(word, other) for other in self._near(word, most)} if word.isascii() else {}
        for other, cost in self._by_sound(word):
            costs[other] = min(cost, costs.get(other, cost))
        costs.pop(word, None)
        return sorted((Guess(*pair) for pair in costs.items()), key=lambda guess: (guess.cost, guess.word))[
            :40
        ]

    def _near(self, word: str, most: int) -> Iterator[str]:
        if not most:
            return
        for length in range(len(word) - most, len(word) + most + 1):
            some = self._words.get(length, ())
            for other, _, _ in process.extract(word, some, scorer=OSA.distance, score_cutoff=most, limit=25):
                yield other

    def _by_sound(self, word: str) -> Iterator[tuple[str, float]]:
        key = sound(word)
        yield from ((other, SAME_SOUND) for other in self._sounds.get(key, ()))
        if word in self._known:
            return
        costs = {other: SAME_SKELETON + 0.3 * OSA.distance(key, other) for other in self._same_bones(key)}
        if most := _most_slips(len(key)):
            for other, _, _ in process.extract(
                key, self._sound_list, scorer=OSA.distance, score_cutoff=most, limit=25
            ):
                costs[other] = min(costs.get(other, 9.0), SAME_SOUND + slip_cost(key, other, near_key=1.0))
        for other, cost in costs.items():
            yield from ((word_of_key, cost) for word_of_key in self._sounds[other])

    def _same_bones(self, key: str) -> Sequence[str]:
        bones = skeleton(key)
        return self._skeletons.get(bones, ()) if len(bones) > 2 else ()

    def beginning(self, start: str, most: int, worth: Callable[[str], float]) -> list[str]:
        """The worthiest words that begin with `start` and go on. Short beginnings are remembered: they begin many."""
        if (kept := self._begun.get((start, most))) is not None:
            return kept
        if self._sorted is None:
            self._sorted = sorted(self._known)
        low = bisect_left(self._sorted, start)
        high = bisect_left(self._sorted, start + "\U0010ffff")
        words = heapq.nlargest(most, (word for word in self._sorted[low:high] if word != start), key=worth)
        if len(start) < 3:
            self._begun[start, most] = words
        return words

    def nearly_beginning(self, start: str, most: int, worth: Callable[[str], float]) -> list[str]:
        """The same for a beginning with a slip in it."""
        if not 3 <= len(start) <= _LONGEST_START:
            return []
        words: set[str] = set()
        for length in (len(start), len(start) + 1):
            starts = self._starts_of(length)
            near = process.extract(start, list(starts), scorer=OSA.distance, score_cutoff=1, limit=25)
            words.update(word for other, _, _ in near for word in starts[other] if word[0] == start[0])
        return heapq.nlargest(most, sorted(words), key=worth)

    def _starts_of(self, length: int) -> dict[str, list[str]]:
        if (starts := self._starts.get(length)) is None:
            starts = self._starts[length] = {}
            for word in self._known:
                starts.setdefault(word[:length], []).append(word)
        return starts


def _most_slips(length: int) -> int:
    return 0 if length < 3 else 1 if length < 5 else 2 if length < 9 else 3


def slip_cost(typed: str, meant: str, near_key: float = NEAR_KEY) -> float:
    """How unlikely it is that `meant` comes out as `typed`. Letters near on the keyboard, vowels for each other,
    a letter doubled or swapped with the next are cheap; a wrong first letter is dear."""
    return (FIRST_LETTER if typed[:1] != meant[:1] else 0.0) + _slips(typed, meant, near_key)


def _slips(typed: str, meant: str, near_key: float) -> float:
    """The cheapest way from one to the other, by the usual table."""
    before_last: list[float] = []
    last = [0.0]
    for column in range(len(meant)):
        last.append(last[-1] + _missing(meant, column))
    for row, sign in enumerate(typed, 1):
        current = [last[0] + 1]
        for column, wanted in enumerate(meant, 1):
            best = min(
                last[column - 1] + _exchange(sign, wanted, near_key),
                last[column] + _extra(typed, row - 1),
                current[column - 1] + _missing(meant, column - 1),
            )
            if (
                row > 1
                and column > 1
                and sign == meant[column - 2]
                and typed[row - 2] == wanted
                and sign != wanted
            ):
                best = min(best, before_last[column - 2] + SWAPPED)
            current.append(best)
        before_last, last = last, current
    return last[-1]


def _extra(typed: str, place: int) -> float:
    return DOUBLED if place and typed[place] == typed[place - 1] else 0.9


def _missing(meant: str, place: int) -> float:
    return DOUBLED if place and meant[place] == meant[place - 1] else 0.85 if meant[place] in _VOWELS else 1.0


def _exchange(sign: str, wanted: str, near_key: float) -> float:
    if sign == wanted:
        return 0.0
    if sign in _VOWELS and wanted in _VOWELS:
        return VOWEL_FOR_VOWEL
    if sign in _PLACES and wanted in _PLACES:
        (row, column), (other_row, other_column) = _PLACES[sign], _PLACES[wanted]
        if math.hypot(row - other_row, column - other_column) < 1.3:
            return near_key
    return 1.0
