"""Files of products and listings over HTTP: taken in and followed while a job reads them, and written out."""

from collections.abc import Iterator
from typing import Any

from flask import Response, request
from marshmallow import fields, validate
from werkzeug.exceptions import UnsupportedMediaType

from blueprints import paging
from blueprints.api import Blueprint, idempotency_key
from blueprints.schemas import Flag, Id, IdempotencyHeader, PageQuery, QuerySchema, Schema, page_of
from blueprints.security import allow, current_actor, current_shop, takes_its_time
from shopsmart.bulk import service
from shopsmart.bulk.formats import KINDS
from shopsmart.bulk.records import FORMATS

blp = Blueprint("bulk", __name__, description="Files of products and listings.")

ADMIN = ("admin", "super_admin")
_PIECE = 256 * 1024
_TYPES = {
    "text/csv": "csv",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
}
_TYPE_OF = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
_FILE = {"schema": {"type": "string", "format": "binary"}}
_OR_LINES = {"responses": {"200": {"content": {"text/csv": _FILE, "application/x-ndjson": _FILE}}}}


class ImportsQuery(QuerySchema):
    kind = fields.String(load_default="products", validate=validate.OneOf(KINDS))
    dry_run = Flag(load_default=False, metadata={"description": "Only say what would happen."})


class ImportCountsSchema(Schema):
    read = fields.Integer(required=True, metadata={"description": "Rows so far."})
    created = fields.Integer(required=True)
    changed = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    refused = fields.Integer(required=True, metadata={"description": "Reported at `/errors`."})


class ImportFaultSchema(Schema):
    code = fields.String(required=True)
    detail = fields.String(required=True)


class CatalogueImportSchema(Schema):
    id = fields.String(required=True)
    kind = fields.String(required=True)
    format = fields.String(required=True)
    dry_run = fields.Boolean(required=True)
    state = fields.String(
        required=True, metadata={"description": "`waiting`, `running`, `done`, or `failed` with a `fault`."}
    )
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    counts = fields.Nested(ImportCountsSchema, required=True)
    fault = fields.Nested(ImportFaultSchema, required=True, allow_none=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)


class FileQuery(QuerySchema):
    format = fields.String(load_default="csv", validate=validate.OneOf(FORMATS))


class ListingsFileQuery(FileQuery):
    store_id = Id(metadata={"description": "Only this store's; all by default."})
    with_stock = Flag(
        load_default=False,
        metadata={"description": "With the units on the shelves, which an import of the file would set."},
    )


@blp.post("/admin/imports")
@blp.arguments(ImportsQuery, location="query")
@blp.arguments(IdempotencyHeader, location="headers")
@blp.response(202, CatalogueImportSchema)
@blp.doc(requestBody={"required": True, "content": dict.fromkeys(_TYPES, _FILE)})
@takes_its_time
@allow(*ADMIN)
def begin(query: dict[str, Any], headers: dict[str, Any]) -> dict[str, Any]:
    """Send a file of products or listings in, to be read row by row

    The body is the file itself, of at most 256 MB. Good rows count, bad ones are reported; the same Idempotency-Key
    gives the same import.
    """
    shop = current_shop()
    if request.mimetype not in _TYPES:
        raise UnsupportedMediaType(f"Send the file as {', '.join(_TYPES)}.")
    request.max_content_length = service.MOST_BYTES
    found = service.begin(
        shop,
        current_actor(),
        _pieces(),
        kind=query["kind"],
        format_=_TYPES[request.mimetype],
        dry_run=query["dry_run"],
        key=idempotency_key(headers),
    )
    if found["state"] == "waiting":
        service.hand_to_worker(shop, found["_id"])
    return _view(found)


def _pieces() -> Iterator[bytes]:
    while piece := request.stream.read(_PIECE):
        yield piece


@blp.get("/admin/imports")
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(CatalogueImportSchema))
@allow(*ADMIN)
def imports(query: dict[str, Any]) -> dict[str, Any]:
    """Imports, newest first"""
    found, after = service.newest(current_shop(), paging.key_of(query.get("cursor")), query["limit"])
    return paging.page([_view(one) for one in found], after)


@blp.get("/admin/imports/<import_id>")
@blp.response(200, CatalogueImportSchema)
@allow(*ADMIN)
def one_import(import_id: str) -> dict[str, Any]:
    """How far an import has come"""
    return _view(service.get(current_shop(), import_id))


@blp.get("/admin/imports/<import_id>/errors")
@blp.arguments(FileQuery, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")
@blp.doc(**_OR_LINES)
@allow(*ADMIN)
def import_errors(query: dict[str, Any], import_id: str) -> Response:
    """The refused rows as a file: number, line, SKU, code and reason"""
    found = service.errors(current_shop(), import_id, query["format"])
    return _file(found, f"import-{import_id}-errors", query["format"])


@blp.get("/admin/exports/products")
@blp.arguments(FileQuery, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")
@blp.doc(**_OR_LINES)
@takes_its_time
@allow(*ADMIN)
def export_products(query: dict[str, Any]) -> Response:
    """All products as a file, as an import takes it"""
    return _file(service.export(current_shop(), "products", query["format"]), "products", query["format"])


@blp.get("/admin/exports/listings")
@blp.arguments(ListingsFileQuery, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")
@blp.doc(**_OR_LINES)
@takes_its_time
@allow(*ADMIN)
def export_listings(query: dict[str, Any]) -> Response:
    """All listings, or a store's, as a file, as an import takes it"""
    found = service.export(
        current_shop(),
        "listings",
        query["format"],
        store_id=query.get("store_id"),
        with_stock=query["with_stock"],
    )
    return _file(found, "listings", query["format"])


def _file(pieces: Iterator[bytes], name: str, format_: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format_}"', "Cache-Control": "no-store"}
    return Response(_gathered(pieces), content_type=_TYPE_OF[format_], headers=headers)


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """In pieces worth sending: a row is none."""
    kept = bytearray()
    for piece in pieces:
        kept += piece
        if len(kept) >= _PIECE:
            yield bytes(kept)
            kept.clear()
    if kept:
        yield bytes(kept)


def _view(one: dict[str, Any]) -> dict[str, Any]:
    names = ("kind", "format", "dry_run", "state", "size", "counts", "fault", "by", "at", "finished_at")
    return {"id": one["_id"], **{name: one[name] for name in names}}
