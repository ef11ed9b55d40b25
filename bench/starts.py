"""`python -m bench.starts`: seconds from the command to ready, at the first start, the next one, and after a crash.

The platform without its web pages and without the demo city, on a temporary folder.
"""

import os
import subprocess
import sys
import tempfile
import time

from shopsmart.infra import embedded

_READY = "ShopSmart is ready ("


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        port = embedded.free_port()
        for what, crash in (("first start", False), ("second start", True), ("start after a crash", False)):
            print(f"{what:<20} {_start(folder, port, crash):5.1f} s", flush=True)
    return 0


def _start(folder: str, port: int, crash: bool) -> float:
    """Start, wait until ready, and stop it: at once and without warning with `crash`. Returns seconds to ready."""
    environ = {**os.environ, "SHOPSMART_DATA": folder, "SHOPSMART_PORT": str(port)}
    command = [sys.executable, "-m", "shopsmart", "up", "--api-only", "--no-seed"]
    began = time.perf_counter()
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as launcher:
        assert launcher.stdout is not None
        ready = any(_READY in line for line in launcher.stdout)  # stops reading at the first
        seconds = time.perf_counter() - began
        if crash:
            launcher.kill()
        else:
            launcher.terminate()
    if not ready:
        raise SystemExit("The platform did not start: `make run` says why.")
    return seconds


if __name__ == "__main__":
    raise SystemExit(main())
