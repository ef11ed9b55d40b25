"""What somebody means by a few typed words: for each part of the query, what it may stand for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shopsmart.search.lexicon import MOST_WORDS_OF_NAME, Lexicon, Phrase
from shopsmart.search.text import STOP, asked_words, sizes_of, stem
from shopsmart.search.vocabulary import Spellings

# How a typed word and one that may have been meant compare: log(1 + how much it is worth) - SLIP * cost.
SLIP, AS_TYPED, DECAY = 3.0, 2.5, 0.7
LEAST_AS_TYPED, LEAST, MOST_MEANT = 0.85, 0.25, 4
BEGINNING, MOST_BEGINNINGS = 0.75, 24
ALIKE, JOINED, SPLIT = 0.85, 0.95, 0.9


class Terms(Protocol):
    """What understanding asks of a catalogue."""

    spellings: Spellings

    def worth(self, word: str) -> float:
        """How often the catalogue says it, and how often as the thing itself; 0 for words it does not know."""
        ...

    def together(self, first: str, second: str) -> int:
        """In how many names one stands right before the other, roughly."""
        ...


@dataclass(frozen=True)
class Meaning:
    """Words that all must be there, and how surely they are meant."""

    phrase: Phrase
    weight: float


@dataclass(frozen=True)
class Part:
    """One thing asked for. `typed`: its words; `meant`: the same as understood, where that differs."""

    typed: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    meant: str | None = None


@dataclass(frozen=True)
class Understood:
    parts: tuple[Part, ...]
    sizes: tuple[tuple[str, int], ...] = ()
    whole: str = ""
    corrected: str | None = None
    words: tuple[str, ...] = field(default=())


def understood(text: str, terms: Terms, lexicon: Lexicon, unfinished: bool = True) -> Understood:
    """`unfinished`: the last word may be just a beginning."""
    words = asked_words(text)
    sizes = sizes_of(words)
    content = [word for word in words if word not in STOP] or words
    parts: list[Part] = []
    place = 0
    while place < len(content):
        part, taken = _next_part(content, place, terms, lexicon, unfinished and place + 1 == len(content))
        place += taken
        parts.append(part)
    corrected = None
    if any(part.meant for part in parts):
        corrected = " ".join(part.meant or " ".join(part.typed) for part in parts)
    return Understood(
        tuple(parts), tuple(size for _, _, size in sizes), " ".join(content), corrected, tuple(words)
    )


def _next_part(
    words: Sequence[str], place: int, terms: Terms, lexicon: Lexicon, last: bool
) -> tuple[Part, int]:
    for length in range(min(MOST_WORDS_OF_NAME, len(words) - place), 1, -1):
        typed = tuple(words[place : place + length])
        if things := lexicon.named(tuple(stem(word) for word in typed)):
            return Part(typed, _of_things(typed, things, terms, lexicon)), length
    if place + 1 < len(words) and (joined := _joined(words[place], words[place + 1], terms, lexicon)):
        return joined, 2
    return _of_word(words[place], terms, lexicon, last), 1


def _of_things(
    typed: Sequence[str], things: Sequence[int], terms: Terms, lexicon: Lexicon, weight: float = 1.0
) -> tuple[Meaning, ...]:
    """Every name of the things that the catalogue may have."""
    best: dict[Phrase, float] = {tuple(stem(word) for word in typed): weight}
    for thing in things:
        for name in lexicon.things[thing]:
            sure = weight * name.weight
            best[name.phrase] = max(best.get(name.phrase, 0), sure)
            if not name.english and len(name.phrase) == 1:
                for word in terms.spellings.alike(name.phrase[0]):
                    best[(word,)] = max(best.get((word,), 0), sure * ALIKE)
    return _known(best, terms)


def _known(best: dict[Phrase, float], terms: Terms) -> tuple[Meaning, ...]:
    return tuple(
        Meaning(phrase, weight)
        for phrase, weight in best.items()
        if all(terms.worth(word) for word in phrase)
    )


def _joined(first: str, second: str, terms: Terms, lexicon: Lexicon) -> Part | None:
    """ "tooth past" for toothpaste: two words that the catalogue writes as one."""
    whole = stem(first + second)
    if not (first.isalpha() and second.isalpha()) or len(whole) < 5 or len(second) < 2:
        return None
    apart = min(terms.worth(stem(first)), terms.worth(stem(second)))
    found = whole if terms.worth(whole) or lexicon.written((whole,)) else None
    if found is None and not apart and len(whole) > 6:
        near = [guess.word for guess in terms.spellings.guesses(whole) if guess.cost < 1.2]
        found = max(near, key=terms.worth, default=None)
    if found is None or terms.together(stem(first), stem(second)) > terms.worth(found):
        return None
    best = {
        meaning.phrase: meaning.weight
        for meaning in _of_things((found,), lexicon.named((found,)), terms, lexicon, JOINED)
    }
    best[(stem(first), stem(second))] = 1.0
    return Part((first, second), _known(best, terms), None if apart else found)


def _of_word(word: str, terms: Terms, lexicon: Lexicon, last: bool) -> Part:
    root = stem(word)
    best: dict[Phrase, float] = {}
    if not word[0].isalpha():
        return Part((word,), (Meaning((word,), 1.0),) if terms.worth(word) else ())
    things = lexicon.named((root,))
    if things:
        for meaning in _of_things((word,), things, terms, lexicon):
            best[meaning.phrase] = meaning.weight
    meant = None
    sure = bool(lexicon.written((root,)))
    if not sure:
        meant = _mend(root, best, terms, lexicon, last and len(word) > 1)
    if terms.worth(root):
        best[(root,)] = max(best.get((root,), 0), LEAST_AS_TYPED)
    if last and len(word) > 1:
        _begin(word, best, terms, lexicon)
    for halves in _halves(word, terms):
        best.setdefault(halves, SPLIT)
    return Part((word,), _known(best, terms), meant)


def _mend(root: str, best: dict[Phrase, float], terms: Terms, lexicon: Lexicon, last: bool) -> str | None:
    """Add what may have been meant instead of `root`. Returns the likeliest word where it is not the typed one."""
    scored: list[tuple[float, str, bool]] = []
    if worth := terms.worth(root):
        scored.append((math.log1p(worth) + AS_TYPED, root, True))
    elif best:
        scored.append((math.log1p(max(terms.worth(phrase[0]) for phrase in best)) + AS_TYPED, root, True))
    for guess in terms.spellings.guesses(root):
        worth = _worth(guess.word, terms, lexicon)
        if worth:
            scored.append((math.log1p(worth) - SLIP * guess.cost, guess.word, False))
    scored.sort(key=lambda one: (-one[0], one[1]))
    for score, word, _ in scored[:MOST_MEANT]:
        weight = math.exp(DECAY * (score - scored[0][0]))
        if weight < LEAST:
            break
        for meaning in _of_things((word,), lexicon.written((word,)), terms, lexicon, weight):
            best[meaning.phrase] = max(best.get(meaning.phrase, 0), meaning.weight)
    if not scored or scored[0][2] or not root.isascii():
        return None
    return scored[0][1]


def _worth(word: str, terms: Terms, lexicon: Lexicon) -> float:
    names = [name for thing in lexicon.written((word,)) for name in lexicon.things[thing] if name.weight == 1]
    return max([terms.worth(word), *(min(map(terms.worth, name.phrase)) for name in names)])


def _begin(word: str, best: dict[Phrase, float], terms: Terms, lexicon: Lexicon) -> None:
    """Add words that go on where `word` ends."""
    worth = lambda other: _worth(other, terms, lexicon)  # noqa: E731
    goes_on = terms.spellings.beginning(word, MOST_BEGINNINGS, worth)
    for other in goes_on:
        for meaning in _of_things((other,), lexicon.written((other,)), terms, lexicon, BEGINNING):
            best[meaning.phrase] = max(best.get(meaning.phrase, 0), meaning.weight)


def _halves(word: str, terms: Terms) -> list[Phrase]:
    """ "toothbrush" for names that write "tooth brush"."""
    halves: list[Phrase] = []
    for place in range(3, len(word) - 2):
        first, second = stem(word[:place]), stem(word[place:])
        if terms.worth(first) > 2 and terms.worth(second) > 2 and terms.together(first, second):
            halves.append((first, second))
    return halves
