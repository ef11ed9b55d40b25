"""The engine in memory: an inverted index over names, brands and categories, and the ranking of what it finds."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopsmart.search.engine import Completion, Document, Found
from shopsmart.search.lexicon import goods
from shopsmart.search.names import NAME_WORDS, Laid, laid
from shopsmart.search.postings import Postings, Rows, Weights
from shopsmart.search.query import Part, Understood, understood
from shopsmart.search.ranking import WEIGHTS, Candidates, Ranking, ranked
from shopsmart.search.text import STOP, fold, size_word, sizes_of, stem, words_of
from shopsmart.search.titles import Titles, path_keys
from shopsmart.search.vocabulary import Spellings

_MOST_CACHED = 5_000
_BEHIND_CODE = np.float32(0.5)


class TextEngine:
    def __init__(self, weights: Ranking = WEIGHTS) -> None:
        self.weights = weights
        self._empty()

    def _empty(self) -> None:
        self.spellings = Spellings()
        for word in goods().words:
            self.spellings.add(word)
        self._terms: dict[str, int] = {}
        self._shown: list[str] = []  # a spoken form of each term
        self._heads: list[int] = []  # how often each term is what a name is about
        self._postings = Postings()
        self._rows: dict[str, int] = {}
        self._skus: list[str] = []
        self._free: list[int] = []
        self._codes: dict[str, int] = {}
        self._codes_of: dict[int, tuple[str, ...]] = {}
        self._paths: dict[tuple[str, ...], int] = {("",): 0}  # 0 is where no product stands any more
        self._brands: dict[str, int] = {"": 0}
        self._named = Titles()
        self._paths_with: dict[int, list[tuple[int, float]]] = {}
        self._titles: list[str] = []
        self._understood: dict[str, Understood] = {}
        self._resize(0)

    def _resize(self, capacity: int) -> None:
        def grown(name: str, shape: tuple[int, ...], kind: type, fill: int) -> None:
            new: NDArray[Any] = np.full(shape, fill, kind)
            if (old := getattr(self, name, None)) is not None and capacity:
                new[: len(old)] = old
            setattr(self, name, new)

        grown("_names", (capacity, NAME_WORDS), np.int32, -1)
        grown("_head_places", (capacity,), np.int32, 0)
        grown("_first_places", (capacity,), np.int32, 0)
        grown("_path", (capacity,), np.int32, 0)
        grown("_brand", (capacity,), np.int32, 0)
        grown("_several", (capacity,), np.bool_, False)
        grown("_live", (capacity,), np.bool_, False)

    _names: NDArray[np.int32]
    _head_places: NDArray[np.int32]
    _first_places: NDArray[np.int32]
    _path: NDArray[np.int32]
    _brand: NDArray[np.int32]
    _several: NDArray[np.bool_]
    _live: NDArray[np.bool_]

    # --- what is in it -----------------------------------------------------------------------------------------

    def build(self, documents: Iterable[Document]) -> None:
        self._empty()
        terms: list[int] = []
        weights: list[float] = []
        counts: list[int] = []
        for document in documents:
            row = len(self._skus)
            self._skus.append(document["sku"])
            self._titles.append("")
            if row >= len(self._live):
                self._resize(row * 2 + 1_024)
            weighed = self._take(row, document)
            terms += weighed
            weights += weighed.values()
            counts.append(len(weighed))
        self._postings.build(terms, counts, weights, len(self._terms))

    def put(self, documents: Sequence[Document]) -> list[int]:
        changes = {}
        rows = []
        for document in documents:
            row = self._row_for(document["sku"])
            self._forget(row)
            changes[row] = self._take(row, document)
            rows.append(row)
        self._postings.replace(changes)
        self._understood.clear()
        return rows

    def remove(self, skus: Sequence[str]) -> None:
        changes: dict[int, Mapping[int, float]] = {}
        for sku in skus:
            if (row := self._rows.get(sku)) is not None:
                self._forget(row)
                self._free.append(row)
                changes[row] = {}
        self._postings.replace(changes)

    def row_of(self, sku: str) -> int | None:
        return self._rows.get(sku)

    def sku_of(self, row: int) -> str:
        return self._skus[row]

    def __len__(self) -> int:
        return len(self._skus)

    def _row_for(self, sku: str) -> int:
        if (row := self._rows.get(sku)) is not None:
            return row
        if self._free:
            row = self._free.pop()
            self._skus[row] = sku
            return row
        row = len(self._skus)
        self._skus.append(sku)
        self._titles.append("")
        if row >= len(self._live):
            self._resize(row + row // 4 + 64)
        return row

    def _forget(self, row: int) -> None:
        if not self._live[row]:
            return
        self._live[row] = False
        self._path[row] = 0
        for code in self._codes_of.pop(row, ()):
            if self._codes.get(code) == row:
                del self._codes[code]
        del self._rows[self._skus[row]]
        for place in range(NAME_WORDS):
            if self._head_places[row] >> place & 1:
                self._heads[self._names[row, place]] -= 1

    def _take(self, row: int, document: Document) -> dict[int, float]:
        """Note all that is known of a product by row. Returns its terms with what each weighs."""
        sku, names = document["sku"], document["names"]
        language, main = _main_name(names)
        name = laid(main, words_of(document["brand"] or ""), head_last=language != "vi")
        self._rows[sku] = row
        self._titles[row] = main
        self._live[row] = True
        self._note_name(row, name)
        self._path[row] = self._path_number(document["categories"])
        self._brand[row] = self._brand_number(document["brand"] or "")
        codes = (fold(sku), *(code for code in document["barcodes"] if code))
        self._codes.update(dict.fromkeys(codes, row))
        self._codes_of[row] = codes
        return self._weighed(document, name)

    def _note_name(self, row: int, name: Laid) -> None:
        numbers = [self._term(word) for word in name.words[:NAME_WORDS]]
        self._names[row] = -1
        self._names[row, : len(numbers)] = numbers
        self._head_places[row] = name.heads
        self._first_places[row] = name.first
        self._several[row] = name.several
        for place, number in enumerate(numbers):
            if name.heads >> place & 1:
                self._heads[number] += 1

    def _weighed(self, document: Document, name: Laid) -> dict[int, float]:
        of = self.weights
        weights: dict[int, float] = {}
        for place, word in enumerate(name.words):
            where = of.head if name.heads >> place & 1 else of.first if name.first >> place & 1 else of.rest
            _most(weights, self._term(word), where)
        main_language, main = _main_name(document["names"])
        for language, other in document["names"].items():
            if language != main_language:
                for word in words_of(other):
                    _most(weights, self._term(stem(word)), of.other_language)
        for word in words_of(document["brand"] or ""):
            _most(weights, self._term(stem(word)), of.brand)
        for word in words_of(document["extra"]):
            if word not in STOP:
                _most(weights, self._term(stem(word)), of.extra)
        sizes = [size for _, size in sizes_of(words_of(main))]
        if pack := document["pack"]:
            sizes.append(size_word(pack["value"], pack["unit"]))
        for size in sizes:
            _most(weights, self._term(size), of.rest)
        length = 1 - of.length + of.length * len(name.words) / 7
        return {term: weight / (weight + of.saturation * length) for term, weight in weights.items()}

    def _term(self, word: str) -> int:
        if (number := self._terms.get(word)) is None:
            number = self._terms[word] = len(self._terms)
            self._shown.append(word)
            self._heads.append(0)
            self.spellings.add(word)
        return number

    def _path_number(self, categories: Sequence[Mapping[str, str]]) -> int:
        key = tuple(name for names in categories for name in names.values())
        if (number := self._paths.get(key)) is None:
            number = self._paths[key] = len(self._paths)
            weights: dict[int, float] = {}
            for depth, names in enumerate(reversed(categories)):
                share = self.weights.category if depth == 0 else self.weights.category_above
                for name in names.values():
                    words = [stem(word) for word in words_of(name) if word not in STOP]
                    for word in words:
                        _most(weights, self._term(word), share / math.sqrt(len(words)))
            for names, title in path_keys(categories):
                if names:
                    self._named.note("category", names, title, number)
            for term, weight in weights.items():
                self._paths_with.setdefault(term, []).append((number, weight))
        return number

    def _brand_number(self, brand: str) -> int:
        if (number := self._brands.get(brand)) is None:
            number = self._brands[brand] = len(self._brands)
            self._named.note("brand", {"en": brand}, brand, number)
        return number

    # --- what understanding asks -------------------------------------------------------------------------------

    def worth(self, word: str) -> float:
        if (term := self._terms.get(word)) is None:
            return 0.0
        in_categories = 1.0 if term in self._paths_with else 0.0
        return self._postings.count(term) + 3.0 * self._heads[term] + in_categories

    def together(self, first: str, second: str) -> int:
        one, other = self._terms.get(first), self._terms.get(second)
        if one is None or other is None:
            return 0
        rarer = min(one, other, key=self._postings.count)
        names = self._names[self._postings.of(rarer)[0]]
        return int(np.count_nonzero((names[:, :-1] == one) & (names[:, 1:] == other)))

    # --- searching ---------------------------------------------------------------------------------------------

    def search(self, text: str, most: int = 1_000, among: NDArray[np.bool_] | None = None) -> Found:
        query = self._meant(text)
        size = len(self._skus)
        scored = self._scored(query, size)
        if among is not None:
            scored.total[: len(among)] *= among[:size]
            scored.total[len(among) :] = 0
        rows, scores = ranked(scored, most, self.weights)
        rows, scores = self._code_first(text, rows, scores, among)
        return Found(rows, scores, query.corrected)

    def _meant(self, text: str) -> Understood:
        text = text[:512]
        if (known := self._understood.get(text)) is None:
            if len(self._understood) > _MOST_CACHED:
                self._understood.clear()
            known = self._understood[text] = understood(text, self, goods())
        return known

    def _scored(self, query: Understood, size: int) -> Candidates:
        total = np.zeros(size, np.float32)
        covered = np.zeros(size, np.float32)
        slots = np.zeros(len(self._terms), np.int8)
        best = np.zeros(size, np.float32)
        norm = 0.0
        for number, part in enumerate(query.parts, 1):
            best[:] = 0
            said = self._say(part, best, size)
            rarity = self._rarity(said) * math.sqrt(len(part.typed)) * part.matters
            norm += rarity
            total += rarity * best
            covered += rarity * (best > 0)
            for meaning in part.meanings:
                if meaning.weight >= self.weights.sure:
                    for word in meaning.phrase:
                        slots[self._terms[word]] = number
        return Candidates(
            total=total,
            covered=covered,
            norm=norm,
            words=len(query.sequence),
            slots=slots,
            sequence=self._sequence(query),
            names=self._names,
            heads=self._head_places,
            firsts=self._first_places,
            path=self._path,
            several=self._several,
        )

    def _sequence(self, query: Understood) -> NDArray[np.int8]:
        """By term: its place among the words of the query, from 1."""
        sequence = np.zeros(len(self._terms), np.int8)
        for place, word in enumerate(query.sequence, 1):
            if (term := self._terms.get(word)) is not None and not sequence[term]:
                sequence[term] = place
        return sequence

    def _say(self, part: Part, best: Weights, size: int) -> int:
        """Mark in `best` how much each row says of `part`. Returns how many rows say it most surely."""
        said = 0
        for meaning in sorted(part.meanings, key=lambda one: one.weight):
            rows, weights = self._of_phrase([self._terms[word] for word in meaning.phrase], size)
            best[rows] = np.maximum(best[rows], meaning.weight * weights)
            if meaning.weight >= self.weights.sure:
                said = max(said, len(rows))
        by_path = np.zeros(len(self._paths), np.float32)
        for meaning in part.meanings:
            of_path: dict[int, float] = {}
            for word in meaning.phrase:
                for path, weight in self._paths_with.get(self._terms[word], ()):
                    of_path[path] = of_path.get(path, 0) + weight / len(meaning.phrase)
            for path, weight in of_path.items():
                by_path[path] = max(by_path[path], meaning.weight * weight)
        if by_path.any():
            np.maximum(best, by_path[self._path[:size]] * self._live[:size], out=best)
        return said

    def _of_phrase(self, terms: Sequence[int], size: int) -> tuple[Rows, Weights]:
        rows, weights = self._postings.of(terms[0])
        for term in terms[1:]:
            others, more = self._postings.of(term)
            there = np.zeros(size, np.float32)
            there[others] = more
            both = there[rows] > 0
            rows, weights = rows[both], weights[both] + there[rows[both]]
        return rows, weights / np.float32(len(terms))

    def _rarity(self, said: int) -> float:
        return math.log(1 + (len(self._rows) + 0.5) / (said + 0.5))

    def _code_first(
        self, text: str, rows: Rows, scores: Weights, among: NDArray[np.bool_] | None
    ) -> tuple[Rows, Weights]:
        """A whole SKU or barcode is that product, before whatever else it may mean."""
        row = self._codes.get(fold(text[:64]).strip())
        if row is None or not self._live[row] or (among is not None and not among[row]):
            return rows, scores
        others = rows != row
        first = np.array([row], np.int32), np.ones(1, np.float32)
        return np.concatenate((first[0], rows[others])), np.concatenate(
            (first[1], scores[others] * _BEHIND_CODE)
        )

    def complete(self, text: str, most: int = 10, among: NDArray[np.bool_] | None = None) -> list[Completion]:
        found = self.search(text, most, among)
        completions = [
            Completion("product", self._titles[row], self._skus[row], score)
            for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True)
        ]
        shown = self._live[: len(self._skus)]
        if among is not None:
            shown = shown & among[: len(shown)]
        stocked = {
            "brand": np.bincount(self._brand[: len(shown)][shown]),
            "category": np.bincount(self._path[: len(shown)][shown]),
        }
        for score, title in self._named.asked_for(self._meant(text)):
            counts = stocked[title.kind]
            if any(group < len(counts) and counts[group] for group in title.groups):
                completions.append(Completion(title.kind, title.text, title.key, score))
        return sorted(completions, key=lambda one: (-one.score, one.kind, one.text))[: most * 2]


def _main_name(names: Mapping[str, str]) -> tuple[str, str]:
    """(its language, the name) that tells what a product is: English where there is one."""
    return ("en", names["en"]) if "en" in names else next(iter(names.items()), ("en", ""))


def _most(weights: dict[int, float], term: int, weight: float) -> None:
    if weights.get(term, 0.0) < weight:
        weights[term] = weight
