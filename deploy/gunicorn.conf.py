"""gunicorn for the API and its event streams: `gunicorn --config deploy/gunicorn.conf.py wsgi:app`.

gevent holds thousands of open streams in one process and patches itself; connections to MongoDB and Redis are
made after the fork, so nothing is preloaded.
"""

import os
import shutil
import tempfile
from pathlib import Path

_host = os.environ.get("SHOPSMART_HOST") or "127.0.0.1"
_port = os.environ.get("SHOPSMART_PORT") or "8000"

bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"
workers = int(os.environ.get("SHOPSMART_API_WORKERS") or 2)
worker_class = "blueprints.server.Worker"
worker_connections = 4_000
preload_app = False
timeout = 60
# Open streams end themselves only when their reader goes: do not wait long for them.
graceful_timeout = 4
# Longer than nginx keeps its idle connections, so that it is never the server who hangs up first.
keepalive = 75
accesslog = None  # requests are counted in /metrics, failures are logged by the app
errorlog = "-"
loglevel = os.environ.get("SHOPSMART_SERVER_LOG_LEVEL") or "warning"
control_socket_disable = True  # it would be one path per user, and several copies run side by side
# Who is heard about the client's address and scheme is decided in the app, by SHOPSMART_PROXY_HOPS.
forwarded_allow_ips = ""
secure_scheme_headers = {}
# Heartbeats go to memory: a slow disk must not look like a stuck worker.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

# /metrics adds up all workers of this server by way of a folder of its own.
_metrics = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or tempfile.mkdtemp(prefix="shopsmart-metrics-"))
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics)
_metrics.mkdir(parents=True, exist_ok=True)


def child_exit(server, worker):
    """A worker that is gone has no open streams."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    shutil.rmtree(_metrics, ignore_errors=True)
