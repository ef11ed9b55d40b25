"""Accounts, passwords and sessions over the real MongoDB."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shopsmart.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    ShopError,
    TooManyRequests,
    Unauthenticated,
)
from shopsmart.identity import service
from shopsmart.identity.model import MOST_ADDRESSES, NewUser
from shopsmart.identity.service import SignedIn
from tests.makers import PASSWORD, a_customer, a_manager, a_super_admin, actor, with_settings

HOME = {"type": "Point", "coordinates": [85.8190, 20.3540]}


def signed_in(shop, user) -> SignedIn:
    return service.login(shop, email=user["email"], password=PASSWORD)


def claims(session: SignedIn) -> dict[str, Any]:
    return {"sid": session.session_id, "sub": session.user_id, "jti": session.token_id}


def who(shop, session: SignedIn):
    return service.actor_of(shop, session_id=session.session_id, user_id=session.user_id)


def refused(call) -> str:
    """The code that `call` is refused with."""
    with pytest.raises(ShopError) as refusal:
        call()
    return refusal.value.code


# Accounts


def test_a_registered_customer_is_signed_in_and_nothing_of_the_password_is_told(shop, db):
    session = service.register(shop, name="Asha Das", email="Asha@Example.in", password=PASSWORD)

    assert who(shop, session).roles == {"customer"}
    assert "password_hash" not in session.user
    kept = db.users.find_one({"_id": session.user_id})
    assert kept["password_hash"].startswith("$argon2id$") and PASSWORD not in str(kept)


@pytest.mark.parametrize("spelling", ["ASHA@EXAMPLE.IN", " asha@example.in ", "ａｓｈａ@example.in"])
def test_an_e_mail_is_one_account_however_it_is_written(shop, spelling):
    service.register(shop, name="Asha", email="asha@example.in", password=PASSWORD)

    again = lambda: service.register(shop, name="Other", email=spelling, password=PASSWORD)  # noqa: E731

    assert refused(again) == "email_taken"
    assert service.login(shop, email=spelling, password=PASSWORD).user["name"] == "Asha"


def test_of_ten_registrations_at_once_with_one_e_mail_one_succeeds(shop, db):
    def register(_):
        try:
            return service.register(shop, name="Asha", email="asha@example.in", password=PASSWORD)
        except Conflict as refusal:
            return refusal.code

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(register, range(10)))

    assert sum(isinstance(one, SignedIn) for one in answers) == 1
    assert answers.count("email_taken") == 9
    assert db.users.count_documents({}) == 1


def test_created_users_are_made_once_and_a_repeat_changes_nothing(shop, db):
    people = [NewUser(f"Rider {n}", f"rider{n}@demo.shopsmart.local", ["rider"]) for n in range(20)]
    first = service.create_users(shop, people[:12], "shopsmart-demo-1")

    second = service.create_users(shop, people, "shopsmart-demo-1")

    assert [one["_id"] for one in second[:12]] == [one["_id"] for one in first]
    assert [one["email"] for one in second] == [person.email for person in people]
    assert db.users.count_documents({}) == 20
    assert service.login(shop, email=people[15].email or "", password="shopsmart-demo-1").user["demo"]


def test_a_wanted_id_is_given_and_never_taken_from_somebody_else(shop):
    made = service.create_user(shop, name="A", email="a@example.in", password=PASSWORD, user_id="user-a")

    assert made["_id"] == "user-a"
    assert (
        refused(
            lambda: service.create_user(
                shop, name="B", email="b@example.in", password=PASSWORD, user_id="user-a"
            )
        )
        == "user_id_taken"
    )


def test_only_store_managers_are_bound_to_stores(shop):
    assert refused(lambda: a_customer(shop, store_ids=["patia"])) == "stores_need_manager"
    assert a_manager(shop, "patia")["store_ids"] == ["patia"]


# Demo accounts and production


def test_demo_accounts_are_known_and_no_use_in_production(shop, db):
    assert not service.demo_accounts_exist(db)
    demo = a_customer(shop, email="customer@demo.shopsmart.local")
    production = with_settings(shop, env="production")

    assert service.demo_accounts_exist(db)
    assert signed_in(shop, demo)
    assert refused(lambda: signed_in(production, demo)) == "wrong_credentials"


def test_nobody_can_plant_a_demo_account_in_production(shop, db):
    production = with_settings(shop, env="production")

    plant = lambda: service.register(  # noqa: E731
        production, name="X", email="x@DEMO.shopsmart.local", password=PASSWORD
    )

    assert refused(plant) == "invalid_email"
    assert not service.demo_accounts_exist(db)


# Signing in


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(shop):
    user = a_customer(shop)
    answers = []
    for email in (user["email"], "nobody@example.in"):
        with pytest.raises(Unauthenticated) as refusal:
            service.login(shop, email=email, password="not this one")
        answers.append((refusal.value.code, refusal.value.detail))

    assert answers[0] == answers[1]


def test_the_same_password_in_another_unicode_form_is_the_same(shop):
    user = a_customer(shop, password="Pün\u00e9 am Mo\u0301rgen")

    assert service.login(shop, email=user["email"], password="Pün\u0065\u0301 am M\u00f3rgen")


def test_a_password_is_used_to_its_last_character(shop):
    long = "monsoon over the lake " * 5
    user = a_customer(shop, password=long + "a")

    assert (
        refused(lambda: service.login(shop, email=user["email"], password=long + "b")) == "wrong_credentials"
    )
    assert refused(lambda: service.login(shop, email=user["email"], password=long)) == "wrong_credentials"


def test_too_many_failures_close_an_account_until_the_window_ends(shop, clock):
    user, other = a_customer(shop), a_customer(shop)
    few = with_settings(shop, login_failures=3)
    for _ in range(3):
        assert (
            refused(lambda: service.login(few, email=user["email"], password="wrong")) == "wrong_credentials"
        )

    with pytest.raises(TooManyRequests) as refusal:
        signed_in(few, user)
    assert refusal.value.code == "too_many_attempts"
    assert signed_in(few, other)

    clock.forward(seconds=refusal.value.retry_after)
    assert signed_in(few, user)


def test_a_thousand_guesses_at_once_are_not_looked_at_more_often_than_allowed(shop):
    user = a_customer(shop)
    few = with_settings(shop, login_failures=5)

    def guess(number):
        return refused(lambda: service.login(few, email=user["email"], password=f"guess {number}"))

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(guess, range(60)))

    assert answers.count("wrong_credentials") == 5
    assert answers.count("too_many_attempts") == 55


def test_signing_in_forgets_the_failures_before(shop):
    user = a_customer(shop)
    few = with_settings(shop, login_failures=3)
    for _ in range(4):
        for _ in range(2):
            refused(lambda: service.login(few, email=user["email"], password="wrong"))
        assert signed_in(few, user)


def test_signing_in_renews_a_hash_of_former_settings(shop, db):
    user = a_customer(shop)
    stronger = with_settings(shop, password_memory_kib=128)

    signed_in(stronger, user)

    assert "m=128," in db.users.find_one({"_id": user["_id"]})["password_hash"]
    assert signed_in(stronger, user)


# Sessions


def test_every_sign_in_is_a_session_of_its_own(shop):
    user = a_customer(shop)
    phone, laptop = signed_in(shop, user), signed_in(shop, user)

    service.logout(shop, session_id=phone.session_id, user_id=user["_id"])
    service.logout(shop, session_id=phone.session_id, user_id=user["_id"])

    assert who(shop, phone) is None
    assert who(shop, laptop) is not None
    assert refused(lambda: service.refresh(shop, claims(phone))) == "token_revoked"


def test_a_session_is_nobody_elses(shop):
    mine, other = signed_in(shop, a_customer(shop)), a_customer(shop)

    assert service.actor_of(shop, session_id=mine.session_id, user_id=other["_id"]) is None
    service.logout(shop, session_id=mine.session_id, user_id=other["_id"])
    assert who(shop, mine) is not None
    stolen = {**claims(mine), "sub": other["_id"]}
    assert refused(lambda: service.refresh(shop, stolen)) == "token_revoked"


def test_a_request_costs_one_read(shop, db):
    session = signed_in(shop, a_customer(shop))

    def reads():
        return db.client.admin.command("serverStatus")["opcounters"]["query"]

    before = reads()
    assert who(shop, session)

    assert reads() - before == 1


def test_refreshing_goes_on_with_the_same_session(shop, clock):
    first = signed_in(shop, a_customer(shop))
    clock.forward(days=6)

    second = service.refresh(shop, claims(first))

    assert second.session_id == first.session_id
    assert second.token_id != first.token_id and second.csrf != first.csrf
    assert second.issued_at == clock.now()
    assert second.user["_id"] == first.user_id


def test_a_session_unused_for_a_week_is_over(shop, clock):
    session = signed_in(shop, a_customer(shop))
    clock.forward(days=7)

    assert who(shop, session) is None
    assert refused(lambda: service.refresh(shop, claims(session))) == "token_revoked"


def test_no_session_outlives_thirty_days_however_busy(shop, clock):
    session = signed_in(shop, a_customer(shop))
    end = clock.now().timestamp() + 30 * 86_400
    for _ in range(29):
        clock.forward(days=1)
        session = service.refresh(shop, claims(session))
    assert session.expires_at.timestamp() == end

    clock.forward(days=1)

    assert who(shop, session) is None
    assert refused(lambda: service.refresh(shop, claims(session))) == "token_revoked"


def test_refreshing_twice_at_once_gives_the_same_successor(shop):
    session = signed_in(shop, a_customer(shop))

    with ThreadPoolExecutor(8) as pool:
        steps = list(pool.map(lambda _: service.refresh(shop, claims(session)), range(8)))

    assert len({(step.token_id, step.csrf, step.issued_at) for step in steps}) == 1


def test_the_token_just_spent_is_good_for_its_grace_and_no_longer(shop, clock):
    first = signed_in(shop, a_customer(shop))
    second = service.refresh(shop, claims(first))

    clock.forward(seconds=4.9)
    assert service.refresh(shop, claims(first)).token_id == second.token_id

    clock.forward(seconds=0.1)
    assert refused(lambda: service.refresh(shop, claims(first))) == "token_reused"


def test_an_older_token_ends_the_whole_session_and_is_logged(shop, caplog):
    first = signed_in(shop, a_customer(shop))
    second = service.refresh(shop, claims(first))
    third = service.refresh(shop, claims(second))

    assert refused(lambda: service.refresh(shop, claims(first))) == "token_reused"

    assert who(shop, third) is None
    assert refused(lambda: service.refresh(shop, claims(third))) == "token_revoked"
    assert [one.session_id for one in caplog.records if one.message == "spent refresh token used"] == [
        first.session_id
    ]


# Rights


def test_new_rights_hold_at_once_in_open_sessions(shop):
    user, boss = a_customer(shop), actor(a_super_admin(shop))
    session = signed_in(shop, user)

    service.change_rights(shop, boss, user["_id"], roles=["store_manager"], store_ids=["patia"])

    assert who(shop, session).roles == {"store_manager"}
    assert who(shop, session).manages("patia")


def test_who_is_no_longer_a_manager_loses_the_stores(shop):
    manager, boss = a_manager(shop, "patia"), actor(a_super_admin(shop))
    session = signed_in(shop, manager)

    service.change_rights(shop, boss, manager["_id"], roles=["customer"])

    assert who(shop, session).store_ids == frozenset()


def test_a_blocked_user_is_out_everywhere_and_stays_out(shop):
    user, boss = a_customer(shop), actor(a_super_admin(shop))
    session = signed_in(shop, user)

    service.change_rights(shop, boss, user["_id"], status="blocked")

    assert who(shop, session) is None
    assert refused(lambda: service.refresh(shop, claims(session))) == "token_revoked"
    with pytest.raises(Forbidden):
        signed_in(shop, user)
    service.change_rights(shop, boss, user["_id"], status="active")
    assert who(shop, session) is None
    assert signed_in(shop, user)


def test_signing_in_while_being_blocked_leaves_no_session_alive(shop, db):
    boss = actor(a_super_admin(shop))

    def sign_in(user):
        try:
            signed_in(shop, user)
        except Forbidden:
            pass

    for _ in range(5):
        user = a_customer(shop)
        with ThreadPoolExecutor(5) as pool:
            for _ in range(4):
                pool.submit(sign_in, user)
            pool.submit(service.change_rights, shop, boss, user["_id"], status="blocked").result()
        assert db.sessions.count_documents({"user_id": user["_id"], "status": "active"}) == 0


def test_a_change_of_rights_is_audited_and_a_repeat_is_not(shop, db):
    user, boss = a_customer(shop), actor(a_super_admin(shop))
    for _ in range(2):
        service.change_rights(shop, boss, user["_id"], roles=["rider"], why="joined the fleet")

    entries = list(db.audit_log.find())

    assert len(entries) == 1
    assert (entries[0]["who"], entries[0]["subject"]) == (boss.user_id, f"user:{user['_id']}")
    assert (entries[0]["before"]["roles"], entries[0]["after"]["roles"]) == (["customer"], ["rider"])
    assert entries[0]["why"] == "joined the fleet"


def test_a_crash_while_blocking_changes_nothing_at_all(shop, db, monkeypatch):
    user, boss = a_customer(shop), actor(a_super_admin(shop))
    session = signed_in(shop, user)

    def crash(*_args: Any, **_options: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(service.audit, "record", crash)
    with pytest.raises(RuntimeError):
        service.change_rights(shop, boss, user["_id"], status="blocked")

    assert service.user(shop, user["_id"])["status"] == "active"
    assert who(shop, session) is not None


def test_nobody_changes_their_own_rights(shop):
    boss = a_super_admin(shop)

    assert (
        refused(lambda: service.change_rights(shop, actor(boss), boss["_id"], roles=["customer"]))
        == "own_account"
    )
    assert (
        refused(lambda: service.change_rights(shop, actor(boss), "nobody", roles=["rider"])) == "unknown_user"
    )


def test_search_finds_by_the_beginning_of_e_mail_name_or_word(shop):
    asha = a_customer(shop, name="Asha Ranjan Das", email="a.das@example.in")
    a_customer(shop, name="Bikram Sahu", email="bik@example.in")

    for beginning in ("A.DAS@", "asha ran", "ranj", "das"):
        assert [one["_id"] for one in service.search_users(shop, q=beginning)] == [asha["_id"]]
    assert service.search_users(shop, q="sha") == []
    assert service.search_users(shop, q=".*") == []
    service.update_me(shop, asha["_id"], {"name": "Usha Das"})
    assert service.search_users(shop, q="ranj") == []
    assert service.search_users(shop, q="usha")


# Profile and addresses


def test_a_profile_changed_meanwhile_is_not_overwritten(shop):
    user = a_customer(shop)
    changed = service.update_me(shop, user["_id"], {"locale": "or"}, version=user["version"])

    for changes in ({"locale": "hi"}, {}):
        with pytest.raises(PreconditionFailed):
            service.update_me(shop, user["_id"], changes, version=user["version"])

    assert service.user(shop, user["_id"])["locale"] == "or"
    assert changed["version"] == user["version"] + 1


def test_a_phone_number_is_kept_in_one_form_and_can_be_removed(shop):
    user = a_customer(shop)

    assert service.update_me(shop, user["_id"], {"phone": "094370-12345"})["phone"] == "+919437012345"
    assert "phone" not in service.update_me(shop, user["_id"], {"phone": None})
    assert refused(lambda: service.update_me(shop, user["_id"], {"phone": "12"})) == "invalid_phone"


def test_an_address_lives_with_its_owner_alone(shop):
    mine, other = a_customer(shop)["_id"], a_customer(shop)["_id"]
    kept = service.add_address(
        shop, mine, {"label": "Home", "text": "Plot 5, Patia", "unit": "2", "location": HOME}
    )

    assert service.addresses(shop, mine) == [kept]
    assert service.addresses(shop, other) == []
    for call in (
        lambda: service.address(shop, other, kept["id"]),
        lambda: service.put_address(shop, other, kept["id"], kept),
        lambda: service.change_address(shop, other, kept["id"], {"label": "Mine now"}),
        lambda: service.remove_address(shop, other, kept["id"]),
    ):
        with pytest.raises(NotFound):
            call()
    assert service.addresses(shop, mine) == [kept]


def test_an_address_is_changed_replaced_and_removed(shop):
    me = a_customer(shop)["_id"]
    kept = service.add_address(shop, me, {"label": "Home", "text": "Patia", "unit": "2", "location": HOME})

    changed = service.change_address(shop, me, kept["id"], {"label": "Flat", "unit": None})
    assert changed == {"id": kept["id"], "label": "Flat", "text": "Patia", "location": HOME}
    service.put_address(shop, me, kept["id"], {"label": "Work", "text": "Infocity", "location": HOME})
    assert service.addresses(shop, me) == [
        {"id": kept["id"], "label": "Work", "text": "Infocity", "location": HOME}
    ]
    service.remove_address(shop, me, kept["id"])
    assert service.addresses(shop, me) == []


def test_no_race_keeps_more_addresses_than_allowed(shop):
    me = a_customer(shop)["_id"]

    def add(number):
        try:
            service.add_address(shop, me, {"label": str(number), "text": "Patia", "location": HOME})
        except Conflict as refusal:
            return refusal.code
        return "kept"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(add, range(MOST_ADDRESSES + 10)))

    assert answers.count("kept") == MOST_ADDRESSES == len(service.addresses(shop, me))
    assert answers.count("too_many_addresses") == 10


def test_a_swapped_location_is_refused_by_name(shop):
    me = a_customer(shop)["_id"]
    swapped = {"type": "Point", "coordinates": [20.3540, 85.8190]}

    with pytest.raises(Invalid) as refusal:
        service.add_address(shop, me, {"label": "Home", "text": "Patia", "location": swapped})

    assert refusal.value.code == "coordinates_swapped"
    assert service.addresses(shop, me) == []


def test_hot_queries_use_their_indexes(shop, db):
    plans = [
        db.users.find({"email_key": "a"}),
        db.users.find({"search_keys": {"$elemMatch": {"$gte": "a", "$lt": "b"}}}),
        db.users.find({"roles": "rider"}).sort("_id", 1),
        db.users.find({"demo": True}),
        db.sessions.find({"user_id": "a", "status": "active"}),
    ]
    for plan in plans:
        assert "COLLSCAN" not in str(plan.explain()["queryPlanner"]["winningPlan"])
