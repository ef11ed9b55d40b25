"""The relay is woken by what leaves events, and by nothing else."""

import threading

import pytest

from shopsmart import context
from shopsmart.inventory import service as inventory
from shopsmart.orders import placing
from shopsmart.orders.placing import Wish
from tests.makers import a_customer, a_product, a_store, actor
from tests.processes import until
from workers import scheduler
from workers.delivering import relay
from workers.subscriptions import SOURCES


@pytest.fixture
def real(shop, settings):
    return context.build(settings)


@pytest.fixture
def wake(real):
    """What a running watcher of the change stream tells the relay."""
    real.db.delivery_jobs.insert_one({"_id": "mark", "version": 0})
    wake, stop = scheduler.Wake(), threading.Event()
    watcher = threading.Thread(target=scheduler._watch, args=(real, stop, wake), daemon=True)
    watcher.start()
    until(lambda: wake.hears)
    assert wake.sources() == {*SOURCES}  # what grew before
    yield wake
    stop.set()
    watcher.join(10)


def heard(wake, until_source):
    """Which outboxes were called for, up to and with `until_source`."""
    found = set()

    def come():
        found.update(wake.sources())
        return until_source in found

    until(come, 20)
    return found


def heard_until_now(real, wake):
    """Which outboxes were called for by all that was done before."""
    real.db.delivery_jobs.update_one({"_id": "mark"}, {"$inc": {"version": 1}})
    return heard(wake, "delivery_jobs") - {"delivery_jobs"}


def test_an_order_wakes_the_relay_for_orders_alone_and_the_relay_does_not_wake_itself(real, wake):
    store = a_store(real)
    sku = a_product(real, store)
    customer = actor(a_customer(real))
    wish = Wish(location=store["location"], items=[{"sku": sku, "quantity": 1}], provider="cod")
    heard_until_now(real, wake)

    placing.place(real, customer, "k1", wish)
    by_order = heard_until_now(real, wake)
    relayed = relay(real)

    assert by_order == {"orders"}  # the hold on the shelf left no event
    assert relayed == 1
    assert heard_until_now(real, wake) == set()


def test_a_document_that_is_born_with_an_event_and_an_edit_of_the_shelf_wake_the_relay(real, wake):
    store = a_store(real)
    sku = a_product(real, store)
    heard_until_now(real, wake)
    for source in ("orders", "delivery_jobs"):
        real.db[source].insert_one(
            {
                "_id": "x",
                "number": "x",
                "key": "x",
                "fulfilment_id": "x",
                "outbox": [{"id": "e", "at": real.now()}],
            }
        )

        assert source in heard(wake, source)
    inventory.adjust(real, store["_id"], sku, 1, "found", ref="r1", actor="m1")

    assert "stock" in heard(wake, "stock")
