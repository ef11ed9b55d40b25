"""Images: what they are called, what is taken and what is refused, and what becomes of them."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from shopsmart.errors import Invalid, Unavailable
from shopsmart.images import confined, model, pixels, placeholders
from tests.pictures import FORMATS, a_picture, opened


def level(picture, *at):
    """Of light or of one band, 0 to 255."""
    found = picture.getpixel(at)
    assert isinstance(found, int)
    return found


def reason_for(data, content_type):
    with pytest.raises(Invalid) as refused:
        confined.look(data, content_type)
    assert refused.value.code == "bad_image"
    return refused.value.facts["reason"]


# --- names -----------------------------------------------------------------------------------------------------


def test_every_size_of_an_image_follows_from_one_url():
    image = model.named(b"original", 1000, 500)

    assert image.widths == (160, 320, 640, 1000)
    assert image.url == f"/images/{image.id}/640.webp"
    assert model.of_url(image.url) == image
    assert model.of_url(image.url_of(160, "avif")) == image
    assert model.with_id(image.id) == image


def test_an_image_is_never_made_larger():
    small = model.named(b"small", 100, 80)

    assert small.widths == (100,)
    assert small.url.endswith("/100.webp")


def test_the_same_file_has_the_same_name_and_another_one_another():
    assert model.named(b"a", 800, 600) == model.named(b"a", 800, 600)
    assert model.named(b"a", 800, 600) != model.named(b"b", 800, 600)


def test_an_image_set_names_widths_and_formats_behind_the_cdn():
    image = model.named(b"original", 640, 480)

    found = model.image_set(image.url, "https://cdn.example.in")

    assert found is not None
    assert (found["width"], found["height"]) == (640, 480)
    assert found["avif"].split(", ")[0] == f"https://cdn.example.in/images/{image.id}/160.avif 160w"
    assert found["webp"].endswith("/640.webp 640w")
    shown = model.shown(image.url, "https://cdn.example.in")
    assert model.stored(shown, "https://cdn.example.in") == image.url


def test_an_image_kept_elsewhere_stays_as_it_is():
    url = "https://pictures.example.in/milk.jpg"

    assert model.image_set(url) is None
    assert model.shown(url, "https://cdn.example.in") == url
    assert model.stored(url, "https://cdn.example.in") == url


# --- what is taken ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", model.TAKEN)
def test_each_kind_is_known_by_its_content(content_type):
    data = a_picture(content_type)

    assert pixels.kind_of(data) == content_type
    assert not pixels.is_more_than_an_image(data, content_type)
    assert pixels.opened(data, content_type).size == (800, 600)


def test_sizes_are_made_upright_in_srgb_and_without_metadata():
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x8825] = {1: "N", 2: (20.0, 21.0, 0.0)}  # where it was taken
    data = a_picture("image/jpeg", (800, 600), exif=exif)

    with confined.encoded(data, "image/jpeg") as (image, folder):
        files = {path.name: path.read_bytes() for path in folder.iterdir()}

    assert (image.width, image.height) == (600, 800)
    assert sorted(files) == sorted(f"{width}.{kind}" for width in (160, 320, 600) for kind in model.FORMATS)
    for name, data in files.items():
        picture = opened(data)
        assert picture.size == (int(name.partition(".")[0]), image.height_at(picture.width))
        assert not picture.getexif() and "exif" not in picture.info and "icc_profile" not in picture.info
    # Its left half was dark; upright, that is the upper one.
    small = opened(files["160.webp"]).convert("L")
    assert level(small, 80, 10) < 80 < level(small, 80, 200)


def test_transparent_parts_stay_transparent():
    cut_out = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    cut_out.paste((200, 30, 30, 255), (50, 50, 150, 150))
    data = BytesIO()
    cut_out.save(data, "PNG")

    with confined.encoded(data.getvalue(), "image/png") as (_, folder):
        for name in ("200.webp", "200.avif"):
            picture = opened((folder / name).read_bytes())
            assert level(picture.convert("RGBA").getchannel("A"), 5, 5) == 0


# --- what is not -----------------------------------------------------------------------------------------------


def test_a_drawing_that_may_run_scripts_is_no_image():
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"

    assert pixels.kind_of(svg) is None
    assert reason_for(svg, "image/png") == "type"


def test_a_type_that_the_content_does_not_have_is_refused():
    assert reason_for(a_picture("image/png"), "image/jpeg") == "type"


@pytest.mark.parametrize("content_type", model.TAKEN)
def test_a_file_cut_short_is_refused(content_type):
    data = a_picture(content_type)

    assert reason_for(data[: len(data) // 2], content_type) in {"broken", "foreign"}


@pytest.mark.parametrize("content_type", model.TAKEN)
@pytest.mark.parametrize("tail", [b"<?php system($_GET[0]); ?>", b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_something_else_as_well_is_refused(content_type, tail):
    assert reason_for(a_picture(content_type) + tail, content_type) == "foreign"


def test_a_page_hidden_in_a_comment_is_refused():
    data = a_picture("image/jpeg", comment=b"<HTML><body onload=alert(1)>")

    assert reason_for(data, "image/jpeg") == "foreign"


@pytest.mark.parametrize("content_type", ["image/png", "image/webp", "image/avif"])
def test_what_moves_is_refused(content_type):
    frames = [Image.new("RGB", (100, 100), colour) for colour in ("red", "green")]
    data = BytesIO()
    frames[0].save(data, FORMATS[content_type], save_all=True, append_images=frames[1:], duration=100)

    assert reason_for(data.getvalue(), content_type) == "animated"


def test_a_bomb_is_refused_by_its_header():
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10**6)))

    assert reason_for(bomb + chunk(b"IEND", b""), "image/png") == "pixels"


def test_text_that_unpacks_to_more_than_the_bounds_is_refused():
    texts = PngImagePlugin.PngInfo()
    for number in range(80):
        texts.add_text(f"k{number}", "x" * 1_000_000, zip=True)

    assert reason_for(a_picture("image/png", pnginfo=texts), "image/png") == "broken"


@pytest.mark.parametrize(
    ("size", "reason"), [((5_001, 5_000), "pixels"), ((900, 40), "pixels"), ((900, 200), "shape")]
)
def test_bounds_of_size_and_shape(size, reason):
    assert reason_for(a_picture("image/png", size, mode="L"), "image/png") == reason


def test_the_largest_that_is_allowed_is_taken():
    assert confined.look(a_picture("image/png", (5_000, 5_000)), "image/png").width == 5_000


# --- drawings --------------------------------------------------------------------------------------------------


def test_a_product_without_an_image_has_a_drawing_of_what_it_is():
    assert "/milk-" in placeholders.url_for(["dairy-bread-eggs", "milk", "fresh-milk"])
    assert "/nut-" in placeholders.url_for(["oil-masala-dry-fruits", "dry-fruits", "dried-fruits-seeds"])
    assert "/icecream-" in placeholders.url_for(["frozen", "ice-creams", "ice-cream-tubs"])
    assert "/basket-" in placeholders.url_for(["quite-something-else"])
    assert placeholders.url_for([]) == placeholders.url_for([])


def test_every_drawing_is_well_formed_in_every_tint():
    from xml.etree import ElementTree

    for name in placeholders.DRAWINGS:
        for tint in range(placeholders.TINTS):
            data = placeholders.svg(f"{name}-{tint}.svg")
            assert data is not None and b"class=" not in data
            assert ElementTree.fromstring(data).tag.endswith("svg")


@pytest.mark.parametrize(
    "name", ["basket-12.svg", "basket-01.svg", "nothing-1.svg", "basket-1", "basket-1.svg\n"]
)
def test_other_names_have_no_drawing(name):
    assert placeholders.svg(name) is None


def test_every_word_leads_to_a_drawing_that_there_is():
    assert set(placeholders._DRAWING_OF.values()) | {"basket"} == set(placeholders.DRAWINGS)
    assert set(placeholders._HUES) <= set(placeholders.DRAWINGS)


def test_no_more_than_two_images_are_decoded_at_once_here(monkeypatch):
    monkeypatch.setattr(confined, "_WAIT_SECONDS", 0.01)
    for _ in range(confined.AT_ONCE):
        assert confined._slots.acquire(timeout=5)
    try:
        with pytest.raises(Unavailable):
            confined.look(a_picture(), "image/jpeg")
    finally:
        for _ in range(confined.AT_ONCE):
            confined._slots.release()

    assert confined.look(a_picture(), "image/jpeg").width == 800


def test_a_decoder_that_breaks_down_breaks_nothing_else(monkeypatch):
    monkeypatch.setattr(confined.sys, "executable", "/bin/false")

    assert reason_for(a_picture(), "image/jpeg") == "broken"
