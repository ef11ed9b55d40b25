"""How text is folded and cut: what must meet meets, what is another word stays another word."""

import pytest

from shopsmart.catalog import words
from shopsmart.catalog.model import checked_product


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Bánh mì", "banh mi"),
        ("Đậu đỏ", "dau do"),
        ("CAFÉ", "cafe"),
        ("Tata  Salt—1 kg", "tata salt 1 kg"),
        ("क\u094dष", "क\u094d\u200dष"),  # a joiner shapes the letters and changes no word
        ("क\u093c", "\u0958"),  # a letter with its dot, in one sign or in two
        ("ﬁg", "fig"),
    ],
)
def test_what_is_the_same_to_a_reader_is_the_same_to_a_search(written, typed):
    assert words.key_of(written) == words.key_of(typed)


@pytest.mark.parametrize(("one", "other"), [("चीनी", "चना"), ("ଡାଲି", "ଡାଲ"), ("मिर्च", "मरच")])
def test_vowel_signs_of_indian_scripts_are_not_accents(one, other):
    assert words.key_of(one) != words.key_of(other)
    assert words.key_of(one) == one


def test_a_product_is_found_by_names_in_all_languages_brand_size_and_codes():
    product = checked_product(
        {
            "sku": "SS-RICE-0007",
            "name": {"en": "Sona Masoori Rice, 5 kg", "hi": "सोना मसूरी चावल", "vi": "Gạo"},
            "brand": "Dhaulipur Mills",
            "mrp": 30_500,
            "pack": {"value": 5_000, "unit": "g"},
            "barcodes": ["2576224557784"],
        }
    )

    assert {"rice", "चावल", "gao", "dhaulipur", "5kg", "5000g", "ss-rice-0007", "2576224557784"} <= set(
        product["terms"]
    )


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("gopal toned milk 500 ml", 0),
        ("toned milk", 0),
        ("दूध", 0),
        ("milk", 1),
        ("toned", 2),
        ("gopal", 2),
        ("milk toned", 3),
        ("mil", 4),
    ],
)
def test_a_name_beats_what_it_is_a_kind_of_beats_its_beginning_beats_its_words(q, expected):
    product = checked_product(
        {
            "sku": "M",
            "name": {"en": "Gopal Toned Milk, 500 ml", "hi": "दूध, 500 मिली"},
            "brand": "Gopal",
            "mrp": 1,
        }
    )

    assert product["name_keys"][0] == "gopal toned milk 500 ml"
    assert words.match_class(product["name_keys"], words.asked(q)) == expected


@pytest.mark.parametrize("q", ["", "   ", "!!!", "\u0000", "🥭", "(.*)+$", "\u202e"])
def test_a_search_of_no_words_asks_for_nothing(q):
    assert words.asked(q) == []


def test_a_monstrous_search_is_cut():
    assert len(words.asked("word " * 5)) == 1
    assert len(words.asked(" ".join(f"w{number}" for number in range(5_000)))) == words.MOST_TOKENS
    assert words.asked("x" * 10_000) == ["x" * words.MOST_TOKEN_CHARACTERS]
