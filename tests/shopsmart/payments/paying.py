"""What tests of payments start from, and a provider that is away."""

import dataclasses
from datetime import timedelta
from typing import Any

from shopsmart.payments import service, store
from shopsmart.payments.gateways import TryLater


def started(shop, order_id="order1", amount=12_950, **facts):
    return service.start(
        shop, order_id=order_id, provider="sandbox", amount=amount, customer_id="asha", **facts
    )


def paid_at_the_provider(shop, payment, outcome="success"):
    """What the provider's page hands to the browser."""
    secret = payment["client"]["client_secret"]
    return service.pay_in_sandbox(shop, payment["intent_id"], secret, outcome)


def confirmed(shop, payment, result, **changes):
    return service.verify(
        shop,
        **{
            "order_id": payment["order_id"],
            "payment_id": payment["_id"],
            "payment_ref": result["payment_ref"],
            "signature": result["signature"],
            **changes,
        },
    )


def captured(shop, order_id="order1", amount=12_950):
    payment = started(shop, order_id, amount)
    return confirmed(shop, payment, paid_at_the_provider(shop, payment))


def quarantined(shop):
    return [row["fault"] for row in shop.db.payment_quarantine.find()]


class AwayGateway:
    """A provider that does not answer; what it knows stays as it was."""

    def __init__(self, real):
        self._real = real

    def __getattr__(self, name):
        if name in {"result_is_genuine", "read_webhook"}:
            return getattr(self._real, name)

        def away(*_, **__):
            raise TryLater()

        return away


def without_provider(shop):
    return dataclasses.replace(
        shop, gateways={**shop.gateways, "sandbox": AwayGateway(shop.gateways["sandbox"])}
    )


def stored(shop, payment_id) -> dict[str, Any]:
    found = store.get(shop.db, payment_id)
    assert found is not None
    return found


def after_a_while(shop):
    later = shop.now() + timedelta(minutes=3)
    return dataclasses.replace(shop, now=lambda: later)
