"""Proof that a bag was handed over: the customer's code, or where the order allows it his signature; perhaps a photo.

The pictures are looked at before anything else and kept where only the shop can read them.
"""

import base64
import binascii
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shopsmart.dispatch import store
from shopsmart.errors import Conflict, NotFound
from shopsmart.images import confined
from shopsmart.images.model import bad_image
from shopsmart.orders import store as orders

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

MOST_SIGNATURE = 60 * 1024
MOST_PHOTO = 200 * 1024
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}
_DATA_URL = re.compile(r"data:image/(?:png|jpeg);base64,")


@dataclass(frozen=True)
class Proof:
    """What the rider shows for it: exactly one of `code` and `signature`. Pictures are base64, or data URLs."""

    code: str | None = None
    signature: str | None = None
    photo: str | None = None


@dataclass(frozen=True)
class Picture:
    data: bytes
    content_type: str


def looked_at(proof: Proof) -> dict[str, Picture]:
    """The proof's pictures, by `signature` and `photo`. Raises Invalid `bad_image`, Unavailable."""
    wanted = {
        "signature": (proof.signature, MOST_SIGNATURE, {"image/png"}),
        "photo": (proof.photo, MOST_PHOTO, {"image/png", "image/jpeg"}),
    }
    return {
        name: _picture(text, most, kinds, name)
        for name, (text, most, kinds) in wanted.items()
        if text is not None
    }


def check_signature_is_enough(shop: "Shop", order: Mapping[str, Any]) -> None:
    """A signature proves that somebody took the bag, the code that the right one did; cash needs no less.

    Raises Conflict `signature_not_enough` for an order that is not paid yet, or is worth too much.
    """
    most = shop.settings.signature_up_to
    if order["payment"]["provider"] == "cod" or order["totals"]["total"] > most:
        raise Conflict("This order needs the customer's code.", code="signature_not_enough")


def keep(
    shop: "Shop", job: Mapping[str, Any], rider_id: str, proof: Proof, pictures: Mapping[str, Picture]
) -> None:
    """Put the pictures away and note the proof with the job. Safe to repeat: the newest try counts."""
    keys = {}
    for name, picture in pictures.items():
        keys[name] = f"proofs/{job['_id']}/{name}.{_ENDINGS[picture.content_type]}"
        shop.files.put(keys[name], picture.data, picture.content_type)
    facts = {
        "kind": "otp" if proof.code is not None else "signature",
        "at": shop.now(),
        "rider_id": rider_id,
        "pictures": keys,
    }
    store.set_proof(shop.db, job["_id"], facts)


def of_order(shop: "Shop", order_id: str) -> list[dict[str, Any]]:
    """`{fulfilment_id, kind, at, rider_id, rider_name, signature, photo}` of each part, pictures as data URLs.

    Raises NotFound, Unavailable.
    """
    order = orders.get(shop.db, order_id)
    if order is None or order["status"] == "holding":
        raise NotFound("There is no such order.")
    names = {
        (part["rider"] or {}).get("id"): (part["rider"] or {}).get("name") for part in order["fulfilments"]
    }
    shown = []
    for job in store.jobs_of_order(shop.db, order_id):
        if (proof := job.get("proof")) is not None and job["state"] == "done":
            shown.append(
                {
                    "fulfilment_id": job["fulfilment_id"],
                    "kind": proof["kind"],
                    "at": proof["at"],
                    "rider_id": proof["rider_id"],
                    "rider_name": names.get(proof["rider_id"]),
                    "signature": _data_url(shop, proof["pictures"].get("signature")),
                    "photo": _data_url(shop, proof["pictures"].get("photo")),
                }
            )
    return shown


def forget(shop: "Shop", order_id: str) -> None:
    """Take away the pictures of an order's proofs; that it was proved stays. Safe to repeat."""
    for job in store.jobs_of_order(shop.db, order_id):
        if keys := list(job.get("proof", {}).get("pictures", {}).values()):
            shop.files.remove(keys)
            store.set_proof(shop.db, job["_id"], {**job["proof"], "pictures": {}})


def _picture(text: str, most: int, kinds: set[str], field: str) -> Picture:
    encoded = _DATA_URL.sub("", text, count=1)
    # Four signs are three bytes: what is too long for that need not be decoded.
    if len(encoded) > most * 4 // 3 + 4:
        raise bad_image("size", f"At most {most} bytes.", field)
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise bad_image("broken", "This is not base64.", field) from fault
    if len(data) > most:
        raise bad_image("size", f"At most {most} bytes.", field)
    kind = next((kind for start, kind in _KINDS.items() if data.startswith(start)), None)
    if kind not in kinds:
        raise bad_image("type", "Send a PNG." if field == "signature" else "Send a JPEG or a PNG.", field)
    confined.look(data, kind)
    return Picture(data, kind)


def _data_url(shop: "Shop", key: str | None) -> str | None:
    data = shop.files.get(key, MOST_PHOTO) if key else None
    if not key or data is None:
        return None
    kind = "image/png" if key.endswith(".png") else "image/jpeg"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
