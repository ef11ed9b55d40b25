"""How words sound: keys that are equal for the many ways in which people write one Indian word in Latin letters,
and for the same word in Devanagari or Odia script. Plain values only.
"""

import re
import unicodedata
from functools import lru_cache

_VIRAMA, _NUKTA = "\u094d", "\u093c"
_ODIA, _DEVANAGARI = 0x0B00, 0x0900
_CONSONANTS = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहळ",
        [
            "k",
            "kh",
            "g",
            "gh",
            "n",
            "ch",
            "chh",
            "j",
            "jh",
            "n",
            "t",
            "th",
            "d",
            "dh",
            "n",
            "t",
            "th",
            "d",
            "dh",
            "n",
            "p",
            "ph",
            "b",
            "bh",
            "m",
            "y",
            "r",
            "l",
            "v",
            "sh",
            "sh",
            "s",
            "h",
            "l",
        ],
        strict=True,
    )
) | {"ऱ": "r", "ऩ": "n", "ଵ": "v", "य़": "y"}
_VOWELS = dict(
    zip(
        "अआइईउऊऋएऐऍओऔऑऎऒ",
        ["a", "aa", "i", "i", "u", "u", "ri", "e", "ai", "a", "o", "au", "o", "e", "o"],
        strict=True,
    )
)
_SIGNS = dict(
    zip("ािीुूृेैॅोौॉॆॊ", ["aa", "i", "i", "u", "u", "ri", "e", "ai", "a", "o", "au", "o", "e", "o"], strict=True)
)
_NASAL = "\u0902\u0901"
_LIP = "pbm"

_RULES = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"tch", "ch"),
        (r"ck", "k"),
        (r"c(?=[eiy])", "s"),
        (r"c(?!h)", "k"),
        (r"chh", "ch"),
        (r"q", "k"),
        (r"x", "ks"),
        (r"ph", "f"),
        (r"w", "v"),
        (r"z", "j"),
        (r"sh", "s"),
        (r"g(?=e\b|ei|ey)", "j"),
        (r"(?<=.)gh(?=t)", ""),
        (r"([kgjtdb])h", r"\1"),
        (r"aa+", "a"),
        (r"ee+|ea|ii+", "i"),
        (r"oo+|uu+|ou", "u"),
        (r"a[iy]|ei|ey", "e"),
        (r"au", "o"),
        (r"iy(?=[aeou])", "i"),
        (r"y(?![aeiou])", "i"),
        (r"(?<=[aeiou])h\b", ""),
        (r"(?<=[^aeiou])e\b", ""),
        (r"ie\b", "i"),
        (r"n(?=[pbm])", "m"),
        (r"([a-z])\1+", r"\1"),
        (r"(?<=[a-z]{3})a\b", ""),
    )
)
_INNER_VOWELS = re.compile(r"(?<=.)[aeiou]")


@lru_cache(100_000)
def sound(word: str) -> str:
    """The key: "chawal", "chaval" and "चावल" have one, and so have "shampoo", "shampu"."""
    key = latin(word)
    for pattern, by in _RULES:
        key = pattern.sub(by, key)
    return key


def skeleton(key: str) -> str:
    """A `sound` without its inner vowels: what is left when even those are guessed."""
    return _INNER_VOWELS.sub("", key)


@lru_cache(100_000)
def latin(word: str) -> str:
    """A Devanagari or Odia word in Latin letters, with the silent a's of Hindi left out; others as they are."""
    if word.isascii() or not any(
        "\u0900" <= sign <= "\u097f" or "\u0b00" <= sign <= "\u0b7f" for sign in word
    ):
        return word
    syllables = _syllables(_as_devanagari(word))
    return _written_out(syllables if word[0] >= "\u0b00" else _spoken(syllables))  # Odia speaks them


def _as_devanagari(word: str) -> str:
    """Odia letters stand in the same places of their block."""
    letters = (
        chr(ord(sign) - _ODIA + _DEVANAGARI)
        if "\u0b00" <= sign <= "\u0b6f"
        else "य"
        if sign == "\u0b5f"
        else sign
        for sign in unicodedata.normalize("NFC", word)
    )
    return "".join(letters).replace("ୟ", "य").replace("ୱ", "व").replace(_NUKTA, "")


def _syllables(word: str) -> list[list[str]]:
    """[consonants, vowel] by syllable; the vowel of a bare consonant is "A", which may be silent."""
    parts: list[list[str]] = []
    for place, sign in enumerate(word):
        following = word[place + 1 : place + 2]
        if sign in _CONSONANTS:
            if parts and parts[-1][1] == "":
                parts[-1] = [parts[-1][0] + _CONSONANTS[sign], "A"]
            else:
                parts.append([_CONSONANTS[sign], "A"])
        elif sign in _SIGNS and parts:
            parts[-1][1] = _SIGNS[sign]
        elif sign == _VIRAMA and parts:
            parts[-1][1] = ""
        elif sign in _VOWELS:
            parts.append(["", _VOWELS[sign]])
        elif sign in _NASAL and parts:
            lip = following in _CONSONANTS and _CONSONANTS[following][0] in _LIP
            parts[-1][1] += "" if not following else "m" if lip else "n"
        elif sign.isascii():
            parts.append([sign, " "])
    return parts


def _spoken(parts: list[list[str]]) -> list[list[str]]:
    """Hindi drops an "a" at the end and between a spoken vowel and one that follows."""
    last = len(parts) - 1
    for place in range(last, 0, -1):
        consonants, vowel = parts[place]
        between = (
            place < last and parts[place + 1][1] != "" and parts[place - 1][1] != "" and len(consonants) < 3
        )
        cluster = len(consonants.replace("h", "")) > 1
        if vowel == "A" and (place == last or (between and not cluster)):
            parts[place][1] = ""
    return parts


def _written_out(parts: list[list[str]]) -> str:
    return "".join(consonants + vowel.replace("A", "a").strip() for consonants, vowel in parts)
