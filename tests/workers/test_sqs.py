"""Deliveries over SQS (moto's server on loopback): published once, redelivered by visibility, dead-lettered."""

import dataclasses
import json
import logging
import signal
import time

import boto3
import pytest
from moto.server import ThreadedMotoServer

from shopsmart import context
from shopsmart.identity.model import SYSTEM
from shopsmart.infra import outbox
from shopsmart.infra.sqs import EventQueue, SqsAway
from shopsmart.settings import SettingsError, load
from tests.processes import environment_of, python_process, until
from workers import sqs
from workers.delivering import hand_out
from workers.subscriptions import HANDLERS

AWS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "ap-south-1"}
MOST_RECEIVES = 3
LEASE_SECONDS = 1


@pytest.fixture(scope="module")
def aws():
    """The address of a stand-in for Amazon."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def queues(aws, monkeypatch):
    """boto3's client, the queue's address and its dead-letter queue's: new ones for each test."""
    for name, value in {**AWS, "AWS_ENDPOINT_URL_SQS": aws}.items():
        monkeypatch.setenv(name, value)
    client, stamp = boto3.client("sqs"), time.monotonic_ns()
    fifo = {"FifoQueue": "true"}
    dead = client.create_queue(QueueName=f"dead-{stamp}.fifo", Attributes=fifo)["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": MOST_RECEIVES})
    url = client.create_queue(QueueName=f"events-{stamp}.fifo", Attributes={**fifo, "RedrivePolicy": policy})
    return client, url["QueueUrl"], dead


class Probe:
    """A subscriber that notes the numbers it did and fails while `broken`."""

    def __init__(self):
        self.did, self.tries, self.broken = [], 0, False

    def __call__(self, shop, event):
        self.tries += 1
        if self.broken:
            raise RuntimeError("not now")
        self.did.append((event["aggregate"], event["seq"]))


@pytest.fixture
def probe(monkeypatch):
    probe = Probe()
    monkeypatch.setitem(HANDLERS, "probe", probe)
    return probe


@pytest.fixture
def real(shop, settings, queues):
    return context.build(
        dataclasses.replace(
            settings, lease_seconds=LEASE_SECONDS, max_receives=MOST_RECEIVES, sqs_queue_url=queues[1]
        )
    )


def something_happens(real, *seqs, id_="t1"):
    """Events for the probe, relayed and handed out; their deliveries' ids."""
    entries = [outbox.event(real, "thing.moved", f"thing:{id_}", seq) for seq in seqs]
    real.db.orders.insert_one({"_id": id_, "key": id_, "number": id_, "status": "thing", "outbox": entries})
    by_queue = outbox.relay(real, ["orders"], {"thing.moved": [("probe", "default")]})
    hand_out(real, by_queue)
    return by_queue["default"]


def waiting(client, url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    numbers = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return [int(numbers[name]) for name in names]


def state(real, delivery):
    return real.db.deliveries.find_one({"_id": delivery})["state"]


def test_deliveries_go_by_sqs_in_order_and_are_done_once(real, queues, probe):
    client, url, _ = queues
    one = something_happens(real, 1, 2, 3)
    two = something_happens(real, 1, 2, id_="t2")
    assert real.redis.llen("rq:queue:default") == 0
    assert waiting(client, url) == [5, 0]

    while sqs.take(real, real.event_queue):
        pass

    assert sorted(probe.did) == [
        ("thing:t1", 1),
        ("thing:t1", 2),
        ("thing:t1", 3),
        ("thing:t2", 1),
        ("thing:t2", 2),
    ]
    assert [seq for thing, seq in probe.did if thing == "thing:t1"] == [1, 2, 3]
    assert {state(real, delivery) for delivery in one + two} == {"done"}
    assert waiting(client, url) == [0, 0]


def test_two_relays_with_one_event_send_one_message_with_its_whole_envelope(real, queues, probe):
    client, url, _ = queues
    [delivery] = something_happens(real, 1)
    hand_out(real, {"default": [delivery]})

    [message] = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])[
        "Messages"
    ]

    body = json.loads(message["Body"])
    assert body["delivery"] == delivery
    assert set(body["event"]) == {"id", "type", "aggregate", "seq", "at", "channels", "data"}
    assert message["Attributes"]["MessageGroupId"] == "probe:thing:t1"
    assert message["Attributes"]["MessageDeduplicationId"] == delivery


def test_what_is_handed_out_again_is_a_new_message(real, queues, probe):
    client, url, _ = queues
    [delivery] = something_happens(real, 1)
    client.purge_queue(QueueUrl=url)
    late = dataclasses.replace(real, now=lambda: real.now().replace(year=2100))

    hand_out(late, outbox.overdue(late))

    assert waiting(client, url) == [1, 0]
    assert sqs.take(real, real.event_queue) == 1
    assert state(real, delivery) == "done"


def test_a_consumer_that_died_leaves_its_message_to_the_next_after_the_visibility_timeout(
    real, queues, probe
):
    something_happens(real, 1)
    [_] = real.event_queue.receive(LEASE_SECONDS, 0)  # and it dies with it

    assert sqs.take(real, real.event_queue) == 0
    until(lambda: sqs.take(real, real.event_queue) == 1, 10)

    assert probe.did == [("thing:t1", 1)]


def test_what_fails_again_and_again_lies_in_both_dead_letter_lists_and_can_be_replayed(real, queues, probe):
    client, url, dead = queues
    [delivery] = something_happens(real, 1)
    probe.broken = True

    def dead_lettered():
        sqs.take(real, real.event_queue)
        return waiting(client, dead) == [1, 0]

    until(dead_lettered, 20, every=0.3)
    assert state(real, delivery) == "dead"
    assert probe.tries == MOST_RECEIVES
    assert waiting(client, url) == [0, 0]

    probe.broken = False
    assert outbox.replay(real, SYSTEM, delivery)
    hand_out(real, outbox.overdue(real))
    assert sqs.take(real, real.event_queue) == 1
    assert probe.did == [("thing:t1", 1)]


def test_a_message_that_is_none_of_ours_ends_in_the_dead_letter_queue_and_stops_nothing(real, queues, probe):
    client, url, dead = queues
    for number, body in enumerate(["{", '{"delivery": 7}', "[]"]):
        client.send_message(
            QueueUrl=url, MessageBody=body, MessageGroupId=f"g{number}", MessageDeduplicationId=f"d{number}"
        )
    something_happens(real, 1)

    def all_aside():
        sqs.take(real, real.event_queue)
        return waiting(client, dead) == [3, 0]

    until(all_aside, 20, every=0.3)
    assert probe.did == [("thing:t1", 1)]


def test_with_sqs_away_deliveries_go_by_the_job_queue_and_nobody_waits_long(
    shop, enqueued, probe, monkeypatch
):
    for name, value in {**AWS, "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    queue = EventQueue("http://127.0.0.1:9/1/events.fifo")
    away = dataclasses.replace(shop, event_queue=queue)
    began = time.monotonic()

    first = something_happens(away, 1)
    took = time.monotonic() - began
    second = something_happens(away, 1, id_="t2")

    assert [job[2] for job in enqueued] == [first, second]
    assert took < 6
    assert time.monotonic() - began - took < 0.5  # it is not asked again for a while
    with pytest.raises(SqsAway):
        queue.receive(1, 0)


def test_the_consumer_process_does_the_work_and_stops_when_asked(real, queues, aws, tmp_path):
    event = outbox.event(real, "order.expired", "order:nobody", 1, order_id="nobody's")
    real.db.orders.insert_one(
        {"_id": "t1", "key": "t1", "number": "t1", "status": "thing", "outbox": [event]}
    )
    hand_out(real, outbox.relay(real, ["orders"], {"order.expired": [("mail", "default")]}))
    log = tmp_path / "sqs.log"
    environment = environment_of(
        real.settings, SHOPSMART_SQS_QUEUE_URL=queues[1], AWS_ENDPOINT_URL_SQS=aws, **AWS
    )

    with python_process(environment, log, "-m", "workers.sqs") as process:
        until(lambda: state(real, f"{event['id']}:mail") == "done", log=log)
        process.send_signal(signal.SIGTERM)
        assert process.wait(12) == 0


def test_a_consumer_without_a_queue_says_so(settings, tmp_path):
    log = tmp_path / "sqs.log"
    with python_process(environment_of(settings), log, "-m", "workers.sqs") as process:
        assert process.wait(30) == 2
    assert "SHOPSMART_SQS_QUEUE_URL is not set" in log.read_text()


@pytest.mark.parametrize(
    "bad", ["events.fifo", "https://sqs.ap-south-1.amazonaws.com/1/standard", "ftp://x/y.fifo"]
)
def test_only_a_fifo_queue_s_address_is_accepted(bad):
    with pytest.raises(SettingsError, match="SHOPSMART_SQS_QUEUE_URL"):
        load({"SHOPSMART_SQS_QUEUE_URL": bad})
