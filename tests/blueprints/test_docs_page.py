"""The browsable document: everything it needs comes from here, and its policy lets nothing else in."""

import re

from blueprints import docs_page

DOCS = "/api/v1/docs"


def test_the_page_needs_nothing_from_elsewhere(client):
    page = client.get(DOCS)

    assert page.content_type.startswith("text/html")
    wanted = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(wanted) >= 4
    for address in wanted:
        assert address.startswith("/api/v1/")
        answer = client.get(address)
        assert answer.status_code == 200 and answer.data
    assert "<script>" not in page.text and "style=" not in page.text


def test_only_the_page_itself_may_run_scripts(client):
    policy = client.get(DOCS).headers["Content-Security-Policy"]

    assert "script-src 'self';" in policy and "default-src 'none'" in policy
    assert "script-src" not in client.get("/api/v1/openapi.json").headers["Content-Security-Policy"]


def test_assets_are_kept_by_browsers_and_nothing_else_is_served(client):
    first = client.get(f"{DOCS}/assets/swagger-ui.css")
    again = client.get(f"{DOCS}/assets/swagger-ui.css", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    for name in ("index.css", "..%2F__init__.py", "LICENSE"):
        assert client.get(f"{DOCS}/assets/{name}").status_code == 404
    assert set(docs_page.ASSETS) == {"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"}
