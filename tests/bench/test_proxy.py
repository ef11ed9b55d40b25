"""The fault proxy does what it is told, and nothing when it is told nothing."""

import socket
import socketserver
import threading
import time

import pytest

from bench.chaos.proxy import Proxy
from shopsmart.infra import embedded


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65_536):
            self.request.sendall(data)


@pytest.fixture
def echo():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def proxy(echo, tmp_path):
    started = Proxy({"echo": (embedded.free_port(), echo)}, seed=1, log=tmp_path / "proxy.log")
    yield started
    started.stop()


def connect(proxy):
    return socket.create_connection(("127.0.0.1", proxy.routes["echo"][0]), timeout=2)


def say(connection, words=b"hello"):
    connection.sendall(words)
    try:
        return connection.recv(65_536)
    except ConnectionError:
        return b""


def test_a_whole_wire_carries_everything(proxy):
    with connect(proxy) as connection:
        assert [say(connection, word) for word in (b"one", b"two")] == [b"one", b"two"]


def test_a_cut_wire_throws_everybody_out_and_lets_nobody_in_until_it_is_mended(proxy):
    with connect(proxy) as connection:
        say(connection)
        proxy.set("echo", cut=True)
        assert say(connection) == b""
    with connect(proxy) as connection:
        assert say(connection) == b""

    proxy.set("echo")

    with connect(proxy) as connection:
        assert say(connection) == b"hello"


def test_a_cut_that_is_meant_for_one_kind_of_client_leaves_the_others(proxy):
    with connect(proxy) as driver, connect(proxy) as member:
        say(driver, b"I am PyMongo")
        say(member, b"I am a member")
        proxy.set("echo", cut=True, only="PyMongo")

        assert say(driver) == b""
        assert say(member) == b"hello"


def test_a_silent_wire_stands_and_says_nothing(proxy):
    with connect(proxy) as connection:
        say(connection)
        proxy.set("echo", silent=True)
        connection.settimeout(0.3)

        with pytest.raises(TimeoutError):
            say(connection)


def test_a_lost_answer_is_lost_after_the_request_got_through(proxy):
    proxy.set("echo", drop_answers=1.0)

    with connect(proxy) as connection:
        assert say(connection) == b""


def test_a_slow_wire_is_slow_both_ways(proxy):
    proxy.set("echo", delay_ms=100)

    with connect(proxy) as connection:
        began = time.monotonic()
        assert say(connection) == b"hello"

    assert time.monotonic() - began >= 0.2
