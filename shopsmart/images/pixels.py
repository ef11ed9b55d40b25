"""Where strangers' pixels are decoded: a process of its own with little memory and little time.

`python -m shopsmart.images.pixels look TYPE` reads an image from standard input and says what it is;
`… encode TYPE FOLDER` also writes it there in every size and format, upright and without its metadata. Both answer one
line of JSON: `{"width", "height"}`, or `{"reason", "detail"}` for what is not taken. `confined.py` starts it.
"""

import json
import resource
import sys
import warnings
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

from shopsmart.images.model import LEAST_SIDE, MOST_BYTES, MOST_PIXELS, MOST_RATIO, MOST_SIDE
from shopsmart.images.model import Image as Named

MOST_MEMORY = 1024**3
MOST_CPU_SECONDS = 30
_DECODERS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/avif": "AVIF"}
# Several pictures in one JPEG are how phones add depth or a second exposure: the first one counts.
_FORMAT_NAMES = {"JPEG": {"JPEG", "MPO"}}
_FOREIGN = (b"<script", b"<?php", b"<!doctype", b"<html", b"<iframe", b"<svg ", b"<svg>")
_ZIP_END = b"PK\x05\x06"
_SETTINGS = {
    "webp": {"quality": 80, "method": 4},
    "avif": {"quality": 60, "speed": 7, "max_threads": 1},
}


class Refused(Exception):
    """It is not taken. `reason` is a word of `model.bad_image`."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def main(arguments: list[str]) -> int:
    _confine()
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        picture = opened(data, arguments[1])
        if arguments[0] == "encode":
            write_all(picture, Path(arguments[2]))
        answer: dict[str, object] = {"width": picture.width, "height": picture.height}
    except Refused as refusal:
        answer = {"reason": refusal.reason, "detail": refusal.detail}
    print(json.dumps(answer), flush=True)
    return 0


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# --- looking ---------------------------------------------------------------------------------------------------


def opened(data: bytes, content_type: str) -> Image.Image:
    """The whole picture, decoded and upright. Raises Refused."""
    if not 0 < len(data) <= MOST_BYTES:
        raise Refused("size", f"An image has at most {MOST_BYTES} bytes.")
    if kind_of(data) != content_type:
        raise Refused("type", f"This is not {content_type}.")
    if is_more_than_an_image(data, content_type):
        raise Refused("foreign", "The file holds something else than the image.")
    return _decoded(data, _DECODERS[content_type])


def kind_of(data: bytes) -> str | None:
    """The content type by its first bytes."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in {b"avif", b"avis", b"mif1"}:
        return "image/avif"
    return None


def is_more_than_an_image(data: bytes, content_type: str) -> bool:
    """Does it go on behind the image, or read as a page, a script, a document or an archive as well?"""
    if content_type != "image/jpeg" and _end_of(data, content_type) != len(data):
        return True
    if b"%PDF-" in data[:1024] or _ZIP_END in data[-65_557:]:
        return True
    small = data.lower()
    return any(mark in small for mark in _FOREIGN)


def _end_of(data: bytes, content_type: str) -> int:
    """Where the container says that it ends."""
    if content_type == "image/webp":
        size = int.from_bytes(data[4:8], "little")
        return 8 + size + size % 2
    place = 8 if content_type == "image/png" else 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        name = data[place + 4 : place + 8]
        if content_type == "image/png":
            place += 12 + size
            if name == b"IEND":
                return place
            continue
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        if size == 0:
            return len(data)  # the last box reaches to the end
        if size < 8:
            return -1
        place += size
    return place


def _decoded(data: bytes, decoder: str) -> Image.Image:
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # our own bound, told below, is tighter
    try:
        picture = Image.open(BytesIO(data), formats=[decoder])
        if picture.format not in _FORMAT_NAMES.get(decoder, {decoder}):
            raise Refused("type", "This is another format than it says.")
        _check_shape(picture)
        if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
            raise Refused("animated", "Only still images are taken.")
        picture.load()
        return ImageOps.exif_transpose(picture)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, ArithmeticError, KeyError) as fault:
        raise Refused("broken", "The image cannot be decoded.") from fault


def _check_shape(picture: Image.Image) -> None:
    """By what the header says, before a pixel is decoded."""
    short, long = sorted(picture.size)
    if short * long > MOST_PIXELS or long > MOST_SIDE:
        raise Refused("pixels", f"At most {MOST_PIXELS} pixels, and {MOST_SIDE} on a side.")
    if short < LEAST_SIDE:
        raise Refused("pixels", f"At least {LEAST_SIDE} pixels on a side.")
    if long > MOST_RATIO * short:
        raise Refused("shape", f"The longer side is at most {MOST_RATIO} times the shorter one.")


# --- encoding --------------------------------------------------------------------------------------------------


def write_all(picture: Image.Image, folder: Path) -> None:
    """Each width in each format as `<width>.<format>`; the colours are sRGB, nothing else is kept."""
    named = Named("", picture.width, picture.height)
    smaller = _plain(picture, (named.widths[-1], named.height_at(named.widths[-1])))
    for width in reversed(named.widths):
        smaller = _sized(smaller, (width, named.height_at(width)))
        for kind, settings in _SETTINGS.items():
            smaller.save(folder / f"{width}.{kind}", kind.upper(), **settings)


def _plain(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """RGB or RGBA, at most `size`, in sRGB, without metadata."""
    profile = picture.info.get("icc_profile")
    transparent = "A" in picture.getbands() or "transparency" in picture.info
    if not (profile and picture.mode in {"RGB", "CMYK", "L"}):
        profile = None
        picture = picture.convert("RGBA" if transparent else "RGB")
    picture = _sized(picture, size)
    if profile:
        picture = _srgb(picture, profile)
    picture = picture.convert("RGBA" if transparent else "RGB")
    picture.info = {}
    return picture


def _srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(
            picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
        return converted or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a profile that nobody can read says nothing about the colours


def _sized(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
