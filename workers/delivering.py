"""From the outbox to the job queues; straight to the subscribers while Redis is away."""

from collections.abc import Mapping, Sequence

from shopsmart.context import Shop
from shopsmart.infra import outbox
from workers.subscriptions import HANDLERS, SOURCES, SUBSCRIPTIONS

MOST_PER_JOB = 20


def relay(shop: Shop) -> int:
    """Bring on what lies in the outboxes; returns how many deliveries went out."""
    return hand_out(shop, outbox.relay(shop, SOURCES, SUBSCRIPTIONS))


def hand_out(shop: Shop, by_queue: Mapping[str, Sequence[str]]) -> int:
    """Queue deliveries in small batches."""
    count = 0
    for queue, ids in by_queue.items():
        for start in range(0, len(ids), MOST_PER_JOB):
            batch = list(ids[start : start + MOST_PER_JOB])
            count += len(batch)
            if not shop.enqueue(queue, "workers.jobs.deliver", batch):
                for delivery_id in batch:
                    outbox.deliver(shop, delivery_id, HANDLERS)
    return count
