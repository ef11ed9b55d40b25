"""What somebody means by a few typed words: for each part of the query, what it may stand for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shopsmart.search.lexicon import MOST_WORDS_OF_NAME, Lexicon, Phrase
from shopsmart.search.text import STOP, asked_words, sizes_of, stem
from shopsmart.search.vocabulary import Spellings

# How a typed word and one that may have been meant compare: log(1 + how much it is worth) - SLIP * cost.
SLIP, AS_TYPED, DECAY = 3.0, 2.5, 0.7
LEAST_AS_TYPED, LEAST, MOST_MEANT = 0.85, 0.25, 4
BEGINNING, NEARLY_BEGINNING, MOST_BEGINNINGS = 0.75, 0.6, 24
UNFINISHED, EACH_LETTER, NEARLY = 0.3, 0.05, 0.8  # the cost of a word that is not typed to its end
ALIKE, JOINED, SPLIT = 0.85, 0.95, 0.9
PARTLY = 0.4  # one word of a name of several
SIZE, NUMBER = 0.2, 0.5  # how much sizes and numbers matter against words
OTHER_NAME = 0.95  # of a thing, against the name that was typed
MOST_WORTH_ELSEWHERE = 20.0
MOST_JOINED_COST, MOST_ENDING = 1.2, 2


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
    matters: float = 1.0  # against other parts


@dataclass(frozen=True)
class Understood:
    parts: tuple[Part, ...]
    corrected: str | None = None
    sequence: tuple[str, ...] = ()  # stems of all words as understood, in their order


def understood(text: str, terms: Terms, lexicon: Lexicon, unfinished: bool = True) -> Understood:
    """`unfinished`: the last word may be just a beginning."""
    words = asked_words(text)
    sizes = sizes_of(words)
    in_sizes = {place + more for place, _ in sizes for more in (0, 1)}
    rest = [word for place, word in enumerate(words) if place not in in_sizes]
    content = [word for word in rest if word not in STOP] or rest
    parts: list[Part] = []
    place = 0
    while place < len(content):
        part, taken = _next_part(content, place, terms, lexicon, unfinished)
        place += taken
        parts.append(part)
    parts += [_of_size(size, words[place : place + 2], terms, alone=not rest) for place, size in sizes]
    mended = {part.typed[0]: part.meant for part in parts if part.meant and len(part.typed) == 1}
    corrected = None
    if any(part.meant for part in parts):
        corrected = " ".join(part.meant or " ".join(part.typed) for part in parts)
    return Understood(
        tuple(parts),
        corrected,
        tuple(stem(mended.get(word) or word) for word in words),
    )


def _of_size(size: str, typed: Sequence[str], terms: Terms, alone: bool) -> Part:
    literal = Meaning(tuple(stem(word) for word in typed), 0.8)
    known = tuple(one for one in (Meaning((size,), 1.0), literal) if all(map(terms.worth, one.phrase)))
    return Part(tuple(typed), known, matters=1.0 if alone else SIZE)


def _next_part(
    words: Sequence[str], place: int, terms: Terms, lexicon: Lexicon, unfinished: bool
) -> tuple[Part, int]:
    for length in range(min(MOST_WORDS_OF_NAME, len(words) - place), 1, -1):
        typed = tuple(words[place : place + length])
        if things := lexicon.named(tuple(stem(word) for word in typed)):
            named = {one.phrase: one.weight for one in _of_things(typed, things, terms, lexicon)}
            for word in typed:
                named.setdefault((stem(word),), PARTLY)
            return Part(typed, _known(named, terms)), length
    ends = place + 1 == len(words)
    if not ends:
        last = unfinished and place + 2 == len(words)
        if joined := _joined(words[place], words[place + 1], terms, lexicon, last):
            return joined, 2
    return _of_word(words[place], terms, lexicon, unfinished and ends), 1


def _of_things(
    typed: Sequence[str], things: Sequence[int], terms: Terms, lexicon: Lexicon, weight: float = 1.0
) -> tuple[Meaning, ...]:
    """Every name of the things that the catalogue may have."""
    best: dict[Phrase, float] = {tuple(stem(word) for word in typed): weight}
    for thing in things:
        for name in lexicon.things[thing]:
            sure = weight * name.weight * OTHER_NAME
            best[name.phrase] = max(best.get(name.phrase, 0), sure)
            if not name.english and len(name.phrase) == 1 and len(name.phrase[0]) > 3:
                for word in terms.spellings.alike(name.phrase[0]):
                    best[(word,)] = max(best.get((word,), 0), sure * ALIKE)
    return _known(best, terms)


def _known(best: dict[Phrase, float], terms: Terms) -> tuple[Meaning, ...]:
    return tuple(
        Meaning(phrase, weight)
        for phrase, weight in best.items()
        if all(terms.worth(word) for word in phrase)
    )


def _joined(first: str, second: str, terms: Terms, lexicon: Lexicon, last: bool) -> Part | None:
    """ "tooth past" for toothpaste: two words that the catalogue writes as one."""
    whole = stem(first + second)
    if not (first.isalpha() and second.isalpha()) or len(whole) < 5 or len(second) < 2:
        return None
    apart = min(terms.worth(stem(first)), terms.worth(stem(second)))
    found = whole if terms.worth(whole) or lexicon.written((whole,)) else None
    if found is None and not apart and len(whole) > 6:
        found = _nearly_joined(whole, second, terms, last)
    if found is None or terms.together(stem(first), stem(second)) > terms.worth(found):
        return None
    best = {
        meaning.phrase: meaning.weight
        for meaning in _of_things((found,), lexicon.named((found,)), terms, lexicon, JOINED)
    }
    best[(stem(first), stem(second))] = 1.0
    return Part((first, second), _known(best, terms), None if apart else found)


def _nearly_joined(whole: str, second: str, terms: Terms, last: bool) -> str | None:
    goes_on = terms.spellings.beginning(whole, 1, terms.worth)
    if goes_on and len(goes_on[0]) <= len(whole) + MOST_ENDING:
        return goes_on[0]
    if last and terms.spellings.beginning(second, 1, terms.worth):
        return None  # rather the beginning of a word of its own
    near = [guess.word for guess in terms.spellings.guesses(whole) if guess.cost < MOST_JOINED_COST]
    return max(near, key=terms.worth, default=None)


def _of_word(word: str, terms: Terms, lexicon: Lexicon, last: bool) -> Part:
    root = stem(word)
    best: dict[Phrase, float] = {}
    if not word[0].isalpha():
        return Part((word,), (Meaning((word,), 1.0),) if terms.worth(word) else (), matters=NUMBER)
    # One or two Latin letters are rather the beginning of something.
    things = lexicon.named((root,)) if len(root) > 2 or not root.isascii() else ()
    if things:
        for meaning in _of_things((word,), things, terms, lexicon):
            best[meaning.phrase] = meaning.weight
    meant = None
    sure = bool(lexicon.written((root,)))
    if not sure:
        meant = _mend(root, best, terms, lexicon, last)
    if terms.worth(root):
        best[(root,)] = max(best.get((root,), 0), LEAST_AS_TYPED)
    if last:
        _begin(word, best, terms, lexicon)
    for halves in _halves(word, terms):
        best.setdefault(halves, SPLIT)
    return Part((word,), _known(best, terms), meant)


def _mend(root: str, best: dict[Phrase, float], terms: Terms, lexicon: Lexicon, last: bool) -> str | None:
    """Add what may have been meant instead of `root`. Returns the likeliest word where it is not the typed one."""
    scored: list[tuple[float, str, bool]] = []  # how likely, the word, whether it is no correction
    if worth := terms.worth(root):
        scored.append((math.log1p(worth) + AS_TYPED, root, True))
    elif best:
        scored.append((math.log1p(max(terms.worth(phrase[0]) for phrase in best)) + AS_TYPED, root, True))
    elif last:
        for word, cost in _going_on(root, terms, lexicon):
            scored.append((math.log1p(_worth(word, terms, lexicon)) - SLIP * cost, word, True))
    for guess in terms.spellings.guesses(root):
        if worth := _worth(guess.word, terms, lexicon):
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


def _going_on(start: str, terms: Terms, lexicon: Lexicon) -> list[tuple[str, float]]:
    """The worthiest words that begin so, or nearly so where none does, with the cost of each."""
    worth = lambda other: _worth(other, terms, lexicon)  # noqa: E731
    goes_on = terms.spellings.beginning(start, MOST_MEANT, worth)
    slip = 0.0
    if not goes_on:
        goes_on, slip = terms.spellings.nearly_beginning(start, MOST_MEANT, worth), NEARLY
    return [(word, slip + UNFINISHED + EACH_LETTER * max(0, len(word) - len(start))) for word in goes_on]


def _worth(word: str, terms: Terms, lexicon: Lexicon) -> float:
    """That of the word itself, or of what it is another name of: but such a name is typed by fewer people."""
    names = [name for thing in lexicon.written((word,)) for name in lexicon.things[thing] if name.leads]
    elsewhere = max((min(map(terms.worth, name.phrase)) for name in names), default=0.0)
    return max(terms.worth(word), min(elsewhere, MOST_WORTH_ELSEWHERE))


def _begin(word: str, best: dict[Phrase, float], terms: Terms, lexicon: Lexicon) -> None:
    """Add words that go on where `word` ends, or nearly so where none does."""
    worth = lambda other: _worth(other, terms, lexicon)  # noqa: E731
    goes_on, sure = terms.spellings.beginning(word, MOST_BEGINNINGS, worth), BEGINNING
    if not goes_on and not best:
        goes_on, sure = terms.spellings.nearly_beginning(word, MOST_BEGINNINGS // 2, worth), NEARLY_BEGINNING
    for other in goes_on:
        for meaning in _of_things((other,), lexicon.written((other,)), terms, lexicon, sure):
            best[meaning.phrase] = max(best.get(meaning.phrase, 0), meaning.weight)


def _halves(word: str, terms: Terms) -> list[Phrase]:
    """ "toothbrush" for names that write "tooth brush"."""
    halves: list[Phrase] = []
    for place in range(3, len(word) - 2):
        first, second = stem(word[:place]), stem(word[place:])
        if terms.worth(first) > 2 and terms.worth(second) > 2 and terms.together(first, second):
            halves.append((first, second))
    return halves
