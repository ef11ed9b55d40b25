"""Use cases of papers. Plain values in, PDF bytes out."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shopsmart.context import Shop

# The library that draws them is imported with the first paper: it takes a quarter of a second, in every process.


def packing_slip(
    shop: "Shop", order: Mapping[str, Any], part: Mapping[str, Any], store: Mapping[str, Any]
) -> bytes:
    """The packing slip of one fulfilment (`part`) of `order`."""
    from shopsmart.documents import slip

    return slip.packing_slip(order, part, store, shop.settings.timezone)


def invoices(
    shop: "Shop", issued: Sequence[Mapping[str, Any]], credits: Sequence[Mapping[str, Any]]
) -> bytes:
    """The invoices of one order, each from a page of its own, and the credit notes to the first of them."""
    from shopsmart.documents import invoice

    return invoice.invoices(issued, credits, shop.settings.timezone)
