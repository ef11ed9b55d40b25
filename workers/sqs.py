"""The same deliveries out of Amazon SQS: `python -m workers.sqs`, where SHOPSMART_SQS_QUEUE_URL is set.

A message is hidden for as long as a lease. One whose work is done is deleted; any other comes again when its time is
over, and after as many receives as the queue's redrive policy says it lies in its dead-letter queue. Several may run.
"""

import logging
import signal
import sys
import threading

from shopsmart import context, settings
from shopsmart.context import Shop
from shopsmart.infra import log as log_module
from shopsmart.infra import outbox
from shopsmart.infra.sqs import EventQueue, Message, SqsAway
from workers.subscriptions import HANDLERS

log = logging.getLogger("sqs")

# A request to stop is heard between two waits.
WAIT_SECONDS = 5
_AWAY_SECONDS = 2


def main() -> int:
    config = settings.load()
    log_module.configure(config.log_level)
    shop = context.from_environment()
    if shop.event_queue is None:
        print("SHOPSMART_SQS_QUEUE_URL is not set: there is no queue to work on.", file=sys.stderr)
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    print("ready", flush=True)
    while not stop.is_set():
        try:
            take(shop, shop.event_queue, WAIT_SECONDS)
        except SqsAway as fault:
            log.warning("sqs away", extra={"fault": str(fault)[:200]})
            stop.wait(_AWAY_SECONDS)
        except Exception:
            log.exception("messages left for later")
            stop.wait(_AWAY_SECONDS)
    return 0


def take(shop: Shop, queue: EventQueue, wait_seconds: int = 0) -> int:
    """Work on what the queue gives at once; returns how many messages were done. Raises SqsAway."""
    messages = queue.receive(shop.settings.lease_seconds, wait_seconds)
    return sum(_work_on(shop, queue, message) for message in messages)


def _work_on(shop: Shop, queue: EventQueue, message: Message) -> bool:
    if message.delivery_id is None:
        log.error("message is none of ours, left for the dead-letter queue")
        return False
    outbox.deliver(shop, message.delivery_id, HANDLERS, carried_again_after=shop.settings.lease_seconds)
    if not outbox.is_done(shop.db, message.delivery_id):
        return False
    queue.forget(message)
    return True


if __name__ == "__main__":
    sys.exit(main())
