"""There is one clock, one environment, one source of chance and of ids; and the docs tell what the code does."""

import ast
import re
from pathlib import Path

from shopsmart.indexes import INDEXES
from shopsmart.orders.model import FLOW

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = [
    path for folder in ("shopsmart", "blueprints", "workers") for path in (ROOT / folder).rglob("*.py")
]
FORBIDDEN = {
    "datetime.now": {"shopsmart/infra/clock.py"},
    "datetime.utcnow": set(),
    "datetime.today": set(),
    "date.today": set(),
    "time.time": {"shopsmart/launcher/"},  # starts before there is a shop to ask
    "os.environ": {
        "shopsmart/settings.py",
        "shopsmart/cli.py",
        "shopsmart/launcher/",
        "blueprints/operations.py",  # where prometheus keeps its files is its own library's variable
    },
    "os.getenv": set(),
    "random.random": set(),
    "random.choice": set(),
    "random.randint": set(),
    "uuid.uuid4": {"shopsmart/demo.py", "shopsmart/launcher/"},  # not parts of a running shop
}


def dotted(node):
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def uses(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            yield dotted(node), node.lineno


def test_nothing_else_reads_the_clock_the_environment_or_chance():
    strays = []
    for path in PRODUCT:
        name = path.relative_to(ROOT).as_posix()
        for used, line in uses(path):
            for banned, allowed in FORBIDDEN.items():
                if used.endswith(banned) and not any(name.startswith(prefix) for prefix in allowed):
                    strays.append(f"{name}:{line} {used}")

    assert strays == []


def test_collections_are_touched_only_by_their_stores():
    """`db.<collection>` stands in store.py, infra/ and the checker, which looks at everything."""
    strays = []
    for path in PRODUCT:
        name = path.relative_to(ROOT).as_posix()
        if path.name in {"store.py", "checker.py"} or name.startswith("shopsmart/infra/"):
            continue
        if "/gateways/" in name:
            continue  # a gateway's own books stand for another company's system
        strays += [
            f"{name}:{line} {used}"
            for used, line in uses(path)
            if re.search(rf"\bdb\.({'|'.join(INDEXES)})$", used)
        ]

    assert strays == []


def test_the_diagram_of_an_order_is_the_table():
    text = (ROOT / "docs" / "architecture.md").read_text()
    drawn = set()
    for state, target, actions in re.findall(r"^    (\w+) --> (\w+): (.+)$", text, re.M):
        for action in actions.split(","):
            drawn.add((state, re.sub(r"\(.*\)", "", action).strip(), target))

    assert drawn == {(state, action, step.next) for (state, action), step in FLOW.items()}


def test_nothing_is_left_undone_and_no_machine_is_named():
    suspicious = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b|/(home|root|tmp)/\w+/")
    strays = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*PRODUCT, *(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if suspicious.search(line)
    ]

    assert strays == []
