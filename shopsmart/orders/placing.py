"""Quote a basket and place an order.

Placing is three guarded writes: the order as `holding`, its stock, the order onward. Only the order's state
decides; whatever a crash leaves in between, the sweep (`service.sweep`) finishes or undoes.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from shopsmart.carts import service as carts
from shopsmart.errors import Conflict, Invalid, NotFound, OutOfStock
from shopsmart.geo import Point
from shopsmart.identity import service as identity
from shopsmart.identity.model import Actor
from shopsmart.infra.idempotency import InProgress, KeyReused, fingerprint
from shopsmart.inventory import service as inventory
from shopsmart.inventory.model import Line, Shortage
from shopsmart.orders import moves, pricing, store
from shopsmart.orders.model import MODES, SYSTEM, accept_times, hold_id
from shopsmart.routing import service as routing
from shopsmart.routing.model import Decision

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

_NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0/O, 1/I/L: people read it aloud
_ROUTE_TRIES = 4


@dataclass(frozen=True)
class Wish:
    """What a customer asks for. `items` None means the cart; one of `location` or `address_id` unless quoted."""

    mode: str = "instant"
    location: Point | None = None
    address_id: str | None = None
    items: Sequence[Mapping[str, Any]] | None = None
    quote_id: str | None = None
    option_id: str | None = None
    provider: str = "cod"
    substitution: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    tip: int = 0
    coupon: str | None = None
    slot_id: str | None = None


def quote(shop: "Shop", owner_id: str, wish: Wish, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What `items` would cost, from where and how soon. Takes nothing. The stored quote.

    Raises Invalid for unknown items, Conflict `not_serviceable` outside every fence or with all stores closed.
    """
    _check_extras(wish)
    point = _point(wish)
    lines, products = pricing.known_lines(shop, items)
    decision = routing.choose(shop, point, lines)
    _serviceable(decision)
    option = _option(shop, decision, lines, products, wish)
    quoted = {
        "_id": shop.new_id(),
        "owner_id": owner_id,
        "mode": wish.mode,
        "tip": wish.tip,
        "location": point,
        "items": [{"sku": line.sku, "quantity": line.quantity} for line in lines],
        "options": [option],
        "expires_at": shop.now() + timedelta(seconds=shop.settings.quote_seconds),
    }
    store.put_quote(shop.db, quoted)
    return quoted


def _option(
    shop: "Shop", decision: Decision, lines: Sequence[Line], products: Mapping[str, Any], wish: Wish
) -> dict[str, Any]:
    assert decision.store is not None
    priced = pricing.priced_lines(shop, decision.store["_id"], lines, products)
    short = {shortage.sku: shortage for shortage in decision.shortages}
    # What is short is shown but not charged.
    charged = [
        {**line, "quantity": min(line["quantity"], short[line["sku"]].available)}
        if line["sku"] in short
        else line
        for line in priced
    ]
    return {
        "option_id": "o1",
        "store": store_facts(decision),
        "lines": priced,
        "short": pricing.shortage_facts(decision.shortages, products),
        "totals": pricing.bill(
            shop.settings, [line for line in charged if line["quantity"]], wish.mode, wish.tip
        ),
        "eta_s": shop.settings.prep_seconds if wish.mode == "pickup" else decision.eta_s,
        "zone_id": decision.zone_id,
        "zone_version": decision.zone_version,
        "trace": list(decision.trace),
    }


def place(shop: "Shop", actor: Actor, key: str, wish: Wish) -> tuple[dict[str, Any], bool]:
    """Place an order; returns it and whether it is the answer to an earlier request with the same key.

    Raises OutOfStock naming each short line, Conflict (`not_serviceable`, `quote_expired`), Invalid, KeyReused,
    InProgress. A refusal leaves nothing held and frees the key.
    """
    _check_extras(wish)
    full_key, digest = f"{actor.user_id}:{key}", fingerprint(_plain(wish))
    if (earlier := _earlier(shop, full_key, digest)) is not None:
        return earlier, True
    customer = identity.user(shop, actor.user_id)
    basket = _basket(shop, actor, wish, customer)
    refused: set[str] = set()
    for _ in range(_ROUTE_TRIES):
        decision = _route(shop, basket, refused)
        order = _draft(shop, customer, basket, decision, wish, full_key, digest)
        try:
            order = _begin(shop, order)
        except DuplicateKeyError:
            # The same key arrived twice at once and the other request was first.
            if (earlier := _earlier(shop, full_key, digest)) is not None:
                return earlier, True
            raise InProgress() from None
        shortages = inventory.hold_basket(
            shop,
            order["fulfilments"][0]["store_id"],
            basket.lines,
            hold_id(order["_id"], "f1"),
            order["_id"],
            order["hold_until"],
        )
        if not shortages:
            return _go_on(shop, order), False
        moves.make(shop, order, "abandon", roles=[SYSTEM], actor_id=SYSTEM, reason="not_held")
        refused.add(order["fulfilments"][0]["store_id"])
        if basket.store_id is not None:
            raise _out_of_stock(shortages, basket.products)
    raise _out_of_stock(shortages, basket.products)


@dataclass(frozen=True)
class _Basket:
    """What is to be ordered, whether from a quote, from given items or from the cart."""

    lines: Sequence[Line]
    products: Mapping[str, Any]
    point: Point
    address: Mapping[str, Any] | None
    mode: str
    tip: int
    from_cart: bool
    store_id: str | None = None  # a quote binds to its store
    option: Mapping[str, Any] | None = None


def _basket(shop: "Shop", actor: Actor, wish: Wish, customer: Mapping[str, Any]) -> _Basket:
    address = _address(customer, wish)
    if wish.quote_id:
        quoted, option = _quoted(shop, actor, wish)
        lines, products = pricing.known_lines(shop, wish.items or quoted["items"])
        if [(line.sku, line.quantity) for line in lines] != [
            (item["sku"], item["quantity"]) for item in quoted["items"]
        ]:
            raise Conflict("The basket is not the one that was quoted.", code="quote_mismatch")
        return _Basket(
            lines,
            products,
            quoted["location"],
            address,
            quoted["mode"],
            quoted["tip"],
            from_cart=wish.items is None,
            store_id=option["store"]["id"],
            option=option,
        )
    items = carts.items(shop, actor.user_id) if wish.items is None else wish.items
    lines, products = pricing.known_lines(shop, items)
    point = address["location"] if address and wish.location is None else _point(wish)
    return _Basket(lines, products, point, address, wish.mode, wish.tip, from_cart=wish.items is None)


def _quoted(shop: "Shop", actor: Actor, wish: Wish) -> tuple[dict[str, Any], Mapping[str, Any]]:
    assert wish.quote_id
    quoted = store.quote(shop.db, wish.quote_id)
    if quoted is None or quoted["owner_id"] != actor.user_id:
        raise NotFound("There is no such quote.", code="unknown_quote")
    if quoted["expires_at"] <= shop.now():
        raise Conflict("This quote has expired; ask for a new one.", code="quote_expired")
    wanted_option = wish.option_id or quoted["options"][0]["option_id"]
    option = next((one for one in quoted["options"] if one["option_id"] == wanted_option), None)
    if option is None:
        raise NotFound("The quote has no such option.", code="unknown_option")
    return quoted, option


def _route(shop: "Shop", basket: _Basket, refused: set[str]) -> Decision:
    """The store for the basket. A store that lost the race for its stock just now shows as short by itself."""
    decision = routing.choose(shop, basket.point, basket.lines, only_store=basket.store_id)
    _serviceable(decision)
    if decision.shortages:
        raise _out_of_stock(decision.shortages, basket.products)
    return decision


def _draft(
    shop: "Shop",
    customer: Mapping[str, Any],
    basket: _Basket,
    decision: Decision,
    wish: Wish,
    key: str,
    digest: str,
) -> dict[str, Any]:
    """The order as it is first written."""
    assert decision.store is not None
    now, settings = shop.now(), shop.settings
    if basket.option is not None:
        lines = [dict(line) for line in basket.option["lines"]]
        bill, eta_s = dict(basket.option["totals"]), basket.option["eta_s"]
    else:
        lines = pricing.priced_lines(shop, decision.store["_id"], basket.lines, basket.products)
        bill = pricing.bill(settings, lines, basket.mode, basket.tip)
        eta_s = settings.prep_seconds if basket.mode == "pickup" else decision.eta_s
    prepaid = wish.provider != "cod"
    order_id = shop.new_id()
    return {
        "_id": order_id,
        "number": _number(shop),
        "key": key,
        "fingerprint": digest,
        "customer_id": customer["_id"],
        "customer": {"name": customer["name"], "phone": customer.get("phone")},
        "status": "holding",
        "mode": basket.mode,
        "location": basket.point,
        "address": _address_facts(basket.address),
        "note": wish.note,
        "substitution": {"policy": "refund", **wish.substitution},
        "lines": lines,
        "fulfilments": [
            {
                "id": "f1",
                "state": "holding",
                "store_id": decision.store["_id"],
                "store": store_facts(decision),
                "zone_id": decision.zone_id,
                "zone_version": decision.zone_version,
                "rider": None,
                "milestones": {},
            }
        ],
        "totals": bill,
        "ordered_totals": bill,
        "currency": settings.currency,
        "payment": {
            "provider": wish.provider,
            "status": "awaiting" if prepaid else "cod_due",
            "payment_id": None,
            "captured": 0,
            "refunded": 0,
        },
        "promise": {"seconds": eta_s, "at": now + timedelta(seconds=eta_s)},
        "hold_until": inventory.hold_deadline(shop, decision.store["_id"], basket.lines) if prepaid else None,
        "deadline": now + timedelta(seconds=settings.holding_grace_seconds),
        "delivery_code": f"{shop.rng.randrange(10_000):04d}",
        "from_cart": basket.from_cart,
        "quote_id": wish.quote_id,
        "routing": list(basket.option["trace"]) if basket.option else list(decision.trace),
        "milestones": {},
        "flags": [],
        "effects": [],
        "history": [],
        "outbox": [],
        "end_reason": None,
        "rating": None,
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }


def _begin(shop: "Shop", order: dict[str, Any]) -> dict[str, Any]:
    """Write the order. A number that is taken is drawn again; a key that is taken raises DuplicateKeyError."""
    while True:
        try:
            store.begin(shop.db, order)
            return order
        except DuplicateKeyError as fault:
            if "number" not in (fault.details or {}).get("keyPattern", {}):
                raise
            order = {**order, "number": _number(shop)}


def _go_on(shop: "Shop", order: dict[str, Any]) -> dict[str, Any]:
    """All is held: the order becomes real. From here on it is acknowledged."""
    if order["payment"]["provider"] == "cod":
        patience = routing.policy_now(shop)["accept_seconds"]
        placed = moves.make(
            shop,
            order,
            "place",
            roles=[SYSTEM],
            actor_id=order["customer_id"],
            sets=accept_times(order, shop.now(), patience),
        )
    else:
        placed = moves.make(
            shop,
            order,
            "await_payment",
            roles=[SYSTEM],
            actor_id=order["customer_id"],
            sets={"deadline": order["hold_until"]},
        )
    if placed is None:
        # Slower than the sweep's patience: it has undone the order, and so must we.
        inventory.release_order(shop, order["_id"], "not_held")
        raise Conflict("This took too long; please try again.", code="busy")
    for part in placed["fulfilments"]:
        routing.took_order(shop, part["store_id"])
    return placed


def _earlier(shop: "Shop", key: str, digest: str) -> dict[str, Any] | None:
    """The order that this key made before, if any. Raises KeyReused, InProgress."""
    order = store.by_key(shop.db, key)
    if order is None:
        return None
    if order["fingerprint"] != digest:
        raise KeyReused()
    if order["status"] != "holding":
        return order
    if order["deadline"] > shop.now():
        raise InProgress()
    # Its process died between two writes: undo it here rather than wait for the sweep.
    moves.make(shop, order, "abandon", roles=[SYSTEM], actor_id=SYSTEM, reason="not_held")
    return None


def _check_extras(wish: Wish) -> None:
    if wish.slot_id or wish.mode == "slot":
        raise Invalid("This store offers no slots yet; order for now or for pickup.", code="slot_unavailable")
    if wish.mode not in MODES:
        raise Invalid(f"Choose one of: {', '.join(MODES)}.", code="unknown_mode")
    if wish.coupon:
        raise Invalid("There is no such coupon.", code="unknown_coupon")


def _point(wish: Wish) -> Point:
    if wish.location is None:
        raise Invalid("Say where to: `location` or `address_id`.", code="location_required")
    return wish.location


def _address(customer: Mapping[str, Any], wish: Wish) -> Mapping[str, Any] | None:
    if wish.address_id is None:
        return None
    found = next((one for one in customer.get("addresses", []) if one["id"] == wish.address_id), None)
    if found is None:
        raise NotFound("You have no such address.", code="unknown_address")
    return dict(found)


def _address_facts(address: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if address is None:
        return None
    return {name: address.get(name) for name in ("label", "text", "unit", "door_note")}


def _serviceable(decision: Decision) -> None:
    if decision.store is None:
        closed = decision.reason == "all_closed"
        raise Conflict(
            "Every store that serves this place is closed now." if closed else "We do not deliver there yet.",
            code="store_closed" if closed else "not_serviceable",
            reason=decision.reason,
        )


def _out_of_stock(shortages: Sequence[Shortage], products: Mapping[str, Any]) -> OutOfStock:
    facts = pricing.shortage_facts(shortages, products)
    names = ", ".join(f"{fact['name']} ({fact['available']} left)" for fact in facts)
    return OutOfStock(f"Not enough of: {names}.", shortages=facts)


def store_facts(decision: Decision) -> dict[str, Any]:
    assert decision.store is not None
    return {
        "id": decision.store["_id"],
        "name": decision.store["name"],
        "address": decision.store.get("address", ""),
        "location": decision.store["location"],
        "distance_m": decision.distance_m,
    }


def _number(shop: "Shop") -> str:
    letters = "".join(shop.rng.choice(_NUMBER_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _plain(wish: Wish) -> dict[str, Any]:
    return {name: value for name, value in vars(wish).items() if value}
