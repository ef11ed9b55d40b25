"""The whole platform with the demo city, and people in front of it: each a browser window of their own."""

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from shopsmart.infra import embedded
from shopsmart.launcher import web

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "shopsmart-demo-1"
PHONE, TABLET, DESKTOP = (390, 844), (1180, 820), (1440, 900)
# The demo door (latitude, longitude) and its store, served by that one alone.
DOOR, STORE = (20.3572, 85.8215), "bbsr-patia"
AT_THE_STORE = {"latitude": 20.3521, "longitude": 85.8247}
# Generous, as the machine may be slow and busy: what is waited for comes when it comes.
PATIENCE_MS = 20_000


@dataclass(frozen=True)
class Platform:
    """The running platform: the address of its pages, and calls to its API as anybody."""

    url: str

    def call(self, login: str, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The API's answer to somebody of the demo city; raises for a refusal."""
        http = requests.Session()
        signed = http.post(
            f"{self.url}/api/v1/auth/login",
            json={"email": email_of(login), "password": PASSWORD, "token_mode": "bearer"},
            timeout=20,
        )
        signed.raise_for_status()
        answer = http.request(
            method,
            f"{self.url}/api/v1{path}",
            json=body,
            params=query,
            headers={
                "Authorization": f"Bearer {signed.json()['access_token']}",
                "Idempotency-Key": uuid.uuid4().hex,
            },
            timeout=20,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None


def email_of(login: str) -> str:
    return f"{login}@demo.shopsmart.local"


def chromium_path() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """`shopsmart up` as people start it, on a folder and ports of its own."""
    try:
        web.node()
        web.check_built()
    except web.NoPages as why:
        pytest.skip(f"needs the web pages: {why}")
    data = tmp_path_factory.mktemp("platform")
    port, web_port = embedded.free_port(), embedded.free_port()
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SHOPSMART_")},
        "SHOPSMART_DATA": str(data),
        "SHOPSMART_PORT": str(port),
        "SHOPSMART_WEB_PORT": str(web_port),
        "SHOPSMART_API_WORKERS": "1",
    }
    log = data / "up.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "shopsmart", "up"], cwd=ROOT, env=environ, stdout=out, stderr=out
        )
    try:
        give_up_at = time.monotonic() + 120
        while "ShopSmart is ready (" not in log.read_text(errors="replace"):
            assert process.poll() is None and time.monotonic() < give_up_at, log.read_text(errors="replace")
            time.sleep(0.2)
        yield Platform(f"http://localhost:{web_port}")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        pytest.skip("needs Chromium (Debian's package `chromium`)")
    expect.set_options(timeout=PATIENCE_MS)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    started = playwright.chromium.launch(executable_path=path, args=flags)
    yield started
    started.close()


Window = Callable[..., Page]


@pytest.fixture
def window(browser: Browser, platform: Platform) -> Iterator[Window]:
    """`window(size, login=None, at=DOOR, **of_the_context)` opens somebody's browser.

    At the end nothing may stand in any console: no broken script, nothing that the content policy refused (unless
    with `refusals`, where a test provokes them).
    """
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window(
        size: tuple[int, int] = DESKTOP,
        *,
        login: str | None = None,
        at: tuple[float, float] | None = DOOR,
        lang: str = "en",
        refusals: bool = False,
        **options: Any,
    ) -> Page:
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=platform.url, locale="en-IN", **options
        )
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        cookies = [{"name": "lang", "value": lang, "url": platform.url}]
        if at:
            place = quote(f"{at[0]:.6f}|{at[1]:.6f}|Home")
            cookies.append({"name": "place", "value": place, "url": platform.url})
        context.add_cookies(cookies)  # type: ignore[arg-type]
        page = context.new_page()
        page.on("pageerror", lambda fault: complaints.append(f"{page.url}: {fault}"))
        if not refusals:
            page.on("console", lambda said: _note(complaints, page, said.type, said.text))
        if login:
            sign_in(page, login)
        return page

    yield open_window
    for context in opened:
        context.close()
    assert complaints == []


def _note(complaints: list[str], page: Page, kind: str, text: str) -> None:
    # A refusal by the API, or a connection cut on purpose, is a line in every browser's console.
    if kind == "error" and "Failed to load resource" not in text and "net::ERR_" not in text:
        complaints.append(f"{page.url}: {text}")


def sign_in(page: Page, login: str) -> None:
    """Signs in without the form, by the call that it makes."""
    page.goto("/robots.txt")
    status = page.evaluate(
        """async body => (await fetch("/api/v1/auth/login", {method: "POST", body: JSON.stringify(body),
             headers: {"Content-Type": "application/json"}})).status""",
        {"email": email_of(login), "password": PASSWORD},
    )
    assert status == 200


def order_by_api(platform: Platform, login: str = "customer", note: str = "", **more: Any) -> dict[str, Any]:
    """A cash order of two things at the demo door; the order."""
    lat, lng = DOOR
    shelf = platform.call(
        login, "GET", "/products", lat=lat, lng=lng, category="milk", in_stock="true", limit=2
    )
    order: dict[str, Any] = platform.call(
        login,
        "POST",
        "/orders",
        {
            "location": {"type": "Point", "coordinates": [lng, lat]},
            "items": [{"sku": item["sku"], "quantity": 1} for item in shelf["items"]],
            "payment": {"provider": "cod"},
            "note": note,
            **more,
        },
    )
    return order
