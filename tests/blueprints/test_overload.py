"""A burst waits its turn, a standing line is sent away, what was begun goes on, and nobody loses his place."""

import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

import pytest

from blueprints import overload
from blueprints.overload import BEGUN, CATALOGUE, NEW, READS, Gate, Standing, class_of
from shopsmart.errors import Unavailable
from tests.processes import api_server, until


class Ticks:
    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


class Occupied:
    """Requests that stay until they are told to go, on real threads."""

    def __init__(self, gate):
        self.gate, self.inside, self.waits = gate, [], []
        self._hands = ThreadPoolExecutor(32)

    def send(self):
        arrived, go = threading.Event(), threading.Event()

        def stay():
            with self.gate.place() as waited:
                self.waits.append(waited)
                arrived.set()
                go.wait(20)

        self.inside.append((arrived, go))
        return self._hands.submit(stay)

    def line(self):
        return len(self.gate._line)

    def end(self):
        for _, go in self.inside:
            go.set()
        self._hands.shutdown()


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
def occupied(ticks):
    made = []

    def make(name=NEW, places=1, most_waiting=10):
        made.append(Occupied(Gate(name, places, most_waiting, ticks)))
        return made[-1]

    yield make
    for one in made:
        one.end()


def full(one, waiting=0):
    """One request at work and so many in line."""
    one.send()
    assert one.inside[0][0].wait(10)
    for number in range(waiting):
        one.send()
        until(lambda number=number: one.line() == number + 1)


def test_a_line_that_was_quick_lately_takes_everybody(ticks):
    standing = Standing(ticks())
    standing.called(101.0, 0.4)

    assert standing.takes(103.9, waiting=290)


def test_a_standing_line_takes_only_as_many_as_will_be_called_soon(ticks):
    standing = Standing(ticks())
    for tenth in range(1, 61):  # ten a second, each after two seconds
        standing.called(100 + tenth / 10, 2.0)

    assert standing.takes(106.0, waiting=4)
    assert not standing.takes(106.0, waiting=6)


def test_a_standing_line_that_is_held_short_stands_until_there_is_a_free_place(ticks):
    standing = Standing(ticks())
    assert not standing.takes(106.0, waiting=1)
    standing.called(106.1, 0.2)
    assert not standing.takes(106.2, waiting=5)

    standing.called(106.3, 0)

    assert standing.takes(106.4, waiting=5)


def test_turns_come_in_the_order_of_arrival(occupied, ticks):
    one = occupied()
    full(one, waiting=3)

    for number in range(4):
        assert one.inside[number][0].wait(10)
        assert not any(later.is_set() for later, _ in one.inside[number + 1 :])
        ticks.seconds += 0.1
        one.inside[number][1].set()

    until(lambda: len(one.waits) == 4)
    assert [round(waited, 1) for waited in one.waits] == [0.0, 0.1, 0.2, 0.3]


def test_a_newcomer_to_a_standing_line_is_sent_away_at_once_and_so_is_who_waited_too_long(occupied, ticks):
    one = occupied()
    full(one, waiting=2)
    ticks.seconds += overload.WINDOW_SECONDS + 0.1

    with pytest.raises(Unavailable) as refused, one.gate.place():
        pass

    assert refused.value.code == "server_busy"
    for _, go in one.inside:
        go.set()
    until(lambda: one.line() == 0)
    assert one.waits == [0.0]
    with one.gate.place() as waited:
        assert waited == 0.0


def test_what_was_begun_keeps_its_turn_in_a_standing_line(occupied, ticks):
    one = occupied(BEGUN)
    full(one, waiting=2)
    ticks.seconds += overload.WINDOW_SECONDS + 0.1

    for _, go in one.inside:
        go.set()

    until(lambda: len(one.waits) == 3)


def test_what_was_begun_is_not_sent_away_from_a_standing_line(occupied, ticks):
    one = occupied(BEGUN)
    full(one, waiting=2)
    ticks.seconds += 60

    one.send()

    until(lambda: one.line() == 3)


def test_a_line_has_an_end(occupied):
    one = occupied(BEGUN, most_waiting=2)
    full(one, waiting=2)

    with pytest.raises(Unavailable), one.gate.place():
        pass


def test_who_waited_too_long_leaves_the_line_and_takes_no_place_with_him(occupied, monkeypatch):
    monkeypatch.setattr(overload, "PATIENCE_SECONDS", 0.05)
    one = occupied()
    full(one)

    with pytest.raises(Unavailable), one.gate.place():
        pass

    assert one.line() == 0
    one.inside[0][1].set()
    until(lambda: one.gate._free == 1)
    with one.gate.place() as waited:
        assert waited == 0


@pytest.mark.parametrize(
    ("method", "rule", "name"),
    [
        ("POST", "/api/v1/orders", NEW),
        ("POST", "/api/v1/cart/quote", NEW),
        ("GET", "/api/v1/products", CATALOGUE),
        ("HEAD", "/api/v1/products/<sku>", CATALOGUE),
        ("GET", "/api/v1/orders", READS),
        ("POST", "/api/v1/orders/<order_id>/payments", BEGUN),
        ("POST", "/api/v1/orders/<order_id>/payments/confirm", BEGUN),
        ("POST", "/api/v1/orders/<order_id>/cancel", BEGUN),
        ("POST", "/api/v1/webhooks/<provider>", BEGUN),
        ("POST", "/api/v1/rider/locations", BEGUN),
        ("POST", "/api/v1/store/orders/<order_id>/accept", BEGUN),
        ("GET", "/api/v1/orders/<order_id>/events", None),
        ("GET", "/readyz", None),
    ],
)
def test_routes_of_one_kind_share_places(app, method, rule, name):
    assert rule in {known.rule for known in app.url_map.iter_rules()}

    assert class_of(method, rule) == name


def test_a_busy_server_says_so_while_health_and_other_routes_go_on(app, client):
    gate = app.extensions["overload"].of("GET", "/api/v1/products")
    free, gate._free, gate._most_waiting = (gate._free, gate._most_waiting), 0, 0
    try:
        refused = client.get("/api/v1/products?lat=20.35&lng=85.82")

        assert (refused.status_code, refused.json["code"]) == (503, "server_busy")
        assert refused.headers["Retry-After"] and refused.headers["X-Request-ID"]
        assert refused.json["request_id"] == refused.headers["X-Request-ID"]
        assert client.get("/healthz").status_code == 200
        assert client.get("/api/v1/openapi.json").status_code == 200
    finally:
        gate._free, gate._most_waiting = free


def test_three_hundred_at_one_instant_are_all_served_by_a_real_server(shop, tmp_path):
    with api_server(shop.settings, tmp_path, SHOPSMART_REQUESTS_AT_ONCE=4) as url:

        def ask(_number):
            request = Request(f"{url}/api/v1/serviceability?lat=20.35&lng=85.82")
            with urlopen(request, timeout=30) as answer:
                return answer.status

        with ThreadPoolExecutor(150) as hands:
            assert set(hands.map(ask, range(300))) == {200}

        with urlopen(f"{url}/metrics", timeout=10) as answer:
            assert b"shopsmart_request_wait_seconds_count" in answer.read()
