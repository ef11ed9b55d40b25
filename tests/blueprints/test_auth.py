"""Signing in and out over HTTP: tokens, cookies, CSRF, and what a bad request gets."""

import base64
import dataclasses
from http.cookies import SimpleCookie

import jwt
import orjson
import pytest

from blueprints import auth
from blueprints.app import create_app
from blueprints.security import ISSUER
from shopsmart.identity import service as identity
from shopsmart.settings import SettingsError
from tests.makers import PASSWORD, a_customer, a_super_admin, a_user, actor, bearer, with_settings

ME, LOGIN, REGISTER = "/api/v1/me", "/api/v1/auth/login", "/api/v1/auth/register"
REFRESH, LOGOUT = "/api/v1/auth/refresh", "/api/v1/auth/logout"
NEWCOMER = {"name": "Asha Das", "email": "asha@example.in", "password": PASSWORD}


def login(client, user, mode="bearer", password=PASSWORD):
    return client.post(LOGIN, json={"email": user["email"], "password": password, "token_mode": mode})


def carry(token):
    return {"Authorization": f"Bearer {token}"}


def cookie(client, name, path="/"):
    found = client.get_cookie(name, path=path)
    return found.value if found else None


def access_cookie(client):
    return cookie(client, "__Host-access")


def refresh_cookie(client):
    return cookie(client, "__Secure-refresh", "/api/v1/auth")


def csrf(client, kind="access"):
    return {"X-CSRF-TOKEN": cookie(client, f"csrf_{kind}_token")}


# The two modes


def test_bearer_mode_answers_tokens_and_sets_no_cookie(client):
    answer = client.post(REGISTER, json={**NEWCOMER, "token_mode": "bearer"})

    assert answer.status_code == 201
    assert set(answer.json) == {"user", "access_token", "refresh_token", "expires_in"}
    assert "Set-Cookie" not in answer.headers
    me = client.get(ME, headers=carry(answer.json["access_token"]))
    assert me.status_code == 200
    assert me.json["email"] == "asha@example.in"
    assert me.json["roles"] == ["customer"]


def test_cookie_mode_is_the_default_and_never_answers_a_token(client):
    answer = client.post(REGISTER, json=NEWCOMER)

    assert answer.status_code == 201
    assert set(answer.json) == {"user"}
    assert access_cookie(client) not in answer.text and refresh_cookie(client) not in answer.text
    assert client.get(ME).status_code == 200


def test_cookies_are_secure_and_out_of_reach_of_scripts(client, shop):
    answer = login(client, a_customer(shop), "cookie")
    cookies = SimpleCookie()
    for line in answer.headers.getlist("Set-Cookie"):
        cookies.load(line)

    access, refresh = cookies["__Host-access"], cookies["__Secure-refresh"]
    assert access["httponly"] and access["secure"] and access["path"] == "/" and not access["domain"]
    assert access["samesite"] == "Lax"
    assert refresh["httponly"] and refresh["secure"] and refresh["path"] == "/api/v1/auth"
    assert refresh["samesite"] == "Strict"
    for name in ("csrf_access_token", "csrf_refresh_token"):
        assert cookies[name]["secure"] and not cookies[name]["httponly"]


# CSRF


def test_a_write_by_cookie_needs_the_csrf_value(client, shop):
    login(client, a_customer(shop), "cookie")
    change = {"locale": "or"}

    for headers in ({}, {"X-CSRF-TOKEN": "guess"}):
        refused = client.patch(ME, json=change, headers=headers)
        assert (refused.status_code, refused.json["code"]) == (401, "csrf_failed")
    assert client.get(ME).json["locale"] == "en"
    assert client.patch(ME, json=change, headers=csrf(client)).json["locale"] == "or"


def test_somebody_elses_csrf_value_is_no_good(app, client, shop):
    other = app.test_client()
    other.environ_base["wsgi.url_scheme"] = "https"
    login(other, a_customer(shop), "cookie")
    login(client, a_customer(shop), "cookie")

    refused = client.patch(ME, json={"locale": "or"}, headers=csrf(other))

    assert (refused.status_code, refused.json["code"]) == (401, "csrf_failed")


def test_refreshing_by_cookie_needs_the_csrf_value_and_keeps_the_cookies_without(client, shop):
    login(client, a_customer(shop), "cookie")
    before = refresh_cookie(client)

    refused = client.post(REFRESH)

    assert (refused.status_code, refused.json["code"]) == (401, "csrf_failed")
    assert refresh_cookie(client) == before
    answer = client.post(REFRESH, headers=csrf(client, "refresh"))
    assert answer.status_code == 200 and set(answer.json) == {"user"}
    assert refresh_cookie(client) != before
    assert client.get(ME).status_code == 200


# Refresh


def test_refreshing_by_bearer_rotates_and_an_old_token_ends_the_family(client, shop, clock):
    first = login(client, a_customer(shop)).json
    second = client.post(REFRESH, headers=carry(first["refresh_token"])).json
    assert client.post(REFRESH, headers=carry(first["refresh_token"])).json == second
    assert client.get(ME, headers=carry(second["access_token"])).status_code == 200

    clock.forward(seconds=6)
    reused = client.post(REFRESH, headers=carry(first["refresh_token"]))

    assert (reused.status_code, reused.json["code"]) == (401, "token_reused")
    for answer in (
        client.get(ME, headers=carry(second["access_token"])),
        client.post(REFRESH, headers=carry(second["refresh_token"])),
    ):
        assert (answer.status_code, answer.json["code"]) == (401, "token_revoked")


def test_a_browser_whose_session_ended_elsewhere_loses_its_dead_cookies(client, shop):
    user = a_customer(shop)
    login(client, user, "cookie")
    identity.change_rights(shop, actor(a_super_admin(shop)), user["_id"], status="blocked")

    refused = client.post(REFRESH, headers=csrf(client, "refresh"))

    assert (refused.status_code, refused.json["code"]) == (401, "token_revoked")
    assert not access_cookie(client) and not refresh_cookie(client)


def test_an_access_token_lives_ten_minutes_by_the_shops_clock(client, shop, clock):
    issued = login(client, a_customer(shop)).json
    clock.forward(seconds=issued["expires_in"] - 1)
    assert client.get(ME, headers=carry(issued["access_token"])).status_code == 200

    clock.forward(seconds=1)

    stale = client.get(ME, headers=carry(issued["access_token"]))
    assert (stale.status_code, stale.json["code"]) == (401, "token_expired")
    assert client.post(REFRESH, headers=carry(issued["refresh_token"])).status_code == 200


def test_the_two_tokens_do_not_stand_in_for_each_other(client, shop):
    issued = login(client, a_customer(shop)).json

    for method, path, token in (
        ("GET", ME, issued["refresh_token"]),
        ("POST", REFRESH, issued["access_token"]),
    ):
        refused = client.open(path, method=method, headers=carry(token))
        assert refused.status_code == 401


def test_refreshing_without_a_token_is_a_401(client):
    assert client.post(REFRESH).status_code == 401


# Logout


def test_logout_kills_the_session_on_every_device_that_copied_it(client, shop):
    issued = login(client, a_customer(shop)).json

    assert client.post(LOGOUT, headers=carry(issued["access_token"])).status_code == 204
    assert client.post(LOGOUT, headers=carry(issued["access_token"])).status_code == 204

    shop.redis.flushdb()
    dead = client.get(ME, headers=carry(issued["access_token"]))
    assert (dead.status_code, dead.json["code"]) == (401, "token_revoked")
    assert client.post(REFRESH, headers=carry(issued["refresh_token"])).status_code == 401


def test_logout_by_cookie_clears_the_cookies_and_a_replay_of_them_is_dead(client, shop):
    login(client, a_customer(shop), "cookie")
    copied = access_cookie(client)

    assert client.post(LOGOUT).status_code == 401  # a foreign page cannot sign anybody out
    assert client.post(LOGOUT, headers=csrf(client)).status_code == 204

    assert (
        not access_cookie(client) and not refresh_cookie(client) and not cookie(client, "csrf_access_token")
    )
    client.set_cookie("__Host-access", copied)
    assert client.get(ME).status_code == 401


def test_logout_works_after_the_access_token_ran_out(client, shop, clock, db):
    issued = login(client, a_customer(shop)).json
    clock.forward(hours=1)

    stale = client.post(LOGOUT, headers=carry(issued["access_token"]))
    assert (stale.status_code, stale.json["code"]) == (401, "token_expired")
    assert db.sessions.count_documents({"status": "active"}) == 1

    assert client.post(LOGOUT, headers=carry(issued["refresh_token"])).status_code == 204
    assert db.sessions.count_documents({"status": "active"}) == 0


def test_logout_by_cookie_works_after_the_access_cookie_ran_out(client, shop, clock, db):
    login(client, a_customer(shop), "cookie")
    clock.forward(hours=1)

    assert client.post(LOGOUT, headers=csrf(client, "refresh")).status_code == 204

    assert db.sessions.count_documents({"status": "active"}) == 0


def test_a_guest_may_log_out(client):
    assert client.post(LOGOUT).status_code == 204


def test_a_cookie_from_before_signing_in_does_not_survive_it(client, shop):
    login(client, a_customer(shop), "cookie")
    before = access_cookie(client)

    login(client, a_customer(shop), "cookie")

    assert access_cookie(client) != before


# Forged tokens


def _unsigned(claims):
    head = base64.urlsafe_b64encode(orjson.dumps({"alg": "none", "typ": "JWT"})).rstrip(b"=")
    body = base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=")
    return (head + b"." + body + b".").decode()


def test_a_forged_token_is_no_token(client, shop):
    token = login(client, a_customer(shop)).json["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    secret = shop.settings.secret
    forged = {
        "no signature": _unsigned(claims),
        "cut signature": token.rsplit(".", 1)[0] + ".",
        "another key": jwt.encode(claims, "x" * 40, "HS256"),
        "another algorithm": jwt.encode(claims, secret + secret, "HS512"),
        "another issuer": jwt.encode({**claims, "iss": "elsewhere"}, secret, "HS256"),
        "another environment": jwt.encode({**claims, "aud": "production"}, secret, "HS256"),
        "no session": jwt.encode({k: v for k, v in claims.items() if k != "sid"}, secret, "HS256"),
        "no expiry": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, secret, "HS256"),
        "huge": "a" * 100_000,
        "not one": "hello",
    }
    assert claims["iss"] == ISSUER and "roles" not in claims

    answers = {name: client.get(ME, headers=carry(one)).status_code for name, one in forged.items()}

    assert answers == dict.fromkeys(forged, 401)


# Bad input


@pytest.mark.parametrize(
    "change",
    [
        {"email": {"$ne": None}},
        {"email": "not an address"},
        {"email": "a\u0000b@example.in"},
        {"password": "short"},
        {"password": "password123"},
        {"password": ["a"] * 10},
        {"name": ""},
        {"name": "Ravi \u202egnp.exe"},
        {"name": "x" * 101},
        {"phone": "call me"},
        {"locale": "xx"},
        {"roles": ["super_admin"]},
        {"is_admin": True},
        {"_id": "mine"},
        {"token_mode": "both"},
        {"$where": "sleep(5000)"},
    ],
)
def test_a_bad_registration_names_the_fault_and_leaves_nothing(client, db, change):
    refused = client.post(REGISTER, json={**NEWCOMER, **change})

    assert refused.status_code == 422
    assert refused.content_type == "application/problem+json"
    assert set(refused.json["errors"]) == set(change)
    assert db.users.count_documents({}) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"email": "\\ud800@example.in", "password": "12345678"}',
        b'{"email": NaN, "password": "12345678"}',
        b'{"email": {"$gt": ""}, "password": {"$gt": ""}}',
        b'{"email": "a@example.in", "password": "' + b"x" * 1_000 + b'"}',
        b'{"email": "a@example.in"}',
        b"[" * 5_000,
    ],
)
def test_a_login_that_cannot_be_read_is_refused_and_nothing_breaks(client, body):
    refused = client.post(LOGIN, data=body, content_type="application/json")

    assert refused.status_code in {400, 422}
    assert refused.content_type == "application/problem+json"


def test_a_megabyte_of_password_is_not_even_read(client):
    assert client.post(LOGIN, json={"email": "a@example.in", "password": "x" * 2**20}).status_code == 413


def test_a_form_of_a_foreign_page_is_not_a_login(client, shop):
    user = a_customer(shop)

    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        body = orjson.dumps({"email": user["email"], "password": PASSWORD})
        assert client.post(LOGIN, data=body, content_type=kind).status_code in {415, 422}


def test_wrong_credentials_are_told_as_such_and_known_accounts_are_not(client, shop):
    user = a_customer(shop)

    wrong = login(client, user, password="not this one")
    unknown = login(client, {"email": "nobody@example.in"})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json["code"] == unknown.json["code"] == "wrong_credentials"
    assert wrong.json["detail"] == unknown.json["detail"]


def test_a_taken_e_mail_is_a_conflict(client):
    client.post(REGISTER, json=NEWCOMER)

    again = client.post(REGISTER, json={**NEWCOMER, "email": "ASHA@example.in"})

    assert (again.status_code, again.json["code"]) == (409, "email_taken")


def test_too_many_failures_say_when_to_come_back(app, client, shop):
    user = a_customer(shop)
    app.extensions["shopsmart"] = with_settings(shop, login_failures=2)
    for _ in range(2):
        login(client, user, password="wrong one")

    refused = login(client, user)

    assert (refused.status_code, refused.json["code"]) == (429, "too_many_attempts")
    assert 0 < int(refused.headers["Retry-After"]) <= shop.settings.login_failure_window_seconds


def test_sign_ins_of_one_address_are_limited(app, client, shop):
    user = a_customer(shop)
    app.extensions["shopsmart"] = with_settings(shop, rate_auth_per_address=3)
    answers = [login(client, user) for _ in range(4)]

    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[3].json["code"] == "rate_limited"
    assert answers[3].headers["RateLimit-Remaining"] == "0"


# The guest's cart


@pytest.fixture
def merged(monkeypatch):
    calls = []
    monkeypatch.setattr(auth.carts, "merge", lambda _shop, cart_id, user_id: calls.append((cart_id, user_id)))
    return calls


def test_the_guests_cart_comes_along_at_sign_in(client, merged):
    registered = client.post(
        REGISTER, json={**NEWCOMER, "token_mode": "bearer"}, headers={"X-Cart-ID": "guest-1"}
    )
    user_id = registered.json["user"]["id"]
    client.set_cookie("cart", "guest-2")
    login(client, {"email": NEWCOMER["email"]}, "cookie")

    assert merged == [("guest-1", user_id), ("guest-2", user_id)]
    assert not cookie(client, "cart")


def test_staff_bring_no_cart_and_a_monstrous_name_is_no_cart(client, shop, merged):
    client.post(
        LOGIN,
        json={"email": a_user(shop, "rider")["email"], "password": PASSWORD},
        headers={"X-Cart-ID": "guest-1"},
    )
    client.post(
        LOGIN,
        json={"email": a_customer(shop)["email"], "password": PASSWORD},
        headers={"X-Cart-ID": "g" * 5_000},
    )

    assert merged == []


# Production


def test_production_does_not_start_with_demo_accounts(shop):
    production = with_settings(shop, env="production")
    create_app(production)
    a_customer(shop, email="customer@demo.shopsmart.local")

    with pytest.raises(SettingsError, match="demo accounts"):
        create_app(production)
    create_app(
        dataclasses.replace(production, settings=dataclasses.replace(shop.settings, env="development"))
    )


def test_the_makers_bearer_is_what_the_api_takes(app, client, shop):
    user = a_customer(shop)

    assert client.get(ME, headers=bearer(app, shop, user)).json["id"] == user["_id"]
