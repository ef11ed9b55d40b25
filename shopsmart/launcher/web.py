"""The web pages beside the API: is Node there, are they built from what lies here, and how are they started?"""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

STOREFRONT = Path(__file__).resolve().parents[2] / "storefront"
LEAST_NODE = (20, 9)
_NOT_SOURCES = {"node_modules", ".next", "tests", "schema.d.ts", "next-env.d.ts", ".build.log"}


class NoPages(Exception):
    """The platform starts without web pages; the message says why and what to do."""


def node() -> str:
    """The path of a Node that is new enough. Raises NoPages."""
    found = shutil.which("node")
    wanted = ".".join(map(str, LEAST_NODE))
    if found is None:
        raise NoPages(f"Node is missing: install Node {wanted} or newer and start again")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if version_of(said) < LEAST_NODE:
        raise NoPages(f"{found} is {said or 'no Node'}: install Node {wanted} or newer and start again")
    return found


def version_of(said: str) -> tuple[int, ...]:
    """(20, 9, 1) for `v20.9.1`; () for anything else."""
    parts = said.removeprefix("v").split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()


def check_built() -> None:
    """Raises NoPages unless the pages are built from the files as they are now."""
    if not (STOREFRONT / "serve.mjs").exists():
        raise NoPages("this installation has no folder storefront/")
    mark = built_mark()
    if not mark.exists():
        raise NoPages("they are not built: run 'make web'")
    if mark.read_text() != sources_digest():
        raise NoPages("their files have changed since they were built: run 'make web'")


def built_mark() -> Path:
    return STOREFRONT / ".next" / "built-from"


def sources_digest() -> str:
    """A hash over the names and bytes of everything the pages are built from."""
    digest = hashlib.sha256()
    for path in sorted(_sources(STOREFRONT)):
        digest.update(f"{path.relative_to(STOREFRONT)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _NOT_SOURCES or path.suffix in {".tsbuildinfo", ".md"}:
            continue
        if path.is_dir():
            yield from _sources(path)
        else:
            yield path


def port_of(environ: Mapping[str, str]) -> int:
    """SHOPSMART_WEB_PORT, else as far from 3000 as the API is from 8000, so that copies side by side do not meet.

    Raises NoPages for something that is no port.
    """
    given = environ.get("SHOPSMART_WEB_PORT", "")
    if not given:
        port = int(environ["SHOPSMART_PORT"]) - 5_000
        return port if port >= 1_024 else port + 10_000
    if not given.isdigit() or not 1 <= int(given) <= 65_535:
        raise NoPages(f"SHOPSMART_WEB_PORT is no port: {given}")
    return int(given)
