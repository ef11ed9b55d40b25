"""Files of products and listings: each bad row named, nothing done twice, nothing lost by a kill."""

import csv
import io
import json
from typing import Any

import pytest

from shopsmart.bulk import service, store
from shopsmart.bulk.records import MOST_ROW_BYTES, neutral, records, restored
from shopsmart.catalog import service as catalog
from shopsmart.catalog import store as products
from shopsmart.errors import Conflict, Invalid
from shopsmart.identity.model import SYSTEM
from shopsmart.inventory import store as stock
from shopsmart.shelf.history import history
from tests.makers import a_product, a_store

HEADER = "sku,name_en,mrp\n"


@pytest.fixture
def bring(shop):
    """Import a text; the import as it stands then."""

    def bring(text, kind="products", format_="csv", dry_run=False, key=None):
        data = text.encode() if isinstance(text, str) else text
        chunks = [data[start : start + 7_000] for start in range(0, len(data), 7_000)]
        begun = service.begin(shop, SYSTEM, chunks, kind=kind, format_=format_, dry_run=dry_run, key=key)
        service.carry_on(shop, begun["_id"])
        return service.get(shop, begun["_id"])

    return bring


def refusals(shop, ended):
    return [(row["row"], row["line"], row["code"]) for row in store.errors(shop.db, ended["_id"])]


def counts(ended):
    return {name: number for name, number in ended["counts"].items() if number}


def exported(shop, kind="products", format_="csv", **more):
    return b"".join(service.export(shop, kind, format_, **more))


def many(number, mrp="50"):
    return HEADER + "".join(f"P{row},Tea {row},{mrp}\n" for row in range(number))


# --- rows ------------------------------------------------------------------------------------------------------


def test_good_rows_count_and_bad_ones_are_named_with_number_and_reason(shop, bring):
    ended = bring(
        'sku,name_en,mrp,pack_value,pack_unit,barcodes\n'
        "TEA,Tea,49.50,250,g,\n"
        "no sku at all,Tea,1,,,\n"
        ",Tea,1,,,\n"
        "FREE,Tea,0,,,\n"
        "DEAR,Tea,4.999,,,\n"
        '"LINES","Tea\nwith milk",5,,,\n'
        "LESS,Tea\n"
        "TEA,Tea again,5,,,\n"
        "HALF,Tea,5,100,,\n"
        "CODE,Tea,5,,,1234\n"
        "NEW,,5,,,\n"
        "\n"
        "LAST,Tea,7,,,4006381333931\n"
    )  # fmt: skip

    assert refusals(shop, ended) == [
        (2, 3, "bad_value"),
        (3, 4, "missing_value"),
        (4, 5, "bad_product"),
        (5, 6, "bad_value"),
        (6, 7, "bad_value"),  # a name has one line
        (7, 9, "malformed_row"),
        (8, 10, "duplicate_row"),
        (9, 11, "bad_value"),
        (10, 12, "bad_product"),
        (11, 13, "bad_product"),
    ]
    assert counts(ended) == {"read": 12, "created": 2, "refused": 10}
    assert catalog.product(shop, "TEA")["mrp"] == 4_950
    assert ended["state"] == "done"


def test_a_row_changes_what_it_names_and_empties_what_it_leaves_empty(shop, bring):
    sku = a_product(shop, name={"en": "Milk", "hi": "दूध"}, dietary=["veg"])

    ended = bring(f"sku,name_hi,brand,mrp\n{sku},,Amul,\n")

    after = catalog.product(shop, sku)
    assert counts(ended) == {"read": 1, "changed": 1}
    assert (after["name"], after["brand"], after["mrp"]) == ({"en": "Milk"}, "Amul", 5_000)
    assert (after["dietary"], after["pack"]) == (["veg"], {"value": 500, "unit": "ml"})


def test_a_byte_order_mark_and_windows_lines_are_read(shop, bring):
    ended = bring(b"\xef\xbb\xbf" + b'sku,name_en,mrp\r\nTEA,"Tea, black",50\r\n')

    assert counts(ended) == {"read": 1, "created": 1}
    assert catalog.product(shop, "TEA")["name"]["en"] == "Tea, black"


def test_rows_in_another_encoding_are_refused_and_the_others_kept(shop, bring):
    ended = bring(HEADER.encode() + b"A,Caf\xe9,5\nB,Tea,5\n")

    assert refusals(shop, ended) == [(1, 2, "not_utf8")]
    assert counts(ended)["created"] == 1


def test_a_quote_that_is_never_closed_spoils_one_row(shop, bring):
    ended = bring(HEADER + 'A,"Tea,5\n' + "B,Tea,5\nC,Tea,5\n")

    assert refusals(shop, ended) == [(1, 2, "open_quote")]
    assert counts(ended)["created"] == 2


def test_a_line_of_ten_megabytes_spoils_one_row(shop, bring):
    ended = bring(HEADER + "A,Tea,5\nB," + "x" * 10_000_000 + ",5\nC,Tea,5\n")

    assert refusals(shop, ended) == [(2, 3, "row_too_long")]
    assert counts(ended)["created"] == 2


def test_what_is_kept_of_a_long_line_is_bounded():
    chunks = (b"x" * 100_000 for _ in range(50))

    found = list(records(chunks, "jsonl", ["sku"]))

    assert [one.code for one in found] == ["row_too_long"]
    assert MOST_ROW_BYTES < 1_000_000


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"\n",
        HEADER.encode(),
        b"sku;name_en;mrp\nTEA;Tea;5\n",
        b"sku,colour\nTEA,red\n",
        b"sku,sku\nTEA,TEA\n",
        (HEADER + "TEA,Tea,5\n").encode("utf-16"),
        b"PK\x03\x04spreadsheet",
        b"\x00" * 100,
        "sk\xfc,mrp\n".encode("latin-1"),
    ],
)
def test_a_file_that_is_none_is_refused_whole_and_says_why(shop, bring, file):
    ended = bring(file)

    assert (ended["state"], ended["fault"]["code"]) == ("failed", "invalid_file")
    assert len(ended["fault"]["detail"]) > 10
    assert shop.db.products.count_documents({}) == 0


def test_json_lines_take_the_shapes_of_the_api(shop, bring):
    rows = [
        {"sku": "TEA", "name": {"en": "Tea", "hi": "चाय"}, "mrp": {"amount": 4_950, "currency": "INR"}, "hidden": True},
        {"sku": "A", "name": "Tea", "mrp": {"amount": 5, "currency": "INR"}},
        {"sku": "B", "name": {"en": "Tea"}, "mrp": 5},
        {"sku": "C", "name": {"en": "Tea"}, "mrp": {"amount": 5, "currency": "USD"}},
        {"sku": "D", "name": {"en": "Tea"}, "mrp": {"amount": 5, "currency": "INR"}, "colour": "red"},
        {"sku": "E", "name": {"en": "Tea"}, "mrp": {"amount": 5, "currency": "INR"}, "perishable": "yes"},
        {"sku": 7},
        {"sku": "F", "name": {"en": "Tea"}, "mrp": {"amount": True, "currency": "INR"}},
        {"sku": "G", "name": {"en": ["Tea"]}, "mrp": {"amount": 5, "currency": "INR"}},
    ]  # fmt: skip

    ended = bring("\n".join([*map(json.dumps, rows), "[]", "{", '{"sku":"H"}']), format_="jsonl")

    assert [code for _, _, code in refusals(shop, ended)] == [
        "bad_value",
        "bad_value",
        "wrong_currency",
        "unknown_column",
        "bad_value",
        "bad_value",
        "bad_value",
        "bad_value",
        "malformed_row",
        "malformed_row",
        "bad_product",
    ]
    assert catalog.product(shop, "TEA", hidden_too=True)["hidden"] is True


# --- once ------------------------------------------------------------------------------------------------------


def test_the_same_file_again_changes_nothing(shop, bring):
    first, again = bring(many(30)), bring(many(30))

    assert counts(first) == {"read": 30, "created": 30}
    assert counts(again) == {"read": 30, "unchanged": 30}
    assert {one["version"] for one in shop.db.products.find()} == {1}
    assert again["_id"] != first["_id"]


def test_the_same_key_gives_the_same_import_and_another_file_is_refused(shop, bring):
    first = bring(many(3), key="monday")

    assert bring(many(3), key="monday")["_id"] == first["_id"]
    with pytest.raises(Conflict):
        bring(many(4), key="monday")
    assert list(shop.db["import_files.files"].find()) == []


def test_the_end_of_an_import_is_logged_with_its_counts(shop, bring, caplog):
    caplog.set_level("INFO")

    bring(many(2))

    told = next(record for record in caplog.records if record.message == "import ended")
    assert told.counts["created"] == 2


def test_a_dry_run_says_what_would_happen_and_does_nothing(shop, bring):
    sku = a_product(shop)
    before = list(shop.db.products.find())

    ended = bring(many(2) + f"{sku},Other,60\nBAD,Tea,0\n", dry_run=True)

    assert counts(ended) == {"read": 4, "created": 2, "changed": 1, "refused": 1}
    assert list(shop.db.products.find()) == before


def test_a_killed_import_goes_on_where_it_stopped(shop, clock, bring, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 10)
    begun = service.begin(
        shop, SYSTEM, [many(35).encode()], kind="products", format_="csv", dry_run=False, key=None
    )

    class Killed(BaseException):
        pass

    def die(progress):
        if progress["read"] == 20:
            raise Killed

    with pytest.raises(Killed):
        service.carry_on(shop, begun["_id"], die)
    assert service.carry_on(shop, begun["_id"]) is False  # the lease of the dead one holds still
    clock.forward(seconds=61)
    seen = []
    assert service.carry_on(shop, begun["_id"], lambda progress: seen.append(progress["read"]))

    assert seen == [30, 35]
    ended = service.get(shop, begun["_id"])
    assert (ended["state"], counts(ended)) == ("done", {"read": 35, "created": 35})
    assert service.carry_on(shop, begun["_id"]) is False


def test_who_lost_the_lease_writes_no_progress(shop, clock, bring):
    begun = service.begin(
        shop, SYSTEM, [many(5).encode()], kind="products", format_="csv", dry_run=False, key=None
    )
    store.take(shop.db, begun["_id"], "first", shop.now(), shop.now())
    clock.forward(seconds=1)
    store.take(shop.db, begun["_id"], "second", shop.now(), shop.now())

    assert store.note(shop.db, begun["_id"], "first", {"row": 5}) is False
    assert store.note(shop.db, begun["_id"], "second", {"row": 5}) is True


def test_the_sweep_queues_what_no_worker_carries(shop, clock, enqueued):
    begun = service.begin(
        shop, SYSTEM, [many(5).encode()], kind="products", format_="csv", dry_run=False, key="k"
    )
    assert service.sweep(shop) == 0
    clock.forward(seconds=61)

    assert service.sweep(shop) == 1
    assert enqueued == [("bulk", "workers.jobs.carry_import", begun["_id"])]


def test_a_file_that_is_too_large_leaves_nothing_behind(shop, monkeypatch):
    monkeypatch.setattr(service, "MOST_BYTES", 10_000)

    with pytest.raises(Invalid, match="at most"):
        service.begin(
            shop, SYSTEM, [b"x" * 6_000] * 2, kind="products", format_="csv", dry_run=False, key=None
        )

    assert shop.db.imports.count_documents({}) == 0
    assert shop.db["import_files.chunks"].count_documents({}) == 0


def test_what_an_import_changed_stands_in_the_history_with_its_batch(shop, bring):
    sku = a_product(shop, mrp=5_000)

    ended = bring(f"sku,mrp\n{sku},60\n")

    row = history(shop, sku, None, None, 1)[0][0]
    assert (row["before"], row["after"], row["via"]) == (
        {"mrp": 5_000},
        {"mrp": 6_000},
        f"import:{ended['_id']}",
    )


def test_updated_at_moves_with_every_imported_change_of_product_and_listing(shop, clock, bring):
    shelf = a_store(shop)
    sku = a_product(shop, shelf, price=4_900)
    later = clock.forward(minutes=5)

    bring(f"sku,mrp\n{sku},40\n")

    listing: Any = products.listing(shop.db, shelf["_id"], sku)
    assert catalog.product(shop, sku)["updated_at"] == listing["updated_at"] == later
    assert (listing["price"], listing["mrp"]) == (4_000, 4_000)


# --- listings --------------------------------------------------------------------------------------------------


def test_listings_come_with_price_limit_and_count(shop, bring):
    shelf = a_store(shop)
    old, new = a_product(shop, shelf, units=5), a_product(shop)
    at = shelf["_id"]

    ended = bring(
        "store_id,sku,price,max_per_order,enabled,on_hand\n"
        f"{at},{old},45,,,7\n"
        f"{at},{new},40.50,3,true,12\n"
        f"nowhere,{new},40,,,\n"
        f"{at},NOTHING,40,,,\n"
        f"{at},{new},40,,,\n",
        kind="listings",
    )

    assert counts(ended) == {"read": 5, "created": 1, "changed": 1, "refused": 3}
    assert [code for _, _, code in refusals(shop, ended)] == ["unknown_store", "unknown_sku", "duplicate_row"]
    listing: Any = products.listing(shop.db, at, new)
    assert (listing["price"], listing["max_per_order"], listing["enabled"]) == (4_050, 3, True)
    assert [(stock.get(shop.db, at, sku) or {})["on_hand"] for sku in (old, new)] == [7, 12]


def test_a_listing_row_without_a_price_keeps_it_and_one_above_the_mrp_is_refused(shop, bring):
    shelf = a_store(shop)
    sku, other = a_product(shop, shelf, price=4_900), a_product(shop)
    at = shelf["_id"]

    ended = bring(f"store_id,sku,price,enabled\n{at},{sku},,false\n{at},{other},,\n", kind="listings")
    dear = bring(f"store_id,sku,price\n{at},{sku},50.01\n", kind="listings")

    assert [code for _, _, code in refusals(shop, ended)] == ["price_required"]
    assert [code for _, _, code in refusals(shop, dear)] == ["price_above_mrp"]
    listing: Any = products.listing(shop.db, at, sku)
    assert listing["enabled"] is False


# --- there and back --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
def test_what_is_written_out_reads_in_as_nothing_new(shop, bring, format_):
    shelf = a_store(shop)
    a_product(
        shop,
        shelf,
        name={"en": "=HYPERLINK(1)", "hi": "+दूध", "or": "'=ଦୁଧ", "vi": '@sữa, "ngon"'},
        description={"en": "-one\ntwo\r\nthree"},
        barcodes=["4006381333931"],
        allergens=["milk", "soy"],
        shelf_life_days=7,
        images=["https://example.com/a.png"],
    )
    a_product(shop, brand=None, pack=None, category_path=[], hidden=True)

    for kind, more in (("products", {}), ("listings", {"with_stock": True})):
        ended = bring(exported(shop, kind, format_, **more), kind=kind, format_=format_)
        assert set(counts(ended)) == {"read", "unchanged"}, kind


def test_no_cell_of_an_export_is_a_formula(shop):
    a_product(shop, name={"en": "=1+1"}, brand="@SUM(A1)", substitute_group="-x")

    cells = [cell for row in csv.reader(io.StringIO(exported(shop).decode())) for cell in row]

    assert [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell] == []


@pytest.mark.parametrize(
    "cell", ["", "a", "=a", "'=a", "''=a", "'a", "'", "''", "-", "'-", "\t", "+1", "@", "a=b"]
)
def test_neutral_cells_come_back_exactly(cell):
    assert restored(neutral(cell)) == cell
