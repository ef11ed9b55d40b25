"""Roles, actors and what a name, an e-mail, a phone number and a password must be like. Plain values only."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from shopsmart.errors import Invalid
from shopsmart.geo import Point
from shopsmart.identity.common_passwords import is_common

ROLES = ("customer", "rider", "store_manager", "partner", "admin", "super_admin")
STAFF = frozenset({"admin", "super_admin"})
STATUSES = ("active", "blocked")
ERASED = "erased"  # the account of somebody who left; nobody brings it back
LOCALES = ("en", "hi", "or", "vi")
DEMO_DOMAIN = "@demo.shopsmart.local"
MOST_ADDRESSES = 20
MOST_EMAIL_CHARACTERS = 254
PASSWORD_CHARACTERS = (8, 128)

_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_PHONE_PUNCTUATION = str.maketrans("", "", " -()")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_INDIAN_MOBILE = re.compile(r"0?([6-9][0-9]{9})")


@dataclass(frozen=True)
class Actor:
    """Whoever asks: a signed-in user as their session knows them, or the shop itself."""

    user_id: str
    roles: frozenset[str]
    store_ids: frozenset[str] = frozenset()
    session_id: str | None = None

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF)

    @property
    def is_super_admin(self) -> bool:
        return "super_admin" in self.roles

    def manages(self, store_id: str) -> bool:
        return "store_manager" in self.roles and store_id in self.store_ids


# Jobs, sweeps and seeds act in nobody's name.
SYSTEM = Actor("system", frozenset({"system"}))


class Address(TypedDict):
    id: str
    label: str
    text: str
    unit: NotRequired[str]
    door_note: NotRequired[str]
    location: Point


@dataclass(frozen=True)
class NewUser:
    """Somebody to be given an account. `user_id` None: a new id is made."""

    name: str
    email: str | None  # None for who signs in by phone alone
    roles: Collection[str] = ("customer",)
    store_ids: Collection[str] = ()
    phone: str | None = None
    locale: str = "en"
    addresses: Sequence[Address] = ()
    user_id: str | None = None


def clean_email(text: str) -> str:
    """The address as it is kept and written to. Raises Invalid `invalid_email`."""
    email = unicodedata.normalize("NFKC", text).strip()
    local = email.partition("@")[0]
    if len(email) > MOST_EMAIL_CHARACTERS or len(local) > 64 or not _EMAIL.fullmatch(email):
        raise Invalid(
            "This is not an e-mail address.",
            code="invalid_email",
            errors={"email": ["Not an e-mail address."]},
        )
    return email


def key_of(text: str) -> str:
    """`text` as it is compared: one key for all spellings that read the same."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def search_keys(name: str, email: str | None) -> list[str]:
    """What a prefix search may begin with: the e-mail, the whole name, each word of the name."""
    whole = key_of(name)
    return list(dict.fromkeys([*([key_of(email)] if email else []), whole, *whole.split()]))


def clean_phone(text: str | None) -> str | None:
    """A phone number as `+` and digits; a ten-digit Indian mobile needs no `+91`. Raises Invalid `invalid_phone`."""
    if text is None:
        return None
    digits = unicodedata.normalize("NFKC", text).translate(_PHONE_PUNCTUATION)
    if indian := _INDIAN_MOBILE.fullmatch(digits):
        return f"+91{indian[1]}"
    if not _PHONE.fullmatch(digits):
        raise Invalid(
            "This is not a phone number.", code="invalid_phone", errors={"phone": ["Not a phone number."]}
        )
    return digits


def clean_password(text: str, *personal: str) -> str:
    """The password as it is hashed (NFKC, so that every keyboard types the same one).

    `personal` are texts it must not be, such as the e-mail. Raises Invalid `password_length`,
    `password_too_common`.
    """
    password = as_hashed(text)
    least, most = PASSWORD_CHARACTERS
    if not least <= len(password) <= most:
        sentence = f"A password has {least} to {most} characters."
        raise Invalid(sentence, code="password_length", errors={"password": [sentence]})
    if is_common(password) or key_of(password) in {key_of(one) for one in personal}:
        sentence = "This password is too easy to guess."
        raise Invalid(sentence, code="password_too_common", errors={"password": [sentence]})
    return password


def as_hashed(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def check_rights(roles: Collection[str], store_ids: Collection[str]) -> None:
    """Raises Invalid for unknown or no roles, and for stores given to somebody who manages none."""
    if not roles or set(roles) - set(ROLES):
        raise Invalid("Somebody has one or more of the known roles.", errors={"roles": ["Unknown or none."]})
    if store_ids and "store_manager" not in roles:
        raise Invalid(
            "Only a store manager is bound to stores.",
            code="stores_need_manager",
            errors={"store_ids": ["Only for the role store_manager."]},
        )


def is_demo(email: str) -> bool:
    return key_of(email).endswith(DEMO_DOMAIN)
