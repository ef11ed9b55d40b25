"""`shopsmart catalogue`: files of products and listings read in and written out."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import click

_PIECE = 1024 * 1024
_KINDS = click.Choice(["products", "listings"])
_FORMATS = click.Choice(["csv", "jsonl"])
_kind = click.option("--kind", type=_KINDS, default="products", show_default=True)


def group(data: Callable[[Any], Any], shop_of: Callable[[Path], Any]) -> click.Group:
    """The commands, on the main command's data option and its way to a shop."""

    @click.group()
    def catalogue() -> None:
        """Products and listings as CSV or JSON Lines."""

    @catalogue.command(name="import")
    @data
    @click.argument("file", type=click.File("rb"))
    @_kind
    @click.option("--format", "format_", type=_FORMATS, help="By the file's name by default, else CSV.")
    @click.option("--dry-run", is_flag=True, help="Only say what would happen.")
    @click.option("--batch", help="A name of this import: the same name never imports twice.")
    @click.option("--errors", type=click.File("wb"), help="Where reports of bad rows go, as CSV.")
    def import_(
        data: Path,
        file: BinaryIO,
        kind: str,
        format_: str | None,
        dry_run: bool,
        batch: str | None,
        errors: BinaryIO | None,
    ) -> None:
        """Read FILE in ("-": standard input). Killed, the same command goes on where it stopped.

        Exit status 1 when rows were refused, 2 when the file was.
        """
        shop = shop_of(data)
        from shopsmart.bulk import service
        from shopsmart.errors import ShopError
        from shopsmart.identity.model import SYSTEM

        chosen = format_ or ("jsonl" if file.name.endswith((".jsonl", ".ndjson")) else "csv")
        try:
            begun = service.begin(
                shop, SYSTEM, _pieces(file), kind=kind, format_=chosen, dry_run=dry_run, key=batch
            )
        except ShopError as refusal:
            raise click.ClickException(refusal.detail) from refusal
        ended = _carried(shop, begun["_id"])
        click.echo(_told(ended))
        if errors is not None:
            errors.writelines(service.errors(shop, ended["_id"], "csv"))
        elif ended["counts"]["refused"]:
            _show_some(service.errors(shop, ended["_id"], "csv"))
        sys.exit(2 if ended["state"] == "failed" else int(ended["counts"]["refused"] > 0))

    @catalogue.command()
    @data
    @_kind
    @click.option("--format", "format_", type=_FORMATS, default="csv", show_default=True)
    @click.option("--store", "store_id", help="Only this store's listings.")
    @click.option("--with-stock", is_flag=True, help="Listings with the units on the shelves.")
    @click.option("--output", type=click.File("wb", atomic=True), default="-")
    def export(
        data: Path, kind: str, format_: str, store_id: str | None, with_stock: bool, output: BinaryIO
    ) -> None:
        """Write all products or listings out, as an import takes them."""
        shop = shop_of(data)
        from shopsmart.bulk import service

        output.writelines(service.export(shop, kind, format_, store_id=store_id, with_stock=with_stock))

    return catalogue


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _carried(shop: Any, import_id: str) -> dict[str, Any]:
    """The import at its end: carried by us, or by whoever has it until he is done or gone."""
    from shopsmart.bulk import service

    while True:
        service.carry_on(shop, import_id, _progress)
        found: dict[str, Any] = service.get(shop, import_id)
        if found["state"] in {"done", "failed"}:
            return found
        _progress(found["counts"])
        time.sleep(1)


def _progress(counts: Mapping[str, int]) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{counts['read']} rows", nl=False, err=True)


def _told(ended: Mapping[str, Any]) -> str:
    counts = ended["counts"]
    if ended["state"] == "failed":
        return f"Refused: {ended['fault']['detail']}"
    numbers = ", ".join(f"{counts[name]} {name}" for name in ("created", "changed", "unchanged", "refused"))
    return f"{counts['read']} rows{' looked at' if ended['dry_run'] else ''}: {numbers}."


def _show_some(report: Iterator[bytes]) -> None:
    lines = b"".join(report).decode().splitlines()
    for line in lines[:21]:
        click.echo(line)
    if len(lines) > 21:
        click.echo(f"… and {len(lines) - 21} more; --errors FILE keeps them all.")
