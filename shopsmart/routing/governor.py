"""The governor: a store that takes on more than it can do is called busy or paused for a while, by itself.

Busy stretches its promise and shortens its reach, paused sends its customers to the next store. The way back lies
lower than the way in, so that a store does not change its mode all the time, and every automatic mode ends by itself.
What a manager sets by hand goes first.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.infra import outbox
from shopsmart.routing import store
from shopsmart.routing.model import load_of
from shopsmart.routing.policy import Policy
from shopsmart.routing.service import policy_now
from shopsmart.stores import store as stores
from shopsmart.stores.model import BUSY, OPEN, PAUSED, Automatic, auto_mode_now

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

_BATCH = 200


def govern(shop: "Shop") -> int:
    """Look at every active store's load and set or end its automatic mode. Returns how many changed.

    Safe to repeat and to run in several processes at once: each change has one winner.
    """
    policy, changed, after = policy_now(shop), 0, None
    while some := stores.page(shop.db, after, _BATCH, status="active"):
        taken = store.taken_lately(shop.db, [one["_id"] for one in some], shop.now())
        changed += sum(_govern(shop, one, taken[one["_id"]], policy) for one in some)
        after = some[-1]["_id"]
    return changed


def _govern(shop: "Shop", one: Mapping[str, Any], taken: int, policy: Policy) -> bool:
    now = shop.now()
    load = load_of(one, taken, policy)
    before = auto_mode_now(one, now)
    wanted = next_mode(before, load, policy)
    if wanted == before and not _wants_renewal(one, wanted, load, now, policy):
        return False
    auto: Automatic | None = None
    if wanted != OPEN:
        until = now + timedelta(seconds=policy["auto_mode_seconds"])
        auto = {"mode": wanted, "until": until, "reason": "overload", "load": load}
    event = None
    if wanted != before:
        event = outbox.event(
            shop,
            "store.mode",
            f"store:{one['_id']}",
            one["version"],
            [f"store:{one['_id']}", "admin"],
            store_id=one["_id"],
            name=one["name"],
            mode=wanted,
            was=before,
            load=load,
            automatic=True,
        )
        log.info("store mode", extra={"store_id": one["_id"], "mode": wanted, "load": load})
    return stores.set_auto(shop.db, one["_id"], one.get("auto"), auto, event)


def next_mode(before: str, load: float, policy: Policy) -> str:
    """Which automatic mode follows `before` at this load."""
    if policy["pause_at"] and load >= policy["pause_at"]:
        return PAUSED
    if before == PAUSED:
        # It was too much: only a load that a busy store can bear ends the pause.
        return PAUSED if load >= policy["busy_at"] else (BUSY if load >= policy["calm_at"] else OPEN)
    if before == BUSY:
        return BUSY if load >= policy["calm_at"] else OPEN
    return BUSY if load >= policy["busy_at"] else OPEN


def _wants_renewal(one: Mapping[str, Any], wanted: str, load: float, now: datetime, policy: Policy) -> bool:
    """Whether a mode that is still needed has come close to its end. A pause is not renewed while it lasts."""
    if wanted != BUSY or load < policy["busy_at"]:
        return False
    left: timedelta = one["auto"]["until"] - now
    return left < timedelta(seconds=policy["auto_mode_seconds"] / 2)
