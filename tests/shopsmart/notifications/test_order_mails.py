"""One mail per order event, to the right person, in any script, never two."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from shopsmart.money import money
from shopsmart.notifications import service
from shopsmart.notifications.gateways import Refused, TryLater, Uncertain
from shopsmart.notifications.gateways.folder import FolderMailer
from shopsmart.notifications.mails import SAYINGS, rupees
from tests.makers import a_customer


class Post:
    """A mail server whose answers are known beforehand; None takes the mail."""

    harmless_twice = False

    def __init__(self, *answers):
        self.sent = []
        self._answers = list(answers)

    def send(self, message):
        answer = self._answers.pop(0) if self._answers else None
        if answer is not None:
            raise answer
        self.sent.append(message)


def with_post(shop, *answers):
    post = Post(*answers)
    return dataclasses.replace(shop, mailer=post), post


def an_order(shop, customer, **facts):
    order = {
        "_id": "order1",
        "number": "7K3M-92QD",
        "key": "k",
        "customer_id": customer["_id"],
        "currency": "INR",
        "fulfilments": [{"id": "f1", "state": "placed", "store": {"name": "Patia"}}],
        "lines": [
            {
                "name": {"en": "Milk & cream <1 l>", "or": "କ୍ଷୀର"},
                "quantity": 2,
                "picked": None,
                "unit_price": 3_050,
            }
        ],
        "totals": {"delivery_fee": 2_500, "handling_fee": 0, "tip": 0, "total": 8_600},
        **facts,
    }
    shop.db.orders.insert_one(order)
    return order


def an_event(shop, type_="order.placed", **data):
    return {
        "id": "ev1",
        "type": type_,
        "aggregate": "order:order1",
        "seq": 2,
        "at": shop.now(),
        "channels": [],
        "data": {"order_id": "order1", **data},
    }


def content(mail, kind):
    body = mail.get_body((kind,))
    assert body is not None
    return body.get_content()


def rows(shop):
    return [(row["_id"], row["state"]) for row in shop.db.notifications.find()]


@pytest.mark.parametrize("type_", sorted({*SAYINGS} - {"order.packed"}))
def test_each_event_makes_one_mail_with_the_orders_number(shop, mailbox, type_):
    customer = a_customer(shop)
    an_order(shop, customer)

    for _ in range(3):
        service.send_order_mail(shop, an_event(shop, type_, refunded=money(8_600, "INR")))

    (mail,) = mailbox.sent
    assert "7K3M-92QD" in mail["Subject"]
    assert customer["email"] in mail["To"]
    assert mail["Message-ID"] == "<ev1@shopsmart.local>"
    assert rows(shop) == [("ev1:email", "sent")]


def test_a_refunds_mail_names_what_went_back(shop, mailbox):
    an_order(shop, a_customer(shop))

    service.send_order_mail(shop, an_event(shop, "order.refunded", refunded=money(8_600, "INR")))

    (mail,) = mailbox.sent
    assert "₹86.00 is on its way back to you." in content(mail, "plain")


def test_other_events_make_no_mail(shop, mailbox):
    service.send_order_mail(shop, an_event(shop, "order.accepted"))

    assert mailbox.sent == []
    assert rows(shop) == []


def test_ten_workers_at_once_send_one_mail(shop):
    an_order(shop, a_customer(shop))
    told, post = with_post(shop)

    def attempt(_):
        try:
            service.send_order_mail(told, an_event(shop))
        except service.StillSending:
            pass

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(attempt, range(10)))

    assert len(post.sent) == 1


def test_names_in_any_script_and_markup_arrive_as_they_are(shop, mailbox):
    customer = a_customer(shop, name="ସୁଚିତ୍ରା <b>Das</b>")
    an_order(shop, {**customer})
    shop.db.users.update_one({"_id": customer["_id"]}, {"$set": {"locale": "or"}})

    service.send_order_mail(shop, an_event(shop))

    mail = message_from_bytes(mailbox.sent[0].as_bytes(), policy=default)
    text, html = content(mail, "plain"), content(mail, "html")
    assert "ସୁଚିତ୍ରା <b>Das</b>" in text
    assert "2 × କ୍ଷୀର: ₹61.00" in text
    assert "Total: ₹86.00" in text
    assert "ସୁଚିତ୍ରା &lt;b&gt;Das" in html
    assert "<b>Das" not in html
    assert mail["To"].addresses[0].display_name == "ସୁଚିତ୍ରା <b>Das</b>"


def test_a_name_cannot_add_headers(shop, mailbox):
    customer = a_customer(shop)
    shop.db.users.update_one(
        {"_id": customer["_id"]}, {"$set": {"name": "Asha\r\nBcc: thief@example.in\u2028x"}}
    )
    an_order(shop, customer)

    service.send_order_mail(shop, an_event(shop))

    mail = message_from_bytes(mailbox.sent[0].as_bytes(), policy=default)
    assert mail["Bcc"] is None
    assert [address.addr_spec for address in mail["To"].addresses] == [customer["email"]]


def test_a_picked_line_counts_what_was_found(shop, mailbox):
    order = an_order(shop, a_customer(shop))
    shop.db.orders.update_one({"_id": order["_id"]}, {"$set": {"lines.0.picked": 1}})

    service.send_order_mail(shop, an_event(shop, "order.delivered"))

    assert "1 × Milk & cream <1 l>: ₹30.50" in content(mailbox.sent[0], "plain")


@pytest.mark.parametrize(
    "email", ["bad", "a b@example.in", "a@b@c", "<asha@example.in>", "ଅ@example.in", None]
)
def test_an_address_that_no_mail_can_have_is_skipped(shop, mailbox, email):
    customer = a_customer(shop)
    shop.db.users.update_one({"_id": customer["_id"]}, {"$set": {"email": email}})
    an_order(shop, customer)

    service.send_order_mail(shop, an_event(shop))

    assert mailbox.sent == []
    assert rows(shop) == [("ev1:email", "skipped")]


def test_a_customer_who_is_gone_is_skipped(shop, mailbox):
    an_order(shop, {"_id": "gone"})

    service.send_order_mail(shop, an_event(shop))

    assert mailbox.sent == []
    assert rows(shop) == [("ev1:email", "skipped")]


def test_a_server_that_is_away_is_tried_again(shop):
    an_order(shop, a_customer(shop))
    told, post = with_post(shop, TryLater("away"))

    with pytest.raises(TryLater):
        service.send_order_mail(told, an_event(shop))
    service.send_order_mail(told, an_event(shop))

    assert len(post.sent) == 1


@pytest.mark.parametrize(("answer", "state"), [(Refused("no"), "refused"), (Uncertain("broke"), "uncertain")])
def test_a_mail_that_was_refused_or_may_have_arrived_is_not_sent_again(shop, answer, state):
    an_order(shop, a_customer(shop))
    told, post = with_post(shop, answer)

    service.send_order_mail(told, an_event(shop))
    service.send_order_mail(told, an_event(shop))

    assert post.sent == []
    assert rows(shop) == [("ev1:email", state)]


def begun_by_a_worker_that_died(shop):
    shop.db.notifications.insert_one(
        {"_id": "ev1:email", "order_id": "order1", "state": "sending", "at": shop.now()}
    )


def test_a_mail_begun_a_moment_ago_is_left_to_its_sender(shop):
    an_order(shop, a_customer(shop))
    begun_by_a_worker_that_died(shop)

    with pytest.raises(service.StillSending):
        service.send_order_mail(shop, an_event(shop))


def test_a_sender_that_died_leaves_the_mail_uncertain_rather_than_sent_twice(shop, clock):
    an_order(shop, a_customer(shop))
    begun_by_a_worker_that_died(shop)
    told, post = with_post(shop)
    clock.forward(seconds=shop.settings.lease_seconds + 1)

    service.send_order_mail(told, an_event(shop))

    assert post.sent == []
    assert rows(shop) == [("ev1:email", "uncertain")]


def test_a_sender_that_died_is_taken_over_where_twice_is_harmless(shop, clock, tmp_path):
    an_order(shop, a_customer(shop))
    begun_by_a_worker_that_died(shop)
    told = dataclasses.replace(shop, mailer=FolderMailer(tmp_path))
    clock.forward(seconds=shop.settings.lease_seconds + 1)

    service.send_order_mail(told, an_event(shop))

    assert len(list(tmp_path.glob("*.eml"))) == 1
    assert rows(shop) == [("ev1:email", "sent")]


def test_amounts_are_written_in_rupees():
    assert rupees(1_234_567, "INR") == "₹12,345.67"
    assert rupees(5, "INR") == "₹0.05"
    assert rupees(250, "EUR") == "EUR 2.50"


def test_many_mails_are_read_for_at_once_and_an_odd_one_stops_no_other(shop):
    asha, ravi = a_customer(shop), a_customer(shop)
    an_order(shop, asha)
    an_order(shop, ravi, _id="order2", key="k2", number="8AAA-AAAA")
    shop, post = with_post(shop, None, TryLater(), None)
    events: list[Any] = [
        {**an_event(shop), "id": "ev1"},
        {**an_event(shop), "id": "ev2", "data": {"order_id": "order2"}},
        {**an_event(shop), "id": "ev3", "data": {"order_id": "nobody's"}},
        {**an_event(shop, "order.accepted"), "id": "ev4", "data": {}},
        {**an_event(shop, "order.delivered"), "id": "ev5"},
    ]
    mail = service.ready_to_mail(shop, events)

    for event in events:
        if event["id"] == "ev2":
            with pytest.raises(TryLater):
                mail(shop, event)
        else:
            mail(shop, event)
    service.send_order_mail(shop, events[1])

    assert [mail["Message-ID"][1:4] for mail in post.sent] == ["ev1", "ev5", "ev2"]
    assert ravi["email"] in post.sent[2]["To"]
    assert sorted(rows(shop)) == [
        ("ev1:email", "sent"),
        ("ev2:email", "sent"),
        ("ev3:email", "skipped"),
        ("ev5:email", "sent"),
    ]


TWO_PARTS = [
    {"id": "f1", "store_id": "s1", "state": "packed", "store": {"name": "Patia"}},
    {"id": "f2r1", "store_id": "s2", "state": "packed", "store": {"name": "Jaydev Vihar"}},
]


def a_line(name, quantity, picked, part):
    words = {"en": name, "or": f"{name}-or"}
    return {
        "name": words,
        "quantity": quantity,
        "picked": picked,
        "unit_price": 1_000,
        "fulfilment_id": part,
    }


def test_a_packed_part_is_written_about_only_where_something_is_missing(shop, mailbox):
    lines = [a_line("Milk", 2, 2, "f1"), a_line("Bread", 3, 1, "f2r1"), a_line("Tea", 1, 0, "f2r1")]
    an_order(shop, a_customer(shop), fulfilments=TWO_PARTS, lines=lines)

    for id_, part in (("ev1", "f1"), ("ev2", "f2r1")):
        event: Any = {**an_event(shop, "order.packed", fulfilment_id=part), "id": id_}
        service.send_order_mail(shop, event)

    (mail,) = mailbox.sent
    assert "Jaydev Vihar could not find: 2 × Bread, 1 × Tea. You pay only" in content(mail, "plain")
    assert rows(shop) == [("ev2:email", "sent")]


@pytest.mark.parametrize(
    ("type_", "about", "words"),
    [
        ("order.rerouted", {"from_store": "s9", "to_store": "s2"}, "comes from Jaydev Vihar now"),
        ("order.part_cancelled", {"fulfilment_id": "f2r1"}, "from Jaydev Vihar was cancelled"),
        ("order.part_returned", {"fulfilment_id": "f2r1"}, "from Jaydev Vihar went back"),
        ("order.part_cancelled", {"fulfilment_id": "gone"}, "from Patia was cancelled"),
    ],
)
def test_a_mail_about_a_part_names_its_store(shop, mailbox, type_, about, words):
    an_order(shop, a_customer(shop), fulfilments=TWO_PARTS)

    service.send_order_mail(shop, an_event(shop, type_, **about))

    assert words in content(mailbox.sent[0], "plain")


def test_a_shortened_orders_mail_names_what_cannot_come(shop, mailbox):
    lines = [{**a_line("Milk", 1, None, "f1"), "id": "l1"}, {**a_line("Tea", 2, None, "f1"), "id": "l2"}]
    an_order(shop, a_customer(shop), lines=lines)

    service.send_order_mail(shop, an_event(shop, "order.shortened", fulfilment_id="f1", line="l1", missing=2))

    assert "has less than it thought: 2 × Milk cannot come." in content(mailbox.sent[0], "plain")
