"""Who may do what: accounts of every role, for the people who run the city."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from blueprints import paging
from blueprints.api import Blueprint
from blueprints.me import UserSchema, person_name, phone_number, user_tag, user_view
from blueprints.schemas import Id, PageQuery, Schema, Text, page_of
from blueprints.security import allow, current_actor, current_shop
from shopsmart.errors import Invalid, NotFound
from shopsmart.identity import service
from shopsmart.identity.model import (
    ERASED,
    LOCALES,
    MOST_EMAIL_CHARACTERS,
    PASSWORD_CHARACTERS,
    ROLES,
    STATUSES,
    NewUser,
)
from shopsmart.stores import service as stores

blp = Blueprint("admin_users", __name__, description="Accounts, roles, blocking.")

STAFF = ("admin", "super_admin")
MOST_STORES = 100


def _roles(**options: Any) -> fields.List:
    return fields.List(
        fields.String(validate=validate.OneOf(ROLES)), validate=validate.Length(1, len(ROLES)), **options
    )


def _store_ids() -> fields.List:
    return fields.List(
        Id(),
        validate=validate.Length(max=MOST_STORES),
        metadata={"description": "The stores of a store_manager; refused for other roles."},
    )


class AccountSchema(UserSchema):
    status = fields.String(required=True, validate=validate.OneOf((*STATUSES, ERASED)))


class AccountsQuery(PageQuery):
    q = Text(
        most=64,
        metadata={"description": "How the e-mail, the name or a word of it begins, or the phone number."},
    )
    role = fields.String(validate=validate.OneOf(ROLES))


class NewAccountSchema(Schema):
    name = person_name(required=True)
    email = Text(most=MOST_EMAIL_CHARACTERS, required=True, metadata={"format": "email"})
    password = fields.String(required=True, validate=validate.Length(*PASSWORD_CHARACTERS))
    roles = _roles(required=True)
    store_ids = _store_ids()
    phone = phone_number()
    locale = fields.String(validate=validate.OneOf(LOCALES))


class RightsSchema(Schema):
    roles = _roles()
    store_ids = _store_ids()
    status = fields.String(validate=validate.OneOf(STATUSES))
    reason = Text(most=300, load_default="", least=0, metadata={"description": "Kept in the audit log."})


def account_view(user: Mapping[str, Any]) -> dict[str, Any]:
    return {**user_view(user), "status": user["status"]}


@blp.get("/admin/users")
@blp.arguments(AccountsQuery, location="query")
@blp.response(200, page_of(AccountSchema))
@allow(*STAFF)
def accounts(query: dict[str, Any]) -> dict[str, Any]:
    """Accounts, oldest first"""
    limit = query["limit"]
    found = service.search_users(
        current_shop(),
        q=query.get("q"),
        role=query.get("role"),
        after=paging.key_of(query.get("cursor")),
        limit=limit + 1,
    )
    shown = found[:limit]
    return paging.page([account_view(one) for one in shown], shown[-1]["_id"] if len(found) > limit else None)


@blp.post("/admin/users")
@blp.arguments(NewAccountSchema)
@blp.response(201, AccountSchema)
@allow("super_admin")
def hire(body: dict[str, Any]) -> Any:
    """Open an account with any roles"""
    password = body.pop("password")
    _check_stores(body)
    user = service.hire(current_shop(), current_actor(), NewUser(**body), password)
    return account_view(user), 201, user_tag(user)


@blp.get("/admin/users/<string:user_id>")
@blp.response(200, AccountSchema)
@allow(*STAFF)
def account(user_id: str) -> Any:
    """One account"""
    user = service.user(current_shop(), user_id)
    return account_view(user), 200, user_tag(user)


@blp.patch("/admin/users/<string:user_id>")
@blp.arguments(RightsSchema)
@blp.response(200, AccountSchema)
@allow("super_admin")
def change(body: dict[str, Any], user_id: str) -> Any:
    """Change roles or stores, block or unblock

    At once in all sessions; blocking ends them. 409 `own_account` for one's own.
    """
    _check_stores(body)
    why = body.pop("reason")
    user = service.change_rights(current_shop(), current_actor(), user_id, why=why, **body)
    return account_view(user), 200, user_tag(user)


def _check_stores(body: Mapping[str, Any]) -> None:
    """Raises Invalid `unknown_store`."""
    for store_id in body.get("store_ids", ()):
        try:
            stores.get(current_shop(), store_id)
        except NotFound:
            raise Invalid(
                f"There is no store {store_id}.",
                code="unknown_store",
                errors={"store_ids": [f"No such store: {store_id}"]},
            ) from None
