"""Dead letters as staff see them: on the API and on the command line."""

import pytest
from click.testing import CliRunner

from shopsmart.cli import main
from tests.makers import an_admin, bearer


@pytest.fixture
def admin(app, shop):
    return bearer(app, shop, an_admin(shop))


def a_dead_letter(shop, id_, type_="order.placed", subscriber="mail"):
    shop.db.deliveries.insert_one(
        {
            "_id": f"{id_}:{subscriber}",
            "subscriber": subscriber,
            "queue": "default",
            "aggregate": f"order:{id_}",
            "seq": 1,
            "event": {"id": id_, "type": type_},
            "state": "dead",
            "receives": 5,
            "hand_outs": 5,
            "due_at": shop.now(),
            "busy_until": None,
            "error": "TryLater: the mail server is away",
            "dead_at": shop.now(),
        }
    )
    return f"{id_}:{subscriber}"


def test_staff_page_through_the_dead_letters(client, shop, admin):
    ids = [a_dead_letter(shop, f"e{number}") for number in range(5)]
    a_dead_letter(shop, "e9", type_="order.packed", subscriber="dispatch")

    first = client.get("/api/v1/admin/dead-letters?type=order.placed&limit=3", headers=admin).json
    second = client.get(
        f"/api/v1/admin/dead-letters?type=order.placed&limit=3&cursor={first['next']}", headers=admin
    ).json

    assert [row["id"] for row in first["items"] + second["items"]] == ids
    assert second["next"] is None
    assert first["items"][0]["error"] == "TryLater: the mail server is away"


def test_a_replay_is_noted_with_who_asked_for_it(client, shop, admin):
    one = a_dead_letter(shop, "e1")

    done = client.post(f"/api/v1/admin/dead-letters/{one}/replay", headers=admin)
    again = client.post(f"/api/v1/admin/dead-letters/{one}/replay", headers=admin)

    assert (done.status_code, again.status_code) == (204, 404)
    assert shop.db.deliveries.find_one({"_id": one})["state"] == "due"
    [noted] = shop.db.audit_log.find({"what": "dead_letter.replay"})
    assert (noted["subject"], noted["roles"]) == (f"delivery:{one}", ["admin"])


def test_all_of_a_kind_are_replayed_at_once(client, shop, admin):
    for number in range(3):
        a_dead_letter(shop, f"e{number}")
    other = a_dead_letter(shop, "e9", type_="order.packed", subscriber="dispatch")

    some = client.post("/api/v1/admin/dead-letters/replay", json={"subscriber": "mail"}, headers=admin)
    odd = client.post("/api/v1/admin/dead-letters/replay", json={"everything": True}, headers=admin)

    assert some.json == {"replayed": 3}
    assert odd.status_code == 422
    assert [row["_id"] for row in shop.db.deliveries.find({"state": "dead"})] == [other]


@pytest.fixture
def command(servers, shop):
    environment = {
        "MONGODB_URI": servers.mongodb_uri,
        "REDIS_URL": servers.redis_url,
        "MONGODB_DATABASE": shop.settings.mongodb_database,
        "SHOPSMART_ENV": "test",
    }

    def run(*arguments):
        return CliRunner(env=environment).invoke(main, ["dead-letters", *arguments])

    return run


def test_an_operator_lists_and_replays_them_by_command(command, shop):
    assert "There are none." in command("list").output
    first, second = a_dead_letter(shop, "e1"), a_dead_letter(shop, "e2", type_="order.packed")

    listed = command("list", "--type", "order.packed").output
    assert (first in listed, second in listed) == (False, True)
    assert command("replay").exit_code == 2
    assert command("replay", first, "--all").exit_code == 2
    assert command("replay", "unknown").exit_code == 1
    assert "1 replayed." in command("replay", first).output
    assert "1 replayed." in command("replay", "--all").output

    assert shop.db.deliveries.count_documents({"state": "dead"}) == 0
    assert {row["who"] for row in shop.db.audit_log.find()} == {"system"}
