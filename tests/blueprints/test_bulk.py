"""Files of goods over HTTP, and what staff and managers see of the catalogue and its history."""

import pytest

from shopsmart.bulk import service
from tests.makers import a_manager, a_product, a_store, an_admin, bearer
from workers import jobs

IMPORTS = "/api/v1/admin/imports"
TEA = "sku,name_en,mrp\nTEA,Tea,50\nBAD,Tea,x\n"


@pytest.fixture
def staff(app, shop):
    return bearer(app, shop, an_admin(shop))


@pytest.fixture
def send(client, staff):
    def send(text, key="k1", kind="products", type_="text/csv", **more):
        return client.post(
            IMPORTS,
            data=text,
            query_string={"kind": kind, **more},
            headers={**staff, "Idempotency-Key": key, "Content-Type": type_},
        )

    return send


def test_a_file_is_taken_in_carried_by_a_job_and_followed(client, shop, staff, send, enqueued, monkeypatch):
    answer = send(TEA)

    assert (answer.status_code, answer.json["state"]) == (202, "waiting")
    assert enqueued == [("bulk", "workers.jobs.carry_import", answer.json["id"])]
    monkeypatch.setattr(jobs, "from_environment", lambda: shop)
    jobs.carry_import(answer.json["id"])
    seen = client.get(f"{IMPORTS}/{answer.json['id']}", headers=staff).json
    assert seen["state"] == "done"
    assert seen["counts"] == {"read": 2, "created": 1, "changed": 0, "unchanged": 0, "refused": 1}
    report = client.get(f"{IMPORTS}/{answer.json['id']}/errors", headers=staff)
    assert report.text.splitlines() == [
        "row,line,sku,code,detail",
        "2,3,BAD,bad_value,mrp: An amount such as 49 or 49.50 is expected.",
    ]
    lines = client.get(f"{IMPORTS}/{answer.json['id']}/errors?format=jsonl", headers=staff)
    assert '"row":2' in lines.text


def test_a_file_sent_twice_with_its_key_is_one_import(client, staff, send):
    first, again, other = send(TEA), send(TEA), send(TEA + "\n")

    assert again.json["id"] == first.json["id"]
    assert (other.status_code, other.json["code"]) == (409, "idempotency_conflict")
    assert len(client.get(IMPORTS, headers=staff).json["items"]) == 1


def test_files_may_be_larger_than_other_bodies(send, settings):
    filler = "," + "x" * 3_000
    rows = "".join(f"P{row},Tea{filler},5\n" for row in range(settings.max_body_bytes // 1_500))

    assert send("sku,name_en,description_en,mrp\n" + rows).status_code == 202


def test_what_is_no_file_of_ours_is_refused_at_the_door(send):
    assert send(TEA, type_="application/json").status_code == 415
    assert send(TEA, key="").json["code"] == "idempotency_key_required"
    assert send(TEA, kind="people").status_code == 422


def test_a_file_above_the_bound_is_refused(send, shop, monkeypatch):
    monkeypatch.setattr(service, "MOST_BYTES", 10)

    assert send(TEA).status_code in {413, 422}
    assert shop.db.imports.count_documents({}) == 0


def test_exports_are_files_that_an_import_takes(client, shop, staff, send):
    shelf = a_store(shop)
    a_product(shop, shelf, sku="MILK", units=3)

    products = client.get("/api/v1/admin/exports/products", headers=staff)
    listings = client.get("/api/v1/admin/exports/listings?with_stock=true&format=jsonl", headers=staff)

    assert products.headers["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert products.text.splitlines()[1].startswith("MILK,Milk")
    assert '"on_hand":3' in listings.text
    begun = send(listings.data, kind="listings", type_="application/x-ndjson").json
    service.carry_on(shop, begun["id"])
    assert service.get(shop, begun["id"])["counts"]["unchanged"] == 1


# --- the catalogue as staff keep it ----------------------------------------------------------------------------


def test_staff_find_hidden_products_and_restore_them(client, shop, staff):
    shelf = a_store(shop)
    sku, other = a_product(shop, shelf), a_product(shop)
    client.delete(f"/api/v1/products/{sku}", headers=staff)

    def listed(**query):
        found = client.get("/api/v1/admin/products", headers=staff, query_string=query).json
        return [one["sku"] for one in found["items"]], found["next"]

    assert listed() == ([sku, other], None)
    assert listed(hidden="true") == ([sku], None)
    assert listed(q="milk", hidden="false") == ([other], None)
    first, cursor = listed(limit=1)
    assert [*first, *listed(cursor=cursor)[0]] == [sku, other]
    assert client.get(f"/api/v1/admin/products/{sku}", headers=staff).json["hidden"] is True

    assert client.post(f"/api/v1/admin/products/{sku}/restore", headers=staff).json["hidden"] is False

    shown = client.get("/api/v1/products", query_string={"store_id": shelf["_id"]}).json
    assert [one["sku"] for one in shown["items"]] == [sku]


def test_a_category_goes_only_when_nothing_stands_in_it(client, shop, staff):
    sku = a_product(shop)
    client.delete(f"/api/v1/products/{sku}", headers=staff)

    refused = client.delete("/api/v1/admin/categories/milk", headers=staff)
    above = client.delete("/api/v1/admin/categories/dairy", headers=staff)

    assert [(one.status_code, one.json["code"]) for one in (refused, above)] == [(409, "category_in_use")] * 2
    client.put("/api/v1/admin/categories/tea", json={"name": {"en": "Tea"}}, headers=staff)
    assert client.delete("/api/v1/admin/categories/tea", headers=staff).status_code == 204
    assert client.delete("/api/v1/admin/categories/tea", headers=staff).json["code"] == "unknown_category"


def test_a_listing_is_put_limited_and_taken_off(client, shop, staff):
    shelf = a_store(shop)
    sku = a_product(shop)
    url = f"/api/v1/admin/stores/{shelf['_id']}/listings/{sku}"
    price = {"price": {"amount": 4_500, "currency": "INR"}}

    assert client.get(url, headers=staff).json["code"] == "unknown_listing"
    put = client.put(url, json={**price, "max_per_order": 2}, headers=staff).json
    off = client.put(url, json={**price, "enabled": False}, headers=staff).json

    assert (put["max_per_order"], put["enabled"], put["discount_percent"]) == (2, True, 10)
    assert (off["max_per_order"], off["enabled"]) == (2, False)
    dear = client.put(url, json={"price": {"amount": 5_001, "currency": "INR"}}, headers=staff)
    assert dear.json["code"] == "price_above_mrp"


def test_a_manager_takes_an_item_off_until_a_time_and_sees_its_history(client, app, shop, clock):
    shelf, elsewhere = a_store(shop), a_store(shop)
    sku = a_product(shop, shelf, elsewhere)
    manager = bearer(app, shop, a_manager(shop, shelf["_id"]))
    until = "2026-11-20T06:00:00.000Z"

    def patch(**body):
        return client.patch(f"/api/v1/store/inventory/{sku}", json=body, headers=manager)

    row = patch(off_until=until, off_reason="no eggs today", max_per_order=3).json

    assert (row["available"], row["off_until"], row["off_reason"]) == (False, until, "no eggs today")
    assert row["max_per_order"] == 3
    seen = client.get(f"/api/v1/products/{sku}", query_string={"store_id": shelf["_id"]}).json
    assert seen["available"] is False
    assert patch(off_until="2020-01-01T00:00:00Z").json["code"] == "bad_off_until"
    assert patch(off_until=until, available=True).json["code"] == "bad_off_until"
    assert patch(off_reason="because").status_code == 422
    rows = client.get(f"/api/v1/store/inventory/{sku}/history", headers=manager).json["items"]
    whats = [one["what"] for one in rows]
    assert sorted(whats) == sorted(
        ["product.added", "listing.added", "listing.changed", "listing.switched_off"]
    )
    assert {one["store_id"] for one in rows} == {None, shelf["_id"]}


def test_categories_count_what_the_store_lists(client, shop, staff):
    shelf, elsewhere = a_store(shop), a_store(shop)
    hidden, *_ = [a_product(shop, shelf) for _ in range(3)]
    a_product(shop, elsewhere)
    client.delete(f"/api/v1/products/{hidden}", headers=staff)

    def counted(**query):
        top = client.get("/api/v1/categories", query_string=query).json["items"]
        dairy = next(one for one in top if one["slug"] == "dairy")
        return dairy["count"], {one["slug"]: one["count"] for one in dairy["children"]}["milk"]

    assert counted(store_id=shelf["_id"]) == (2, 2)
    assert counted() == (None, None)
