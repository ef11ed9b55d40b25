"""The full export of a customer, and his erasure. Orders keep what tax law and stock need, without the person.

Erasing first makes the account nobody's, in one transaction, and then goes through what is kept elsewhere. The account
stays marked until a later sweep has gone through it once more: an order that was being placed at that very moment is
found then, when it has arrived.
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.carts import store as carts
from shopsmart.dispatch import proofs
from shopsmart.dispatch import store as dispatch
from shopsmart.errors import Conflict
from shopsmart.identity import codes
from shopsmart.identity import service as identity
from shopsmart.identity import store as users
from shopsmart.identity.model import Actor
from shopsmart.infra import idempotency
from shopsmart.orders import store as orders
from shopsmart.payments import store as payments
from shopsmart.search import store as searches

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

# Longer than any request may last: whatever was under way when the account went is over.
_LOOK_AGAIN_AFTER = timedelta(seconds=60)


def everything_about(shop: "Shop", user_id: str) -> dict[str, Any]:
    """`{user, cart, searches, orders, payments, invoices, sessions}` as they are kept. Raises NotFound."""
    account = identity.user(shop, user_id)
    own = list(_all_orders(shop, user_id))
    return {
        "user": account,
        "cart": carts.get(shop.db, user_id),
        "searches": searches.recent_searches(shop.db, user_id),
        "orders": own,
        "payments": [one for order in own for one in payments.of_order(shop.db, order["_id"])],
        "invoices": orders.invoices_to(shop.db, user_id),
        "sessions": users.sessions_of(shop.db, user_id),
    }


def erase(shop: "Shop", actor: Actor, *, password: str | None = None, code: str | None = None) -> None:
    """Forget a customer, who proves himself by password or by a code just sent to his phone.

    Raises Forbidden `proof_wrong`, TooManyRequests, Conflict (`works_here`, `order_on_its_way`).
    """
    account = identity.user(shop, actor.user_id)
    if set(account["roles"]) != {"customer"}:
        raise Conflict("An account for work is closed by an administrator.", code="works_here")
    if orders.any_open(shop.db, actor.user_id):
        raise Conflict("An order of yours is still on its way.", code="order_on_its_way")
    if password is not None:
        identity.prove_by_password(shop, account, password)
    else:
        codes.prove_owner(shop, account, code or "")
    identity.erase(shop, actor.user_id)
    _forget_what_was_told(shop, account)
    _forget_elsewhere(shop, actor.user_id)
    log.info("customer erased", extra={"user_id": actor.user_id})


def sweep(shop: "Shop", limit: int = 50) -> int:
    """Go once more through what is kept of people who were erased; how many are done. Repeatable."""
    done = 0
    for user_id in users.being_erased(shop.db, shop.now() - _LOOK_AGAIN_AFTER, limit):
        _forget_elsewhere(shop, user_id)
        if not orders.any_open(shop.db, user_id):
            users.erased(shop.db, user_id)
            done += 1
    return done


def _forget_what_was_told(shop: "Shop", account: Mapping[str, Any]) -> None:
    if phone := account.get("phone_key"):
        users.forget_code(shop.db, phone)


def _forget_elsewhere(shop: "Shop", user_id: str) -> None:
    """Safe to repeat; orders that are on their way wait for the next time."""
    carts.delete(shop.db, user_id)
    searches.forget_searches(shop.db, user_id)
    idempotency.forget(shop.db, f"{user_id}|")
    for order in _all_orders(shop, user_id):
        if order["status"] in orders.OVER:
            proofs.forget(shop, order["_id"])
            dispatch.forget_door(shop.db, order["_id"])
    orders.forget_person(shop.db, user_id)


def _all_orders(shop: "Shop", user_id: str) -> Iterator[dict[str, Any]]:
    after = None
    while page := orders.of_customer(shop.db, user_id, after, 100):
        yield from page
        after = page[-1]["_id"]
