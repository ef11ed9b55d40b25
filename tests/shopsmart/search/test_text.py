"""Words, sizes and sounds as searches compare them."""

import pytest

from shopsmart.search.sounds import latin, sound
from shopsmart.search.text import MOST_WORDS, asked_words, sizes_of, stem, words_of
from shopsmart.search.vocabulary import Spellings, slip_cost


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Lay's Chips 52g", ["lays", "chips", "52", "g"]),
        ("Sữa Đậu Nành", ["sua", "dau", "nanh"]),
        ("आलू १ किलो", ["आलू", "1", "किलो"]),
        ("ଆଳୁ (୨ କିଲୋ)", ["ଆଳୁ", "2", "କିଲୋ"]),
        ("1.5l", ["1.5", "l"]),
    ],
)
def test_words_and_numbers_are_cut_apart_in_every_script(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("potato", "potatoes"),
        ("cookie", "cookies"),
        ("dish", "dishes"),
        ("berry", "berries"),
        ("egg", "eggs"),
    ],
)
def test_singular_and_plural_are_one(one, many):
    assert stem(one) == stem(many)


@pytest.mark.parametrize("word", ["molasses", "glass", "hummus", "आम", "gas"])
def test_a_word_that_just_ends_in_s_is_not_torn_to_nothing(word):
    assert len(stem(word)) >= 2
    assert stem(stem(word)) == stem(word)


@pytest.mark.parametrize("text", ["1kg", "1 kg", "1000 g", "1000 gms", "1.0 kilo", "१ किलो"])
def test_one_size_written_in_many_ways_is_one_size(text):
    assert [size for _, size in sizes_of(words_of(text))] == ["#1000g"]


def test_a_query_of_any_length_has_a_bounded_number_of_words():
    assert len(asked_words("milk " * 10_000)) <= MOST_WORDS
    assert asked_words("x" * 10_000) == ["x" * 32]


@pytest.mark.parametrize(
    "spellings",
    [
        ("chawal", "chaval", "chaawal", "चावल"),
        ("paneer", "panir", "पनीर"),
        ("pyaaz", "pyaj", "प्याज"),
        ("doodh", "dudh", "दूध"),
        ("shampoo", "shampu", "sampoo"),
        ("aloo", "alu", "आलू", "ଆଳୁ"),
        ("phool", "fool", "फूल"),
    ],
)
def test_spellings_of_one_word_sound_alike(spellings):
    assert len({sound(word) for word in spellings}) == 1


def test_words_that_differ_sound_different():
    words = ["chawal", "chana", "chai", "chini", "aam", "aloo", "dal", "dahi", "jeera", "kheera"]

    assert len({sound(word) for word in words}) == len(words)


def test_devanagari_is_read_as_it_is_spoken():
    assert latin("नमकीन") == "namkin"
    assert latin("अमूल") == "amul"


def test_a_letter_beside_the_right_one_costs_less_than_one_far_away():
    assert slip_cost("mulk", "milk") < slip_cost("mzlk", "milk")
    assert slip_cost("mlik", "milk") < slip_cost("mzqk", "milk")
    assert slip_cost("ilk", "milk") > slip_cost("mik", "milk")


def test_a_new_word_is_found_at_once_by_typo_sound_and_beginning():
    spellings = Spellings()
    spellings.add("butter")
    assert [guess.word for guess in spellings.guesses("makhna")] == []
    assert spellings.beginning("makh", 5, len) == []

    spellings.add("makhana")

    assert [guess.word for guess in spellings.guesses("makhna")] == ["makhana"]
    assert spellings.beginning("makh", 5, len) == ["makhana"]
    assert spellings.nearly_beginning("mokha", 5, len) == ["makhana"]
    assert list(spellings.alike("makhaana")) == ["makhana"]
