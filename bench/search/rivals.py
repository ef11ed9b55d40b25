"""What the engine is compared with: plain BM25, and MongoDB's `$text`."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from pymongo.database import Database

from shopsmart.catalog.words import tokens
from shopsmart.search.engine import Document

_K1, _B = 1.2, 0.75


def whole_text(document: Document) -> str:
    categories = [name for names in document["categories"] for name in names.values()]
    return " ".join([*document["names"].values(), document["brand"] or "", *categories])


class Bm25:
    """Whole words of names, brand and categories in one bag, as the textbook has it."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._skus = [document["sku"] for document in documents]
        bags = [Counter(_all_words(whole_text(document))) for document in documents]
        self._lengths = [sum(bag.values()) for bag in bags]
        self._mean = sum(self._lengths) / max(1, len(bags))
        self._places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, bag in enumerate(bags):
            for word, times in bag.items():
                self._places[word].append((row, times))

    def __call__(self, text: str) -> list[str]:
        scores: dict[int, float] = defaultdict(float)
        for word in tokens(text):
            places = self._places.get(word, [])
            rarity = math.log(1 + (len(self._skus) - len(places) + 0.5) / (len(places) + 0.5))
            for row, times in places:
                norm = _K1 * (1 - _B + _B * self._lengths[row] / self._mean)
                scores[row] += rarity * times * (_K1 + 1) / (times + norm)
        best = sorted(scores, key=lambda row: (-scores[row], row))[:50]
        return [self._skus[row] for row in best]


class MongoText:
    """A text index over the same words, without a language's stemming: the catalogue has four."""

    def __init__(self, db: "Database[dict[str, Any]]", documents: Sequence[Document]) -> None:
        self._products = db.products
        self._products.create_index([("text", "text")], default_language="none")
        self._products.insert_many([{"_id": d["sku"], "text": whole_text(d)} for d in documents])

    def __call__(self, text: str) -> list[str]:
        score = {"$meta": "textScore"}
        found = self._products.find({"$text": {"$search": text}}, {"score": score}).sort([("score", score)])
        return [product["_id"] for product in found.limit(50)]


def _all_words(text: str) -> list[str]:
    return [token for word in text.split() for token in tokens(word)]
