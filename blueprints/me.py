"""One's own profile and addresses."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from blueprints.api import Blueprint
from blueprints.schemas import PointSchema, Schema, Text
from blueprints.security import current_actor, current_shop, signed_in
from blueprints.store_settings import IfMatchHeader, wanted_version
from shopsmart.identity import service
from shopsmart.identity.model import LOCALES, MOST_ADDRESSES, ROLES

blp = Blueprint("me", __name__, description="The signed-in user's own profile and addresses.")


def person_name(**options: Any) -> Text:
    return Text(most=100, **options)


def phone_number() -> Text:
    description = "International with `+`, or ten Indian digits."
    return Text(most=32, allow_none=True, metadata={"description": description, "example": "+919437012345"})


class UserSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    email = fields.String(
        required=True, allow_none=True, metadata={"description": "Null for who signs in by phone alone."}
    )
    phone = fields.String(required=True, allow_none=True)
    roles = fields.List(fields.String(validate=validate.OneOf(ROLES)), required=True)
    store_ids = fields.List(fields.String(), required=True)
    locale = fields.String(required=True, validate=validate.OneOf(LOCALES))
    created_at = fields.AwareDateTime(required=True)


class ProfileChangeSchema(Schema):
    name = person_name()
    phone = phone_number()
    locale = fields.String(validate=validate.OneOf(LOCALES))


class NewAddressSchema(Schema):
    label = Text(most=40, required=True, metadata={"example": "Home"})
    text = Text(most=300, required=True)
    unit = Text(most=60, allow_none=True)
    door_note = Text(most=200, allow_none=True, lines=True)
    location = fields.Nested(PointSchema, required=True)


class AddressChangeSchema(Schema):
    label = Text(most=40)
    text = Text(most=300)
    unit = Text(most=60, allow_none=True)
    door_note = Text(most=200, allow_none=True, lines=True)
    location = fields.Nested(PointSchema)


class AddressSchema(Schema):
    id = fields.String(required=True)
    label = fields.String(required=True)
    text = fields.String(required=True)
    unit = fields.String(required=True, allow_none=True)
    door_note = fields.String(required=True, allow_none=True)
    location = fields.Nested(PointSchema, required=True)


class AddressesSchema(Schema):
    items = fields.List(
        fields.Nested(AddressSchema), required=True, validate=validate.Length(max=MOST_ADDRESSES)
    )
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "Always null: they are few."}
    )


def user_view(user: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": user["_id"],
        "name": user["name"],
        "email": user.get("email"),
        "phone": user.get("phone"),
        "roles": user["roles"],
        "store_ids": user["store_ids"],
        "locale": user["locale"],
        "created_at": user["created_at"],
    }


def user_tag(user: Mapping[str, Any]) -> dict[str, str]:
    return {"ETag": f'"{user["version"]}"'}


@blp.get("/me")
@blp.response(200, UserSchema)
@signed_in
def show() -> Any:
    """Who am I?"""
    user = service.user(current_shop(), current_actor().user_id)
    return user_view(user), 200, user_tag(user)


@blp.patch("/me")
@blp.arguments(IfMatchHeader, location="headers")
@blp.arguments(ProfileChangeSchema)
@blp.response(200, UserSchema)
@signed_in
def change(headers: dict[str, Any], body: dict[str, Any]) -> Any:
    """Change my name, phone (null removes it) or language"""
    user = service.update_me(current_shop(), current_actor().user_id, body, wanted_version(headers))
    return user_view(user), 200, user_tag(user)


@blp.get("/me/addresses")
@blp.response(200, AddressesSchema)
@signed_in
def addresses() -> dict[str, Any]:
    """My addresses, oldest first"""
    kept = service.addresses(current_shop(), current_actor().user_id)
    return {"items": [address_view(one) for one in kept], "next": None}


@blp.post("/me/addresses")
@blp.arguments(NewAddressSchema)
@blp.response(201, AddressSchema)
@signed_in
def add_address(body: dict[str, Any]) -> dict[str, Any]:
    """Keep an address

    At most 20; one more is refused as `too_many_addresses`.
    """
    return address_view(service.add_address(current_shop(), current_actor().user_id, body))


@blp.get("/me/addresses/<string:address_id>")
@blp.response(200, AddressSchema)
@signed_in
def show_address(address_id: str) -> dict[str, Any]:
    """One address of mine"""
    return address_view(service.address(current_shop(), current_actor().user_id, address_id))


@blp.put("/me/addresses/<string:address_id>")
@blp.arguments(NewAddressSchema)
@blp.response(200, AddressSchema)
@signed_in
def put_address(body: dict[str, Any], address_id: str) -> dict[str, Any]:
    """Replace an address"""
    return address_view(service.put_address(current_shop(), current_actor().user_id, address_id, body))


@blp.patch("/me/addresses/<string:address_id>")
@blp.arguments(AddressChangeSchema)
@blp.response(200, AddressSchema)
@signed_in
def change_address(body: dict[str, Any], address_id: str) -> dict[str, Any]:
    """Change some facts of an address; null removes the unit or the door note"""
    return address_view(service.change_address(current_shop(), current_actor().user_id, address_id, body))


@blp.delete("/me/addresses/<string:address_id>")
@blp.response(204)
@signed_in
def remove_address(address_id: str) -> None:
    """Forget an address"""
    service.remove_address(current_shop(), current_actor().user_id, address_id)


def address_view(address: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": address["id"],
        "label": address["label"],
        "text": address["text"],
        "unit": address.get("unit"),
        "door_note": address.get("door_note"),
        "location": address["location"],
    }
