"""From the outbox to whoever carries the work: SQS where there is one, else RQ, else straight to the subscribers."""

from collections.abc import Mapping, Sequence

from shopsmart.context import Shop
from shopsmart.infra import outbox
from workers.subscriptions import HANDLERS, SOURCES, SUBSCRIPTIONS

MOST_PER_JOB = 20


def relay(shop: Shop) -> int:
    """Bring on what lies in the outboxes; returns how many deliveries went out."""
    return hand_out(shop, outbox.relay(shop, SOURCES, SUBSCRIPTIONS))


def hand_out(shop: Shop, by_queue: Mapping[str, Sequence[str]]) -> int:
    """Queue deliveries in small batches; returns how many."""
    count = 0
    for queue, ids in by_queue.items():
        for start in range(0, len(ids), MOST_PER_JOB):
            batch = list(ids[start : start + MOST_PER_JOB])
            count += len(batch)
            left = _not_taken_by_sqs(shop, batch)
            if left and not shop.enqueue(queue, "workers.jobs.deliver", left):
                for delivery_id in left:
                    outbox.deliver(shop, delivery_id, HANDLERS)
    return count


def _not_taken_by_sqs(shop: Shop, batch: list[str]) -> list[str]:
    if shop.event_queue is None:
        return batch
    return shop.event_queue.publish(outbox.handed_out(shop.db, batch))
