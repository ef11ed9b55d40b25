"""Live streams: whoever comes back goes on where they were, without gap or repetition, and only while they may."""

import itertools
import queue
import threading
from collections import Counter
from datetime import timedelta

import pymongo
import pytest
import redis
import requests

from shopsmart import context, indexes
from shopsmart.identity import service as identity
from shopsmart.infra import events
from tests.journeys.test_crashes import KILLED, MOST_WRITES, in_a_process_killed_after
from tests.makers import a_customer, a_manager, a_product, a_store, an_admin, bearer, with_settings
from tests.processes import api_server, own_redis, until

numbers = itertools.count(1)


def happens(shop, channel, count=1, **data):
    """`count` events on a channel, as a relay would bring them."""
    entries = [
        {
            "id": f"e{next(numbers):06d}",
            "type": "order.noted",
            "at": shop.now(),
            "channels": [channel],
            "data": {"nr": number, **data},
        }
        for number in range(count)
    ]
    events.append(shop.db, entries)
    shop.publish(channel, None)


def frames(text):
    """The frames of a stream's text: dicts of its fields."""
    return [
        dict(line.split(": ", 1) for line in frame.split("\n") if not line.startswith(":"))
        for frame in text.split("\n\n")
        if frame.strip()
    ]


def ids_in(text):
    return [int(frame["id"]) for frame in frames(text) if "id" in frame]


@pytest.fixture
def brief(app, shop):
    """Streams that end at once, after they gave what there is."""
    app.extensions["shopsmart"] = with_settings(shop, stream_seconds=0.3, stream_heartbeat_seconds=0.1)
    return app


@pytest.fixture
def admin(app, shop):
    return bearer(app, shop, an_admin(shop))


def read(client, headers, last=None, path="/api/v1/admin/events"):
    given = {} if last is None else {"Last-Event-ID": str(last)}
    return client.get(path, headers={**headers, **given})


@pytest.fixture
def order(client, app, shop):
    """An order placed over HTTP, its customer's headers and its stream's path."""
    store = a_store(shop)
    sku = a_product(shop, store)
    customer = bearer(app, shop, a_customer(shop))
    placed = client.post(
        "/api/v1/orders",
        json={
            "location": store["location"],
            "items": [{"sku": sku, "quantity": 1}],
            "payment": {"provider": "cod"},
        },
        headers={**customer, "Idempotency-Key": "k"},
    ).json
    return placed["id"], customer, f"/api/v1/orders/{placed['id']}/events"


def test_a_stream_begins_with_what_is_kept_and_goes_on_after_the_last_number(brief, client, shop, admin):
    happens(shop, "admin", 5)

    whole = read(client, admin)
    rest = read(client, admin, last=3)
    nothing = read(client, admin, last=5)

    assert whole.headers["Content-Type"].startswith("text/event-stream")
    assert whole.text.startswith("retry: 2000\n\n")
    assert [ids_in(answer.text) for answer in (whole, rest, nothing)] == [[1, 2, 3, 4, 5], [4, 5], []]
    assert ": still here" in nothing.text


def test_the_number_may_come_in_the_query_where_a_browser_cannot_set_headers(brief, client, shop, admin):
    happens(shop, "admin", 3)

    answer = read(client, admin, path="/api/v1/admin/events?last_event_id=2")

    assert ids_in(answer.text) == [3]


def test_too_long_an_absence_is_told_by_a_reset(brief, client, shop, admin):
    happens(shop, "admin", 230)

    answer = read(client, admin, last=10)

    assert frames(answer.text)[1] == {"event": "reset", "data": '{"replayed_from":31}'}
    assert ids_in(answer.text) == list(range(31, 231))


def test_a_number_that_was_never_given_is_told_by_a_reset(brief, client, shop, admin):
    happens(shop, "admin", 3)

    answer = read(client, admin, last=77)

    assert frames(answer.text)[1]["event"] == "reset"
    assert ids_in(answer.text) == [1, 2, 3]


def test_rows_that_were_forgotten_are_a_gap_and_told(brief, client, shop, admin):
    happens(shop, "admin", 6)
    shop.db.streams.delete_many({"seq": {"$lte": 4}})

    behind, abreast = read(client, admin, last=2), read(client, admin, last=4)

    assert (frames(behind.text)[1]["event"], ids_in(behind.text)) == ("reset", [5, 6])
    assert ("reset" in abreast.text, ids_in(abreast.text)) == (False, [5, 6])


@pytest.mark.parametrize(
    "bad", ["-1", "1.5", "x", "1 OR 1", "٣", "9" * 13, "0" * 5_000, "1" + "0" * 30, "0x1"]
)
def test_a_bad_number_is_refused(client, admin, bad):
    answer = client.get("/api/v1/admin/events", query_string={"last_event_id": bad}, headers=admin)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_event_id")


def test_an_order_s_stream_ends_with_the_order_and_then_says_so(client, shop, order):
    order_id, customer, path = order
    happens(shop, f"order:{order_id}", status="placed")
    client.post(f"/api/v1/orders/{order_id}/cancel", json={"reason": "changed my mind"}, headers=customer)
    happens(shop, f"order:{order_id}", status="cancelled")

    seen = read(client, customer, path=path)
    back = read(client, customer, last=2, path=path)

    assert ids_in(seen.text) == [1, 2]  # and it ended by itself: this shop's streams last five minutes
    assert back.status_code == 204


def test_a_foreign_order_s_stream_is_as_missing_as_a_missing_one(client, app, shop, order):
    stranger = bearer(app, shop, a_customer(shop))

    foreign = read(client, stranger, path=order[2])
    missing = read(client, stranger, path="/api/v1/orders/nothing/events")

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.json["detail"] == missing.json["detail"]


def test_a_revoked_session_closes_its_streams_at_the_next_heartbeat(app, client, shop, clock):
    app.extensions["shopsmart"] = with_settings(shop, stream_seconds=20, stream_heartbeat_seconds=1)
    headers = bearer(app, shop, an_admin(shop))
    stream = client.get("/api/v1/admin/events", headers=headers, buffered=False)
    heard = iter(stream.response)
    assert next(heard).startswith(b"retry")

    assert client.post("/api/v1/auth/logout", headers=headers).status_code == 204

    assert list(heard) == []  # well before its twenty seconds; it would have said ": still here"
    stream.close()


def test_a_manager_who_lost_a_store_sees_no_more_of_it(app, client, shop):
    app.extensions["shopsmart"] = with_settings(shop, stream_seconds=20, stream_heartbeat_seconds=1)
    store = a_store(shop)
    manager = a_manager(shop, store["_id"])
    stream = client.get("/api/v1/store/events", headers=bearer(app, shop, manager), buffered=False)
    heard = iter(stream.response)
    next(heard)

    shop.db.sessions.update_many({"user_id": manager["_id"]}, {"$set": {"store_ids": []}})
    happens(shop, f"store:{store['_id']}")

    assert ids_in(b"".join(heard).decode()) in ([], [1])
    stream.close()


def test_one_user_holds_only_so_many_streams_and_gets_them_back(app, client, shop, admin):
    app.extensions["shopsmart"] = with_settings(shop, streams_per_user=2)
    other = bearer(app, shop, an_admin(shop))

    held = [client.get("/api/v1/admin/events", headers=admin, buffered=False) for _ in range(2)]
    refused = client.get("/api/v1/admin/events", headers=admin)
    another = client.get("/api/v1/admin/events", headers=other, buffered=False)
    statuses = [answer.status_code for answer in (*held, refused, another)]
    for answer in (*held, another):
        answer.close()  # never read: the count goes back all the same
    again = client.get("/api/v1/admin/events", headers=admin, buffered=False)
    again.close()

    assert statuses == [200, 200, 429, 200]
    assert (refused.json["code"], refused.headers["Retry-After"]) == ("too_many_streams", "15")
    assert again.status_code == 200


def test_numbers_are_dense_and_in_order_however_many_relays_write(shop):
    """Six relays, each with the same events of many orders in pieces of its own."""
    batches = [
        [
            {
                "id": f"{order}-{nr}",
                "type": "x",
                "at": shop.now(),
                "channels": ["admin", order],
                "data": {"nr": nr},
            }
            for nr in range(6)
        ]
        for order in ("a", "b", "c", "d")
    ]

    def relay(offset):
        for batch in batches[offset % 4 :] + batches[: offset % 4]:
            for end in (2, 4, 6):
                events.append(shop.db, batch[:end])

    threads = [threading.Thread(target=relay, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    everything = events.since(shop.db, "admin", 0)
    assert [row["seq"] for row in everything] == list(range(1, 25))
    for order in ("a", "b", "c", "d"):
        rows = events.since(shop.db, order, 0)
        assert [(row["seq"], row["data"]["nr"]) for row in rows] == [(nr + 1, nr) for nr in range(6)]


def test_a_slow_reader_s_mailbox_is_bounded(shop):
    hub = events.Hub(shop.redis, shop.db, size=3)
    mailbox = hub.listen("admin")

    for _ in range(10):
        hub._fan_out("admin", "")

    assert mailbox.qsize() == 3
    with pytest.raises(queue.Empty):
        for _ in range(4):
            mailbox.get_nowait()


# --- over real HTTP, gunicorn and gevent --------------------------------------------------------------------------


class Reader(threading.Thread):
    """A client that is cut off after every few events and comes back with the last number."""

    def __init__(self, url, headers, cut_after):
        super().__init__(daemon=True)
        self.url, self.headers, self.cut_after = url, headers, cut_after
        self.seen, self.reconnects, self.done = [], 0, threading.Event()

    def run(self):
        while not self.done.is_set():
            self.reconnects += 1
            given = {"Last-Event-ID": str(self.seen[-1])} if self.seen else {}
            try:
                with requests.get(
                    self.url, headers={**self.headers, **given}, stream=True, timeout=4
                ) as answer:
                    self._listen(answer)
            except requests.RequestException:
                pass

    def _listen(self, answer):
        heard = 0
        for line in answer.iter_lines(chunk_size=1):
            if line.startswith(b"id: "):
                self.seen.append(int(line[4:]))
                heard += 1
            if self.done.is_set() or heard == self.cut_after:
                return


def test_readers_cut_again_and_again_miss_and_repeat_nothing_even_without_redis(settings, db, tmp_path):
    with own_redis(tmp_path / "redis") as (redis_url, redis):
        own = with_settings(context.build(settings), redis_url=redis_url)
        own = context.build(own.settings)
        headers = _signed_in(own)
        with api_server(own.settings, tmp_path, SHOPSMART_STREAM_HEARTBEAT_SECONDS=1) as url:
            readers = [Reader(f"{url}/api/v1/admin/events", headers, cut) for cut in (1, 3, 7, 1_000)]
            for reader in readers:
                reader.start()
            for _ in range(12):
                happens(own, "admin", 2)
            until(lambda: all(len(reader.seen) >= 24 for reader in readers))
            redis.kill()
            redis.wait()
            for _ in range(6):
                happens(own, "admin", 2)
            until(lambda: all(len(reader.seen) >= 36 for reader in readers))
            for reader in readers:
                reader.done.set()
            for reader in readers:
                reader.join(5)

    for reader in readers:
        assert reader.seen == list(range(1, 37))
    assert readers[0].reconnects >= 36


def _signed_in(shop):
    user = an_admin(shop)
    session = identity.login(shop, email=user["email"], password="lotus pond at dawn")
    from blueprints import security
    from blueprints.app import create_app

    with create_app(shop).app_context():
        return {"Authorization": f"Bearer {security.tokens(session)['access_token']}"}


def test_a_channel_that_was_silent_for_long_goes_on_counting_where_it_was(brief, client, shop, clock):
    happens(shop, "admin", 3)
    happens(shop, "store:1", 1)
    clock.forward(days=2)
    happens(shop, "store:1", 1)
    clock.forward(days=1, hours=1)

    while events.forget(shop.db, shop.now(), limit=2):
        pass
    kept = [events.since(shop.db, channel, 0) for channel in ("admin", "store:1")]
    happens(shop, "admin", 2)
    happens(shop, "store:1", 1)
    admin = bearer(brief, shop, an_admin(shop))

    assert [[row["seq"] for row in rows] for rows in kept] == [[], [2]]
    assert [row["seq"] for row in events.since(shop.db, "admin", 0)] == [4, 5]
    assert [row["seq"] for row in events.since(shop.db, "store:1", 0)] == [2, 3]
    assert ids_in(read(client, admin, last=3).text) == [4, 5]  # saw all there was before the silence
    missed = frames(read(client, admin, last=1).text)
    assert [frame.get("event") for frame in missed if "data" in frame][:1] == ["reset"]


def test_a_reader_of_forgotten_news_is_told_of_the_gap_and_one_who_has_them_all_is_not(shop, clock):
    happens(shop, "order:1", 5)
    clock.forward(days=4)
    assert events.forget(shop.db, shop.now()) == 1

    assert events.last_seq(shop.db, "order:1") == 5
    assert events.replay_from(shop.db, "order:1", 5, 200) == (5, False)
    assert events.replay_from(shop.db, "order:1", 2, 200) == (5, True)
    assert events.replay_from(shop.db, "order:1", 9, 200) == (5, True)
    assert events.replay_from(shop.db, "order:1", 0, 200) == (0, False)


def test_forgetting_may_die_after_any_write_and_no_number_comes_twice(shop, settings):
    real = context.build(settings)
    later = real.now() + timedelta(days=4)
    for writes in range(1, MOST_WRITES):
        channels = [f"store:{writes}-{name}" for name in "ab"]
        for channel in channels:
            happens(real, channel, 3)
        status = in_a_process_killed_after(writes, settings, lambda own: events.forget(own.db, later))
        assert status in {0, KILLED}
        for channel in channels:
            assert events.last_seq(shop.db, channel) == 3
            happens(real, channel)
            assert events.since(shop.db, channel, 3)[0]["seq"] == 4
        shop.db.streams.delete_many({})
        if status == 0:
            break

    assert writes == 3  # heads, rows


def test_indexes_of_an_earlier_version_that_forgot_by_themselves_are_dropped(shop):
    shop.db.streams.create_index("at", name="forget", expireAfterSeconds=60)

    indexes.ensure_all(shop.db)

    assert not any("expireAfterSeconds" in facts for facts in shop.db.streams.index_information().values())


class Finds(pymongo.monitoring.CommandListener):
    """Counts what is asked of `streams`."""

    def __init__(self):
        self.asked: Counter[str] = Counter()

    def started(self, event):
        if event.command.get(event.command_name) == "streams":
            self.asked[event.command_name] += 1

    def succeeded(self, event):
        pass

    def failed(self, event):
        pass


def test_readers_woken_together_ask_the_database_once(shop, settings):
    finds = Finds()
    client: pymongo.MongoClient = pymongo.MongoClient(
        settings.mongodb_uri, tz_aware=True, event_listeners=[finds]
    )
    hub = events.Hub(shop.redis, client[settings.mongodb_database])
    mailboxes = [hub.listen("admin") for _ in range(50)]
    happens(shop, "admin", 3)
    until(lambda: all(not mailbox.empty() for mailbox in mailboxes))
    finds.asked.clear()

    given = [[row["seq"] for row in hub.since("admin", 0, 200)] for _ in mailboxes]
    behind = [row["seq"] for row in hub.since("admin", 2, 200)]
    asked = finds.asked["find"]
    hub._fan_out("admin", "")
    happens(shop, "admin", 1)
    after = [row["seq"] for row in hub.since("admin", 3, 200)]

    assert (given, behind, asked) == ([[1, 2, 3]] * 50, [3], 1)
    assert after == [4]
    for mailbox in mailboxes:
        hub.leave("admin", mailbox)


def test_one_call_wakes_the_readers_of_several_channels(shop):
    hub = events.Hub(shop.redis, shop.db)
    mailboxes = {channel: hub.listen(channel) for channel in ("order:1", "store:1", "admin")}

    def woken():
        shop.publish("admin order:1", None)
        return not mailboxes["admin"].empty() and not mailboxes["order:1"].empty()

    until(woken)

    assert mailboxes["store:1"].empty()
    for channel, mailbox in mailboxes.items():
        hub.leave(channel, mailbox)


def test_without_redis_one_look_wakes_the_readers_of_all_channels(shop, settings):
    finds = Finds()
    client: pymongo.MongoClient = pymongo.MongoClient(
        settings.mongodb_uri, tz_aware=True, event_listeners=[finds]
    )
    away = redis.Redis.from_url("redis://127.0.0.1:9", socket_timeout=1)
    hub = events.Hub(away, client[settings.mongodb_database])
    mailboxes = {f"order:{number}": hub.listen(f"order:{number}") for number in range(40)}
    for channel in mailboxes:
        happens(shop, channel)

    until(lambda: all(not mailbox.empty() for mailbox in mailboxes.values()), 20)

    assert finds.asked["find"] == 0
    assert finds.asked["aggregate"] <= 5
    for channel, mailbox in mailboxes.items():
        hub.leave(channel, mailbox)
