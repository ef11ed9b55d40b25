"""The browsable page of the OpenAPI document: Swagger UI, served from our own disk."""

from importlib.metadata import version
from importlib.resources import files

from flask import Blueprint, Response, request
from werkzeug import Response as AnyResponse
from werkzeug.exceptions import NotFound

from blueprints.security import public

blp = Blueprint("docs_page", __name__)

PACKAGE = "flask-swagger-ui"  # only the files it brings are used
ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
# Swagger UI sets styles on its elements and draws icons from data; scripts come from files alone.
PAGE_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ShopSmart API</title>
<link rel="stylesheet" href="/api/v1/docs/assets/swagger-ui.css">
<link rel="icon" type="image/png" href="/api/v1/docs/assets/favicon-32x32.png">
</head>
<body>
<main id="document"><noscript>This page needs JavaScript; the document itself is
<a href="/api/v1/openapi.json">openapi.json</a>.</noscript></main>
<script src="/api/v1/docs/assets/swagger-ui-bundle.js"></script>
<script src="/api/v1/docs/start.js"></script>
</body>
</html>
"""
# Browsers prove themselves by the csrf cookie's value in a header, as the storefront does.
_START = """"use strict";
SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#document",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  requestInterceptor: function (request) {
    const csrf = document.cookie.match(/(?:^|; )csrf_access_token=([^;]*)/);
    if (csrf && !request.headers["Authorization"]) {
      request.headers["X-CSRF-TOKEN"] = decodeURIComponent(csrf[1]);
    }
    return request;
  },
});
"""


@blp.get("/docs")
@public
def page() -> Response:
    """The page."""
    return Response(
        _PAGE, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": PAGE_POLICY}
    )


@blp.get("/docs/start.js")
@public
def start() -> Response:
    """What starts it."""
    return Response(_START, content_type="text/javascript; charset=utf-8")


@blp.get("/docs/assets/<name>")
@public
def asset(name: str) -> AnyResponse:
    """One of its files."""
    if name not in ASSETS:
        raise NotFound
    response = Response(content_type=ASSETS[name], headers={"Cache-Control": "public, max-age=3600"})
    response.set_etag(f"{name}-{version(PACKAGE)}")
    if not request.if_none_match.contains(response.get_etag()[0] or ""):
        response.set_data(files("flask_swagger_ui").joinpath("dist", name).read_bytes())
    return response.make_conditional(request)
