"""The audit log: who of the staff did what, when, to what, and why."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from blueprints import paging
from blueprints.api import Blueprint
from blueprints.schemas import Id, PageQuery, Schema, page_of
from blueprints.security import allow, current_shop
from shopsmart.errors import Invalid
from shopsmart.identity import service as identity
from shopsmart.infra import audit

blp = Blueprint("admin_audit", __name__, description="Who did what.")


class AuditQuery(PageQuery):
    actor = Id(metadata={"description": "The id of a user."})
    action = Id(
        metadata={
            "description": "Such as `store.changed`, or `store` for all that begins so.",
            "example": "store.changed",
        }
    )
    subject = Id(metadata={"description": "What it was done to.", "example": "order:01m0…"})
    from_ = fields.AwareDateTime(data_key="from")
    to = fields.AwareDateTime(metadata={"description": "Before this moment."})


class AuditRowSchema(Schema):
    id = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    actor = fields.String(required=True)
    actor_name = fields.String(required=True, allow_none=True)
    roles = fields.List(fields.String(), required=True)
    action = fields.String(required=True)
    subject = fields.String(required=True)
    before = fields.Dict(required=True, allow_none=True, metadata={"description": "Facts that differ."})
    after = fields.Dict(required=True, allow_none=True)
    reason = fields.String(required=True)


@blp.get("/admin/audit")
@blp.arguments(AuditQuery, location="query")
@blp.response(200, page_of(AuditRowSchema))
@allow("admin", "super_admin")
def entries(query: dict[str, Any]) -> dict[str, Any]:
    """Who did what to which thing, newest first"""
    shop, limit = current_shop(), query["limit"]
    below = paging.key_of(query.get("cursor"))
    if below is not None and not isinstance(below, str):
        raise Invalid("This cursor belongs to another list.", code="invalid_cursor")
    found = audit.entries(
        shop.db,
        who=query.get("actor"),
        what=query.get("action"),
        subject=query.get("subject"),
        since=query.get("from_"),
        until=query.get("to"),
        below=below,
        limit=limit + 1,
    )
    shown = found[:limit]
    names = identity.names(shop, {row["who"] for row in shown})
    items = [_view(row, names) for row in shown]
    return paging.page(items, shown[-1]["_id"] if len(found) > limit else None)


def _view(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row["_id"],
        "at": row["at"],
        "actor": row["who"],
        "actor_name": names.get(row["who"]),
        "roles": row["roles"],
        "action": row["what"],
        "subject": row["subject"],
        "before": row["before"],
        "after": row["after"],
        "reason": row["why"],
    }
