"""Brands and categories as things to be found by name, while somebody types."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from shopsmart.search.query import Part, Understood
from shopsmart.search.text import STOP, stem, words_of

WHOLE = 0.25  # of a title's score is for how much of it was asked


@dataclass
class Title:
    kind: str  # brand | category
    text: str
    key: str
    words: list[frozenset[str]]  # stems of its name, by language
    groups: set[int] = field(default_factory=set)  # the brand, or the paths that lead through the category


class Titles:
    """Titles stay once noted; whether one still has goods is the caller's to see."""

    def __init__(self) -> None:
        self._titles: list[Title] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._with: dict[str, list[int]] = {}

    def note(self, kind: str, names: Mapping[str, str], key: str, group: int) -> None:
        if (number := self._numbers.get((kind, key))) is None:
            number = self._numbers[kind, key] = len(self._titles)
            words = [frozenset(stem(word) for word in words_of(name)) for name in names.values()]
            self._titles.append(Title(kind, names.get("en") or next(iter(names.values())), key, words))
            for word in frozenset().union(*words):
                self._with.setdefault(word, []).append(number)
        self._titles[number].groups.add(group)

    def asked_for(self, query: Understood) -> Iterator[tuple[float, Title]]:
        """Titles that answer every part of the query."""
        hits: list[dict[int, float]] = [self._hits(part) for part in query.parts]
        if not hits:
            return
        for number in hits[0].keys() & frozenset.intersection(*(frozenset(hit) for hit in hits)):
            title = self._titles[number]
            said = sum(hit[number] for hit in hits) / len(hits)
            content = min(len(words - STOP) for words in title.words)
            yield said * (1 - WHOLE + WHOLE * min(1.0, len(hits) / max(1, content))), title

    def _hits(self, part: Part) -> dict[int, float]:
        hits: dict[int, float] = {}
        for meaning in part.meanings:
            wanted = frozenset(meaning.phrase)
            for number in self._with.get(meaning.phrase[0], ()):
                if any(wanted <= words for words in self._titles[number].words):
                    hits[number] = max(hits.get(number, 0.0), meaning.weight)
        return hits


def path_keys(categories: Sequence[Mapping[str, str]]) -> Iterator[tuple[Mapping[str, str], str]]:
    """Each category of a path with its key: the English names from the top joined by " > "."""
    names = [category.get("en") or next(iter(category.values()), "") for category in categories]
    for depth, category in enumerate(categories, 1):
        yield category, " > ".join(names[:depth])
