"""Accounts for the people who run the city."""

import pytest

from tests.makers import PASSWORD, a_customer, a_manager, a_rider, a_super_admin, an_admin, bearer

USERS = "/api/v1/admin/users"
ROHIT = {"name": "Rohit Nayak", "email": "rohit@example.in", "password": PASSWORD, "roles": ["rider"]}


@pytest.fixture
def boss(shop):
    return a_super_admin(shop, name="Zoya Khan")


@pytest.fixture
def as_boss(app, shop, boss):
    return bearer(app, shop, boss)


@pytest.fixture
def a_known_store(shop):
    """A store's id, the document no more than what the check of its existence needs."""
    shop.db.stores.insert_one({"_id": "bbsr-patia"})
    return "bbsr-patia"


def test_accounts_are_listed_page_by_page(app, client, shop):
    made = [a_customer(shop)["_id"] for _ in range(5)]
    headers = bearer(app, shop, an_admin(shop))
    seen, query = [], {"limit": 2, "role": "customer"}
    while True:
        page = client.get(USERS, query_string=query, headers=headers).json
        assert len(page["items"]) <= 2
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]

    assert seen == made


def test_accounts_are_found_by_how_they_begin_and_no_pattern_runs(client, shop, as_boss):
    rider = a_rider(shop, name="Bikram Sahu", email="bik@example.in")
    a_customer(shop, name="Asha")

    for q in ("BIK", "sahu", "bik@ex"):
        found = client.get(USERS, query_string={"q": q}, headers=as_boss).json["items"]
        assert [one["id"] for one in found] == [rider["_id"]]
    for q in (".*", "(a+)+$", "^b", "$ne"):
        assert client.get(USERS, query_string={"q": q}, headers=as_boss).json["items"] == []


def test_lists_hold_nothing_that_is_not_theirs_to_tell(client, shop, as_boss):
    a_customer(shop)

    text = client.get(USERS, headers=as_boss).text

    for secret in ("password", "argon2", "search_keys", "addresses"):
        assert secret not in text


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "ten"},
        {"cursor": "forged"},
        {"role": "king"},
        {"q": "x" * 65},
        {"q[$regex]": ".*"},
        {"sort": "password"},
    ],
)
def test_a_bad_query_is_refused(client, as_boss, query):
    assert client.get(USERS, query_string=query, headers=as_boss).status_code == 422


def test_a_super_admin_hires_and_it_is_audited(app, client, shop, db, boss, as_boss):
    hired = client.post(USERS, json=ROHIT, headers=as_boss)

    assert hired.status_code == 201
    assert (hired.json["roles"], hired.json["status"]) == (["rider"], "active")
    entry = db.audit_log.find_one({"subject": f"user:{hired.json['id']}"})
    assert (entry["who"], entry["what"]) == (boss["_id"], "user.create")
    assert PASSWORD not in str(entry) and "argon2" not in str(entry)
    assert bearer(app, shop, {"email": "rohit@example.in"})
    again = client.post(USERS, json=ROHIT, headers=as_boss)
    assert (again.status_code, again.json["code"]) == (409, "email_taken")
    assert db.audit_log.count_documents({}) == 1


def test_rights_change_at_once(app, client, shop, as_boss, a_known_store):
    user = a_customer(shop)
    theirs = bearer(app, shop, user)
    assert client.get(USERS, headers=theirs).status_code == 403

    client.patch(f"{USERS}/{user['_id']}", json={"roles": ["admin"]}, headers=as_boss)
    assert client.get(USERS, headers=theirs).status_code == 200

    client.patch(
        f"{USERS}/{user['_id']}",
        json={"roles": ["store_manager"], "store_ids": [a_known_store]},
        headers=as_boss,
    )
    assert client.get(USERS, headers=theirs).status_code == 403
    assert client.get("/api/v1/me", headers=theirs).json["store_ids"] == [a_known_store]


def test_a_blocked_account_is_out_at_once_and_cannot_come_back(app, client, shop, db, as_boss):
    user = a_customer(shop)
    theirs = bearer(app, shop, user)

    blocked = client.patch(
        f"{USERS}/{user['_id']}", json={"status": "blocked", "reason": "card fraud"}, headers=as_boss
    )

    assert blocked.json["status"] == "blocked"
    dead = client.get("/api/v1/me", headers=theirs)
    assert (dead.status_code, dead.json["code"]) == (401, "token_revoked")
    refused = client.post("/api/v1/auth/login", json={"email": user["email"], "password": PASSWORD})
    assert (refused.status_code, refused.json["code"]) == (403, "account_blocked")
    assert db.audit_log.find_one({"subject": f"user:{user['_id']}"})["why"] == "card fraud"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"roles": []}, 422, "validation_error"),
        ({"roles": ["king"]}, 422, "validation_error"),
        ({"roles": "admin"}, 422, "validation_error"),
        ({"status": "deleted"}, 422, "validation_error"),
        ({"email": "new@example.in"}, 422, "validation_error"),
        ({"password": "a new password"}, 422, "validation_error"),
        ({"store_ids": ["bbsr-patia"]}, 422, "stores_need_manager"),
        ({"roles": ["store_manager"], "store_ids": ["nowhere"]}, 422, "unknown_store"),
    ],
)
def test_a_bad_change_of_rights_changes_nothing(
    client, shop, db, as_boss, a_known_store, change, status, code
):
    user = a_customer(shop)

    refused = client.patch(f"{USERS}/{user['_id']}", json=change, headers=as_boss)

    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert db.users.find_one({"_id": user["_id"]})["version"] == user["version"]
    assert db.audit_log.count_documents({}) == 0


def test_a_super_admin_cannot_lock_everybody_out(client, boss, as_boss):
    for change in ({"roles": ["customer"]}, {"status": "blocked"}):
        refused = client.patch(f"{USERS}/{boss['_id']}", json=change, headers=as_boss)
        assert (refused.status_code, refused.json["code"]) == (409, "own_account")


def test_nobody_but_a_super_admin_gives_rights(app, client, shop, db):
    user = a_customer(shop)
    for caller in (an_admin(shop), a_manager(shop, "bbsr-patia"), a_rider(shop), a_customer(shop)):
        headers = bearer(app, shop, caller)
        answers = [
            client.patch(f"{USERS}/{user['_id']}", json={"roles": ["admin"]}, headers=headers),
            client.patch(f"{USERS}/{caller['_id']}", json={"roles": ["super_admin"]}, headers=headers),
            client.post(USERS, json=ROHIT, headers=headers),
        ]
        assert [one.status_code for one in answers] == [403, 403, 403]

    assert db.users.count_documents({"roles": "super_admin"}) == 0
    assert db.users.count_documents({"email": ROHIT["email"]}) == 0


def test_one_account_is_shown_to_staff_and_a_missing_one_is_a_404(client, shop, as_boss):
    user = a_customer(shop)

    assert client.get(f"{USERS}/{user['_id']}", headers=as_boss).json["email"] == user["email"]
    for answer in (
        client.get(f"{USERS}/nobody", headers=as_boss),
        client.patch(f"{USERS}/nobody", json={"status": "blocked"}, headers=as_boss),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "unknown_user")
