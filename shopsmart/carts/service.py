"""Use cases of the cart, of a guest and of a signed-in customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shopsmart.carts import model, store
from shopsmart.carts.model import Cart, CartLine, Substitution
from shopsmart.catalog import service as catalog
from shopsmart.errors import Conflict, Forbidden, Invalid
from shopsmart.geo import Point
from shopsmart.identity.model import Actor
from shopsmart.shelf import service as shelf
from shopsmart.shelf.model import Offer

if TYPE_CHECKING:
    from shopsmart.context import Shop

NOBODY = ""  # owns no cart, now or ever
_TRIES = 20


@dataclass(frozen=True)
class Seen:
    """A cart's line as its place sees it: the offer (None: the product is gone) and what stands in its way."""

    line: CartLine
    offer: Offer | None
    problem: str | None  # a word of model.problem; None also where no place was given


# --- whose cart ------------------------------------------------------------------------------------------------


def owner_of(actor: Actor | None, guest_cart_id: str | None) -> str:
    """The id of the cart of whoever asks; NOBODY for a guest who has none yet.

    Raises Forbidden for a signed-in user who is no customer.
    """
    if actor is not None:
        if "customer" not in actor.roles:
            raise Forbidden("Only customers and guests have a cart.")
        return actor.user_id
    return guest_cart_id if guest_cart_id and model.is_guest_id(guest_cart_id) else NOBODY


def new_guest_cart_id(shop: "Shop") -> str:
    return model.guest_id(shop.new_id(), shop.rng.getrandbits(128))


# --- reading ---------------------------------------------------------------------------------------------------


def get(shop: "Shop", owner: str) -> Cart | None:
    """The cart, None when there is none (any more)."""
    cart = store.get(shop.db, owner)
    if cart is None or cart.get("expires_at", shop.now()) < shop.now():
        return None
    return cart


def items(shop: "Shop", owner: str) -> list[CartLine]:
    """The cart's lines, each with `sku` and `quantity`; none when there is no cart."""
    cart = get(shop, owner)
    return cart["lines"] if cart else []


def seen_at(shop: "Shop", cart: Cart | None, point: Point | None) -> tuple[dict[str, Any] | None, list[Seen]]:
    """The store that the catalogue shows at `point` and the lines as it sells them. Takes nothing.

    The store is None without a point, and where no store delivers.
    """
    place = _store_at(shop, point)
    lines = cart["lines"] if cart else []
    offers = shelf.offers_of(shop, place["id"] if place else None, [line["sku"] for line in lines])
    return place, [_seen(line, offers.get(line["sku"]), place is not None) for line in lines]


def _store_at(shop: "Shop", point: Point | None) -> dict[str, Any] | None:
    if point is None:
        return None
    try:
        return shelf.store_at(shop, point)
    except Conflict:  # a cart can be read anywhere
        return None


def _seen(line: CartLine, offer: Offer | None, placed: bool) -> Seen:
    known = offer is not None and not offer.product["hidden"]
    if offer is None or not known or not placed:
        return Seen(line, offer, None if known else "no_longer_sold")
    most = offer.listing["max_per_order"] if offer.listing else None
    found = model.problem(line, known=True, listed=offer.listing is not None, left=offer.left, most=most)  # type: ignore[arg-type]
    return Seen(line, offer, found)


# --- changing --------------------------------------------------------------------------------------------------


def put_item(
    shop: "Shop", owner: str, sku: str, quantity: int, substitution: Substitution | None = None
) -> Cart:
    """The cart with `quantity` of this item, whatever it was before. Safe to repeat.

    Raises NotFound `unknown_sku`, Invalid `quantity_too_large`, Conflict `cart_full`.
    """
    if quantity > shop.settings.max_quantity:
        sentence = f"At most {shop.settings.max_quantity} of one item."
        raise Invalid(sentence, code="quantity_too_large", errors={"quantity": [sentence]})
    catalog.product(shop, sku)
    line: CartLine = {"sku": sku, "quantity": quantity, "substitution": substitution}
    for _ in range(_TRIES):
        stamps = _stamps(shop, owner)
        cart = store.set_quantity(shop.db, owner, sku, quantity, substitution, stamps)
        cart = cart or store.add_line(shop.db, owner, line, shop.settings.max_lines, stamps)
        if cart is not None:
            return cart
        now = store.get(shop.db, owner)
        if (
            now
            and len(now["lines"]) >= shop.settings.max_lines
            and all(one["sku"] != sku for one in now["lines"])
        ):
            raise Conflict(f"At most {shop.settings.max_lines} different items a cart.", code="cart_full")
    raise Conflict("The cart is being changed; try again.", code="busy")


def _stamps(shop: "Shop", owner: str) -> dict[str, datetime]:
    now = shop.now()
    if model.is_guest_id(owner):
        return {"updated_at": now, "expires_at": now + model.GUEST_CART_LIVES}
    return {"updated_at": now}


def remove_item(shop: "Shop", owner: str, sku: str) -> Cart | None:
    """The cart without this item. Safe to repeat."""
    return store.remove(shop.db, owner, [{"sku": sku}], shop.now())


def remove_lines(shop: "Shop", owner: str, ordered: Mapping[str, int]) -> None:
    """Take `{sku: quantity}` that was ordered out of the cart. Safe to repeat.

    A line that was raised above what was ordered stays: it was changed after the order, so it is a new wish.
    """
    if ordered:
        wheres = [{"sku": sku, "quantity": {"$lte": quantity}} for sku, quantity in ordered.items()]
        store.remove(shop.db, owner, wheres, shop.now())


def clear(shop: "Shop", owner: str) -> None:
    """Safe to repeat."""
    store.delete(shop.db, owner)


def merge(shop: "Shop", guest_cart_id: str, user_id: str) -> None:
    """Bring what a guest gathered into the user's cart; the guest's cart is gone then. Safe to repeat.

    See model.merged for how lines meet. Any text may come as `guest_cart_id`: what names no guest cart does nothing.
    """
    if not model.is_guest_id(guest_cart_id):
        return
    for _ in range(_TRIES):
        guests = get(shop, guest_cart_id)
        if guests is None:
            return
        own = store.get(shop.db, user_id)
        lines = model.merged(
            own["lines"] if own else [],
            guests["lines"],
            shop.settings.max_lines,
            shop.settings.max_quantity,
        )
        written = store.replace_lines(shop.db, user_id, own["version"] if own else 0, lines, shop.now())
        # A guest cart that changed meanwhile is merged once more, not lost.
        if written and store.delete(shop.db, guest_cart_id, guests["version"]):
            return
