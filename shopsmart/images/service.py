"""Use cases of images: a target for a file, the look at what came, small sizes by a job, order and removal."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from shopsmart.catalog import service as catalog
from shopsmart.catalog.model import FACTS
from shopsmart.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from shopsmart.identity.model import Actor
from shopsmart.images import confined, model, store
from shopsmart.images.model import Image, Upload
from shopsmart.infra.files import Target

if TYPE_CHECKING:
    from shopsmart.context import Shop

LOCAL_UPLOADS = "/api/v1/image-uploads/"
LEASE = timedelta(seconds=60)
HANDED_OUT_FOR = timedelta(seconds=60)
MOST_TRIES = 5
KEPT = timedelta(days=1)  # after nobody shows it any more
_SWEPT_AT_ONCE = 100
_TRIES = 10
_OPEN = ("waiting", "checked")

log = logging.getLogger(__name__)


# --- taking a file in ------------------------------------------------------------------------------------------


def begin_upload(shop: "Shop", actor: Actor, sku: str, content_type: str, size: int) -> tuple[Upload, Target]:
    """Where a file of exactly `size` bytes may be put within a quarter of an hour.

    Raises NotFound `unknown_sku`, Invalid `bad_image`, Conflict `too_many_images`.
    """
    product = catalog.product(shop, sku, hidden_too=True)
    model.check_wanted(content_type, size)
    checked = store.uploads_of(shop.db, sku, ["checked"])
    if len(product["images"]) + len(checked) >= model.MOST_IMAGES:
        raise Conflict(f"A product has at most {model.MOST_IMAGES} images.", code="too_many_images")
    now = shop.now()
    upload: Upload = {
        "_id": shop.new_id(),
        "sku": sku,
        "content_type": content_type,
        "size": size,
        "by": actor.user_id,
        "roles": sorted(actor.roles),
        "at": now,
        "expires_at": now + timedelta(seconds=model.UPLOAD_SECONDS),
        "state": "waiting",
        "digest": None,
        "image_id": None,
        "fault": None,
        "tries": 0,
        "lease_until": None,
        "hand_out_at": None,
    }
    key = model.upload_key(upload["_id"])
    target = shop.files.target(key, content_type, size, model.UPLOAD_SECONDS) or _own_target(shop, upload)
    store.begin(shop.db, upload)
    return upload, target


def _own_target(shop: "Shop", upload: Upload) -> Target:
    signed = model.signature(shop.settings.secret, upload)
    return Target(
        "PUT",
        f"{LOCAL_UPLOADS}{upload['_id']}?signature={signed}",
        {"Content-Type": upload["content_type"], "Content-Length": str(upload["size"])},
    )


def allowed_upload(shop: "Shop", upload_id: str, signature: str) -> Upload:
    """The upload whose file may be put now. Raises Forbidden `upload_not_allowed`, Conflict `upload_closed`."""
    upload = store.upload(shop.db, upload_id)
    if upload is None:
        # The same answer as to a wrong signature: ids are nobody's to try.
        raise Forbidden("This upload is not allowed, or no longer.", code="upload_not_allowed")
    model.check_signature(shop.settings.secret, upload, signature, shop.now())
    if upload["state"] != "waiting":
        raise Conflict("This upload is complete.", code="upload_closed")
    return upload


def put_file(shop: "Shop", upload: Upload, content_type: str, data: bytes) -> None:
    """Keep the file of an allowed upload. Safe to repeat. Raises Invalid `bad_image` for other than was said."""
    if content_type != upload["content_type"]:
        raise model.bad_image("type", f"Send it as {upload['content_type']}, as was said.")
    if len(data) != upload["size"]:
        raise model.bad_image("size", f"Send exactly {upload['size']} bytes, as was said.")
    shop.files.put(model.upload_key(upload["_id"]), data, content_type)


def complete_upload(shop: "Shop", sku: str, upload_id: str) -> Upload:
    """Look at the file that came, and have a job make its sizes. Safe to repeat.

    Raises NotFound `unknown_upload`, Conflict `upload_missing` before the file is there, Invalid `bad_image`.
    """
    upload = _upload(shop, sku, upload_id)
    if upload["state"] != "waiting":
        return _not_refused(upload)
    data = shop.files.get(model.upload_key(upload_id), upload["size"])
    if data is None:
        raise Conflict("The file has not come yet.", code="upload_missing")
    try:
        image = _looked_at(upload, data)
    except Invalid as fault:
        _refuse(shop, upload, fault)
        raise
    sets = {
        "state": "checked",
        "digest": image.digest,
        "image_id": image.id,
        "hand_out_at": shop.now() + HANDED_OUT_FOR,
    }
    moved = store.move(shop.db, upload_id, "waiting", sets)
    if moved is None:
        return _not_refused(_upload(shop, sku, upload_id))
    shop.enqueue("bulk", "workers.jobs.encode_image", upload_id)
    return moved


def _upload(shop: "Shop", sku: str, upload_id: str) -> Upload:
    upload = store.upload(shop.db, upload_id)
    if upload is None or upload["sku"] != sku:
        raise NotFound("There is no such upload for this product.", code="unknown_upload")
    return upload


def _looked_at(upload: Upload, data: bytes) -> Image:
    if len(data) != upload["size"]:
        raise model.bad_image("size", f"The file has not the {upload['size']} bytes that were said.")
    return confined.look(data, upload["content_type"])


def _not_refused(upload: Upload) -> Upload:
    if upload["state"] in {"refused", "failed"}:
        raise model.bad_image(upload["fault"] or "broken", "The image was refused.")
    return upload


def _refuse(shop: "Shop", upload: Upload, fault: Invalid, state: str = "refused") -> None:
    reason = fault.facts.get("reason", "broken")
    if store.move(shop.db, upload["_id"], upload["state"], {"state": state, "fault": reason}):
        shop.files.remove([model.upload_key(upload["_id"])])
    log.info("image refused", extra={"upload": upload["_id"], "sku": upload["sku"], "reason": reason})


# --- making its sizes ------------------------------------------------------------------------------------------


def encode(shop: "Shop", upload_id: str) -> bool:
    """Make the sizes of a checked upload and show them with its product. Safe to repeat.

    False when there is nothing to do (any more). A worker that dies leaves it to the next one.
    """
    upload = store.take(shop.db, upload_id, shop.now(), shop.now() + LEASE)
    if upload is None:
        return False
    if upload["tries"] > MOST_TRIES:
        _refuse(shop, upload, model.bad_image("broken", "It was tried too often."), "failed")
        return False
    data = shop.files.get(model.upload_key(upload_id), upload["size"])
    try:
        if data is None:
            raise model.bad_image("changed", "The file is gone.")
        _encode(shop, upload, data)
    except Invalid as fault:
        _refuse(shop, upload, fault, "failed")
        return False
    except Conflict as fault:
        if fault.code != "too_many_images":
            raise  # somebody else holds it up: the next try will do
        _refuse(shop, upload, model.bad_image("crowded", fault.detail), "failed")
        return False
    store.move(shop.db, upload_id, "checked", {"state": "ready", "lease_until": None})
    shop.files.remove([model.upload_key(upload_id)])
    log.info("image ready", extra={"upload": upload_id, "sku": upload["sku"], "image": upload["image_id"]})
    return True


def _encode(shop: "Shop", upload: Upload, data: bytes) -> None:
    with confined.encoded(data, upload["content_type"]) as (image, folder):
        if image.id != upload["image_id"]:
            raise model.bad_image("changed", "The file was changed after it was looked at.")
        # The sweep must not take away what is being put.
        with shop.only_one(f"image:{image.id}", lease_seconds=60):
            store.touch(shop.db, image.id, shop.now())
            for key in image.files:
                name = key.rpartition("/")[2]
                kind = model.FORMATS[name.partition(".")[2]]
                shop.files.put(key, (folder / name).read_bytes(), kind)
            _show(shop, upload, image)


def _show(shop: "Shop", upload: Upload, image: Image) -> None:
    def with_it(present: list[str]) -> list[str]:
        if image.url in present:
            return present
        if len(present) >= model.MOST_IMAGES:
            raise Conflict(f"A product has at most {model.MOST_IMAGES} images.", code="too_many_images")
        return [*present, image.url]

    actor = Actor(upload["by"], frozenset(upload["roles"]))
    _change(shop, actor, upload["sku"], with_it)


def _change(
    shop: "Shop",
    actor: Actor,
    sku: str,
    change: Callable[[list[str]], list[str]],
    if_version: int | None = None,
) -> list[str]:
    """Write what `change` makes of the product's images; `change` may run again."""
    for _ in range(_TRIES):
        product = catalog.product(shop, sku, hidden_too=True)
        images = change(product["images"])
        if images == product["images"]:
            return images
        facts = {**{name: product.get(name) for name in FACTS}, "images": images}
        version = product["version"] if if_version is None else if_version
        try:
            catalog.replace_product(shop, actor, sku, facts, version)
            return images
        except PreconditionFailed:
            if if_version is not None:
                raise
    raise Conflict("Many are changing this product; try again.", code="busy")


# --- upkeep ----------------------------------------------------------------------------------------------------


def images_of(shop: "Shop", sku: str) -> tuple[list[str], list[Upload]]:
    """The product's images in their order, and the uploads that are not among them (yet), newest first."""
    product = catalog.product(shop, sku, hidden_too=True)
    return product["images"], store.uploads_of(shop.db, sku, [*_OPEN, "refused", "failed"], 20)


def arrange(
    shop: "Shop", actor: Actor, sku: str, wanted: Sequence[str], if_version: int | None = None
) -> list[str]:
    """Bring the product's images into this order; what is left out is removed. Safe to repeat.

    Raises NotFound `unknown_sku`, Invalid `unknown_image`, PreconditionFailed.
    """
    return _change(shop, actor, sku, lambda present: model.arranged(present, wanted), if_version)


def remove(shop: "Shop", actor: Actor, sku: str, image_id: str) -> None:
    """Take one of our images off the product. Safe to repeat. Raises NotFound `unknown_sku`, `unknown_image`."""
    image = model.with_id(image_id)
    if image is None:
        raise NotFound("There is no such image.", code="unknown_image")
    _change(shop, actor, sku, lambda present: [url for url in present if model.of_url(url) != image])


def sweep(shop: "Shop") -> int:
    """Queue again what no job carries any more; returns how many."""
    count = 0
    while count < _SWEPT_AT_ONCE:
        upload = store.hand_out(shop.db, shop.now(), shop.now() + HANDED_OUT_FOR)
        if upload is None or not shop.enqueue("bulk", "workers.jobs.encode_image", upload["_id"]):
            break
        count += 1
    return count


def clear_away(shop: "Shop") -> int:
    """Remove the files of finished and abandoned uploads, and of images that no product has shown for a day."""
    before = shop.now() - KEPT
    removed = 0
    for upload in store.abandoned(shop.db, before, _SWEPT_AT_ONCE):
        shop.files.remove([model.upload_key(upload["_id"])])
        store.swept(shop.db, upload)
        removed += 1
    found = [image for image in map(model.with_id, store.untouched(shop.db, before, _SWEPT_AT_ONCE)) if image]
    used = store.still_used(shop.db, [image.url for image in found])
    for image in found:
        if image.url in used:
            store.touch(shop.db, image.id, shop.now())  # looked after again in a day
        else:
            removed += _clear(shop, image)
    return removed


def _clear(shop: "Shop", image: Image) -> bool:
    with shop.only_one(f"image:{image.id}", lease_seconds=60):
        if store.still_used(shop.db, [image.url]) or not store.forget(shop.db, image.id, shop.now() - KEPT):
            return False
        shop.files.remove(image.files)
        return True
