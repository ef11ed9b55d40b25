"""`python -m seeds`: build the demo city. Safe to repeat; never in production."""

import os
import sys
import time

from pymongo.errors import PyMongoError

from seeds.load import load
from shopsmart import context, settings
from shopsmart.errors import ShopError
from shopsmart.indexes import ensure_all
from shopsmart.settings import SettingsError


def main() -> int:
    """Exit status: 0 the city stands, 1 something failed, 2 it must not be built here."""
    # Before everything else: production is refused for this reason, not for a setting that is missing too.
    if os.environ.get(settings.variable("env")) == "production":
        return _refuse("The demo city is not for production: its passwords are known to everybody.", 2)
    try:
        shop = context.build(settings.load())
        began = time.monotonic()
        ensure_all(shop.db)
        load(shop, tell=lambda line: print(line, flush=True))
    except SettingsError as fault:
        return _refuse(f"The demo city was not built: {fault}.", 2)
    except ShopError as fault:
        return _refuse(f"The demo city was not built: {fault.detail} ({fault.code})", 1)
    except PyMongoError as fault:
        said = str(fault).partition(" (")[0]  # the rest tells of the driver's inside
        return _refuse(f"The demo city was not finished; run it again when MongoDB answers: {said}", 1)
    print(f"demo city: ready after {time.monotonic() - began:.1f} s", flush=True)
    return 0


def _refuse(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
