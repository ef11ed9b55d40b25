"""P1 in the test command: a hundred buyers for the last unit, twenty times, over HTTP against gunicorn."""

import os
import sys
from contextlib import contextmanager

from bench import race
from bench.chaos.processes import ROOT, Process
from bench.chaos.rig import wait_until_ready
from bench.client import PASSWORD
from shopsmart import checker, context, settings
from shopsmart.catalog import service as catalog
from shopsmart.identity import service as identity
from shopsmart.indexes import ensure_all
from shopsmart.infra import embedded
from tests import makers

ROUNDS = 20


@contextmanager
def api(servers, folder):
    """A shop of its own on the tests' servers, its API on gunicorn; its address and the shop."""
    port = embedded.free_port()
    environment = {
        **os.environ,
        "MONGODB_URI": servers.mongodb_uri,
        "MONGODB_DATABASE": f"race_{port}",
        "REDIS_URL": servers.redis_url,
        "SHOPSMART_DATA": str(folder),
        "SHOPSMART_PORT": str(port),
        "SHOPSMART_PASSWORD_MEMORY_KIB": "64",
        **{f"SHOPSMART_RATE_{name}": "0" for name in ("PER_ADDRESS", "AUTH_PER_ADDRESS", "ORDERS_PER_USER")},
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
    }
    shop = context.build(settings.load(environment))
    ensure_all(shop.db)
    catalog.put_categories(shop, makers.CATEGORIES)
    identity.create_user(
        shop, name="Super", email="super@demo.shopsmart.local", password=PASSWORD, roles=("super_admin",)
    )
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        str(ROOT / "deploy/gunicorn.conf.py"),
        "wsgi:app",
    ]
    server = Process("api", command, environment, folder).start()
    try:
        wait_until_ready(port)
        yield f"http://127.0.0.1:{port}", shop
    finally:
        server.stop()
        shop.db.client.drop_database(shop.db.name)
        shop.db.client.close()


def test_the_last_unit_goes_to_exactly_one_of_a_hundred_buyers_twenty_times_over(servers, tmp_path):
    with api(servers, tmp_path) as (url, shop):
        crowd = race.Race(url, 100)

        faults = [fault for _ in range(ROUNDS) for fault in race.few_units(crowd, 100, 1)[0]]

        assert faults == []
        assert checker.run(shop) == []
