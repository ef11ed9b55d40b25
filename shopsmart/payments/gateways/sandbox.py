"""A local stand-in for a payment company: the same intents, signatures, messages and failures, without keys.

It behaves as another company's system: its records live in collections of its own (`sandbox_intents`,
`sandbox_webhooks`), and payments speak to it through the Gateway protocol alone. `pay` is what its page in the
browser would do. It is the one gateway without a network, so nothing here raises TryLater.
"""

import hashlib
import hmac
import http.client
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson
from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shopsmart.errors import Conflict, Invalid, NotFound
from shopsmart.infra import mongo
from shopsmart.payments.gateways import AlreadyDone, BadSignature, GatewayEvent, Intent, Refused
from shopsmart.settings import Settings

SIGNATURE_HEADER = "X-Sandbox-Signature"
TOLERANCE_SECONDS = 300
OUTCOMES = ("success", "failure", "processing")
INTENT_INDEXES = [
    IndexModel([("key", ASCENDING)], name="key", unique=True),
    IndexModel([("payment_ref", ASCENDING)], name="payment_ref", sparse=True),
]
WEBHOOK_INDEXES = [
    IndexModel([("state", ASCENDING), ("due_at", ASCENDING)], name="due"),
    IndexModel([("created_at", ASCENDING)], name="forget", expireAfterSeconds=7 * 86_400),
]
_PAYABLE = {"$in": ["open", "processing"]}
_LEASE = timedelta(seconds=15)
_MOST_TRIES = 30
_POST_SECONDS = 5
_SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})\Z")


class Sandbox:
    """The stand-in. Its signing keys derive from the installation's secret."""

    def __init__(
        self, settings: Settings, db: Database, now: Callable[[], datetime], new_id: Callable[[], str]
    ):
        self._db = db
        self._passing = mongo.quickly(db)  # messages may come twice, or not at all: who waits for one asks
        self._now = now
        self._new_id = new_id
        self._result_secret = _derived(settings.secret, "sandbox result")
        self._webhook_secret = _derived(settings.secret, "sandbox webhook")

    def create_intent(self, *, amount: int, currency: str, receipt: str, key: str) -> Intent:
        if amount <= 0:
            raise Refused("There is nothing to pay.", code="nothing_to_pay")
        fresh = {
            "_id": f"sbi_{self._new_id()}",
            "key": f"{receipt}:{key}",
            "amount": amount,
            "currency": currency,
            "receipt": receipt,
            "status": "open",
            "client_secret": f"sbs_{self._new_id()}",
            "created_at": self._now(),
            "refunds": [],
        }
        try:
            # Not awaited: who is told of it records that, awaited, after this.
            self._passing.sandbox_intents.insert_one(fresh)
            return _intent(fresh)
        except DuplicateKeyError:
            return _intent(self._found({"key": fresh["key"]}))

    def fetch(self, intent_id: str) -> Intent:
        return _intent(self._found({"_id": intent_id}))

    def cancel(self, intent_id: str) -> None:
        self._db.sandbox_intents.update_one(
            {"_id": intent_id, "status": _PAYABLE}, {"$set": {"status": "cancelled"}}
        )
        row = self._found({"_id": intent_id})
        if row["status"] == "captured":
            raise AlreadyDone(_intent(row))

    def refund(self, *, payment_ref: str, amount: int, key: str) -> str:
        """Guarded by the intent itself: never more back than came in, never twice for one key."""
        reference = f"sbr_{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        given_back = {"$sum": "$refunds.amount"}
        taken = self._db.sandbox_intents.find_one_and_update(
            {
                "payment_ref": payment_ref,
                "status": "captured",
                "refunds.key": {"$ne": key},
                "$expr": {"$lte": [{"$add": [given_back, amount]}, "$amount"]},
            },
            {"$push": {"refunds": {"key": key, "ref": reference, "amount": amount, "at": self._now()}}},
            return_document=ReturnDocument.AFTER,
        )
        if taken is None:
            row = self._found({"payment_ref": payment_ref})
            known = next((one for one in row["refunds"] if one["key"] == key), None)
            if known is None or known["amount"] != amount:
                raise Refused("The refund is more than is left of the payment.")
            taken = row
        self._tell(
            f"{reference}_processed",
            "refund.processed",
            {**taken, "amount": amount},
            refund_ref=reference,
            refund_key=key,
        )
        return reference

    def result_is_genuine(self, intent_id: str, payment_ref: str, signature: str) -> bool:
        right = self._result_signature(intent_id, payment_ref)
        return hmac.compare_digest(right.encode(), signature.encode())

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> GatewayEvent:
        given = _SIGNATURE.match(headers.get(SIGNATURE_HEADER, ""))
        if given is None:
            raise BadSignature(f"Send exactly one {SIGNATURE_HEADER}: t=<unix seconds>,v1=<hex>.")
        stamp, digest = given.groups()
        if not hmac.compare_digest(self._webhook_digest(stamp, body), digest):
            raise BadSignature("The signature does not fit the body.")
        if abs(self._now().timestamp() - int(stamp)) > TOLERANCE_SECONDS:
            raise BadSignature("The signature is too old or from the future.")
        return _event(body)

    # --- the company's own side -----------------------------------------------------------------------------

    def pay(self, intent_id: str, client_secret: str, outcome: str) -> dict[str, Any]:
        """What the company's page does: pay, fail to, or leave the bank thinking. The signed result; safe to repeat.

        Raises NotFound for an unknown intent or a wrong secret, Conflict for one that can no longer be paid.
        """
        if outcome == "processing":
            return self._think(self._shown(intent_id, client_secret))
        wanted = "captured" if outcome == "success" else "failed"
        row = self._settle(intent_id, client_secret, wanted)
        self._tell(f"{row['payment_ref']}_{wanted}", f"payment.{wanted}", row)
        return {
            "intent_id": intent_id,
            "payment_ref": row["payment_ref"],
            # A failure is not worth a signature: nobody may show it as a payment.
            "signature": self._result_signature(intent_id, row["payment_ref"])
            if wanted == "captured"
            else None,
            "status": wanted,
        }

    def _think(self, row: dict[str, Any]) -> dict[str, Any]:
        """The payer has done their part and the bank has not: nothing to show yet, and no message."""
        self._db.sandbox_intents.update_one(
            {"_id": row["_id"], "status": "open"}, {"$set": {"status": "processing"}}
        )
        status = self._found({"_id": row["_id"]})["status"]
        if status != "processing":
            raise Conflict(
                f"This payment intent is {status}.", code="intent_not_payable", intent_status=status
            )
        return {"intent_id": row["_id"], "payment_ref": None, "signature": None, "status": status}

    def _settle(self, intent_id: str, client_secret: str, wanted: str) -> dict[str, Any]:
        settled = self._db.sandbox_intents.find_one_and_update(
            {"_id": intent_id, "client_secret": client_secret, "status": _PAYABLE},
            {"$set": {"status": wanted, "payment_ref": f"sbp_{self._new_id()}", "settled_at": self._now()}},
            return_document=ReturnDocument.AFTER,
        )
        settled = settled or self._shown(intent_id, client_secret)
        if settled["status"] != wanted:
            raise Conflict(
                f"This payment intent is {settled['status']}.",
                code="intent_not_payable",
                intent_status=settled["status"],
            )
        return settled

    def _shown(self, intent_id: str, client_secret: str) -> dict[str, Any]:
        """The intent, to whoever has its secret."""
        row = self._db.sandbox_intents.find_one({"_id": intent_id})
        if row is None or not hmac.compare_digest(row["client_secret"].encode(), client_secret.encode()):
            raise NotFound("There is no such payment intent.", code="unknown_intent")
        return row

    def has_webhooks(self) -> bool:
        """Whether a message is due."""
        due = {"state": "due", "due_at": {"$lte": self._now()}}
        return self._db.sandbox_webhooks.find_one(due, {"_id": 1}) is not None

    def send_webhooks(self, url: str, most: int = 50) -> int:
        """POST the messages that are due to `url`, each until it is answered 2xx. How many were tried.

        Those that are not begun by half of their lease wait for its end.
        """
        began = self._now()
        rows = self._claim_webhooks(began, most)
        line = _Line(url)
        sent = []
        for number, row in enumerate(rows):
            if self._now() > began + _LEASE / 2:
                rows = rows[:number]
                break
            body = row["body"].encode()
            if fault := line.post(body, self.webhook_headers(body)):
                self._send_again(row, fault)
            else:
                sent.append(row["_id"])
        line.close()
        if sent:
            self._passing.sandbox_webhooks.update_many({"_id": {"$in": sent}}, {"$set": {"state": "sent"}})
        return len(rows)

    def _claim_webhooks(self, now: datetime, most: int) -> list[dict[str, Any]]:
        """The next messages, leased so that another sender leaves them alone."""
        due = {"state": "due", "due_at": {"$lte": now}}
        read = list(self._db.sandbox_webhooks.find(due).sort("due_at", ASCENDING).limit(most))
        lease = {"$set": {"due_at": now + _LEASE}, "$inc": {"tries": 1}}
        taken = mongo.take_many(self._passing.sandbox_webhooks, read, due, lease, self._new_id())
        return [{**row, "tries": row["tries"] + 1} for row in taken]

    def webhook_headers(self, body: bytes) -> dict[str, str]:
        """The headers of a message sent now."""
        stamp = str(int(self._now().timestamp()))
        signature = f"t={stamp},v1={self._webhook_digest(stamp, body)}"
        return {"Content-Type": "application/json", SIGNATURE_HEADER: signature}

    def _send_again(self, row: Mapping[str, Any], error: str) -> None:
        """Try again after 1, 2, 4 … at most 60 seconds; give up after 30 tries."""
        wait = timedelta(seconds=min(60, 2 ** (row["tries"] - 1)))
        state = "given_up" if row["tries"] >= _MOST_TRIES else "due"
        self._passing.sandbox_webhooks.update_one(
            {"_id": row["_id"]},
            {"$set": {"state": state, "due_at": self._now() + wait, "error": error[:300]}},
        )

    def _tell(self, event_id: str, type_: str, row: Mapping[str, Any], **more: Any) -> None:
        """Queue a message about `row`; the same event is queued once."""
        data = {
            "intent_id": row["_id"],
            "payment_ref": row["payment_ref"],
            "amount": row["amount"],
            "currency": row["currency"],
            "receipt": row["receipt"],
            **more,
        }
        now = self._now()
        body = {"id": f"sbe_{event_id}", "type": type_, "created": int(now.timestamp()), "data": data}
        try:
            self._passing.sandbox_webhooks.insert_one(
                {
                    "_id": body["id"],
                    "body": orjson.dumps(body).decode(),
                    "state": "due",
                    "due_at": now,
                    "tries": 0,
                    "created_at": now,
                }
            )
        except DuplicateKeyError:
            pass  # told before

    def _found(self, query: Mapping[str, Any]) -> dict[str, Any]:
        row = self._db.sandbox_intents.find_one(dict(query))
        if row is None:
            raise Refused("The payment service does not know this payment.")
        return row

    def _result_signature(self, intent_id: str, payment_ref: str) -> str:
        return hmac.new(
            self._result_secret, f"{intent_id}|{payment_ref}".encode(), hashlib.sha256
        ).hexdigest()

    def _webhook_digest(self, stamp: str, body: bytes) -> str:
        return hmac.new(self._webhook_secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


class _Line:
    """One connection for many messages. Redirects are not followed."""

    def __init__(self, url: str):
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=_POST_SECONDS)
        self._path = parts.path or "/"

    def post(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """None when it was answered 2xx, else what went wrong."""
        try:
            self._connection.request("POST", self._path, body, dict(headers))
            answer = self._connection.getresponse()
            answer.read()
            return None if 200 <= answer.status < 300 else f"answered {answer.status}"
        except (OSError, http.client.HTTPException) as fault:
            self._connection.close()  # the next message begins a new one
            return f"{type(fault).__name__}: {fault}"

    def close(self) -> None:
        self._connection.close()


def _derived(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).digest()


def _intent(row: Mapping[str, Any]) -> Intent:
    return Intent(
        id=row["_id"],
        receipt=row["receipt"],
        amount=row["amount"],
        currency=row["currency"],
        status=row["status"],
        payment_ref=row.get("payment_ref"),
        client_secret=row["client_secret"],
        pay_url=f"/api/v1/sandbox/intents/{row['_id']}/pay",
    )


def _event(body: bytes) -> GatewayEvent:
    try:
        message = orjson.loads(body)
        event = GatewayEvent(str(message["id"]), str(message["type"]), dict(message["data"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        raise Invalid("The message is not an event.", code="webhook_unreadable") from None
    if not 0 < len(event.id) <= 200:
        raise Invalid("The event has no usable id.", code="webhook_unreadable")
    return event
