"""Place an order, at once or as it was quoted.

Placing is three guarded writes: the order as `holding`, its stock, the order onward. Only the order's state
decides; whatever a crash leaves in between, the sweep (`service.sweep`) finishes or undoes.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from shopsmart.carts import service as carts
from shopsmart.errors import Conflict, Invalid, NotFound, OutOfStock
from shopsmart.geo import Point
from shopsmart.identity import service as identity
from shopsmart.identity.model import Actor
from shopsmart.infra.idempotency import InProgress, KeyReused, fingerprint
from shopsmart.inventory import service as inventory
from shopsmart.inventory.model import Line, Shortage, merged
from shopsmart.orders import moves, pricing, store
from shopsmart.orders.model import MODES, SYSTEM, accept_times, hold_id, wanted
from shopsmart.routing import service as routing
from shopsmart.routing.model import Decision, Share
from shopsmart.routing.policy import Policy

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


def place(shop: "Shop", actor: Actor, key: str, wish: Wish) -> tuple[dict[str, Any], bool]:
    """Place an order; returns it and whether it is the answer to an earlier request with the same key.

    Raises OutOfStock naming each short line, Conflict (`not_serviceable`, `quote_expired`), Invalid, KeyReused,
    InProgress. A refusal leaves nothing held and frees the key.
    """
    check_extras(wish)
    full_key, digest = f"{actor.user_id}:{key}", fingerprint(_plain(wish))
    if (earlier := _earlier(shop, full_key, digest)) is not None:
        return earlier, True
    customer = identity.user(shop, actor.user_id)
    basket = _basket(shop, actor, wish, customer)
    for _ in range(_ROUTE_TRIES):
        shares = _route(shop, basket)
        with _in_turn(shop, shares) as lost:
            shortages: Sequence[Shortage] = lost
            if not lost:
                order = _draft(shop, customer, basket, shares, wish, full_key, digest)
                try:
                    order = _begin(shop, order)
                except DuplicateKeyError:
                    # The same key arrived twice at once and the other request was first.
                    if (earlier := _earlier(shop, full_key, digest)) is not None:
                        return earlier, True
                    raise InProgress() from None
                shortages = _hold(shop, order, shares)
        if not shortages:
            return _go_on(shop, order, shares[0].decision.policy), False
        if not lost:
            moves.make(shop, order, "abandon", roles=[SYSTEM], actor_id=SYSTEM, reason="not_held")
        if basket.option is not None:
            break
    raise _out_of_stock(shortages, basket.products)


@contextmanager
def _in_turn(shop: "Shop", shares: Sequence[Share]) -> Iterator[Sequence[Shortage]]:
    """Buyers of the last units come one by one, and who had to wait looks again before anything is written."""
    scarcest = next(
        (
            (share, skus)
            for share in shares
            if (skus := inventory.scarce(shop, share.lines, share.decision.left))
        ),
        None,
    )
    if scarcest is None:
        yield ()
        return
    share, skus = scarcest
    assert share.decision.store is not None
    store_id = share.decision.store["_id"]
    with inventory.one_by_one(store_id, skus) as waited:
        yield inventory.short_now(shop, store_id, share.lines) if waited else ()


def _hold(shop: "Shop", order: Mapping[str, Any], shares: Sequence[Share]) -> list[Shortage]:
    """Hold each part at its store; at the first refusal nothing more. What was short, nothing when all is held."""
    for part, share in zip(order["fulfilments"], shares, strict=True):
        own = hold_id(order["_id"], part["id"])
        shortages = inventory.hold_basket(
            shop, part["store_id"], share.lines, own, order["_id"], order["hold_until"]
        )
        if shortages:
            return shortages
    return []


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
    option: Mapping[str, Any] | None = None  # of a quote: it binds to its stores and prices
    priced: Sequence[Mapping[str, Any]] = ()  # the option's lines, as they are to be ordered
    as_shown: bool = False  # the customer named the option and so agreed to what it lacks


def _basket(shop: "Shop", actor: Actor, wish: Wish, customer: Mapping[str, Any]) -> _Basket:
    address = _address(customer, wish)
    if wish.quote_id:
        quoted, option = _quoted(shop, actor, wish)
        lines = merged(Line(item["sku"], item["quantity"]) for item in quoted["items"])
        if wish.items is not None and lines != merged(
            Line(item["sku"], item["quantity"]) for item in wish.items
        ):
            raise Conflict("The basket is not the one that was quoted.", code="quote_mismatch")
        priced = option["lines"]
        if wish.option_id:
            # Named by the customer, who was shown what it lacks; without a name all of it is wanted.
            priced = pricing.reduced(priced, {short["sku"]: short["available"] for short in option["short"]})
        if not priced:
            raise Conflict("Nothing of this option is left to order.", code="quote_mismatch")
        return _Basket(
            lines,
            _names(option),
            quoted["location"],
            address,
            quoted["mode"],
            quoted["tip"],
            from_cart=wish.items is None and quoted["from_cart"],
            option=option,
            priced=priced,
            as_shown=bool(wish.option_id),
        )
    items = carts.items(shop, actor.user_id) if wish.items is None else wish.items
    lines, products = pricing.known_lines(shop, items)
    point = address["location"] if address and wish.location is None else point_of(wish)
    return _Basket(lines, products, point, address, wish.mode, wish.tip, from_cart=wish.items is None)


def _names(option: Mapping[str, Any]) -> dict[str, Any]:
    """`{sku: {"name": {...}}}` of what the option lists and of what it lacks: enough to tell what is short."""
    short = {one["sku"]: {"name": {"en": one["name"]}} for one in option["short"]}
    return short | {line["sku"]: {"name": line["name"]} for line in option["lines"]}


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


def _route(shop: "Shop", basket: _Basket) -> list[Share]:
    """The store, or the quoted stores, for the basket. Raises OutOfStock, Conflict.

    A store that lost the race for its stock just now shows as short by itself.
    """
    if basket.option is None:
        decision = routing.choose(shop, basket.point, basket.lines)
        check_serviceable(decision)
        if decision.shortages:
            ways_out = _ways_out(shop, basket, decision)
            more = {"options": ways_out} if ways_out else {}
            raise _out_of_stock(decision.shortages, basket.products, **more)
        return [Share(decision, basket.lines)]
    listed = {line["sku"] for line in basket.priced}
    unlisted = [line for line in basket.lines if line.sku not in listed]
    if unlisted and not basket.as_shown:
        raise _out_of_stock([Shortage(line.sku, line.quantity, 0) for line in unlisted], basket.products)
    shares: list[Share] = []
    shortages: list[Shortage] = []
    for part in basket.option["parts"]:
        own = wanted(line for line in basket.priced if line["fulfilment_id"] == part["id"])
        if own:
            decision = routing.promised(shop, part, own)
            check_serviceable(decision)
            shortages += decision.shortages
            shares.append(Share(decision, own))
    if shortages:
        raise _out_of_stock(shortages, basket.products)
    return shares


def _ways_out(shop: "Shop", basket: _Basket, decision: Decision) -> list[dict[str, Any]]:
    """What a quote would offer instead: which stores together have all of it. One line is never shared out."""
    able = [row for row in decision.trace if "score" in row]
    if len(basket.lines) < 2 or len(able) < 2:
        return []
    plans = routing.plans(shop, basket.point, basket.lines, one_store=basket.mode == "pickup")
    if isinstance(plans, Decision):
        return []
    return [
        {
            "stores": [str((share.decision.store or {})["name"]) for share in plan.shares],
            "complete": not plan.shortages,
            "eta_s": plan.eta_s,
        }
        for plan in plans
        if len(plan.shares) > 1
    ]


def _draft(
    shop: "Shop",
    customer: Mapping[str, Any],
    basket: _Basket,
    shares: Sequence[Share],
    wish: Wish,
    key: str,
    digest: str,
) -> dict[str, Any]:
    """The order as it is first written. Raises Conflict `prepay_required` for cash in several parts."""
    now, settings = shop.now(), shop.settings
    first = shares[0].decision
    assert first.store is not None
    if basket.option is not None:
        lines = [dict(line) for line in basket.priced]
        eta_s = basket.option["eta_s"]
    else:
        lines = pricing.priced_lines(first.listed, basket.lines, basket.products)
        eta_s = settings.prep_seconds if basket.mode == "pickup" else first.eta_s
    bill = pricing.bill(settings, lines, basket.mode, basket.tip)
    prepaid = wish.provider != "cod"
    if len(shares) > 1 and not prepaid:
        # Two riders cannot each know what the other one has been paid.
        raise Conflict("An order from several stores is paid beforehand.", code="prepay_required")
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
        "fulfilments": [_part(share, f"f{number}") for number, share in enumerate(shares, start=1)],
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
        "hold_until": min(_hold_deadlines(shop, shares)) if prepaid else None,
        "deadline": now + timedelta(seconds=settings.holding_grace_seconds),
        "delivery_code": f"{shop.rng.randrange(10_000):04d}",
        "from_cart": basket.from_cart,
        "quote_id": wish.quote_id,
        "routing": list(basket.option["trace"]) if basket.option else list(first.trace),
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


def _part(share: Share, id_: str) -> dict[str, Any]:
    assert share.decision.store is not None
    return {
        "id": id_,
        "state": "holding",
        "store_id": share.decision.store["_id"],
        "store": store_facts(share.decision),
        "zone_id": share.decision.zone_id,
        "zone_version": share.decision.zone_version,
        "rider": None,
        "milestones": {},
    }


def _hold_deadlines(shop: "Shop", shares: Sequence[Share]) -> list[datetime]:
    return [inventory.hold_deadline(shop, share.lines, share.decision.left) for share in shares]


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


def _go_on(shop: "Shop", order: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """All is held: the order becomes real. From here on it is acknowledged."""
    if order["payment"]["provider"] == "cod":
        placed = moves.make(
            shop,
            order,
            "place",
            roles=[SYSTEM],
            actor_id=order["customer_id"],
            sets=accept_times(order, shop.now(), policy["accept_seconds"]),
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


def check_extras(wish: Wish) -> None:
    if wish.slot_id or wish.mode == "slot":
        raise Invalid("This store offers no slots yet; order for now or for pickup.", code="slot_unavailable")
    if wish.mode not in MODES:
        raise Invalid(f"Choose one of: {', '.join(MODES)}.", code="unknown_mode")
    if wish.coupon:
        raise Invalid("There is no such coupon.", code="unknown_coupon")


def point_of(wish: Wish) -> Point:
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


def check_serviceable(decision: Decision) -> None:
    if decision.store is None:
        closed = decision.reason == "all_closed"
        raise Conflict(
            "Every store that serves this place is closed now." if closed else "We do not deliver there yet.",
            code="store_closed" if closed else "not_serviceable",
            reason=decision.reason,
        )


def _out_of_stock(shortages: Sequence[Shortage], products: Mapping[str, Any], **more: Any) -> OutOfStock:
    facts = pricing.shortage_facts(shortages, products)
    names = ", ".join(f"{fact['name']} ({fact['available']} left)" for fact in facts)
    return OutOfStock(f"Not enough of: {names}.", shortages=facts, **more)


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
