"""Whoever moves the money, behind one `Protocol`: cash at the door, and a local stand-in for a card company.

A gateway's errors say what to do next: try again later (`TryLater`), never again (`Refused`), or nothing, it is
done already (`AlreadyDone`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from pymongo.database import Database

from shopsmart.errors import Conflict, Unauthenticated, Unavailable
from shopsmart.settings import Settings


class TryLater(Unavailable):
    """The gateway does not answer, or not sensibly: the same call may be made again."""

    code = "payment_gateway_unavailable"
    title = "The payment service does not answer"


class Refused(Conflict):
    """The gateway will never do this, however often it is asked."""

    code = "payment_gateway_refused"
    title = "The payment service refused"


class AlreadyDone(Exception):
    """What was asked for has happened before. `intent` is how things stand."""

    def __init__(self, intent: "Intent"):
        super().__init__(intent.status)
        self.intent = intent


class BadSignature(Unauthenticated):
    """A message that claims to come from the gateway and does not."""

    code = "webhook_signature_invalid"
    title = "The signature is not valid"


@dataclass(frozen=True)
class Intent:
    """How one attempt to pay stands with the gateway. The gateway's word is the truth."""

    id: str
    receipt: str  # our order's id
    amount: int  # minor units
    currency: str
    status: str  # "open", "processing" (the payer has done their part), "captured", "failed" or "cancelled"
    payment_ref: str | None = None  # the gateway's name for the money, once there is some
    client_secret: str | None = None
    pay_url: str | None = None  # where the browser pays, if that is a place; may be relative to the API


@dataclass(frozen=True)
class GatewayEvent:
    """One verified message of a gateway. `data`: intent_id, payment_ref, amount, currency, receipt."""

    id: str
    type: str  # "payment.captured", "payment.failed", "refund.processed", or one we do not know
    data: Mapping[str, Any]


class Gateway(Protocol):
    """What payments need of a provider. Every call may be repeated with the same `key`."""

    def create_intent(self, *, amount: int, currency: str, receipt: str, key: str) -> Intent:
        """Open an attempt to pay `amount` minor units for order `receipt`. Raises TryLater, Refused."""

    def fetch(self, intent_id: str) -> Intent:
        """How the attempt stands now. Raises TryLater, Refused for an unknown one."""

    def cancel(self, intent_id: str) -> None:
        """Make the attempt unpayable. Raises AlreadyDone once its money was captured, TryLater, Refused."""

    def refund(self, *, payment_ref: str, amount: int, key: str) -> str:
        """Send `amount` minor units back; the refund's reference. Raises TryLater, Refused."""

    def result_is_genuine(self, intent_id: str, payment_ref: str, signature: str) -> bool:
        """Whether the gateway itself signed this result that a browser brought."""

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> GatewayEvent:
        """The message in a raw request body. Raises BadSignature, Invalid for a signed but unreadable one."""


def gateways(
    settings: Settings, db: Database, now: Callable[[], datetime], new_id: Callable[[], str]
) -> dict[str, Gateway]:
    """The providers of this installation by name. The stand-in takes no real money: production has none."""
    from shopsmart.payments.gateways.cod import CashOnDelivery
    from shopsmart.payments.gateways.sandbox import Sandbox

    known: dict[str, Gateway] = {"cod": CashOnDelivery()}
    if not settings.production:
        known["sandbox"] = Sandbox(settings, db, now, new_id)
    return known
