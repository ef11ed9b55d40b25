"""What all APIs share: the strict base schema and the field types of money, points, texts and pages."""

import math
import unicodedata
from functools import cache
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

_FORBIDDEN_CATEGORIES = {"Cs", "Cc"}  # lone surrogates, control characters
_BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS = set("\n\r\t")


class Schema(ma.Schema):
    """Unknown fields are refused, in bodies and in query strings alike."""

    class Meta:
        unknown = ma.RAISE
        ordered = True


class Text(fields.String):
    """A person's text: trimmed, NFC, no control or direction-changing characters, a bounded length."""

    def __init__(self, *, most: int = 200, least: int = 1, lines: bool = False, **kwargs: Any):
        # Extra validators follow the length, as the schema documents them.
        extra = kwargs.pop("validate", None)
        length = validate.Length(min=least, max=most)
        super().__init__(validate=[length, extra] if extra else length, **kwargs)
        self._allowed = _LINE_BREAKS if lines else set()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        for character in text:
            if character in self._allowed:
                continue
            if character in _BIDI_CONTROLS or unicodedata.category(character) in _FORBIDDEN_CATEGORIES:
                raise ma.ValidationError("Control characters are not allowed.")
        return unicodedata.normalize("NFC", text).strip()


class Whole(fields.Integer):
    """A whole number within bounds: no strings, no fractions, no booleans."""

    def __init__(self, *, least: int, most: int, **kwargs: Any):
        super().__init__(strict=True, validate=validate.Range(min=least, max=most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or (isinstance(value, str) and not self._from_query()):
            raise ma.ValidationError("Not a valid integer.")
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)  # JSON Schema holds 4.0 to be an integer
        if isinstance(value, str):
            # Whole-number texts only: Python would also read "1_000" and other scripts' digits.
            if not value.lstrip("-").isascii() or not value.lstrip("-").isdigit() or len(value) > 19:
                raise ma.ValidationError("Not a valid integer.")
            value = int(value)
        return int(super()._deserialize(value, attr, data, **kwargs))

    def _from_query(self) -> bool:
        return isinstance(self.root, QuerySchema)


class Degrees(fields.Float):
    """A coordinate; the domain decides whether it lies on the globe."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or (isinstance(value, str) and not isinstance(self.root, QuerySchema)):
            raise ma.ValidationError("Not a valid number.")
        number = super()._deserialize(value, attr, data, **kwargs)
        if not math.isfinite(number):
            raise ma.ValidationError("Not a valid number.")
        return number


class Flag(fields.Boolean):
    """true or false, nothing that merely looks like it (a query string may say 1 or 0)."""

    truthy = {True, "true", "1"}
    falsy = {False, "false", "0"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool) and not isinstance(self.root, QuerySchema):
            raise ma.ValidationError("Not a valid boolean.")
        return bool(super()._deserialize(value, attr, data, **kwargs))


class QuerySchema(Schema):
    """Base of query-string schemas: numbers and flags arrive as text there."""


class Id(fields.String):
    """An opaque identifier of ours, in a body or a query string."""

    def __init__(self, **kwargs: Any):
        super().__init__(validate=validate.Regexp(r"^[A-Za-z0-9:_.~-]{1,80}\Z"), **kwargs)


class MoneySchema(Schema):
    amount = Whole(
        least=-(10**13), most=10**13, required=True, metadata={"description": "Minor units: paise for INR."}
    )
    currency = fields.String(required=True, metadata={"example": "INR"})


class PointSchema(Schema):
    """A GeoJSON point."""

    type = fields.String(required=True, validate=validate.Equal("Point"))
    coordinates = fields.List(
        Degrees(),
        required=True,
        validate=validate.Length(equal=2),
        metadata={"description": "[longitude, latitude]", "example": [85.8190, 20.3540]},
    )


class PlaceQuery(QuerySchema):
    """A point in a query string."""

    lat = Degrees(required=True)
    lng = Degrees(required=True)


class StoreQuery(QuerySchema):
    """Which store a console call is about."""

    store_id = Id(metadata={"description": "Which of the manager's stores; the only one by default."})


class PageQuery(QuerySchema):
    limit = Whole(least=1, most=100, load_default=20)
    cursor = fields.String(validate=validate.Length(max=500))


class IdempotencyHeader(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    idempotency_key = fields.String(
        data_key="Idempotency-Key",
        metadata={"description": "Any text of 1 to 200 characters, new for each intention."},
    )


class ProblemSchema(ma.Schema):
    """RFC 9457. Further members depend on the code."""

    class Meta:
        unknown = ma.INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable, for machines."})
    errors = fields.Dict(metadata={"description": "Faults by field, for validation errors."})


@cache
def page_of(item: type[ma.Schema]) -> type[ma.Schema]:
    """The schema of `{"items": [...], "next": cursor or null}`."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(required=True, allow_none=True),
        },
        name=f"{item.__name__.removesuffix('Schema')}Page",
    )
