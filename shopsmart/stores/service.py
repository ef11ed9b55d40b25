"""Stores and their fences: who serves a point, opening and closing, and who may run which store."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from shopsmart import geo
from shopsmart.errors import Conflict, Invalid, NotFound, PreconditionFailed
from shopsmart.geo import Point
from shopsmart.identity.model import Actor
from shopsmart.infra import audit, mongo, outbox
from shopsmart.infra.outbox import Event
from shopsmart.stores import geometry, model
from shopsmart.stores import store as stores
from shopsmart.stores.geometry import Fence, Gaps
from shopsmart.stores.model import Candidate, Store

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

_TRIES = 5
_DRAWN_WITHIN_M = 25  # on a city's map nobody sees a corner move by so much
_ANY_STORE = frozenset({"admin", "super_admin"})


# --- who serves a point ----------------------------------------------------------------------------------------


def candidates(shop: "Shop", point: Point) -> list[Candidate]:
    """The stores whose fence holds `point`, nearest first, open or not. Two reads."""
    found = stores.zones_at(shop.db, point)
    if not found:
        return []
    near = stores.near(shop.db, point, {zone["store_id"] for zone in found})
    serving = {zone["_id"] for zone in found}
    # A store may name a fence that the search did not find: it was published between the two reads, or an
    # earlier one was left in the search by a crash. Only then is a third read needed.
    if others := [store["zone_id"] for store in near if store["zone_id"] not in serving]:
        serving |= stores.holding(shop.db, point, others)
    fitting = [as_candidate(shop, store, point) for store in near if store["zone_id"] in serving]
    return sorted(fitting, key=lambda candidate: (candidate.distance_m, candidate.store["_id"]))


def as_candidate(shop: "Shop", store: Store, point: Point) -> Candidate:
    """A store whose fence holds `point`, as it stands to it now."""
    distance_m = geo.distance_m(store["location"], point)
    opened, reason, opens_at = model.is_open(store, shop.now())
    return Candidate(
        store=store,
        distance_m=distance_m,
        open=opened,
        reason=reason,
        opens_at=opens_at,
        eta_s=model.promise_seconds(shop.settings, distance_m, busy=reason == model.BUSY),
        zone_id=store["zone_id"],
        zone_version=store["zone_version"],
    )


def serviceable(shop: "Shop", point: Point) -> dict[str, Any]:
    """`{serviceable, store, alternatives, reason?, opens_at?}`: the nearest open store, and the other open ones.

    Stores are `{id, name, distance_m, eta_s}`; `reason` is `outside_all_zones` or `all_closed`.
    """
    found = candidates(shop, point)
    opened = [_offer(candidate) for candidate in found if candidate.open]
    if opened:
        return {"serviceable": True, "store": opened[0], "alternatives": opened[1:]}
    refusal: dict[str, Any] = {"serviceable": False, "store": None, "alternatives": []}
    if not found:
        return {**refusal, "reason": "outside_all_zones"}
    opens_at = min((one.opens_at for one in found if one.opens_at), default=None)
    return {**refusal, "reason": "all_closed", "opens_at": opens_at}


def serving(shop: "Shop") -> list[tuple[Store, dict[str, Any]]]:
    """The active stores, each with the geometry in which it delivers."""
    return [(store, zone["geometry"]) for store, zone in with_fences(shop, stores.active(shop.db))]


def service_area(shop: "Shop") -> dict[str, Any]:
    """A GeoJSON FeatureCollection of where the active stores deliver, simplified for drawing."""
    features = [
        {
            "type": "Feature",
            "geometry": geometry.simplified(fence, _DRAWN_WITHIN_M),
            "properties": {
                "store_id": store["_id"],
                "name": store["name"],
                "open": model.is_open(store, shop.now())[0],
            },
        }
        for store, fence in serving(shop)
    ]
    return {"type": "FeatureCollection", "features": features}


def _offer(candidate: Candidate) -> dict[str, Any]:
    return {
        "id": candidate.store["_id"],
        "name": candidate.store["name"],
        "distance_m": candidate.distance_m,
        "eta_s": candidate.eta_s,
    }


# --- one store -------------------------------------------------------------------------------------------------


def get(shop: "Shop", store_id: str) -> Store:
    """Raises NotFound."""
    if (store := stores.get(shop.db, store_id)) is None:
        raise NotFound("There is no such store.")
    return store


def store_of(shop: "Shop", actor: Actor, store_id: str | None = None) -> Store:
    """The store that `actor` works on: the one named, or a manager's only one.

    Raises NotFound for one that is not his (as for one that is not there), Invalid `store_id_required` when
    none was named and there is not exactly one.
    """
    anywhere = bool(actor.roles & _ANY_STORE)
    if store_id is None:
        if anywhere or len(actor.store_ids) != 1:
            raise Invalid(
                "Say which store with store_id.",
                code="store_id_required",
                errors={"store_id": ["Required here."]},
            )
        store_id = next(iter(actor.store_ids))
    if not anywhere and store_id not in actor.store_ids:
        raise NotFound("There is no such store.")
    return get(shop, store_id)


def with_fences(shop: "Shop", documents: Sequence[Store]) -> list[tuple[Store, dict[str, Any]]]:
    """Each store with the zone that serves."""
    zones = stores.zones_by_id(shop.db, [store["zone_id"] for store in documents])
    return [(store, zones[store["zone_id"]]) for store in documents]


def list_stores(
    shop: "Shop", *, after: str | None = None, limit: int = 20, status: str | None = None
) -> tuple[list[Store], str | None]:
    """A page of stores in order of id, and the id after which the next one begins."""
    found = stores.page(shop.db, after, limit + 1, status)
    return found[:limit], found[limit - 1]["_id"] if len(found) > limit else None


def zones_of(
    shop: "Shop", store_id: str, *, below: int | None = None, limit: int = 20
) -> tuple[list[dict[str, Any]], int | None]:
    """A page of a store's fences, newest first, each with its true `status`: draft, published or retired."""
    store = get(shop, store_id)
    found = stores.history(shop.db, store_id, below, limit + 1)
    rows = [{**zone, "status": _status(store, zone)} for zone in found[:limit]]
    return rows, rows[-1]["version"] if len(found) > limit else None


def _status(store: Store, zone: Mapping[str, Any]) -> str:
    if zone["_id"] == store["zone_id"]:
        return "published"
    # A higher version that the store does not name never came to serve.
    return "retired" if zone["version"] < store["zone_version"] else "draft"


def coverage(
    shop: "Shop", bounds: geometry.Region | None = None
) -> tuple[list[tuple[str, str, float]], Gaps | None]:
    """Which active stores' fences overlap (pairs of ids, km2), and what they all leave out of `bounds`."""
    fences = stores.serving(shop.db)
    pairs = geometry.overlaps([(store_id, fence) for store_id, _, fence in fences])
    return pairs, geometry.gaps([fence for _, _, fence in fences], bounds)


# --- changes ---------------------------------------------------------------------------------------------------


def create_store(
    shop: "Shop",
    actor: Actor,
    *,
    name: str,
    address: str,
    location: Point,
    geofence: Any,
    store_id: str | None = None,
    timezone: str | None = None,
    hours: model.Hours = model.ALWAYS,
    closures: Sequence[Mapping[str, Any]] = (),
    pickers_on_duty: int = 1,
    capacity_per_10_min: int = 10,
) -> Store:
    """Open a store with its fence (see geometry.py). With a `store_id` safe to repeat: the first one stays.

    Raises Invalid for a location, fence, time zone or hours that cannot be.
    """
    location = _sane(shop, location)
    fence = geometry.fence(geofence, shop.settings.region)
    geometry.check_reach(fence.geometry, location)
    facts = {
        "timezone": model.checked_timezone(timezone or shop.settings.timezone),
        "hours": model.checked_hours(hours),
        "closures": model.checked_closures(closures),
    }
    if store_id is not None and (existing := stores.get(shop.db, store_id)):
        return existing
    store_id = store_id or shop.new_id()
    zone = _add_zone(shop, actor, store_id, fence)
    store: Store = {
        "_id": store_id,
        "name": name,
        "address": address,
        "location": location,
        **facts,  # type: ignore[typeddict-item]
        "status": "active",
        "mode": model.OPEN,
        "mode_until": None,
        "mode_reason": "",
        "pickers_on_duty": pickers_on_duty,
        "capacity_per_10_min": capacity_per_10_min,
        "zone_id": zone["_id"],
        "zone_version": zone["version"],
        "created_at": shop.now(),
        "version": 1,
    }
    try:
        mongo.all_or_nothing(shop.db, lambda session: _insert(shop, actor, store, session))
    except DuplicateKeyError:
        stores.retire(shop.db, zone["_id"], shop.now())  # the same store was opened by somebody else just now
        return get(shop, store_id)
    stores.retire_older(shop.db, store_id, zone["version"], shop.now())  # left by a try that died half-way
    _tell_of_odd_fence(store, fence)
    return store


def _insert(shop: "Shop", actor: Actor, store: Store, session: ClientSession) -> None:
    stores.insert(shop.db, store, session)
    told = {key: value for key, value in store.items() if key not in {"_id", "created_at", "version"}}
    audit.record(shop, actor, "store.created", f"store:{store['_id']}", None, told, session=session)


def update_store(
    shop: "Shop",
    actor: Actor,
    store_id: str,
    *,
    geofence: Any = None,
    if_version: int | None = None,
    why: str = "",
    **changes: Any,
) -> Store:
    """Change a store's fields; a `geofence` becomes a new version, which serves from the same write on.

    `changes` are fields of `model.Store` that an administrator sets. What is already so changes nothing.
    Raises NotFound, Invalid, PreconditionFailed when the store no longer has `if_version`.
    """
    sets = _checked(shop, changes)
    fence = geometry.fence(geofence, shop.settings.region) if geofence is not None else None
    return _change(shop, actor, store_id, sets, fence, if_version, "store.changed", why)


def close_store(shop: "Shop", actor: Actor, store_id: str) -> Store:
    """Close a store for good: it serves nobody, and all that refers to it stays. Safe to repeat."""
    return _change(shop, actor, store_id, {"status": "closed"}, None, None, "store.closed")


def set_fence(
    shop: "Shop", actor: Actor, store_id: str, geofence: Any, *, if_version: int | None = None
) -> Store:
    """Publish a new fence, which retires the old one. Raises NotFound, Invalid, PreconditionFailed."""
    return update_store(shop, actor, store_id, geofence=geofence, if_version=if_version)


def restore_fence(
    shop: "Shop", actor: Actor, store_id: str, zone_id: str, *, if_version: int | None = None, why: str = ""
) -> Store:
    """Publish a new version equal to an earlier one of the store's; the one that serves changes nothing.

    Raises NotFound, Invalid for one out of the store's present reach, PreconditionFailed.
    """
    get(shop, store_id)
    zone = stores.zones_by_id(shop.db, [zone_id]).get(zone_id)
    if zone is None or zone["store_id"] != store_id:
        raise NotFound("There is no such fence of this store.")
    why = why or f"restores version {zone['version']}"
    fence = Fence(zone["geometry"], zone["circle"])
    return _change(shop, actor, store_id, {}, fence, if_version, "store.changed", why)


def store_settings(
    shop: "Shop",
    actor: Actor,
    store_id: str,
    *,
    mode: str | None = None,
    mode_until: Any = None,
    mode_reason: str = "",
    if_version: int | None = None,
    **changes: Any,
) -> Store:
    """What a store manager sets: open, pause or call it busy for a while; hours, closures, pickers, capacity.

    A mode ends at `mode_until` (two hours from now by default). Raises Invalid, NotFound, PreconditionFailed.
    """
    sets = _checked(shop, changes)
    if mode is not None:
        sets |= model.checked_mode(mode, mode_until, mode_reason, shop.now())
    elif mode_until is not None or mode_reason:
        raise Invalid("Say which mode.", errors={"mode": ["Required with mode_until and mode_reason."]})
    changed = _change(shop, actor, store_id, sets, None, if_version, "store.settings", mode_reason)
    if mode == model.OPEN and changed.get("auto"):
        # Who opens by hand means it; the governor looks again at its next round.
        stores.set_auto(shop.db, store_id, changed["auto"], None)
        return get(shop, store_id)
    return changed


def _checked(shop: "Shop", changes: Mapping[str, Any]) -> dict[str, Any]:
    """`changes` as they are kept. Raises Invalid."""
    sets = dict(changes)
    if "location" in sets:
        sets["location"] = _sane(shop, sets["location"])
    if "timezone" in sets:
        sets["timezone"] = model.checked_timezone(sets["timezone"])
    if "hours" in sets:
        sets["hours"] = model.checked_hours(sets["hours"])
    if "closures" in sets:
        sets["closures"] = model.checked_closures(sets["closures"])
    return sets


def _sane(shop: "Shop", location: Point) -> Point:
    lng, lat = location["coordinates"]
    return geo.point(lng, lat, shop.settings.region)


def _change(
    shop: "Shop",
    actor: Actor,
    store_id: str,
    sets: Mapping[str, Any],
    fence: Fence | None,
    if_version: int | None,
    what: str,
    why: str = "",
) -> Store:
    for _ in range(_TRIES):
        before = get(shop, store_id)
        if if_version not in {None, before["version"]}:
            raise PreconditionFailed("The store was changed meanwhile; read it again.")
        if (after := _try_change(shop, actor, before, sets, fence, what, why)) is not None:
            return after
    raise Conflict("Many are changing this store; try again.", code="busy")


def _try_change(
    shop: "Shop",
    actor: Actor,
    before: Store,
    sets: Mapping[str, Any],
    fence: Fence | None,
    what: str,
    why: str,
) -> Store | None:
    """The store afterwards, `before` itself when nothing would differ, None when somebody else was faster."""
    current = stores.zones_by_id(shop.db, [before["zone_id"]])[before["zone_id"]]
    if fence is not None and fence.geometry == current["geometry"] and fence.circle == current["circle"]:
        fence = None
    location = sets.get("location", before["location"])
    if fence is not None or location != before["location"]:
        geometry.check_reach(fence.geometry if fence else current["geometry"], location)
    was: dict[str, Any] = dict(before)
    sets = {key: value for key, value in sets.items() if was[key] != value}
    if fence is None:
        return _write(shop, actor, was, sets, what, why) if sets else before
    zone = _add_zone(shop, actor, before["_id"], fence)
    sets |= {"zone_id": zone["_id"], "zone_version": zone["version"]}
    after = _write(shop, actor, was, sets, what, why)
    if after is None:
        stores.retire(shop.db, zone["_id"], shop.now())
        return None
    stores.retire_older(shop.db, before["_id"], zone["version"], shop.now())
    _tell_of_odd_fence(after, fence)
    return after


def _write(
    shop: "Shop", actor: Actor, was: Mapping[str, Any], sets: Mapping[str, Any], what: str, why: str
) -> Store | None:
    """The guarded change, and its audit entry with it."""

    event = _mode_event(shop, was, sets["mode"]) if "mode" in sets else None

    def change(session: ClientSession) -> Store | None:
        after = stores.change(shop.db, was["_id"], was["version"], sets, session, event)
        if after is not None:
            before = {key: was[key] for key in sets}
            audit.record(shop, actor, what, f"store:{was['_id']}", before, sets, why, session=session)
        return after

    return mongo.all_or_nothing(shop.db, change)


def _mode_event(shop: "Shop", was: Mapping[str, Any], mode: str) -> Event:
    return outbox.event(
        shop,
        "store.mode",
        f"store:{was['_id']}",
        was["version"] + 1,
        [f"store:{was['_id']}", "admin"],
        store_id=was["_id"],
        name=was["name"],
        mode=mode,
        was=model.mode_now(was, shop.now()),
        automatic=False,
    )


def _add_zone(shop: "Shop", actor: Actor, store_id: str, fence: Fence) -> dict[str, Any]:
    return stores.add_zone(
        shop.db,
        {
            "_id": shop.new_id(),
            "store_id": store_id,
            "kind": "serve",
            "status": "published",
            "geometry": fence.geometry,
            "circle": fence.circle,
            "published_at": shop.now(),
            "retired_at": None,
            "created_by": actor.user_id,
        },
    )


def warnings_of(store: Store, zone: Mapping[str, Any]) -> list[str]:
    """What is lawful but looks odd: `store_outside_fence`."""
    return [] if geometry.holds(zone["geometry"], store["location"]) else ["store_outside_fence"]


def _tell_of_odd_fence(store: Store, fence: Fence) -> None:
    if not geometry.holds(fence.geometry, store["location"]):
        log.warning("store lies outside its fence", extra={"store_id": store["_id"]})
