"""Text as it is searched: folded, cut into tokens. Plain values only."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

MOST_TOKENS = 8
MOST_TOKEN_CHARACTERS = 32
_LAST = "\U0010ffff"
_LATIN_BY_HAND = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe"})
_JOINERS = {"\u200c", "\u200d"}  # they shape Indic letters and mean nothing to a search


def folded(text: str) -> str:
    """`text` as it is compared: no case, no accents on Latin letters.

    Marks of other scripts stay: without its vowel signs a Hindi or Odia word is another word.
    """
    letters = []
    on_latin = False
    for sign in unicodedata.normalize("NFKD", text.casefold()):
        if unicodedata.combining(sign) and on_latin:
            continue
        if sign in _JOINERS:
            continue
        if not unicodedata.category(sign).startswith("M"):
            on_latin = sign < "\u0250" or "\u1e00" <= sign < "\u1f00"
        letters.append(sign)
    return unicodedata.normalize("NFC", "".join(letters).translate(_LATIN_BY_HAND))


def tokens(text: str) -> list[str]:
    """The words and numbers of `text`, folded, each once, in their order."""
    spaced = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in folded(text))
    return list(dict.fromkeys(word[:MOST_TOKEN_CHARACTERS] for word in spaced.split()))


def key_of(text: str) -> str:
    """What names are sorted and compared by."""
    return " ".join(tokens(text))


def asked(q: str) -> list[str]:
    """The tokens of a search, at most MOST_TOKENS."""
    return tokens(q)[:MOST_TOKENS]


def range_of(prefix: str) -> dict[str, str]:
    """A MongoDB range of all strings that begin with `prefix`; no pattern, so nothing needs escaping."""
    return {"$gte": prefix, "$lt": prefix + _LAST}


def terms_of(product: Mapping[str, Any]) -> list[str]:
    """Every token that finds `product`: its names in all languages, brand, pack, SKU and barcodes."""
    texts = [*product["name"].values(), product["brand"] or ""]
    found = {token for text in texts for token in tokens(text)}
    return sorted(found | set(_pack_words(product["pack"])) | _codes(product["sku"], product["barcodes"]))


def name_keys_of(product: Mapping[str, Any]) -> list[str]:
    """The names as a search compares them: whole, English first, then without brand and pack size."""
    names = [product["name"][language] for language in sorted(product["name"], key=lambda one: one != "en")]
    brand = key_of(product["brand"] or "")
    bare = [key_of(_without_size(name)).removeprefix(f"{brand} ") for name in names]
    return list(dict.fromkeys([*map(key_of, names), *bare]))


def match_class(name_keys: Iterable[str], words: list[str]) -> int:
    """How well names answer a search, 0 best.

    0 is exactly one of them; 1 ends one, as toned milk is a milk; 2 begins one; 3 are words of one; 4 the rest.
    """
    whole = " ".join(words)
    best = 4
    for name in name_keys:
        if name == whole:
            return 0
        if name.endswith(f" {whole}"):
            best = 1
        elif best > 2 and name.startswith(whole):
            best = 2
        elif best > 3 and all(f" {word} " in f" {name} " for word in words):
            best = 3
    return best


def _without_size(name: str) -> str:
    """ "Toned Milk, 500 ml" without what follows its last comma, if that is a size."""
    before, _, after = name.rpartition(",")
    return before if before and any(sign.isdigit() for sign in after) else name


def _pack_words(pack: Mapping[str, Any] | None) -> list[str]:
    """ "500g"; "1000g" and "1kg": sizes as people type them in one word."""
    if pack is None:
        return []
    value, unit = pack["value"], pack["unit"]
    words = [f"{value}{'pc' if unit == 'piece' else unit}"]
    if unit in {"g", "ml"} and value >= 1000:
        words.append(f"{value / 1000:g}{'kg' if unit == 'g' else 'l'}")
    return words


def _codes(sku: str, barcodes: Iterable[str]) -> set[str]:
    return {sku.casefold()[:MOST_TOKEN_CHARACTERS], *tokens(sku), *barcodes}
