"""A bucket of S3 for tests: moto's server on loopback. Import the fixtures `aws` and `bucket` together."""

import logging
import time

import boto3
import pytest
from moto.server import ThreadedMotoServer

from shopsmart.infra.files import Bucket

AWS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "ap-south-1"}


@pytest.fixture(scope="module")
def aws():
    """The address of a stand-in for Amazon, and a bucket in it. Such servers share their memory: its name is new."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name=AWS["AWS_DEFAULT_REGION"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    where = {"LocationConstraint": AWS["AWS_DEFAULT_REGION"]}
    name = f"shop-images-{time.monotonic_ns()}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    yield url, name
    server.stop()


@pytest.fixture
def bucket(aws, monkeypatch):
    for name, value in {**AWS, "AWS_ENDPOINT_URL_S3": aws[0]}.items():
        monkeypatch.setenv(name, value)
    return Bucket(aws[1])
