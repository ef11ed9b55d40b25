"""What a basket would cost, from where and how soon: up to three options, each of which can be ordered as it is."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.carts import service as carts
from shopsmart.errors import Conflict
from shopsmart.orders import pricing, store
from shopsmart.orders.placing import Wish, check_extras, check_serviceable, point_of, store_facts
from shopsmart.routing import service as routing
from shopsmart.routing.model import Decision, Plan

if TYPE_CHECKING:
    from shopsmart.context import Shop


def quote(shop: "Shop", owner_id: str, wish: Wish) -> dict[str, Any]:
    """What the wish's items, or the owner's cart, would cost. Takes nothing. The stored quote.

    Its first option is the recommended one.

    Raises Invalid for unknown items, Conflict `not_serviceable` outside every fence or with all stores closed.
    """
    check_extras(wish)
    point = point_of(wish)
    items = carts.items(shop, owner_id) if wish.items is None else wish.items
    lines, products = pricing.known_lines(shop, items)
    plans = routing.plans(shop, point, lines, one_store=wish.mode == "pickup")
    if isinstance(plans, Decision):
        check_serviceable(plans)
        plans = []
    quoted = {
        "_id": shop.new_id(),
        "owner_id": owner_id,
        "mode": wish.mode,
        "tip": wish.tip,
        "location": point,
        "items": [{"sku": line.sku, "quantity": line.quantity} for line in lines],
        "from_cart": wish.items is None,
        "options": _options(shop, plans, products, wish),
        "expires_at": shop.now() + timedelta(seconds=shop.settings.quote_seconds),
    }
    store.put_quote(shop.db, quoted)
    return quoted


def _options(
    shop: "Shop", plans: Sequence[Plan], products: Mapping[str, Any], wish: Wish
) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = []
    for plan in plans:
        try:
            options.append(_option(shop, f"o{len(options) + 1}", plan, products, wish))
        except Conflict:
            if not options:
                raise  # what we recommend must be right; an alternative that is not is left out
    return options


def _option(shop: "Shop", id_: str, plan: Plan, products: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    parts: list[dict[str, Any]] = []
    priced: list[dict[str, Any]] = []
    for share in plan.shares:
        found = share.decision
        assert found.store is not None
        part_id = f"f{len(parts) + 1}"
        priced += pricing.priced_lines(found.listed, share.lines, products, part_id, first=len(priced) + 1)
        eta_s = shop.settings.prep_seconds if wish.mode == "pickup" else found.eta_s
        parts.append(
            {
                "id": part_id,
                "store": store_facts(found),
                "eta_s": eta_s,
                "zone_id": found.zone_id,
                "zone_version": found.zone_version,
            }
        )
    short = {shortage.sku: shortage.available for shortage in plan.shortages}
    return {
        "option_id": id_,
        "store": parts[0]["store"],
        "parts": parts,
        "lines": priced,
        "short": pricing.shortage_facts(plan.shortages, products),
        # What is short is shown but not charged.
        "totals": pricing.bill(shop.settings, pricing.reduced(priced, short), wish.mode, wish.tip),
        "eta_s": max(part["eta_s"] for part in parts),
        "trace": list(plan.shares[0].decision.trace),
    }
