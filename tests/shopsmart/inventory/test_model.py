"""The arithmetic of stock, on plain values."""

from hypothesis import given
from hypothesis import strategies as st

from shopsmart.inventory.model import Line, faults, for_sale, merged

LINES = st.lists(st.builds(Line, st.sampled_from("ABCDE"), st.integers(1, 9)), max_size=20)


def a_stock(**facts):
    return {"on_hand": 5, "safety": 0, "available": 5, "sellable": True, "holds": []} | facts


@given(LINES)
def test_merging_keeps_every_unit_and_orders_by_sku(lines):
    together = merged(lines)

    assert sum(line.quantity for line in together) == sum(line.quantity for line in lines)
    assert [line.sku for line in together] == sorted({line.sku for line in lines})


def test_an_item_that_is_switched_off_or_missing_is_not_for_sale():
    assert for_sale(a_stock()) == 5
    assert for_sale(a_stock(sellable=False)) == 0
    assert for_sale(None) == 0


def test_a_sound_document_has_no_faults():
    hold = {"id": "o.f1", "order_id": "o", "quantity": 2}

    assert faults(a_stock(available=3, holds=[hold])) == []


def test_each_fault_is_named():
    hold = {"id": "o.f1", "order_id": "o", "quantity": 2}

    assert "available is 5" in faults(a_stock(holds=[hold]))[0]
    assert "negative" in " ".join(faults(a_stock(on_hand=-1, available=-1)))
    assert "twice" in " ".join(faults(a_stock(available=1, holds=[hold, hold])))
