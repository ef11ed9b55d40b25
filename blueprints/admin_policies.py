"""The policies that an operator tunes: how a store is chosen, and what it may take on."""

from typing import Any

from marshmallow import fields

from blueprints.api import Blueprint
from blueprints.schemas import Schema, Text
from blueprints.security import allow, current_actor, current_shop
from blueprints.store_settings import IfMatchHeader, wanted_version
from shopsmart.routing import service
from shopsmart.routing.policy import TUNABLES

blp = Blueprint("admin_policies", __name__, description="What an operator tunes.")


class TunableSchema(Schema):
    name = fields.String(required=True)
    value = fields.Float(required=True)
    default = fields.Float(required=True)
    least = fields.Float(required=True)
    most = fields.Float(required=True)
    what = fields.String(required=True)


class PolicySchema(Schema):
    name = fields.String(required=True)
    version = fields.Integer(required=True, metadata={"description": "0 while nobody has changed anything."})
    values = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)
    tunables = fields.List(fields.Nested(TunableSchema), required=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
    by = fields.String(required=True, allow_none=True)
    why = fields.String(required=True, allow_none=True)


class PolicyChangeSchema(Schema):
    values = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(allow_none=True),
        required=True,
        metadata={
            "description": "Every value that is not to be its default.",
            "example": {"accept_seconds": 90, "max_hops": 2},
        },
    )
    why = Text(most=300, required=True)


@blp.get("/admin/policies/routing")
@blp.response(200, PolicySchema)
@allow("admin", "super_admin")
def show() -> Any:
    """How a store is chosen: the values in force, their bounds and what they are for"""
    return _view(service.policy_document(current_shop()))


@blp.put("/admin/policies/routing")
@blp.arguments(IfMatchHeader, location="headers")
@blp.arguments(PolicyChangeSchema)
@blp.response(200, PolicySchema)
@allow("super_admin")
def change(headers: dict[str, Any], body: dict[str, Any]) -> Any:
    """Set the policy: a new version, in force for the next order; what is not named is at its default"""
    document = service.set_policy(
        current_shop(), current_actor(), body["values"], body["why"], if_version=wanted_version(headers)
    )
    return _view(document)


def _view(document: dict[str, Any]) -> Any:
    tunables = [
        {
            "name": name,
            "value": document["values"][name],
            "default": one.default,
            "least": one.least,
            "most": one.most,
            "what": one.what,
        }
        for name, one in TUNABLES.items()
    ]
    return {"name": "routing", **document, "tunables": tunables}, 200, {"ETag": f'"{document["version"]}"'}
