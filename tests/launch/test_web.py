"""Which Node serves the web pages, on which port, and whether they are built from what lies here."""

import pytest

from shopsmart.launcher import web


def test_an_old_node_is_named_as_the_reason_for_no_pages(tmp_path, monkeypatch):
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.19.0\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(web.NoPages, match="v18.19.0: install Node 20.9"):
        web.node()


def test_without_node_the_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(web.NoPages, match="install Node 20.9 or newer"):
        web.node()


@pytest.mark.parametrize(
    ("environ", "port"),
    [
        ({"SHOPSMART_PORT": "8000"}, 3_000),
        ({"SHOPSMART_PORT": "8001"}, 3_001),
        ({"SHOPSMART_PORT": "5500"}, 10_500),
        ({"SHOPSMART_PORT": "8000", "SHOPSMART_WEB_PORT": "4000"}, 4_000),
    ],
)
def test_copies_side_by_side_get_ports_of_their_own(environ, port):
    assert web.port_of(environ) == port


@pytest.mark.parametrize("given", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(given):
    with pytest.raises(web.NoPages, match="no port"):
        web.port_of({"SHOPSMART_PORT": "8000", "SHOPSMART_WEB_PORT": given})


def test_any_change_of_a_source_asks_for_a_new_build(tmp_path, monkeypatch):
    pages = tmp_path / "storefront"
    (pages / "app").mkdir(parents=True)
    (pages / "serve.mjs").write_text("")
    page = pages / "app/page.tsx"
    page.write_text("one")
    monkeypatch.setattr(web, "STOREFRONT", pages)
    with pytest.raises(web.NoPages, match="not built"):
        web.check_built()

    web.built_mark().parent.mkdir()
    web.built_mark().write_text(web.sources_digest())
    web.check_built()
    (pages / "node_modules").mkdir()
    (pages / "node_modules/other.js").write_text("not ours")
    web.check_built()

    page.write_text("two")
    with pytest.raises(web.NoPages, match="have changed"):
        web.check_built()
