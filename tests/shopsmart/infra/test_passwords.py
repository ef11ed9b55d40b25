"""Hashing: slow on purpose, so never too many at once and never on the event loop."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from shopsmart.infra import passwords
from shopsmart.settings import Settings

QUICK = Settings(env="test", password_memory_kib=64, password_hash_slots=3)

UNDER_GEVENT = """
from gevent import monkey
monkey.patch_all()
import gevent
from shopsmart.infra import passwords
from shopsmart.settings import Settings

settings = Settings(password_hash_slots=1)
ticks = 0

def tick():
    global ticks
    while True:
        ticks += 1
        gevent.sleep(0.005)

gevent.spawn(tick)
hashing = [gevent.spawn(passwords.hashed, settings, "lotus pond") for _ in range(4)]
gevent.joinall(hashing)
assert all(passwords.matches(settings, one.value, "lotus pond") for one in hashing)
print(ticks)
"""


def test_a_hash_knows_its_password_and_no_other():
    kept = passwords.hashed(QUICK, "lotus pond")

    assert passwords.matches(QUICK, kept, "lotus pond")
    assert not passwords.matches(QUICK, kept, "lotus pool")
    assert not passwords.matches(QUICK, None, "nobody has this password")
    assert not passwords.matches(QUICK, "not a hash", "lotus pond")
    assert passwords.hashed(QUICK, "lotus pond") != kept


def test_production_hashes_are_argon2id_of_the_advised_size():
    kept = passwords.hashed(Settings(), "lotus pond")

    assert kept.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert passwords.outdated(QUICK, kept) and not passwords.outdated(Settings(), kept)


def test_no_more_are_hashed_at_once_than_there_are_slots(monkeypatch):
    running, most, guard, all_busy = 0, 0, threading.Lock(), threading.Event()

    def work(*_):
        nonlocal running, most
        with guard:
            running += 1
            most = max(most, running)
            if running == QUICK.password_hash_slots:
                all_busy.set()
        all_busy.wait(5)
        with guard:
            running -= 1
        return True

    monkeypatch.setattr(passwords, "_verify", work)
    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(lambda _: passwords.matches(QUICK, None, "x"), range(24)))

    assert most == QUICK.password_hash_slots


def test_the_event_loop_goes_on_while_passwords_are_hashed():
    ran = subprocess.run(
        [sys.executable, "-c", UNDER_GEVENT], capture_output=True, text=True, timeout=60, check=False
    )

    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 12  # on the loop itself it would be about one tick for each of the four
