"""Idempotency keys: one effect per key, however often, however parallel, whatever died in between."""

import dataclasses
import threading
from datetime import timedelta

import pytest
from pymongo.errors import AutoReconnect

from shopsmart import context
from shopsmart.errors import Conflict
from shopsmart.infra import idempotency
from shopsmart.infra.idempotency import KEEP_SECONDS, LEASE_SECONDS, InProgress, KeyReused, once

BODY = {"lines": [{"sku": "A", "delta": 1}], "note": None}


def counting(shop):
    """Work whose effect can be counted, keyed by nothing: doing it twice shows."""

    def work():
        shop.db.notifications.insert_one({"at": shop.now()})
        return {"number": shop.db.notifications.count_documents({})}

    return work


def effects(shop):
    return shop.db.notifications.count_documents({})


def refused():
    raise Conflict("Not now.")


def test_the_second_request_gets_the_first_one_s_answer(shop):
    first = once(shop, "asha|POST /x", "k", BODY, counting(shop))
    second = once(shop, "asha|POST /x", "k", dict(reversed(BODY.items())), counting(shop))

    assert first == ({"number": 1}, False)
    assert second == ({"number": 1}, True)
    assert effects(shop) == 1


def test_another_body_under_the_same_key_is_refused_running_or_done(shop):
    def meanwhile():
        with pytest.raises(KeyReused):
            once(shop, "asha", "k", {"lines": []}, counting(shop))
        return {}

    once(shop, "asha", "k", BODY, meanwhile)
    with pytest.raises(KeyReused):
        once(shop, "asha", "k", {"lines": []}, counting(shop))

    assert effects(shop) == 0


def test_a_key_belongs_to_its_user_its_route_and_its_store(shop):
    scopes = ["asha|POST /x", "asha|POST /y", "bina|POST /x", "asha|store-1|POST /x", "asha|store-2|POST /x"]

    answers = [once(shop, scope, "k", BODY, counting(shop)) for scope in scopes]

    assert [replayed for _, replayed in answers] == [False] * 5
    assert effects(shop) == 5


def test_while_the_first_is_running_the_others_are_told_to_come_back(shop):
    def meanwhile():
        with pytest.raises(InProgress) as refusal:
            once(shop, "asha", "k", BODY, counting(shop))
        assert refusal.value.retry_after == 1
        return "done"

    assert once(shop, "asha", "k", BODY, meanwhile) == ("done", False)


def test_a_refusal_frees_the_key_for_any_body(shop):
    with pytest.raises(Conflict):
        once(shop, "asha", "k", BODY, refused)

    assert shop.db.idempotency.count_documents({}) == 0
    assert once(shop, "asha", "k", {"lines": []}, counting(shop)) == ({"number": 1}, False)


def test_work_that_broke_off_is_continued_at_once_but_only_with_its_own_body(shop):
    def breaks_off():
        shop.db.notifications.insert_one({"at": shop.now()})
        raise AutoReconnect("the answer was lost")

    with pytest.raises(AutoReconnect):
        once(shop, "asha", "k", BODY, breaks_off)
    with pytest.raises(KeyReused):
        once(shop, "asha", "k", {"lines": []}, counting(shop))

    assert once(shop, "asha", "k", BODY, lambda: "continued") == ("continued", False)


def test_a_dead_one_s_work_is_taken_over_when_its_lease_has_run_out_and_not_before(shop, clock):
    idempotency._claim(
        shop, {"_id": "asha|k", "state": "running", "owner": "dead"}, idempotency.fingerprint(BODY)
    )

    clock.forward(seconds=LEASE_SECONDS - 1)
    with pytest.raises(InProgress):
        once(shop, "asha", "k", BODY, counting(shop))
    clock.forward(seconds=1)

    assert once(shop, "asha", "k", BODY, counting(shop)) == ({"number": 1}, False)


@pytest.mark.parametrize("end", ["refused", "done"])
def test_who_was_taken_over_does_not_touch_the_new_owner_s_record(shop, clock, end):
    def slow():
        clock.forward(seconds=LEASE_SECONDS + 1)
        assert once(shop, "asha", "k", BODY, lambda: "second") == ("second", False)
        if end == "refused":
            raise Conflict("Too late.")
        return "first, late"

    if end == "refused":
        with pytest.raises(Conflict):
            once(shop, "asha", "k", BODY, slow)
    else:
        once(shop, "asha", "k", BODY, slow)

    assert once(shop, "asha", "k", BODY, counting(shop)) == ("second", True)


@pytest.mark.parametrize("end", [refused, lambda: "late"])
def test_who_was_taken_over_leaves_the_new_owner_running(shop, clock, end):
    second = {"_id": "asha|k", "state": "running", "owner": "second"}

    def slow():
        clock.forward(seconds=LEASE_SECONDS + 1)
        assert idempotency._claim(shop, second, idempotency.fingerprint(BODY)) is None
        return end()

    try:
        once(shop, "asha", "k", BODY, slow)
    except Conflict:
        pass

    assert shop.db.idempotency.count_documents(second) == 1


def test_twenty_at_once_have_one_effect_and_one_answer(shop, settings):
    real = dataclasses.replace(context.build(settings), publish=lambda *_: None)
    ready, answers, told = threading.Barrier(20), [], []

    def call():
        ready.wait()
        while True:
            try:
                answers.append(once(real, "asha", "k", BODY, counting(shop)))
                return
            except InProgress:
                told.append(1)

    threads = [threading.Thread(target=call) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert effects(shop) == 1
    assert len(answers) == 20
    assert {answer["number"] for answer, _ in answers} == {1}
    assert sum(not replayed for _, replayed in answers) == 1


def test_of_many_who_would_take_over_one_does(shop, settings):
    real = context.build(settings)
    late = dataclasses.replace(real, now=lambda: real.now() + timedelta(seconds=LEASE_SECONDS + 5))
    idempotency._claim(
        real, {"_id": "asha|k", "state": "running", "owner": "dead"}, idempotency.fingerprint(BODY)
    )
    ready, took = threading.Barrier(10), []

    def call():
        ready.wait()
        try:
            _, replayed = once(late, "asha", "k", BODY, counting(shop))
            took.append(not replayed)
        except InProgress:
            pass

    threads = [threading.Thread(target=call) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert took.count(True) == effects(shop) == 1


def test_records_are_forgotten_after_two_days(shop):
    once(shop, "asha", "k", BODY, lambda: 1)

    index = shop.db.idempotency.index_information()["forget"]
    assert index["expireAfterSeconds"] == KEEP_SECONDS == 48 * 3_600
    assert shop.db.idempotency.find_one()["at"] == shop.now()
