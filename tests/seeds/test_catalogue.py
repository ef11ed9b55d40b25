"""The range is large, lifelike and the same on every day."""

import random
from collections import Counter
from itertools import pairwise

import pytest

from seeds.catalogue import SEED, build_catalogue, build_categories, check_digit, parse_pack

PRODUCTS = build_catalogue(random.Random(SEED))
CATEGORIES = {row["slug"]: row for row in build_categories()}


def shelf(slug):
    return [product for product in PRODUCTS if product["category_path"][2] == slug]


def test_the_same_seed_gives_the_same_products():
    assert build_catalogue(random.Random(SEED)) == PRODUCTS
    assert build_catalogue(random.Random(SEED + 1)) != PRODUCTS


def test_there_are_at_least_2500_products_with_their_own_sku_name_and_barcode():
    assert len(PRODUCTS) >= 2_500
    for values in (
        {product["sku"] for product in PRODUCTS},
        {product["name"]["en"] for product in PRODUCTS},
        {product["barcodes"][0] for product in PRODUCTS},
    ):
        assert len(values) == len(PRODUCTS)


def test_skus_are_readable_and_count_within_their_shelf():
    assert [product["sku"] for product in shelf("wheat-atta")[:3]] == [
        "SS-ATTA-0001",
        "SS-ATTA-0002",
        "SS-ATTA-0003",
    ]
    codes = Counter(
        code for code, _ in {(one["sku"].split("-")[1], one["category_path"][2]) for one in PRODUCTS}
    )
    assert set(codes.values()) == {1}


def test_the_tree_has_three_levels_and_every_product_hangs_on_the_third():
    assert len(CATEGORIES) == len(build_categories())
    for product in PRODUCTS:
        department, aisle, leaf = product["category_path"]
        assert CATEGORIES[leaf]["parent"] == aisle
        assert CATEGORIES[aisle]["parent"] == department
        assert CATEGORIES[department]["parent"] is None
    assert {product["category_path"][2] for product in PRODUCTS} == CATEGORIES.keys() - {
        row["parent"] for row in CATEGORIES.values()
    } - {None}


def test_parents_come_before_their_children():
    seen: set[str | None] = {None}
    for row in build_categories():
        assert row["parent"] in seen
        seen.add(row["slug"])


def test_nothing_costs_more_than_its_mrp_and_all_ends_on_whole_or_half_rupees():
    for product in PRODUCTS:
        assert 0 < product["price"] <= product["mrp"]
        assert product["price"] % 50 == product["mrp"] % 50 == 0


def test_a_bigger_pack_costs_more_but_less_per_gram():
    rice = [
        one for one in shelf("everyday-rice") if one["name"]["en"].startswith("Dhaulipur Mills Swarna Rice")
    ]
    by_size = sorted(rice, key=lambda one: one["pack"]["value"])

    assert len(rice) >= 2
    for smaller, larger in pairwise(by_size):
        assert smaller["mrp"] < larger["mrp"]
        assert smaller["mrp"] / smaller["pack"]["value"] >= larger["mrp"] / larger["pack"]["value"]


def test_prices_are_of_this_world():
    milk = [one for one in shelf("fresh-milk") if one["pack"]["value"] == 1_000]
    eggs = [one for one in shelf("eggs") if one["pack"]["value"] == 6]

    assert all(4_500 <= one["mrp"] <= 9_500 for one in milk)
    assert all(4_000 <= one["mrp"] <= 12_500 for one in eggs)
    assert max(product["mrp"] for product in PRODUCTS) < 500_000


def test_barcodes_are_valid_and_nobody_elses():
    for product in PRODUCTS:
        (code,) = product["barcodes"]
        assert len(code) == 13
        assert code[0] == "2"
        assert int(code[12]) == check_digit(code[:12])


def test_check_digits_are_those_of_the_standard():
    assert check_digit("400638133393") == 1
    assert check_digit("590123412345") == 7


@pytest.mark.parametrize(
    "slug",
    ["everyday-rice", "wheat-atta", "dals", "sugar-jaggery-honey", "salt", "edible-oils", "fresh-milk", "curd-yogurt",
     "paneer-chhena", "eggs", "everyday-fruits", "powdered-spices", "whole-spices"],
)  # fmt: skip
def test_staples_are_named_in_hindi_and_odia(slug):
    named = [one for one in shelf(slug) if one["name"].keys() == {"en", "hi", "or"}]

    assert len(named) >= 0.8 * len(shelf(slug))


def test_hindi_and_odia_names_are_in_their_scripts():
    named = [product for product in PRODUCTS if "hi" in product["name"]]

    assert len(named) >= 200
    for product in named:
        assert any("\u0900" <= letter <= "\u097f" for letter in product["name"]["hi"]), product["sku"]
        assert any("\u0b00" <= letter <= "\u0b7f" for letter in product["name"]["or"]), product["sku"]
        assert not any("\u0b00" <= letter <= "\u0b7f" for letter in product["name"]["hi"]), product["sku"]
        assert not any("\u0900" <= letter <= "\u097f" for letter in product["name"]["or"]), product["sku"]


def test_diet_marks_do_not_contradict_each_other_or_the_allergens():
    for product in PRODUCTS:
        marks, allergens = set(product["dietary"]), set(product["allergens"])
        assert not ({"vegan", "jain"} & marks and "veg" not in marks), product["sku"]
        assert len({"veg", "egg", "non_veg"} & marks) <= 1, product["sku"]
        assert not ("vegan" in marks and allergens & {"milk", "egg", "fish", "crustacean"}), product["sku"]
        assert not ("gluten_free" in marks and "gluten" in allergens), product["sku"]
        assert not ("veg" in marks and allergens & {"egg", "fish", "crustacean"}), product["sku"]


def test_tax_shelf_life_and_storage_are_plausible():
    for product in PRODUCTS:
        assert product["tax_rate"] in {0, 5, 18, 40}
        assert product["hsn"].isdigit()
        assert 1 <= product["min_life_at_door_days"] <= max(1, product["shelf_life_days"])
        assert product["perishable"] == (product["shelf_life_days"] <= 30)
        assert product["storage"] in {"ambient", "cool", "chilled", "frozen"}
        assert product["pack"]["value"] > 0
        assert product["pack"]["unit"] in {"g", "ml", "piece"}


def test_most_products_can_be_substituted_by_another():
    groups = Counter(product["substitute_group"] for product in PRODUCTS)

    assert sum(groups[product["substitute_group"]] > 1 for product in PRODUCTS) > 0.9 * len(PRODUCTS)


@pytest.mark.parametrize(
    ("text", "value", "unit", "label"),
    [
        ("500g", 500, "g", "500 g"),
        ("1.5l", 1_500, "ml", "1.5 l"),
        ("6pc", 6, "piece", "6 pc"),
        ("4x70g", 280, "g", "4 x 70 g"),
    ],
)
def test_packs_are_read_as_they_are_written(text, value, unit, label):
    pack = parse_pack(text)

    assert (pack.value, pack.measure, pack.label("en")) == (value, unit, label)


def test_a_pack_that_is_none_is_refused():
    with pytest.raises(ValueError, match="not a pack: 5 stone"):
        parse_pack("5 stone")
