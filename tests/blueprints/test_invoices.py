"""The tax invoice of an order, over HTTP: whose it is, what it says, and that it stays the same."""

import subprocess
from datetime import UTC, datetime
from shutil import which

import pytest

from shopsmart.money import tax_within
from shopsmart.orders import invoicing, service
from shopsmart.orders import store as orders
from tests.makers import a_customer, a_manager, a_product, a_rider, a_store, actor, an_admin, bearer

DOOR = {"type": "Point", "coordinates": [85.823, 20.357]}


@pytest.fixture
def town(app, shop):
    store = a_store(shop)
    skus = [
        a_product(shop, store, units=50, price=4_900, hsn="0401"),
        a_product(shop, store, units=50, price=9_999, mrp=11_000, tax_rate=18, hsn="3401"),
    ]
    people = {
        "customer": a_customer(shop),
        "manager": a_manager(shop, store["_id"]),
        "admin": an_admin(shop),
    }
    return store, skus, people


@pytest.fixture
def headers(app, shop, town):
    return {name: bearer(app, shop, person) for name, person in town[2].items()}


def placed(client, headers, skus, key="k"):
    body = {
        "location": DOOR,
        "items": [{"sku": sku, "quantity": 3} for sku in skus],
        "payment": {"provider": "cod"},
        "tip": 500,
    }
    answer = client.post("/api/v1/orders", json=body, headers={**headers["customer"], "Idempotency-Key": key})
    assert answer.status_code == 201, answer.json
    return answer.json


def delivered(shop, client, town, headers, key="k", short=1):
    store, skus, people = town
    order = placed(client, headers, skus, key)
    manager = actor(people["manager"])
    service.store_acts(shop, manager, store["_id"], order["id"], "accept")
    for line, found in zip(order["lines"], (3 - short, 3), strict=True):
        service.pick_line(shop, manager, store["_id"], order["id"], line["id"], found)
    service.pack(shop, manager, store["_id"], order["id"])
    for status in ("out_for_delivery", "delivered"):
        service.set_status(shop, actor(people["admin"]), order["id"], status, None)
    kept = orders.get(shop.db, order["id"])
    assert kept
    return kept


def paper(client, order, who):
    return client.get(f"/api/v1/orders/{order['_id']}/invoice", headers=who)


def text_of(pdf):
    if not which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def test_an_invoice_adds_up_to_the_bill_and_its_tax_to_the_paisa(shop, client, town, headers, db):
    order = delivered(shop, client, town, headers)

    issued = db.invoices.find_one({"order_id": order["_id"]})

    assert issued["total"] == order["totals"]["total"] == 2 * 4_900 + 3 * 9_999 + 500 + 500
    assert issued["tax"] == order["totals"]["tax_included"]
    assert [line["hsn"] for line in issued["lines"]] == ["0401", "3401"]
    for line in issued["lines"]:
        tax = line["cgst"] + line["sgst"]
        assert tax == tax_within(line["amount"], line["rate"])
        assert 0 <= line["sgst"] - line["cgst"] <= 1
        assert line["taxable"] + tax == line["amount"] == line["unit_price"] * line["quantity"]
    assert len(issued["label"]) <= 16


def test_the_paper_says_what_the_law_wants_and_is_the_same_each_time(shop, client, town, headers, clock):
    order = delivered(shop, client, town, headers)

    first = paper(client, order, headers["customer"])
    clock.forward(days=0, minutes=5)
    again = paper(client, order, headers["customer"])

    assert (first.status_code, first.content_type) == (200, "application/pdf")
    assert first.data == again.data
    text = text_of(first.data)
    for wanted in (
        "Tax invoice",
        order["number"],
        "Patia",
        "0401",
        "3401",
        "CGST 9%",
        "397.97",
        "Total INR",
        order["customer"]["name"],
    ):
        assert wanted in text, wanted


def test_there_is_no_invoice_before_the_goods_have_arrived(client, town, headers):
    order = placed(client, headers, town[1])

    answer = client.get(f"/api/v1/orders/{order['id']}/invoice", headers=headers["customer"])

    assert (answer.status_code, answer.json["code"]) == (409, "invoice_not_ready")


def test_only_those_whom_it_concerns_get_it(app, shop, client, town, headers):
    order = delivered(shop, client, town, headers)
    elsewhere = a_store(shop, name="Elsewhere")
    others = {
        404: [a_customer(shop), a_manager(shop, elsewhere["_id"])],
        403: [a_rider(shop)],
        200: [town[2]["manager"], town[2]["admin"], town[2]["customer"]],
    }

    for status, people in others.items():
        for person in people:
            answer = paper(client, order, bearer(app, shop, person))
            assert answer.status_code == status, (status, person["roles"])


def test_numbers_have_no_gaps_within_a_store_and_a_year(shop, client, town, headers, db):
    for number in range(3):
        order = delivered(shop, client, town, headers, key=f"k{number}")
        invoicing.issue(shop, order)

    numbers = [one["number"] for one in db.invoices.find().sort("number", 1)]

    assert numbers == [1, 2, 3]


@pytest.mark.parametrize(
    ("at", "year"),
    [
        (datetime(2026, 3, 31, 18, 29, tzinfo=UTC), "2526"),
        (datetime(2026, 3, 31, 18, 30, tzinfo=UTC), "2627"),  # the first of April in Bhubaneswar
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "2627"),
        (datetime(2099, 12, 31, tzinfo=UTC), "9900"),
    ],
)
def test_a_financial_year_begins_in_april_by_the_shops_own_calendar(at, year):
    assert invoicing.financial_year(at, "Asia/Kolkata") == year


def test_money_given_back_later_is_a_credit_note(shop, client, town, headers):
    order = delivered(shop, client, town, headers)
    before = paper(client, order, headers["customer"]).data

    back = client.post(
        f"/api/v1/orders/{order['_id']}/refunds",
        json={"amount": {"amount": 4_900, "currency": "INR"}, "reason": "spoilt"},
        headers={**headers["admin"], "Idempotency-Key": "r"},
    )

    assert back.status_code < 300, back.json
    after = paper(client, order, headers["customer"]).data
    assert after != before
    text = text_of(after)
    assert "Credit notes" in text and "-49.00" in text
    assert "spoilt" not in text  # what staff write is for staff
