"""Image files that tests upload."""

from io import BytesIO
from typing import Any

from PIL import Image

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/avif": "AVIF"}


def a_picture(content_type: str = "image/jpeg", size: tuple[int, int] = (800, 600), **options: Any) -> bytes:
    """A file of this type with a dark left half and a light right one; `options` as Pillow's `save` takes them."""
    picture = Image.new(options.pop("mode", "RGB"), size, "#102040")
    picture.paste("#e0d0a0", (size[0] // 2, 0, size[0], size[1]))
    kept = BytesIO()
    picture.save(kept, FORMATS[content_type], **options)
    return kept.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))
