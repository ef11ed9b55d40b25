"""What an operator may tune about routing, as data: every number with its bounds and what it is for. Plain values.

The values in force are a versioned document (see `store.py`); what nobody has set is as it stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shopsmart.errors import Invalid


@dataclass(frozen=True)
class Tunable:
    """A number an operator may set. Whole unless the default is a fraction."""

    default: int | float
    least: int | float
    most: int | float
    what: str


TUNABLES: dict[str, Tunable] = {
    "max_distance_m": Tunable(30_000, 100, 50_000, "No store farther than this, as the crow flies."),
    "busy_reach_m": Tunable(30_000, 100, 50_000, "A busy or overloaded store goes no farther than this."),
    "promise_limit_seconds": Tunable(3_600, 300, 14_400, "No promise longer than this."),
    "closing_soon_seconds": Tunable(300, 0, 3_600, "No new orders this shortly before a store closes."),
    "orders_per_picker": Tunable(10, 1, 100, "What one picker on duty can do in ten minutes."),
    "calm_load": Tunable(0.7, 0.1, 1.0, "Up to this share of its capacity a store counts as free."),
    "weight_fill": Tunable(1_000, 0, 10_000, "Points for having everything."),
    "weight_promise": Tunable(100, 0, 10_000, "Points for being quick."),
    "weight_load": Tunable(100, 0, 10_000, "Points for having hands free."),
    "weight_cost": Tunable(10, 0, 10_000, "Points for a cheap ride."),
    "max_parts": Tunable(3, 1, 5, "Over how many stores one order may be split; 1: never."),
    "max_hops": Tunable(2, 0, 5, "How often an order may go to another store."),
    "accept_seconds": Tunable(120, 0, 3_600, "A store's time to accept; 0: as long as it likes."),
    "give_up_seconds": Tunable(
        900, 60, 14_400, "Nobody accepted and nobody else can: the order is cancelled."
    ),
    "busy_at": Tunable(1.0, 0.1, 100.0, "Load from which a store is called busy by itself."),
    "calm_at": Tunable(0.7, 0.0, 100.0, "Load under which an automatic mode ends early."),
    "pause_at": Tunable(5.0, 0.0, 100.0, "Load from which a store is paused by itself; 0: never."),
    "auto_mode_seconds": Tunable(600, 60, 7_200, "An automatic mode ends after this at the latest."),
}
DEFAULTS: dict[str, int | float] = {name: one.default for name, one in TUNABLES.items()}


@dataclass(frozen=True)
class Policy:
    """The values in force and which version of the document they are; 0 when nobody has set any."""

    version: int
    values: Mapping[str, int | float]

    def __getitem__(self, name: str) -> int | float:
        return self.values[name]


BUILT_IN = Policy(0, DEFAULTS)


def from_document(document: Mapping[str, Any] | None) -> Policy:
    """What is stored over the defaults: a tunable that is younger than the document has its default."""
    if document is None:
        return BUILT_IN
    known = {name: value for name, value in document["values"].items() if name in TUNABLES}
    return Policy(document["version"], DEFAULTS | known)


def checked(values: Mapping[str, Any]) -> dict[str, int | float]:
    """All values after a change of some. Raises Invalid naming each fault by field."""
    faults: dict[str, list[str]] = {}
    for name, value in values.items():
        if (fault := _fault(name, value)) is not None:
            faults[name] = [fault]
    if not faults and values["calm_at"] >= values["busy_at"]:
        faults["calm_at"] = ["Must be less than busy_at, or a store would change its mode all the time."]
    if not faults and 0 < values["pause_at"] < values["busy_at"]:
        faults["pause_at"] = ["Must not be less than busy_at."]
    if not faults and values["give_up_seconds"] < values["accept_seconds"]:
        faults["give_up_seconds"] = ["Must not be less than accept_seconds."]
    if faults:
        raise Invalid("The policy cannot be like this.", errors=faults)
    return dict(values)


def _fault(name: str, value: Any) -> str | None:
    tunable = TUNABLES.get(name)
    if tunable is None:
        return "There is no such value."
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "Must be a number."
    if isinstance(tunable.default, int) and not isinstance(value, int):
        return "Must be a whole number."
    if not tunable.least <= value <= tunable.most:
        return f"Must be between {tunable.least} and {tunable.most}."
    return None
