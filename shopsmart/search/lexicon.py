"""What goods are called: English, Hindi, Odia and Vietnamese names of one thing, in several spellings and scripts.

`data/goods.txt` holds a thing a line, its names divided by commas: in English | in Latin letters, of any Indian
language | in Devanagari | in Odia script | in Vietnamese. Every name finds what bears any other. A name behind "~" is
found as something near, but does not itself lead back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from shopsmart.search.sounds import sound
from shopsmart.search.text import STOP, stem, words_of

NEAR = 0.6
MOST_WORDS_OF_NAME = 4
_VIETNAMESE = 4  # column

Phrase = tuple[str, ...]  # stems


@dataclass(frozen=True)
class Name:
    phrase: Phrase
    weight: float  # 1, or NEAR
    english: bool
    leads: bool  # whether who types it means the thing


class Lexicon:
    def __init__(self, lines: Iterator[str] | Sequence[str]) -> None:
        self.things: list[tuple[Name, ...]] = []
        self._written: dict[Phrase, list[int]] = {}
        self._spoken: dict[Phrase, list[int]] = {}
        self.words: dict[str, None] = {}  # of all names that lead somewhere
        for line in lines:
            if line.strip() and not line.startswith("#"):
                self._add(line)

    def _add(self, line: str) -> None:
        number = len(self.things)
        names = tuple(_names(line))
        self.things.append(names)
        for name in names:
            if name.leads:
                _note(self._written, name.phrase, number)
                _note(self._spoken, tuple(sound(word) for word in name.phrase), number)
                self.words |= dict.fromkeys(word for word in name.phrase if len(word) > 2)

    def named(self, phrase: Phrase) -> Sequence[int]:
        """The things of this name, as it is written or else as it sounds."""
        if found := self._written.get(phrase):
            return found
        return self._spoken.get(tuple(sound(word) for word in phrase), ())

    def written(self, phrase: Phrase) -> Sequence[int]:
        return self._written.get(phrase, ())


@lru_cache(1)
def goods() -> Lexicon:
    file = resources.files("shopsmart.search").joinpath("data/goods.txt")
    return Lexicon(file.read_text("utf-8").splitlines())


def _names(line: str) -> Iterator[Name]:
    for column, names in enumerate(line.split("|")):
        for written in names.split(","):
            words = [stem(word) for word in words_of(written) if word not in STOP]
            if words:
                near = "~" in written
                # Vietnamese names without their accents: "na", "le", "bo" begin too many other words.
                short = column == _VIETNAMESE and len(words) == 1 and len(words[0]) < 4
                yield Name(tuple(words), NEAR if near else 1.0, column == 0, not near and not short)


def _note(table: dict[Phrase, list[int]], phrase: Phrase, number: int) -> None:
    numbers = table.setdefault(phrase, [])
    if number not in numbers:
        numbers.append(number)
