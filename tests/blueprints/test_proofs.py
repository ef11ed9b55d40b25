"""What a rider shows for having handed a bag over, and who sees it."""

import base64

import pytest

from shopsmart.dispatch import offers, proofs, service
from tests.makers import a_user, an_admin, bearer, with_settings
from tests.pictures import a_picture
from tests.shopsmart.dispatch.scenes import CODE, a_rider_at, a_task, asked, order_of

SIGNED = a_picture("image/png", (320, 120))
PHOTO = a_picture("image/jpeg", (640, 480))


def url(data, kind="image/png"):
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


@pytest.fixture
def door(shop, client, app):
    return Door(shop, client, app)


class Door:
    def __init__(self, shop, client, app):
        self.shop, self.client, self.app = shop, client, app

    def reached(self, **facts):
        """A paid order of 130 rupees, its rider at the door."""
        self.rider = a_rider_at(self.shop)
        self.task = a_task(self.shop, "packed", **{"provider": "sandbox", **facts})
        offers.accept(self.shop, self.rider, asked(self.shop, self.rider))
        service.pick_up(self.shop, self.rider, self.task)
        return self

    def show(self, **proof):
        headers = self.as_rider()
        return self.client.post(f"/api/v1/rider/tasks/{self.task}/delivered", json=proof, headers=headers)

    def as_rider(self):
        user = a_user(
            self.shop, "rider", user_id=self.rider.user_id, email=f"{self.rider.user_id}@example.in"
        )
        return bearer(self.app, self.shop, user)

    def seen(self, person):
        headers = bearer(self.app, self.shop, person)
        order_id = order_of(self.shop, self.task)["_id"]
        return self.client.get(f"/api/v1/admin/orders/{order_id}/proof", headers=headers)

    @property
    def status(self):
        return order_of(self.shop, self.task)["status"]


def test_a_signature_and_a_photo_deliver_a_paid_order_and_staff_see_them(door, shop):
    door.reached()

    done = door.show(signature=url(SIGNED), photo=base64.b64encode(PHOTO).decode())

    assert done.status_code == 200, done.json
    assert door.status == "delivered"
    (proof,) = door.seen(an_admin(shop)).json["items"]
    assert (proof["kind"], proof["rider_id"]) == ("signature", door.rider.user_id)
    assert proof["signature"] == url(SIGNED)
    assert proof["photo"] == url(PHOTO, "image/jpeg")
    assert door.show(signature=url(SIGNED)).status_code == 200  # safe to repeat


def test_a_code_is_a_proof_too_and_may_come_with_a_photo_of_full_size(door, shop):
    door.reached(provider="cod")
    comments = b"".join(b"\xff\xfe\xfd\xe8" + b"x" * 64_998 for _ in range(3))
    heavy = PHOTO[:2] + comments + PHOTO[2:]
    assert 190 * 1024 < len(heavy) <= proofs.MOST_PHOTO

    done = door.show(otp=CODE, photo=url(heavy, "image/jpeg"))

    assert done.status_code == 200, done.json
    (proof,) = door.seen(an_admin(shop)).json["items"]
    assert (proof["kind"], proof["signature"]) == ("otp", None)
    assert proof["photo"] == url(heavy, "image/jpeg")


@pytest.mark.parametrize("why", ["cash", "worth too much"])
def test_a_signature_is_not_enough_for_cash_or_much_money(door, shop, app, why):
    door.reached(provider="cod" if why == "cash" else "sandbox")
    if why == "worth too much":
        app.extensions["shopsmart"] = with_settings(shop, signature_up_to=12_999)

    refused = door.show(signature=url(SIGNED))

    assert (refused.status_code, refused.json["code"]) == (409, "signature_not_enough")
    assert door.status == "out_for_delivery"


@pytest.mark.parametrize(
    ("proof", "code"),
    [
        ({}, "validation_error"),
        ({"otp": CODE, "signature": url(SIGNED)}, "validation_error"),
        ({"photo": url(PHOTO)}, "validation_error"),
        ({"signature": "no base64!"}, "bad_image"),
        ({"signature": base64.b64encode(b"<svg onload=alert(1)>").decode()}, "bad_image"),
        ({"signature": url(SIGNED[:200])}, "bad_image"),
        ({"signature": url(PHOTO)}, "bad_image"),
        ({"signature": url(SIGNED + b"x" * 62_000)}, "bad_image"),
        ({"otp": CODE, "photo": url(SIGNED + b"<script>")}, "bad_image"),
        ({"otp": CODE, "photo": "A" * 280_000}, "validation_error"),
    ],
)
def test_what_is_no_proof_delivers_nothing(door, proof, code):
    door.reached()

    refused = door.show(**proof)

    assert (refused.status_code, refused.json["code"]) == (422, code), refused.json
    assert door.status == "out_for_delivery"


def test_nobody_sees_a_proof_before_it_counts(door, shop):
    door.reached()

    assert door.seen(an_admin(shop)).json["items"] == []


def test_forgetting_takes_the_pictures_and_keeps_that_it_was_proved(door, shop):
    door.reached()
    door.show(signature=url(SIGNED))
    order_id = order_of(shop, door.task)["_id"]

    for _ in range(2):
        proofs.forget(shop, order_id)

    (proof,) = proofs.of_order(shop, order_id)
    assert (proof["kind"], proof["signature"]) == ("signature", None)
    assert not list((shop.settings.data_dir / "files" / "proofs").rglob(f"*{order_id}*/*"))
