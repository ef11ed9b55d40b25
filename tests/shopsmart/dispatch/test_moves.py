"""A job moves only as it was read, and its order hears the last word about its rider."""

from shopsmart.dispatch import moves, offers
from shopsmart.orders import service as orders
from tests.shopsmart.dispatch.scenes import a_rider_at, a_task, asked, event_types, job_of, rider_of


def test_of_two_who_read_the_same_job_only_the_first_moves_it(shop):
    a_rider_at(shop)
    task = a_task(shop)
    job = job_of(shop, task)
    first = {"rider_id": "a", "active_rider": "a", "rider": None}
    second = {"rider_id": "b", "active_rider": "b", "rider": None}

    assert moves.make(shop, job, "assign", roles=["rider"], actor_id="a", sets=first)
    assert moves.make(shop, job, "assign", roles=["rider"], actor_id="b", sets=second) is None
    assert moves.make(shop, job, "cancel") is None

    assert (job_of(shop, task)["state"], job_of(shop, task)["rider_id"]) == ("assigned", "a")
    assert event_types(shop, task).count("delivery.assigned") == 1


def test_an_offer_passes_on_once_however_many_saw_it_run_out(shop):
    for number in range(3):
        a_rider_at(shop, 100 + number * 300, f"r{number}")
    task = a_task(shop)
    job = job_of(shop, task)

    offers.pass_on(shop, job, "timed_out")
    offers.pass_on(shop, job, "timed_out")

    assert job_of(shop, task)["offer"]["rider_id"] == "r1"
    assert shop.db.offers.count_documents({}) == 2


def test_the_order_hears_the_newest_of_two_news_about_its_rider(shop, monkeypatch):
    rider = a_rider_at(shop)
    task = a_task(shop)
    tell = orders.set_rider

    def slow_first_time(*arguments):
        """Before the news of his acceptance arrives, he has given the job back, and that news was quicker."""
        monkeypatch.setattr(orders, "set_rider", tell)
        offers.give_back(
            shop, job_of(shop, task), roles=rider.roles, actor_id=rider.user_id, reason="flat tyre"
        )
        return tell(*arguments)

    monkeypatch.setattr(orders, "set_rider", slow_first_time)
    offers.accept(shop, rider, asked(shop, rider))

    assert job_of(shop, task)["state"] == "searching"
    assert rider_of(shop, task) is None
    assert job_of(shop, task)["owes"] == []
