"""A fence drawn by mouse decides at once who can order."""

import json
import re

from playwright.sync_api import expect
from shapely.geometry import shape

from tests.browser.conftest import DESKTOP, STORE


def test_a_fence_drawn_by_mouse_changes_what_an_address_can_order(window, platform):
    before = platform.call("super", "GET", f"/admin/stores/{STORE}")
    stores = platform.call("super", "GET", "/admin/stores", limit=100)["items"]
    page = window(DESKTOP, login="super")
    page.goto(f"/admin/map?store={STORE}")
    page.get_by_role("button", name="Edit the fence").click()

    draw_a_square(page, 0.06, 0.06, 0.14)
    expect(page.get_by_test_id("verdict")).to_contain_text("Sound")
    page.get_by_role("button", name="Who gains, who loses?").click()
    expect(page.get_by_test_id("impact")).to_contain_text("gain service")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("serves from now on")).to_be_visible()

    after = platform.call("super", "GET", f"/admin/stores/{STORE}")
    assert after["zone_version"] == before["zone_version"] + 1
    added = shape(after["served_area"]).difference(shape(before["served_area"]))
    middle = added.representative_point()
    assert not any(shape(store["served_area"]).contains(middle) for store in stores)
    customer = window(DESKTOP, at=(middle.y, middle.x))
    customer.goto("/")
    expect(customer.get_by_test_id("place")).to_contain_text("ShopSmart Patia")

    page.reload()
    page.get_by_role("button", name="Restore").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Let it serve again").click()
    expect(page.get_by_text("serves again")).to_be_visible()
    customer.reload()
    expect(customer.get_by_role("heading", name="We are not in your area yet")).to_be_visible()


def test_a_crossing_outline_is_told_at_the_corner_and_cannot_be_published(window):
    page = window(DESKTOP, login="super")
    page.goto(f"/admin/map?store={STORE}")
    page.get_by_role("button", name="Edit the fence").click()
    page.get_by_text("GeoJSON", exact=True).click()
    bow_tie = [[85.80, 20.34], [85.84, 20.37], [85.84, 20.34], [85.80, 20.37], [85.80, 20.34]]
    page.get_by_label("Paste GeoJSON").fill(json.dumps({"type": "Polygon", "coordinates": [bow_tie]}))
    page.get_by_role("button", name="Draw it").click()

    expect(page.get_by_test_id("verdict").get_by_role("alert")).to_be_visible()
    expect(page.locator(".fence-fault").first).to_be_visible()
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_disabled()

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("verdict")).to_contain_text("Sound")


def test_the_map_works_by_keyboard_alone(window):
    page = window(DESKTOP, login="super")
    page.goto(f"/admin/map?store={STORE}")
    page.get_by_role("button", name="Edit the fence").press("Enter")
    page.get_by_text("Corners", exact=True).press("Enter")
    corner = page.get_by_label("Latitude of corner 1", exact=True)
    old = corner.input_value()

    corner.fill(f"{float(old) + 0.0005:.6f}")
    corner.press("Tab")

    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    expect(page.get_by_test_id("verdict")).to_contain_text(re.compile(r"Sound|\w"))


def draw_a_square(page, left: float, top: float, side: float) -> None:
    """With the polygon tool; the numbers are shares of the map's width and height."""
    page.locator(".leaflet-pm-icon-polygon").click()
    box = page.get_by_test_id("map").bounding_box()
    x, y, w, h = box["x"], box["y"], box["width"], box["height"]
    left, top = max(left, 0.1), top
    corners = [(left, top), (left + side, top), (left + side, top + side), (left, top + side), (left, top)]
    for across, down in corners:
        page.mouse.move(x + across * w, y + down * h, steps=3)
        page.mouse.click(x + across * w, y + down * h)
