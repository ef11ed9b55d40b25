"""A drawing for a product without an image: what kind of thing it is, in one of twelve tints. Plain values only.

The drawing follows from the product's categories, the tint from its last one, so a product always has the same. Each
is a file of its own under a URL that never changes: raise VERSION when a drawing does.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from zlib import crc32

VERSION = 1
TINTS = 12
_FILE = re.compile(r"([a-z]+)-([0-9]{1,2})\.svg")

# Each on a board of 240 × 240. Classes are tones of one colour: `d` dark, `m` middle, `l` light; `s`, `t`, `u`, `w` are
# lines: dark, light, middle, steam.
DRAWINGS: dict[str, str] = json.loads(files(__package__).joinpath("drawings.json").read_bytes())
# Of each drawing in degrees; a tint lies a little to one side of it.
_HUES = {
    **dict.fromkeys(("vegetable", "bread", "biscuit", "nut", "lamp", "tea"), 28),
    **dict.fromkeys(("leaf", "fruit"), 104),
    **dict.fromkeys(("citrus", "cheese", "oil", "bulb", "pencil"), 46),
    **dict.fromkeys(("flower", "cake", "icecream", "sweet"), 328),
    **dict.fromkeys(("milk", "cup", "water", "frozen", "fish", "laundry"), 208),
    **dict.fromkeys(("egg", "sack", "chips", "juice"), 36),
    **dict.fromkeys(("jar", "spice", "meat", "health", "bowl"), 10),
    **dict.fromkeys(("bottle", "baby", "clean", "brush"), 184),
    **dict.fromkeys(("soap", "paw"), 272),
}
_OTHER_HUE = 226
_SPREAD = 44
# Words of category slugs, the first that fits: what a thing is made of matters less than what it looks like.
_WORDS = (
    ("ice", "icecream"),
    ("frozen", "frozen"),
    ("nut nuts dry dried seeds", "nut"),
    ("flower flowers", "flower"),
    ("leafy herb herbs leaves salad", "leaf"),
    ("citrus lemon orange grapes", "citrus"),
    ("juice juices sharbat", "juice"),
    ("water", "water"),
    ("fruit fruits mango apple banana", "fruit"),
    ("milk lassi dairy", "milk"),
    ("curd yogurt yoghurt dahi butter cream ghee", "cup"),
    ("paneer cheese chhena tofu", "cheese"),
    ("egg eggs", "egg"),
    ("bread buns bakery batter rotis", "bread"),
    ("cake cakes muffins baking", "cake"),
    ("biscuit biscuits cookies", "biscuit"),
    ("sweets chocolate chocolates candies gums candy", "sweet"),
    ("namkeen chips crisps papad fryums snacks", "chips"),
    ("chicken mutton meat nonveg", "meat"),
    ("fish prawns seafood", "fish"),
    ("oil oils", "oil"),
    ("spice spices masala", "spice"),
    ("tea coffee", "tea"),
    ("noodles pasta vermicelli macaroni oats cereals mixes instant breakfast", "bowl"),
    ("spreads jams honey jaggery sauce sauces ketchup pickle pickles chutneys salt sugar", "jar"),
    ("rice atta flour flours dal dals pulses millets besan suji maida poha staples", "sack"),
    ("drinks drink soft soda beverages", "bottle"),
    ("baby diapers diaper", "baby"),
    ("health wellness aid medicine pharmacy", "health"),
    ("oral shave shaving", "brush"),
    ("bath hair skin soap soaps shampoo personal", "soap"),
    ("laundry dish dishwash detergent", "laundry"),
    ("cleaners cleaner cleaning repellents fresheners mops floor toilet", "clean"),
    ("pooja incense camphor lamps offerings", "lamp"),
    ("electricals electric battery bulb bulbs", "bulb"),
    ("kitchenware kitchen utensils", "pot"),
    ("stationery books", "pencil"),
    ("pet dog cat", "paw"),
    ("vegetable vegetables gourds beans roots tubers", "vegetable"),
)
_DRAWING_OF = {word: drawing for words, drawing in _WORDS for word in words.split()}


def url_for(category_path: Sequence[str]) -> str:
    """The drawing of a product that stands here; a basket where nothing says more."""
    name = next(filter(None, map(_drawing_of, reversed(category_path))), "basket")
    tint = crc32(category_path[-1].encode()) % TINTS if category_path else 4
    return f"/images/placeholder/v{VERSION}/{name}-{tint}.svg"


@cache
def _drawing_of(slug: str) -> str | None:
    words = set(slug.split("-"))
    return next((drawing for known, drawing in _DRAWING_OF.items() if known in words or known == slug), None)


@cache
def svg(file: str) -> bytes | None:
    """The file of that name, `<drawing>-<tint>.svg`; None when there is none."""
    found = _FILE.fullmatch(file)
    if found is None or found[1] not in DRAWINGS or int(found[2]) >= TINTS or found[2] != str(int(found[2])):
        return None
    shift = (int(found[2]) - TINTS // 2) * _SPREAD // TINTS
    hue = (_HUES.get(found[1], _OTHER_HUE) + shift) % 360
    body = DRAWINGS[found[1]]
    for tone, paint in _paints(hue).items():
        body = body.replace(f"class='{tone}'", paint)
    return (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 240 240' width='640' height='640'>"
        f"<rect width='240' height='240' fill='hsl({hue},55%,95%)'/>"
        f"<circle cx='120' cy='120' r='104' fill='hsl({hue},60%,89%)'/>{body}</svg>"
    ).encode()


def _paints(hue: int) -> dict[str, str]:
    line = "fill='none' stroke-linecap='round' stroke-linejoin='round'"
    return {
        "d": f"fill='hsl({hue},45%,34%)'",
        "m": f"fill='hsl({hue},52%,55%)'",
        "l": f"fill='hsl({hue},70%,93%)'",
        "s": f"{line} stroke='hsl({hue},45%,34%)' stroke-width='9'",
        "t": f"{line} stroke='hsl({hue},70%,93%)' stroke-width='7'",
        "u": f"{line} stroke='hsl({hue},52%,55%)' stroke-width='7'",
        "w": f"{line} stroke='hsl({hue},45%,60%)' stroke-width='8'",
    }
