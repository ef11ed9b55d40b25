"""What the store does to its shelf is what customers see, and they find it by hand and by keyboard."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, DOOR, PHONE, TABLET


def test_a_thing_switched_off_in_the_console_leaves_an_open_product_page(window, platform):
    lat, lng = DOOR
    shelf = platform.call("customer", "GET", "/products", lat=lat, lng=lng, category="rice", in_stock="true")
    product = shelf["items"][0]
    customer = window(DESKTOP)
    customer.goto(f"/product/{product['sku']}")
    expect(customer.get_by_role("heading", level=1)).to_have_text(product["name"])
    expect(customer.get_by_role("button", name=re.compile("^Add")).first).to_be_visible()

    manager = window(TABLET, login="store")
    manager.goto("/store/stock")
    manager.get_by_label("Search by name or SKU").fill(product["sku"])
    switch = manager.get_by_role("switch", name=f"{product['name']} on sale")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")

    expect(customer.get_by_test_id("availability")).to_contain_text("Sold out")
    switch.click()
    expect(customer.get_by_test_id("availability")).not_to_contain_text("Sold out")


def test_a_shelf_of_thousands_scrolls_to_its_end_and_draws_a_screen_of_it(window):
    page = window(TABLET, login="store")
    page.goto("/store/stock")
    rows = page.get_by_role("rowgroup").locator("[role=row]")
    expect(rows.first).to_be_visible()
    frame = page.get_by_role("rowgroup")

    for _ in range(12):
        frame.evaluate("frame => frame.scrollTo(0, frame.scrollHeight)")
        page.wait_for_timeout(150)

    assert int(rows.last.get_attribute("aria-rowindex")) > 500
    assert rows.count() < 60


def test_suggestions_are_reached_and_taken_by_keyboard(window):
    page = window(DESKTOP)
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    search = page.get_by_role("combobox", name="Search products")
    search.focus()
    search.press_sequentially("atta")
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")

    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/(product|category|search)"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_filters_and_sort_stand_in_the_address_and_work_without_script(window):
    page = window(DESKTOP, java_script_enabled=False)
    page.goto("/category/rice?sort=price_asc&in_stock=true")
    prices = page.get_by_role("article").get_by_text(re.compile("^₹")).all_inner_texts()

    amounts = [float(re.sub(r"[₹,]", "", price)) for price in prices if re.fullmatch(r"₹[\d,.]+", price)]

    assert len(amounts) > 5
    assert page.get_by_role("checkbox", name=re.compile("In stock only")).first.is_checked()


def test_outside_every_fence_the_nearest_area_is_named_and_one_tap_shops_there(window):
    page = window(PHONE, at=(20.52, 85.79))
    page.goto("/")
    expect(page.get_by_role("heading", name="We are not in your area yet")).to_be_visible()

    page.get_by_role("button", name=re.compile("^Shop in")).click()

    expect(page.get_by_test_id("place")).to_contain_text("ShopSmart")


def test_words_of_people_are_never_markup(window, platform):
    from tests.browser.conftest import order_by_api

    order = order_by_api(platform, note="<img src=x onerror=\"document.title='broken in'\"><b>ring</b>")
    page = window(TABLET, login="store")

    page.goto(f"/store/orders/{order['id']}")

    expect(page.get_by_text("<b>ring</b>")).to_be_visible()
    assert page.title() != "broken in"
    platform.call(
        "admin", "PATCH", f"/orders/{order['id']}/status", {"status": "cancelled", "reason": "test"}
    )
