"""Signing in with a code sent to the phone, over HTTP."""

import dataclasses
import re

import pytest
from moto import mock_aws

from shopsmart.errors import Unavailable
from shopsmart.notifications.gateways import texter
from shopsmart.notifications.gateways.texts import FolderTexter, SnsTexter
from shopsmart.settings import Settings, SettingsError, load
from tests.makers import a_customer, with_settings

PHONE = "94370 12345"
KEPT = "+919437012345"


def ask(client, phone=PHONE):
    return client.post("/api/v1/auth/otp", json={"phone": phone})


def verify(client, code, phone=PHONE, **more):
    body = {"phone": phone, "code": code, "token_mode": "bearer", **more}
    return client.post("/api/v1/auth/otp/verify", json=body)


def newest(texts):
    found = re.search(r"\b\d{6}\b", texts.sent[-1][1])
    assert found
    return found[0]


def other_than(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_new_phone_becomes_a_customer_without_an_email(client, texts):
    assert ask(client).json == {"expires_in": 300, "resend_in": 30}

    answer = verify(client, newest(texts), name="Asha Das")

    assert answer.status_code == 200
    assert texts.sent[0][0] == KEPT
    user = answer.json["user"]
    assert (user["name"], user["email"], user["phone"], user["roles"]) == (
        "Asha Das",
        None,
        KEPT,
        ["customer"],
    )
    me = client.get("/api/v1/me", headers={"Authorization": f"Bearer {answer.json['access_token']}"})
    assert me.json["id"] == user["id"]


def test_a_new_phone_without_a_name_is_asked_for_it_and_keeps_its_code(client, texts):
    ask(client)
    code = newest(texts)

    for _ in range(6):
        refused = verify(client, code)
        assert (refused.status_code, refused.json["code"]) == (422, "name_required")

    assert verify(client, code, name="Asha").status_code == 200


def test_the_same_phone_comes_back_to_the_same_account(client, texts, clock):
    ask(client)
    first = verify(client, newest(texts), name="Asha").json["user"]
    clock.forward(seconds=31)
    ask(client, "+91 94370-12345")

    assert verify(client, newest(texts)).json["user"]["id"] == first["id"]


def test_nobody_learns_whether_a_phone_has_an_account(client, shop, texts, clock):
    ask(client)
    verify(client, newest(texts), name="Asha")
    clock.forward(seconds=31)

    known, unknown = ask(client), ask(client, "9437099999")

    assert (known.status_code, known.json) == (unknown.status_code, unknown.json) == (202, known.json)
    assert verify(client, "000000", "9437088888").json["code"] == "wrong_sign_in_code"


def test_a_number_written_into_a_profile_is_no_proof_and_opens_no_account(client, shop, texts):
    squatter = a_customer(shop, phone=PHONE)
    ask(client)

    owner = verify(client, newest(texts), name="Asha").json["user"]

    assert owner["id"] != squatter["_id"]


def test_a_code_is_good_once(client, texts):
    ask(client)
    code = newest(texts)
    assert verify(client, code, name="Asha").status_code == 200

    assert verify(client, code).json["code"] == "wrong_sign_in_code"


def test_after_five_wrong_tries_the_right_code_is_dead_too(client, texts):
    ask(client)
    code = newest(texts)
    for _ in range(5):
        assert verify(client, other_than(code), name="A").status_code == 401

    assert verify(client, code, name="Asha").status_code == 401


def test_a_code_lives_five_minutes_and_the_next_one_replaces_it(client, texts, clock):
    ask(client)
    old = newest(texts)
    clock.forward(seconds=31)
    ask(client)

    if newest(texts) != old:
        assert verify(client, old, name="A").status_code == 401
    clock.forward(seconds=301)
    assert verify(client, newest(texts), name="A").status_code == 401


def test_codes_are_not_sent_faster_or_oftener_than_allowed(client, texts, clock):
    assert ask(client).status_code == 202
    soon = ask(client)
    assert (soon.status_code, soon.json["code"]) == (429, "code_sent_already")
    assert soon.headers["Retry-After"] == "30"

    statuses = []
    for _ in range(7):
        clock.forward(seconds=31)
        statuses.append(ask(client).status_code)

    assert statuses.count(202) <= 6
    assert statuses[-1] == 429


def test_one_address_asks_only_so_often(app, client, shop):
    app.extensions["shopsmart"] = with_settings(shop, rate_otp_per_address=2)

    assert [ask(client, f"943701111{n}").status_code for n in range(3)] == [202, 202, 429]


def test_only_a_digest_of_the_code_is_kept(client, db, texts):
    ask(client)

    assert newest(texts) not in str(list(db.sign_in_codes.find()))


def test_without_a_carrier_it_says_so_and_when_he_fails_one_may_ask_again(app, client, shop, texts):
    class Away:
        def send(self, phone, text):
            raise Unavailable(code="sms_unavailable")

    app.extensions["shopsmart"] = dataclasses.replace(shop, texter=None)
    assert (ask(client).status_code, ask(client).json["code"]) == (503, "sms_unavailable")
    app.extensions["shopsmart"] = dataclasses.replace(shop, texter=Away())
    assert ask(client).json["code"] == "sms_unavailable"
    app.extensions["shopsmart"] = shop
    assert ask(client).status_code == 202


def test_who_signs_in_by_phone_alone_keeps_the_phone(client, texts):
    ask(client)
    answer = verify(client, newest(texts), name="Asha").json
    headers = {"Authorization": f"Bearer {answer['access_token']}"}

    refused = client.patch("/api/v1/me", json={"phone": None}, headers=headers)
    renamed = client.patch("/api/v1/me", json={"name": "Asha D", "phone": PHONE}, headers=headers)

    assert (refused.status_code, refused.json["code"]) == (409, "phone_signs_in")
    assert renamed.json["name"] == "Asha D"


@pytest.mark.parametrize("phone", ["", "12", "call me", "+91 94370 1234567890123"])
def test_what_is_no_phone_is_refused(client, phone, texts):
    assert ask(client, phone).status_code == 422
    assert texts.sent == []


def test_on_a_laptop_messages_lie_in_the_outbox(tmp_path):
    carrier = texter(Settings(mail_dir=tmp_path))
    assert isinstance(carrier, FolderTexter)

    carrier.send(KEPT, "123456 is your code")

    assert (tmp_path / "sms-919437012345.txt").read_text() == "123456 is your code\n"
    assert texter(Settings(env="production")) is None


def test_amazon_sns_carries_them_where_it_is_set(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.delenv("AWS_ENDPOINT_URL_SNS", raising=False)
    with mock_aws():
        from moto.sns.models import sns_backends

        carrier = texter(Settings(sms_url="sns://ap-south-1?sender=SHOPSM"))
        assert isinstance(carrier, SnsTexter)
        carrier.send(KEPT, "123456 is your code")
        sent = sns_backends["123456789012"]["ap-south-1"].sms_messages

    assert list(sent.values()) == [(KEPT, "123456 is your code")]


def test_an_address_that_is_not_sns_keeps_the_shop_from_starting():
    with pytest.raises(SettingsError, match="SHOPSMART_SMS_URL"):
        load({"SHOPSMART_SMS_URL": "http://example.in"})
