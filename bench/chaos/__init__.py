"""The platform under fire: `python -m bench.chaos` starts a whole one, loads it, breaks its parts, and judges.

`rig` starts a three-member replica set, Redis, API, workers and scheduler as processes of its own, with `proxy` on
the wires between them; `world` is a small shop in it; `load` sends customers at a set rate and writes down every
call (`journal`); `nemesis` breaks things; `verdict` holds what was acknowledged against the database; `scenarios`
is the table of what is tried and what must hold.
"""
