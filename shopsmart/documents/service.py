"""Use cases of papers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shopsmart.documents import slip

if TYPE_CHECKING:
    from shopsmart.context import Shop


def packing_slip(
    shop: "Shop", order: Mapping[str, Any], part: Mapping[str, Any], store: Mapping[str, Any]
) -> bytes:
    """The packing slip of one fulfilment (`part`) of `order`, as PDF."""
    return slip.packing_slip(order, part, store, shop.settings.timezone)
