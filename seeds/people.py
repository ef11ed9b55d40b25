"""The people of the demo city: accounts for every role, all with one password that everybody knows.

Their e-mails end on `DEMO_DOMAIN`, by which the shop knows them: production refuses to start while one exists.
Names are drawn from common ones; telephone numbers begin with +91 0, as nobody's do.
"""

import math
import random
from dataclasses import dataclass

from seeds.catalogue import SEED
from seeds.city import DEMO_DOOR, STORES, DarkStore
from shopsmart.identity.model import DEMO_DOMAIN, Address

PASSWORD = "shopsmart-demo-1"
RIDERS = 40
MORE_CUSTOMERS = 12
VEHICLES = ("e_bike", "scooter", "motorcycle", "scooter", "e_bike", "bicycle")

_METRES_PER_DEGREE = 111_195.0
_FIRST = (
    "Ananya", "Bikash", "Chinmayee", "Debasish", "Ipsita", "Jagannath", "Kalpana", "Lopamudra", "Manoj", "Nibedita",
    "Pabitra", "Rashmi", "Sasmita", "Tapan", "Usharani", "Bibhuti", "Gayatri", "Hemanta", "Itishree", "Jyoti",
    "Kabita", "Laxmidhar", "Madhusmita", "Niranjan", "Prangya", "Rakesh", "Subhashree", "Trilochan", "Biswajit",
    "Sujata", "Dillip", "Mitali", "Ashok", "Sanghamitra", "Ranjan", "Swagatika", "Prakash", "Monalisa", "Santosh",
    "Archana", "Girish", "Smruti", "Umesh", "Pratima", "Akshaya", "Banita", "Saroj", "Tanushree", "Kishore", "Minati",
)  # fmt: skip
_LAST = (
    "Mohanty", "Das", "Sahoo", "Patnaik", "Behera", "Nayak", "Panda", "Mishra", "Rout", "Swain", "Jena", "Pradhan",
    "Barik", "Parida", "Sethi", "Majhi", "Mallick", "Khuntia", "Biswal", "Tripathy",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    id: str
    email: str
    name: str
    role: str
    phone: str
    store_ids: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    locale: str = "en"


@dataclass(frozen=True)
class Rider:
    """A rider off duty. `at`: where he was last seen, (longitude, latitude)."""

    person: Person
    vehicle: str
    at: tuple[float, float]


def build_people() -> list[Person]:
    """Everybody, riders included; equal on every call."""
    return [*_staff(), *_managers(), *_customers(), *(rider.person for rider in build_riders())]


def build_riders() -> list[Rider]:
    """Forty riders around the stores, the first two at Patia."""
    chance = random.Random(f"{SEED}:riders")
    rounds = [STORES[0], *(STORES[number % len(STORES)] for number in range(RIDERS - 1))]
    return [_rider(number, store, chance) for number, store in enumerate(rounds, start=1)]


def _staff() -> list[Person]:
    return [
        _person("admin", "Sanjukta Acharya", "admin", 1),
        _person("super", "Prafulla Senapati", "super_admin", 2),
    ]


def _managers() -> list[Person]:
    """One for each store: `store@` runs Patia, `store-<code>@` the others."""
    return [
        _person(
            "store" if not number else f"store-{store.code}",
            _name(number),
            "store_manager",
            10 + number,
            store_ids=(store.id,),
        )
        for number, store in enumerate(STORES)
    ]


def _customers() -> list[Person]:
    chance = random.Random(f"{SEED}:customers")
    home = _address("home", "Home", "Sikharchandi Nagar, Patia, Bhubaneswar 751024", DEMO_DOOR, "A-304")
    office = _address(
        "office", "Office", "Infocity Road, Patia, Bhubaneswar 751024", (85.8152, 20.3478), "3rd floor"
    )
    second = _address("home", "Home", "KIIT Road, Patia, Bhubaneswar 751024", (85.8189, 20.3549), "12")
    janpath = _address("office", "Office", "Janpath, Saheed Nagar, Bhubaneswar 751007", (85.8415, 20.2876))
    return [
        _person("customer", "Aditi Mohapatra", "customer", 30, addresses=(home, office)),
        _person("customer2", "Rohan Pattanaik", "customer", 31, addresses=(second, janpath)),
        *(_neighbour(number, chance) for number in range(3, 3 + MORE_CUSTOMERS)),
    ]


def _neighbour(number: int, chance: random.Random) -> Person:
    """A customer some streets away from a store, another one for each."""
    store = STORES[number % len(STORES)]
    home = _address(
        "home",
        "Home",
        f"Near {store.name.removeprefix('ShopSmart ')} market, Bhubaneswar",
        _near(store, chance),
    )
    return _person(
        f"customer{number}",
        _name(20 + number),
        "customer",
        30 + number,
        addresses=(home,),
        locale=("en", "or", "hi")[number % 3],
    )


def _rider(number: int, store: DarkStore, chance: random.Random) -> Rider:
    login = "rider" if number == 1 else f"rider{number}"
    return Rider(
        person=_person(
            login, _name(40 + number), "rider", 100 + number, locale=("or", "hi", "en")[number % 3]
        ),
        vehicle=VEHICLES[number % len(VEHICLES)],
        at=_near(store, chance),
    )


def _person(
    login: str,
    name: str,
    role: str,
    number: int,
    *,
    store_ids: tuple[str, ...] = (),
    addresses: tuple[Address, ...] = (),
    locale: str = "en",
) -> Person:
    return Person(
        id=f"demo-{login}",
        email=login + DEMO_DOMAIN,
        name=name,
        role=role,
        phone=f"+91000000{number:04d}",
        store_ids=store_ids,
        addresses=addresses,
        locale=locale,
    )


def _address(id_: str, label: str, text: str, at: tuple[float, float], unit: str = "") -> Address:
    address: Address = {
        "id": id_,
        "label": label,
        "text": text,
        "location": {"type": "Point", "coordinates": list(at)},
    }
    if unit:
        address["unit"] = unit
    return address


def _name(number: int) -> str:
    """The same for the same number; different ones for all that are used here."""
    return f"{_FIRST[number % len(_FIRST)]} {_LAST[number * 7 % len(_LAST)]}"


def _near(store: DarkStore, chance: random.Random) -> tuple[float, float]:
    """A place 150 to 500 m from the store."""
    angle, metres = chance.uniform(0, 2 * math.pi), chance.uniform(150, 500)
    lng, lat = store.at
    across = _METRES_PER_DEGREE * math.cos(math.radians(lat))
    return (
        round(lng + metres * math.cos(angle) / across, 6),
        round(lat + metres * math.sin(angle) / _METRES_PER_DEGREE, 6),
    )
