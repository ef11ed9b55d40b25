"""From a wish list to priced lines: the store's price, the product's tax, the bill."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shopsmart.catalog import store as catalog
from shopsmart.errors import Conflict, Invalid
from shopsmart.images import placeholders
from shopsmart.inventory.model import Line, Shortage, merged
from shopsmart.orders.model import totals
from shopsmart.settings import Settings

if TYPE_CHECKING:
    from shopsmart.context import Shop


def known_lines(shop: "Shop", items: Iterable[Mapping[str, Any]]) -> tuple[list[Line], dict[str, Any]]:
    """Merged lines of `{sku, quantity}` items and their products. Raises Invalid for unknown SKUs or too much."""
    lines = merged(Line(item["sku"], item["quantity"]) for item in items)
    if not lines:
        raise Invalid("There is nothing to order.", code="empty_basket")
    if len(lines) > shop.settings.max_lines:
        raise Invalid(f"At most {shop.settings.max_lines} different items an order.", code="too_many_lines")
    for line in lines:
        if line.quantity > shop.settings.max_quantity:
            raise Invalid(
                f"At most {shop.settings.max_quantity} of one item.", code="quantity_too_large", sku=line.sku
            )
    products = catalog.products_of(shop.db, [line.sku for line in lines])
    unknown = [line.sku for line in lines if line.sku not in products or products[line.sku]["hidden"]]
    if unknown:
        raise Invalid("Some items are not known here.", code="unknown_sku", skus=unknown)
    return lines, products


def priced_lines(
    listings: Mapping[str, Mapping[str, Any]],
    lines: Sequence[Line],
    products: Mapping[str, Any],
    fulfilment_id: str = "f1",
    first: int = 1,
) -> list[dict[str, Any]]:
    """Order lines at a store's prices, numbered `l1`, `l2` … from `first`; what it does not list is left out.

    Raises Conflict `too_many_of_item` where a listing allows fewer per order.
    """
    priced: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=first):
        listing = listings.get(line.sku)
        if listing is None:
            continue
        most = listing.get("max_per_order")
        if most and line.quantity > most:
            raise Conflict(
                f"At most {most} of this item an order.", code="too_many_of_item", sku=line.sku, most=most
            )
        product = products[line.sku]
        priced.append(
            {
                "id": f"l{number}",
                "fulfilment_id": fulfilment_id,
                "sku": line.sku,
                "name": product["name"],
                "pack": product.get("pack"),
                "image": next(
                    iter(product.get("images") or ()), placeholders.url_for(product["category_path"])
                ),
                "quantity": line.quantity,
                "unit_price": listing["price"],
                "mrp": product["mrp"],
                "tax_rate": product["tax_rate"],
                "picked": None,
                "bin": "",  # the store's shelf; known once the store has the order
            }
        )
    return priced


def reduced(lines: Sequence[Mapping[str, Any]], available: Mapping[str, int]) -> list[dict[str, Any]]:
    """`lines` with what there is of the short ones."""
    cut = [
        {**line, "quantity": min(line["quantity"], available.get(line["sku"], line["quantity"]))}
        for line in lines
    ]
    return [line for line in cut if line["quantity"]]


def fees(settings: Settings, items: int, mode: str) -> dict[str, int]:
    """Delivery and handling fee in paise for goods worth `items`."""
    free = mode == "pickup" or items >= settings.free_delivery_from
    return {"delivery_fee": 0 if free else settings.delivery_fee, "handling_fee": settings.handling_fee}


def bill(settings: Settings, lines: Sequence[Mapping[str, Any]], mode: str, tip: int) -> dict[str, int]:
    """The totals of a new basket."""
    items = sum(line["unit_price"] * line["quantity"] for line in lines)
    return totals(lines, **fees(settings, items, mode), tip=tip)


def shortage_facts(shortages: Iterable[Shortage], products: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a refusal tells of each short line."""
    return [
        {
            "sku": short.sku,
            "name": products[short.sku]["name"].get("en", short.sku),
            "requested": short.requested,
            "available": short.available,
        }
        for short in shortages
    ]
