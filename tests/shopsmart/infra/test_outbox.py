"""The outbox: every event reaches each of its subscribers, in order, and what cannot be digested is seen."""

import dataclasses
import random
import threading
from datetime import timedelta
from typing import Any

import pytest

from shopsmart import context
from shopsmart.identity.model import SYSTEM
from shopsmart.infra import events, outbox
from tests.journeys.test_crashes import KILLED, MOST_WRITES, in_a_process_killed_after
from tests.makers import with_settings

SUBSCRIPTIONS = {"thing.moved": [("rider", "critical"), ("mail", "default")]}


def a_thing(shop, *seqs, id_="t1", channels=("thing:1",)):
    """A document with one event per number in its outbox; the events' ids."""
    entries = [outbox.event(shop, "thing.moved", f"thing:{id_}", seq, channels, nr=seq) for seq in seqs]
    shop.db.orders.update_one(
        {"_id": id_},
        {
            "$push": {"outbox": {"$each": entries}},
            "$setOnInsert": {"key": id_, "number": id_, "status": "thing"},
        },
        upsert=True,
    )
    return [entry["id"] for entry in entries]


def relayed(shop):
    """Delivery ids that would be queued, for the subscriber `rider` alone."""
    return outbox.relay(shop, ["orders"], {"thing.moved": [("rider", "critical")]}).get("critical", [])


class Subscriber:
    """Notes the numbers of the events that it did; raises for those in `broken`."""

    def __init__(self, *broken):
        self.did = []
        self.broken = set(broken)

    def __call__(self, shop, event):
        if event["seq"] in self.broken:
            raise RuntimeError(f"cannot do {event['seq']}")
        self.did.append(event["seq"])

    @property
    def handlers(self):
        return {"rider": self, "mail": self}


def as_time_goes_by(shop, clock, subscriber, seconds, step=2):
    """What the scheduler's sweep and the workers do for so long."""
    for _ in range(int(seconds / step)):
        clock.forward(seconds=step)
        for ids in outbox.overdue(shop).values():
            for id_ in ids:
                outbox.deliver(shop, id_, subscriber.handlers)


def row_of(shop, delivery_id):
    return shop.db.deliveries.find_one({"_id": delivery_id})


def test_each_subscriber_gets_one_delivery_and_the_document_forgets_its_events(shop):
    [event_id] = a_thing(shop, 1)

    first = outbox.relay(shop, ["orders"], SUBSCRIPTIONS)
    again = outbox.relay(shop, ["orders"], SUBSCRIPTIONS)

    assert first == {"critical": [f"{event_id}:rider"], "default": [f"{event_id}:mail"]}
    assert again == {}
    assert shop.db.orders.find_one()["outbox"] == []
    assert [row["seq"] for row in events.since(shop.db, "thing:1", 0)] == [1]


def test_a_long_backlog_is_brought_on_in_one_go(shop):
    for number in range(25):
        a_thing(shop, 1, id_=f"t{number}")

    handed_out = outbox.relay(shop, ["orders"], SUBSCRIPTIONS, limit=10)

    assert len(handed_out["critical"]) == 25


def test_a_delivery_is_done_once_however_often_it_is_carried(shop):
    a_thing(shop, 1)
    [delivery] = relayed(shop)
    subscriber = Subscriber()

    assert outbox.deliver(shop, delivery, subscriber.handlers)
    assert not outbox.deliver(shop, delivery, subscriber.handlers)

    assert subscriber.did == [1]


def test_an_order_s_events_come_in_their_order_even_when_carried_the_other_way_round(shop, clock):
    a_thing(shop, 1, 2, 3)
    deliveries = relayed(shop)
    subscriber = Subscriber()

    for delivery in reversed(deliveries):
        outbox.deliver(shop, delivery, subscriber.handlers)
    as_time_goes_by(shop, clock, subscriber, 20)

    assert subscriber.did == [1, 2, 3]


def test_waiting_for_its_turn_spends_no_try(shop, clock):
    a_thing(shop, 1, 2)
    first, second = relayed(shop)
    subscriber = Subscriber(1)

    outbox.deliver(shop, first, subscriber.handlers)
    as_time_goes_by(
        shop, clock, subscriber, 40
    )  # two or three tries of the first, twenty looks at the second
    assert row_of(shop, second)["state"] == "due"
    subscriber.broken.clear()
    as_time_goes_by(shop, clock, subscriber, 120)

    assert subscriber.did == [1, 2]


def test_a_job_queue_that_loses_everything_again_and_again_makes_no_dead_letter(shop, clock):
    a_thing(shop, 1)
    [delivery] = relayed(shop)
    for _ in range(shop.settings.max_receives + 3):
        clock.forward(minutes=10)
        assert outbox.overdue(shop) == {"critical": [delivery]}  # and the queue is emptied

    assert outbox.deliver(shop, delivery, Subscriber().handlers)


def test_a_broken_event_is_tried_with_growing_waits_and_then_given_up(shop, clock):
    a_thing(shop, 1)
    [delivery] = relayed(shop)
    subscriber = Subscriber(1)
    waits = []
    while row_of(shop, delivery)["state"] == "due":
        outbox.deliver(shop, delivery, subscriber.handlers)
        row = row_of(shop, delivery)
        waits.append((row["due_at"] - clock.now()).total_seconds())
        clock.forward(seconds=waits[-1])
        outbox.overdue(shop)

    assert row["receives"] == len(waits) == shop.settings.max_receives
    assert row["error"] == "RuntimeError: cannot do 1"
    for wait, expected in zip(waits[:-1], (5, 10, 20, 40), strict=True):
        assert expected * 0.8 <= wait <= expected * 1.2


def test_a_dead_letter_does_not_hold_up_those_behind_it(shop, clock):
    a_thing(shop, 1, 2)
    first, second = relayed(shop)
    subscriber = Subscriber(1)
    for delivery in (first, second):
        outbox.deliver(shop, delivery, subscriber.handlers)

    as_time_goes_by(shop, clock, subscriber, 240)

    assert (row_of(shop, first)["state"], subscriber.did) == ("dead", [2])


def test_a_worker_that_died_counts_as_a_try_and_its_lease_brings_the_work_back(shop, clock):
    a_thing(shop, 1)
    [delivery] = relayed(shop)

    class Killed(BaseException):
        pass

    def dies(shop, event):
        raise Killed

    for _ in range(shop.settings.max_receives):
        with pytest.raises(Killed):
            outbox.deliver(shop, delivery, {"rider": dies})
        assert not outbox.deliver(shop, delivery, Subscriber().handlers)  # leased to the dead one
        clock.forward(minutes=10)
        outbox.overdue(shop)
        clock.forward(minutes=10)

    outbox.overdue(shop)
    assert row_of(shop, delivery)["state"] == "dead"


def test_who_lost_its_lease_changes_nothing_any_more_but_a_success(shop, clock):
    a_thing(shop, 1)
    [delivery] = relayed(shop)
    second: list[Any] = []

    def too_slow(shop, event):
        clock.forward(seconds=shop.settings.lease_seconds + 1)
        second.append(outbox._claim(shop, delivery))  # another worker begins it again
        raise RuntimeError("the slow one fails in the end")

    outbox.deliver(shop, delivery, {"rider": too_slow})

    assert row_of(shop, delivery)["busy_until"] == second[0]["busy_until"]
    assert row_of(shop, delivery)["receives"] == 2


def test_a_delivery_under_way_is_not_handed_out_again(shop, clock):
    a_thing(shop, 1)
    [delivery] = relayed(shop)
    clock.forward(seconds=shop.settings.lease_seconds - 1)  # it waited in the queue
    outbox._claim(shop, delivery)
    clock.forward(seconds=10)

    assert outbox.overdue(shop) == {}


def test_dead_letters_are_listed_and_replayed_one_by_one_or_by_kind(shop, clock):
    strict = with_settings(shop, max_receives=1)
    a_thing(strict, 1, 2, 3)
    subscriber = Subscriber(1, 2, 3)
    deliveries = relayed(strict)
    for delivery in deliveries:
        outbox.deliver(strict, delivery, subscriber.handlers)
    assert [row["_id"] for row in outbox.dead_letters(shop.db)] == deliveries
    assert outbox.dead_letters(shop.db, type_="thing.sold") == []
    assert [row["_id"] for row in outbox.dead_letters(shop.db, after=deliveries[1])] == deliveries[2:]

    subscriber.broken.clear()
    assert outbox.replay(strict, SYSTEM, deliveries[0])
    assert not outbox.replay(strict, SYSTEM, deliveries[0])
    assert not outbox.replay(strict, SYSTEM, "nothing")
    assert outbox.replay_all(strict, SYSTEM, type_="thing.sold") == 0
    assert outbox.replay_all(strict, SYSTEM, type_="thing.moved", subscriber="rider") == 2
    as_time_goes_by(strict, clock, subscriber, 20)

    assert subscriber.did == [1, 2, 3]
    noted = [row["what"] for row in shop.db.audit_log.find().sort("_id", 1)]
    assert noted == ["dead_letter.replay", "dead_letter.replay_all"]


def test_relays_and_sweeps_at_once_lose_and_double_nothing(shop, settings):
    """Four relays and four workers at one heap of events: each event once per subscriber and stream, in order."""
    real = dataclasses.replace(context.build(settings), publish=lambda *_: None)
    things, each = 12, 5
    for number in range(things):
        a_thing(shop, *range(1, each + 1), id_=f"t{number}", channels=("admin", f"thing:{number}"))
    did, lock, stop = [], threading.Lock(), threading.Event()

    def handler(shop, event):
        with lock:
            did.append((event["aggregate"], event["seq"]))

    def work(seed):
        chance = random.Random(seed)
        own = dataclasses.replace(real, now=lambda: real.now() + timedelta(minutes=2))
        while not stop.is_set():
            ids = [
                *outbox.relay(own, ["orders"], {"thing.moved": [("rider", "critical")]}, limit=3).get(
                    "critical", []
                ),
                *outbox.overdue(own).get("critical", []),
            ]
            chance.shuffle(ids)
            for id_ in ids:
                outbox.deliver(own, id_, {"rider": handler})
            if shop.db.deliveries.count_documents({"state": "done"}) == things * each:
                return
            # Nobody waits real minutes here: whatever is not leased may be looked at again.
            shop.db.deliveries.update_many(
                {"state": "due", "busy_until": None}, {"$set": {"due_at": shop.now() - timedelta(days=9)}}
            )

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=40)
    stop.set()

    assert len(did) == len(set(did)) == things * each
    for number in range(things):
        assert [seq for thing, seq in did if thing == f"thing:t{number}"] == [1, 2, 3, 4, 5]
        rows = events.since(shop.db, f"thing:{number}", 0)
        assert [row["seq"] for row in rows] == [row["data"]["nr"] for row in rows] == [1, 2, 3, 4, 5]
    everything = events.since(shop.db, "admin", 0)
    assert [row["seq"] for row in everything] == list(range(1, things * each + 1))


def test_a_relay_may_die_after_any_write(shop, settings):
    """Killed after its 1st, 2nd, 3rd … write: the next one leaves each event once per subscriber and stream."""
    real = dataclasses.replace(context.build(settings), publish=lambda *_: None)

    for writes in range(1, MOST_WRITES):
        for name in ("orders", "deliveries", "streams"):
            shop.db[name].delete_many({})
        ids = a_thing(real, 1, 2, id_="a", channels=("thing:a", "admin")) + a_thing(
            real, 1, id_="b", channels=("thing:b", "admin")
        )
        status = in_a_process_killed_after(
            writes, settings, lambda own: outbox.relay(own, ["orders"], SUBSCRIPTIONS)
        )
        assert status in {0, KILLED}
        outbox.relay(real, ["orders"], SUBSCRIPTIONS)

        expected = {f"{id_}:{subscriber}" for id_ in ids for subscriber in ("rider", "mail")}
        assert {row["_id"] for row in shop.db.deliveries.find()} == expected
        assert [row["seq"] for row in events.since(shop.db, "admin", 0)] == [1, 2, 3]
        assert [row["data"]["nr"] for row in events.since(shop.db, "thing:a", 0)] == [1, 2]
        assert shop.db.orders.count_documents({"outbox.at": {"$exists": True}}) == 0
        if status == 0:
            break

    assert writes >= 4


def test_a_delivery_may_die_after_any_write_and_its_effect_is_there_once(shop, settings):
    """The effect is a row keyed by the event, as every subscriber's must be."""
    real = dataclasses.replace(context.build(settings), publish=lambda *_: None)
    later = dataclasses.replace(real, now=lambda: real.now() + timedelta(minutes=10))

    def effect(own, event):
        own.db.notifications.update_one(
            {"_id": event["id"]}, {"$setOnInsert": {"at": own.now()}}, upsert=True
        )

    for writes in range(1, MOST_WRITES):
        for name in ("orders", "deliveries", "notifications"):
            shop.db[name].delete_many({})
        a_thing(real, 1)
        [delivery] = relayed(real)
        status = in_a_process_killed_after(
            writes, settings, lambda own, id_=delivery: outbox.deliver(own, id_, {"rider": effect})
        )
        assert status in {0, KILLED}
        for ids in outbox.overdue(later).values():
            for id_ in ids:
                outbox.deliver(later, id_, {"rider": effect})

        assert row_of(shop, delivery)["state"] == "done"
        assert shop.db.notifications.count_documents({}) == 1
        if status == 0:
            break

    assert writes == 4  # claim, effect, done


def test_what_is_done_is_forgotten_and_nothing_else(shop, clock):
    strict = with_settings(shop, max_receives=1)
    a_thing(shop, 1, 2)
    done, dead = relayed(shop)
    subscriber = Subscriber(2)
    for delivery in (done, dead):
        outbox.deliver(strict, delivery, subscriber.handlers)

    index = shop.db.deliveries.index_information()["forget"]
    assert (index["key"], index["expireAfterSeconds"]) == ([("done_at", 1)], 3_600)
    assert row_of(shop, done)["done_at"] == clock.now()
    assert "done_at" not in row_of(shop, dead)


def test_many_deliveries_in_one_job_are_done_once_each_whoever_else_has_them(shop):
    deliveries = []
    for number in range(4):
        a_thing(shop, 1, 2, id_=f"t{number}")
    deliveries = relayed(shop)
    subscriber = Subscriber()
    outbox._claim(shop, deliveries[0])  # another worker's, and the one behind it must wait

    done = outbox.deliver_all(shop, [*reversed(deliveries), "forgotten"], subscriber.handlers)
    again = outbox.deliver_all(shop, deliveries, subscriber.handlers)

    assert (done, again) == (6, 0)
    assert sorted(subscriber.did) == [1, 1, 1, 2, 2, 2]
    assert [row_of(shop, id_)["state"] for id_ in deliveries] == ["due"] * 2 + ["done"] * 6
    assert row_of(shop, deliveries[1])["receives"] == 0


def test_a_poisoned_delivery_holds_up_only_those_behind_it_in_its_own_turn(shop, clock):
    a_thing(shop, 1, 2, 3, id_="poisoned")
    a_thing(shop, 11, 12, id_="sound")
    deliveries = relayed(shop)
    subscriber = Subscriber(2)

    outbox.deliver_all(shop, deliveries, subscriber.handlers)

    assert subscriber.did == [1, 11, 12]
    assert [row_of(shop, id_)["receives"] for id_ in deliveries] == [1, 1, 0, 1, 1]
    subscriber.broken.clear()
    as_time_goes_by(shop, clock, subscriber, 40)
    assert subscriber.did == [1, 11, 12, 2, 3]


def test_what_kills_its_worker_costs_its_neighbours_one_try_and_doubles_none(shop, clock):
    a_thing(shop, 1, id_="deadly")
    a_thing(shop, 2, id_="second")
    deliveries = relayed(shop)
    did = []

    class Killed(BaseException):
        pass

    def handler(shop, event):
        if event["seq"] == 1:
            raise Killed
        did.append(event["seq"])

    for _ in range(shop.settings.max_receives):
        with pytest.raises(Killed):
            outbox.deliver_all(shop, deliveries, {"rider": handler})
        clock.forward(minutes=10)
    outbox.overdue(shop)
    clock.forward(minutes=10)
    outbox.deliver_all(shop, deliveries, {"rider": handler})

    assert did == [2]
    assert row_of(shop, deliveries[1])["receives"] == 2


def test_slow_deliveries_give_back_what_they_keep_waiting(shop, clock):
    for number in range(4):
        a_thing(shop, number, id_=f"t{number}")
    deliveries = relayed(shop)
    did = []

    def slow(shop, event):
        clock.forward(seconds=shop.settings.lease_seconds * 0.3)
        did.append(event["seq"])

    outbox.deliver_all(shop, deliveries, {"rider": slow})

    assert did == [0, 1]
    assert [row_of(shop, id_)["receives"] for id_ in deliveries] == [1, 1, 0, 0]
    assert outbox.overdue(shop) == {"critical": deliveries[2:]}


def test_a_subscriber_that_cannot_read_for_all_reads_for_each(shop):
    a_thing(shop, 1)
    a_thing(shop, 2, id_="t2")
    subscriber = Subscriber()

    def odd(shop, events):
        raise KeyError("order_id")

    outbox.deliver_all(shop, relayed(shop), subscriber.handlers, {"rider": odd})

    assert subscriber.did == [1, 2]


def test_a_job_of_deliveries_may_die_after_any_write_and_each_effect_is_there_once(shop, settings):
    real = dataclasses.replace(context.build(settings), publish=lambda *_: None)
    later = dataclasses.replace(real, now=lambda: real.now() + timedelta(minutes=10))

    def effect(own, event):
        own.db.notifications.update_one(
            {"_id": event["id"]}, {"$setOnInsert": {"at": own.now()}}, upsert=True
        )

    for writes in range(1, MOST_WRITES):
        for name in ("orders", "deliveries", "notifications"):
            shop.db[name].delete_many({})
        a_thing(real, 1, 2)
        a_thing(real, 1, id_="t2")
        ids = relayed(real)
        status = in_a_process_killed_after(
            writes, settings, lambda own, ids=ids: outbox.deliver_all(own, ids, {"rider": effect})
        )
        assert status in {0, KILLED}
        for overdue in (outbox.overdue(later), outbox.overdue(later)):
            outbox.deliver_all(later, overdue.get("critical", []), {"rider": effect})

        assert {row_of(shop, id_)["state"] for id_ in ids} == {"done"}
        assert shop.db.notifications.count_documents({}) == 3
        if status == 0:
            break

    assert writes == 6  # claim, three effects, done
