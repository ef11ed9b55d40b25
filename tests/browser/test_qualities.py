"""What holds on every page: no barrier that axe-core finds, four whole languages, no token in reach of a script."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, expect

from tests.browser.conftest import DESKTOP, PHONE, order_by_api

SHOP = (
    "/",
    "/category",
    "/category/milk",
    "/search?q=doodh",
    "/product/SS-SPCE-0050",
    "/cart",
    "/sign-in",
    "/sign-up",
    "/nowhere",
)
MINE = ("/checkout", "/orders", "/account", "/account/addresses", "/account/privacy")
STORE = ("/store", "/store/stock", "/store/alerts", "/store/import", "/store/settings")
ADMIN = (
    *("/admin", "/admin/map", "/admin/orders", "/admin/stores", "/admin/stock", "/admin/catalogue"),
    *("/admin/riders", "/admin/users", "/admin/routing", "/admin/jobs", "/admin/audit"),
)
PAGES = {
    None: (*SHOP, "/store/sign-in", "/ride/sign-in", "/admin/sign-in"),
    "customer2": MINE,
    "store": STORE,
    "rider": ("/ride",),
    "super": ADMIN,
}


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("login", PAGES, ids=str)
def test_axe_finds_no_barrier(login, size, window):
    found = []
    page = window(size, login=login, color_scheme="light" if size == DESKTOP else "dark")
    for path in PAGES[login]:
        page.goto(path)
        expect(page.get_by_role("heading", level=1).first).to_be_attached()
        page.wait_for_timeout(800)  # what is fetched by the page itself
        for violation in Axe().run(page).response["violations"]:
            nodes = [node["html"][:160] for node in violation["nodes"][:2]]
            found.append(f"{path}: {violation['id']}: {nodes}")
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if too_wide > 0:
            found.append(f"{path}: {too_wide} px wider than the screen")

    assert found == []


def test_axe_finds_no_barrier_while_an_order_is_followed(window, platform):
    order = order_by_api(platform)
    customer = window(PHONE, login="customer")
    customer.goto(f"/orders/{order['id']}")
    expect(customer.get_by_test_id("order-status")).to_be_visible()
    manager = window(DESKTOP, login="store")
    manager.goto(f"/store/orders/{order['id']}")
    expect(manager.get_by_test_id("pick-line").first).to_be_visible()

    for page in (customer, manager):
        violations = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
    platform.call(
        "admin", "PATCH", f"/orders/{order['id']}/status", {"status": "cancelled", "reason": "test"}
    )


@pytest.mark.parametrize(
    ("lang", "script"), [("hi", "[ऀ-ॿ]"), ("or", "[\u0b00-\u0b7f]"), ("vi", "[ăâđêôơưáàảãạ]")]
)
def test_the_shop_speaks_the_language_that_was_chosen(lang, script, window):
    page = window(PHONE, lang=lang)
    for path in ("/", "/category/milk", "/cart", "/sign-in"):
        page.goto(path)
        main = page.get_by_role("main")

        assert page.locator("html").get_attribute("lang") == lang
        assert re.search(script, main.inner_text()), path
        assert not re.search(
            r"\b(nav|home|cart|place|list|product)\.[a-z]\w+", page.locator("body").inner_text()
        ), path


def test_no_token_is_within_reach_of_a_script(window):
    page = window(DESKTOP, login="customer")
    page.goto("/account")

    within_reach = page.evaluate(
        "document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"
    )

    assert "csrf_access_token" in within_reach
    assert not re.search(r"eyJ[\w-]+\.", within_reach)


def test_each_page_carries_a_policy_with_a_nonce_of_its_own(window):
    page = window(DESKTOP, refusals=True)
    policies = [page.goto(path).headers["content-security-policy"] for path in ("/", "/", "/store/sign-in")]
    nonces = {
        nonce for policy in policies for nonce in re.findall(r"script-src [^;]*'nonce-([^']+)'", policy)
    }

    assert len(nonces) == 3
    assert not any("unsafe-inline" in policy or "unsafe-eval" in policy for policy in policies)
    assert page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.brokenIn = true";
        const holder = document.createElement("div");
        holder.innerHTML = "<img src=x onerror='window.brokenIn = true'>";
        document.body.append(holder);
        return new Promise(done => setTimeout(() => done(window.brokenIn === undefined), 300));
    }""")


@pytest.fixture
def sleepy(window):
    """A phone whose page's scripts come only when it is woken: `(page, wake)`."""
    page = window(PHONE, at=None)
    held: list[Route] = []
    awake = False

    def hold(route):
        if awake:
            route.continue_()
        else:
            held.append(route)

    def wake():
        nonlocal awake
        awake = True
        for route in held:
            route.continue_()

    page.route("**/_next/static/**/*.js", hold)
    return page, wake


def test_a_tap_before_the_page_is_awake_is_not_lost(sleepy):
    page, wake = sleepy
    page.goto("/", wait_until="commit")
    page.get_by_role("button", name="Say where you are").click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    wake()

    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_form_sent_before_the_page_is_awake_does_not_write_the_password_into_the_address(sleepy):
    page, wake = sleepy
    page.goto("/sign-in", wait_until="commit")
    page.get_by_label("E-mail").fill("customer@demo.shopsmart.local")
    page.get_by_label("Password", exact=True).fill("shopsmart-demo-1")
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert "?" not in page.url

    wake()

    expect(page).to_have_url(re.compile("/$"))
