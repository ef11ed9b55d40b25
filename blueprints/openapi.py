"""The OpenAPI document, generated from the code, with every operation's refusals in it, and its page."""

from functools import partial
from typing import Any

from flask import Flask

from blueprints import api_modules, docs_page
from blueprints.problems import ProblemApi
from blueprints.schemas import ProblemSchema
from blueprints.security import PUBLIC, public
from shopsmart import __version__

CONFIG = {
    "API_TITLE": "ShopSmart",
    "API_VERSION": __version__,
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api/v1",
    "OPENAPI_JSON_PATH": "openapi.json",
}
_REFUSALS = {
    "400": "The request cannot be read, or a required header is missing.",
    "401": "Nobody is signed in, or the token is no longer good.",
    "403": "The role may not do this.",
    "404": "Missing, or someone else's.",
    "409": "Not possible in the present state; `code` says why.",
    "412": "It was changed meanwhile.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The input is not valid; `errors` says where.",
    "429": "Too many requests.",
    "503": "Temporarily unavailable; nothing was promised.",
}


def register(app: Flask) -> None:
    """Register all API modules and the document that describes them."""
    api = ProblemApi(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    api.spec.components.schema("Problem", schema=ProblemSchema)
    for blueprint in api_modules.BLUEPRINTS:
        api.register_blueprint(blueprint, url_prefix="/api/v1")
    app.register_blueprint(docs_page.blp, url_prefix="/api/v1")
    _document_refusals(app, api)
    for name in [name for name in app.view_functions if name.startswith("api-docs.")]:
        # A bound method takes no mark of its own.
        app.view_functions[name] = public(partial(app.view_functions[name]))


def _document_refusals(app: Flask, api: ProblemApi) -> None:
    access_of = {
        (_path(rule.rule), method.lower()): app.view_functions[rule.endpoint].access  # type: ignore[union-attr]
        for rule in app.url_map.iter_rules()
        if hasattr(app.view_functions[rule.endpoint], "access")
        for method in rule.methods or ()
    }
    for path, operations in api.spec._paths.items():
        for method, operation in operations.items():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            access = access_of.get((path, method), frozenset())
            _add_refusals(operation, access)


def _path(rule: str) -> str:
    return rule.replace("<", "{").replace(">", "}").replace("string:", "").replace("int:", "")


def _add_refusals(operation: dict[str, Any], access: frozenset[str]) -> None:
    responses = operation["responses"]
    responses.pop("default", None)
    for status, description in _REFUSALS.items():
        if status in {"401", "403"} and access == PUBLIC:
            continue
        responses[status] = {
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    if access != PUBLIC:
        operation["security"] = [{"bearer": []}] + ([{}] if "guest" in access else [])
        operation["description"] = "\n\n".join(
            filter(None, [operation.get("description"), f"Roles: {', '.join(sorted(access))}."])
        )
