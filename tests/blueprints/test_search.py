"""Searching, filtering, counting and suggesting over HTTP, as the live copy answers it."""

import random
import time
from urllib.parse import quote

import pytest

from shopsmart.catalog import service as catalog
from shopsmart.identity.model import SYSTEM
from tests.makers import CATEGORIES, a_customer, a_manager, a_product, a_store, bearer

API = "/api/v1"
TREE = [
    *CATEGORIES,
    {"slug": "curd", "name": {"en": "Curd", "hi": "दही"}, "parent": "dairy"},
    {"slug": "staples", "name": {"en": "Staples"}, "parent": None},
]
GOODS = [
    # sku, name, category path, brand, pack, price, units, dietary
    ("A1", "Toned Milk", ["dairy", "milk"], "Amrit", (500, "ml"), 2_800, 9, ["veg"]),
    ("A2", "Full Cream Milk", ["dairy", "milk"], "Amrit", (1_000, "ml"), 6_500, 0, ["veg"]),
    ("A3", "Fresh Curd", ["dairy", "curd"], "Lotus", (400, "g"), 4_500, 9, ["veg"]),
    ("A4", "Basmati Rice", ["staples"], "Konark", (1_000, "g"), 9_000, 9, ["veg", "jain"]),
    ("A5", "Sona Masoori Rice", ["staples"], "Lotus", (5_000, "g"), 9_500, 9, ["veg", "jain"]),
    ("A6", "Brinjal", [], None, None, 3_000, 9, ["veg", "jain"]),
]


@pytest.fixture
def store(shop):
    one = a_store(shop)
    catalog.put_categories(shop, TREE)
    for sku, name, path, brand, pack, price, units, dietary in GOODS:
        a_product(
            shop,
            one,
            sku=sku,
            name={"en": name},
            category_path=path,
            brand=brand,
            pack=pack and {"value": pack[0], "unit": pack[1]},
            mrp=10_000,
            price=price,
            units=units,
            dietary=dietary,
        )
    return one


@pytest.fixture
def ask(client, store):
    def asked(query="", status=200, headers=None):
        answer = client.get(f"{API}/products?store_id={store['_id']}&{query}", headers=headers or {})
        assert answer.status_code == status, answer.text
        return answer.json

    return asked


def skus(page):
    return [item["sku"] for item in page["items"]]


def counts(page, facet):
    return {value["value"]: value["count"] for value in page["facets"][facet]}


# --- filters and facets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("brand=Amrit&brand=Konark", ["A4", "A2", "A1"]),
        ("pack=1kg", ["A4"]),
        ("pack=0.5 l&pack=400 g", ["A3", "A1"]),
        ("pack=5 kg&brand=Amrit", []),
        ("discount=50&in_stock=true", ["A6", "A3", "A1"]),
        ("dietary=veg,jain&max_price=9000", ["A4", "A6"]),
        ("category=dairy&min_price=4500", ["A3", "A2"]),
        ("brand=Nobody", []),
        ("category=nothing", []),
    ],
)
def test_filters_narrow_together_and_one_of_several_brands_or_sizes_will_do(ask, query, expected):
    assert sorted(skus(ask(query))) == sorted(expected)


def test_each_facet_is_counted_without_its_own_filter(ask):
    every = "category,brand,price,dietary,in_stock,discount,pack"
    page = ask(f"category=dairy&brand=Amrit&facets={every}")

    assert skus(page) == ["A2", "A1"]
    assert counts(page, "brand") == {"Amrit": 2, "Lotus": 1}
    assert counts(page, "category") == {"dairy": 2, "milk": 2}
    assert counts(page, "in_stock") == {"true": 1, "false": 1}
    assert counts(page, "pack") == {"500 ml": 1, "1000 ml": 1}
    assert counts(page, "dietary") == {"veg": 2}
    assert counts(page, "discount") == {"10": 2, "20": 2, "30": 2, "40": 1, "50": 1}
    assert page["facets"]["price"] == [
        {"min_price": 2_500, "max_price": 4_999, "count": 1},
        {"min_price": 5_000, "max_price": 9_999, "count": 1},
    ]


def test_facets_of_a_search_count_what_the_words_find(ask):
    page = ask("q=rice&brand=Konark&facets=brand,pack")

    assert skus(page) == ["A4"]
    assert counts(page, "brand") == {"Konark": 1, "Lotus": 1}
    assert counts(page, "pack") == {"1000 g": 1}
    assert set(page["facets"]) == {"brand", "pack"}


def test_facets_are_null_unless_asked_for_and_named_in_the_language(ask):
    assert ask()["facets"] is None
    [curd] = [
        value for value in ask("facets=category&lang=hi")["facets"]["category"] if value["value"] == "curd"
    ]
    assert curd["name"] == "दही"


@pytest.mark.parametrize(
    "query",
    ["facets=colour", "facets=brand,,pack", "pack=big", "pack=0 g", "discount=0", "discount=100", "brand="],
)
def test_senseless_filters_are_refused(ask, query):
    assert ask(query, 422)["code"] == "validation_error"


def test_categories_tell_how_many_products_the_store_lists_in_them(shop, client, store):
    catalog.put_listings(shop, store["_id"], [{"sku": "A1", "price": 2_800, "enabled": False}])

    dairy, _ = client.get(f"{API}/categories?store_id={store['_id']}").json["items"]

    assert (dairy["slug"], dairy["count"]) == ("dairy", 2)
    assert {child["slug"]: child["count"] for child in dairy["children"]} == {"milk": 1, "curd": 1}
    assert client.get(f"{API}/categories").json["items"][0]["count"] is None


# --- pages -----------------------------------------------------------------------------------------------------


def every_page(ask, query):
    seen, cursor = [], ""
    while cursor is not None:
        page = ask(f"{query}&limit=2{cursor and '&cursor=' + cursor}")
        seen += skus(page)
        cursor = page["next"]
        assert len(seen) < 100
    return seen


@pytest.mark.parametrize(
    "sort", ["relevance", "name", "price_asc", "price_desc", "discount", "popularity", "newest"]
)
@pytest.mark.parametrize("query", ["", "&q=rice", "&in_stock=true"])
def test_pages_show_everything_once_in_every_order(ask, sort, query):
    assert every_page(ask, f"sort={sort}{query}") == skus(ask(f"sort={sort}{query}&limit=100"))


def test_rows_that_do_not_move_are_shown_once_whatever_happens_around_them(shop, ask, store):
    for number in range(40):
        a_product(shop, store, sku=f"M-{number:02d}", price=1_000 + 10 * (number // 3), units=5)
    rng, seen, cursor, moved = random.Random(4), [], "", set()
    while cursor is not None:
        page = ask(f"sort=price_asc&max_price=2000&limit=5{cursor and '&cursor=' + cursor}")
        seen += skus(page)
        cursor = page["next"]
        sku = f"M-{rng.randrange(40):02d}"
        moved.add(sku)
        catalog.list_product(shop, SYSTEM, store["_id"], sku, rng.randrange(1_000, 1_200))
        a_product(shop, store, sku=f"N-{len(seen)}", price=1_050, units=5)
        moved.add(f"N-{len(seen)}")

    still = [f"M-{number:02d}" for number in range(40) if f"M-{number:02d}" not in moved]
    assert [sku for sku in seen if sku in still] == still


def test_a_list_that_is_known_is_not_sent_again_until_something_in_it_changes(app, shop, client, store):
    path = f"{API}/products?store_id={store['_id']}&q=milk"
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304

    manager = bearer(app, shop, a_manager(shop, store["_id"]))
    sold_out = {"available": False}
    assert client.patch(f"{API}/store/inventory/A1", headers=manager, json=sold_out).status_code == 200

    changed = client.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert {item["sku"]: item["available"] for item in changed.json["items"]}["A1"] is False


# --- words -----------------------------------------------------------------------------------------------------


def test_what_is_there_comes_before_what_is_not(ask):
    assert skus(ask("q=milk"))[:2] == ["A1", "A2"]


def test_a_slip_of_the_finger_is_forgiven_and_said(ask):
    page = ask("q=basmti")

    assert skus(page)[0] == "A4"
    assert page["did_you_mean"] == "basmati"
    assert ask("q=basmati")["did_you_mean"] is None


@pytest.mark.parametrize(
    "q",
    [
        "\U0001f96d\U0001f95b" * 20,
        ".*",
        "(a+)+$",
        "((((",
        "[z-a]",
        "$where",
        "\u200f\u200e",
        "\u0926",
        "a" * 100,
        "a b c d e f g h i j k l m n o p q r s t u v w x y z",
        "\ufffd\ufffd",
        "1" * 100,
        "milk " * 19,
        "\u0301" * 50,
        "\ud55c\uad6d" * 30,
    ],
)
def test_odd_words_are_answered_soon_and_never_break_anything(client, store, q):
    for path in ("/products", "/search/suggest"):
        url = f"{API}{path}?store_id={store['_id']}&q={quote(q)}"
        client.get(url)
        began = time.process_time()
        answer = client.get(url)

        assert answer.status_code in {200, 422}
        assert time.process_time() - began < 0.2


@pytest.mark.parametrize("raw", ["%00milk", "x" * 10_000, "%ED%A0%80", "%FF%FE", "%E2%80%AEmilk", ""])
def test_bytes_that_are_no_words_are_refused_or_find_nothing(client, store, raw):
    for path in ("/products", "/search/suggest"):
        answer = client.get(f"{API}{path}?store_id={store['_id']}&q={raw}")

        assert answer.status_code in {200, 422}
        assert answer.status_code == 422 or answer.json["items"] == []


# --- while the copy is not there -------------------------------------------------------------------------------


def test_without_a_copy_lists_come_from_mongodb_and_the_rest_is_refused_for_a_moment(shop, ask):
    shop.live.close()

    assert skus(ask("q=milk")) == ["A1", "A2"]
    assert skus(ask("category=dairy&sort=price_asc&brand=Lotus&brand=Konark")) == ["A3"]
    for query in ("facets=brand", "sort=popularity", "sort=newest", "pack=1kg"):
        assert ask(query, 503)["code"] == "catalogue_loading"


def test_a_search_goes_on_when_the_copy_comes_and_waits_when_it_goes(ask, live, monkeypatch):
    begun_here = ask("q=rice&limit=1")
    with monkeypatch.context() as gone:
        gone.setattr(live, "view", lambda: None)
        assert ask(f"q=rice&limit=1&cursor={begun_here['next']}", 503)["code"] == "catalogue_loading"
        begun_there = ask("q=rice&limit=1")

    assert len(skus(ask(f"q=rice&limit=1&cursor={begun_there['next']}"))) == 1


# --- suggestions -----------------------------------------------------------------------------------------------


@pytest.fixture
def suggest(client, store):
    def suggested(q, query="", headers=None):
        url = f"{API}/search/suggest?q={quote(q)}&store_id={store['_id']}{query}"
        answer = client.get(url, headers=headers or {})
        assert answer.status_code == 200, answer.text
        return [(one["kind"], one["text"]) for one in answer.json["items"]]

    return suggested


def test_products_and_brands_are_suggested_from_the_first_letters(suggest):
    assert ("product", "Basmati Rice") in suggest("bas")
    assert ("product", "Basmati Rice") in suggest("basmto")
    assert ("brand", "Konark") in suggest("kon")


def test_only_what_the_store_lists_is_suggested(shop, client, suggest, store):
    a_product(shop, sku="ELSE", name={"en": "Basmati Premium"})

    assert ("product", "Basmati Premium") not in suggest("basmati")
    everywhere = client.get(f"{API}/search/suggest?q=basmati").json["items"]
    assert "ELSE" in [one["sku"] for one in everywhere]


def test_a_suggestion_says_what_to_ask_for(client, store):
    url = f"{API}/search/suggest?store_id={store['_id']}&lang=hi&q="
    [curd] = [one for one in client.get(url + "curd").json["items"] if one["kind"] == "category"]

    assert (curd["text"], curd["category"], curd["sku"], curd["brand"]) == ("दही", "curd", None, None)


def test_own_searches_come_back_as_suggestions_and_can_be_erased(app, shop, client, ask, suggest):
    me = bearer(app, shop, a_customer(shop))
    other = bearer(app, shop, a_customer(shop))
    for q in ("bas", "basmati", "milk", "basmati"):
        ask(f"q={q}", headers=me)

    assert client.get(f"{API}/me/searches", headers=me).json["items"] == ["basmati", "milk"]
    assert suggest("ba", headers=me)[0] == ("recent", "basmati")
    assert suggest("ba", headers=other)[0][0] != "recent"
    assert client.get(f"{API}/me/searches", headers=other).json["items"] == []

    for _ in range(2):
        assert client.delete(f"{API}/me/searches", headers=me).status_code == 204
    assert client.get(f"{API}/me/searches", headers=me).json["items"] == []


def test_no_more_than_ten_searches_are_remembered(app, shop, client, ask):
    me = bearer(app, shop, a_customer(shop))
    for number in range(13):
        ask(f"q=thing {number:02d}", headers=me)

    found = client.get(f"{API}/me/searches", headers=me).json["items"]
    assert found == [f"thing {number:02d}" for number in range(12, 2, -1)]


def test_a_worthless_token_searches_as_a_guest(ask):
    assert skus(ask("q=milk", headers={"Authorization": "Bearer nonsense"}))
