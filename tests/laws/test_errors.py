"""Every error has a code of its own, and `docs/errors.md` tells what it means."""

import ast
import re
from pathlib import Path

from blueprints.problems import CODE_OF_STATUS, STATUS_OF
from shopsmart import errors

ROOT = Path(__file__).resolve().parents[2]


def constants(node, named):
    """The texts that an expression may give; `named` are the texts that the module gives names."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in named:
        yield named[node.id]
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body, named)
        yield from constants(node.orelse, named)


def named_texts(module):
    return {
        row.targets[0].id: row.value.value
        for row in module.body
        if isinstance(row, ast.Assign)
        and isinstance(row.targets[0], ast.Name)
        and isinstance(row.value, ast.Constant)
        and isinstance(row.value.value, str)
    }


def codes_in(path):
    module = ast.parse(path.read_text())
    named = named_texts(module)
    for node in ast.walk(module):
        if isinstance(node, ast.keyword) and node.arg == "code":
            yield from constants(node.value, named)
        elif isinstance(node, ast.ClassDef):
            for row in node.body:
                if isinstance(row, ast.Assign) and getattr(row.targets[0], "id", "") == "code":
                    yield from constants(row.value, named)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "problem":
            yield from constants(node.args[1], named)


def test_the_page_of_error_codes_is_complete_and_true():
    used = set(CODE_OF_STATUS.values()) | {"malformed_json", "http_error"}
    for folder in ("shopsmart", "blueprints"):
        for path in (ROOT / folder).rglob("*.py"):
            if "launcher" not in path.parts and path.name not in {"cli.py", "demo.py"}:
                used.update(codes_in(path))

    documented = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "errors.md").read_text(), re.M)

    assert sorted(documented) == sorted(set(documented)), "a code stands twice"
    assert set(documented) == used


def test_every_kind_of_refusal_has_a_status():
    kinds = [errors.ShopError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())

    for kind in kinds[1:]:
        assert any(base in STATUS_OF for base in kind.__mro__), kind
