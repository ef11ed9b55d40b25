"""Images of products: uploads and their order, by admins; and the files themselves, for everybody and for ever."""

from typing import Any

from flask import Blueprint as PlainBlueprint
from flask import Response, request
from marshmallow import fields, validate
from werkzeug.exceptions import LengthRequired

from blueprints.api import Blueprint
from blueprints.catalogue import ADMIN, ImageSetSchema, wanted_version
from blueprints.freshness import shows_at_once
from blueprints.schemas import Id, ProblemSchema, QuerySchema, Schema, Whole
from blueprints.security import allow, current_actor, current_shop, public, takes_its_time
from blueprints.store_settings import IfMatchHeader
from shopsmart.errors import NotFound
from shopsmart.images import model, placeholders, service
from shopsmart.images.model import Upload
from shopsmart.infra.files import FOREVER

blp = Blueprint("images", __name__, description="Images of products.")
shows_at_once(blp)
served = PlainBlueprint("image_files", __name__)

_MOST_FILE = 8 * 1024 * 1024
_KINDS = {**model.FORMATS, "svg": "image/svg+xml"}


# --- shapes ----------------------------------------------------------------------------------------------------


class UploadWantedSchema(Schema):
    content_type = fields.String(required=True, validate=validate.OneOf(model.TAKEN))
    size = Whole(
        least=1, most=model.MOST_BYTES, required=True, metadata={"description": "Exactly, in bytes."}
    )


class UploadTargetSchema(Schema):
    """Make this HTTP call with the file as its body and exactly these headers, then `POST /products/{sku}/images`."""

    upload_id = fields.String(required=True)
    method = fields.String(required=True)
    url = fields.String(required=True, metadata={"description": "May be relative to this API."})
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    expires_at = fields.AwareDateTime(required=True)


class CompleteSchema(Schema):
    upload_id = Id(required=True)


class PendingImageSchema(Schema):
    upload_id = fields.String(required=True)
    state = fields.String(
        required=True,
        metadata={
            "description": "`waiting` for its file; `checked`: its sizes are being made; `ready`, `refused`, `failed`."
        },
    )
    reason = fields.String(required=True, allow_none=True, metadata={"description": "Why it was refused."})
    at = fields.AwareDateTime(required=True)


class ProductImageSchema(Schema):
    id = fields.String(
        required=True, allow_none=True, metadata={"description": "null for an image elsewhere."}
    )
    url = fields.String(required=True, metadata={"description": "As `PUT` takes it."})
    set = fields.Nested(ImageSetSchema, required=True, allow_none=True)


class ProductImagesSchema(Schema):
    items = fields.List(fields.Nested(ProductImageSchema), required=True)
    pending = fields.List(fields.Nested(PendingImageSchema), required=True)


class OrderOfImagesSchema(Schema):
    images = fields.List(
        fields.String(validate=validate.Length(max=500)),
        required=True,
        validate=validate.Length(max=model.MOST_IMAGES),
        metadata={"description": "URLs as `GET` answers them, the first one on the card."},
    )


class SignatureQuery(QuerySchema):
    signature = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))


# --- for admins ------------------------------------------------------------------------------------------------


@blp.post("/products/<sku>/image-upload")
@blp.arguments(UploadWantedSchema)
@blp.response(201, UploadTargetSchema)
@allow(*ADMIN)
def begin_upload(body: dict[str, Any], sku: str) -> dict[str, Any]:
    """Ask where an image file may be put

    JPEG, PNG, WebP or AVIF of at most 5 MB and 25 megapixels; within a quarter of an hour, of this type and size.
    """
    upload, target = service.begin_upload(current_shop(), current_actor(), sku, **body)
    return {
        "upload_id": upload["_id"],
        "method": target.method,
        "url": target.url,
        "headers": dict(target.headers),
        "expires_at": upload["expires_at"],
    }


@blp.put("/image-uploads/<upload_id>")
@blp.arguments(SignatureQuery, location="query")
@blp.response(204)
@blp.alt_response(403, schema=ProblemSchema, content_type="application/problem+json")
@public
@takes_its_time
def put_file(query: dict[str, Any], upload_id: str) -> None:
    """Put the file of an upload where no bucket takes it

    The URL is signed: whoever has it may put this one file. Again and again, until the upload is completed.
    """
    shop = current_shop()
    upload = service.allowed_upload(shop, upload_id, query["signature"])
    if request.content_length is None:
        raise LengthRequired
    request.max_content_length = upload["size"]
    service.put_file(shop, upload, request.mimetype, request.get_data(cache=False))


@blp.post("/products/<sku>/images")
@blp.arguments(CompleteSchema)
@blp.response(202, PendingImageSchema)
@allow(*ADMIN)
@takes_its_time
def complete_upload(body: dict[str, Any], sku: str) -> dict[str, Any]:
    """Say that the file is there, and have it made an image of the product

    It is looked at now: 422 `bad_image` with a `reason` for what is no still image within the bounds, 409
    `upload_missing` before the file is there. Its sizes are made by a job; then it is the product's last image.
    """
    return pending_view(service.complete_upload(current_shop(), sku, body["upload_id"]))


@blp.get("/products/<sku>/images")
@blp.response(200, ProductImagesSchema)
@allow(*ADMIN)
def images(sku: str) -> dict[str, Any]:
    """A product's images in their order, and the uploads on their way"""
    return images_view(sku)


@blp.put("/products/<sku>/images")
@blp.arguments(IfMatchHeader, location="headers")
@blp.arguments(OrderOfImagesSchema)
@blp.response(200, ProductImagesSchema)
@allow(*ADMIN)
def arrange(headers: dict[str, Any], body: dict[str, Any], sku: str) -> dict[str, Any]:
    """Bring a product's images into an order; what is left out is removed"""
    version = wanted_version(headers)
    service.arrange(current_shop(), current_actor(), sku, body["images"], version)
    return images_view(sku)


@blp.delete("/products/<sku>/images/<image_id>")
@blp.response(204)
@allow(*ADMIN)
def remove(sku: str, image_id: str) -> None:
    """Take an image off a product; its files go when nothing has shown them for a day"""
    service.remove(current_shop(), current_actor(), sku, image_id)


# --- the files -------------------------------------------------------------------------------------------------


@served.get("/images/placeholder/<version>/<file>")
@public
def placeholder(version: str, file: str) -> Response:
    """A drawing for a product without an image."""
    drawing = placeholders.svg(file) if version == f"v{placeholders.VERSION}" else None
    if drawing is None:
        raise NotFound("There is no such image.", code="unknown_image")
    return _for_ever(drawing, "svg", f"{version}-{file}")


@served.get("/images/<image_id>/<file>")
@public
def image_file(image_id: str, file: str) -> Response:
    """One size of an image, where no server in front has taken it from the disk."""
    image = model.of_url(f"/images/{image_id}/{file}")
    key = f"images/{image_id}/{file}"
    if image is None or key not in image.files:
        raise NotFound("There is no such image.", code="unknown_image")
    # Below this URL nothing ever changes, so whoever has it needs no look at the file.
    if not request.if_none_match.contains(_tag(key)):
        data = current_shop().files.get(key, _MOST_FILE)
        if data is None:
            raise NotFound("There is no such image.", code="unknown_image")
    else:
        data = b""
    return _for_ever(data, file.rpartition(".")[2], key)


def _tag(name: str) -> str:
    return name.replace("/", ".")


def _for_ever(data: bytes, kind: str, name: str) -> Response:
    response = Response(data, content_type=_KINDS[kind])
    response.headers["Cache-Control"] = FOREVER
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(_tag(name))
    return response.make_conditional(request)  # type: ignore[return-value]


# --- views -----------------------------------------------------------------------------------------------------


def images_view(sku: str) -> dict[str, Any]:
    shop = current_shop()
    urls, uploads = service.images_of(shop, sku)
    return {
        "items": [image_view(url, shop.settings.image_base_url) for url in urls],
        "pending": [pending_view(upload) for upload in uploads],
    }


def image_view(url: str, base: str) -> dict[str, Any]:
    image = model.of_url(url)
    return {"id": image.id if image else None, "url": url, "set": model.image_set(url, base)}


def pending_view(upload: Upload) -> dict[str, Any]:
    return {
        "upload_id": upload["_id"],
        "state": upload["state"],
        "reason": upload["fault"],
        "at": upload["at"],
    }
