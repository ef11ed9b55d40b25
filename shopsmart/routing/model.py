"""A routing decision and the trace that explains it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shopsmart.inventory.model import Line, Shortage, for_sale

CHOSEN = "chosen"
SHORT = "out_of_stock"


@dataclass(frozen=True)
class Decision:
    """The chosen store, or None with the reason. `trace` has one row per candidate, nearest first."""

    store: Mapping[str, Any] | None
    distance_m: int = 0
    eta_s: int = 0
    zone_id: str = ""
    zone_version: int = 0
    reason: str = CHOSEN
    shortages: Sequence[Shortage] = ()
    trace: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def short_lines(
    lines: Sequence[Line], stock: Mapping[str, Mapping[str, Any]], listed: Mapping[str, Any]
) -> list[Shortage]:
    """The lines that a store cannot fill: not on its list, switched off, or too few."""
    short = []
    for line in lines:
        left = for_sale(stock.get(line.sku)) if line.sku in listed else 0
        if left < line.quantity:
            short.append(Shortage(line.sku, line.quantity, left))
    return short
