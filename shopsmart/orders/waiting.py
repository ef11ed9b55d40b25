"""An unpaid order whose time is up while the payment provider is still working waits once more."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.inventory import service as inventory
from shopsmart.orders.notes import note, order_event
from shopsmart.payments import service as payments

if TYPE_CHECKING:
    from shopsmart.context import Shop

EXTENDED = "extended"


def extend_once(shop: "Shop", order: Mapping[str, Any]) -> bool:
    """Give an unpaid order past its deadline one more while. False when it had that, or nobody works on it."""
    if order["status"] != "payment_pending" or EXTENDED in order["flags"]:
        return False
    if not payments.at_work(shop, order["_id"]):
        return False
    until = shop.now() + timedelta(seconds=shop.settings.hold_extension_seconds)

    def change(found: dict[str, Any]) -> Any:
        if found["status"] != "payment_pending" or EXTENDED in found["flags"]:
            return None
        event = order_event(
            shop, found, "order.hold_extended", status=found["status"], hold_until=until.isoformat()
        )
        return {"hold_until": until, "deadline": until, "flags": [*found["flags"], EXTENDED]}, event

    # The order first: only its deadline decides. The holds follow for those who look at the shelf.
    note(shop, order["_id"], change)
    inventory.extend_order(shop, order["_id"], until)
    return True
