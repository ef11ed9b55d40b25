"""The Blueprint of every API module: flask-smorest's, with answers encoded once by orjson.

Views return plain dicts in the shape of the schema they name; `marshmallow` documents the answer and, under
test, checks each one (`ANSWERS_CHECKED`), instead of copying every field of every answer in production.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

import flask_smorest
import marshmallow as ma
import orjson
from flask import Request, Response, current_app, request
from flask_smorest.utils import unpack_tuple_response
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import UnsupportedMediaType

from blueprints.security import current_shop
from shopsmart.errors import Invalid, MissingKey
from shopsmart.infra import idempotency

MOST_KEY_LENGTH = 200


def encode(value: Any) -> bytes:
    """JSON bytes; datetimes as RFC 3339 in UTC with `Z`, cut to milliseconds."""
    return orjson.dumps(value, default=_other, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _other(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise TypeError(f"cannot encode {type(value).__name__}")


def as_json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    response = Response(
        b"" if status == 204 else encode(body), status=status, content_type="application/json"
    )
    response.headers.update(headers or {})
    return response


class StrictParser(FlaskParser):
    """Leaves it to the schema whether unknown members of a query string are refused (ours do).

    Bodies are read by orjson: no NaN, no half characters, and five thousand brackets are a 400, not a crash.
    """

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": None}

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return ma.missing
        if not is_json_request(req):
            raise UnsupportedMediaType("Send the body as application/json.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as fault:
            return self._handle_invalid_json_error(fault, req)


class Blueprint(flask_smorest.Blueprint):
    ARGUMENTS_PARSER = StrictParser()

    def response(self, status_code: int, schema: Any = None, **documentation: Any) -> Callable[..., Any]:
        """As in flask-smorest; a view's plain answer is encoded as it is."""
        documented = super().response(status_code, schema, **documentation)
        checker = schema() if isinstance(schema, type) else schema

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(view)
            def answer(*args: Any, **kwargs: Any) -> Response:
                body, status, headers = unpack_tuple_response(view(*args, **kwargs))
                if isinstance(body, Response):
                    return body
                if checker is not None and current_app.config.get("ANSWERS_CHECKED"):
                    check_answer(checker, body)
                return as_json(body, status or status_code, headers)

            return documented(answer)

        return decorate


def check_answer(schema: ma.Schema, body: Any) -> None:
    """Raises AssertionError where `body` is not what `schema` documents: a missing, extra or differing member."""
    plain = orjson.loads(encode(body))
    try:
        schema.load(plain, many=schema.many, unknown=ma.RAISE)
    except ma.ValidationError as fault:
        raise AssertionError(f"answer differs from {type(schema).__name__}: {fault.messages}") from None


def idempotency_key(headers: dict[str, Any]) -> str:
    """The request's Idempotency-Key. Raises MissingKey, or Invalid for a monstrous one."""
    key = (headers.get("idempotency_key") or "").strip()
    if not key:
        raise MissingKey("Send an Idempotency-Key header, new for each intention.")
    if len(key) > MOST_KEY_LENGTH or not key.isprintable():
        raise Invalid(
            f"An Idempotency-Key has 1 to {MOST_KEY_LENGTH} printable characters.",
            code="idempotency_key_invalid",
        )
    return key


def once(who: str, headers: dict[str, Any], body: Any, status: int, work: Callable[[], Any]) -> Response:
    """Answer `work()`'s result, or the stored answer of the first request with the same key by `who`."""
    scope = f"{who}|{request.method} {request.path}"
    answer, replayed = idempotency.once(
        current_shop(),
        scope,
        idempotency_key(headers),
        body,
        lambda: orjson.loads(encode(work())),
    )
    return as_json(answer, status, {"Idempotency-Replayed": "true"} if replayed else None)
