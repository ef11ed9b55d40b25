"""Staff see every order and every shelf at once, and the platform's live events."""

from typing import Any

from flask import Response
from marshmallow import fields, validate

from blueprints import paging, streams
from blueprints.api import Blueprint
from blueprints.language import language
from blueprints.order_views import OrderSchema, order_view
from blueprints.orders import orders_page
from blueprints.schemas import Flag, Id, PageQuery, QuerySchema, Schema, Text, page_of
from blueprints.security import allow, current_actor, current_shop, takes_its_time
from blueprints.store_console import ShelfItemSchema, shelf_page
from shopsmart.dispatch import proofs
from shopsmart.errors import NotFound
from shopsmart.identity import service as identity
from shopsmart.orders import service, store
from shopsmart.orders.model import VISIBLE
from shopsmart.shelf import console

blp = Blueprint("admin", __name__, description="All stores at once.")


class AllOrdersQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(VISIBLE))
    store_id = Id()
    customer_id = Id()
    number = Id()
    q = Text(
        most=254, metadata={"description": "An order's number, or its customer's e-mail or phone number."}
    )


class AllShelvesQuery(PageQuery):
    store_id = Id()
    sku = Id()
    q = Text(most=64)
    low = Flag()
    available = Flag()


class ShelvesFileQuery(QuerySchema):
    store_id = Id()
    sku = Id()
    q = Text(most=64)
    low = Flag()
    available = Flag()


class ScoreSchema(Schema):
    """Points of the policy's weights."""

    fill = fields.Float(required=True)
    promise = fields.Float(required=True)
    load_ = fields.Float(required=True, data_key="load")
    cost = fields.Float(required=True)
    total = fields.Float(required=True)


class RoutingRowSchema(Schema):
    store_id = fields.String(required=True)
    name = fields.String(required=True)
    distance_m = fields.Integer(required=True)
    eta_s = fields.Integer(required=True)
    load_ = fields.Float(
        data_key="load", metadata={"description": "Share of its capacity taken in the last ten minutes."}
    )
    verdict = fields.String(required=True, metadata={"description": "`chosen`, or the reason why not."})
    short = fields.List(fields.Dict())
    score = fields.Nested(ScoreSchema)


class PastRoutingSchema(Schema):
    store_id = fields.String(required=True)
    left_for = fields.String(required=True, metadata={"description": "Why the order left this store."})
    candidates = fields.List(fields.Nested(RoutingRowSchema), required=True)


class RoutingSchema(Schema):
    order_id = fields.String(required=True)
    candidates = fields.List(fields.Nested(RoutingRowSchema), required=True)
    before = fields.List(
        fields.Nested(PastRoutingSchema),
        required=True,
        metadata={"description": "The decisions for stores that the order has left, oldest first."},
    )


class RerouteSchema(Schema):
    reason = Text(most=200, required=True)
    store_id = Id(metadata={"description": "The store to leave, for an order in several parts."})


class ProofSchema(Schema):
    fulfilment_id = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("otp", "signature")))
    at = fields.AwareDateTime(required=True)
    rider_id = fields.String(required=True)
    rider_name = fields.String(required=True, allow_none=True)
    signature = fields.String(
        required=True, allow_none=True, metadata={"example": "data:image/png;base64,iVBORw0KGgo="}
    )
    photo = fields.String(required=True, allow_none=True)


class ProofsSchema(Schema):
    items = fields.List(fields.Nested(ProofSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})


@blp.get("/admin/orders")
@blp.arguments(AllOrdersQuery, location="query")
@blp.response(200, page_of(OrderSchema))
@allow("admin", "super_admin")
def orders(query: dict[str, Any]) -> dict[str, Any]:
    """All orders, newest first"""
    wanted: dict[str, Any] = {
        name: query[name] for name in ("status", "customer_id", "number") if name in query
    }
    if "store_id" in query:
        wanted["fulfilments.store_id"] = query["store_id"]
    if "q" in query:
        customers = identity.ids_of(current_shop(), query["q"])
        # Beside other conditions, not in their place.
        wanted["$and"] = [
            {"number": query["q"].upper()} if customers is None else {"customer_id": {"$in": customers}}
        ]
    found = store.of_all(current_shop().db, wanted, paging.key_of(query.get("cursor")), query["limit"] + 1)
    return orders_page(found, query["limit"])


@blp.get("/admin/orders/<order_id>/routing")
@blp.response(200, RoutingSchema)
@allow("admin", "super_admin")
def routing(order_id: str) -> dict[str, Any]:
    """Why this store: every candidate with its verdict, as stored with the order"""
    order = store.get(current_shop().db, order_id)
    if order is None or order["status"] == "holding":
        raise NotFound("There is no such order.")
    return {
        "order_id": order_id,
        "candidates": order["routing"],
        "before": order.get("routing_before", []),
    }


@blp.get("/admin/orders/<order_id>/proof")
@blp.response(200, ProofsSchema)
@allow("admin", "super_admin")
def proof(order_id: str) -> Any:
    """What shows that the order was handed over; pictures as data URLs"""
    found = proofs.of_order(current_shop(), order_id)
    return {"items": found, "next": None}, 200, {"Cache-Control": "private, no-store"}


@blp.post("/admin/orders/<order_id>/reroute")
@blp.arguments(RerouteSchema)
@blp.response(200, OrderSchema)
@allow("admin", "super_admin")
def reroute(body: dict[str, Any], order_id: str) -> dict[str, Any]:
    """Send the order to the next store that can serve it; 409 `no_other_store` leaves it where it is"""
    shop, actor = current_shop(), current_actor()
    order = service.reroute(shop, actor, order_id, body["reason"], body.get("store_id"))
    return order_view(order, actor, language())


@blp.get("/admin/inventory")
@blp.arguments(AllShelvesQuery, location="query")
@blp.response(200, page_of(ShelfItemSchema))
@allow("admin", "super_admin")
def inventory(query: dict[str, Any]) -> dict[str, Any]:
    """Stock over all stores"""
    return shelf_page([query["store_id"]] if "store_id" in query else None, query)


@blp.get("/admin/exports/inventory")
@blp.arguments(ShelvesFileQuery, location="query")
@blp.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")
@takes_its_time
@allow("admin", "super_admin")
def export_inventory(query: dict[str, Any]) -> Response:
    """The same stock as a file, all of it"""
    stores = [query.pop("store_id")] if "store_id" in query else None
    headers = {"Content-Disposition": 'attachment; filename="inventory.csv"', "Cache-Control": "no-store"}
    pieces = console.as_csv(current_shop(), stores, **query)
    return Response(pieces, content_type="text/csv; charset=utf-8", headers=headers)


@blp.get("/admin/events")
@blp.response(200, {"type": "string"}, content_type="text/event-stream")
@allow("admin", "super_admin")
def events() -> Response:
    """Everything that happens, as Server-Sent Events"""
    return streams.event_stream("admin")
