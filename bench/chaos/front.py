"""nginx before two API servers, and how to take one of them out without a request lost."""

import os
import shutil
import signal
import time
from pathlib import Path

from bench.chaos.processes import Process
from bench.chaos.rig import Rig, answers
from bench.chaos.stage import Skipped
from shopsmart.infra import embedded

# As in nginx/templates: what may be repeated is tried on the other server, a POST never is.
_CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr error; {user}
events {{ worker_connections 2048; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream api {{ {servers} keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_connect_timeout 2s;
    proxy_next_upstream error timeout http_502 http_503;
    proxy_next_upstream_tries 3;
    location / {{ proxy_pass http://api; }}
    location ~ /events$ {{ proxy_pass http://api; proxy_buffering off; proxy_read_timeout 1h; }}
  }}
}}
"""


class Front:
    """A running nginx. `use` names the ports that get requests from now on."""

    def __init__(self, rig: Rig, ports: list[int]):
        binary = shutil.which("nginx") or "/usr/sbin/nginx"
        if not Path(binary).exists():
            raise Skipped("nginx is not installed")
        self._folder = rig.folder / "nginx"
        self._folder.mkdir(exist_ok=True)
        self.ports = ports
        self.port = embedded.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._write(ports)
        command = [binary, "-p", str(self._folder), "-c", str(self._folder / "nginx.conf"), "-e", "stderr"]
        self._nginx: Process = rig.other_process("nginx", command)
        self._nginx.start()
        while answers(self.port, "/healthz") != 200:
            time.sleep(0.1)

    def use(self, ports: list[int]) -> None:
        """Send new requests to these servers only; those under way on others still finish."""
        self._write(ports)
        os.kill(self._nginx.pid, signal.SIGHUP)
        time.sleep(1.0)

    def stop(self) -> None:
        self._nginx.stop(5.0)

    def _write(self, ports: list[int]) -> None:
        servers = " ".join(
            f"server 127.0.0.1:{port} max_fails=2 fail_timeout=2s{'' if port in ports else ' down'};"
            for port in self.ports
        )
        user = "user root;" if os.geteuid() == 0 else ""
        (self._folder / "nginx.conf").write_text(
            _CONFIGURATION.format(folder=self._folder, port=self.port, servers=servers, user=user)
        )
