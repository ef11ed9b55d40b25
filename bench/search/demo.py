"""The demo catalogue with its own judged queries: `python -m bench.search.demo FOLDER` writes them for bench.search."""

import argparse
import csv
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.search.judged import Query
from seeds.catalogue import SEED, Product, build_catalogue, build_categories
from shopsmart.search.engine import Document

JUDGED = Path(__file__).resolve().parents[2] / "seeds" / "judged"


def products() -> list[Product]:
    return build_catalogue(random.Random(SEED))


def documents(goods: Iterable[Product]) -> Iterator[Document]:
    """As a running shop tells its engine of them."""
    names = {category["slug"]: category["name"] for category in build_categories()}
    for product in goods:
        yield {
            "sku": product["sku"],
            "names": product["name"],
            "brand": product["brand"],
            "categories": [names[slug] for slug in product["category_path"]],
            "pack": product["pack"],
            "barcodes": product["barcodes"],
            "extra": product["description"].get("en", ""),
        }


def grades(goods: Sequence[Product]) -> dict[str, dict[str, int]]:
    """`{intent: {sku: grade}}`: 3 for the groups that are meant, 1 for what stands on the same shelves."""
    graded = {}
    for row in _rows("intents.csv"):
        groups = set(row["groups"].split("|"))
        shelves = {one["category_path"][-1] for one in goods if one["substitute_group"] in groups}
        graded[row["intent"]] = {
            one["sku"]: 3 if one["substitute_group"] in groups else 1
            for one in goods
            if one["category_path"][-1] in shelves
        }
    return graded


def queries(goods: Sequence[Product]) -> list[Query]:
    graded = grades(goods)
    return [Query(row["query"], row["class"], graded[row["intent"]]) for row in _rows("queries.csv")]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.search.demo", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    goods = products()
    _write(folder / "products.csv", [_flat(document) for document in documents(goods)])
    _write(folder / "queries.csv", list(_rows("queries.csv")))
    rows = [
        {"intent": intent, "sku": sku, "grade": grade}
        for intent, graded in grades(goods).items()
        for sku, grade in graded.items()
    ]
    _write(folder / "qrels.csv", rows)
    print(f"{len(goods):,} products, queries and grades are in {folder}")
    return 0


def _flat(document: Document) -> dict[str, Any]:
    row: dict[str, Any] = {"sku": document["sku"]}
    row |= {f"name_{language}": document["names"].get(language, "") for language in ("en", "hi", "or")}
    row["brand"] = document["brand"]
    row |= {
        f"{column}_{language}": category.get(language, "")
        for column, category in zip(("category", "sub_category"), document["categories"][-2:], strict=True)
        for language in ("en", "hi", "or")
    }
    pack = document["pack"] or {"value": "", "unit": ""}
    row["pack"] = f"{pack['value']} {pack['unit']}".strip()
    row["barcodes"] = "|".join(document["barcodes"])
    return row


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (JUDGED / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    sys.exit(main())
