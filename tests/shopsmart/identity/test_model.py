"""What an e-mail, a phone number and a password must be like."""

import pytest

from shopsmart.errors import Invalid
from shopsmart.identity.model import clean_email, clean_password, clean_phone


@pytest.mark.parametrize(
    "text",
    [
        "asha@example.in",
        "a.b+c@sub.example.co.in",
        "customer@demo.shopsmart.local",
        "o'brien@example.in",
        "x@xn--fsq.example",
    ],
)
def test_an_e_mail_address_is_kept_as_written(text):
    assert clean_email(f" {text} ") == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "asha",
        "asha@",
        "@example.in",
        "asha@example",
        "a@b@example.in",
        "a b@example.in",
        "a..b@example.in",
        ".a@example.in",
        "a@-example.in",
        "a@example..in",
        "a@example.in\nBcc: b@example.in",
        "Asha <a@example.in>",
        "a,b@example.in",
        "а@example.in",  # a Cyrillic letter that looks like ours
        "a" * 65 + "@example.in",
        "a@" + "b." * 130 + "in",
    ],
)
def test_what_is_no_e_mail_address_is_refused(text):
    with pytest.raises(Invalid, match="e-mail"):
        clean_email(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("+919437012345", "+919437012345"),
        ("94370 12345", "+919437012345"),
        ("09437012345", "+919437012345"),
        ("+44 (20) 7946-0958", "+442079460958"),
        (None, None),
    ],
)
def test_a_phone_number_has_one_form(text, kept):
    assert clean_phone(text) == kept


@pytest.mark.parametrize("text", ["", "12345", "+0123456789", "+9194370123456789", "call me", "1943701234"])
def test_what_is_no_phone_number_is_refused(text):
    with pytest.raises(Invalid, match="phone"):
        clean_phone(text)


@pytest.mark.parametrize(
    "text",
    ["shopsmart-demo-1", "lotus pond at dawn", "Kanika#7731-mango", "କୋଣାର୍କ ସୂର୍ଯ୍ୟ", "x7$kQ92m"],
)
def test_a_password_of_anybodys_own_is_taken(text):
    assert clean_password(text) == text


@pytest.mark.parametrize("text", ["short", "x" * 7, "ab cd ef " * 15])
def test_a_password_has_a_length(text):
    with pytest.raises(Invalid) as refusal:
        clean_password(text)
    assert refusal.value.code == "password_length"


@pytest.mark.parametrize(
    "text",
    [
        "password",
        "Password123",
        "P@ssw0rd!",
        "12345678",
        "87654321",
        "11112222",
        "19840712",
        "qwertyuiop",
        "qwerty123",
        "1q2w3e4r5t",
        "abcdefgh",
        "aaaaaaaa",
        "abcdabcd",
        "iloveyou",
        "!!bhubaneswar2024",
        "ＰＡＳＳＷＯＲＤ",
        "asha@example.in",
    ],
)
def test_a_password_that_is_tried_first_is_refused(text):
    with pytest.raises(Invalid) as refusal:
        clean_password(text, "Asha@Example.in")
    assert refusal.value.code == "password_too_common"
