"""Where one can shop."""

from typing import Any

from flask import Response, request
from marshmallow import ValidationError, fields, validate, validates_schema

from blueprints.api import Blueprint, as_json
from blueprints.language import LANGUAGES, language
from blueprints.schemas import Degrees, PlaceQuery, PointSchema, QuerySchema, Schema, Whole, page_of
from blueprints.security import current_shop, public
from shopsmart import geo
from shopsmart.places import service as places
from shopsmart.places.model import KINDS, in_language
from shopsmart.stores import service

blp = Blueprint("stores", __name__, description="Where one can shop.")


class NearStoreSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    distance_m = fields.Integer(required=True)
    eta_s = fields.Integer(required=True, metadata={"description": "Seconds from order to door."})


class NearestAreaSchema(Schema):
    name = fields.String(required=True, metadata={"example": "Patia"})
    distance_m = fields.Integer(required=True)
    location = fields.Nested(
        PointSchema, required=True, metadata={"description": "Where the area begins, next to the point."}
    )


class AreaFactsSchema(Schema):
    store_id = fields.String(required=True)
    name = fields.String(required=True)
    open = fields.Boolean(required=True)


class AreaSchema(Schema):
    type = fields.String(required=True, validate=validate.Equal("Feature"))
    geometry = fields.Dict(required=True, metadata={"description": "GeoJSON Polygon or MultiPolygon."})
    properties = fields.Nested(AreaFactsSchema, required=True)


class ServiceAreaSchema(Schema):
    """A GeoJSON FeatureCollection."""

    type = fields.String(required=True, validate=validate.Equal("FeatureCollection"))
    features = fields.List(fields.Nested(AreaSchema), required=True)


class ServiceabilitySchema(Schema):
    serviceable = fields.Boolean(required=True)
    store = fields.Nested(NearStoreSchema, required=True, allow_none=True)
    alternatives = fields.List(
        fields.Nested(NearStoreSchema),
        required=True,
        metadata={"description": "The other open stores that serve the point, nearest first."},
    )
    reason = fields.String(
        metadata={
            "description": "Why not: `outside_all_zones` or `all_closed`.",
            "example": "outside_all_zones",
        }
    )
    nearest = fields.Nested(
        NearestAreaSchema,
        allow_none=True,
        metadata={
            "description": "With `outside_all_zones`: the served area next to the point, if there is one."
        },
    )
    opens_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "With `all_closed`: when the first store opens, if known."}
    )


class PlacesQuery(QuerySchema):
    q = fields.String(load_default="", validate=validate.Length(max=160), metadata={"example": "saheed ngr"})
    lat = Degrees()
    lng = Degrees()
    lang = fields.String(validate=validate.OneOf(LANGUAGES))
    limit = Whole(least=1, most=50, load_default=10)

    @validates_schema
    def whole_point(self, data: dict[str, Any], **_: Any) -> None:
        if ("lat" in data) != ("lng" in data):
            raise ValidationError("lat and lng come together.", "lat")


class NearestPlaceQuery(PlaceQuery):
    lang = fields.String(validate=validate.OneOf(LANGUAGES))


class KnownPlaceSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True, metadata={"example": "Patia"})
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    city = fields.String(required=True, metadata={"example": "Bhubaneswar"})
    location = fields.Nested(PointSchema, required=True)
    serviceable = fields.Boolean(
        required=True, metadata={"description": "Whether a store delivers there, open now or not."}
    )


class NamedPlaceSchema(KnownPlaceSchema):
    label = fields.String(required=True, metadata={"example": "Patia, Bhubaneswar"})
    distance_m = fields.Integer(required=True, metadata={"description": "From the point that was asked for."})


class NearestPlaceSchema(Schema):
    place = fields.Nested(NamedPlaceSchema, required=True, allow_none=True)


@blp.get("/serviceability")
@blp.arguments(PlaceQuery, location="query")
@blp.response(200, ServiceabilitySchema)
@public
def serviceability(place: dict[str, Any]) -> dict[str, Any]:
    """The nearest open store whose fence holds the point

    Outside every fence, `nearest` names the served area next to the point.
    """
    answer = places.serviceable(current_shop(), _point(place))
    if nearest := answer.get("nearest"):
        answer["nearest"] = {**nearest, "name": in_language(nearest["name"], language())}
    return answer


@blp.get("/service-area")
@blp.response(200, ServiceAreaSchema)
@public
def service_area() -> Response:
    """Where the stores deliver, as GeoJSON for a map

    Corners are simplified for drawing; whether a point is served, `/serviceability` says. Has an `ETag`.
    """
    response = as_json(service.service_area(current_shop()))
    response.headers["Cache-Control"] = "public, max-age=60"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


@blp.get("/places")
@blp.arguments(PlacesQuery, location="query")
@blp.response(200, page_of(KnownPlaceSchema))
@public
def known_places(query: dict[str, Any]) -> dict[str, Any]:
    """Localities and landmarks by name

    Half typed, misspelt, or as it sounds, in English, Hindi or Odia. Without `q` the nearest to the point, or the
    best known. All that fit in `limit`, so `next` is always null.
    """
    near = _point(query) if "lat" in query else None
    found = places.find(current_shop(), query["q"], near, query["limit"])
    return {"items": [_place_view(one) for one in found], "next": None}


@blp.get("/places/nearest")
@blp.arguments(NearestPlaceQuery, location="query")
@blp.response(200, NearestPlaceSchema)
@public
def nearest_place(query: dict[str, Any]) -> dict[str, Any]:
    """The locality that names a point

    `place` is null where none is near.
    """
    point = _point(query)
    found = places.naming(current_shop(), point)
    if found is None:
        return {"place": None}
    view = _place_view(found)
    return {
        "place": {
            **view,
            "label": f"{view['name']}, {view['city']}",
            "distance_m": geo.distance_m(point, view["location"]),
        }
    }


def _point(query: dict[str, Any]) -> geo.Point:
    return geo.point(query["lng"], query["lat"], current_shop().settings.region)


def _place_view(found: places.Found) -> dict[str, Any]:
    place = found.place
    return {
        "id": place["_id"],
        "name": in_language(place["name"], language()),
        "kind": place["kind"],
        "city": place["city"],
        "location": place["location"],
        "serviceable": found.serviceable,
    }
