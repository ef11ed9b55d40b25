"""Text messages: by Amazon SNS, or into a folder for machines without it."""

import logging
import os
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shopsmart.errors import Unavailable

log = logging.getLogger(__name__)


class FolderTexter:
    """The newest message to each number, as `sms-<digits>.txt`."""

    def __init__(self, folder: Path):
        self._folder = folder

    def send(self, phone: str, text: str) -> None:
        name = f"sms-{phone.lstrip('+')}.txt"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Written aside and renamed, so that a reader never sees half a message.
            half = self._folder / f".{name}.{os.getpid()}"
            half.write_text(f"{text}\n", encoding="utf-8")
            half.replace(self._folder / name)
        except OSError as fault:
            raise _away(fault) from fault
        log.info("text message written", extra={"file": name})


class SnsTexter:
    """`sns://<region>?sender=<name>`. Endpoint and credentials are boto3's own (AWS_ENDPOINT_URL_SNS, roles, …)."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        self._region = parts.hostname
        self._sender = parse_qs(parts.query).get("sender", [""])[0]

    def send(self, phone: str, text: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        # Transactional: a code that comes late, or not to those who want no advertising, is worth nothing.
        attributes = {"AWS.SNS.SMS.SMSType": _text("Transactional")}
        if self._sender:
            attributes["AWS.SNS.SMS.SenderID"] = _text(self._sender)
        try:
            self._client.publish(PhoneNumber=phone, Message=text, MessageAttributes=attributes)
        except (BotoCoreError, ClientError) as fault:
            raise _away(fault) from fault

    @cached_property
    def _client(self) -> Any:
        import boto3  # here, for it takes long to load and few installations need it
        from botocore.config import Config

        # Within the deadline of the request that waits for it.
        config = Config(
            connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1}
        )
        return boto3.client("sns", region_name=self._region, config=config)


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _away(fault: Exception) -> Unavailable:
    log.warning("text messages away", extra={"fault": str(fault)[:300]})
    return Unavailable("Text messages cannot be sent now.", code="sms_unavailable")
