"""Every refusal as an RFC 9457 problem document. The only place that knows statuses."""

import logging
from typing import Any

import orjson
from flask import Flask, Response, g, request
from flask_jwt_extended.exceptions import CSRFError, JWTExtendedException
from flask_smorest import Api
from jwt import ExpiredSignatureError, PyJWTError
from pymongo.errors import (
    AutoReconnect,
    DocumentTooLarge,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from werkzeug.exceptions import HTTPException

from shopsmart import errors

log = logging.getLogger(__name__)

STATUS_OF: dict[type[errors.ShopError], int] = {
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.PreconditionFailed: 412,
    errors.MissingKey: 400,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}
CODE_OF_STATUS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    411: "length_required",
    413: "body_too_large",
    414: "uri_too_long",
    415: "unsupported_media_type",
    422: "validation_error",
    431: "headers_too_large",
}
_AWAY = (
    AutoReconnect,
    ServerSelectionTimeoutError,
    NetworkTimeout,
    NotPrimaryError,
    ExecutionTimeout,
)


def problem(
    status: int, code: str, title: str, detail: str, headers: dict[str, str] | None = None, **members: Any
) -> Response:
    """A problem document. `members` are further facts of it, such as `errors` or `shortages`."""
    body = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
        "request_id": g.get("request_id"),
        **members,
    }
    # Faults within a list are filed under its indexes, which are numbers.
    text = orjson.dumps(body, default=str, option=orjson.OPT_NON_STR_KEYS)
    response = Response(text, status=status, content_type="application/problem+json")
    response.headers.update(headers or {})
    return response


def status_of(error: errors.ShopError) -> int:
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def refused(error: errors.ShopError) -> Response:
    members = dict(error.facts)
    if isinstance(error, errors.Invalid) and error.errors:
        members["errors"] = error.errors
    headers = {}
    if (seconds := getattr(error, "retry_after", None)) is not None:
        headers["Retry-After"] = str(seconds)
    return problem(status_of(error), error.code, error.title, error.detail, headers, **members)


def http_error(error: HTTPException) -> Response:
    """Werkzeug's, Flask's and webargs' refusals, their headers kept (405 needs its Allow)."""
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    data = getattr(error, "data", None) or {}
    members: dict[str, Any] = {}
    if field_errors := data.get("messages") or data.get("errors"):
        members["errors"] = _plain(field_errors)
    headers = {
        name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "Accept"}
    }
    code = CODE_OF_STATUS.get(status, "http_error")
    detail = {
        422: "Some fields are not as they should be; see `errors`.",
        400: "The request could not be read.",
    }.get(status, error.description or error.name)
    if status == 400 and "json" in (data.get("messages") or {}):
        code, detail = "malformed_json", "The body is not valid JSON."
        members.pop("errors")
    return problem(status, code, error.name, detail, headers, **members)


def token_refused(error: Exception) -> Response:
    if isinstance(error, CSRFError):
        return problem(
            401, "csrf_failed", "CSRF check failed", "Send the csrf cookie's value as X-CSRF-TOKEN."
        )
    if isinstance(error, ExpiredSignatureError):
        return problem(401, "token_expired", "The token has expired", "Refresh the session and try again.")
    return problem(401, "token_invalid", "The token is not valid", "Sign in again.")


def database_failed(error: PyMongoError) -> Response:
    if isinstance(error, DocumentTooLarge):
        return problem(413, "body_too_large", "Too large", "That is more than can be stored.")
    if isinstance(error, _AWAY) or error.timeout:
        log.warning("database away", extra={"fault": str(error)[:300]})
        return problem(
            503, "unavailable", "Temporarily unavailable", "Try again in a moment.", {"Retry-After": "2"}
        )
    return crashed(error)


def crashed(error: Exception) -> Response:
    log.error("unhandled error", exc_info=error, extra={"path": request.path})
    return problem(500, "internal_error", "Internal error", "Something went wrong on our side.")


def register(app: Flask) -> None:
    app.register_error_handler(errors.ShopError, refused)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(JWTExtendedException, token_refused)
    app.register_error_handler(PyJWTError, token_refused)
    app.register_error_handler(PyMongoError, database_failed)
    app.register_error_handler(Exception, crashed)


class ProblemApi(Api):
    """flask-smorest's Api, its own error answers replaced by ours."""

    def _register_error_handlers(self) -> None:
        """`register` does it for the whole app."""


def _plain(messages: Any) -> Any:
    """webargs nests errors under the location (`json`, `query`); callers want them by field."""
    if isinstance(messages, dict) and set(messages) <= {"json", "query", "headers", "form", "files", "path"}:
        merged: dict[str, Any] = {}
        for fields in messages.values():
            merged |= fields if isinstance(fields, dict) else {"_": fields}
        return {str(name): faults for name, faults in merged.items()}
    return messages
