"""A real worker with one subscriber more: it notes that it began, waits for a sign, has its effect, notes the end.

`PROBE` is the folder in which a file `go` is the sign.
"""

import os
import sys
import time
from pathlib import Path

from workers.__main__ import main
from workers.subscriptions import HANDLERS


def probe(shop, event):
    rows, mine = shop.db.notifications, {"_id": event["id"]}
    rows.update_one(mine, {"$inc": {"begun": 1}}, upsert=True)
    while not (Path(os.environ["PROBE"]) / "go").exists():
        time.sleep(0.02)
    rows.update_one({**mine, "effect": None}, {"$set": {"effect": True}, "$inc": {"effects": 1}})
    rows.update_one(mine, {"$inc": {"ended": 1}})


if __name__ == "__main__":
    HANDLERS["probe"] = probe
    sys.exit(main(sys.argv[1:]))
