"""Cash at the door: no company in between, so nothing to ask, nothing signed, nothing to wait for."""

from collections.abc import Mapping

from shopsmart.errors import NotFound
from shopsmart.payments.gateways import GatewayEvent, Intent, Refused


class CashOnDelivery:
    """Cash is collected by the rider and given back by whoever records the refund."""

    def create_intent(self, *, amount: int, currency: str, receipt: str, key: str) -> Intent:
        raise Refused("Cash is paid at the door, not before.", code="cash_at_the_door")

    def fetch(self, intent_id: str) -> Intent:
        raise Refused("Cash has no record elsewhere.")

    def cancel(self, intent_id: str) -> None:
        """Cash that nobody asked for yet needs no cancelling."""

    def refund(self, *, payment_ref: str, amount: int, key: str) -> str:
        return f"cash:{key}"

    def result_is_genuine(self, intent_id: str, payment_ref: str, signature: str) -> bool:
        return False

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> GatewayEvent:
        raise NotFound("Cash sends no messages.", code="unknown_provider")
