"""One order from an empty browser to the door, by four people in front of their own screens at the same time."""

import re
import uuid

from playwright.sync_api import Page, expect

from tests.browser.conftest import AT_THE_STORE, DESKTOP, PHONE, TABLET, order_by_api


def test_an_order_goes_from_sign_up_to_the_door_and_everybody_sees_it_happen(window):
    manager = window(TABLET, login="store")
    manager.goto("/store")
    rider = window(PHONE, login="rider", geolocation=AT_THE_STORE, permissions=["geolocation"])
    rider.goto("/ride")
    rider.get_by_role("button", name="Start work").click()
    customer = window(DESKTOP, at=None)

    sign_up(customer)
    choose_place(customer, "Patia")
    fill_the_cart(customer)
    code = check_out_and_pay(customer)
    number = customer.get_by_text(re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")).first.inner_text()[-9:]
    pack(manager, number)
    deliver(rider, code)

    expect(customer.get_by_test_id("order-status")).to_contain_text("Delivered")
    rider.get_by_role("button", name="Stop work").click()
    expect(rider.get_by_test_id("duty")).to_contain_text("Off duty")


def sign_up(page: Page) -> None:
    page.goto("/sign-up")
    page.get_by_label("Name").fill("Asha Das")
    page.get_by_label("E-mail").fill(f"asha-{uuid.uuid4().hex[:8]}@example.in")
    page.get_by_role("textbox", name="Password").fill("kadamba-flower-7")
    page.get_by_role("button", name="Create account").click()
    expect(page).not_to_have_url(re.compile("sign-up"))


def choose_place(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_test_id("place").click()
    page.get_by_role("dialog").get_by_label("Search an area, street or landmark").fill(name)
    page.get_by_role("dialog").get_by_text(name, exact=True).first.click()
    expect(page.get_by_test_id("place")).to_contain_text("ShopSmart Patia")


def fill_the_cart(page: Page) -> None:
    page.get_by_role("combobox", name="Search products").fill("doodh")
    page.get_by_role("combobox", name="Search products").press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=doodh"))
    add = page.get_by_role("main").get_by_role("button", name=re.compile("^Add"))
    add.first.click()
    expect(page.get_by_role("button", name=re.compile("^Cart, 1 item"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Cart,")).click()
    page.get_by_role("dialog").get_by_role("link", name="Go to checkout").click()


def check_out_and_pay(page: Page) -> str:
    """Pays with the sandbox; the code for the door."""
    page.get_by_role("button", name="New address").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Flat, floor, building").fill("12, Kadamba Residency")
    dialog.get_by_label("Street and area").fill("Lane 4, Patia")
    dialog.get_by_role("button", name=re.compile("^Save")).click()
    page.get_by_role("button", name=re.compile("^Place order")).click()
    expect(page).to_have_url(re.compile("/orders/"))
    page.get_by_role("button", name=re.compile("^Pay ")).first.click()
    shown = page.get_by_test_id("delivery-code")
    expect(shown).to_have_text(re.compile(r"\d{4}"))
    return re.sub(r"\D", "", shown.inner_text())


def pack(page: Page, number: str) -> None:
    card = page.get_by_test_id("queue-card").filter(has_text=number)
    card.get_by_role("button", name="Accept").click()
    page.get_by_test_id("column-accepted").get_by_role("link", name=number).click()
    lines = page.get_by_test_id("pick-line")
    expect(lines.first).to_be_visible()
    for line in lines.all():
        line.get_by_role("button", name=re.compile("^Picked")).click()
        expect(line.get_by_text(re.compile(r"^\d+ of \d+$"))).to_be_visible()
    page.get_by_role("button", name="Packed", exact=True).click()
    expect(page.get_by_test_id("part-status")).to_have_text("Packed")


def deliver(page: Page, code: str) -> None:
    page.get_by_role("alertdialog").get_by_role("button", name="Accept").click()
    page.get_by_role("button", name="Picked up").click()
    page.get_by_role("button", name="Hand over").click()
    for digit in code:
        page.get_by_role("button", name=f"Digit {digit}").click()
    page.get_by_role("button", name="Delivered", exact=True).click()
    expect(page.get_by_text("Waiting for an offer")).to_be_visible()


def test_taps_without_a_connection_arrive_once(window, platform):
    order = order_by_api(platform)
    page = window(PHONE, login="rider2", geolocation=AT_THE_STORE, permissions=["geolocation"])
    page.goto("/ride")
    page.get_by_role("button", name="Start work").click()
    for step in ("accept", *(("pick", line) for line in order["lines"]), "pack"):
        if isinstance(step, tuple):
            body = {"line": step[1]["id"], "picked": step[1]["quantity"]}
            platform.call("store", "POST", f"/store/orders/{order['id']}/pick", body)
        else:
            platform.call("store", "POST", f"/store/orders/{order['id']}/{step}", {})
    page.get_by_role("alertdialog").get_by_role("button", name="Accept").click()
    button = page.get_by_role("button", name="Picked up")
    expect(button).to_be_enabled()

    page.context.set_offline(True)
    button.click()
    expect(page.get_by_text("1 tap waits to be sent")).to_be_visible()
    expect(page.get_by_role("button", name="Hand over")).to_be_visible()
    before = platform.call("customer", "GET", f"/orders/{order['id']}")
    page.context.set_offline(False)
    expect(page.get_by_text("1 tap waits to be sent")).to_have_count(0)

    after = platform.call("customer", "GET", f"/orders/{order['id']}")
    assert before["status"] == "packed"
    assert [row["action"] for row in after["history"]].count("pick_up") == 1
    page.get_by_role("button", name="Hand over").click()
    page.get_by_label("Code of the customer").last.fill(after["delivery_code"])
    page.get_by_role("button", name="Delivered", exact=True).click()
    expect(page.get_by_text("Waiting for an offer")).to_be_visible()
    page.get_by_role("button", name="Stop work").click()
    expect(page.get_by_test_id("duty")).to_contain_text("Off duty")


def test_an_order_page_catches_up_after_a_lost_connection(window, platform):
    order = order_by_api(platform)
    page = window(PHONE, login="customer")
    page.goto(f"/orders/{order['id']}")
    expect(page.get_by_test_id("order-status")).to_be_visible()

    page.context.set_offline(True)
    platform.call("store", "POST", f"/store/orders/{order['id']}/accept", {})
    page.context.set_offline(False)

    status = page.get_by_test_id("order-status")
    expect(status).to_have_attribute("data-status", "accepted")
    platform.call(
        "admin", "PATCH", f"/orders/{order['id']}/status", {"status": "cancelled", "reason": "test"}
    )
    expect(status).to_have_attribute("data-status", "cancelled")
