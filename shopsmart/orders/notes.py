"""Facts and events of an order that are no move: a refund that arrived, a rider that was found."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Conflict, NotFound
from shopsmart.infra import outbox
from shopsmart.infra.outbox import Event
from shopsmart.money import money
from shopsmart.orders import store
from shopsmart.payments import service as payments

if TYPE_CHECKING:
    from shopsmart.context import Shop

_TRIES = 10


def note(
    shop: "Shop",
    order_id: str,
    change: Callable[[dict[str, Any]], tuple[Mapping[str, Any], Event | None] | None],
) -> dict[str, Any]:
    """Change facts of an order without moving it, looking again when it moved meanwhile.

    `change` returns what to set and the event to leave, or None to leave the order as it is.
    """
    for _ in range(_TRIES):
        order = store.get(shop.db, order_id)
        if order is None:
            raise NotFound("There is no such order.")
        wanted = change(order)
        if wanted is None:
            return order
        noted = store.note(shop.db, order, *wanted)
        if noted is not None:
            return noted
    raise Conflict("Too many are changing this order at once; try again.", code="busy")


def order_event(
    shop: "Shop", order: Mapping[str, Any], type_: str, *, also_for: Iterable[str] = (), **data: Any
) -> Event:
    """An event of this order for its own stream, its stores' and the admins'. Number and ids go along.

    `also_for` names further stores, such as the one that the order goes to.
    """
    channels = [f"order:{order['_id']}", "admin"]
    channels += sorted(
        f"store:{id_}" for id_ in {part["store_id"] for part in order["fulfilments"]} | set(also_for)
    )
    return outbox.event(
        shop,
        type_,
        f"order:{order['_id']}",
        order["version"] + 1,
        channels,
        order_id=order["_id"],
        number=order["number"],
        **data,
    )


def sync_payment(shop: "Shop", order_id: str) -> dict[str, Any]:
    """Bring the order's summary of its money up to what the payments say; money given back is announced."""
    paid = payments.summary(shop, order_id)

    def change(order: dict[str, Any]) -> tuple[Mapping[str, Any], Event | None] | None:
        if paid is None:
            return None
        known = order["payment"]
        sets = {f"payment.{name}": paid[name] for name in ("status", "captured", "refunded", "payment_id")}
        if all(known[name.removeprefix("payment.")] == value for name, value in sets.items()):
            return None
        back = paid["refunded"] - known["refunded"]
        event = order_event(
            shop, order, "order.refunded", status=order["status"], refunded=money(back, order["currency"])
        )
        return sets, event if back > 0 else None

    return note(shop, order_id, change)
