"""Which store serves a basket at a place, and why; and the policy that this follows."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError, PyMongoError

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
    MOST_PLANS,
    MOST_TO_COMBINE,
    NOT_LISTED,
    OVERLOADED,
    SHORT,
    SHUT,
    Decision,
    Judged,
    Plan,
    Share,
    best,
    fill_of,
    judge,
    score,
    short_lines,
    worthwhile,
)
from shopsmart.routing.policy import DEFAULTS, Policy, checked, from_document
from shopsmart.stores import service as stores
from shopsmart.stores import store as stores_store
from shopsmart.stores.model import is_open

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

_POLICY_SECONDS = 1.0


def choose(
    shop: "Shop",
    point: Point,
    lines: Sequence[Line],
    *,
    without: Collection[str] = (),
) -> Decision:
    """The store for `lines` (merged) at `point`, with the trace of every candidate looked at.

    When no acceptable store has it all, the best one is named with what it is short of. Stores in `without` are
    passed over. Nothing is taken.
    """
    seen = _look(shop, point, lines, without)
    if isinstance(seen, Decision):
        return seen
    return _decision(seen, _chosen(seen))


def promised(shop: "Shop", part: Mapping[str, Any], lines: Sequence[Line]) -> Decision:
    """The store that a quote's `part` names: it has only to be open. With what it is short of now; nothing is taken.

    Three short reads: what the quote found out about fence, distance and time holds.
    """
    found = stores_store.get(shop.db, part["store"]["id"])
    if found is None or not is_open(found, shop.now())[0]:
        return Decision(None, reason="all_closed")
    skus = [line.sku for line in lines]
    left = stock.available_of(shop.db, found["_id"], skus)
    listed = catalog.listings_of(shop.db, found["_id"], skus)
    shortages = short_lines(lines, left, listed)
    return Decision(
        store=found,
        distance_m=part["store"]["distance_m"],
        eta_s=part["eta_s"],
        zone_id=part["zone_id"],
        zone_version=part["zone_version"],
        reason=SHORT if shortages else CHOSEN,
        shortages=shortages,
        policy=policy_now(shop),
        left=left,
        listed=listed,
    )


def plans(
    shop: "Shop", point: Point, lines: Sequence[Line], *, one_store: bool = False
) -> list[Plan] | Decision:
    """One to three ways to serve `lines`, the recommended one first; none of them is worse than another in every way.

    First what `choose` says; where no store has it all, the fewest stores that do together (unless `one_store`).
    Then what is quicker, though it has less. A Decision without a store when nobody serves. Nothing is taken.
    """
    seen = _look(shop, point, lines, ())
    if isinstance(seen, Decision):
        return seen
    chosen = _chosen(seen)
    first = [_single(seen, chosen)]
    if first[0].shortages and not one_store and (together := _split(seen)) is not None:
        first.insert(0, together)
    others = [_single(seen, one) for one in seen.able if one is not chosen and one.reason is None]
    return worthwhile(first, [plan for plan in others if plan.shortages])[:MOST_PLANS]


@dataclass(frozen=True)
class _Seen:
    """What the stores around a place have of a basket, those that are able to serve."""

    judged: Sequence[Judged]
    able: Sequence[Judged]
    lines: Sequence[Line]
    policy: Policy
    available: Mapping[str, Mapping[str, Any]]
    listed: Mapping[str, Mapping[str, Any]]
    shortages: Mapping[str, Sequence[Shortage]]
    scores: Mapping[str, Mapping[str, float]]


def _look(shop: "Shop", point: Point, lines: Sequence[Line], without: Collection[str]) -> _Seen | Decision:
    candidates = stores.candidates(shop, point)
    if not candidates:
        return Decision(None, reason="outside_all_zones")
    policy = policy_now(shop)
    taken = store.taken_lately(shop.db, [one.store["_id"] for one in candidates], shop.now())
    judged = [
        judge(one, taken[one.store["_id"]], policy, shop.settings, shop.now(), without) for one in candidates
    ]
    able = [one for one in judged if one.reason in {None, OVERLOADED}]
    if not able:
        reason = "all_closed" if all(one.reason in SHUT for one in judged) else str(judged[0].reason)
        return Decision(None, reason=reason, trace=[_row(one, str(one.reason)) for one in judged])
    ids, skus = [one.id for one in able], [line.sku for line in lines]
    available = stock.available_in(shop.db, ids, skus)
    listed = catalog.listings_in(shop.db, ids, skus)
    shortages = {id_: short_lines(lines, available[id_], listed[id_]) for id_ in ids}
    scores = {one.id: score(one, fill_of(lines, shortages[one.id]), policy) for one in able}
    return _Seen(judged, able, lines, policy, available, listed, shortages, scores)


def _chosen(seen: _Seen) -> Judged:
    """The best of those that are able to serve. A full shelf counts before free hands, these before the score."""
    pools = [
        [
            one
            for one in seen.able
            if bool(seen.shortages[one.id]) is short and (one.reason == OVERLOADED) is full_up
        ]
        for short in (False, True)
        for full_up in (False, True)
    ]
    return best(next(pool for pool in pools if pool), seen.scores)


def _decision(seen: _Seen, chosen: Judged, together: Sequence[Judged] = ()) -> Decision:
    found = chosen.candidate
    return Decision(
        store=found.store,
        distance_m=found.distance_m,
        eta_s=chosen.eta_s,
        zone_id=found.zone_id,
        zone_version=found.zone_version,
        reason=SHORT if seen.shortages[chosen.id] else CHOSEN,
        shortages=seen.shortages[chosen.id],
        trace=[_verdict(one, seen, chosen, together) for one in seen.judged],
        policy=seen.policy,
        left=seen.available[chosen.id],
        listed=seen.listed[chosen.id],
    )


def _single(seen: _Seen, one: Judged) -> Plan:
    decision = _decision(seen, one)
    return Plan(
        [Share(decision, list(seen.lines))], list(decision.shortages), fill_of(seen.lines, decision.shortages)
    )


def _split(seen: _Seen) -> Plan | None:
    """The fewest stores that have everything together, the quickest among these; None when there are none."""
    ranked = sorted(
        (one for one in seen.able if fill_of(seen.lines, seen.shortages[one.id]) > 0),
        key=lambda one: (one.reason == OVERLOADED, -seen.scores[one.id]["total"], one.id),
    )[:MOST_TO_COMBINE]
    full = {
        one.id: {line.sku for line in seen.lines} - {short.sku for short in seen.shortages[one.id]}
        for one in ranked
    }
    wanted = {line.sku for line in seen.lines}
    for parts in range(2, int(seen.policy["max_parts"]) + 1):
        covers = [
            some
            for some in combinations(ranked, parts)
            if set().union(*(full[one.id] for one in some)) == wanted
        ]
        if covers:
            together = min(
                covers,
                key=lambda some: (
                    max(one.eta_s for one in some),
                    sum(one.candidate.distance_m for one in some),
                ),
            )
            return _shared_out(seen, together, full)
    return None


def _shared_out(seen: _Seen, together: Sequence[Judged], full: Mapping[str, set[str]]) -> Plan:
    """Each line to one store: the one that has most takes all it has, the next one what is left."""
    left, shares = list(seen.lines), []
    for one in sorted(together, key=lambda one: (-len(full[one.id]), one.candidate.distance_m, one.id)):
        own = [line for line in left if line.sku in full[one.id]]
        left = [line for line in left if line not in own]
        shares.append(Share(replace(_decision(seen, one, together), reason=CHOSEN, shortages=()), own))
    return Plan(shares, [], 1.0)


def _verdict(one: Judged, seen: _Seen, chosen: Judged, together: Sequence[Judged]) -> dict[str, Any]:
    if one.id not in seen.shortages:
        return _row(one, str(one.reason))
    short = seen.shortages[one.id]
    if one in together:
        row = _row(one, CHOSEN)
    elif short:
        row = _row(one, SHORT)
    elif one is chosen:
        row = _row(one, CHOSEN)
    elif one.reason:
        row = _row(one, one.reason)
    else:
        farther = one.candidate.distance_m >= chosen.candidate.distance_m
        row = _row(one, FARTHER if farther else LOWER_SCORE)
    if short:
        row["short"] = [
            {
                "sku": line.sku,
                "available": line.available,
                "reason": SHORT if line.sku in seen.listed[one.id] else NOT_LISTED,
            }
            for line in short
        ]
    return {**row, "score": dict(seen.scores[one.id])}


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
    """Count an order towards the store's load of these ten minutes. Never fails: the order stands already."""
    try:
        store.took_one(shop.db, store_id, shop.now())
    except PyMongoError as fault:
        log.warning("order not counted", extra={"store_id": store_id, "fault": str(fault)[:200]})


# --- the policy ------------------------------------------------------------------------------------------------


def policy_now(shop: "Shop") -> Policy:
    """The policy in force: another process's change counts after a second at most."""
    return from_document(shop.memory.recall("policy", _POLICY_SECONDS, lambda: store.policy(shop.db)))


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
    policy = from_document(store.policy(shop.db))
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
    shop.memory.forget("policy")
    return policy_document(shop)
