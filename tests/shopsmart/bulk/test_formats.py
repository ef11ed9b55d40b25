"""The columns of files: what is written is read again as it was."""

from hypothesis import given
from hypothesis import strategies as st

from shopsmart.bulk import formats

IMAGES = {column.name: column for column in formats.PRODUCT_COLUMNS}["images"]
ADDRESSES = st.lists(
    st.text(st.sampled_from("|/?=&%,;éa"), max_size=12).map(lambda rest: f"https://x/{rest}"), max_size=5
)


@given(ADDRESSES)
def test_addresses_with_bars_come_back_from_a_cell_as_they_were(addresses):
    assert IMAGES.read(IMAGES.show(addresses), "images") == addresses


@given(ADDRESSES)
def test_addresses_with_bars_come_back_from_json_as_they_were(addresses):
    row = {"sku": "A", "images": addresses}
    assert formats.facts_of("products", "jsonl", row, "INR")["images"] == addresses
