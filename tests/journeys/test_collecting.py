"""An order that is collected at the counter: its code is guarded like the one at the door."""

import threading

import pytest

from shopsmart.dispatch import service as dispatch
from shopsmart.errors import Conflict, Invalid
from shopsmart.orders import service
from tests.journeys.test_rerouting import Town
from tests.makers import PATIA, actor, an_admin


@pytest.fixture
def counter(shop):
    """A town and an order that waits at its store's counter."""
    town = Town(shop, places=(PATIA,))
    order = town.place(mode="pickup")
    store_id, manager = town.stores[0]["_id"], town.managers[0]
    service.store_acts(shop, manager, store_id, order["_id"], "accept")
    for line in order["lines"]:
        service.pick_line(shop, manager, store_id, order["_id"], line["id"], 2)
    return town, service.pack(shop, manager, store_id, order["_id"])


def show(shop, counter, code):
    town, order = counter
    return service.hand_over(shop, town.managers[0], town.stores[0]["_id"], order["_id"], code)


def wrong(order):
    return f"{(int(order['delivery_code']) + 1) % 10_000:04d}"


def refusal(shop, counter, code):
    with pytest.raises((Invalid, Conflict)) as refused:
        show(shop, counter, code)
    return refused.value.code, refused.value.facts.get("attempts_left")


def test_five_wrong_codes_lock_the_counter_and_a_new_code_opens_it(shop, counter):
    town, order = counter

    answers = [refusal(shop, counter, wrong(order)) for _ in range(5)]

    assert answers == [("wrong_code", left) for left in (4, 3, 2, 1, 0)]
    assert refusal(shop, counter, order["delivery_code"]) == ("code_locked", None)
    assert "order.code_locked" in [entry["type"] for entry in town.now(order)["outbox"]]

    dispatch.new_delivery_code(shop, actor(an_admin(shop)), order["_id"], "locked")
    assert show(shop, counter, town.now(order)["delivery_code"])["status"] == "collected"


def test_the_right_code_collects_and_says_so_again(shop, counter):
    _, order = counter
    assert refusal(shop, counter, wrong(order)) == ("wrong_code", 4)
    first, again = (show(shop, counter, order["delivery_code"]) for _ in range(2))
    assert first["status"] == again["status"] == "collected"


def test_however_many_guess_at_once_only_so_many_codes_are_looked_at(shop, counter):
    _, order = counter
    start, answers = threading.Barrier(8), []

    def guess():
        start.wait()
        answers.append(refusal(shop, counter, wrong(order))[0])

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["code_locked"] * 3 + ["wrong_code"] * 5
