"""A store has less than it promised and nobody else can help: orders get what there is, and pay for no more."""

import threading
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopsmart import checker, context
from shopsmart.inventory import service as inventory
from shopsmart.orders import placing, service, shortages
from shopsmart.orders.placing import Wish
from shopsmart.payments import service as payments
from tests.journeys.test_crashes import capture, each_death, later
from tests.journeys.test_rerouting import DOOR, THIRD, Town, also_at, events_go_out, on_shelf
from tests.makers import PATIA, a_store

KEYS = count()


class LoneTown(Town):
    """One store that nobody else can stand in for."""

    def __init__(self, shop, units=6):
        super().__init__(shop, places=(PATIA,), units=units)
        self.store_id = self.stores[0]["_id"]

    def order(self, *quantities, provider="cod", **facts):
        items = [
            {"sku": sku, "quantity": quantity}
            for sku, quantity in zip(self.skus, quantities, strict=False)
            if quantity
        ]
        wish = Wish(location=DOOR, items=items, provider=provider, **facts)
        order, _ = placing.place(self.shop, self.customer, f"lone-{next(KEYS)}", wish)
        return order

    def paid(self, *quantities):
        order = self.order(*quantities, provider="sandbox")
        payment, signed = capture(self.shop, self.customer, order)
        return service.confirm_payment(
            self.shop, self.customer, order["_id"], payment["_id"], signed["payment_ref"], signed["signature"]
        )

    def counted(self, units, number=0):
        inventory.count(self.shop, self.store_id, self.skus[number], units, "manager", may_be_short=True)

    def accept(self, order):
        service.store_acts(self.shop, self.managers[0], self.store_id, order["_id"], "accept")

    def quantities(self, order):
        return [line["quantity"] for line in self.now(order)["lines"]]

    def promised(self, number=0):
        return sum(
            hold["quantity"] for hold in on_shelf(self.shop.db, self.store_id, self.skus[number])["holds"]
        )


@pytest.fixture
def town(shop):
    return LoneTown(shop)


def told(shop, order, type_):
    return [row["data"] for row in shop.db.streams.find({"channel": f"order:{order['_id']}", "type": type_})]


def test_an_order_gets_what_there_is_and_owes_no_more(town, shop):
    order = town.order(2, 2)

    town.counted(1)
    events_go_out(shop)

    now = town.now(order)
    assert (now["status"], now["flags"]) == ("placed", ["shortened"])
    assert town.quantities(order) == [1, 2]
    assert now["lines"][0]["ordered"] == 2
    assert order["totals"]["total"] - now["totals"]["total"] == order["lines"][0]["unit_price"]
    assert (town.promised(0), town.promised(1)) == (1, 2)
    (news,) = told(shop, order, "order.shortened")
    assert (news["sku"], news["quantity"], news["missing"]) == (town.skus[0], 1, 1)
    assert news["total"]["amount"] == now["totals"]["total"]
    assert checker.run(shop) == []


def test_what_was_paid_for_missing_goods_comes_back_once(town, shop):
    order = town.paid(2, 2)

    town.counted(1)
    events_go_out(shop)
    for _ in range(2):
        shortages.settle(shop, town.store_id, town.skus[0])

    assert town.now(order)["payment"]["refunded"] == order["lines"][0]["unit_price"]
    assert checker.run(shop) == []


def test_a_shortened_order_is_picked_and_paid_for_as_it_is(town, shop):
    order = town.paid(2, 1)
    town.counted(1)
    events_go_out(shop)
    town.counted(0, number=1)
    events_go_out(shop)
    assert town.quantities(order) == [1, 0]

    town.accept(order)
    service.pick_line(shop, town.managers[0], town.store_id, order["_id"], "l1", 1)
    packed = service.pack(shop, town.managers[0], town.store_id, order["_id"])

    kept = packed["payment"]["captured"] - town.now(order)["payment"]["refunded"]
    assert packed["status"] == "packed"
    assert kept == packed["totals"]["total"]
    assert on_shelf(shop.db, town.store_id, town.skus[0])["on_hand"] == 0
    assert checker.run(shop) == []


def test_an_order_left_with_nothing_is_cancelled_and_paid_back(town, shop):
    order = town.paid(2)

    town.counted(0)
    events_go_out(shop)

    now = town.now(order)
    assert (now["status"], now["end_reason"]) == ("cancelled", "shortage")
    assert now["payment"]["refunded"] == now["payment"]["captured"] > 0
    assert town.promised() == 0
    assert checker.run(shop) == []


def test_the_least_advanced_and_youngest_give_way_first_and_no_more_than_needed(town, shop, clock):
    accepted = town.order(2, 1)
    town.accept(accepted)
    older = town.order(2, 1)
    clock.forward(seconds=1)
    younger = town.order(2, 1)

    town.counted(3)
    events_go_out(shop)

    assert town.quantities(younger) == [0, 1]
    assert town.quantities(older) == [1, 1]
    assert town.quantities(accepted) == [2, 1]
    assert on_shelf(shop.db, town.store_id, town.skus[0])["available"] == 0


def test_who_wants_to_be_asked_is_told_and_has_a_while_to_cancel(town, shop, clock):
    order = town.order(2, 2, substitution={"policy": "ask_me"})

    town.counted(1)
    events_go_out(shop)
    service.sweep(shop)
    assert town.quantities(order) == [2, 2]
    assert town.now(order)["flags"] == [f"short:{town.skus[0]}"]
    assert len(told(shop, order, "order.short")) == 1

    clock.forward(seconds=121)
    service.sweep(shop)
    assert town.quantities(order) == [1, 2]


def test_an_unpaid_order_that_nobody_is_paying_is_given_up_before_a_placed_one_is_shortened(town, shop):
    placed = town.order(3, 1)
    unpaid = town.order(3, 1, provider="sandbox")

    town.counted(3)
    events_go_out(shop)

    assert town.now(unpaid)["status"] == "cancelled"
    assert town.quantities(placed) == [3, 1]
    assert checker.run(shop) == []


def test_what_nobody_could_do_at_once_the_sweep_does(town, shop, clock):
    order = town.order(2, 2)

    town.counted(1)  # and the event is lost
    clock.forward(seconds=6)
    service.sweep(shop)

    assert town.quantities(order) == [1, 2]


def test_a_shortened_order_still_moves_to_a_store_that_does_not_have_what_it_lost(town, shop):
    order = town.order(2, 2)
    town.counted(0)
    events_go_out(shop)
    other = a_store(shop, at=THIRD, name="Other")
    also_at(shop, other, town.skus[1])

    moved = town.reject(order)

    assert moved["fulfilments"][0]["store_id"] == other["_id"]
    assert town.quantities(order) == [0, 2]
    assert checker.run(shop) == []


def test_many_who_settle_one_shortage_at_once_take_no_more_than_is_missing(town, shop):
    orders = [town.order(2, 1) for _ in range(3)]
    town.counted(4)
    start = threading.Barrier(4)

    def settle():
        start.wait()
        shortages.settle(shop, town.store_id, town.skus[0])

    threads = [threading.Thread(target=settle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(town.quantities(order)[0] for order in orders) == 4
    assert on_shelf(shop.db, town.store_id, town.skus[0])["available"] == 0


def test_settling_may_die_after_any_write(shop, settings):
    real = context.build(settings)
    real = replace(real, enqueue=lambda *_: True, publish=lambda *_: None)
    town = LoneTown(real)
    store_id, sku = town.store_id, town.skus[0]

    def prepare():
        for number in (0, 1):
            inventory.count(real, store_id, town.skus[number], 6, "manager")
        orders = [town.paid(2, 1), town.paid(3)]
        town.counted(1)
        return orders

    def after(orders):
        soon = later(real, seconds=30)
        for _ in range(2):
            service.sweep(soon)
            payments.finish_refunds(soon, lambda order_id: service.sync_payment(soon, order_id))
        longer, lone = orders
        assert town.quantities(longer) == [1, 1]
        assert town.now(lone)["status"] == "cancelled"
        inventory.mend_shortages(real)
        assert [checker.run(real), town.promised()] == [[], 1]
        back = [town.now(order)["payment"]["refunded"] for order in orders]
        assert back == [longer["lines"][0]["unit_price"], lone["totals"]["total"]]
        service.cancel(real, town.customer, longer["_id"], "test")
        service.sweep(soon)

    def deed(own_shop, _):
        shortages.settle(own_shop, store_id, sku)

    assert each_death(settings, deed, prepare, after) >= 6


BASKETS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from(["cod", "paid", "unpaid", "accepted"])),
    min_size=1,
    max_size=4,
)


def test_once_settled_no_more_is_promised_than_is_there_and_money_balances(shop, clock):
    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(baskets=BASKETS, counts=st.lists(st.integers(0, 12), min_size=2, max_size=2))
    def settled(baskets, counts):
        town = LoneTown(shop, units=24)
        orders = []
        for first, second, kind in baskets:
            if not first + second:
                continue
            if kind == "paid":
                orders.append(town.paid(first, second))
                continue
            orders.append(town.order(first, second, provider="sandbox" if kind == "unpaid" else "cod"))
            if kind == "accepted":
                town.accept(orders[-1])
        for number, units in enumerate(counts):
            town.counted(units, number)
        events_go_out(shop)
        clock.forward(seconds=6)
        service.sweep(shop)
        inventory.mend_shortages(shop)

        for number, sku in enumerate(town.skus):
            shelf = on_shelf(shop.db, town.store_id, sku)
            assert town.promised(number) <= shelf["on_hand"] == counts[number]
            assert "shortage" not in shelf
        for order in orders:
            now = town.now(order)
            over = now["status"] == "cancelled"
            paid = now["payment"]
            assert over or paid["captured"] - paid["refunded"] in {0, now["totals"]["total"]}
            assert not over or paid["captured"] == paid["refunded"]
        assert list(checker._all(shop, None)) == []

    settled()
