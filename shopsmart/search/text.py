"""Text as the engine compares it: folded, cut into words and numbers, plurals and sizes alike. Plain values only."""

import re
from functools import lru_cache
from itertools import pairwise

from shopsmart.catalog.words import folded

MOST_CHARACTERS = 160  # of a query: nobody types more, and every word costs time
MOST_WORDS = 12

_DIGITS = {zero + n: str(n) for zero in (0x0966, 0x0B66, 0x09E6, 0x0660, 0x06F0) for n in range(10)}
# Words of any script with their vowel signs, or numbers: "1kg" and "1 kg" are the same two.
_MARKS = (
    "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
    "\u0981-\u0983\u09bc-\u09cd\u0b01-\u0b03\u0b3c-\u0b57\u0b62\u0b63"
)
_WORD = re.compile(rf"(?:[^\W\d_]|[{_MARKS}])+|\d+(?:\.\d+)?")
_APOSTROPHES = re.compile("(?<=[a-z])['\u2019`](?=[a-z])")
_PLAIN = re.compile(r"[a-z]+|\d+(?:\.\d+)?")

UNITS = {
    **dict.fromkeys(
        ("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "किलो", "किग्रा", "କିଲୋ", "କେଜି"), ("g", 1000.0)
    ),
    **dict.fromkeys(("g", "gm", "gms", "gr", "gram", "grams", "gramme", "ग्राम", "ଗ୍ରାମ"), ("g", 1.0)),
    **dict.fromkeys(
        ("l", "lt", "ltr", "ltrs", "liter", "liters", "litre", "litres", "lit", "लीटर", "ଲିଟର"), ("ml", 1000.0)
    ),
    **dict.fromkeys(("ml", "mls", "millilitre", "मिली", "ମିଲି"), ("ml", 1.0)),
    **dict.fromkeys(("pc", "pcs", "piece", "pieces", "nos", "नग"), ("piece", 1.0)),
}
# Words that carry no meaning of their own between others; those of Hindi and Odia are "of", "and", "for".
STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "the",
        "of",
        "for",
        "with",
        "in",
        "on",
        "to",
        "by",
        "from",
        "ka",
        "ke",
        "ki",
        "ko",
        "ra",
        "aur",
        "और",
        "का",
        "के",
        "की",
        "ର",
        "ଓ",
    ]
)


def fold(text: str) -> str:
    text = text.casefold() if text.isascii() else folded(text).translate(_DIGITS)
    return _APOSTROPHES.sub("", text)


def words_of(text: str) -> list[str]:
    """The words and numbers of `text`, folded, in their order."""
    text = fold(text)
    return _PLAIN.findall(text) if text.isascii() else _WORD.findall(text)


def asked_words(text: str) -> list[str]:
    """Those of a query of any length and content, cut to a sane number."""
    return [word[:32] for word in words_of(text[:MOST_CHARACTERS])[:MOST_WORDS]]


@lru_cache(100_000)
def stem(word: str) -> str:
    """One form for singular and plural of an English word; other words stay as they are.

    The form need not be a word, only the same for both: "cookie" and "cookies" are "cooky".
    """
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("ie") and len(word) > 4:
        return word[:-2] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes", "oes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def sizes_of(words: list[str]) -> list[tuple[int, str]]:
    """Where a list of words tells a size, and the size as one word: "1 kg" and "1000 g" are both "#1000g"."""
    return [
        (place, size_word(float(word) * UNITS[unit][1], UNITS[unit][0]))
        for place, (word, unit) in enumerate(pairwise(words))
        if unit in UNITS and word[0].isdigit()
    ]


def size_word(value: float, unit: str) -> str:
    """The word for so much of a base unit (g, ml, piece). No text has it, so it stands for nothing else."""
    return f"#{round(value)}{unit}"
