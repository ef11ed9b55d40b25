"""The table of an order's life: every state can be reached and left, and only lawful moves exist."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopsmart.errors import Forbidden, InvalidTransition
from shopsmart.orders.model import (
    ENDED,
    FLOW,
    PROGRESS,
    STATES,
    SYSTEM,
    action_to,
    allowed_actions,
    done_already,
    overall,
    plan_move,
    totals,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ROLES = ("customer", "store_manager", "rider", "admin", "super_admin", SYSTEM)


def an_order(state="placed", parts=1):
    return {
        "_id": "o",
        "version": 1,
        "status": state,
        "effects": [],
        "history": [],
        "fulfilments": [{"id": f"f{n}", "state": state, "store_id": f"s{n}"} for n in range(1, parts + 1)],
    }


def test_every_state_can_be_reached_from_holding():
    reached, frontier = {"holding"}, ["holding"]
    while frontier:
        state = frontier.pop()
        for (at, _), step in FLOW.items():
            if at == state and step.next not in reached:
                reached.add(step.next)
                frontier.append(step.next)

    assert reached == set(STATES)


def test_an_ended_order_never_moves_again():
    assert not [state for state, _ in FLOW if state in ENDED]


def test_every_open_state_has_a_way_out():
    for state in PROGRESS:
        assert any(at == state for at, _ in FLOW)


def test_a_customer_cannot_cancel_once_picking_began():
    assert "cancel" in allowed_actions("accepted", ["customer"])
    for state in ("picking", "packed", "out_for_delivery", "delivered"):
        assert "cancel" not in allowed_actions(state, ["customer"])


def test_nobody_but_the_system_places_pays_or_expires():
    for action in ("place", "pay", "expire", "abandon", "await_payment"):
        for (_, known), step in FLOW.items():
            if known == action:
                assert step.who == {SYSTEM}


def test_wherever_stock_may_be_held_an_end_gives_it_back():
    for (state, action), step in FLOW.items():
        if step.next in {"cancelled", "expired"} and state in {
            "holding",
            "payment_pending",
            "placed",
            "accepted",
        }:
            assert "release_stock" in step.effects, (state, action)


def test_goods_that_left_the_shelf_come_back_when_an_order_comes_to_nothing():
    for (state, action), step in FLOW.items():
        if step.next in {"cancelled", "returned"} and state in {"picking", "packed", "undeliverable"}:
            assert "put_back" in step.effects, (state, action)


@given(st.lists(st.sampled_from(sorted({action for _, action in FLOW})), max_size=30), st.sampled_from(ROLES))
def test_any_sequence_of_tries_walks_only_along_the_table(actions, role):
    order = an_order("holding")
    for action in actions:
        before = order["fulfilments"][0]["state"]
        try:
            move = plan_move(order, action, roles=[role], actor_id="me", now=NOW)
        except (InvalidTransition, Forbidden):
            continue
        assert role in FLOW[before, action].who
        order["status"] = move.status
        order["fulfilments"][0]["state"] = move.sets["fulfilments.0.state"]
        assert move.status == FLOW[before, action].next


def test_an_order_in_two_parts_shows_its_least_advanced_one():
    order = an_order("placed", parts=2)

    move = plan_move(order, "accept", roles=["store_manager"], actor_id="m", now=NOW, fulfilment_id="f2")

    assert move.sets["fulfilments.1.state"] == "accepted"
    assert "fulfilments.0.state" not in move.sets
    assert move.status == "placed"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["placed", "packed"], "placed"),
        (["delivered", "picking"], "picking"),
        (["cancelled", "delivered"], "delivered"),
        (["cancelled", "cancelled"], "cancelled"),
    ],
)
def test_the_status_of_several_parts(states, expected):
    assert overall(states) == expected


def test_a_wrong_role_and_a_wrong_state_are_told_apart():
    with pytest.raises(Forbidden):
        plan_move(an_order("placed"), "accept", roles=["customer"], actor_id="c", now=NOW)
    with pytest.raises(InvalidTransition):
        plan_move(an_order("delivered"), "accept", roles=["store_manager"], actor_id="m", now=NOW)


def test_an_abandoned_order_gives_its_key_up():
    move = plan_move(an_order("holding"), "abandon", roles=[SYSTEM], actor_id=SYSTEM, now=NOW)

    assert set(move.unsets) == {"deadline", "key"}


def test_staff_find_the_action_that_leads_to_a_status():
    assert action_to("placed", "accepted", ["admin"]) == "accept"
    with pytest.raises(InvalidTransition):
        action_to("cancelled", "placed", ["admin"])


def test_a_repeat_by_the_same_actor_is_recognised_until_the_order_moves_on():
    order = an_order("accepted")
    order["history"] = [
        {"action": "accept", "from": "placed", "to": "accepted", "by": "m", "at": NOW, "fulfilment_id": "f1"}
    ]

    assert done_already(order, "accept", "m", "f1")
    assert not done_already(order, "accept", "someone else", "f1")
    order["fulfilments"][0]["state"] = "picking"
    assert not done_already(order, "accept", "m", "f1")


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "unit_price": st.integers(1, 100_000),
            "mrp": st.integers(100_000, 200_000),
            "tax_rate": st.sampled_from([0, 5, 12, 18, 28]),
            "quantity": st.integers(1, 20),
        }
    ),
    min_size=1,
    max_size=8,
)


@given(LINES, st.integers(0, 5_000), st.integers(0, 1_000), st.integers(0, 10_000), st.data())
def test_the_bill_is_the_sum_of_its_parts_and_never_grows_by_short_picks(
    lines, delivery, handling, tip, data
):
    fees = {"delivery_fee": delivery, "handling_fee": handling, "tip": tip}
    ordered = totals([{**line, "picked": None} for line in lines], **fees)
    picked = [{**line, "picked": data.draw(st.integers(0, line["quantity"]))} for line in lines]

    final = totals(picked, **fees)

    for bill in (ordered, final):
        assert bill["total"] == bill["items"] + bill["delivery_fee"] + bill["handling_fee"] + bill["tip"]
        assert 0 <= bill["tax_included"] <= bill["items"]
    assert final["total"] <= ordered["total"]


def test_nothing_picked_is_nothing_owed():
    lines = [{"unit_price": 100, "mrp": 100, "tax_rate": 5, "quantity": 2, "picked": 0}]

    assert totals(lines, delivery_fee=2_500, handling_fee=500, tip=100)["total"] == 0


def test_deadlines_end_with_the_waiting():
    order = an_order("payment_pending") | {"deadline": NOW + timedelta(seconds=5)}

    move = plan_move(order, "pay", roles=[SYSTEM], actor_id="p", now=NOW)

    assert move.unsets == ("deadline",)
    assert move.step.effects == ("commit_stock", "empty_cart")
