"""The OpenAPI document is valid, and the API does what it says: schemathesis tries to prove otherwise."""

import json
import os
from pathlib import Path

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.makers import a_product, a_store, a_user, bearer

# Enough to meet every parameter; `SHOPSMART_FUZZ_EXAMPLES` asks for more.
EXAMPLES = int(os.environ.get("SHOPSMART_FUZZ_EXAMPLES", "12"))
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
ROOT = Path(__file__).resolve().parents[2]
ROLES = ("customer", "store_manager", "rider", "super_admin")


@pytest.fixture
def api(app):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    schema.config.generation.update(allow_x00=False)
    return schema


def test_the_document_and_its_page_are_served(client):
    document = client.get("/api/v1/openapi.json")
    page = client.get("/api/v1/docs")

    assert document.json["openapi"].startswith("3.1")
    assert document.json["paths"]["/api/v1/orders"]["post"]["responses"]["409"]
    assert page.status_code == 200


def test_every_operation_says_what_it_is_for(client):
    document = client.get("/api/v1/openapi.json").json
    silent = [
        f"{method} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and "responses" in operation and not operation.get("summary")
    ]

    assert silent == []


@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_schemathesis_thinks_of_breaks_the_api(role, api, app, shop):
    store = a_store(shop)
    a_product(shop, store)
    stores = {"store_ids": [store["_id"]]} if role == "store_manager" else {}
    user = a_user(shop, role, **stores)

    for result in api.get_all_operations():
        operation = result.ok()
        if operation.path.endswith("/events"):
            continue  # a stream does not end; tests/blueprints/test_streams.py looks at these
        _attack(operation, lambda: bearer(app, shop, user))


def _attack(operation, sign_in):
    headers = sign_in()

    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attack(case):
        case.call_and_validate(headers=headers, checks=CHECKS)

    attack()


def test_the_web_client_is_made_from_this_document(client):
    """Refresh it with `make client`; then the compiler shows every page that a change breaks."""
    kept = json.loads((ROOT / "storefront/openapi.json").read_text())

    assert kept == client.get("/api/v1/openapi.json").json
