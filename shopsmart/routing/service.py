"""Which store serves a basket at a place, and why; and the policy that this follows."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from shopsmart.catalog import store as catalog
from shopsmart.errors import PreconditionFailed
from shopsmart.geo import Point
from shopsmart.identity.model import Actor
from shopsmart.infra import audit, mongo
from shopsmart.inventory import store as stock
from shopsmart.inventory.model import Line, Shortage
from shopsmart.routing import store
from shopsmart.routing.model import (
    CHOSEN,
    FARTHER,
    LOWER_SCORE,
    NOT_LISTED,
    OVERLOADED,
    SHORT,
    SHUT,
    Decision,
    Judged,
    best,
    fill_of,
    judge,
    score,
    short_lines,
)
from shopsmart.routing.policy import DEFAULTS, Policy, checked, from_document
from shopsmart.stores import service as stores

if TYPE_CHECKING:
    from shopsmart.context import Shop


def choose(
    shop: "Shop",
    point: Point,
    lines: Sequence[Line],
    *,
    only_store: str | None = None,
    without: Collection[str] = (),
) -> Decision:
    """The store for `lines` (merged) at `point`, with the trace of every candidate looked at.

    When no acceptable store has it all, the best one is named with what it is short of. `only_store` keeps to a
    store that was promised (by a quote), which then has only to be open; stores in `without` are passed over.
    Nothing is taken.
    """
    candidates = stores.candidates(shop, point)
    if only_store is not None:
        candidates = [candidate for candidate in candidates if candidate.store["_id"] == only_store]
    if not candidates:
        return Decision(None, reason="outside_all_zones")
    policy = policy_now(shop)
    taken = store.taken_lately(shop.db, [one.store["_id"] for one in candidates], shop.now())
    judged = [
        judge(one, taken[one.store["_id"]], policy, shop.settings, shop.now(), without) for one in candidates
    ]
    if only_store is not None:
        judged = [
            Judged(one.candidate, None, one.load, one.candidate.eta_s) if one.candidate.open else one
            for one in judged
        ]
    able = [one for one in judged if one.reason in {None, OVERLOADED}]
    if not able:
        reason = "all_closed" if all(one.reason in SHUT for one in judged) else str(judged[0].reason)
        return Decision(None, reason=reason, trace=[_row(one, str(one.reason)) for one in judged])
    return _among(shop, judged, able, lines, policy)


def _among(
    shop: "Shop", judged: Sequence[Judged], able: Sequence[Judged], lines: Sequence[Line], policy: Policy
) -> Decision:
    """The best of those that are able to serve. A full shelf counts before free hands, these before distance."""
    ids, skus = [one.id for one in able], [line.sku for line in lines]
    available = stock.available_in(shop.db, ids, skus)
    listed = catalog.listings_in(shop.db, ids, skus)
    shortages = {id_: short_lines(lines, available[id_], listed[id_]) for id_ in ids}
    scores = {one.id: score(one, fill_of(lines, shortages[one.id]), policy) for one in able}
    pools = [
        [one for one in able if bool(shortages[one.id]) is short and (one.reason == OVERLOADED) is full_up]
        for short in (False, True)
        for full_up in (False, True)
    ]
    chosen = best(next(pool for pool in pools if pool), scores)
    found = chosen.candidate
    return Decision(
        store=found.store,
        distance_m=found.distance_m,
        eta_s=chosen.eta_s,
        zone_id=found.zone_id,
        zone_version=found.zone_version,
        reason=SHORT if shortages[chosen.id] else CHOSEN,
        shortages=shortages[chosen.id],
        trace=[_verdict(one, chosen, shortages, listed, scores) for one in judged],
        policy_version=policy.version,
    )


def _verdict(
    one: Judged,
    chosen: Judged,
    shortages: Mapping[str, Sequence[Shortage]],
    listed: Mapping[str, Mapping[str, Any]],
    scores: Mapping[str, Mapping[str, float]],
) -> dict[str, Any]:
    if one.id not in shortages:
        return _row(one, str(one.reason))
    short = shortages[one.id]
    if short:
        row = _row(one, SHORT)
        row["short"] = [
            {
                "sku": line.sku,
                "available": line.available,
                "reason": SHORT if line.sku in listed[one.id] else NOT_LISTED,
            }
            for line in short
        ]
    elif one is chosen:
        row = _row(one, CHOSEN)
    elif one.reason:
        row = _row(one, one.reason)
    else:
        farther = one.candidate.distance_m >= chosen.candidate.distance_m
        row = _row(one, FARTHER if farther else LOWER_SCORE)
    return {**row, "score": dict(scores[one.id])}


def _row(one: Judged, verdict: str) -> dict[str, Any]:
    return {
        "store_id": one.id,
        "name": one.candidate.store["name"],
        "distance_m": one.candidate.distance_m,
        "eta_s": one.eta_s,
        "load": one.load,
        "verdict": verdict,
    }


def took_order(shop: "Shop", store_id: str) -> None:
    """Count an order towards the store's load of these ten minutes."""
    store.took_one(shop.db, store_id, shop.now())


# --- the policy ------------------------------------------------------------------------------------------------


def policy_now(shop: "Shop") -> Policy:
    """The policy in force."""
    return from_document(store.policy(shop.db))


def policy_document(shop: "Shop") -> dict[str, Any]:
    """The policy in force with who set it, when and why: `{version, values, at, by, why}`."""
    document = store.policy(shop.db)
    policy = from_document(document)
    told = {name: (document or {}).get(name) for name in ("at", "by", "why")}
    return {"version": policy.version, "values": dict(policy.values), **told}


def set_policy(
    shop: "Shop", actor: Actor, values: Mapping[str, Any], why: str, *, if_version: int | None = None
) -> dict[str, Any]:
    """Put the policy: `values` over the defaults. A new version, audited; what is so already makes none.

    Raises Invalid naming each fault, PreconditionFailed when somebody else changed it first.
    """
    policy = policy_now(shop)
    if if_version not in {None, policy.version}:
        raise PreconditionFailed("The policy was changed meanwhile; read it again.")
    before = dict(policy.values)
    after = checked({**DEFAULTS, **values})
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return policy_document(shop)
    document = {
        "_id": shop.new_id(),
        "version": policy.version + 1,
        "values": after,
        "at": shop.now(),
        "by": actor.user_id,
        "why": why,
    }

    def write(session: ClientSession) -> None:
        store.add_policy(shop.db, document, session)
        audit.record(
            shop,
            actor,
            "policy.changed",
            "policy:routing",
            {name: before[name] for name in changed},
            {name: after[name] for name in changed},
            why,
            session=session,
        )

    try:
        mongo.all_or_nothing(shop.db, write)
    except DuplicateKeyError:
        raise PreconditionFailed("The policy was changed meanwhile; read it again.") from None
    return policy_document(shop)
