"""Who may call what: one table, every route × every kind of caller.

A route that is not in the table fails the test, and so does a row without a route.
"""

import pytest

from blueprints.security import PUBLIC
from shopsmart.dispatch import service as dispatch
from shopsmart.identity import service as identity
from shopsmart.identity.model import ROLES
from tests.makers import PATIA, a_store, a_user, bearer

STAFF = {"admin", "super_admin"}
MANAGER = {"store_manager", "super_admin"}
EVERYBODY = set(ROLES)
CUSTOMER = {"customer"}
RIDER = {"rider"}

# Guests and customers have a cart; staff do not.
SHOPPERS = {"guest", "customer"}

ACCESS = {
    # operations and documents
    "GET /healthz": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /metrics": PUBLIC,
    "GET /api/v1/openapi.json": PUBLIC,
    "GET /api/v1/docs": PUBLIC,
    "GET /api/v1/docs/start.js": PUBLIC,
    "GET /api/v1/docs/assets/<name>": PUBLIC,
    # identity
    "POST /api/v1/auth/register": PUBLIC,
    "POST /api/v1/auth/login": PUBLIC,
    "POST /api/v1/auth/otp": PUBLIC,
    "POST /api/v1/auth/otp/verify": PUBLIC,
    "POST /api/v1/auth/refresh": PUBLIC,  # judges its own token
    "POST /api/v1/auth/logout": PUBLIC,  # ending what has ended is no fault
    "GET /api/v1/me": EVERYBODY,
    "PATCH /api/v1/me": EVERYBODY,
    "DELETE /api/v1/me": EVERYBODY,  # staff are told that an administrator does it
    "GET /api/v1/me/notifications": EVERYBODY,
    "PUT /api/v1/me/notifications": EVERYBODY,
    "GET /api/v1/me/export": EVERYBODY,
    "GET /api/v1/me/addresses": EVERYBODY,
    "POST /api/v1/me/addresses": EVERYBODY,
    "GET /api/v1/me/addresses/<string:address_id>": EVERYBODY,
    "PUT /api/v1/me/addresses/<string:address_id>": EVERYBODY,
    "PATCH /api/v1/me/addresses/<string:address_id>": EVERYBODY,
    "DELETE /api/v1/me/addresses/<string:address_id>": EVERYBODY,
    # catalogue and cart
    "GET /api/v1/serviceability": PUBLIC,
    "GET /api/v1/service-area": PUBLIC,
    "GET /api/v1/places": PUBLIC,
    "GET /api/v1/places/nearest": PUBLIC,
    "GET /api/v1/categories": PUBLIC,
    "GET /api/v1/products": PUBLIC,
    "GET /api/v1/search/suggest": PUBLIC,
    "GET /api/v1/me/searches": EVERYBODY,
    "DELETE /api/v1/me/searches": EVERYBODY,
    "GET /api/v1/products/<sku>": PUBLIC,
    "POST /api/v1/products": STAFF,
    "PUT /api/v1/products/<sku>": STAFF,
    "DELETE /api/v1/products/<sku>": STAFF,
    "POST /api/v1/admin/imports": STAFF,
    "GET /api/v1/admin/imports": STAFF,
    "GET /api/v1/admin/imports/<import_id>": STAFF,
    "GET /api/v1/admin/imports/<import_id>/errors": STAFF,
    "GET /api/v1/admin/exports/products": STAFF,
    "GET /api/v1/admin/exports/listings": STAFF,
    "GET /api/v1/admin/products": STAFF,
    "GET /api/v1/admin/products/<sku>": STAFF,
    "POST /api/v1/admin/products/<sku>/restore": STAFF,
    "DELETE /api/v1/admin/categories/<slug>": STAFF,
    "GET /api/v1/admin/stores/<store_id>/listings/<sku>": STAFF,
    "PUT /api/v1/admin/stores/<store_id>/listings/<sku>": STAFF,
    "GET /api/v1/admin/products/<sku>/history": STAFF,
    "GET /api/v1/store/inventory/<sku>/history": MANAGER,
    "POST /api/v1/products/<sku>/image-upload": STAFF,
    "PUT /api/v1/image-uploads/<upload_id>": PUBLIC,  # signed
    "POST /api/v1/products/<sku>/images": STAFF,
    "GET /api/v1/products/<sku>/images": STAFF,
    "PUT /api/v1/products/<sku>/images": STAFF,
    "DELETE /api/v1/products/<sku>/images/<image_id>": STAFF,
    "GET /images/<image_id>/<file>": PUBLIC,
    "GET /images/placeholder/<version>/<file>": PUBLIC,
    "PUT /api/v1/admin/categories/<slug>": STAFF,
    "GET /api/v1/recommendations": SHOPPERS,
    "GET /api/v1/products/<sku>/related": PUBLIC,
    "GET /api/v1/cart": SHOPPERS,
    "DELETE /api/v1/cart": SHOPPERS,
    "PUT /api/v1/cart/items/<sku>": SHOPPERS,
    "DELETE /api/v1/cart/items/<sku>": SHOPPERS,
    "POST /api/v1/cart/quote": SHOPPERS,
    # orders and payments
    "POST /api/v1/orders": CUSTOMER,
    "GET /api/v1/orders": CUSTOMER,
    "GET /api/v1/orders/<order_id>": EVERYBODY,  # those whom it concerns; 404 for the others
    "GET /api/v1/orders/<order_id>/routing": CUSTOMER,
    "GET /api/v1/orders/<order_id>/events": EVERYBODY,
    "POST /api/v1/orders/<order_id>/cancel": CUSTOMER | STAFF,
    "POST /api/v1/orders/<order_id>/substitutions/<line>": CUSTOMER,
    "POST /api/v1/orders/<order_id>/rating": CUSTOMER,
    "GET /api/v1/orders/<order_id>/invoice": CUSTOMER | {"store_manager"} | STAFF,
    "PATCH /api/v1/orders/<order_id>/status": STAFF,
    "POST /api/v1/orders/<order_id>/payments": CUSTOMER,
    "POST /api/v1/orders/<order_id>/payments/confirm": CUSTOMER,
    "POST /api/v1/orders/<order_id>/refunds": STAFF,
    "POST /api/v1/webhooks/<provider>": PUBLIC,  # signed
    "POST /api/v1/sandbox/intents/<intent_id>/pay": PUBLIC,  # needs the intent's secret
    # store console
    "GET /api/v1/store": MANAGER,
    "PATCH /api/v1/store": MANAGER,
    "GET /api/v1/store/orders": MANAGER,
    "GET /api/v1/store/events": MANAGER,
    "POST /api/v1/store/orders/<order_id>/accept": MANAGER,
    "POST /api/v1/store/orders/<order_id>/reject": MANAGER,
    "POST /api/v1/store/orders/<order_id>/pick": MANAGER,
    "POST /api/v1/store/orders/<order_id>/pack": MANAGER,
    "POST /api/v1/store/orders/<order_id>/handover": MANAGER,
    "GET /api/v1/store/orders/<order_id>/packing-slip": MANAGER,
    "GET /api/v1/store/inventory": MANAGER,
    "PATCH /api/v1/store/inventory/<sku>": MANAGER,
    "POST /api/v1/store/inventory/adjustments": MANAGER,
    "POST /api/v1/store/inventory/import": MANAGER,
    "GET /api/v1/store/alerts": MANAGER,
    # rider
    "GET /api/v1/rider/me": RIDER,
    "POST /api/v1/rider/shift": RIDER,
    "POST /api/v1/rider/locations": RIDER,
    "GET /api/v1/rider/events": RIDER,
    "GET /api/v1/rider/offers": RIDER,
    "POST /api/v1/rider/offers/<offer_id>/accept": RIDER,
    "POST /api/v1/rider/offers/<offer_id>/reject": RIDER,
    "GET /api/v1/rider/tasks": RIDER,
    "POST /api/v1/rider/tasks/<task_id>/picked-up": RIDER,
    "POST /api/v1/rider/tasks/<task_id>/delivered": RIDER,
    "POST /api/v1/rider/tasks/<task_id>/failed": RIDER,
    "POST /api/v1/rider/tasks/<task_id>/give-back": RIDER,
    "GET /api/v1/rider/route": RIDER,
    "GET /api/v1/rider/earnings": RIDER,
    # admin
    "GET /api/v1/admin/orders": STAFF,
    "GET /api/v1/admin/orders/<order_id>/routing": STAFF,
    "GET /api/v1/admin/orders/<order_id>/proof": STAFF,
    "POST /api/v1/admin/orders/<order_id>/reroute": STAFF,
    "GET /api/v1/admin/policies/routing": STAFF,
    "PUT /api/v1/admin/policies/routing": {"super_admin"},
    "POST /api/v1/admin/orders/<order_id>/delivery-code": STAFF,
    "GET /api/v1/admin/inventory": STAFF,
    "POST /api/v1/admin/inventory/transfers": STAFF,
    "GET /api/v1/admin/events": STAFF,
    "GET /api/v1/admin/checks": STAFF,
    "POST /api/v1/admin/checks": STAFF,
    "GET /api/v1/admin/dead-letters": STAFF,
    "POST /api/v1/admin/dead-letters/<delivery_id>/replay": STAFF,
    "POST /api/v1/admin/dead-letters/replay": STAFF,
    "GET /api/v1/admin/riders": STAFF,
    "POST /api/v1/admin/riders": STAFF,
    "PATCH /api/v1/admin/riders/<rider_id>": STAFF,
    "GET /api/v1/admin/stores": STAFF,
    "POST /api/v1/admin/stores": STAFF,
    "GET /api/v1/admin/stores/coverage": STAFF,
    "GET /api/v1/admin/audit": STAFF,
    "GET /api/v1/admin/jobs": STAFF,
    "GET /api/v1/admin/exports/inventory": STAFF,
    "GET /api/v1/admin/analytics/kpis": STAFF,
    "GET /api/v1/admin/analytics/sales": STAFF,
    "POST /api/v1/admin/stores/geofence-check": STAFF,
    "POST /api/v1/admin/stores/<string:store_id>/zone-preview": STAFF,
    "POST /api/v1/admin/stores/<string:store_id>/zones/<string:zone_id>/restore": STAFF,
    "GET /api/v1/admin/stores/<string:store_id>": STAFF,
    "PATCH /api/v1/admin/stores/<string:store_id>": STAFF,
    "DELETE /api/v1/admin/stores/<string:store_id>": STAFF,
    "GET /api/v1/admin/stores/<string:store_id>/zones": STAFF,
    "GET /api/v1/admin/users": STAFF,
    "GET /api/v1/admin/users/<string:user_id>": STAFF,
    "POST /api/v1/admin/users": {"super_admin"},
    "PATCH /api/v1/admin/users/<string:user_id>": {"super_admin"},
}

# A route's own conditions stand in its module; this table is only about roles.
CALLERS = ("guest", *ROLES, "ended", "stale")


def routes(app):
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield f"{method} {rule.rule}"


def test_the_table_names_every_route_and_no_other(app):
    assert sorted(ACCESS) == sorted(set(routes(app)))


def headers_of(caller, app, shop, clock, store):
    """Credentials of a caller; `ended` signed out, `stale` outlived the token."""
    if caller == "guest":
        return {}
    if caller in ROLES:
        stores = {"store_ids": [store["_id"]]} if caller == "store_manager" else {}
        user = a_user(shop, caller, **stores)
        if caller == "rider":
            dispatch.register_rider(shop, user, "scooter", PATIA)
        return bearer(app, shop, user)
    user = a_user(shop, "super_admin")
    headers = bearer(app, shop, user)
    if caller == "ended":
        for session in shop.db.sessions.find({"user_id": user["_id"]}):
            identity.logout(shop, session_id=session["_id"], user_id=user["_id"])
    else:
        clock.forward(seconds=shop.settings.access_seconds + 1)
    return headers


def refusal(access, caller):
    """The status that must come, or None when the caller is let in."""
    if access == PUBLIC:
        return None
    if caller in {"ended", "stale"}:
        return 401
    if caller == "guest":
        return None if "guest" in access else 401
    return None if caller in access else 403


@pytest.mark.parametrize("route", sorted(ACCESS))
def test_each_route_lets_in_exactly_those_it_says(route, app, client, shop, clock):
    method, rule = route.split(" ")
    path = "/".join("nothing" if part.startswith("<") else part for part in rule.split("/"))
    store = a_store(shop)

    for caller in CALLERS:
        headers = {**headers_of(caller, app, shop, clock, store), "Idempotency-Key": "k"}
        query = f"?store_id={store['_id']}" if caller == "super_admin" and "/store" in rule else ""
        answer = client.open(path + query, method=method, headers=headers, buffered=False)
        answer.close()

        expected = refusal(ACCESS[route], caller)
        if expected:
            assert answer.status_code == expected, caller
        elif ACCESS[route] != PUBLIC:
            assert answer.status_code not in {401, 403}, caller
        assert answer.status_code < 500, caller
