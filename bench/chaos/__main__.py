"""`python -m bench.chaos`: the tour. Prints its seed and a table; exit status 1 on any violation."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.chaos import world as worlds
from bench.chaos.rig import Rig
from bench.chaos.scenarios import BY_ID, SCENARIOS, Scenario
from bench.chaos.stage import LONG, Skipped, Stage

_MOST_SHOWN = 10


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    scenario: Scenario
    ops: int
    unknown: int
    violations: list[str]
    figure: str
    seconds: float
    skipped: bool = False

    @property
    def text(self) -> str:
        verdict = "skipped" if self.skipped else str(len(self.violations))
        return (
            f"{self.scenario.id:<4} {self.scenario.faults:<54} {self.ops:>6} {self.unknown:>7} "
            f"{verdict:>10}  {self.figure} ({self.seconds:.0f} s)"
        )


HEADING = f"{'':<4} {'faults':<54} {'ops':>6} {'unknown':>7} {'violations':>10}  figure"


def main(arguments: Sequence[str] | None = None) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.chaos")
    options.add_argument("--only", action="append", choices=list(BY_ID), help="these scenarios (repeatable)")
    options.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    options.add_argument("--long", action="store_true", help=f"everything {LONG:.0f} times as long")
    options.add_argument("--stretch", type=float, help="how much longer than the tour everything lasts")
    options.add_argument("--election-ms", type=int, default=10_000, help="MongoDB's own default")
    chosen = options.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is stopped and removed
    print(f"seed {chosen.seed}", flush=True)
    stretch = chosen.stretch or (LONG if chosen.long else 1.0)
    scenarios = (
        [BY_ID[name] for name in chosen.only]
        if chosen.only
        else [one for one in SCENARIOS if stretch >= LONG or not one.long_only]
    )
    rows = tour(scenarios, chosen.seed, stretch, chosen.election_ms)
    return 1 if any(row.violations for row in rows) else 0


def tour(scenarios: Sequence[Scenario], seed: int, stretch: float, election_ms: int) -> list[Row]:
    """Run the scenarios one after another on one rig; a row each, printed as it comes."""
    began = time.monotonic()
    rows: list[Row] = []
    known: set[str] = set()  # what one scenario left broken is not the next one's fault
    with Rig(seed, election_ms) as rig:
        world = worlds.build(rig.shop, rig.url)
        print(f"the platform is up ({time.monotonic() - began:.0f} s)\n{HEADING}", flush=True)
        for scenario in scenarios:
            row = play(scenario, rig, world, seed, stretch, known)
            rows.append(row)
            print(row.text, flush=True)
            for sentence in row.violations[:_MOST_SHOWN]:
                print(f"       ! {sentence}", flush=True)
        bad = sum(len(row.violations) for row in rows)
        print(f"{len(rows)} scenarios, {bad} violations, {time.monotonic() - began:.0f} s, seed {seed}")
        if bad:
            print(f"logs and journals are kept in {rig.keep_logs()}")
    return rows


def play(
    scenario: Scenario, rig: Rig, world: worlds.World, seed: int, stretch: float, known: set[str]
) -> Row:
    """One scenario on a whole platform, judged. What breaks the scenario itself is a violation too."""
    began = time.monotonic()
    rig.mend()
    stage = Stage(scenario.id, rig, world, seed, stretch)
    try:
        figure = scenario.run(stage)
    except Skipped as lack:
        return Row(scenario, 0, 0, [], str(lack), time.monotonic() - began, skipped=True)
    except Exception as fault:
        figure = "did not finish"
        stage.violations.append(f"the scenario broke off: {type(fault).__name__}: {fault}")
    rig.mend()
    calls = stage.judge()
    violations = [sentence for sentence in stage.violations if sentence not in known]
    known.update(violations)
    return Row(
        scenario,
        len(calls) + stage.asked,
        sum(call.unknowns for call in calls),
        violations,
        figure,
        time.monotonic() - began,
    )


if __name__ == "__main__":
    sys.exit(main())
