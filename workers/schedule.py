"""What happens again and again, as a list: every so many seconds, this function of the shop.

All of it looks at MongoDB's due times, so it is right after a pause of any length and with many schedulers.
"""

from collections.abc import Callable
from dataclasses import dataclass

from shopsmart import checker
from shopsmart.bulk import service as bulk
from shopsmart.catalog import service as catalog
from shopsmart.context import Shop
from shopsmart.dispatch import service as dispatch
from shopsmart.images import service as images
from shopsmart.infra import events, outbox, pulse
from shopsmart.inventory import service as inventory
from shopsmart.orders import service as orders
from shopsmart.orders import store as order_documents
from shopsmart.payments import service as payments
from shopsmart.privacy import service as privacy
from shopsmart.recommendations import service as recommendations
from shopsmart.routing import governor
from shopsmart.search import service as search
from workers.delivering import hand_out


@dataclass(frozen=True)
class Task:
    every_seconds: float
    run: Callable[[Shop], object]


def _reconcile_payments(shop: Shop) -> None:
    payments.reconcile(shop, lambda payment: orders.payment_captured(shop, payment))


def _finish_refunds(shop: Shop) -> None:
    payments.finish_refunds(shop, lambda order_id: orders.sync_payment(shop, order_id))


def _redeliver(shop: Shop) -> None:
    hand_out(shop, outbox.overdue(shop))


def _webhooks(shop: Shop) -> None:
    payments.process_inbox(shop, lambda payment: orders.payment_captured(shop, payment))


def _forget_events(shop: Shop) -> None:
    events.forget(shop.db, shop.now())


def _count_sales(shop: Shop) -> None:
    search.count_sales(shop, lambda since, until: order_documents.sold_between(shop.db, since, until))


SCHEDULE = [
    Task(1, dispatch.tick),
    Task(2, orders.sweep),
    Task(1, payments.tell_of_sandbox),
    Task(2, _webhooks),
    Task(2, _redeliver),
    Task(3, inventory.copy_ledger),
    Task(5, _forget_events),
    Task(5, pulse.beat),
    Task(1, inventory.end_off),
    Task(5, inventory.finish_transfers),
    Task(5, inventory.mend_shortages),
    Task(5, _finish_refunds),
    Task(10, catalog.mend_listings),
    Task(30, _reconcile_payments),
    Task(30, governor.govern),
    Task(10, catalog.mend_listings),
    Task(60, orders.reconcile_holds),
    Task(60, privacy.sweep),
    Task(300, _count_sales),
    Task(30, checker.by_schedule),
    Task(600, recommendations.learn_by_schedule),
    Task(15, images.sweep),
    Task(15, bulk.sweep),
    Task(3_600, bulk.clear_away),
    Task(3_600, images.clear_away),
]
