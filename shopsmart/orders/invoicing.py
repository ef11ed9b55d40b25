"""Tax invoices: one for each store that an order came from, numbered without gaps, never changed once issued.

A number is dense per store and financial year because it is given by the insert itself: the next one after the last
that there is, under a unique index. Nothing can take a number and then fail to use it.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from shopsmart.catalog import store as catalog
from shopsmart.documents import service as documents
from shopsmart.errors import Conflict, NotFound
from shopsmart.identity.model import Actor
from shopsmart.money import tax_within
from shopsmart.orders import looking, store
from shopsmart.orders.model import STAFF, lines_of
from shopsmart.payments import service as payments
from shopsmart.stores import store as stores

if TYPE_CHECKING:
    from shopsmart.context import Shop

ARRIVED = frozenset({"delivered", "collected"})
_APRIL = 4


def issue(shop: "Shop", order: Mapping[str, Any]) -> None:
    """Issue the invoices of an order that has arrived in all its parts. Safe to repeat."""
    if order["status"] not in ARRIVED:
        return
    parts = [part for part in order["fulfilments"] if part["state"] in ARRIVED]
    issued = {one["part_id"] for one in store.invoices_of(shop.db, order["_id"])}
    for part in parts:
        if part["id"] not in issued:
            # The fees belong to no store's goods: they stand on one invoice, so that all add up to the bill.
            store.add_invoice(shop.db, _invoice(shop, order, part, with_fees=part is parts[0]), _label)


def paper(shop: "Shop", actor: Actor, order_id: str) -> tuple[str, bytes]:
    """The order's number and its invoices as PDF: a store's manager gets his store's, all others all.

    The same bytes each time, until money goes back: then a credit note is added. Raises NotFound, Conflict
    `invoice_not_ready`.
    """
    order = looking.seen_by(shop, actor, order_id)
    mine = order["customer_id"] == actor.user_id or bool(actor.roles & STAFF)
    if not mine and not any(actor.manages(part["store_id"]) for part in order["fulfilments"]):
        raise NotFound("There is no such order.")
    issue(shop, order)
    issued = store.invoices_of(shop.db, order_id)
    if not issued:
        raise Conflict("The invoice is made when the order has arrived.", code="invoice_not_ready")
    credits = credit_notes(shop, order, issued[0]["label"])
    own = [one for one in issued if mine or actor.manages(one["store_id"])]
    if not own:
        raise NotFound("There is no such order.")
    notes = credits if own[0] is issued[0] else []
    return order["number"], documents.invoices(shop, own, notes)


def credit_notes(shop: "Shop", order: Mapping[str, Any], label: str) -> list[dict[str, Any]]:
    """`{number, at, amount}` of money given back beyond what the bill itself leaves out.

    What was paid before for goods that were then not found is no credit: the invoice does not ask for it.
    """
    surplus = f"{order['_id']}:difference"
    return [
        {"number": f"{label}-C{number}", "at": one["at"], "amount": one["amount"]}
        for number, one in enumerate(payments.given_back(shop, order["_id"]), start=1)
        if one["state"] == "processed" and not one["key"].startswith(surplus)
    ]


def _invoice(
    shop: "Shop", order: Mapping[str, Any], part: Mapping[str, Any], with_fees: bool
) -> dict[str, Any]:
    lines = [line for line in lines_of(order, part["id"]) if line["picked"] or line["picked"] is None]
    products = catalog.products_of(shop.db, [line["sku"] for line in lines])
    seller = stores.get(shop.db, part["store_id"])
    billed = [_line(line, products.get(line["sku"], {})) for line in lines if line["quantity"]]
    names = ("delivery_fee", "handling_fee", "tip")
    fees = {name: order["totals"][name] if with_fees else 0 for name in names}
    now = shop.now()
    return {
        "_id": f"{order['_id']}.{part['id']}",
        "order_id": order["_id"],
        "order_number": order["number"],
        "part_id": part["id"],
        "store_id": part["store_id"],
        "year": financial_year(now, shop.settings.timezone),
        "issued_at": now,
        "ordered_at": order["created_at"],
        "currency": order["currency"],
        "seller": {
            "name": part["store"]["name"],
            "address": seller["address"] if seller else "",
            "tax_id": shop.settings.tax_id,
        },
        "customer_id": order["customer_id"],
        "buyer": {"name": order["customer"]["name"], "address": _address(order["address"])},
        "lines": billed,
        "fees": fees,
        "tax": sum(line["cgst"] + line["sgst"] for line in billed),
        "total": sum(line["amount"] for line in billed) + sum(fees.values()),
    }


def _line(line: Mapping[str, Any], product: Mapping[str, Any]) -> dict[str, Any]:
    """A line as it is taxed; `amount` contains the tax, of which the Union and the State have half each."""
    count = line["quantity"] if line["picked"] is None else line["picked"]
    amount = line["unit_price"] * count
    tax = tax_within(amount, line["tax_rate"])
    return {
        "sku": line["sku"],
        "name": line["name"],
        "hsn": product.get("hsn", ""),
        "rate": line["tax_rate"],
        "quantity": count,
        "unit_price": line["unit_price"],
        "amount": amount,
        "taxable": amount - tax,
        "cgst": tax // 2,
        "sgst": tax - tax // 2,
    }


def financial_year(at: datetime, timezone: str) -> str:
    """`2627` for the year from April 2026 to March 2027, by the shop's own calendar."""
    local = at.astimezone(ZoneInfo(timezone))
    first = local.year if local.month >= _APRIL else local.year - 1
    return f"{first % 100:02d}{(first + 1) % 100:02d}"


def _label(store_id: str, year: str, number: int) -> str:
    """At most 16 characters, as the law wants: five for the store, the year, the number."""
    code = base64.b32encode(hashlib.sha256(store_id.encode()).digest()).decode()[:5]
    return f"{code}/{year}/{number:05d}"


def _address(address: Mapping[str, Any] | None) -> str:
    facts: Sequence[Any] = [(address or {}).get(name) for name in ("unit", "text")]
    return ", ".join(fact for fact in facts if fact)
