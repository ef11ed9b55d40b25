"""What comes back of a flood is read rightly, and the flood keeps its own time."""

import itertools
import json
import socketserver
import threading

import pytest

from bench.chaos import flood, nemesis
from bench.chaos.load import Done
from bench.chaos.scenarios import SCENARIOS, _served
from tests.processes import until

ORDER = {
    "id": "order-1",
    "status": "placed",
    "totals": {"total": {"amount": 4_900}},
    "lines": [{"sku": "RICE", "quantity": 2}],
}


class _Shop(socketserver.StreamRequestHandler):
    """Takes the first order of each key, is busy for the next, and hangs up on a third."""

    def handle(self):
        head, length = [], 0
        while (line := self.rfile.readline().strip()) != b"":
            head.append(line)
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.rfile.read(length)
        kind = next(line for line in head if line.startswith(b"Idempotency-Key")).split(b": ")[1]
        if kind == b"gone":
            return
        status, body = (201, ORDER) if kind == b"good" else (503, {"code": "server_busy"})
        text = json.dumps(body).encode()
        self.wfile.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(text)) + text)


@pytest.fixture
def shop_port():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_each_answer_of_a_flood_is_told_apart(shop_port):
    orders = [
        {"token": "t", "key": key, "body": {}, "at": at / 10}
        for at, key in enumerate(["good", "busy", "gone"])
    ]

    answers = {one.n: one for one in flood.run("127.0.0.1", shop_port, orders, 0.3).answers}

    assert [(answers[n].status, answers[n].code) for n in range(3)] == [
        (201, ""),
        (503, "server_busy"),
        (0, ""),
    ]
    assert answers[0].answer == {
        "id": "order-1",
        "status": "placed",
        "total": 4_900,
        "lines": [["RICE", 2]],
    }
    assert all(answers[n].began >= n / 10 for n in range(3))


def test_customers_who_wait_for_their_answer_send_no_faster(shop_port):
    orders = [{"token": "t", "key": "good", "body": {}, "at": 0} for _ in range(5)]

    answers = flood.run("127.0.0.1", shop_port, orders, 20, closed=1).answers

    assert len(answers) == 5
    assert all(before.finished <= after.began for before, after in itertools.pairwise(answers))


def test_a_read_that_needed_a_second_try_was_not_served():
    def read(status, unknowns):
        return Done("catalogue", 5.0, 6.0, status, "", unknowns, 0, 1.0)

    done = [read(200, 0), read(200, 1), read(503, 1), Done("read", 5.0, 6.0, 503, "", 1, 0, 1.0)]

    assert _served(done, 0.0, 10.0) == pytest.approx(1 / 3)
    assert _served(done, 7.0, 10.0) == 0


def test_the_tour_fits_into_about_ten_minutes_and_the_soak_is_for_the_long_run():
    assert sum(one.weight for one in SCENARIOS if not one.long_only) <= 700
    assert [one.id for one in SCENARIOS if one.long_only] == ["P20"]
    assert len({one.id for one in SCENARIOS}) == len(SCENARIOS)


def test_a_jump_of_redis_clock_ends_young_leases_and_shortens_old_ones(shop):
    shop.redis.set("young", "1", px=5_000)
    shop.redis.set("old", "1", px=100_000)
    shop.redis.set("for ever", "1")

    nemesis.clock_jumps(shop.redis, 60)

    until(lambda: not shop.redis.exists("young"))
    assert 0 < shop.redis.pttl("old") <= 40_000
    assert shop.redis.pttl("for ever") == -1
