"""What products must be like, and the arithmetic of their prices."""

import pytest

from shopsmart.catalog import model
from shopsmart.errors import Invalid

MILK = {"sku": "MILK-1", "name": {"en": "Milk"}, "mrp": 3_000}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"sku": "a:b"}, "sku"),
        ({"sku": ""}, "sku"),
        ({"sku": "x" * 41}, "sku"),
        ({"name": {"hi": "दूध"}}, "name"),
        ({"name": {"en": "Milk", "fr": "Lait"}}, "name"),
        ({"mrp": 0}, "mrp"),
        ({"mrp": -1}, "mrp"),
        ({"tax_rate": 101}, "tax_rate"),
        ({"tax_rate": 5, "tax_class": "gst_18"}, "tax_class"),
        ({"tax_rate": 5, "tax_class": "exempt"}, "tax_class"),
        ({"pack": {"value": 0, "unit": "g"}}, "pack"),
        ({"pack": {"value": 1, "unit": "stone"}}, "pack"),
        ({"storage": "attic"}, "storage"),
        ({"barcodes": ["2576224557785"]}, "barcodes"),
        ({"barcodes": ["123"]}, "barcodes"),
    ],
)
def test_a_bad_product_is_refused_with_the_field_that_is_bad(facts, field):
    with pytest.raises(Invalid) as refusal:
        model.checked_product({**MILK, **facts})

    assert set(refusal.value.errors or {}) == {field}


@pytest.mark.parametrize("code", ["2576224557784", "96385074", "036000291452", "10012345678902"])
def test_barcodes_of_all_lengths_are_known_by_their_check_digit(code):
    assert model.is_barcode(code)
    assert not model.is_barcode(code[:-1] + str((int(code[-1]) + 1) % 10))


@pytest.mark.parametrize(
    ("price", "pack", "expected"),
    [
        (30_500, {"value": 5_000, "unit": "g"}, (610, "100 g")),
        (3_000, {"value": 500, "unit": "ml"}, (600, "100 ml")),
        (7_700, {"value": 12, "unit": "piece"}, (642, "piece")),  # 641.67
        (1_000, {"value": 3, "unit": "g"}, (33_333, "100 g")),
        (25, {"value": 1_000, "unit": "g"}, (3, "100 g")),  # 2.5, half up
        (100, None, None),
    ],
)
def test_unit_prices_are_per_hundred_or_per_piece(price, pack, expected):
    assert model.unit_price(price, pack) == expected


@pytest.mark.parametrize(
    ("price", "mrp", "expected"), [(900, 1_000, 10), (999, 1_000, 0), (1_000, 1_000, 0), (1, 3, 66)]
)
def test_a_discount_never_promises_more_than_is_given(price, mrp, expected):
    assert model.discount_percent(price, mrp) == expected
