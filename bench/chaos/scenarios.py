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
from contextlib import AbstractContextManager, nullcontext, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

import psutil

from bench import race
from bench.chaos import flood, nemesis
from bench.chaos.front import Front
from bench.chaos.listeners import Listener
from bench.chaos.load import RESOLVE_SECONDS, Client, Done, longest_gap, order_body, pay, quantile
from bench.chaos.rig import answers
from bench.chaos.stage import Skipped, Stage
from bench.chaos.world import Person, sign_in
from bench.client import Caller
from shopsmart.infra import embedded, events
from shopsmart.infra.idempotency import fingerprint

# What depends on the machine's speed is shown beside its target, and fails only far beyond it.
WRITES_BACK_SECONDS = 15.0  # target 15
LONGEST_REQUEST_SECONDS = 13.0  # target 10
HEALS_SECONDS = 30.0
_KEPT_STATES = ("placed", "accepted", "picking", "packed")


@dataclass(frozen=True)
class Scenario:
    """`run` returns the key figure and adds what must not be to the stage's violations."""

    id: str
    faults: str
    run: Callable[[Stage], str]
    weight: float  # about how many seconds it takes in the short tour
    long_only: bool = False


def _crowd(url: str, buyers: int) -> race.Race:
    with redirect_stdout(StringIO()):  # how long signing up took is no news here
        return race.Race(url, buyers)


# --- stock -----------------------------------------------------------------------------------------------------


def last_unit(stage: Stage) -> str:
    """P1: a hundred buyers, one unit; then a few units."""
    crowd = _crowd(stage.rig.url, 100)
    times: list[float] = []
    rounds = [1] * stage.times(20, 1_000) + [5, 50]
    for units in rounds:
        faults, answers = race.few_units(crowd, 100, units)
        stage.asked += len(answers)
        stage.violations += [f"{units} units: {fault}" for fault in faults]
        times += [answer.seconds for answer in answers]
    crowd.close()
    return f"{len(rounds)} rounds, p99 {quantile(times, 0.99) * 1000:.0f} ms (1,000)"


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
    return f"{rounds} rounds of 50 baskets, slowest {slowest * 1000:.0f} ms (5,000)"


def expiry_against_payment(stage: Stage) -> str:
    """P3: customers pay within a blink of the end of their hold; each order has one end, money is never just kept."""
    trials = stage.times(48, 2_000)
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
        jump = _shortly(stage, lambda: nemesis.clock_jumps(rig.shop.redis, 60))
        round_with("clock jumps 60 s", jump, _nothing)
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
    share = _served(load.done, killed_at, stepped_at)
    stage.must(share >= 0.9, f"{100 * share:.1f} % of the catalogue's reads were served without a primary")
    return (
        f"writes back in {back:.1f} s (killed), {again:.1f} s (stepped down) (15), "
        f"catalogue read {100 * share:.1f} % (99)"
    )


def _served(done: list[Done], start: float, end: float) -> float:
    """The share of the catalogue's reads begun in between that were answered at the first try."""
    reads = [one for one in done if one.op == "catalogue" and start <= one.intended <= end]
    return sum(one.status == 200 and not one.unknowns for one in reads) / max(1, len(reads))


def primary_frozen(stage: Stage) -> str:
    """P9: the primary freezes long enough to be replaced, then wakes and believes to be primary still."""
    rig = stage.rig
    # Its target is 30 s; who waits longer is told apart from who never gets an answer.
    with stage.load(resolve_seconds=2 * RESOLVE_SECONDS) as load:
        time.sleep(stage.seconds(5))
        began = time.monotonic()
        number = rig.replica_set.wait_for_primary(30)
        with nemesis.frozen(rig.replica_set.members[number]):
            time.sleep(rig.replica_set.election_ms / 1000 + stage.seconds(10))
        time.sleep(stage.seconds(5))
        back = longest_gap(load.done, "place", began, time.monotonic())
    stage.must(back <= HEALS_SECONDS, f"writes were back after {back:.1f} s only")
    waited = max(one.finished - one.intended for one in load.done)
    return f"writes back in {back:.1f} s (30), the longest wait for a definite answer {waited:.1f} s (30)"


def redis_lost(stage: Stage) -> str:
    """P10: Redis is gone for a while and comes back empty; forgets everything at once; hesitates."""
    rig = stage.rig
    gone = _signed_out(stage)

    def away() -> None:
        rig.redis.kill()
        time.sleep(stage.seconds(15))
        rig.start_redis(empty=True)

    def forgets() -> None:
        rig.shop.redis.flushall()
        time.sleep(stage.seconds(6))

    def hesitates() -> None:
        rig.shop.redis.execute_command("CLIENT", "PAUSE", int(stage.seconds(5) * 1000))
        time.sleep(stage.seconds(7))

    figures, windows = [], []
    with stage.load() as load:
        for name, trouble in (("gone", away), ("emptied", forgets), ("paused", hesitates)):
            time.sleep(stage.seconds(3))
            began = time.monotonic()
            trouble()
            windows.append((name, began, time.monotonic()))
    for name, began, ended in windows:
        during = [one for one in load.done if one.op == "place" and began <= one.intended <= ended]
        good = [one for one in during if one.status == 201 and not one.unknowns]
        stage.must(
            len(good) >= 0.99 * len(during), f"Redis {name}: {len(good)} of {len(during)} orders went well"
        )
        p95 = quantile([one.seconds for one in during], 0.95)
        figures.append(f"{name} {len(good)}/{len(during)} orders well, p95 {p95 * 1000:.0f} ms")
    stage.must(_is_refused(stage, gone), "a session that was ended lives again")
    return "; ".join(figures)


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
    stage.must(slowest <= 4, f"a worker came back after {slowest:.1f} s only")
    return f"{kills} kills, {broken} calls broken off, worker back in {slowest:.1f} s (2)"


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
    logs = _log_disk_full(stage)
    gap = longest_gap(load.done, "place", began, ended)
    stage.must(gap <= HEALS_SECONDS, f"no order for {gap:.1f} s")
    fate = "went down" if died else "lived on"
    return f"primary {fate}, longest pause {gap:.1f} s, whole again within {healed:.0f} s; {logs}"


def _log_disk_full(stage: Stage) -> str:
    """No line can be written: everybody works on, and nobody dies of it."""
    rig = stage.rig
    if rig.small_log_disk is None:
        return "logs not tried"
    parts = [rig.api, *rig.workers, rig.scheduler]
    before = [
        (part.pid, [child.pid for child in part.children()] if part is rig.api else []) for part in parts
    ]
    with nemesis.disk_full(rig.small_log_disk), stage.load() as load:
        time.sleep(stage.seconds(6))
    after = [
        (part.pid, [child.pid for child in part.children()] if part is rig.api else []) for part in parts
    ]
    stage.must(before == after, "a process died because a line of its log could not be written")
    orders = [one for one in load.done if one.op == "place"]
    good = sum(one.status == 201 and not one.unknowns for one in orders)
    stage.must(good >= 0.99 * len(orders), f"{good} of {len(orders)} orders without a log")
    return f"{good} of {len(orders)} orders without a log"


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
            stage.must(late <= 2 + 8, f"a hold ended {late:.1f} s late")
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
    figures.append(_must_not_hang(stage, load.done))
    return "longest pause: " + ", ".join(figures)


def overloaded(stage: Stage) -> str:
    """P22: three times as many orders as the platform can take, then few again."""
    peak_for, flood_for = stage.seconds(6), stage.seconds(15)
    calm = _flood(stage, 300 * int(peak_for), peak_for, closed=16)
    peak = sum(one.status == 201 for one in calm.answers) / peak_for
    stage.may_stay_open = True
    probes = _Probes(stage.rig.api_port)
    with probes:
        storm = _flood(stage, int(3 * peak * flood_for), flood_for)
    # What came while nobody could know yet that it would not end was let wait, as any burst is.
    steady = flood_for / 3
    good = sum(one.status == 201 and steady <= one.finished <= flood_for for one in storm.answers)
    goodput = good / (flood_for - steady)
    refused = [one for one in storm.answers if one.status in {429, 503}]
    p99 = quantile([one.finished - one.began for one in refused if one.began >= steady], 0.99)
    recovered = _seconds_to_recover(stage)
    stage.must(recovered < HEALS_SECONDS, "half a minute later it is still slow")
    stage.must(goodput >= 0.6 * peak, f"{goodput:.0f} orders/s under three times the load of {peak:.0f}/s")
    stage.must(bool(refused), "nobody was sent away")
    stage.must(p99 <= 5, f"p99 of a refusal is {p99:.1f} s")
    stage.must(not probes.bad, f"health was bad under overload: {dict(probes.bad)}")
    odd = Counter(one.status for one in storm.answers if one.status not in {201, 409, 429, 503})
    stage.must(odd[0] <= 0.01 * len(storm.answers), f"{odd[0]} of {len(storm.answers)} had no answer")
    return (
        f"peak {peak:.0f}/s, at 3x {goodput:.0f}/s = {100 * goodput / max(peak, 1):.0f} % (80), {len(refused)} of "
        f"{len(storm.answers)} turned away, p99 {p99 * 1000:.0f} ms (300), health {max(probes.seconds):.1f} s at "
        f"most, well after {recovered:.1f} s, the load took {100 * storm.cpu_share:.0f} % of a core"
    )


def _flood(stage: Stage, orders: int, seconds: float, closed: int = 0) -> flood.Flooded:
    """Cash orders by a process of its own, afterwards written into the journal."""
    sent, due = [], 0.0
    for _ in range(orders):
        due += stage.rng.expovariate(orders / seconds)
        person = stage.rng.choice(stage.world.customers)
        key = f"{stage.rng.getrandbits(96):024x}"
        body = order_body(stage.world, stage.rng)
        sent.append({"token": person.token, "user": person.user_id, "key": key, "body": body, "at": due})
    begun = time.time()
    flooded = flood.run(embedded.HOST, stage.rig.api_port, sent, seconds, closed)
    for one in flooded.answers:
        order = sent[one.n]
        number = stage.journal.invoke(
            "place",
            user=order["user"],
            path="/orders",
            body=order["body"],
            key=order["key"],
            sent=begun + one.began,
        )
        took = round(one.finished - one.began, 3)
        if one.status == 201:
            stage.journal.note(number, "ok", status=201, answer=one.answer, took=took)
        elif 400 <= one.status < 500:
            stage.journal.note(number, "fail", status=one.status, code=one.code, took=took)
        else:
            stage.journal.note(number, "unknown", status=one.status, code=one.code, took=took)
    return flooded


def _seconds_to_recover(stage: Stage) -> float:
    """Until three orders in a row are taken within half a second each; `HEALS_SECONDS` at most."""
    began, quick = time.monotonic(), 0
    client = Client(stage.rig.url, stage.journal)
    while quick < 3 and time.monotonic() < began + HEALS_SECONDS:
        body, key = order_body(stage.world, stage.rng), f"{stage.rng.getrandbits(96):024x}"
        done, _ = client.call("place", stage.world.customers[0], "POST", "/orders", body, key)
        quick = quick + 1 if done.status == 201 and done.seconds < 0.5 else 0
    return time.monotonic() - began


class _Probes:
    """Asks for health and readiness once a second while the block runs."""

    def __init__(self, port: int):
        self.bad: Counter[str] = Counter()
        self.seconds: list[float] = []
        self._port = port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(0.5):
            for path in ("/healthz", "/readyz"):
                began = time.monotonic()
                status = answers(self._port, path)
                self.seconds.append(time.monotonic() - began)
                if status != 200:
                    self.bad[f"{path} {status}"] += 1


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
    return f"{newest - start} events to {len(listeners)} readers, {reconnected} reconnections, age p95 {p95:.1f} s (1)"


def _must_not_hang(stage: Stage, done: list[Done]) -> str:
    slowest = max(one.slowest for one in done)
    late = Counter(one.op for one in done if one.slowest > LONGEST_REQUEST_SECONDS)
    stage.must(not late, f"requests took up to {slowest:.1f} s: {dict(late)}")
    return f"longest request {slowest:.1f} s (10)"


# --- all day ---------------------------------------------------------------------------------------------------


def steady(stage: Stage) -> str:
    """P8: a million orders a day, and in the second half a rush for one unit beside them."""
    crowd = _crowd(stage.rig.url, 50)
    with stage.load(orders=12, reads=30, edits=3) as load:
        time.sleep(stage.seconds(15))
        half = time.monotonic()
        faults, answers_of_rush = race.few_units(crowd, 50, 1)
        time.sleep(stage.seconds(8))
    crowd.close()
    stage.violations += faults
    stage.asked += len(answers_of_rush)
    orders = [one for one in load.done if one.op == "place"]
    alone = [one.seconds for one in orders if one.finished < half]
    reads = [one.seconds for one in load.done if one.op == "catalogue"]
    odd = [one for one in load.done if one.unknowns]
    stage.must(len(odd) <= 0.01 * len(load.done), f"{len(odd)} of {len(load.done)} calls failed at first")
    mean = sum(alone) / max(1, len(alone))
    stage.must(mean < 1, f"an order took {mean:.1f} s on average")
    figures = [f"{quantile(alone, share) * 1000:.0f}" for share in (0.95, 0.99)]
    return (
        f"{len(alone)} orders at 12/s: mean {mean * 1000:.0f} ms (300), p95 {figures[0]} (500), p99 {figures[1]} "
        f"(1,000); catalogue p95 {quantile(reads, 0.95) * 1000:.0f} (500), "
        f"{len(odd)} of {len(load.done)} calls told to come again"
    )


def everything_at_once(stage: Stage) -> str:
    """P20: one trouble after another, drawn by lot, under load, for long."""
    rig, seen = stage.rig, Counter[str]()

    def primary() -> None:
        number = nemesis.kill_primary(rig)
        time.sleep(15)
        rig.replica_set.members[number].start()

    def redis() -> None:
        rig.redis.kill()
        time.sleep(5)
        rig.start_redis(empty=True)

    def partition() -> None:
        route = f"mongo{rig.replica_set.wait_for_primary(60)}"
        rig.proxy.set(route, cut=True, only="PyMongo")
        time.sleep(8)
        rig.proxy.set(route)

    troubles: dict[str, Callable[[], object]] = {
        "primary killed": primary,
        "stepped down": rig.replica_set.step_down,
        "Redis killed": redis,
        "FLUSHALL": rig.shop.redis.flushall,
        "API cut off": partition,
        "API worker killed": lambda: nemesis.kill_one_of(rig.api, stage.rng),
        "job worker killed": lambda: stage.rng.choice(rig.workers).kill(),
        "scheduler killed": rig.scheduler.kill,
    }
    with stage.load(resolve_seconds=2 * RESOLVE_SECONDS) as load:
        time.sleep(20)
        before = _weight(stage)
        ends_at = time.monotonic() + stage.seconds(120)
        while time.monotonic() < ends_at:
            name = stage.rng.choice(list(troubles))
            seen[name] += 1
            troubles[name]()
            time.sleep(stage.rng.uniform(20, 60))
            rig.replica_set.wait_whole(120)
        after = _weight(stage)
    stage.must(after[1] <= 2 * before[1] + 100, f"open files grew from {before[1]} to {after[1]}")
    stage.must(after[0] <= 1.5 * before[0] + 100, f"memory grew from {before[0]} to {after[0]} MB")
    slowest = _must_not_hang(stage, load.done)
    troubled = ", ".join(f"{count} {name}" for name, count in sorted(seen.items()))
    return f"{troubled}; API {before[0]} to {after[0]} MB, files {before[1]} to {after[1]}; {slowest}"


def _weight(stage: Stage) -> tuple[int, int]:
    """Memory of the API's workers in MB, and their open files."""
    memory, files = 0, 0
    for child in stage.rig.api.children():
        with suppress(psutil.Error):
            memory += child.memory_info().rss
            files += child.num_fds()
    return memory // 2**20, files


SCENARIOS = (
    Scenario("P1", "100 buyers at once, 1/5/50 units", last_unit, 30),
    Scenario("P2", "50 baskets at once, any order, a SKU twice", mixed_baskets, 12),
    Scenario("P3", "paying within a blink of the hold's end", expiry_against_payment, 25),
    Scenario("P4", "30 % of the answers lost, half sent twice", lost_answers, 25),
    Scenario("P5", "Redis killed/emptied/frozen/+60 s, no mutex", without_the_mutex, 40),
    Scenario("P8", "none: 12 orders/s, then a rush beside them", steady, 35),
    Scenario("P9", "primary killed, primary stepped down", primary_killed, 65),
    Scenario("P9b", "primary frozen and woken", primary_frozen, 40),
    Scenario("P10", "Redis gone 15 s, empty, FLUSHALL, PAUSE", redis_lost, 55),
    Scenario("P11", "job workers and scheduler killed every 4 s", workers_killed, 50),
    Scenario("P12", "an API worker killed every 3 s", api_workers_killed, 35),
    Scenario("P13", "reload and rolling replacement behind nginx", rolling_restart, 45),
    Scenario("P14", "disk of MongoDB full, then of Redis, of the logs", disk_full, 60),
    Scenario("P15", "API 5 min behind, scheduler 5 min ahead", clocks_wrong, 50),
    Scenario("P19", "primary cut off, API cut off, half open", partitioned, 65),
    Scenario("P22", "three times the orders it can take", overloaded, 30),
    Scenario("P23", "30 % of the streams cut every 2 s, API worker killed", streams_cut, 35),
    Scenario("P20", "one after another, drawn by lot", everything_at_once, 150, long_only=True),
)
BY_ID = {scenario.id: scenario for scenario in SCENARIOS}
