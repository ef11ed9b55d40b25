"""The rig's own judge is tried first: an honest journal passes, and every planted lie is named."""

import json

import pytest

from bench.chaos import verdict
from bench.chaos.journal import Journal, read
from bench.chaos.world import Person, World
from shopsmart.inventory import service as inventory
from shopsmart.orders import placing, service
from shopsmart.orders.placing import Wish
from tests import makers
from tests.conftest import MORNING

EARLIER = MORNING.timestamp() - 60


class Scene:
    """A shop in which one order was placed, one cancelled and one shelf edited, and the journal that says so."""

    def __init__(self, shop, folder):
        self.shop, self.db = shop, shop.db
        store = makers.a_store(shop)
        self.sku = makers.a_product(shop, store, units=50)
        edited = makers.a_product(shop, store, units=10)
        self.customer = makers.a_customer(shop)
        self.world = World(
            store["_id"], [self.sku], [edited], [Person(self.customer["_id"], "")], Person("staff", "")
        )
        self.before = verdict.on_shelves(self.db, self.world)
        self.path = folder / "journal.jsonl"
        self.placed = self.place("key-1")
        self.cancelled = self.place("key-2")
        service.cancel(shop, makers.actor(self.customer), self.cancelled["_id"], "changed_mind")
        inventory.adjust(shop, store["_id"], edited, 3, "received", "edit-1", "staff")
        self.lines = [
            *self.call(1, "place", key="key-1", answer=self.essence(self.placed)),
            *self.call(2, "place", key="key-2", answer=self.essence(self.cancelled)),
            *self.call(3, "cancel", answer=self.essence(self.cancelled)),
            *self.call(
                4,
                "edit",
                key="edit-1",
                body={"lines": [{"sku": edited, "delta": 3}]},
                answer={"lines": [[edited, True]]},
            ),
        ]

    def place(self, key):
        wish = Wish(location=makers.PATIA, items=[{"sku": self.sku, "quantity": 2}])
        return placing.place(self.shop, makers.actor(self.customer), key, wish)[0]

    def essence(self, order):
        return {
            "id": order["_id"],
            "status": order["status"],
            "total": order["totals"]["total"],
            "lines": [[line["sku"], line["quantity"]] for line in order["lines"]],
        }

    def call(self, number, op, answer=None, phase="ok", status=201, **facts):
        user = self.customer["_id"]
        yield {"n": number, "phase": "invoke", "op": op, "at": EARLIER, "user": user, **facts}
        yield {"n": number, "phase": phase, "at": EARLIER, "status": status, "code": "", "answer": answer}

    def faults(self, **options):
        self.path.write_text("".join(json.dumps(line) + "\n" for line in self.lines))
        return verdict.against_database(self.db, read(self.path), self.world, self.before, **options)


@pytest.fixture
def scene(shop, tmp_path):
    return Scene(shop, tmp_path)


def test_an_honest_journal_has_no_faults(scene):
    assert scene.faults() == []


def lose_the_order(scene):
    scene.db.orders.delete_one({"_id": scene.placed["_id"]})


def lose_a_line(scene):
    scene.db.orders.update_one({"_id": scene.placed["_id"]}, {"$set": {"lines.0.quantity": 1}})


def change_the_total(scene):
    scene.db.orders.update_one({"_id": scene.placed["_id"]}, {"$inc": {"ordered_totals.total": 100}})


def answer_one_key_with_two_orders(scene):
    scene.lines += scene.call(5, "place", key="key-1", answer=scene.essence(scene.cancelled))


def sneak_an_order_in(scene):
    scene.place("a key nobody wrote down")


def refuse_what_was_placed(scene):
    scene.lines[1] |= {"phase": "fail", "status": 409}


def forget_a_cancellation(scene):
    scene.db.orders.update_one({"_id": scene.cancelled["_id"]}, {"$set": {"status": "placed"}})


def lose_a_payment(scene):
    scene.lines += scene.call(5, "confirm", status=200, answer=scene.essence(scene.placed))
    scene.db.payments.delete_many({})


def lose_an_edit(scene):
    scene.db.stock.update_one({"sku": scene.world.edited[0]}, {"$inc": {"on_hand": -1}})


def edit_twice(scene):
    scene.db.stock.update_one({"sku": scene.world.edited[0]}, {"$inc": {"on_hand": 3}})


def crash(scene):
    scene.lines += scene.call(5, "read", phase="unknown", status=500)
    scene.lines += [{"n": 5, "phase": "ok", "at": EARLIER, "status": 200, "answer": {}}]


def never_answer(scene):
    scene.lines += scene.call(5, "read", phase="unknown", status=503)


@pytest.mark.parametrize(
    ("lie", "sentence"),
    [
        (lose_the_order, "was acknowledged and is gone"),
        (lose_a_line, "has lines"),
        (change_the_total, "costs"),
        (answer_one_key_with_two_orders, "was answered with several orders"),
        (sneak_an_order_in, "nobody asked for order"),
        (refuse_what_was_placed, "was refused, yet there is order"),
        (forget_a_cancellation, "was acknowledged as cancelled and is placed"),
        (lose_a_payment, "payment of order"),
        (lose_an_edit, "acknowledged edits make"),
        (edit_twice, "acknowledged edits make"),
        (crash, "was answered 500"),
        (never_answer, "never got a definite answer"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_planted_lie_is_named(scene, lie, sentence):
    lie(scene)

    faults = scene.faults()

    assert len(faults) == 1
    assert sentence in faults[0]


def test_an_order_that_nobody_heard_of_again_may_exist_or_not(scene):
    scene.lines += scene.call(5, "place", key="key-5", phase="unknown", status=0)
    scene.lines += scene.call(6, "place", key="key-6", phase="unknown", status=0)
    scene.place("key-6")

    assert scene.faults(may_stay_open=True) == []


def test_what_the_platforms_own_checker_finds_is_told(scene):
    scene.db.stock.update_one({"sku": scene.sku}, {"$inc": {"available": 1}})

    assert any(scene.sku in sentence for sentence in verdict.of_platform(scene.shop))


def test_a_journal_survives_a_line_that_was_cut_off(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    number = journal.invoke("place", user="asha", key="k")
    journal.note(number, "unknown", status=0, code="")
    journal.note(number, "ok", status=201, answer={"id": "o1"})
    journal.close()
    with journal.path.open("ab") as file:
        file.write(b'{"n":2,"phase":"inv')

    [call] = read(journal.path)

    assert call.unknowns == 1
    assert call.acknowledged is not None
    assert not call.unresolved
