"""Files: a bucket of Amazon S3 (or what speaks like it) where one is configured, else a folder on the local disk.

A key is a path of plain words, such as `images/<id>/640.webp`. What lies below `images/` is for everybody and never
changes; all else is for the shop alone.
"""

import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from shopsmart.errors import Unavailable

if TYPE_CHECKING:
    from shopsmart.settings import Settings

log = logging.getLogger(__name__)

FOREVER = "public, max-age=31536000, immutable"
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_MOST_REMOVED = 1_000


@dataclass(frozen=True)
class Target:
    """Where somebody may put one file without passing through us: an HTTP call with exactly these headers."""

    method: str
    url: str
    headers: Mapping[str, str]


class Files(Protocol):
    """What every kind of storage can do. Each raises Unavailable when it does not answer."""

    def target(self, key: str, content_type: str, size: int, seconds: int) -> Target | None:
        """A signed target for exactly `size` bytes of this type; None where they come through our own API."""

    def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store the file whole or not at all."""

    def get(self, key: str, most: int) -> bytes | None:
        """Its bytes, at most `most` + 1 of them; None when there is none."""

    def remove(self, keys: Sequence[str]) -> None:
        """Safe to repeat."""


def files(settings: "Settings") -> Files:
    if settings.s3_bucket:
        return Bucket(settings.s3_bucket)
    return Folder(settings.data_dir / "files")


class Folder:
    """Files below `root`, as the keys say. Several machines need one `root` between them, or S3."""

    def __init__(self, root: Path):
        self.root = root

    def target(self, key: str, content_type: str, size: int, seconds: int) -> Target | None:
        return None

    def put(self, key: str, data: bytes, content_type: str) -> None:
        path = self._path(key)
        # Beside the file, not below `images/`: nobody is served a half-written one.
        unfinished = self.root / ".unfinished" / f"{key.replace('/', '.')}.{os.getpid()}"
        try:
            for folder in (path.parent, unfinished.parent):
                folder.mkdir(parents=True, exist_ok=True)
            try:
                unfinished.write_bytes(data)
                os.replace(unfinished, path)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as fault:
            raise _away(fault) from fault

    def get(self, key: str, most: int) -> bytes | None:
        try:
            with self._path(key).open("rb") as file:
                return file.read(most + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as fault:
            raise _away(fault) from fault

    def remove(self, keys: Sequence[str]) -> None:
        try:
            for path in map(self._path, keys):
                path.unlink(missing_ok=True)
                if path.parent != self.root and path.parent.is_dir() and not any(path.parent.iterdir()):
                    path.parent.rmdir()
        except OSError as fault:
            raise _away(fault) from fault

    def _path(self, key: str) -> Path:
        return self.root / _checked(key)


class Bucket:
    """An S3 bucket. Region, endpoint and credentials are boto3's own (AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, …)."""

    def __init__(self, name: str):
        self.name = name

    def target(self, key: str, content_type: str, size: int, seconds: int) -> Target | None:
        url = self._call(
            "generate_presigned_url",
            ClientMethod="put_object",
            Params={
                "Bucket": self.name,
                "Key": _checked(key),
                "ContentType": content_type,
                "ContentLength": size,
            },
            ExpiresIn=seconds,
        )
        # Both headers are signed: another type or another size is refused by S3.
        return Target("PUT", url, {"Content-Type": content_type, "Content-Length": str(size)})

    def put(self, key: str, data: bytes, content_type: str) -> None:
        public = {"CacheControl": FOREVER} if key.startswith("images/") else {}
        self._call(
            "put_object", Bucket=self.name, Key=_checked(key), Body=data, ContentType=content_type, **public
        )

    def get(self, key: str, most: int) -> bytes | None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.get_object(Bucket=self.name, Key=_checked(key), Range=f"bytes=0-{most}")
            data: bytes = answer["Body"].read(most + 1)
            return data
        except ClientError as fault:
            if fault.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return None
            if fault.response["Error"]["Code"] == "InvalidRange":
                return b""  # of an empty file no range can be had
            raise _away(fault) from fault
        except BotoCoreError as fault:
            raise _away(fault) from fault

    def remove(self, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), _MOST_REMOVED):
            objects = [{"Key": _checked(key)} for key in keys[start : start + _MOST_REMOVED]]
            self._call("delete_objects", Bucket=self.name, Delete={"Objects": objects, "Quiet": True})

    def _call(self, operation: str, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client, operation)(**arguments)
        except (BotoCoreError, ClientError) as fault:
            raise _away(fault) from fault

    @cached_property
    def _client(self) -> Any:
        import boto3  # here, for it takes long to load and few installations need it
        from botocore.config import Config

        config = Config(
            signature_version="s3v4",
            connect_timeout=2,
            read_timeout=10,
            retries={"mode": "standard", "total_max_attempts": 3},
        )
        return boto3.client("s3", config=config)


def _checked(key: str) -> str:
    """Raises ValueError for what is no key of ours: nothing leads out of the folder."""
    if not _KEY.fullmatch(key) or ".." in key:
        raise ValueError(f"not a key: {key!r}")
    return key


def _away(fault: Exception) -> Unavailable:
    log.warning("files away", extra={"fault": str(fault)[:300]})
    return Unavailable("The files cannot be reached now; try again.")
