"""Deliveries over Amazon SQS, where an operator has it: a FIFO queue with a dead-letter queue by redrive policy.

A message carries one delivery's id and its event's envelope. Messages of one subscriber about one thing form a
group, so they come in order, and a mail that cannot be sent does not hold up the same order's rider. What SQS is not
given, or does not bring, the shop's own sweep hands out again: SQS carries the work, MongoDB knows it.

Region, endpoint and credentials are boto3's own: AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_SQS, AWS_ACCESS_KEY_ID, roles.
"""

import logging
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

log = logging.getLogger(__name__)

MOST_PER_CALL = 10
_AWAY_SECONDS = 30.0
_REGION = re.compile(r"^https://sqs\.([a-z0-9-]+)\.amazonaws\.com")


class SqsAway(Exception):
    """SQS does not answer, or refuses us."""


@dataclass(frozen=True)
class Message:
    """One received message. `delivery_id` is None where the body is not ours."""

    receipt: str
    delivery_id: str | None


class EventQueue:
    """The queue at `url`. Connects at first use."""

    def __init__(self, url: str):
        self.url = url
        self._away_until = 0.0

    def publish(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Send deliveries; returns the ids that SQS did not take. Never raises; tries again after 30 seconds."""
        left: list[str] = []
        for start in range(0, len(rows), MOST_PER_CALL):
            left += self._publish_some(rows[start : start + MOST_PER_CALL])
        return left

    def _publish_some(self, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        ids = [str(row["_id"]) for row in rows]
        if time.monotonic() < self._away_until:
            return ids
        try:
            answer = self._call("send_message_batch", Entries=list(_entries(rows)))
        except SqsAway as fault:
            self._away_until = time.monotonic() + _AWAY_SECONDS
            log.warning("sqs away, deliveries go the other way", extra={"fault": str(fault)[:200]})
            return ids
        failed = answer.get("Failed", [])
        if failed:
            log.warning("sqs refused deliveries", extra={"fault": str(failed)[:300]})
        return [ids[int(entry["Id"])] for entry in failed]

    def receive(self, visibility_seconds: int, wait_seconds: int) -> list[Message]:
        """Up to ten messages, hidden from others for `visibility_seconds`. Raises SqsAway."""
        answer = self._call(
            "receive_message",
            MaxNumberOfMessages=MOST_PER_CALL,
            VisibilityTimeout=visibility_seconds,
            WaitTimeSeconds=wait_seconds,
        )
        return [
            Message(row["ReceiptHandle"], _delivery_id(row["Body"])) for row in answer.get("Messages", ())
        ]

    def forget(self, message: Message) -> None:
        """The message's work is done. Raises SqsAway: then it comes again and finds nothing to do."""
        self._call("delete_message", ReceiptHandle=message.receipt)

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = getattr(self._client, operation)(QueueUrl=self.url, **arguments)
        except (BotoCoreError, ClientError) as fault:
            raise SqsAway(f"{type(fault).__name__}: {fault}") from fault
        return answer

    @cached_property
    def _client(self) -> Any:
        import boto3  # here, for it takes long to load and few installations need it
        from botocore.config import Config

        region = _REGION.match(self.url)
        # The read timeout leaves room for the longest wait for a message.
        config = Config(
            connect_timeout=1, read_timeout=25, retries={"mode": "standard", "total_max_attempts": 2}
        )
        return boto3.client("sqs", region_name=region[1] if region else None, config=config)


def _entries(rows: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, str]]:
    for number, row in enumerate(rows):
        again = "" if row["hand_outs"] == 1 else f"-{row['hand_outs']}"
        yield {
            "Id": str(number),
            "MessageBody": orjson.dumps({"delivery": row["_id"], "event": row["event"]}).decode(),
            "MessageGroupId": f"{row['subscriber']}:{row['aggregate']}",
            # Two relays with one event send one message; handing it out again later is meant.
            "MessageDeduplicationId": f"{row['_id']}{again}",
        }


def _delivery_id(body: str) -> str | None:
    try:
        found = orjson.loads(body)["delivery"]
    except (ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found, str) else None
