"""The packing slip prints what the picker needs, in every script, on as many pages as it takes."""

import subprocess
from datetime import UTC, datetime
from shutil import which

import pytest

from shopsmart.documents.paper import Paper
from shopsmart.documents.slip import packing_slip

MADE = datetime(2026, 11, 21, 4, 30, tzinfo=UTC)
STORE = {"_id": "patia", "name": "Patia · ପାଟିଆ"}
PART = {"id": "f1"}


def a_line(sku="milk", bin="A-03", quantity=2, picked=None, fulfilment_id="f1", **names):
    return {
        "id": sku,
        "sku": sku,
        "fulfilment_id": fulfilment_id,
        "bin": bin,
        "quantity": quantity,
        "picked": picked,
        "pack": {"value": 500, "unit": "ml"},
        "name": {"en": f"Toned {sku}", **names},
    }


def an_order(*lines, **facts):
    return {
        "number": "7K3M-92QD",
        "mode": "instant",
        "customer": {"name": "ସୁଚିତ୍ରା Mohanty"},
        "promise": {"at": MADE},
        "created_at": MADE,
        "substitution": {"policy": "refund"},
        "note": "",
        "payment": {"provider": "cod"},
        "lines": list(lines),
        **facts,
    }


def text_of(pdf):
    if not which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def a_slip(*lines, **facts):
    return packing_slip(an_order(*lines, **facts), PART, STORE, "Asia/Kolkata")


def test_the_slip_tells_number_store_local_time_lines_and_cash():
    text = text_of(a_slip(a_line(), a_line("rice", bin="B-01", quantity=1)))

    for wanted in (
        "7K3M-92QD",
        "Patia",
        "At the door by 10:00",
        "2×",
        "Toned milk 500 ml",
        "2 lines, 3 pieces",
        "Cash",
    ):
        assert wanted in text


def test_lines_come_in_the_order_of_the_bins_and_only_of_this_store():
    slip = a_slip(
        a_line("zeera", bin="C-01"),
        a_line("atta", bin=""),
        a_line("milk", bin="A-01"),
        a_line("elsewhere", fulfilment_id="f2"),
    )

    text = text_of(slip)

    assert text.index("Toned milk") < text.index("Toned zeera") < text.index("Toned atta")
    assert "elsewhere" not in text


def test_the_customers_last_name_and_prices_stay_off_the_paper():
    text = text_of(a_slip(a_line()))

    assert "Mohanty" not in text
    assert "₹" not in text


def test_hindi_and_odia_letters_have_glyphs_of_their_own():
    paper = Paper((148, 210))

    assert paper.printable("दूध कृष्ण ₹") == "दूध कृष्ण ₹"
    assert paper.printable("କ୍ଷୀର ସୁଚିତ୍ରା") == "କ୍ଷୀର ସୁଚିତ୍ରା"


@pytest.mark.parametrize(
    "note", ["🥛 two\nplease", "漢字", "x" * 2_000, "<script>", "**bold**", "\u200d\u200c"]
)
def test_any_note_prints(note):
    assert a_slip(a_line(), note=note).startswith(b"%PDF")


def test_a_long_order_takes_more_pages_and_loses_no_line():
    slip = a_slip(*[a_line(f"sku{number:02}", hi="दूध", quantity=1) for number in range(60)])

    text = text_of(slip)

    assert all(f"sku{number:02}" in text for number in range(60))
    assert text.count("7K3M-92QD") >= 6


def test_the_same_order_prints_the_same_slip():
    assert a_slip(a_line()) == a_slip(a_line())
