"""The jobs that RQ carries. Each takes ids, looks again, and may run twice."""

from shopsmart import checker
from shopsmart.bulk import service as bulk
from shopsmart.context import from_environment
from shopsmart.images import service as images
from shopsmart.infra import jobs, outbox
from shopsmart.orders import service as orders
from shopsmart.payments import service as payments
from shopsmart.recommendations import service as recommendations
from workers.subscriptions import HANDLERS, READIERS


def deliver(delivery_ids: list[str]) -> int:
    """Hand events to their subscribers; returns how many were done."""
    return outbox.deliver_all(from_environment(), delivery_ids, HANDLERS, READIERS)


def process_webhooks() -> int:
    """Act on the payment providers' messages that arrived."""
    shop = from_environment()
    jobs.begun(shop.redis, "workers.jobs.process_webhooks")
    return payments.process_inbox(shop, lambda payment: orders.payment_captured(shop, payment))


def check(run_id: str) -> bool:
    """Run a check that was asked for; what it found is kept."""
    return checker.carry_out(from_environment(), run_id) is not None


def encode_image(upload_id: str) -> bool:
    """Make the sizes of an image that was uploaded."""
    return images.encode(from_environment(), upload_id)


def learn_baskets() -> int:
    """Count the baskets of new orders; returns how many were counted."""
    shop = from_environment()
    jobs.begun(shop.redis, "workers.jobs.learn_baskets")
    return recommendations.learn(shop)


def carry_import(import_id: str) -> bool:
    """Import what is left of a file that somebody sent in."""
    return bulk.carry_on(from_environment(), import_id)


def send_sandbox_webhooks() -> int:
    """Let the local payment provider tell what happened, as a real one would: over HTTP."""
    shop = from_environment()
    jobs.begun(shop.redis, "workers.jobs.send_sandbox_webhooks")
    return payments.send_sandbox_webhooks(shop)
