"""The rider's work on a part of an order, by way of dispatch."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Forbidden
from shopsmart.identity.model import Actor
from shopsmart.orders import moves
from shopsmart.orders.model import (
    ENDED,
    fulfilment_of,
)
from shopsmart.orders.notes import note, order_event

if TYPE_CHECKING:
    from shopsmart.context import Shop


def rider_acts(
    shop: "Shop",
    actor: Actor,
    order_id: str,
    fulfilment_id: str,
    action: str,
    reason: str | None = None,
) -> dict[str, Any]:
    """`pick_up`, `deliver`, `fail` by the fulfilment's rider. Raises Forbidden for another rider."""

    def prepare(order: Mapping[str, Any]) -> None:
        rider = fulfilment_of(order, fulfilment_id)["rider"]
        if (rider or {}).get("id") != actor.user_id:
            raise Forbidden("This order rides with somebody else.")

    return moves.act(
        shop,
        order_id,
        action,
        roles=actor.roles,
        actor_id=actor.user_id,
        fulfilment_id=fulfilment_id,
        reason=reason,
        prepare=prepare,
    )


def set_rider(
    shop: "Shop", order_id: str, fulfilment_id: str, rider: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Note who brings a fulfilment, `{id, name, phone, vehicle}`, or nobody again. Safe to repeat."""

    def change(order: dict[str, Any]) -> Any:
        part = next((one for one in order["fulfilments"] if one["id"] == fulfilment_id), None)
        if part is None or part["state"] in ENDED or part["rider"] == rider:
            return None  # over, known, or gone to another store with a rider of its own
        index = order["fulfilments"].index(part)
        event = order_event(
            shop,
            order,
            "order.rider_assigned" if rider else "order.rider_left",
            status=order["status"],
            rider=rider["name"] if rider else None,
        )
        return {f"fulfilments.{index}.rider": rider}, event

    return note(shop, order_id, change)
