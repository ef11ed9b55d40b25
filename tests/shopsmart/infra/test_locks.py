"""The mutex in Redis: one holder at a time, and nobody frees what somebody else holds by now."""

import time

import pytest

from shopsmart.infra.locks import Busy


def test_one_holds_it_and_others_are_told_that_it_is_busy(shop):
    with shop.only_one("till", wait_seconds=0), pytest.raises(Busy), shop.only_one("till", wait_seconds=0):
        pass
    with shop.only_one("till", wait_seconds=0) as held:
        assert held


def test_whose_lease_ran_out_does_not_free_the_next_ones_lock(shop):
    slow = shop.only_one("till", lease_seconds=0.05)
    slow.__enter__()
    time.sleep(0.2)
    with shop.only_one("till", lease_seconds=60, wait_seconds=5):
        slow.__exit__(None, None, None)

        with pytest.raises(Busy), shop.only_one("till", wait_seconds=0):
            pass
