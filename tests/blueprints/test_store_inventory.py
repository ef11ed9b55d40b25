"""A store's stock over HTTP: counts that find too few, files of corrections, alerts."""

import pytest

from shopsmart.inventory import edits, service
from shopsmart.inventory.model import Line
from shopsmart.shelf import imports
from tests.makers import a_manager, a_product, a_store, actor, an_admin, bearer

IMPORT = "/api/v1/store/inventory/import"


@pytest.fixture
def store(shop):
    return a_store(shop)


@pytest.fixture
def skus(shop, store):
    return [a_product(shop, store, units=5) for _ in range(3)]


@pytest.fixture
def headers(app, shop, store):
    return bearer(app, shop, a_manager(shop, store["_id"]))


@pytest.fixture
def send(client, headers):
    def send(text, key="k1", **query):
        return client.post(
            IMPORT,
            data=text if isinstance(text, bytes) else text.encode(),
            query_string=query,
            headers={**headers, "Idempotency-Key": key, "Content-Type": "text/csv"},
        )

    return send


def on_hand(shop):
    return [row["on_hand"] for row in shop.db.stock.find().sort("_id", 1)]


def a_file(*rows, header="sku,delta,reason"):
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


# --- files -----------------------------------------------------------------------------------------------------


def test_good_lines_are_kept_and_bad_ones_named_by_number(send, shop, skus):
    answer = send(
        a_file(
            (skus[0], 4, "received"),
            ("NO-SUCH", 1, "found"),
            (skus[1], -9, "lost"),
            (skus[1], "many", "lost"),
            (skus[1], -1, "boredom"),
            (skus[2],),
            (skus[2], -2, "damaged"),
        )
    )

    assert answer.status_code == 200
    assert answer.json["accepted"] == 2
    assert [(row["line"], row["code"]) for row in answer.json["lines"]] == [
        (3, "unknown_sku"),
        (4, "less_than_promised"),
        (5, "bad_quantity"),
        (6, "unknown_reason"),
        (7, "malformed_line"),
    ]
    assert on_hand(shop) == [9, 5, 3]


def test_the_same_batch_counts_once(send, shop, skus):
    file = a_file((skus[0], 4, "received"))

    first, second = send(file), send(file)

    assert second.json == first.json
    assert second.headers["Idempotency-Replayed"] == "true"
    assert on_hand(shop) == [9, 5, 5]
    assert send(a_file((skus[0], 5, "received"))).json["code"] == "idempotency_key_reused"


def test_a_batch_that_died_half_way_goes_on_without_counting_twice(shop, store, skus, monkeypatch):
    manager = _actor(shop, store)
    text = a_file((skus[0], 1, "found"), (skus[1], 2, "found"))
    real = edits.make_many

    def die_after_the_first(shop, store_id, some):
        real(shop, store_id, some[:1])
        raise RuntimeError

    monkeypatch.setattr(edits, "make_many", die_after_the_first)
    with pytest.raises(RuntimeError):
        _run(shop, manager, store, text)
    monkeypatch.undo()

    assert _run(shop, manager, store, text)["accepted"] == 2
    assert on_hand(shop) == [6, 7, 5]


def test_refuse_all_takes_nothing_for_one_bad_line(send, shop, skus):
    answer = send(a_file((skus[0], 4, "received"), (skus[1], -9, "lost")), on_error="refuse_all")

    assert (answer.status_code, answer.json["code"]) == (422, "import_refused")
    assert [row["line"] for row in answer.json["lines"]] == [3]
    assert on_hand(shop) == [5, 5, 5]


def test_refuse_all_gives_back_what_it_took_when_a_sale_comes_in_between(shop, store, skus, monkeypatch):
    manager = _actor(shop, store)
    text = a_file((skus[0], -2, "lost"), (skus[1], -5, "lost"), (skus[2], 3, "found"))
    real = edits.foresee

    def then_a_sale(*arguments):
        outcomes = real(*arguments)
        service.hold_basket(shop, store["_id"], [Line(skus[1], 1)], "o.f1", "o", None)
        return outcomes

    monkeypatch.setattr(edits, "foresee", then_a_sale)
    with pytest.raises(imports.Conflict, match="none of it"):
        _run(shop, manager, store, text, all_or_none=True)
    assert on_hand(shop) == [5, 5, 5]
    monkeypatch.undo()

    service.release_order(shop, "o", "test")
    assert _run(shop, manager, store, text, all_or_none=True)["accepted"] == 3
    assert on_hand(shop) == [3, 0, 8]


def test_a_dry_run_tells_and_changes_nothing(send, shop, skus):
    before = list(shop.db.stock.find())

    answer = send(a_file((skus[0], 4, "received"), (skus[1], -9, "lost")), dry_run="true")

    assert (answer.json["accepted"], answer.json["refused"], answer.json["dry_run"]) == (1, 1, True)
    assert list(shop.db.stock.find()) == before
    assert shop.db.idempotency.count_documents({}) == 0


def test_counts_set_what_is_there(send, shop, skus):
    text = a_file((skus[0], 7), (skus[1], 0), (skus[0], 9), header="\ufeffSKU,on_hand")

    answer = send(text, mode="absolute")

    assert answer.json["accepted"] == 2
    assert [(row["line"], row["code"]) for row in answer.json["lines"]] == [(4, "duplicate_sku")]
    assert on_hand(shop) == [7, 0, 5]


def test_counts_below_what_was_promised_are_a_bad_line_or_a_shortage_as_asked(send, shop, store, skus):
    service.hold_basket(shop, store["_id"], [Line(skus[0], 4)], "o.f1", "o", None)
    text = a_file((skus[0], 1), header="sku,on_hand")

    assert send(text, mode="absolute").json["lines"][0]["code"] == "less_than_promised"
    assert send(text, key="k2", mode="absolute", short="declare").json["accepted"] == 1
    assert [case["missing"] for case in service.open_cases(shop)] == [3]


def test_a_file_of_five_thousand_lines_is_taken_and_one_more_is_not(send, shop, store, skus):
    shelves = [{"sku": f"S{number:04d}", "units": 0} for number in range(1_000)]
    service.open_shelves(shop, store["_id"], shelves, "test")
    rows = [(f"S{number % 1_000:04d}", 1, "found") for number in range(5_000)]

    answer = send(a_file(*rows))

    assert answer.json["accepted"] == shop.settings.max_import_lines
    assert sum(on_hand(shop)) == 15 + 5_000
    assert send(a_file(*rows, ("S0000", 1, "found")), key="k2").json["code"] == "too_many_lines"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid_csv"),
        (b"sku,delta\n", 422, "invalid_csv"),
        (b"sku,price\nA,1\n", 422, "invalid_csv"),
        (b"sku,sku,delta\nA,A,1\n", 422, "invalid_csv"),
        (b'sku,delta\n"A,1\n', 422, "invalid_csv"),
        (b"sku,delta\n\xff,1\n", 422, "invalid_csv"),
        (b"sku,delta\n\x00,1\n", 422, "invalid_csv"),
        (b"sku,delta\n" + b"A,1\n" * 300_000, 413, "body_too_large"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_changes_nothing(send, shop, skus, body, status, code):
    answer = send(body)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert on_hand(shop) == [5, 5, 5]


def test_odd_cells_are_bad_lines_and_never_a_crash(send, shop, skus):
    odd = ["=SUM(A1)", "1e3", "1.5", "٣", "9" * 30, "", "-0", "{'$gt': 0}"]
    answer = send(a_file(*((skus[0], cell, "found") for cell in odd)))

    assert answer.status_code == 200
    assert {row["code"] for row in answer.json["lines"]} == {"bad_quantity"}
    assert answer.json["refused"] == len(odd)


def test_another_body_type_a_missing_key_and_another_store_are_refused(client, headers, shop, app, skus):
    other = a_store(shop)
    text = a_file((skus[0], 1, "found"))

    plain = client.post(
        IMPORT, data=text, headers={**headers, "Idempotency-Key": "k"}, content_type="text/plain"
    )
    keyless = client.post(IMPORT, data=text, headers=headers, content_type="text/csv")
    foreign = client.post(
        f"{IMPORT}?store_id={other['_id']}",
        data=text,
        headers={**headers, "Idempotency-Key": "k"},
        content_type="text/csv",
    )

    assert [answer.status_code for answer in (plain, keyless, foreign)] == [415, 400, 404]


# --- between stores --------------------------------------------------------------------------------------------


def test_units_move_between_stores_once_and_only_free_ones(app, client, shop, store):
    other = a_store(shop)
    sku = a_product(shop, store, other, units=5)
    admin = bearer(app, shop, an_admin(shop))
    wanted = {"from_store_id": store["_id"], "to_store_id": other["_id"], "sku": sku, "units": 4}

    def move(key, **changes):
        headers = {**admin, "Idempotency-Key": key}
        return client.post("/api/v1/admin/inventory/transfers", json=wanted | changes, headers=headers)

    answers = [move("k"), move("k")]
    assert [[one["on_hand"] for one in answer.json["shelves"]] for answer in answers] == [[1, 9], [1, 9]]
    assert move("k2").json["code"] == "less_than_promised"
    assert move("k3", to_store_id=store["_id"]).json["code"] == "bad_transfer"
    assert move("k4", to_store_id="nowhere").status_code == 404
    assert move("k5", from_store_id="nowhere").status_code == 404
    assert sorted(on_hand(shop)) == [1, 9]


# --- counting and alerts ---------------------------------------------------------------------------------------


def test_a_count_that_finds_less_than_promised_is_recorded_and_shown(client, headers, shop, store, skus):
    service.hold_basket(shop, store["_id"], [Line(skus[0], 4)], "o.f1", "o", None)

    counted = client.patch(f"/api/v1/store/inventory/{skus[0]}", json={"on_hand": 3}, headers=headers)

    assert counted.status_code == 200
    assert (counted.json["on_hand"], counted.json["available_quantity"]) == (3, 0)
    listed = client.get("/api/v1/store/alerts", headers=headers).json["items"]
    assert [(row["kind"], row["sku"], row["missing"]) for row in listed] == [("shortage", skus[0], 1)]


def test_alerts_come_in_pages_shortages_first(client, headers, shop, store, skus):
    service.hold_basket(shop, store["_id"], [Line(skus[1], 4)], "o.f1", "o", None)
    service.count(shop, store["_id"], skus[1], 3, "m", may_be_short=True)
    for sku in skus:
        service.set_low_stock_at(shop, store["_id"], sku, 6)
    seen, cursor = [], None
    for _ in range(10):
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/store/alerts", query_string=query, headers=headers).json
        seen += [(row["kind"], row["sku"]) for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == [("shortage", skus[1])] + [("low_stock", sku) for sku in skus]


def test_an_edit_is_seen_in_the_catalogue_at_once(client, headers, store, skus):
    client.patch(f"/api/v1/store/inventory/{skus[0]}", json={"on_hand": 0}, headers=headers)

    shown = client.get(f"/api/v1/products/{skus[0]}?store_id={store['_id']}").json
    assert shown["available"] is False


def _actor(shop, store):
    return actor(a_manager(shop, store["_id"]))


def _run(shop, who, store, text, all_or_none=False):
    return imports.run(
        shop, who, store["_id"], text, "delta", "key", all_or_none=all_or_none, declare_short=False
    )
