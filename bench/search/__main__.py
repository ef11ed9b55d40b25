"""`python -m bench.search`: relevance by class of query, beside BM25 and MongoDB's `$text` on the same data.

    python -m bench.search --catalogue products.csv --queries queries.csv --qrels qrels.csv \\
        --known items.csv --known other_products.csv:items_of_these.csv

Queries: `query_id,query,class,intent`; grades: `intent,sku,grade`; known items: `sku,query` and perhaps `kind`. The
engine sees the text of a query and nothing else of it. The last line is for machines.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from bench.search import judged
from bench.search.catalogue import documents
from bench.search.rivals import Bm25, MongoText
from shopsmart.infra import embedded
from shopsmart.search.engine import Document, new_engine

CLASSES = ("clean", "typo", "romanised", "native")


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    queries = judged.read_judged(asked.queries, asked.qrels)
    with _answerers(list(documents(asked.catalogue)), asked.rivals) as answerers:
        by_class = _report("judged", queries, answerers)
        for known in asked.known:
            if ":" not in known:
                _report(known, judged.read_known(Path(known)), answerers)
    for known in asked.known:
        if ":" in known:
            catalogue, items = known.split(":", 1)
            with _answerers(list(documents(Path(catalogue))), asked.rivals) as answerers:
                _report(items, judged.read_known(Path(items)), answerers)
    print("nDCG@10 " + " ".join(f"{name}={_ndcg(by_class, name)}" for name in CLASSES))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--catalogue", type=Path, required=True, metavar="PATH")
    parser.add_argument("--queries", type=Path, required=True, metavar="PATH")
    parser.add_argument("--qrels", type=Path, required=True, metavar="PATH")
    parser.add_argument(
        "--known",
        action="append",
        default=[],
        metavar="PATH",
        help="known items; CATALOGUE:PATH where they are of another catalogue; may be repeated",
    )
    parser.add_argument("--no-rivals", dest="rivals", action="store_false", help="measure the engine alone")
    return parser


@contextmanager
def _answerers(catalogue: Sequence[Document], rivals: bool) -> Iterator[Mapping[str, judged.Ranked]]:
    """The engine and what it is compared with, each filled with the catalogue."""
    answerers: dict[str, judged.Ranked] = {"ShopSmart": _ours(catalogue)}
    if not rivals:
        yield answerers
        return
    answerers["BM25"] = Bm25(catalogue)
    with tempfile.TemporaryDirectory() as folder, embedded.servers(Path(folder)) as running:
        client: MongoClient[dict[str, Any]] = MongoClient(running.mongodb_uri)
        with client:
            yield answerers | {"MongoDB $text": MongoText(client.bench_search, catalogue)}


def _ours(catalogue: Sequence[Document]) -> judged.Ranked:
    engine = new_engine()
    begun = time.perf_counter()
    engine.build(catalogue)
    print(f"{len(catalogue):,} products indexed in {time.perf_counter() - begun:.1f} s")

    def answer(text: str) -> list[str]:
        return [engine.sku_of(row) for row in engine.search(text, judged.DEPTH).rows.tolist()]

    return answer


def _report(
    title: str, queries: Sequence[judged.Query], answerers: Mapping[str, judged.Ranked]
) -> Mapping[str, judged.Figures]:
    """Print a table for each answerer. Returns the first one's figures."""
    measured = {}
    for name, answer in answerers.items():
        begun = time.perf_counter()
        measured[name] = judged.figures(queries, answer)
        each = (time.perf_counter() - begun) / max(1, len(queries)) * 1000
        print(f"\n{name}, {title}: {each:.2f} ms a query")
        print(f"{'':>28} queries  nDCG@10  MRR@10  recall@50  nothing found")
        for kind, one in measured[name].items():
            print(
                f"{kind:>28} {one.queries:7}  {one.ndcg10:7.3f}  {one.mrr10:6.3f}"
                f"  {one.recall50:9.3f}  {one.empty:13.1%}"
            )
    print()
    return next(iter(measured.values()))


def _ndcg(by_class: Mapping[str, judged.Figures], name: str) -> str:
    return f"{by_class[name].ndcg10:.3f}" if name in by_class else "none"


if __name__ == "__main__":
    sys.exit(main())
