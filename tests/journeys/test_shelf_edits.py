"""What a manager changes on the shelf, over the wire: in the catalogue with the answer, on the console soon after."""

import json
import queue
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest
import requests

from shopsmart import context
from tests.makers import a_manager, a_product, a_store, bearer
from tests.processes import api_server, environment_of, python_process

EDITS = 8
PATIENCE = 10.0  # the promise is one second; this machine may be busy with other things


@pytest.fixture
def running(app, shop, settings, tmp_path):
    """An API and a scheduler of their own on this database: address, a manager's headers, store, product."""
    real = replace(context.build(settings), enqueue=lambda *_: True, publish=lambda *_: None)
    store = a_store(real)
    sku = a_product(real, store, units=100)
    app.extensions["shopsmart"] = real  # tokens by the machine's clock, as the processes go by
    headers = bearer(app, real, a_manager(real, store["_id"]))
    scheduler = python_process(
        environment_of(settings), tmp_path / "scheduler.log", "-m", "workers.scheduler"
    )
    with api_server(settings, tmp_path) as url, scheduler:
        yield url, headers, store, sku


def listen(url, headers, heard):
    """Put each change of the shelf into `heard` with the moment it came, until the server goes."""
    events = f"{url}/api/v1/store/events"
    with (
        suppress(requests.RequestException),
        requests.get(events, headers=headers, stream=True, timeout=60) as stream,
    ):
        for line in stream.iter_lines():
            if line.startswith(b"data: ") and b"available_quantity" in line:
                heard.put((json.loads(line[6:])["on_hand"], time.monotonic()))


def test_an_edit_is_in_the_catalogue_with_its_answer_and_on_the_stream_soon_after(running):
    url, headers, store, sku = running
    heard: queue.Queue[tuple[int, float]] = queue.Queue()
    threading.Thread(target=listen, args=(url, headers, heard), daemon=True).start()
    product = f"{url}/api/v1/products/{sku}?store_id={store['_id']}"
    waits = []
    for number in range(EDITS):
        units = number % 2 * 7
        answer = requests.patch(
            f"{url}/api/v1/store/inventory/{sku}", json={"on_hand": units}, headers=headers, timeout=10
        )
        answered = time.monotonic()
        assert answer.status_code == 200
        assert requests.get(product, timeout=10).json()["available"] is bool(units)
        told, at = heard.get(timeout=PATIENCE)
        assert told == units
        waits.append(at - answered)

    assert sorted(waits)[EDITS // 2] < PATIENCE / 2
