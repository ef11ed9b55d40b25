"""A request ends: all its database calls share one deadline, whatever each of them would wait."""

import pymongo
import pytest

from blueprints.security import public, takes_its_time
from tests.makers import with_settings


@pytest.fixture
def left(app, shop):
    """What two views see of the time that is left to them; the app is given back as it was."""
    seen = {}

    def look(name):
        def view():
            shop.db.client.admin.command("ping")
            seen[name] = pymongo._csot.remaining()
            return "", 204

        return view

    views = dict(app.view_functions)
    name_of = {"operations.healthz": look("ordinary"), "operations.metrics": takes_its_time(look("slow"))}
    for name, view in name_of.items():
        app.view_functions[name] = public(view)
    app.extensions["shopsmart"] = with_settings(shop, request_seconds=3.0)
    yield seen
    app.view_functions.update(views)


def test_ordinary_requests_have_one_deadline_and_slow_ones_none(client, left):
    client.get("/healthz")
    client.get("/metrics")

    assert 2.0 < left["ordinary"] <= 3.0
    assert left["slow"] is None


def test_a_request_that_ran_out_of_time_is_told_to_come_again(app, client, shop):
    app.extensions["shopsmart"] = with_settings(shop, request_seconds=0.000001)

    answer = client.get("/api/v1/serviceability?lat=20.35&lng=85.82")

    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"]
