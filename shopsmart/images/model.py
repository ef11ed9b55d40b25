"""What an image is called, in which sizes it comes, and what may be uploaded. Plain values only.

A product's `images` are URLs. Ours are `/images/<id>/<width>.<format>`, and the id tells the original's size in pixels,
so every other size of an image follows from its URL alone. Nothing is ever changed below a URL.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypedDict

from shopsmart.errors import Forbidden, Invalid

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 25_000_000
LEAST_SIDE = 64
MOST_SIDE = 12_000
MOST_RATIO = 4  # of the longer side to the shorter one
MOST_IMAGES = 20  # a product
UPLOAD_SECONDS = 900
WIDTHS = (160, 320, 640, 1280)
SHOWN_WIDTH = 640  # of the one URL that stands for all
FORMATS = {"avif": "image/avif", "webp": "image/webp"}
TAKEN = ("image/jpeg", "image/png", "image/webp", "image/avif")
# Part of each id: raise it when the same original shall give other files than before.
RECIPE = 1

_OURS = re.compile(r"/images/([0-9a-f]{32})-([0-9]{2,5})x([0-9]{2,5})/([0-9]{2,4})\.(avif|webp)")


class Upload(TypedDict):
    """A document of `image_uploads`: one file on its way to become an image of a product."""

    _id: str
    sku: str
    content_type: str
    size: int
    by: str  # the user
    roles: list[str]
    at: datetime
    expires_at: datetime  # until then the file may be put
    state: str  # waiting → checked → ready; refused, failed
    digest: str | None  # of the file as it was checked
    image_id: str | None
    fault: str | None
    tries: int
    lease_until: datetime | None  # somebody is encoding
    hand_out_at: datetime | None  # when the sweep queues it again


@dataclass(frozen=True)
class Image:
    """One image of ours, by its id."""

    digest: str
    width: int
    height: int

    @property
    def id(self) -> str:
        return f"{self.digest}-{self.width}x{self.height}"

    @property
    def widths(self) -> tuple[int, ...]:
        """Those it comes in: never wider than the original."""
        widest = min(self.width, WIDTHS[-1])
        return (*(width for width in WIDTHS if width < widest), widest)

    @property
    def url(self) -> str:
        """The one that stands for all."""
        return self.url_of(max(width for width in self.widths if width <= max(SHOWN_WIDTH, self.widths[0])))

    def url_of(self, width: int, kind: str = "webp") -> str:
        return f"/images/{self.id}/{width}.{kind}"

    @property
    def files(self) -> list[str]:
        """The keys of all of them."""
        return [self.url_of(width, kind)[1:] for kind in FORMATS for width in self.widths]

    def height_at(self, width: int) -> int:
        return max(1, round(self.height * width / self.width))


def named(original: bytes, width: int, height: int) -> Image:
    """The image that these bytes become."""
    return Image(sha256(b"%d:" % RECIPE + original).hexdigest()[:32], width, height)


@lru_cache(maxsize=4_096)
def of_url(url: str) -> Image | None:
    """The image of ours that a URL of any size shows; None for somebody else's."""
    found = _OURS.fullmatch(url)
    return Image(found[1], int(found[2]), int(found[3])) if found else None


def with_id(image_id: str) -> Image | None:
    return of_url(f"/images/{image_id}/160.webp")


def shown(url: str, base: str = "") -> str:
    """The URL as customers get it: ours are behind `base`, where there is one (a CDN)."""
    return base + url if base and of_url(url) else url


def stored(url: str, base: str = "") -> str:
    """The URL as products keep it: `shown` undone."""
    ours = url.removeprefix(base)
    return ours if base and of_url(ours) else url


def image_set(url: str, base: str = "") -> dict[str, Any] | None:
    """`{width, height, avif, webp}` with a `srcset` of each format; None for an image that is not ours."""
    image = of_url(url)
    if image is None:
        return None
    sets = {
        kind: ", ".join(f"{base}{image.url_of(width, kind)} {width}w" for width in image.widths)
        for kind in FORMATS
    }
    return {"width": image.width, "height": image.height, **sets}


# --- uploads ---------------------------------------------------------------------------------------------------


def check_wanted(content_type: str, size: int) -> None:
    """Raises Invalid `bad_image`."""
    if content_type not in TAKEN:
        raise bad_image("type", f"One of {', '.join(TAKEN)}.", field="content_type")
    if not 0 < size <= MOST_BYTES:
        raise bad_image("size", f"At most {MOST_BYTES} bytes.", field="size")


def bad_image(reason: str, detail: str, field: str = "upload_id") -> Invalid:
    """`reason`: type, size, pixels, shape, animated, foreign, broken, changed, crowded."""
    return Invalid(detail, code="bad_image", errors={field: [detail]}, reason=reason)


def signature(secret: str, upload: Mapping[str, Any]) -> str:
    """Allows the file of this upload, with this type, size and end, to be put through our own API."""
    facts = (upload["_id"], upload["content_type"], upload["size"], int(upload["expires_at"].timestamp()))
    text = "|".join(["image-upload", *map(str, facts)])
    return hmac.new(secret.encode(), text.encode(), sha256).hexdigest()


def check_signature(secret: str, upload: Mapping[str, Any], given: str, now: datetime) -> None:
    """Raises Forbidden `upload_not_allowed` for a wrong signature or a late one."""
    if not hmac.compare_digest(signature(secret, upload), given) or now >= upload["expires_at"]:
        raise Forbidden("This upload is not allowed, or no longer.", code="upload_not_allowed")


def upload_key(upload_id: str) -> str:
    return f"incoming/{upload_id}"


def arranged(present: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """`wanted`, if it is some of `present` in any order. Raises Invalid `unknown_image`."""
    strangers = [url for url in wanted if url not in present]
    if strangers or len(set(wanted)) != len(wanted):
        raise Invalid(
            "Name images of the product, each once.",
            code="unknown_image",
            errors={"images": [f"Not an image of the product: {url}" for url in strangers] or ["Twice."]},
        )
    return list(wanted)
