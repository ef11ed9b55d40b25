"""Images over HTTP: upload, look, sizes, order, removal; and files that are served for ever."""

import contextlib
import dataclasses

import pytest
import requests

from shopsmart.errors import Conflict
from shopsmart.images import confined, model, service
from shopsmart.infra.files import FOREVER, Bucket, Folder
from tests.buckets import AWS, aws, bucket
from tests.makers import a_manager, a_product, a_store, an_admin, bearer, with_settings
from tests.pictures import a_picture, opened

__all__ = ["aws", "bucket"]
API = "/api/v1"


@pytest.fixture
def shop(shop, tmp_path):
    """A shop with a folder of its own for files."""
    return dataclasses.replace(shop, files=Folder(tmp_path / "files"))


@pytest.fixture
def admin(app, shop):
    return bearer(app, shop, an_admin(shop))


@pytest.fixture
def sku(shop):
    return a_product(shop, a_store(shop))


def begin(client, admin, sku, data, content_type="image/jpeg", status=201, **other):
    body = {"content_type": content_type, "size": len(data), **other}
    answer = client.post(f"{API}/products/{sku}/image-upload", headers=admin, json=body)
    assert answer.status_code == status, answer.text
    return answer.json


def put(client, target, data, status=204, **headers):
    answer = client.put(target["url"], data=data, headers={**target["headers"], **headers})
    assert answer.status_code == status, answer.text
    return answer.json if answer.data else None


def complete(client, admin, sku, upload_id, status=202):
    answer = client.post(f"{API}/products/{sku}/images", headers=admin, json={"upload_id": upload_id})
    assert answer.status_code == status, answer.text
    return answer.json


def uploaded(client, admin, shop, sku, data=None, content_type="image/jpeg"):
    """The URL of a new image of the product, its sizes made."""
    data = data or a_picture(content_type)
    target = begin(client, admin, sku, data, content_type)
    put(client, target, data)
    complete(client, admin, sku, target["upload_id"])
    assert service.encode(shop, target["upload_id"])
    return images(client, admin, sku)["items"][-1]


def images(client, admin, sku):
    return client.get(f"{API}/products/{sku}/images", headers=admin).json


def files_of(url):
    image = model.of_url(url)
    assert image is not None
    return image.files


def keys_in(shop):
    root = shop.files.root
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


# --- from the file to the card ---------------------------------------------------------------------------------


def test_an_uploaded_image_is_shown_in_every_size_and_served_for_ever(client, admin, shop, sku, enqueued):
    data = a_picture(size=(1_600, 1_200))
    target = begin(client, admin, sku, data)
    put(client, target, data)
    assert complete(client, admin, sku, target["upload_id"])["state"] == "checked"
    assert ("bulk", "workers.jobs.encode_image", target["upload_id"]) in enqueued

    assert service.encode(shop, target["upload_id"])

    [card] = client.get(f"{API}/products?lat=20.354&lng=85.819").json["items"]
    assert (card["image_set"]["width"], card["image_set"]["height"]) == (1_600, 1_200)
    for kind in ("webp", "avif"):
        for part in card["image_set"][kind].split(", "):
            url, width = part.split(" ")
            answer = client.get(url)
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == f"image/{kind}"
            assert answer.headers["Cache-Control"] == FOREVER
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert opened(answer.data).width == int(width.removesuffix("w"))
            again = client.get(url, headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status_code, again.data) == (304, b"")
    detail = client.get(f"{API}/products/{sku}").json
    assert detail["images"] == [card["image"]] and detail["image_sets"] == [card["image_set"]]
    assert keys_in(shop) == sorted(files_of(card["image"])), "the original is not kept"


def test_a_product_without_an_image_shows_a_drawing(client, sku):
    card = client.get(f"{API}/products/{sku}").json
    drawing = client.get(card["image"])

    assert card["image_set"] is None and card["images"] == []
    assert card["image"].startswith("/images/placeholder/")
    assert drawing.status_code == 200
    assert drawing.headers["Content-Type"].startswith("image/svg+xml")
    assert drawing.headers["Cache-Control"] == FOREVER
    assert client.get(card["image"].replace("/v1/", "/v0/")).status_code == 404


def test_behind_a_cdn_the_urls_are_its_own_and_a_product_may_be_put_back_as_it_was_read(
    app, client, admin, shop, sku
):
    uploaded(client, admin, shop, sku)
    app.extensions["shopsmart"] = with_settings(shop, image_base_url="https://cdn.example.in")
    detail = client.get(f"{API}/products/{sku}").json
    assert detail["image"].startswith("https://cdn.example.in/images/")

    facts = {"name": detail["names"], "mrp": detail["mrp"], "images": detail["images"]}
    answer = client.put(f"{API}/products/{sku}", headers=admin, json=facts)

    assert answer.status_code == 200, answer.text
    assert answer.json["image_sets"] == detail["image_sets"] != [None]


def test_images_are_put_in_order_and_taken_off(client, admin, shop, sku):
    urls = [uploaded(client, admin, shop, sku, a_picture(size=(200 + n, 200)))["url"] for n in range(3)]
    path = f"{API}/products/{sku}/images"

    answer = client.put(path, headers=admin, json={"images": [urls[2], urls[0]]})
    assert [one["url"] for one in answer.json["items"]] == [urls[2], urls[0]]
    assert client.get(f"{API}/products/{sku}").json["image"] == urls[2]

    image_id = answer.json["items"][0]["id"]
    for _ in range(2):
        assert client.delete(f"{path}/{image_id}", headers=admin).status_code == 204
    assert [one["url"] for one in images(client, admin, sku)["items"]] == [urls[0]]
    strange = client.put(path, headers=admin, json={"images": [urls[1]]})
    assert (strange.status_code, strange.json["code"]) == (422, "unknown_image")


def test_an_order_made_from_an_old_version_is_refused(client, admin, shop, sku):
    url = uploaded(client, admin, shop, sku)["url"]
    headers = {**admin, "If-Match": '"1-x"'}

    answer = client.put(f"{API}/products/{sku}/images", headers=headers, json={"images": []})

    assert answer.status_code == 412
    assert images(client, admin, sku)["items"][0]["url"] == url


# --- what is refused -------------------------------------------------------------------------------------------


def test_only_what_was_said_may_be_put(client, admin, sku):
    data = a_picture()
    target = begin(client, admin, sku, data)

    assert put(client, target, data[:-1], 422, **{"Content-Length": str(len(data) - 1)})["reason"] == "size"
    put(client, target, data + b"x", 413, **{"Content-Length": str(len(data) + 1)})
    assert put(client, target, data, 422, **{"Content-Type": "image/png"})["reason"] == "type"
    put(client, target, data)


def test_a_wrong_or_late_signature_puts_nothing(client, admin, sku, clock):
    data = a_picture()
    target = begin(client, admin, sku, data)
    other = begin(client, admin, sku, data)

    crossed = {**target, "url": other["url"].split("?")[0] + "?" + target["url"].split("?")[1]}
    assert put(client, crossed, data, 403)["code"] == "upload_not_allowed"
    forged = {**target, "url": target["url"][:-64] + "0" * 64}
    assert put(client, forged, data, 403)["code"] == "upload_not_allowed"
    clock.forward(seconds=model.UPLOAD_SECONDS)
    assert put(client, target, data, 403)["code"] == "upload_not_allowed"


@pytest.mark.parametrize(
    ("data", "content_type", "reason"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", "type"),
        (a_picture("image/png"), "image/jpeg", "type"),
        (a_picture("image/png", (6_000, 6_000), mode="L"), "image/png", "pixels"),
        (a_picture()[:700], "image/jpeg", "broken"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason_and_changes_nothing(
    client, admin, shop, sku, data, content_type, reason
):
    target = begin(client, admin, sku, data, content_type)
    put(client, target, data)

    for _ in range(2):
        refused = complete(client, admin, sku, target["upload_id"], 422)
        assert (refused["code"], refused["reason"]) == ("bad_image", reason)
    found = images(client, admin, sku)
    assert found["items"] == [] and found["pending"][0]["reason"] == reason
    assert keys_in(shop) == []
    assert put(client, target, data, 409)["code"] == "upload_closed"


@pytest.mark.parametrize(
    "body",
    [
        {"content_type": "image/svg+xml", "size": 10},
        {"content_type": "image/gif", "size": 10},
        {"content_type": "image/png", "size": model.MOST_BYTES + 1},
        {"content_type": "image/png", "size": 0},
    ],
)
def test_no_target_is_given_for_what_would_be_refused(client, admin, sku, body):
    answer = client.post(f"{API}/products/{sku}/image-upload", headers=admin, json=body)

    assert answer.status_code == 422


def test_an_upload_belongs_to_one_product(client, admin, shop, sku):
    data = a_picture()
    target = begin(client, admin, sku, data)
    put(client, target, data)
    other = a_product(shop)

    assert complete(client, admin, other, target["upload_id"], 404)["code"] == "unknown_upload"
    assert complete(client, admin, sku, "nothing", 404)["code"] == "unknown_upload"
    assert begin(client, admin, "NOTHING", data, status=404)["code"] == "unknown_sku"


def test_an_upload_without_its_file_waits(client, admin, sku):
    target = begin(client, admin, sku, a_picture())

    assert complete(client, admin, sku, target["upload_id"], 409)["code"] == "upload_missing"


def test_managers_upload_nothing(app, client, shop, sku):
    manager = bearer(app, shop, a_manager(shop, a_store(shop)["_id"]))

    begin(client, manager, sku, a_picture(), status=403)


@pytest.mark.parametrize("path", ["nothing/160.webp", "..%2f..%2fincoming/x", f"{'0' * 32}-800x600/160.webp"])
def test_there_are_no_other_files(client, path):
    assert client.get(f"/images/{path}").status_code == 404


def test_only_the_sizes_that_an_image_has_are_served(client, admin, shop, sku):
    url = uploaded(client, admin, shop, sku)["url"]

    assert client.get(url.replace("/640.", "/641.")).status_code == 404
    assert client.get(url.replace(".webp", ".svg")).status_code == 404


# --- workers and leftovers -------------------------------------------------------------------------------------


def test_a_job_whose_worker_died_is_done_by_another_one_once(
    client, admin, shop, sku, clock, enqueued, monkeypatch
):
    data = a_picture()
    target = begin(client, admin, sku, data)
    put(client, target, data)
    complete(client, admin, sku, target["upload_id"])
    job = ("bulk", "workers.jobs.encode_image", target["upload_id"])
    enqueued.clear()

    @contextlib.contextmanager
    def dies(*_):
        raise KeyboardInterrupt
        yield

    with monkeypatch.context() as broken:
        broken.setattr(confined, "encoded", dies)
        with pytest.raises(KeyboardInterrupt):
            service.encode(shop, target["upload_id"])
    assert not service.encode(shop, target["upload_id"]), "the dead worker's lease still runs"
    assert service.sweep(shop) == 0
    clock.forward(seconds=service.LEASE.total_seconds())
    assert service.sweep(shop) == 1 and enqueued == [job]

    assert service.encode(shop, target["upload_id"])
    assert not service.encode(shop, target["upload_id"])
    assert service.sweep(shop) == 0
    assert len(images(client, admin, sku)["items"]) == 1


def test_a_file_changed_after_the_look_is_not_shown(client, admin, shop, sku):
    data = a_picture()
    target = begin(client, admin, sku, data)
    put(client, target, data)
    complete(client, admin, sku, target["upload_id"])
    shop.files.put(f"incoming/{target['upload_id']}", a_picture(size=(300, 300)), "image/jpeg")

    assert not service.encode(shop, target["upload_id"])

    found = images(client, admin, sku)
    assert found["items"] == [] and found["pending"][0]["state"] == "failed"
    assert keys_in(shop) == []


def test_one_that_comes_after_the_last_place_is_taken_is_not_shown(client, admin, shop, sku):
    data = a_picture()
    target = begin(client, admin, sku, data)
    put(client, target, data)
    complete(client, admin, sku, target["upload_id"])
    shop.db.products.update_one({"_id": sku}, {"$set": {"images": [f"/x/{n}.jpg" for n in range(20)]}})

    assert not service.encode(shop, target["upload_id"])

    assert images(client, admin, sku)["pending"][0]["reason"] == "crowded"
    assert begin(client, admin, sku, data, status=409)["code"] == "too_many_images"


def test_one_that_many_hold_up_is_tried_again(client, admin, shop, sku, clock, monkeypatch):
    data = a_picture()
    target = begin(client, admin, sku, data)
    put(client, target, data)
    complete(client, admin, sku, target["upload_id"])

    @contextlib.contextmanager
    def held(*_, **__):
        raise Conflict("held", code="busy")
        yield

    with pytest.raises(Conflict):
        service.encode(dataclasses.replace(shop, only_one=held), target["upload_id"])
    clock.forward(seconds=service.LEASE.total_seconds())

    assert service.encode(shop, target["upload_id"])


def test_what_nobody_shows_any_more_is_cleared_away_after_a_day(client, admin, shop, sku, clock):
    kept = uploaded(client, admin, shop, sku, a_picture(size=(300, 300)))
    gone = uploaded(client, admin, shop, sku, a_picture(size=(400, 300)))
    left = begin(client, admin, sku, a_picture())
    put(client, left, a_picture())
    client.delete(f"{API}/products/{sku}/images/{gone['id']}", headers=admin)

    assert service.clear_away(shop) == 0
    assert client.get(gone["url"]).status_code == 200
    clock.forward(days=1, seconds=1)
    service.clear_away(shop)

    assert client.get(gone["url"]).status_code == 404
    assert client.get(kept["url"]).status_code == 200
    assert keys_in(shop) == sorted(files_of(kept["url"]))
    clock.forward(days=1, seconds=1)
    assert service.clear_away(shop) == 0


def test_an_image_taken_off_and_uploaded_again_is_there(client, admin, shop, sku, clock):
    first = uploaded(client, admin, shop, sku)
    client.delete(f"{API}/products/{sku}/images/{first['id']}", headers=admin)
    clock.forward(days=1, seconds=1)
    again = uploaded(client, bearer_again(client, shop), shop, sku)

    service.clear_away(shop)

    assert again["url"] == first["url"]
    assert client.get(again["url"]).status_code == 200


def bearer_again(client, shop):
    return bearer(client.application, shop, an_admin(shop))


# --- a bucket --------------------------------------------------------------------------------------------------


def test_with_a_bucket_the_file_goes_there_and_comes_back_in_every_size(
    app, client, admin, shop, sku, bucket
):
    app.extensions["shopsmart"] = dataclasses.replace(shop, files=bucket)
    data = a_picture(size=(200, 200))
    target = begin(client, admin, sku, data)
    assert target["url"].startswith("http://")

    put = requests.request("PUT", target["url"], headers=target["headers"], data=data, timeout=10)
    assert put.status_code == 200
    complete(client, admin, sku, target["upload_id"])
    assert service.encode(app.extensions["shopsmart"], target["upload_id"])

    url = images(client, admin, sku)["items"][0]["url"]
    assert opened(client.get(url).data).size == (200, 200)
    assert bucket.get(f"incoming/{target['upload_id']}", 1) is None


def test_a_bucket_that_is_away_makes_no_5xx_of_ours_but_an_honest_503(
    app, client, admin, shop, sku, monkeypatch
):
    for name, value in {**AWS, "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    app.extensions["shopsmart"] = dataclasses.replace(shop, files=Bucket("shop-images"))
    upload = begin(client, admin, sku, a_picture())["upload_id"]

    assert complete(client, admin, sku, upload, 503)["code"] == "unavailable"
    assert images(client, admin, sku)["pending"][0]["state"] == "waiting"
