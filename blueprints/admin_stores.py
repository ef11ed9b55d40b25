"""Stores and their fences, for the people who run the city."""

from typing import Any

from marshmallow import ValidationError, fields, validate

from blueprints import paging
from blueprints.api import Blueprint
from blueprints.freshness import shows_at_once
from blueprints.schemas import Id, PageQuery, PointSchema, QuerySchema, Schema, Text, Whole, page_of
from blueprints.security import allow, current_actor, current_shop, takes_its_time
from blueprints.store_settings import (
    ClosureSchema,
    IfMatchHeader,
    StoreSchema,
    etag,
    hours_field,
    store_view,
    wanted_version,
)
from shopsmart.analytics import zones as impact
from shopsmart.errors import Invalid
from shopsmart.stores import drawing, model, service
from shopsmart.stores.model import Store

blp = Blueprint("admin_stores", __name__, description="Stores and their fences.")
shows_at_once(blp)

STAFF = ("admin", "super_admin")
MOST_PAIRS, MOST_GAPS = 500, 200

_POSITION = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
_RING = {"type": "array", "items": _POSITION, "minItems": 4, "maxItems": 500}
_RINGS = {"type": "array", "items": _RING, "minItems": 1, "maxItems": 5}


def _geojson(kind: str, coordinates: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "title": kind,
        "required": ["type", "coordinates"],
        "additionalProperties": False,
        "properties": {"type": {"type": "string", "enum": [kind]}, "coordinates": coordinates},
    }


_SHAPES = [
    _geojson("Polygon", _RINGS),
    _geojson("MultiPolygon", {"type": "array", "items": _RINGS, "minItems": 1, "maxItems": 20}),
]
_CIRCLE = {
    "type": "object",
    "title": "Circle",
    "required": ["center", "radius_m"],
    "additionalProperties": False,
    "properties": {
        "center": _geojson("Point", _POSITION),
        "radius_m": {"type": "number", "minimum": 50, "maximum": 25_000},
    },
}


class Geofence(fields.Raw):
    """A fence in any of its three shapes. The domain judges it and says what is wrong where."""

    def __init__(self, **options: Any):
        description = (
            "A GeoJSON Polygon or MultiPolygon, or a circle. Refused as `invalid_geometry` with `reason` and, "
            "where known, `at` ([longitude, latitude]), `polygon`, `ring` and `vertex`."
        )
        super().__init__(metadata={"oneOf": [*_SHAPES, _CIRCLE], "description": description}, **options)


class Geometry(fields.Raw):
    def __init__(self, **options: Any):
        shapes = [*_SHAPES, {"type": "null"}] if options.get("allow_none") else _SHAPES
        super().__init__(metadata={"oneOf": shapes, **options.pop("metadata", {})}, **options)


class NewStoreSchema(Schema):
    name = Text(most=120, required=True)
    address = Text(most=300, required=True)
    location = fields.Nested(PointSchema, required=True)
    geofence = Geofence(required=True)
    timezone = fields.String(validate=validate.Length(max=64), metadata={"example": "Asia/Kolkata"})
    hours = hours_field()
    closures = fields.List(fields.Nested(ClosureSchema), validate=validate.Length(max=model.MOST_CLOSURES))
    pickers_on_duty = Whole(least=0, most=model.MOST_PICKERS)
    capacity_per_10_min = Whole(least=1, most=model.MOST_CAPACITY)


class StoreChangeSchema(Schema):
    name = Text(most=120)
    address = Text(most=300)
    location = fields.Nested(PointSchema)
    geofence = Geofence()
    timezone = fields.String(validate=validate.Length(max=64))
    hours = hours_field()
    closures = fields.List(fields.Nested(ClosureSchema), validate=validate.Length(max=model.MOST_CLOSURES))
    pickers_on_duty = Whole(least=0, most=model.MOST_PICKERS)
    capacity_per_10_min = Whole(least=1, most=model.MOST_CAPACITY)
    status = fields.String(validate=validate.OneOf(model.STATUSES))


class FencedStoreSchema(StoreSchema):
    geofence = Geofence(required=True)
    served_area = Geometry(required=True)
    warnings = fields.List(
        fields.String(), required=True, metadata={"description": "Lawful but odd: `store_outside_fence`."}
    )


class StoresQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(model.STATUSES))


class ZoneSchema(Schema):
    id = fields.String(required=True)
    store_id = fields.String(required=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["draft", "published", "retired"]))
    geofence = Geofence(required=True)
    served_area = Geometry(required=True)
    published_at = fields.AwareDateTime(required=True)
    retired_at = fields.AwareDateTime(required=True, allow_none=True)
    created_by = fields.String(required=True)


class Bounds(fields.String):
    """`west,south,east,north` in degrees."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            west, south, east, north = map(float, value.split(","))
        except ValueError as fault:
            raise ValidationError("Four numbers: west,south,east,north.") from fault
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise ValidationError("West lies before east, south before north, all on the globe.")
        return west, south, east, north


class CoverageQuery(QuerySchema):
    bounds = Bounds(
        metadata={
            "description": "Where to look for gaps; the hull around all fences by default.",
            "example": "85.7,20.2,85.9,20.4",
        }
    )


class OverlapSchema(Schema):
    stores = fields.List(fields.String(), required=True)
    area_km2 = fields.Float(required=True)


class GapSchema(Schema):
    area_km2 = fields.Float(required=True)
    geometry = Geometry(required=True)


class CoverageSchema(Schema):
    area = Geometry(required=True, allow_none=True)
    area_km2 = fields.Float(required=True)
    served_km2 = fields.Float(required=True)
    overlaps = fields.List(fields.Nested(OverlapSchema), required=True)
    overlaps_total = fields.Integer(required=True)
    gaps = fields.List(fields.Nested(GapSchema), required=True)
    gaps_total = fields.Integer(required=True)


class DrawnSchema(Schema):
    geofence = Geofence(required=True)
    store_id = Id(metadata={"description": "The store that it is drawn for."})
    location = fields.Nested(PointSchema, metadata={"description": "Where the store is to stand."})


class FaultSchema(Schema):
    code = fields.String(
        required=True,
        metadata={"description": "The `reason` of a save's refusal, or `fence_far_from_store`."},
    )
    detail = fields.String(required=True)
    location = fields.Nested(PointSchema, required=True, allow_none=True)
    path = fields.List(
        fields.Integer(),
        required=True,
        allow_none=True,
        metadata={"description": "[polygon, ring, vertex], each from 0."},
    )


class SharedGroundSchema(Schema):
    store_id = fields.String(required=True)
    name = fields.String(required=True)
    area_km2 = fields.Float(required=True)
    geometry = Geometry(required=True)


class DrawnVerdictSchema(Schema):
    valid = fields.Boolean(required=True)
    faults = fields.List(fields.Nested(FaultSchema), required=True)
    area_km2 = fields.Float(required=True, metadata={"description": "0 as long as the outline has faults."})
    vertices = fields.Integer(required=True, metadata={"description": "Corners drawn; 0 for a circle."})
    overlaps = fields.List(fields.Nested(SharedGroundSchema), required=True)
    served_area = Geometry(required=True, allow_none=True)
    warnings = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Lawful but odd: `store_outside_fence`, `outside_region`."},
    )
    fixed = Geometry(
        required=True,
        allow_none=True,
        metadata={"description": "A fence near the faulty one that a save would take, where there is one."},
    )


class ZonePreviewSchema(Schema):
    geofence = Geofence(required=True)


class ChangeCountsSchema(Schema):
    """`served_by_other`: from this store to another one, or from another one to this."""

    gain = fields.Integer(required=True)
    lose = fields.Integer(required=True)
    keep = fields.Integer(required=True)
    served_by_other = fields.Integer(required=True)


class ChangedPlaceSchema(Schema):
    location = fields.Nested(
        PointSchema, required=True, metadata={"description": "Rounded to about a hundred metres."}
    )
    change = fields.String(required=True, validate=validate.OneOf(["gains", "loses", "moves"]))
    from_store = fields.String(required=True, allow_none=True)
    to_store = fields.String(required=True, allow_none=True)
    orders = fields.Integer(required=True, metadata={"description": "Of the last 90 days."})


class BeforeAfterSchema(Schema):
    before = fields.Float(required=True)
    after = fields.Float(required=True)


class ZoneImpactSchema(Schema):
    addresses = fields.Nested(ChangeCountsSchema, required=True)
    orders_30d = fields.Nested(ChangeCountsSchema, required=True)
    sample = fields.List(fields.Nested(ChangedPlaceSchema), required=True)
    added = Geometry(required=True, allow_none=True)
    removed = Geometry(required=True, allow_none=True)
    area_km2 = fields.Nested(BeforeAfterSchema, required=True)


class RestoreSchema(Schema):
    reason = Text(most=200, least=0, load_default="", metadata={"description": "Kept in the audit log."})


def _fenced(stores: list[Store]) -> list[dict[str, Any]]:
    return [
        {**store_view(store), **_fence_view(zone), "warnings": service.warnings_of(store, zone)}
        for store, zone in service.with_fences(current_shop(), stores)
    ]


def _answer(store: Store) -> Any:
    return _fenced([store])[0], None, etag(store)


def _fence_view(zone: dict[str, Any]) -> dict[str, Any]:
    return {"geofence": zone["circle"] or zone["geometry"], "served_area": zone["geometry"]}


def _zone_view(zone: dict[str, Any]) -> dict[str, Any]:
    plain = ("store_id", "version", "kind", "status", "published_at", "retired_at", "created_by")
    return {"id": zone["_id"], **{name: zone[name] for name in plain}, **_fence_view(zone)}


@blp.post("/admin/stores")
@blp.arguments(NewStoreSchema)
@blp.response(201, FencedStoreSchema)
@allow(*STAFF)
def create(body: dict[str, Any]) -> Any:
    """Open a store with its fence"""
    return _answer(service.create_store(current_shop(), current_actor(), **body))


@blp.get("/admin/stores")
@blp.arguments(StoresQuery, location="query")
@blp.response(200, page_of(FencedStoreSchema))
@allow(*STAFF)
def index(query: dict[str, Any]) -> Any:
    """All stores with their fences"""
    after = paging.key_of(query.get("cursor"))
    if after is not None and not isinstance(after, str):
        raise Invalid("This cursor belongs to another list.", code="invalid_cursor")
    stores, next_key = service.list_stores(
        current_shop(), after=after, limit=query["limit"], status=query.get("status")
    )
    return paging.page(_fenced(stores), next_key)


@blp.get("/admin/stores/coverage")
@blp.arguments(CoverageQuery, location="query")
@blp.response(200, CoverageSchema)
@takes_its_time
@allow(*STAFF)
def coverage(query: dict[str, Any]) -> dict[str, Any]:
    """Where fences overlap and what they leave out

    The largest come first, at most 500 overlaps and 200 gaps.
    """
    pairs, gaps = service.coverage(current_shop(), query.get("bounds"))
    pieces = gaps.pieces if gaps else []
    return {
        "area": gaps.area if gaps else None,
        "area_km2": round(gaps.area_km2, 4) if gaps else 0.0,
        "served_km2": round(gaps.served_km2, 4) if gaps else 0.0,
        "overlaps": [
            {"stores": [first, second], "area_km2": round(km2, 4)}
            for first, second, km2 in pairs[:MOST_PAIRS]
        ],
        "overlaps_total": len(pairs),
        "gaps": [{"area_km2": round(km2, 4), "geometry": piece} for piece, km2 in pieces[:MOST_GAPS]],
        "gaps_total": len(pieces),
    }


@blp.post("/admin/stores/geofence-check")
@blp.arguments(DrawnSchema)
@blp.response(200, DrawnVerdictSchema)
@takes_its_time
@allow(*STAFF)
def geofence_check(body: dict[str, Any]) -> dict[str, Any]:
    """Judge a drawn fence as a save would, without saving it"""
    return drawing.check(
        current_shop(), body["geofence"], store_id=body.get("store_id"), location=body.get("location")
    )


@blp.get("/admin/stores/<string:store_id>")
@blp.response(200, FencedStoreSchema)
@allow(*STAFF)
def show(store_id: str) -> Any:
    """One store with its fence"""
    return _answer(service.get(current_shop(), store_id))


@blp.patch("/admin/stores/<string:store_id>")
@blp.arguments(IfMatchHeader, location="headers")
@blp.arguments(StoreChangeSchema)
@blp.response(200, FencedStoreSchema)
@allow(*STAFF)
def change(headers: dict[str, Any], body: dict[str, Any], store_id: str) -> Any:
    """Change a store; a geofence becomes a new version, which serves at once"""
    version = wanted_version(headers)
    return _answer(
        service.update_store(current_shop(), current_actor(), store_id, if_version=version, **body)
    )


@blp.delete("/admin/stores/<string:store_id>")
@blp.response(204)
@allow(*STAFF)
def close(store_id: str) -> None:
    """Close a store for good; everything that refers to it stays"""
    service.close_store(current_shop(), current_actor(), store_id)


@blp.get("/admin/stores/<string:store_id>/zones")
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(ZoneSchema))
@allow(*STAFF)
def zones(query: dict[str, Any], store_id: str) -> Any:
    """Every fence that the store has had, newest first"""
    below = paging.key_of(query.get("cursor"))
    if below is not None and not isinstance(below, int):
        raise Invalid("This cursor belongs to another list.", code="invalid_cursor")
    rows, next_key = service.zones_of(current_shop(), store_id, below=below, limit=query["limit"])
    return paging.page([_zone_view(zone) for zone in rows], next_key)


@blp.post("/admin/stores/<string:store_id>/zone-preview")
@blp.arguments(ZonePreviewSchema)
@blp.response(200, ZoneImpactSchema)
@takes_its_time
@allow(*STAFF)
def zone_preview(body: dict[str, Any], store_id: str) -> dict[str, Any]:
    """Who would gain and who would lose by another fence, without saving it

    By the orders of the last 90 days (the newest 20,000) and the saved addresses.
    """
    return impact.preview(current_shop(), store_id, body["geofence"])


@blp.post("/admin/stores/<string:store_id>/zones/<string:zone_id>/restore")
@blp.arguments(IfMatchHeader, location="headers")
@blp.arguments(RestoreSchema)
@blp.response(200, FencedStoreSchema)
@allow(*STAFF)
def restore(headers: dict[str, Any], body: dict[str, Any], store_id: str, zone_id: str) -> Any:
    """Let an earlier fence serve again, as a new version"""
    version = wanted_version(headers)
    return _answer(
        service.restore_fence(
            current_shop(), current_actor(), store_id, zone_id, if_version=version, why=body["reason"]
        )
    )
