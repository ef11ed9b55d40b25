"""`shopsmart dead-letters`: events that a subscriber could not digest, seen and replayed by an operator."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

_MOST_LISTED = 1_000


def group(
    data: Callable[[Any], Any],
    shop_of: Callable[[Path], Any],
    table: Callable[[Sequence[Sequence[str]]], list[str]],
) -> click.Group:
    """The commands, on the main command's data option, its way to a shop and its tables."""

    @click.group(name="dead-letters")
    def dead_letters() -> None:
        """Events that a subscriber could not digest."""

    @dead_letters.command(name="list")
    @data
    @click.option("--type", "type_", help="Only events of this type.")
    @click.option("--subscriber", help="Only of this subscriber.")
    def list_(data: Path, type_: str | None, subscriber: str | None) -> None:
        """List them, oldest first."""
        shop = shop_of(data)
        from shopsmart.infra import outbox

        rows = outbox.dead_letters(shop.db, type_, subscriber, limit=_MOST_LISTED)
        if not rows:
            click.echo("There are none.")
            return
        cells = [
            (
                row["_id"],
                row["event"]["type"],
                row["aggregate"],
                f"{row['dead_at']:%Y-%m-%d %H:%M}",
                row["error"],
            )
            for row in rows
        ]
        for line in table([("ID", "TYPE", "ABOUT", "SINCE", "ERROR"), *cells]):
            click.echo(line)

    @dead_letters.command()
    @data
    @click.argument("ids", nargs=-1)
    @click.option("--all", "everything", is_flag=True, help="All of them.")
    @click.option("--type", "type_", help="All of this type.")
    @click.option("--subscriber", help="All of this subscriber.")
    def replay(
        data: Path, ids: Sequence[str], everything: bool, type_: str | None, subscriber: str | None
    ) -> None:
        """Give dead letters their tries back: by id, by type, by subscriber, or --all."""
        if bool(ids) == bool(everything or type_ or subscriber):
            raise click.UsageError("name ids, or choose by --type, --subscriber or --all")
        shop = shop_of(data)
        from shopsmart.identity.model import SYSTEM
        from shopsmart.infra import outbox

        if not ids:
            click.echo(f"{outbox.replay_all(shop, SYSTEM, type_, subscriber)} replayed.")
            return
        missing = [id_ for id_ in ids if not outbox.replay(shop, SYSTEM, id_)]
        click.echo(f"{len(ids) - len(missing)} replayed.")
        if missing:
            raise click.ClickException(f"no such dead letter: {', '.join(missing)}")

    return dead_letters
