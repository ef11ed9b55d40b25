"""Who wants to hear of what: event -> (subscriber, queue). And what each subscriber does."""

from shopsmart.dispatch import service as dispatch
from shopsmart.infra.outbox import Handler, Readier, Subscriptions
from shopsmart.notifications import service as notifications
from shopsmart.orders import service as orders

# Collections whose documents carry an outbox; the relay reads them all.
SOURCES = ("orders", "delivery_jobs", "stock", "stores")

_DISPATCH = ("dispatch", "critical")
_MAIL = ("mail", "default")
_TEXT = ("text", "default")

SUBSCRIPTIONS: Subscriptions = {
    "order.placed": [_MAIL],
    "order.accepted": [_DISPATCH],
    "order.rerouted": [_DISPATCH, _MAIL],
    "order.short": [_MAIL],
    "order.shortened": [_MAIL],
    "order.packed": [_DISPATCH, _MAIL],
    "order.substitution_proposed": [_TEXT],
    "order.out_for_delivery": [_DISPATCH, _MAIL, _TEXT],
    "order.delivered": [_DISPATCH, _MAIL],
    "order.part_delivered": [_DISPATCH],
    "order.part_cancelled": [_DISPATCH, _MAIL],
    "order.part_returned": [_DISPATCH, _MAIL],
    "order.collected": [_MAIL],
    "order.undeliverable": [_DISPATCH],
    "order.returned": [_DISPATCH],
    "order.cancelled": [_DISPATCH, _MAIL, _TEXT],
    "order.expired": [_MAIL],
    "order.refunded": [_MAIL],
    "stock.shortage": [("rerouting", "critical")],
}

HANDLERS: dict[str, Handler] = {
    "dispatch": dispatch.order_event,
    "rerouting": orders.stock_event,
    "mail": notifications.send_order_mail,
    "text": notifications.send_order_text,
}

# Who reads once for many events.
READIERS: dict[str, Readier] = {"mail": notifications.ready_to_mail}
