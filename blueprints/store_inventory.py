"""A store's stock in bulk, and what of it needs a look."""

import hashlib
from typing import Any

from flask import Response, request
from marshmallow import fields, validate
from werkzeug.exceptions import UnsupportedMediaType

from blueprints import paging
from blueprints.api import Blueprint, as_json, idempotency_key, once
from blueprints.freshness import shows_at_once
from blueprints.language import language
from blueprints.schemas import Flag, IdempotencyHeader, PageQuery, Schema, StoreQuery, page_of
from blueprints.security import allow, current_actor, current_shop, takes_its_time
from blueprints.store_console import MANAGER
from shopsmart.errors import Invalid
from shopsmart.shelf import alerts as alerting
from shopsmart.shelf import imports
from shopsmart.stores import service as stores

blp = Blueprint("store_inventory", __name__, description="A store's stock in bulk, and its alerts.")
shows_at_once(blp)


class ImportQuery(StoreQuery):
    mode = fields.String(
        load_default="delta",
        validate=validate.OneOf(tuple(imports.MODES)),
        metadata={"description": "`delta`: units up or down; `absolute`: units on the shelf."},
    )
    on_error = fields.String(
        load_default="skip",
        validate=validate.OneOf(("skip", "refuse_all")),
        metadata={"description": "Keep the good lines, or take none when one is bad."},
    )
    short = fields.String(
        load_default="refuse",
        validate=validate.OneOf(("refuse", "declare")),
        metadata={"description": "Of counts below what orders were promised: a bad line, or a shortage."},
    )
    dry_run = Flag(load_default=False, metadata={"description": "Only say what would happen."})


class RefusedLineSchema(Schema):
    line = fields.Integer(required=True, metadata={"description": "Its number in the file."})
    sku = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ImportedSchema(Schema):
    mode = fields.String(required=True)
    dry_run = fields.Boolean(required=True)
    accepted = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    lines = fields.List(
        fields.Nested(RefusedLineSchema), required=True, metadata={"description": "The refused ones."}
    )


class AlertSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf((alerting.SHORTAGE, alerting.LOW)))
    sku = fields.String(required=True)
    name = fields.String(required=True)
    available_quantity = fields.Integer(required=True)
    low_stock_at = fields.Integer(required=True, allow_none=True)
    missing = fields.Integer(required=True, metadata={"description": "Promised units that are not there."})
    case_id = fields.String(required=True, allow_none=True)
    since = fields.AwareDateTime(required=True)


class AlertsQuery(PageQuery, StoreQuery):
    pass


def _store_id(query: dict[str, Any]) -> str:
    return str(stores.store_of(current_shop(), current_actor(), query.get("store_id"))["_id"])


@blp.post("/store/inventory/import")
@blp.arguments(ImportQuery, location="query")
@blp.arguments(IdempotencyHeader, location="headers")
@blp.response(200, ImportedSchema)
@blp.doc(
    requestBody={
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "sku,delta,reason\nMILK-500,12,received\nCURD-200,-1,damaged\n",
            }
        },
    }
)
@takes_its_time
@allow(*MANAGER)
def import_csv(query: dict[str, Any], headers: dict[str, Any]) -> Response:
    """Many corrections or counts at once, as CSV

    The first line names the columns: `sku` and `delta` (perhaps `reason`), or `sku` and `on_hand`. At most 5,000
    lines. Bad lines are reported by number; the same Idempotency-Key never counts twice.
    """
    shop, actor, store_id = current_shop(), current_actor(), _store_id(query)
    mode, short = query["mode"], query["short"] == "declare"
    if query["dry_run"]:
        report = imports.foresee(shop, actor, store_id, _csv_text(), mode, declare_short=short)
        return as_json({**report, "mode": mode, "dry_run": True})
    key = idempotency_key(headers)
    text = _csv_text()

    def work() -> dict[str, Any]:
        report = imports.run(
            shop,
            actor,
            store_id,
            text,
            mode,
            key,
            all_or_none=query["on_error"] == "refuse_all",
            declare_short=short,
        )
        return {**report, "mode": mode, "dry_run": False}

    body = {**query, "csv": hashlib.sha256(text.encode()).hexdigest()}
    return once(f"{actor.user_id}|{store_id}", headers, body, 200, work)


def _csv_text() -> str:
    """The body. Raises Invalid `invalid_csv`, and 413 or 415 as any other body would."""
    if request.mimetype != "text/csv":
        raise UnsupportedMediaType("Send the body as text/csv.")
    request.max_content_length = current_shop().settings.max_import_bytes
    try:
        return request.get_data().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Invalid("The file is not UTF-8 text.", code="invalid_csv") from fault


@blp.get("/store/alerts")
@blp.arguments(AlertsQuery, location="query")
@blp.response(200, page_of(AlertSchema))
@allow(*MANAGER)
def alerts(query: dict[str, Any]) -> dict[str, Any]:
    """Promised units that are missing, and items that run low"""
    rows, after = alerting.alerts(
        current_shop(), _store_id(query), paging.key_of(query.get("cursor")), query["limit"]
    )
    return paging.page([_alert_view(row) for row in rows], after)


def _alert_view(row: dict[str, Any]) -> dict[str, Any]:
    facts = {name: row[name] for name in AlertSchema().fields if name != "name"}
    return {**facts, "name": row["name"].get(language()) or row["name"]["en"]}
