"""What is tried and what must hold: one function a promise, in one table.

A scenario loads the platform, breaks something, and says what it saw in one figure; `Stage.judge` then holds every
acknowledged call against the database and runs the platform's own checker. Times are those of the short tour.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from bench import race
from bench.chaos import nemesis
from bench.chaos.front import Front
from bench.chaos.listeners import Listener
from bench.chaos.load import RESOLVE_SECONDS, Client, Done, longest_gap, order_body, pay, quantile
from bench.chaos.stage import Skipped, Stage
from bench.chaos.world import Person, sign_in
from bench.client import Caller
from shopsmart.infra import embedded, events
from shopsmart.infra.idempotency import fingerprint

WRITES_BACK_SECONDS = 15.0
HEALS_SECONDS = 30.0
_KEPT_STATES = ("placed", "accepted", "picking", "packed")


@dataclass(frozen=True)
class Scenario:
    """`run` returns the key figure and adds what must not be to the stage's violations."""

    id: str
    faults: str
    run: Callable[[Stage], str]
    weight: float  # about how many seconds it takes in the short tour


def _crowd(url: str, buyers: int) -> race.Race:
    with redirect_stdout(StringIO()):  # how long signing up took is no news here
        return race.Race(url, buyers)


# --- stock -----------------------------------------------------------------------------------------------------


def last_unit(stage: Stage) -> str:
    """P1: a hundred buyers, one unit; then a few units."""
    crowd = _crowd(stage.rig.url, 100)
    times: list[float] = []
    rounds = [1] * stage.times(20) + [5, 50]
    for units in rounds:
        faults, answers = race.few_units(crowd, 100, units)
        stage.asked += len(answers)
        stage.violations += [f"{units} units: {fault}" for fault in faults]
        times += [answer.seconds for answer in answers]
    crowd.close()
    return f"{len(rounds)} rounds, p99 {quantile(times, 0.99) * 1000:.0f} ms"


def mixed_baskets(stage: Stage) -> str:
    """P2: baskets of several lines in any order, one SKU in them twice."""
    crowd = _crowd(stage.rig.url, 50)
    slowest = 0.0
    rounds = stage.times(5)
    for _ in range(rounds):
        faults, answers = race.mixed_baskets(crowd, 50, stage.rng)
        stage.asked += len(answers)
        stage.violations += faults
        slowest = max(slowest, *(answer.seconds for answer in answers))
    crowd.close()
    stage.must(slowest <= 5, f"a basket was stuck for {slowest:.1f} s")
    return f"{rounds} rounds of 50 baskets, slowest {slowest * 1000:.0f} ms"


def expiry_against_payment(stage: Stage) -> str:
    """P3: customers pay within a blink of the end of their hold; each order has one end, money is never just kept."""
    trials = stage.times(48)
    with stage.rig.other_settings(SHOPSMART_HOLD_SECONDS="5"):
        with ThreadPoolExecutor(24) as hands:
            seeds = [stage.rng.random() for _ in range(trials)]
            ids = [one for one in hands.map(lambda seed: _pay_at_the_last(stage, seed), seeds) if one]
        stage.rig.drain(60)
        ends = _ends(stage, ids)
    stage.must(set(ends) <= {"placed", "expired"}, f"orders ended as {dict(ends)}")
    stage.must(len(ids) == trials, f"{trials - len(ids)} of {trials} orders could not be placed")
    return ", ".join(f"{count} {state}" for state, count in sorted(ends.items()))


def _pay_at_the_last(stage: Stage, seed: float) -> str | None:
    rng = random.Random(seed)
    client, person = Client(stage.rig.url, stage.journal), rng.choice(stage.world.customers)
    body = order_body(stage.world, rng, "sandbox")
    placed, order = client.call("place", person, "POST", "/orders", body, f"{rng.getrandbits(96):024x}")
    stage.done.append(placed)
    if placed.status != 201:
        return None
    begun, intent = client.call(
        "begin_payment",
        person,
        "POST",
        f"/orders/{order['id']}/payments",
        {"provider": "sandbox"},
        f"{rng.getrandbits(96):024x}",
        order=order["id"],
    )
    stage.done.append(begun)
    if begun.status == 201:
        ends_at = datetime.fromisoformat(intent["expires_at"]).timestamp()
        # Three calls take about 40 ms; some end before the hold does, some after.
        time.sleep(max(0.0, ends_at + rng.uniform(-0.15, 2.0) - time.time()))
        stage.done += pay(client, person, order["id"], f"{rng.getrandbits(96):024x}")
    return str(order["id"])


def _ends(stage: Stage, ids: list[str]) -> Counter[str]:
    give_up_at = time.monotonic() + 60
    while True:
        ends = Counter(
            order["status"] for order in stage.rig.shop.db.orders.find({"_id": {"$in": ids}}, {"status": 1})
        )
        if "payment_pending" not in ends or time.monotonic() > give_up_at:
            return ends
        time.sleep(0.5)


def lost_answers(stage: Stage) -> str:
    """P4: three answers of ten are lost on the way and half the orders are sent twice at once."""
    stage.rig.proxy.set("api", drop_answers=0.3)
    with stage.load(stage.rig.proxied_url, doubled=0.5, reads=2):
        time.sleep(stage.seconds(15))
    stage.rig.proxy.set("api")
    placed = [one for one in stage.done if one.op == "place" and one.status == 201]
    stage.must(bool(placed), "nothing was placed")
    stage.must(_other_body_refused(stage), "a used key with another body was not refused")
    return f"{len(placed)} placed, {sum(one.unknowns for one in placed)} answers lost"


def _other_body_refused(stage: Stage) -> bool:
    client, person, key = Client(stage.rig.url, stage.journal), stage.world.customers[0], "a-key-used-twice"
    bodies = [order_body(stage.world, stage.rng) for _ in range(2)]
    if fingerprint(bodies[0]) == fingerprint(bodies[1]):
        bodies[1] = order_body(stage.world, stage.rng)
    first, _ = client.call("place", person, "POST", "/orders", bodies[0], key)
    second, _ = client.call("other_body", person, "POST", "/orders", bodies[1], key)
    return (first.status, second.status, second.code) == (201, 422, "idempotency_key_reused")


def without_the_mutex(stage: Stage) -> str:
    """P5: the last unit again while Redis dies, forgets, freezes, and the mutex's holder stands still."""
    rig, seen = stage.rig, []
    crowd = _crowd(rig.url, 100)

    def round_with(name: str, trouble: AbstractContextManager[object], mend: Callable[[], None]) -> None:
        crowd_sku_warm = race.few_units(crowd, 100, 1)  # makes the way hot; counts as a round of its own
        with trouble:
            faults, answers = race.few_units(crowd, 100, 1)
        mend()
        for found in (crowd_sku_warm[0], faults):
            stage.violations.extend(f"{name}: {fault}" for fault in found)
        stage.asked += 2 * len(answers)
        seen.append(f"{name} {quantile([one.seconds for one in answers], 0.99) * 1000:.0f} ms")

    for _ in range(stage.times(1)):
        round_with("killed", _shortly(stage, rig.redis.kill), lambda: rig.start_redis(empty=True))
        round_with("emptied", _shortly(stage, rig.shop.redis.flushall), _nothing)
        round_with("redis frozen", nemesis.frozen(rig.redis), _nothing)
        round_with("holder frozen", _frozen_for(stage, 3.0), _nothing)
    crowd.close()
    with rig.other_settings("api", SHOPSMART_HOT_SKU_LOSSES="1000000"):
        crowd = _crowd(rig.url, 100)
        round_with("mutex off", nullcontext(), _nothing)
        crowd.close()
    return "p99: " + ", ".join(seen)


def _nothing() -> None:
    return None


class _shortly:
    """Do something a moment after the block began."""

    def __init__(self, stage: Stage, work: Callable[[], object]):
        self._stage, self._work = stage, work

    def __enter__(self) -> None:
        self._timer = self._stage.meanwhile(0.4, self._work)

    def __exit__(self, *_: object) -> None:
        self._timer.join()


class _frozen_for:
    """One API worker stands still from a moment after the block began, longer than the mutex's lease."""

    def __init__(self, stage: Stage, seconds: float):
        self._stage, self._seconds = stage, seconds

    def __enter__(self) -> None:
        self._timer = self._stage.meanwhile(0.4, self._freeze)

    def _freeze(self) -> None:
        with nemesis.frozen_worker(self._stage.rig.api, self._stage.rng):
            time.sleep(self._seconds)

    def __exit__(self, *_: object) -> None:
        self._timer.join()


# --- faults ----------------------------------------------------------------------------------------------------


def primary_killed(stage: Stage) -> str:
    """P9: the primary is killed under load and comes back later; then another one steps down."""
    rig = stage.rig
    with stage.load() as load:
        time.sleep(stage.seconds(15))
        killed_at = time.monotonic()
        number = nemesis.kill_primary(rig)
        time.sleep(stage.seconds(20))
        rig.replica_set.members[number].start()
        time.sleep(stage.seconds(10))
        stepped_at = time.monotonic()
        rig.replica_set.step_down()
        time.sleep(stage.seconds(8))
        ended_at = time.monotonic()
    back = longest_gap(load.done, "place", killed_at, stepped_at)
    again = longest_gap(load.done, "place", stepped_at, ended_at)
    stage.must(back <= WRITES_BACK_SECONDS, f"writes were back after {back:.1f} s only")
    stage.must(again <= WRITES_BACK_SECONDS, f"after stepping down writes were back after {again:.1f} s only")
    return f"writes back in {back:.1f} s (killed), {again:.1f} s (stepped down)"


def primary_frozen(stage: Stage) -> str:
    """P9: the primary freezes long enough to be replaced, then wakes and believes to be primary still."""
    rig = stage.rig
    with stage.load() as load:
        time.sleep(stage.seconds(5))
        began = time.monotonic()
        number = rig.replica_set.wait_for_primary(30)
        with nemesis.frozen(rig.replica_set.members[number]):
            time.sleep(rig.replica_set.election_ms / 1000 + stage.seconds(10))
        time.sleep(stage.seconds(5))
        back = longest_gap(load.done, "place", began, time.monotonic())
    stage.must(back <= HEALS_SECONDS, f"writes were back after {back:.1f} s only")
    return f"writes back in {back:.1f} s"


def redis_lost(stage: Stage) -> str:
    """P10: Redis is gone for a while and comes back empty; later it forgets everything at once, then hesitates."""
    rig = stage.rig
    gone = _signed_out(stage)
    with stage.load() as load:
        time.sleep(stage.seconds(4))
        began = time.monotonic()
        rig.redis.kill()
        time.sleep(stage.seconds(20))
        ended = time.monotonic()
        rig.start_redis(empty=True)
        time.sleep(stage.seconds(4))
        rig.shop.redis.flushall()
        time.sleep(stage.seconds(4))
        rig.shop.redis.execute_command("CLIENT", "PAUSE", int(stage.seconds(4) * 1000))
        time.sleep(stage.seconds(8))
    during = [one for one in load.done if one.op == "place" and began <= one.intended <= ended]
    good = [one for one in during if one.status == 201 and not one.unknowns]
    stage.must(
        len(good) >= 0.99 * len(during), f"only {len(good)} of {len(during)} orders went well without Redis"
    )
    stage.must(_is_refused(stage, gone), "a session that was ended lives again")
    p95 = quantile([one.seconds for one in during], 0.95)
    return f"{len(good)} of {len(during)} orders without Redis, p95 {p95 * 1000:.0f} ms"


def _signed_out(stage: Stage) -> Person:
    user = stage.rig.shop.db.users.find_one({"_id": stage.world.customers[-1].user_id})
    assert user is not None
    person = sign_in(stage.rig.url, user)
    Caller(stage.rig.url, person.token).call("POST", "/auth/logout")
    return person


def _is_refused(stage: Stage, person: Person) -> bool:
    return Caller(stage.rig.url, person.token).call("GET", "/me").status == 401


def workers_killed(stage: Stage) -> str:
    """P11: job workers and the scheduler are killed in turn; every event still has its effect, once."""
    rig, kills = stage.rig, 0
    victims = [*rig.workers[:2], rig.scheduler]
    with stage.load(orders=6, cancelled=0.3):
        ends_at = time.monotonic() + stage.seconds(28)
        while time.monotonic() < ends_at:
            time.sleep(4)
            victims[kills % len(victims)].kill()
            kills += 1
    began = time.monotonic()
    stage.must(rig.drain(120), "events were not done within 120 s")
    took = time.monotonic() - began
    mails, owed = _mails(stage)
    stage.must(mails == owed, f"{mails} mails for {owed} events")
    return f"{kills} kills, {mails} mails for {owed} events, last done {took:.0f} s after"


def _mails(stage: Stage) -> tuple[int, int]:
    """Mails that went out to the load's customers, and the mail events there were."""
    db = stage.rig.shop.db
    owed = db.deliveries.count_documents({"subscriber": "mail"})
    sent = db.notifications.count_documents({"state": {"$in": ["sent", "skipped"]}})
    return sent, owed


def api_workers_killed(stage: Stage) -> str:
    """P12: one of the API's worker processes is killed every few seconds."""
    rig, kills, allowed, slowest = stage.rig, 0, 0, 0.0
    with stage.load() as load:
        ends_at = time.monotonic() + stage.seconds(20)
        while time.monotonic() < ends_at:
            time.sleep(3)
            before, under_way = len(rig.api.children()), load.under_way
            if nemesis.kill_one_of(rig.api, stage.rng):
                kills, allowed = kills + 1, allowed + max(8, under_way)
            began = time.monotonic()
            while len(rig.api.children()) < before and time.monotonic() < began + 10:
                time.sleep(0.02)
            slowest = max(slowest, time.monotonic() - began)
    broken = sum(one.broken for one in load.done)
    stage.must(
        broken <= allowed, f"{broken} calls were broken off by {kills} kills, {allowed} were under way"
    )
    stage.must(slowest <= 2, f"a worker came back after {slowest:.1f} s only")
    return f"{kills} kills, {broken} calls broken off, worker back in {slowest:.1f} s"


def rolling_restart(stage: Stage) -> str:
    """P13: two API servers behind nginx, reloaded and then replaced one by one; nobody notices."""
    rig = stage.rig
    port = embedded.free_port()
    other = rig.api_process("api2", port)
    other.start()
    rig.wait_ready(port)
    front = Front(rig, [rig.api_port, port])
    try:
        with stage.load(front.url) as load:
            time.sleep(3)
            for server in (rig.api, other):
                server.hang_up()
                time.sleep(stage.seconds(6))
            for server, own, peer in ((rig.api, rig.api_port, port), (other, port, rig.api_port)):
                front.use([peer])
                server.stop(10)
                server.start()
                rig.wait_ready(own)
                front.use([rig.api_port, port])
            time.sleep(2)
    finally:
        front.stop()
        other.stop()
    broken = [one for one in load.done if one.unknowns or one.status in {0, 401, 404}]
    stage.must(not broken, f"{len(broken)} requests failed: {[(one.op, one.status) for one in broken[:5]]}")
    return f"2 reloads, 2 replaced, {len(broken)} of {len(load.done)} requests failed"


def disk_full(stage: Stage) -> str:
    """P14: the primary's disk is full, then Redis' own; both have room again a little later."""
    rig = stage.rig
    if rig.small_disk is None or rig.small_redis_disk is None:
        raise Skipped("mounting a small disk is refused here")
    rig.replica_set.make_primary(0)
    with stage.load() as load:
        time.sleep(stage.seconds(3))
        began = time.monotonic()
        with nemesis.disk_full(rig.small_disk):
            time.sleep(stage.seconds(20))
        member = rig.replica_set.members[0]
        died = not member.alive
        if died:
            member.start()
        freed = time.monotonic()
        time.sleep(stage.seconds(4))
        with nemesis.disk_full(rig.small_redis_disk):
            time.sleep(stage.seconds(8))
        time.sleep(stage.seconds(4))
        ended = time.monotonic()
    rig.replica_set.wait_whole(60)
    healed = time.monotonic() - freed
    gap = longest_gap(load.done, "place", began, ended)
    stage.must(gap <= HEALS_SECONDS, f"no order for {gap:.1f} s")
    fate = "went down" if died else "lived on"
    return f"primary {fate}, longest pause {gap:.1f} s, whole again within {healed:.0f} s"


def clocks_wrong(stage: Stage) -> str:
    """P15: an API server five minutes behind, the scheduler five minutes ahead; deadlines and tokens stay right."""
    rig = stage.rig
    behind, ahead = nemesis.skewed(rig.folder, -300), nemesis.skewed(rig.folder, +300)
    if behind is None or ahead is None:
        raise Skipped("libfaketime is not installed (Debian package faketime)")
    port = embedded.free_port()
    with rig.other_settings(SHOPSMART_HOLD_SECONDS="6"), rig.other_settings("scheduler", **ahead):
        wrong = rig.api_process(
            "api-behind", port, **behind, SHOPSMART_HOLD_SECONDS="6", SHOPSMART_ACCESS_SECONDS="5"
        )
        wrong.start()
        try:
            rig.wait_ready(port)
            url = f"http://{embedded.HOST}:{port}"
            user = rig.shop.db.users.find_one({"_id": stage.world.customers[0].user_id})
            assert user is not None
            short = sign_in(url, user)
            signed_in_at = time.monotonic()
            with stage.load(orders=4, prepaid=0), stage.load(url, orders=4, prepaid=0) as skewed:
                late = max(_unpaid(stage, url, number) for number in range(stage.times(3)))
                time.sleep(stage.seconds(2))
            strange = [one for one in skewed.done if one.status in {0, 401} or one.unknowns]
            stage.must(not strange, f"{len(strange)} calls failed on the server that is behind")
            time.sleep(max(0.0, signed_in_at + 5 + 30 - time.monotonic()))
            status = Caller(url, short.token).call("GET", "/me").status
            stage.must(status == 401, f"a token 30 s past its end was answered {status}")
        finally:
            wrong.stop()
    return f"holds ended {late:.1f} s late at most, stale token refused"


def _unpaid(stage: Stage, url: str, number: int) -> float:
    """Place an order on the skewed server, leave it unpaid; how late its hold ended, in seconds."""
    client, person = Client(url, stage.journal), stage.world.customers[number]
    body = order_body(stage.world, stage.rng, "sandbox")
    began = time.time()
    done, order = client.call("place", person, "POST", "/orders", body, f"{stage.rng.getrandbits(96):024x}")
    stage.done.append(done)
    if done.status != 201:
        stage.must(False, f"an order on the server that is behind was answered {done.status} {done.code}")
        return 0.0
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        found = stage.rig.shop.db.orders.find_one({"_id": order["id"]}, {"status": 1})
        if found and found["status"] == "expired":
            late = time.time() - (began + 6)
            stage.must(late >= -2, f"a hold ended {-late:.1f} s early")
            # The sweep looks every two seconds.
            stage.must(late <= 2 + 4, f"a hold ended {late:.1f} s late")
            return late
        time.sleep(0.05)
    stage.must(False, "an unpaid order did not expire")
    return 30.0


def partitioned(stage: Stage) -> str:
    """P19: nobody reaches the primary; then only the API does not; then its connections are half open."""
    rig, figures = stage.rig, []
    parts: tuple[tuple[str, dict[str, object], float], ...] = (
        ("primary cut off", {"cut": True}, rig.replica_set.election_ms / 1000 + stage.seconds(6)),
        ("API cut off", {"cut": True, "only": "PyMongo"}, stage.seconds(8)),
        ("half open", {"silent": True, "only": "PyMongo"}, stage.seconds(8)),
    )
    # A call may meet two of the three faults in a row.
    with stage.load(resolve_seconds=2 * RESOLVE_SECONDS) as load:
        for name, fault, seconds in parts:
            time.sleep(stage.seconds(5))
            began = time.monotonic()
            route = f"mongo{rig.replica_set.wait_for_primary(30)}"
            rig.proxy.set(route, **fault)
            time.sleep(seconds)
            rig.proxy.set(route)
            healed_at = time.monotonic()
            while time.monotonic() < healed_at + HEALS_SECONDS:
                if any(
                    one.op == "place" and one.status == 201 and one.intended > healed_at for one in load.done
                ):
                    break
                time.sleep(0.1)
            healed = time.monotonic() - healed_at
            stage.must(healed < HEALS_SECONDS, f"{name}: not healed after {healed:.0f} s")
            figures.append(f"{name} {longest_gap(load.done, 'place', began, time.monotonic()):.1f} s")
            rig.replica_set.wait_whole(60)
    _must_not_hang(stage, load.done)
    return "longest pause: " + ", ".join(figures)


def overloaded(stage: Stage) -> str:
    """P22: three times as many orders as the platform can take, then few again."""
    peak = _peak(stage, stage.seconds(6))
    stage.may_stay_open = True
    with stage.load(
        orders=3 * peak, reads=0, edits=0, prepaid=0, cancelled=0, doubled=0, clients=256
    ) as load:
        began = time.monotonic()
        time.sleep(stage.seconds(10))
        ended = time.monotonic()
        health = [_health_seconds(stage) for _ in range(5)]
    good = sum(one.status == 201 and began <= one.finished <= ended for one in load.done) / (ended - began)
    calm_at = time.monotonic()
    client = Client(stage.rig.url, stage.journal)
    while time.monotonic() < calm_at + 30:
        done, _ = client.call(
            "read",
            stage.world.customers[0],
            "GET",
            f"/products/{stage.world.goods[0]}?store_id={stage.world.store_id}",
        )
        if done.seconds < 0.5:
            break
    stage.must(time.monotonic() - calm_at < 30, "half a minute later it is still slow")
    stage.must(
        good >= 0.8 * peak, f"{good:.0f} orders/s under three times the load, {peak:.0f}/s at its best"
    )
    stage.must(max(health) < 5, f"/healthz took {max(health):.1f} s")
    shed = sum(one.unknowns > 0 or one.status == 429 for one in load.done)
    return f"peak {peak:.0f}/s, at 3x {good:.0f}/s, {shed} turned away"


def _peak(stage: Stage, seconds: float) -> float:
    """Orders a second with sixteen customers who each wait for their answer."""
    ends_at = time.monotonic() + seconds
    lock, count = threading.Lock(), 0

    def buy(number: int) -> None:
        nonlocal count
        client = Client(stage.rig.url, stage.journal)
        rng = random.Random(f"{stage.rng.random()}-{number}")
        while time.monotonic() < ends_at:
            person = rng.choice(stage.world.customers)
            body = order_body(stage.world, rng)
            done, _ = client.call("place", person, "POST", "/orders", body, f"{rng.getrandbits(96):024x}")
            with lock:
                stage.done.append(done)
                count += done.status == 201

    with ThreadPoolExecutor(16) as hands:
        list(hands.map(buy, range(16)))
    return count / seconds


def _health_seconds(stage: Stage) -> float:
    began = time.monotonic()
    race_free = Caller(stage.rig.url)
    race_free.connection.request("GET", "/healthz")
    race_free.connection.getresponse().read()
    race_free.connection.close()
    return time.monotonic() - began


def streams_cut(stage: Stage) -> str:
    """P23: readers of live streams are cut off again and again; each has every event once, in order."""
    rig, db = stage.rig, stage.rig.shop.db
    channel = f"store:{stage.world.store_id}"
    start = events.last_seq(db, channel)
    listeners = [
        Listener(
            rig.proxied_url, f"/store/events?store_id={stage.world.store_id}", stage.world.staff, start
        ).begin()
        for _ in range(stage.times(40))
    ]
    with stage.load(orders=5, cancelled=0.5):
        ends_at = time.monotonic() + stage.seconds(20)
        half = time.monotonic() + stage.seconds(10)
        while time.monotonic() < ends_at:
            time.sleep(2)
            rig.proxy.throw_out("api", 0.3)
            if half and time.monotonic() > half:
                nemesis.kill_one_of(rig.api, stage.rng)
                half = 0.0
    rig.drain(60)
    newest = events.last_seq(db, channel)
    caught_up = time.monotonic() + 30
    while time.monotonic() < caught_up and any(one.last < newest for one in listeners):
        time.sleep(0.1)
    for one in listeners:
        one.end()
        stage.violations += one.faults(newest)
    ages = [age for one in listeners for age in one.ages]
    reconnected = sum(one.connections - 1 for one in listeners)
    stage.asked += len(ages)
    p95 = quantile(ages, 0.95)
    return f"{newest - start} events to {len(listeners)} readers, {reconnected} reconnections, age p95 {p95:.1f} s"


def _must_not_hang(stage: Stage, done: list[Done]) -> None:
    hung = [one for one in done if one.hung]
    stage.must(not hung, f"{len(hung)} requests hung for 10 s: {Counter(one.op for one in hung)}")


SCENARIOS = (
    Scenario("P1", "100 buyers at once, 1/5/50 units", last_unit, 30),
    Scenario("P2", "50 baskets at once, any order, a SKU twice", mixed_baskets, 12),
    Scenario("P3", "paying within a blink of the hold's end", expiry_against_payment, 25),
    Scenario("P4", "30 % of the answers lost, half sent twice", lost_answers, 25),
    Scenario("P5", "Redis killed/emptied/frozen, holder frozen, no mutex", without_the_mutex, 40),
    Scenario("P9", "primary killed, primary stepped down", primary_killed, 65),
    Scenario("P9b", "primary frozen and woken", primary_frozen, 40),
    Scenario("P10", "Redis gone 20 s, empty, FLUSHALL, PAUSE", redis_lost, 55),
    Scenario("P11", "job workers and scheduler killed every 4 s", workers_killed, 50),
    Scenario("P12", "an API worker killed every 3 s", api_workers_killed, 35),
    Scenario("P13", "reload and rolling replacement behind nginx", rolling_restart, 45),
    Scenario("P14", "disk of MongoDB full, then of Redis", disk_full, 60),
    Scenario("P15", "API 5 min behind, scheduler 5 min ahead", clocks_wrong, 50),
    Scenario("P19", "primary cut off, API cut off, half open", partitioned, 65),
    Scenario("P22", "three times the orders it can take", overloaded, 30),
    Scenario("P23", "30 % of the streams cut every 2 s, API worker killed", streams_cut, 35),
)
BY_ID = {scenario.id: scenario for scenario in SCENARIOS}
