"""Stock against a plain-Python model: whatever is done in whatever order, both agree and nothing is lost."""

import os
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shopsmart.errors import Conflict
from shopsmart.inventory import model, service, store
from shopsmart.inventory.model import Line

# `STOCK_WALKS=500x100` walks longer, as a nightly run does.
EXAMPLES, STEPS = map(int, os.environ.get("STOCK_WALKS", "50x50").split("x"))
STORE, OTHER = "s1", "s2"
SKUS = ("A", "B", "C")


def kept(shop, store_id, sku):
    return store.get(shop.db, store_id, sku)


class Shelves(RuleBasedStateMachine):
    """Each rule does the same thing to the database and to two dictionaries."""

    shop: Any  # both set by the test
    clock: Any

    def __init__(self):
        super().__init__()
        self.shop.db.stock.delete_many({})
        self.shop.db.stock_ledger.delete_many({})
        self.shop.db.shortage_cases.delete_many({})
        for store_id in (STORE, OTHER):
            service.open_shelves(self.shop, store_id, [{"sku": sku, "units": 5} for sku in SKUS], "test")
        self.elsewhere = dict.fromkeys(SKUS, 5)
        self.on_hand = dict.fromkeys(SKUS, 5)
        self.sellable = dict.fromkeys(SKUS, True)
        self.holds = {}  # order -> {sku: quantity}
        self.picked = []  # (order, sku, units that a picker took and that may come back)
        self.orders = 0

    def free(self, sku):
        return self.on_hand[sku] - sum(lines.get(sku, 0) for lines in self.holds.values())

    def hold_id(self, order):
        return f"{order}.f1"

    @rule(lines=st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 4)), min_size=1, max_size=4))
    def hold(self, lines):
        self.orders += 1
        order = f"o{self.orders}"
        wanted = {line.sku: line.quantity for line in model.merged(Line(*line) for line in lines)}
        possible = {sku: max(0, self.free(sku)) if self.sellable[sku] else 0 for sku in SKUS}
        until = self.shop.now() + timedelta(minutes=10)

        short = service.hold_basket(
            self.shop, STORE, [Line(*line) for line in lines], self.hold_id(order), order, until
        )

        assert {one.sku for one in short} == {sku for sku, units in wanted.items() if units > possible[sku]}
        assert all(one.available == possible[one.sku] for one in short)
        if not short:
            self.holds[order] = wanted

    @rule(data=st.data())
    def hold_again(self, data):
        if not self.holds:
            return
        order = data.draw(st.sampled_from(sorted(self.holds)))
        if not all(self.sellable[sku] for sku in self.holds[order]):
            return
        lines = [Line(sku, quantity) for sku, quantity in self.holds[order].items()]

        assert service.hold_basket(self.shop, STORE, lines, self.hold_id(order), order, None) == []

    @rule(data=st.data(), times=st.integers(1, 2))
    def release(self, data, times):
        if not self.holds:
            return
        order = data.draw(st.sampled_from(sorted(self.holds)))
        for _ in range(times):
            service.release_order(self.shop, order, "test")
        del self.holds[order]

    @rule(data=st.data(), times=st.integers(1, 2))
    def commit(self, data, times):
        if not self.holds:
            return
        order = data.draw(st.sampled_from(sorted(self.holds)))
        for _ in range(times):
            holds = [(model.stock_id(STORE, sku), self.hold_id(order)) for sku in self.holds[order]]
            service.commit_holds(self.shop, holds)

    @rule(data=st.data(), times=st.integers(1, 2))
    def pick(self, data, times):
        if not self.holds:
            return
        order = data.draw(st.sampled_from(sorted(self.holds)))
        sku, quantity = data.draw(st.sampled_from(sorted(self.holds[order].items())))
        picked = data.draw(st.integers(0, quantity))
        missing = max(0, -self.free(sku))
        for _ in range(times):
            service.pick(self.shop, self.hold_id(order), order, sku, picked, "picker")
        # Whoever counted too few wrote off already what the picker does not find now.
        self.on_hand[sku] -= min(self.on_hand[sku], picked + max(0, quantity - picked - missing))
        del self.holds[order][sku]
        if not self.holds[order]:
            del self.holds[order]
        if picked:
            self.picked.append((order, sku, picked))

    @rule(data=st.data(), ref=st.uuids(), times=st.integers(1, 2))
    def put_back(self, data, ref, times):
        if not self.picked:
            return
        order, sku, units = data.draw(st.sampled_from(self.picked))
        back = data.draw(st.integers(1, units))
        for _ in range(times):
            service.put_back(self.shop, STORE, sku, back, order, f"p:{ref}", "test")
        self.picked.remove((order, sku, units))
        if back < units:
            self.picked.append((order, sku, units - back))
        self.on_hand[sku] += back

    @rule(data=st.data(), times=st.integers(1, 2))
    def shorten(self, data, times):
        if not self.holds:
            return
        order = data.draw(st.sampled_from(sorted(self.holds)))
        sku, quantity = data.draw(st.sampled_from(sorted(self.holds[order].items())))
        left = data.draw(st.integers(0, quantity))
        for _ in range(times):
            service.shorten_hold(self.shop, self.hold_id(order), order, sku, left)
        self.holds[order][sku] = left
        if not left:
            del self.holds[order][sku]
        if not self.holds[order]:
            del self.holds[order]

    @rule(sku=st.sampled_from(SKUS), units=st.integers(1, 5), ref=st.uuids(), times=st.integers(1, 2))
    def receive(self, sku, units, ref, times):
        for _ in range(times):
            service.receive(self.shop, STORE, sku, units, f"r:{ref}", "test", "delivery")
        self.on_hand[sku] += units

    @rule(sku=st.sampled_from(SKUS), delta=st.integers(-4, 4).filter(bool), ref=st.uuids())
    def adjust(self, sku, delta, ref):
        allowed = self.free(sku) + delta >= 0 or delta > 0
        try:
            for _ in range(2):
                service.adjust(self.shop, STORE, sku, delta, "correction", f"a:{ref}", "test")
            assert allowed
            self.on_hand[sku] += delta
        except Conflict:
            assert not allowed

    @rule(sku=st.sampled_from(SKUS), counted=st.integers(0, 12), declared=st.booleans())
    def count(self, sku, counted, declared):
        promised = self.on_hand[sku] - self.free(sku)
        fits = declared or counted >= min(promised, self.on_hand[sku])
        try:
            service.count(self.shop, STORE, sku, counted, "test", may_be_short=declared)
            assert fits
            self.on_hand[sku] = counted
        except Conflict:
            assert not fits

    @rule(data=st.data(), minutes=st.integers(11, 20), times=st.integers(1, 2))
    def extend(self, data, minutes, times):
        if not self.holds:
            return
        order = data.draw(st.sampled_from(sorted(self.holds)))
        for _ in range(times):
            service.extend_order(self.shop, order, self.shop.now() + timedelta(minutes=minutes))

    @rule(sku=st.sampled_from(SKUS), units=st.integers(1, 4), ref=st.uuids(), times=st.integers(1, 2))
    def transfer(self, sku, units, ref, times):
        allowed = self.free(sku) >= units
        try:
            for _ in range(times):
                service.transfer(self.shop, STORE, OTHER, sku, units, f"t:{ref}", "test")
            assert allowed
            self.on_hand[sku] -= units
            self.elsewhere[sku] += units
        except Conflict:
            assert not allowed

    @rule()
    def mend(self):
        service.mend_shortages(self.shop)
        assert {case["sku"]: case["missing"] for case in service.open_cases(self.shop)} == {
            sku: -self.free(sku) for sku in SKUS if self.free(sku) < 0
        }

    @rule(sku=st.sampled_from(SKUS), sellable=st.booleans())
    def switch(self, sku, sellable):
        service.switch(self.shop, STORE, sku, sellable, "test")
        self.sellable[sku] = sellable

    @rule(seconds=st.integers(1, 60))
    def copy_the_ledger(self, seconds):
        self.clock.forward(seconds=seconds)
        service.copy_ledger(self.shop)

    @invariant()
    def database_and_model_agree(self):
        for sku in SKUS:
            stock = kept(self.shop, STORE, sku)
            assert stock is not None
            assert kept(self.shop, OTHER, sku)["on_hand"] == self.elsewhere[sku]
            assert stock["on_hand"] == self.on_hand[sku]
            assert stock["available"] == self.free(sku)
            assert stock["sellable"] == self.sellable[sku]
            assert model.faults(stock) == []
            rows = list(self.shop.db.stock_ledger.find({"stock_id": stock["_id"]}).sort("seq", 1))
            rows += store.numbered_tail(stock)
            assert [row["seq"] for row in rows] == list(range(1, stock["seq"] + 1))
            told = model.replay(rows)
            assert told["on_hand"] == self.on_hand[sku]
            assert told["holds"] == {
                self.hold_id(order): lines[sku] for order, lines in self.holds.items() if sku in lines
            }


def test_stock_agrees_with_its_model_after_every_step(shop, clock):
    class OnThisShop(Shelves):
        pass

    OnThisShop.shop, OnThisShop.clock = shop, clock
    run_state_machine_as_test(
        OnThisShop,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
