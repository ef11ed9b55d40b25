"""Starting `pixels.py`, the process that decodes: at most two at once here, with a clock running."""

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import shopsmart
from shopsmart.errors import Unavailable
from shopsmart.images import model
from shopsmart.images.model import Image

AT_ONCE = 2
LOOK_SECONDS = 20
ENCODE_SECONDS = 40  # less than a lease
_WAIT_SECONDS = 5
_ROOT = Path(shopsmart.__file__).parents[1]
_slots = threading.BoundedSemaphore(AT_ONCE)


def look(data: bytes, content_type: str) -> Image:
    """The image that `data` would become. Raises Invalid `bad_image`, Unavailable while others are looked at."""
    return _ask(["look", content_type], data, LOOK_SECONDS)


@contextmanager
def encoded(data: bytes, content_type: str) -> Iterator[tuple[Image, Path]]:
    """The image and a folder with its files, `<width>.<format>`, which is gone afterwards. Raises as `look`."""
    with tempfile.TemporaryDirectory(prefix="shopsmart-image-") as folder:
        yield _ask(["encode", content_type, folder], data, ENCODE_SECONDS), Path(folder)


def _ask(arguments: list[str], data: bytes, seconds: int) -> Image:
    if not _slots.acquire(timeout=_WAIT_SECONDS):
        raise Unavailable("Too many images at once; try again.")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "shopsmart.images.pixels", *arguments],
            input=data,
            capture_output=True,
            timeout=seconds,
            env={"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.TimeoutExpired as fault:
        raise model.bad_image("broken", "The image takes too long to decode.") from fault
    finally:
        _slots.release()
    if done.returncode != 0:  # out of memory, or what it was given broke the decoder
        raise model.bad_image("broken", "The image cannot be decoded.")
    answer = json.loads(done.stdout)
    if "reason" in answer:
        raise model.bad_image(answer["reason"], answer["detail"])
    return model.named(data, answer["width"], answer["height"])
