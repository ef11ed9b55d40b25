"""Accounts and sessions, in the order of their life: registered, signed in, refreshed, changed, signed out.

A token names a session step; the session row in MongoDB decides what it is worth. The row carries copies of the
user's roles and stores, so that a request costs one read; whoever changes a user's rights changes the copies in
the same transaction.
"""

import hashlib
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shopsmart.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    TooManyRequests,
    Unauthenticated,
)
from shopsmart.geo import Point, point
from shopsmart.identity import store
from shopsmart.identity.model import (
    ERASED,
    MOST_ADDRESSES,
    Actor,
    Address,
    NewUser,
    as_hashed,
    check_rights,
    clean_email,
    clean_password,
    clean_phone,
    is_demo,
    key_of,
    search_keys,
)
from shopsmart.infra import audit, passwords

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

# Two tabs, or a request sent again on a bad line: the token just spent still gives its successor for so long.
GRACE_SECONDS = 5

Result = TypeVar("Result")


@dataclass(frozen=True)
class SignedIn:
    """A session at one of its steps: everything its tokens say. `user` has no password hash."""

    session_id: str
    user_id: str
    token_id: str
    csrf: str
    issued_at: datetime
    expires_at: datetime
    user: dict[str, Any]


def actor_of(shop: "Shop", *, session_id: str, user_id: str) -> Actor | None:
    """Whom a token stands for, None when its session has ended. One read of MongoDB."""
    row, now = store.rights(shop.db, session_id), shop.now()
    if row is None or row["user_id"] != user_id or row["status"] != "active":
        return None
    if row["idle_until"] <= now or row["ends_at"] <= now:
        return None
    return Actor(user_id, frozenset(row["roles"]), frozenset(row["store_ids"]), session_id)


def user(shop: "Shop", user_id: str) -> dict[str, Any]:
    """A user without the password's hash. Raises NotFound."""
    return _found(store.get(shop.db, user_id))


# Signing in


def register(
    shop: "Shop", *, name: str, email: str, password: str, phone: str | None = None, locale: str = "en"
) -> SignedIn:
    """Open a customer's account and sign them in. Raises Invalid, Conflict `email_taken`."""
    person = NewUser(name=name, email=email, phone=phone, locale=locale)
    return _open_session(shop, _enrol(shop, person, password)["_id"])


def login(shop: "Shop", *, email: str, password: str) -> SignedIn:
    """Sign in by password, into a new session.

    Raises Unauthenticated `wrong_credentials` (the same, as slowly, for an unknown account), TooManyRequests
    `too_many_attempts`, Forbidden `account_blocked`.
    """
    email_key, password = key_of(email), as_hashed(password)
    attempts = _count_login(shop, email_key)
    known = store.for_login(shop.db, email_key)
    if known and known["demo"] and shop.settings.production:
        known = None  # everybody knows these passwords
    if not passwords.matches(shop.settings, known["password_hash"] if known else None, password) or not known:
        raise Unauthenticated("E-mail or password is wrong.", code="wrong_credentials")
    signed_in = _open_session(shop, known["_id"])
    store.forget_attempts(shop.db, attempts)
    if passwords.outdated(shop.settings, known["password_hash"]):
        hashed = passwords.hashed(shop.settings, password)
        store.keep_hash(shop.db, known["_id"], known["password_hash"], hashed)
    return signed_in


def _count_login(shop: "Shop", email_key: str) -> str:
    # A digest: people type passwords into the wrong field.
    digest = hashlib.sha256(email_key.encode()).hexdigest()
    refusal = "Too many failed attempts for this account; try again later."
    return count_attempt(shop, digest, shop.settings.login_failures, refusal)


def count_attempt(shop: "Shop", key: str, most: int, refusal: str) -> str:
    """Count before looking, so that a thousand tries at once are a thousand tries. Returns what to forget.

    Raises TooManyRequests `too_many_attempts` beyond `most` within the window that the settings name.
    """
    window = shop.settings.login_failure_window_seconds
    seconds = int(shop.now().timestamp())
    ends_in = window - seconds % window
    attempt_id = f"{key}:{seconds // window}"
    count = store.count_attempt(shop.db, attempt_id, shop.now() + timedelta(seconds=ends_in))
    if count > most:
        raise TooManyRequests(refusal, code="too_many_attempts", retry_after=ends_in)
    return attempt_id


def _open_session(shop: "Shop", user_id: str) -> SignedIn:
    """A new session with the rights the user has at this moment. Raises Forbidden `account_blocked`."""
    now = shop.now()
    row = {
        "_id": shop.new_id(),
        "user_id": user_id,
        "status": "active",
        "created_at": now,
        "ends_at": now + timedelta(seconds=shop.settings.session_seconds),
        **_next_step(shop, now),
    }
    row["idle_until"] = min(row["idle_until"], row["ends_at"])

    def sign_in(session: ClientSession) -> dict[str, Any]:
        owner = store.touch_for_sign_in(shop.db, user_id, now, session)
        if owner is None:
            raise Forbidden("This account is blocked.", code="account_blocked")
        rights = {"roles": owner["roles"], "store_ids": owner["store_ids"]}
        store.open_session(shop.db, {**row, **rights}, session)
        return owner

    return _signed_in(row, _all_or_nothing(shop, sign_in))


def _next_step(shop: "Shop", now: datetime) -> dict[str, Any]:
    return {
        "token_id": shop.new_id(),
        "csrf": shop.new_id(),
        "issued_at": now,
        "idle_until": now + timedelta(seconds=shop.settings.session_idle_seconds),
    }


def _signed_in(row: Mapping[str, Any], owner: dict[str, Any]) -> SignedIn:
    return SignedIn(
        session_id=row["_id"],
        user_id=row["user_id"],
        token_id=row["token_id"],
        csrf=row["csrf"],
        issued_at=row["issued_at"],
        expires_at=row["idle_until"],
        user=owner,
    )


# Going on, and stopping


def refresh(shop: "Shop", claims: Mapping[str, Any]) -> SignedIn:
    """The session's next step for the refresh token with these `claims`; that token is spent by it.

    The token just spent gives the same step again for a few seconds; an older one was stolen, by the caller or
    from the caller, and ends the session. Raises Unauthenticated `token_revoked`, `token_reused`.
    """
    session_id, user_id, token_id = claims["sid"], claims["sub"], claims["jti"]
    row, now = store.session_row(shop.db, session_id), shop.now()
    if not _lives(row, user_id, now):
        raise _ended()
    assert row is not None
    step = _next_step(shop, now)
    rotated = store.rotate(
        shop.db,
        session_id,
        user_id,
        token_id,
        now,
        {
            **step,
            "idle_until": min(step["idle_until"], row["ends_at"]),
            "spent_token_id": token_id,
            "spent_until": now + timedelta(seconds=GRACE_SECONDS),
        },
    )
    if rotated is None:
        rotated = _step_after(shop, session_id, user_id, token_id, now)
    return _signed_in(rotated, user(shop, user_id))


def _step_after(shop: "Shop", session_id: str, user_id: str, token_id: str, now: datetime) -> dict[str, Any]:
    """The present step, if `token_id` was spent for it just now. Otherwise the session is over."""
    row = store.session_row(shop.db, session_id)
    if not _lives(row, user_id, now):
        raise _ended()
    assert row is not None
    if row.get("spent_token_id") == token_id and now < row["spent_until"]:
        return row
    store.end_session(shop.db, session_id, user_id, now, "token_reused")
    log.warning("spent refresh token used", extra={"session_id": session_id, "user_id": user_id})
    raise Unauthenticated("This token was used before; sign in again.", code="token_reused")


def _lives(row: Mapping[str, Any] | None, user_id: str, now: datetime) -> bool:
    return (
        row is not None
        and row["user_id"] == user_id
        and row["status"] == "active"
        and now < min(row["idle_until"], row["ends_at"])
    )


def _ended() -> Unauthenticated:
    return Unauthenticated("This session has ended; sign in again.", code="token_revoked")


def logout(shop: "Shop", *, session_id: str, user_id: str) -> None:
    """End the session: all its tokens are dead everywhere. Safe to repeat."""
    store.end_session(shop.db, session_id, user_id, shop.now(), "logout")


# Leaving


def prove_by_password(shop: "Shop", account: Mapping[str, Any], password: str) -> None:
    """Raises Forbidden `proof_wrong`, TooManyRequests `too_many_attempts`."""
    known = None
    if email := account.get("email"):
        attempts = _count_login(shop, key_of(email))
        known = store.for_login(shop.db, key_of(email))
    hashed = known["password_hash"] if known else None
    if not passwords.matches(shop.settings, hashed, as_hashed(password)) or not known:
        raise Forbidden("The password is wrong.", code="proof_wrong")
    store.forget_attempts(shop.db, attempts)


def erase(shop: "Shop", user_id: str) -> None:
    """Make a customer's account nobody's and end its sessions, all at once. Raises Conflict `works_here`."""

    def leave(session: ClientSession) -> None:
        if not store.erase(shop.db, user_id, shop.now(), session):
            raise Conflict("An account for work is closed by an administrator.", code="works_here")
        store.end_sessions_of(shop.db, user_id, shop.now(), "erased", session)

    _all_or_nothing(shop, leave)


# What somebody wants to hear


def notification_wishes(account: Mapping[str, Any]) -> dict[str, bool]:
    """`{email, sms, push}`. Who has no e-mail is told by text messages unless he says otherwise."""
    unasked = {"email": True, "sms": not account.get("email"), "push": False}
    return {**unasked, **account.get("notifications", {})}


def wish_notifications(shop: "Shop", user_id: str, wishes: Mapping[str, bool]) -> dict[str, bool]:
    """Keep what a user wants to be told by. Raises NotFound."""
    return notification_wishes(_found(store.change(shop.db, user_id, {"notifications": dict(wishes)})))


# Profile and addresses


def update_me(
    shop: "Shop", user_id: str, changes: Mapping[str, Any], version: int | None = None
) -> dict[str, Any]:
    """Change `name`, `phone` (None removes it) or `locale`. With `version`: only if it is still that one.

    Raises Invalid, PreconditionFailed, Conflict `phone_signs_in`.
    """
    sets = dict(changes)
    present = user(shop, user_id)
    if "phone" in sets:
        sets["phone"] = clean_phone(sets["phone"])
        if sets["phone"] != present.get("phone") and "phone_key" in present:
            _check_may_go(present)
            sets["phone_key"] = None  # nobody has proved that the new number is theirs
    if "name" in sets:
        sets["search_keys"] = search_keys(sets["name"], present.get("email"))
    changed = store.change(shop.db, user_id, sets, version=version) if sets else present
    if changed is None or (version is not None and not sets and present["version"] != version):
        raise PreconditionFailed("The profile was changed meanwhile; read it again.")
    return changed


def _check_may_go(account: Mapping[str, Any]) -> None:
    if not account.get("email"):
        raise Conflict("You sign in with this phone number.", code="phone_signs_in")


def addresses(shop: "Shop", user_id: str) -> list[Address]:
    """A user's addresses, oldest first."""
    kept: list[Address] = user(shop, user_id)["addresses"]
    return kept


def address(shop: "Shop", user_id: str, address_id: str) -> Address:
    """Raises NotFound `unknown_address`."""
    return _address(next((one for one in addresses(shop, user_id) if one["id"] == address_id), None))


def add_address(shop: "Shop", user_id: str, facts: Mapping[str, Any]) -> Address:
    """Keep a new address: label, text, location, perhaps unit and door_note. Raises Conflict `too_many_addresses`."""
    new = _as_address(shop, shop.new_id(), facts)
    if not store.add_address(shop.db, user_id, new):
        raise Conflict(f"At most {MOST_ADDRESSES} addresses are kept.", code="too_many_addresses")
    return new


def put_address(shop: "Shop", user_id: str, address_id: str, facts: Mapping[str, Any]) -> Address:
    """Replace an address. Raises NotFound `unknown_address`."""
    put = _as_address(shop, address_id, facts)
    return _address(put if store.put_address(shop.db, user_id, put) else None)


def change_address(shop: "Shop", user_id: str, address_id: str, changes: Mapping[str, Any]) -> Address:
    """Change some facts of an address; None removes `unit` or `door_note`. Raises NotFound `unknown_address`."""
    if not changes:
        return address(shop, user_id, address_id)
    sets = dict(changes)
    if "location" in sets:
        sets["location"] = _location(shop, sets["location"])
    return _address(store.change_address(shop.db, user_id, address_id, sets))


def remove_address(shop: "Shop", user_id: str, address_id: str) -> None:
    """Raises NotFound `unknown_address`."""
    if not store.remove_address(shop.db, user_id, address_id):
        _address(None)


def _as_address(shop: "Shop", address_id: str, facts: Mapping[str, Any]) -> Address:
    kept = {name: value for name, value in facts.items() if value is not None}
    return {**kept, "id": address_id, "location": _location(shop, facts["location"])}  # type: ignore[typeddict-item]


def _location(shop: "Shop", location: Mapping[str, Any]) -> Point:
    lng, lat = location["coordinates"]
    return point(lng, lat, shop.settings.region)


def _address(found: Any) -> Address:
    if found is None:
        raise NotFound("There is no such address.", code="unknown_address")
    kept: Address = found
    return kept


# Staff and seeds


def search_users(
    shop: "Shop", *, q: str | None = None, role: str | None = None, after: str | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    """Users by id; `q` begins their e-mail, their name or a word of it, or is their phone number."""
    phone = _phone_in(q)
    return store.search(shop.db, key_of(q) if q and not phone else None, role, after, limit, phone)


def ids_of(shop: "Shop", q: str, most: int = 50) -> list[str] | None:
    """Whose e-mail or phone number `q` is; None when it is neither."""
    if phone := _phone_in(q):
        return [user["_id"] for user in store.search(shop.db, None, None, None, most, phone)]
    return [user["_id"] for user in store.by_emails(shop.db, [key_of(q)])] if "@" in q else None


def _phone_in(q: str | None) -> str | None:
    try:
        return clean_phone(q)
    except Invalid:
        return None


def names(shop: "Shop", user_ids: Collection[str]) -> dict[str, str]:
    """The names of those of the users that there are, by id."""
    return {id_: user["name"] for id_, user in store.some(shop.db, user_ids).items()}


def hire(shop: "Shop", actor: Actor, person: NewUser, password: str) -> dict[str, Any]:
    """Open an account with any roles, in a super admin's name. Raises Invalid, Conflict `email_taken`."""
    return _enrol(shop, person, password, by=actor)


def change_rights(
    shop: "Shop",
    actor: Actor,
    user_id: str,
    *,
    roles: Collection[str] | None = None,
    store_ids: Collection[str] | None = None,
    status: str | None = None,
    why: str = "",
) -> dict[str, Any]:
    """Change what a user may do, at once for all their sessions; blocking ends these. Safe to repeat.

    Somebody who no longer is a store manager loses their stores. Raises NotFound, Invalid, Conflict
    `own_account`.
    """
    if user_id == actor.user_id:
        # Else the last super admin could lock everybody out.
        raise Conflict("Nobody changes their own rights.", code="own_account")

    def change(session: ClientSession) -> dict[str, Any]:
        present = _found(store.get(shop.db, user_id, session))
        if present["status"] == ERASED:
            raise NotFound("There is no such user.", code="unknown_user")
        before = _rights(present)
        after = _changed_rights(before, roles, store_ids, status)
        if after == before:
            return present
        changed = _found(store.change(shop.db, user_id, after, session=session))
        if after["status"] == "blocked":
            store.end_sessions_of(shop.db, user_id, shop.now(), "blocked", session)
        else:
            store.set_rights_of(shop.db, user_id, after["roles"], after["store_ids"], session)
        audit.record(shop, actor, "user.change", f"user:{user_id}", before, after, why, session=session)
        return changed

    return _all_or_nothing(shop, change)


def _rights(account: Mapping[str, Any]) -> dict[str, Any]:
    return {name: account[name] for name in ("roles", "store_ids", "status")}


def _changed_rights(
    before: Mapping[str, Any],
    roles: Collection[str] | None,
    store_ids: Collection[str] | None,
    status: str | None,
) -> dict[str, Any]:
    wanted = before["roles"] if roles is None else sorted(set(roles))
    stores = before["store_ids"] if store_ids is None else sorted(set(store_ids))
    if store_ids is None and "store_manager" not in wanted:
        stores = []
    check_rights(wanted, stores)
    return {"roles": wanted, "store_ids": stores, "status": status or before["status"]}


def create_user(
    shop: "Shop",
    *,
    name: str,
    email: str,
    password: str,
    roles: Collection[str] = ("customer",),
    store_ids: Collection[str] = (),
    phone: str | None = None,
    locale: str = "en",
    addresses: Sequence[Address] = (),
    user_id: str | None = None,
) -> dict[str, Any]:
    """The user with this e-mail, made if there is none. Safe to repeat. Raises Invalid, Conflict."""
    person = NewUser(name, email, roles, store_ids, phone, locale, addresses, user_id)
    return create_users(shop, [person], password)[0]


def create_users(shop: "Shop", people: Sequence[NewUser], password: str) -> list[dict[str, Any]]:
    """Several users with one password, hashed once: for a demo city. Those whose e-mail is known are left as
    they are. Safe to repeat. Returns them in the order given. Raises Invalid, Conflict `user_id_taken`.
    """
    secret = clean_password(password)
    keys = [key_of(clean_email(person.email or "")) for person in people]
    known = {one["email_key"] for one in store.by_emails(shop.db, keys)}
    if missing := [person for person, key in zip(people, keys, strict=True) if key not in known]:
        hashed = passwords.hashed(shop.settings, secret)
        store.add_missing(shop.db, [_account(shop, person, hashed) for person in missing])
    found = {one["email_key"]: one for one in store.by_emails(shop.db, keys)}
    if set(keys) - set(found):
        raise Conflict("One of these ids belongs to somebody else.", code="user_id_taken")
    return [found[key] for key in keys]


def demo_accounts_exist(db: Database) -> bool:
    """Whether there is an account whose password everybody knows."""
    return store.has_demo_accounts(db)


def _enrol(shop: "Shop", person: NewUser, password: str, by: Actor | None = None) -> dict[str, Any]:
    email = clean_email(person.email or "")
    secret = clean_password(password, email, person.name)
    account = _account(shop, person, passwords.hashed(shop.settings, secret))

    def add(session: ClientSession) -> None:
        store.add(shop.db, account, session)
        if by:
            subject = f"user:{account['_id']}"
            audit.record(shop, by, "user.create", subject, None, _rights(account), session=session)

    try:
        _all_or_nothing(shop, add)
    except DuplicateKeyError:
        raise Conflict("There is an account with this e-mail.", code="email_taken") from None
    return user(shop, account["_id"])


def enrol_by_phone(shop: "Shop", *, name: str, phone: str, locale: str = "en") -> dict[str, Any]:
    """The customer who has proved to own `phone` (in E.164), made if there is none. Safe to repeat."""
    person = NewUser(name=name, email=None, phone=phone, locale=locale)
    account = {**_account(shop, person, None), "phone_key": phone, "phone_verified_at": shop.now()}
    try:
        _all_or_nothing(shop, lambda session: store.add(shop.db, account, session))
    except DuplicateKeyError:
        if (other := store.by_phone(shop.db, phone)) is None:
            raise
        return other
    return user(shop, account["_id"])


def open_session(shop: "Shop", user_id: str) -> SignedIn:
    """Sign in somebody who has proved who they are. Raises Forbidden `account_blocked`."""
    return _open_session(shop, user_id)


def _account(shop: "Shop", person: NewUser, password_hash: str | None) -> dict[str, Any]:
    check_rights(person.roles, person.store_ids)
    account = {
        "_id": person.user_id or shop.new_id(),
        "name": person.name,
        "search_keys": search_keys(person.name, person.email),
        "roles": sorted(set(person.roles)),
        "store_ids": sorted(set(person.store_ids)),
        "status": "active",
        "locale": person.locale,
        "addresses": [dict(one) for one in person.addresses],
        "demo": False,
        "created_at": shop.now(),
        "version": 1,
    }
    if person.email is not None:
        account |= _credentials(shop, person.email, password_hash)
    if (phone := clean_phone(person.phone)) is not None:
        account["phone"] = phone
    return account


def _credentials(shop: "Shop", text: str, password_hash: str | None) -> dict[str, Any]:
    email = clean_email(text)
    if is_demo(email) and shop.settings.production:
        # One of these keeps production from starting: nobody may plant it.
        raise Invalid(
            "This is no address of yours.", code="invalid_email", errors={"email": ["Not allowed."]}
        )
    return {
        "email": email,
        "email_key": key_of(email),
        "password_hash": password_hash,
        "demo": is_demo(email),
    }


def _found(account: dict[str, Any] | None) -> dict[str, Any]:
    if account is None:
        raise NotFound("There is no such user.", code="unknown_user")
    return account


def _all_or_nothing(shop: "Shop", work: Callable[[ClientSession], Result]) -> Result:
    """`work` in one transaction, begun again when another one was in its way."""
    with shop.db.client.start_session() as session:
        return session.with_transaction(
            work, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority", j=True)
        )
