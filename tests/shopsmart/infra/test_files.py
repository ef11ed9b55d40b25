"""Files on the disk and in a bucket (moto's server on loopback): the same promises, tested alike."""

import boto3
import pytest
import requests

from shopsmart.errors import Unavailable
from shopsmart.infra.files import FOREVER, Bucket, Folder
from tests.buckets import aws, bucket

__all__ = ["aws", "bucket"]


@pytest.fixture(params=["folder", "bucket"])
def files(request, tmp_path):
    return Folder(tmp_path / "files") if request.param == "folder" else request.getfixturevalue("bucket")


def test_what_is_put_is_there_until_it_is_removed(files):
    files.put("images/a-b/160.webp", b"first", "image/webp")
    files.put("images/a-b/160.webp", b"second", "image/webp")

    assert files.get("images/a-b/160.webp", 100) == b"second"

    files.remove(["images/a-b/160.webp", "images/a-b/320.webp"])
    files.remove(["images/a-b/160.webp"])
    assert files.get("images/a-b/160.webp", 100) is None


def test_no_more_is_read_than_was_asked_for_and_one_byte(files):
    files.put("incoming/x", b"0123456789", "image/png")
    files.put("incoming/empty", b"", "image/png")

    assert files.get("incoming/x", 4) == b"01234"
    assert files.get("incoming/empty", 4) == b""


@pytest.mark.parametrize(
    "key", ["../secret", "/etc/passwd", "images//x", "images/../x", ".hidden", "a b", ""]
)
def test_no_key_leads_out_of_the_folder(files, key):
    with pytest.raises(ValueError):
        files.get(key, 10)


def test_a_bucket_takes_the_file_itself_and_marks_images_as_unchanging(bucket):
    target = bucket.target("incoming/y", "image/png", 4, 900)

    answer = requests.request(
        target.method, target.url, headers=dict(target.headers), data=b"data", timeout=10
    )

    assert answer.status_code == 200
    assert "content-length" in target.url and "content-type" in target.url  # both are signed
    assert bucket.get("incoming/y", 10) == b"data"
    bucket.put("images/a/160.webp", b"small", "image/webp")
    kept = boto3.client("s3").get_object(Bucket=bucket.name, Key="images/a/160.webp")
    assert (kept["ContentType"], kept["CacheControl"]) == ("image/webp", FOREVER)


def test_a_bucket_that_is_away_is_unavailable(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")

    with pytest.raises(Unavailable):
        Bucket("shop-images").get("incoming/x", 10)


def test_a_disk_that_fails_is_unavailable_and_leaves_no_half_file(tmp_path):
    (tmp_path / "files").write_text("no folder")

    with pytest.raises(Unavailable):
        Folder(tmp_path / "files").put("images/a/160.webp", b"x", "image/webp")
