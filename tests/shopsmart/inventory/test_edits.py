"""Edits of the shelf: once under their name, however they race, and each told exactly."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shopsmart.errors import Conflict, NotFound
from shopsmart.infra import outbox
from shopsmart.inventory import edits, service, store
from shopsmart.inventory.model import Edit, LessThanPromised, Line

STORE, OTHER = "s1", "s2"


@pytest.fixture
def shelf(shop):
    """Five of A in both stores."""
    for store_id in (STORE, OTHER):
        service.open_shelves(shop, store_id, [{"sku": "A", "units": 5}], "test")
    return shop


def kept(shop, store_id=STORE):
    return store.get(shop.db, store_id, "A")


def on_hand(shop, store_id=STORE):
    return kept(shop, store_id)["on_hand"]


def told(shop, kind):
    return [
        entry["data"]
        for stock in shop.db.stock.find()
        for entry in stock.get("outbox", [])
        if entry["type"] == kind
    ]


def test_the_same_delivery_entered_by_twenty_at_once_counts_once(shelf):
    with ThreadPoolExecutor(20) as crowd:
        fresh = list(
            crowd.map(lambda _: service.receive(shelf, STORE, "A", 7, "truck-1", "m", "delivery"), range(20))
        )

    assert on_hand(shelf) == 12
    assert any(fresh)


def test_a_repeat_counts_once_even_after_its_row_went_to_the_ledger(shelf):
    service.receive(shelf, STORE, "A", 7, "truck-1", "m", "delivery")
    service.copy_ledger(shelf)

    assert service.receive(shelf, STORE, "A", 7, "truck-1", "m", "delivery") is False
    assert on_hand(shelf) == 12


def test_edits_of_one_item_in_one_batch_build_on_each_other(shelf):
    made = edits.make_many(
        shelf, STORE, [Edit("A", f"r{n}", "adjust", delta, "m") for n, delta in enumerate([-5, 3, -4, 2])]
    )

    assert isinstance(made["r2"], LessThanPromised)  # of three units it cannot take four
    assert on_hand(shelf) == 0 + 3 + 2
    assert [row["available_quantity"] for row in told(shelf, "inventory.changed")] == [0, 3, 5]


def test_edits_and_buyers_at_once_lose_nothing(shelf):
    def buy(number):
        return not service.hold_basket(shelf, STORE, [Line("A", 1)], f"o{number}.f1", f"o{number}", None)

    def add(number):
        return service.adjust(shelf, STORE, "A", 1, "found", f"add-{number}", "m")

    with ThreadPoolExecutor(16) as crowd:
        bought = [crowd.submit(buy, number) for number in range(60)]
        added = [crowd.submit(add, number) for number in range(10)]
        held = sum(one.result() for one in bought)
        assert all(one.result() for one in added)

    stock = kept(shelf)
    assert stock["on_hand"] == 15
    assert stock["available"] == 15 - held


def test_a_trimmed_tail_keeps_what_came_meanwhile_even_under_the_same_name(shelf):
    service.hold_basket(shelf, STORE, [Line("A", 1)], "o.f1", "o", None)
    read = store.with_tail(shelf.db, 10)
    service.release_order(shelf, "o", "test")
    service.hold_basket(shelf, STORE, [Line("A", 1)], "o.f1", "o", None)

    store.copy_to_ledger(shelf.db, read)
    store.copy_to_ledger(shelf.db, read)
    service.copy_ledger(shelf)

    rows = list(shelf.db.stock_ledger.find({"store_id": STORE}).sort("seq", 1))
    assert [row["kind"] for row in rows] == ["receive", "hold", "release", "hold"]


# --- holds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [[Line("A", 1)], [Line("A", 1), Line("B", 1)]])
def test_a_basket_held_again_is_held_once(shelf, lines):
    service.open_shelves(shelf, STORE, [{"sku": "B", "units": 5}], "test")

    for _ in range(3):
        assert service.hold_basket(shelf, STORE, lines, "o.f1", "o", None) == []

    assert [len(stock["holds"]) for stock in shelf.db.stock.find({"store_id": STORE})][: len(lines)] == [
        1
    ] * len(lines)


def test_an_item_that_is_switched_off_is_not_held(shelf):
    service.switch(shelf, STORE, "A", False, "m")

    assert service.hold_basket(shelf, STORE, [Line("A", 1)], "o.f1", "o", None)[0].available == 0


def test_a_basket_is_held_whole_or_not_at_all(shelf):
    service.open_shelves(shelf, STORE, [{"sku": "B", "units": 1}], "test")

    short = service.hold_basket(shelf, STORE, [Line("A", 2), Line("B", 2)], "o.f1", "o", None)

    assert [(one.sku, one.available) for one in short] == [("B", 1)]
    assert kept(shelf)["available"] == 5


def test_the_same_item_twice_in_one_basket_counts_as_its_sum(shelf):
    short = service.hold_basket(shelf, STORE, [Line("A", 3), Line("A", 3)], "o.f1", "o", None)

    assert [(one.requested, one.available) for one in short] == [(6, 5)]


# --- transfers -------------------------------------------------------------------------------------------------


def test_a_transfer_moves_units_once_however_often_it_is_sent(shelf):
    for _ in range(3):
        service.transfer(shelf, STORE, OTHER, "A", 2, "t1", "m")

    assert (on_hand(shelf, STORE), on_hand(shelf, OTHER)) == (3, 7)
    assert not kept(shelf)["transit"]


def test_what_a_crash_left_between_two_shelves_arrives(shelf, clock):
    out = Edit("A", "t1:out", "transfer_out", -2, "m", to_store_id=OTHER)
    edits.make(shelf, STORE, out)  # … and the process died here
    assert (on_hand(shelf, STORE), on_hand(shelf, OTHER)) == (3, 5)

    clock.forward(seconds=11)
    with ThreadPoolExecutor(4) as sweeps:
        list(sweeps.map(lambda _: service.finish_transfers(shelf), range(4)))
    service.transfer(shelf, STORE, OTHER, "A", 2, "t1", "m")

    assert (on_hand(shelf, STORE), on_hand(shelf, OTHER)) == (3, 7)


def test_promised_units_do_not_travel(shelf):
    service.hold_basket(shelf, STORE, [Line("A", 4)], "o.f1", "o", None)

    with pytest.raises(LessThanPromised):
        service.transfer(shelf, STORE, OTHER, "A", 2, "t1", "m")
    with pytest.raises(NotFound):
        service.transfer(shelf, STORE, "nowhere", "A", 1, "t2", "m")
    assert (on_hand(shelf, STORE), on_hand(shelf, OTHER)) == (5, 5)


# --- declared shortages ----------------------------------------------------------------------------------------


@pytest.fixture
def promised(shelf, clock):
    """Four of five promised: two to the order o1, then two to o2."""
    for order in ("o1", "o2"):
        service.hold_basket(shelf, STORE, [Line("A", 2)], f"{order}.f1", order, None)
        clock.forward(seconds=1)
    return shelf


def test_a_count_below_the_promises_is_refused_unless_declared(promised):
    with pytest.raises(LessThanPromised):
        service.count(promised, STORE, "A", 3, "m")

    assert service.count(promised, STORE, "A", 3, "m", may_be_short=True)["available"] == -1


def test_a_declared_shortage_blocks_sales_and_opens_a_case_newest_order_first(promised):
    service.count(promised, STORE, "A", 3, "m", may_be_short=True)

    assert service.hold_basket(promised, STORE, [Line("A", 1)], "o3.f1", "o3", None)[0].available == 0
    [case] = service.open_cases(promised)
    assert case["missing"] == 1
    assert [row["order_id"] for row in case["orders"]] == ["o2", "o1"]
    [event] = told(promised, "stock.shortage")
    assert event == {"case_id": case["_id"], "store_id": STORE, "sku": "A", "missing": 1}


def test_only_a_declared_shortage_may_make_available_negative(promised):
    with pytest.raises(Exception, match="failed validation"):
        promised.db.stock.update_one({"_id": "s1:A"}, {"$inc": {"available": -2}})


def test_a_case_closes_by_itself_once_nothing_is_missing(promised):
    service.count(promised, STORE, "A", 3, "m", may_be_short=True)
    [case] = service.open_cases(promised)
    with pytest.raises(Conflict, match="still missing"):
        service.close_case(promised, case["_id"], "done")

    service.release_order(promised, "o2", "rerouted")
    service.mend_shortages(promised)

    assert service.open_cases(promised) == []
    assert "shortage" not in kept(promised)
    assert service.close_case(promised, case["_id"], "done") is False


def test_a_case_that_a_crash_left_unwritten_is_opened_by_the_sweep(promised):
    edits.make(promised, STORE, Edit("A", "c1", "count", 1, "m", may_be_short=True))
    assert service.open_cases(promised) == []

    service.mend_shortages(promised)

    assert [case["missing"] for case in service.open_cases(promised)] == [3]


def test_pickers_find_what_the_count_had_missed_or_did_not(promised):
    service.count(promised, STORE, "A", 3, "m", may_be_short=True)

    service.pick(promised, "o1.f1", "o1", "A", 2, "picker")
    assert on_hand(promised) == 1
    service.pick(promised, "o2.f1", "o2", "A", 1, "picker")  # the missing unit was written off by the count

    stock = kept(promised)
    assert (stock["on_hand"], stock["available"]) == (0, 0)


# --- low stock -------------------------------------------------------------------------------------------------


def test_an_item_that_runs_low_is_told_once_and_again_after_it_recovered(shelf):
    service.set_low_stock_at(shelf, STORE, "A", 2)
    for number in range(4):
        service.hold_basket(shelf, STORE, [Line("A", 1)], f"o{number}.f1", f"o{number}", None)
        service.copy_ledger(shelf)
    assert [row["available_quantity"] for row in told(shelf, "stock.low")] == [2]

    service.adjust(shelf, STORE, "A", 5, "found", "r", "m")
    service.copy_ledger(shelf)
    assert len(told(shelf, "stock.recovered")) == 1
    service.adjust(shelf, STORE, "A", -5, "lost", "r2", "m")
    service.copy_ledger(shelf)
    assert len(told(shelf, "stock.low")) == 2


def test_what_happened_on_a_shelf_is_numbered_on_the_stores_stream(shelf):
    service.adjust(shelf, STORE, "A", -1, "damaged", "r1", "m")
    service.switch(shelf, STORE, "A", False, "m")

    outbox.relay(shelf, ["stock"], {})

    rows = list(shelf.db.streams.find({"channel": f"store:{STORE}"}).sort("seq", 1))
    assert [(row["seq"], row["data"]["on_hand"], row["data"]["available"]) for row in rows] == [
        (1, 4, True),
        (2, 4, False),
    ]
    assert not any(stock.get("outbox") for stock in shelf.db.stock.find())
