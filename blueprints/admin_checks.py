"""Whether everything agrees: stock, holds, ledger, orders, money and events held against each other."""

from datetime import datetime
from typing import Any

from marshmallow import fields

from blueprints import paging
from blueprints.api import Blueprint
from blueprints.schemas import Flag, PageQuery, Schema, page_of
from blueprints.security import allow, current_actor, current_shop
from shopsmart import checker
from shopsmart.infra import audit

blp = Blueprint("admin checks", __name__, description="Whether everything agrees.")

_STAFF = ("admin", "super_admin")


class FindingSchema(Schema):
    invariant = fields.String(required=True)
    subject = fields.String(required=True)
    detail = fields.String(required=True)


class CheckSchema(Schema):
    id = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "`queued`, `running` or `done`."})
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    full = fields.Boolean(required=True, metadata={"description": "All, or what changed since `since`."})
    since = fields.AwareDateTime(required=True, allow_none=True)
    repair = fields.Boolean(required=True)
    counts = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "By invariant."},
    )
    findings = fields.List(fields.Nested(FindingSchema), required=True)


class WantedCheckSchema(Schema):
    full = Flag(load_default=False, metadata={"description": "Everything, not only what changed."})
    repair = Flag(load_default=False, metadata={"description": "Mend what can be mended."})


@blp.get("/admin/checks")
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(CheckSchema))
@allow(*_STAFF)
def checks(query: dict[str, Any]) -> dict[str, Any]:
    """The checks of late and what they found, newest first"""
    limit = query["limit"]
    key = paging.key_of(query.get("cursor"))
    found = checker.runs(current_shop(), None if key is None else datetime.fromisoformat(key), limit + 1)
    after = found[limit - 1]["at"].isoformat() if len(found) > limit else None
    return paging.page([_view(run) for run in found[:limit]], after)


@blp.post("/admin/checks")
@blp.arguments(WantedCheckSchema)
@blp.response(202, CheckSchema)
@allow(*_STAFF)
def check(body: dict[str, Any]) -> dict[str, Any]:
    """Check now; a job does it, the list shows how it went"""
    shop, actor = current_shop(), current_actor()
    run = checker.begin(shop, actor.user_id, **body)
    audit.record(shop, actor, "check.begun", f"check:{run['_id']}", None, body)
    return _view(run)


def _view(run: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: run[name] for name in ("state", "by", "at", "full", "repair")},
        "id": run["_id"],
        "finished_at": run.get("finished_at"),
        "since": run.get("since"),
        "counts": run.get("counts", {}),
        "findings": run.get("findings", []),
    }
