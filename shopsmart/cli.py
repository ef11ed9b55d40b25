"""The `shopsmart` command: bring the platform up, look after it, try it.

Commands beside `up` use the servers of MONGODB_URI and REDIS_URL; without these they find the copy that runs on
the data folder (SHOPSMART_DATA).
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from shopsmart import cli_catalogue, cli_dead_letters

DEFAULT_PORT = 8000

_data = click.option(
    "--data",
    type=click.Path(file_okay=True, path_type=Path),
    envvar="SHOPSMART_DATA",
    default=".data",
    show_default=True,
    help="The data folder (SHOPSMART_DATA).",
)


class _Commands(click.Group):
    """Servers that do not answer are a sentence, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        from pymongo.errors import ConnectionFailure

        try:
            return super().invoke(ctx)
        except ConnectionFailure as fault:
            raise _Refused(f"MongoDB does not answer ({type(fault).__name__}): see that it runs.") from fault


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shopsmart")
def main() -> None:
    """ShopSmart: dark stores, guarded stock, 15-minute groceries."""


@main.command()
@_data
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    envvar="SHOPSMART_PORT",
    default=DEFAULT_PORT,
    show_default=True,
    help="Where the API listens (SHOPSMART_PORT).",
)
@click.option("--host", envvar="SHOPSMART_HOST", default="127.0.0.1", show_default=True)
@click.option("--api-only", is_flag=True, help="Servers, API, workers and scheduler; no web pages.")
@click.option("--no-seed", is_flag=True, help="Without the demo city.")
def up(data: Path, port: int, host: str, api_only: bool, no_seed: bool) -> None:
    """Bring the whole platform up on this machine and watch over it; Ctrl-C stops all of it."""
    launcher = _launcher()
    options = launcher.Options(data=data, host=host, port=port, seed=not no_seed, api_only=api_only)
    sys.exit(launcher.up(options, os.environ))


@main.command()
@_data
def status(data: Path) -> None:
    """Say what runs on the data folder; exit status 1 when nothing does."""
    folder = _launcher().DataFolder(data)
    state = folder.running()
    if state is None:
        click.echo(f"Nothing runs on {folder.path}.")
        sys.exit(1)
    environment = state["environment"]
    click.echo(f"ShopSmart runs on {folder.path} (process {state['launcher']['pid']})")
    click.echo(f"  API      http://{environment['SHOPSMART_HOST']}:{environment['SHOPSMART_PORT']}/api/v1")
    for name, process in state["parts"].items():
        click.echo(f"  {name:<8} process {process['pid']}")


@main.command()
@_data
def indexes(data: Path) -> None:
    """Create every index and collection. Safe to repeat."""
    shop = _shop(data)
    from shopsmart.indexes import ensure_all

    ensure_all(shop.db)


@main.command()
@_data
@click.argument("arguments", nargs=-1)
def seed(data: Path, arguments: Sequence[str]) -> None:
    """Build the demo city. Safe to repeat."""
    command = [sys.executable, "-m", "seeds", *arguments]
    sys.exit(subprocess.run(command, env=_environment(data), cwd=_checkout(), check=False).returncode)


@main.command()
@_data
@click.option("--repair", is_flag=True, help="Mend what can be mended without a decision.")
@click.option("--full", is_flag=True, help="Everything, not only what changed since the last clean check.")
def check(data: Path, repair: bool, full: bool) -> None:
    """Compare stock, holds, ledger and orders; exit status 1 when anything differs."""
    shop = _shop(data)
    from shopsmart import checker

    findings = checker.run_now(shop, "command", full=full, repair=repair)
    if not findings:
        click.echo("Everything agrees.")
        return
    for row in _table([("INVARIANT", "SUBJECT", "DETAIL"), *map(_row, findings)]):
        click.echo(row)
    click.echo(f"{len(findings)} finding{'' if len(findings) == 1 else 's'}.")
    sys.exit(1)


@main.command()
@click.option("--url", help="Where the platform answers; by default on this machine at SHOPSMART_PORT.")
def demo(url: str | None) -> None:
    """Drive one order from the map to the doorstep over the API, as four people."""
    from shopsmart import demo as story

    port = os.environ.get("SHOPSMART_PORT") or DEFAULT_PORT
    sys.exit(story.main(url or f"http://127.0.0.1:{port}"))


def _launcher() -> Any:
    """The launcher, where it can be: it needs the `embedded` extra, which a deployed image does without."""
    if os.name != "posix":
        raise _Refused("ShopSmart runs on Linux and macOS: on Windows start it inside WSL.")
    try:
        from shopsmart import launcher
    except ModuleNotFoundError as missing:
        raise _Refused(
            f"{missing.name} is not installed: set MONGODB_URI to use a server elsewhere, "
            "or run 'make install' for a local one."
        ) from missing
    return launcher


class _Refused(click.ClickException):
    """One sentence, exit status 1."""

    def show(self, file: Any = None) -> None:
        click.echo(f"shopsmart: {self.message}", err=True)


def _shop(data: Path) -> Any:
    from shopsmart import context, settings
    from shopsmart.infra import log

    try:
        loaded = settings.load(_environment(data))
    except settings.SettingsError as fault:
        raise _Refused(f"The environment needs mending: {fault}") from fault
    log.configure(loaded.log_level)
    return context.build(loaded)


def _environment(data: Path) -> dict[str, str]:
    """This environment, completed by what runs on the data folder unless it names a MongoDB itself."""
    environ = dict(os.environ)
    if environ.get("MONGODB_URI"):
        return environ
    folder = _launcher().DataFolder(data)
    state = folder.running()
    if state is None:
        raise _Refused(
            f"Nothing runs on {folder.path}: start it with 'shopsmart up', "
            "name its folder with SHOPSMART_DATA, or set MONGODB_URI."
        )
    if environ.get("SHOPSMART_ENV", "development") != "production":
        environ.setdefault("SHOPSMART_SECRET", folder.secret())
    return environ | state["environment"]


def _checkout() -> Path:
    return Path(__file__).resolve().parents[1]


def _row(finding: Any) -> tuple[str, str, str]:
    return str(finding.invariant), str(finding.subject), str(finding.detail)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]


main.add_command(cli_dead_letters.group(_data, _shop, _table))
main.add_command(cli_catalogue.group(_data, _shop))
