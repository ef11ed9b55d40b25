"""Telling customers what happened to their orders: one mail per event, never two."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from email.errors import MessageError
from typing import TYPE_CHECKING, Any

from pymongo.database import Database

from shopsmart.errors import Unavailable
from shopsmart.identity import store as users
from shopsmart.identity.service import notification_wishes
from shopsmart.infra.outbox import Event
from shopsmart.notifications import store
from shopsmart.notifications.gateways import Refused, TryLater, Uncertain
from shopsmart.notifications.mails import DISPENSABLE, SAYINGS, is_news, order_mail
from shopsmart.notifications.texts import TEXTS, order_text
from shopsmart.orders import store as orders

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

Look = Callable[[Database, str], Mapping[str, Any] | None]


class StillSending(Unavailable):
    """Another worker began this very mail a moment ago; come back to see how it ended."""


def send_order_mail(shop: "Shop", event: Event) -> None:
    """Mail the customer about one order event. Safe to repeat: whoever has the mail does not get it again.

    Raises where the event should be delivered again later: the mail server is away (TryLater), or the mail is
    being sent right now (StillSending).
    """
    _mail(shop, event, orders.get, users.get)


def ready_to_mail(shop: "Shop", events: Sequence[Event]) -> Callable[["Shop", Event], None]:
    """`send_order_mail` for these events, with their orders and customers read at once."""
    ids = {event["data"]["order_id"] for event in events if event["type"] in SAYINGS}
    read = orders.some(shop.db, ids)
    people = users.some(shop.db, {order["customer_id"] for order in read.values()})
    return lambda shop, event: _mail(
        shop, event, lambda _, order_id: read.get(order_id), lambda _, user_id: people.get(user_id)
    )


def _mail(shop: "Shop", event: Event, order_of: Look, customer_of: Look) -> None:
    if event["type"] not in SAYINGS:
        return
    row_id = f"{event['id']}:email"
    order_id = event["data"]["order_id"]
    order = order_of(shop.db, order_id)
    if order is not None and not is_news(event, order):
        return
    # Where the same mail twice is one mail, a note lost with the database's newest writes does no harm.
    certainly = not shop.mailer.harmless_twice
    if not store.begin(shop.db, row_id, order_id, shop.now(), certainly) and not _take_over(shop, row_id):
        return
    customer = customer_of(shop.db, order["customer_id"]) if order else None
    if order is None or customer is None or not customer.get("email"):
        store.settle(shop.db, row_id, "skipped", shop.now(), "nobody to write to")
        return
    if event["type"] in DISPENSABLE and not notification_wishes(customer)["email"]:
        store.settle(shop.db, row_id, "skipped", shop.now(), "not wanted")
        return
    _send(shop, row_id, event, order, customer)


def send_order_text(shop: "Shop", event: Event) -> None:
    """Text the customer about one order event, where he wants that. Never twice: a missing one is better.

    Raises Unavailable where nobody carries it now; the event is then delivered again.
    """
    if event["type"] not in TEXTS or shop.texter is None:
        return
    order = orders.get(shop.db, event["data"]["order_id"])
    customer = users.get(shop.db, order["customer_id"]) if order else None
    if order is None or customer is None or not customer.get("phone"):
        return
    if not notification_wishes(customer)["sms"]:
        return
    row_id = f"{event['id']}:sms"
    if not store.begin(shop.db, row_id, order["_id"], shop.now()):
        return
    try:
        shop.texter.send(customer["phone"], order_text(event, order, shop.settings.public_url))
    except Unavailable:
        store.take_back(shop.db, row_id)
        raise
    _end(shop, row_id, "sent")


def _take_over(shop: "Shop", row_id: str) -> bool:
    """Whether a mail that was begun before may be sent by us. Raises StillSending."""
    row = store.get(shop.db, row_id)
    if row is None:
        raise StillSending()  # taken back just now by a failed try
    if row["state"] != "sending":
        return False
    if row["at"] > shop.now() - timedelta(seconds=shop.settings.lease_seconds):
        raise StillSending()
    if shop.mailer.harmless_twice:
        return True
    # Its sender died before or after the mail server took it. A missing mail is better than two.
    store.settle(shop.db, row_id, "uncertain", shop.now(), "the sender died while sending")
    log.warning("mail uncertain", extra={"notification": row_id})
    return False


def _send(
    shop: "Shop", row_id: str, event: Event, order: Mapping[str, Any], customer: Mapping[str, Any]
) -> None:
    settings = shop.settings
    try:
        message = order_mail(
            event, order, customer, sender=settings.mail_from, public_url=settings.public_url
        )
    except (ValueError, MessageError) as fault:
        store.settle(shop.db, row_id, "skipped", shop.now(), str(fault))
        return
    try:
        shop.mailer.send(message)
    except TryLater:
        store.take_back(shop.db, row_id)
        raise
    except Refused as fault:
        _end(shop, row_id, "refused", str(fault))
    except Uncertain as fault:
        _end(shop, row_id, "uncertain", str(fault))
    else:
        _end(shop, row_id, "sent")


def _end(shop: "Shop", row_id: str, state: str, error: str | None = None) -> None:
    store.settle(shop.db, row_id, state, shop.now(), error)
    log.info("mail settled", extra={"notification": row_id, "state": state})
