"""Every index of the shop, by collection. Built by `shopsmart indexes`, never at import."""

import logging

from pymongo import IndexModel
from pymongo.database import Database

from shopsmart import checker
from shopsmart.bulk import store as bulk
from shopsmart.carts import store as carts
from shopsmart.catalog import store as catalog
from shopsmart.dispatch import store as dispatch
from shopsmart.identity import store as identity
from shopsmart.images import store as images
from shopsmart.infra import audit, events, idempotency, outbox
from shopsmart.inventory import store as inventory
from shopsmart.notifications import store as notifications
from shopsmart.orders import store as orders
from shopsmart.payments import store as payments
from shopsmart.payments.gateways import sandbox
from shopsmart.places import store as places
from shopsmart.recommendations import store as recommendations
from shopsmart.routing import store as routing
from shopsmart.search import store as search
from shopsmart.stores import store as stores

log = logging.getLogger(__name__)

INDEXES: dict[str, list[IndexModel]] = {
    "deliveries": outbox.INDEXES,
    "checks": checker.RUN_INDEXES,
    "check_marks": [],
    "pulses": [],
    "streams": events.INDEXES,
    "stream_heads": events.HEAD_INDEXES,
    "idempotency": idempotency.INDEXES,
    "audit_log": audit.INDEXES,
    "users": identity.USER_INDEXES,
    "sessions": identity.SESSION_INDEXES,
    "login_attempts": identity.ATTEMPT_INDEXES,
    "sign_in_codes": identity.CODE_INDEXES,
    "places": places.INDEXES,
    "products": catalog.PRODUCT_INDEXES,
    "categories": [],
    "category_tree": [],
    "listings": catalog.LISTING_INDEXES,
    "catalogue_history": catalog.HISTORY_INDEXES,
    "imports": bulk.IMPORT_INDEXES,
    "import_errors": bulk.ERROR_INDEXES,
    "import_files.files": bulk.FILE_INDEXES,
    "import_files.chunks": bulk.CHUNK_INDEXES,
    "popularity": search.POPULARITY_INDEXES,
    "popularity_runs": [],
    "searches": [],
    "copy_marks": search.MARK_INDEXES,
    "image_uploads": images.UPLOAD_INDEXES,
    "images": images.IMAGE_INDEXES,
    "affinities": recommendations.INDEXES,
    "affinity_runs": [],
    "stores": stores.STORE_INDEXES,
    "zones": stores.ZONE_INDEXES,
    "policies": routing.POLICY_INDEXES,
    "store_load": routing.LOAD_INDEXES,
    "stock": inventory.STOCK_INDEXES,
    "stock_ledger": inventory.LEDGER_INDEXES,
    "stock_imports": [],
    "shortage_cases": inventory.SHORTAGE_INDEXES,
    "carts": carts.INDEXES,
    "orders": orders.ORDER_INDEXES,
    "invoices": orders.INVOICE_INDEXES,
    "quotes": orders.QUOTE_INDEXES,
    "payments": payments.PAYMENT_INDEXES,
    "webhook_inbox": payments.INBOX_INDEXES,
    "sandbox_intents": sandbox.INTENT_INDEXES,
    "sandbox_webhooks": sandbox.WEBHOOK_INDEXES,
    "riders": dispatch.RIDER_INDEXES,
    "shifts": dispatch.SHIFT_INDEXES,
    "positions": dispatch.POSITION_INDEXES,
    "delivery_jobs": dispatch.JOB_INDEXES,
    "offers": dispatch.OFFER_INDEXES,
    "notifications": notifications.INDEXES,
}

# The collections whose documents carry events.
OUTBOXES = tuple(name for name, declared in INDEXES.items() if outbox.PENDING in declared)

# Indexes of earlier versions that would do harm.
RETIRED = {"streams": "forget", "users": "email"}

VALIDATORS = {"stock": inventory.VALIDATOR}


def ensure_all(db: Database) -> None:
    """Create every declared collection, index and validator. Safe to repeat."""
    existing = set(db.list_collection_names())
    for name, indexes in INDEXES.items():
        if name not in existing:
            db.create_collection(name)
        if name in RETIRED and RETIRED[name] in db[name].index_information():
            db[name].drop_index(RETIRED[name])
        if indexes:
            db[name].create_indexes(indexes)
        if name in VALIDATORS:
            db.command("collMod", name, validator=VALIDATORS[name])
    log.info("indexes ready", extra={"collections": len(INDEXES)})
