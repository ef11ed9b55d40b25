"""nginx as shipped, started for real with a self-signed certificate in front of the API in gunicorn."""

import http.client
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from shopsmart import context, indexes, settings
from shopsmart.context import Shop
from shopsmart.identity.model import SYSTEM
from shopsmart.images import model as images
from shopsmart.images import service as image_service
from shopsmart.infra import embedded, events
from shopsmart.infra.embedded import Servers
from tests import makers

ROOT = Path(__file__).resolve().parents[2]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
OPENSSL = shutil.which("openssl")

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="needs nginx"),
    pytest.mark.skipif(OPENSSL is None, reason="needs openssl"),
]


@dataclass(frozen=True)
class Front:
    """A running nginx."""

    http_port: int
    https_port: int
    files: Path

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self.https_port, timeout=10, context=trusting())

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = self.connect()
        connection.request(method, path, body, {"Host": "shop.example", **(headers or {})})
        answer = connection.getresponse()
        return answer, answer.read()


def trusting() -> ssl.SSLContext:
    found = ssl.create_default_context()
    found.check_hostname = False
    found.verify_mode = ssl.CERT_NONE
    return found


@pytest.fixture(scope="module")
def api(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Shop]]:
    """The API in gunicorn as deployed, and a shop over the same servers."""
    port = embedded.free_port()
    environ = {
        **os.environ,
        "SHOPSMART_ENV": "test",
        "MONGODB_URI": servers.mongodb_uri,
        "MONGODB_DATABASE": f"shopsmart_nginx_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}",
        "REDIS_URL": servers.redis_url,
        "SHOPSMART_DATA": str(tmp_path_factory.mktemp("data")),
        "SHOPSMART_SECRET": "only-for-this-test-and-long-enough-for-it",
        "SHOPSMART_HOST": "127.0.0.1",
        "SHOPSMART_PORT": str(port),
        "SHOPSMART_API_WORKERS": "1",
        "SHOPSMART_PROXY_HOPS": "1",
        "SHOPSMART_PASSWORD_MEMORY_KIB": "64",
    }
    shop = context.build(settings.load(environ))
    indexes.ensure_all(shop.db)
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "wsgi:app"]
    with running(command, environ), waiting_for(lambda: plain_answer(port, "/readyz") == 200):
        yield port, shop
    shop.db.client.drop_database(shop.db.name)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certs")
    subprocess.run(
        [
            *(
                str(OPENSSL),
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-days", "2", "-subj", "/CN=shop.example"),
            *("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    return folder


@contextmanager
def nginx(
    folder: Path, certificate: Path, api: str, streams: str, files: Path | None = None, web: str | None = None
) -> Iterator[Front]:
    """The shipped configuration with other addresses, rendered as the image's start script does it."""
    front = Front(embedded.free_port(), embedded.free_port(), files or folder / "files")
    (folder / "conf.d").mkdir(parents=True)
    (folder / "tmp").mkdir()
    shutil.copy(ROOT / "nginx/nginx.conf", folder)
    text = (ROOT / "nginx/templates/shopsmart.conf.template").read_text()
    for name, value in {
        "HTTP_LISTEN": f"127.0.0.1:{front.http_port}",
        "HTTPS_LISTEN": f"127.0.0.1:{front.https_port}",
        "API_UPSTREAM": api,
        "STREAMS_UPSTREAM": streams,
        "WEB_UPSTREAM": web or api,
        "TLS_FOLDER": str(certificate),
        "TEMPORARY_FOLDER": str(folder / "tmp"),
        "FILES_FOLDER": str(front.files),
    }.items():
        text = text.replace(f"${{{name}}}", value)
    (folder / "conf.d/shopsmart.conf").write_text(text)
    own = "daemon off; error_log stderr; pid nginx.pid;" + (" user root;" if os.geteuid() == 0 else "")
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr", "-g", own]
    with running(command, dict(os.environ)), waiting_for(lambda: plain_answer(front.http_port, "/") == 308):
        yield front


@pytest.fixture(scope="module")
def front(
    api: tuple[int, Shop], certificate: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    address = f"127.0.0.1:{api[0]}"
    folder, files = tmp_path_factory.mktemp("nginx") / "run", api[1].settings.data_dir / "files"
    with nginx(folder, certificate, address, address, files) as started:
        yield started


@contextmanager
def running(command: list[str], environ: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def waiting_for(condition: Callable[[], bool], seconds: float = 30) -> Iterator[None]:
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, "did not come up"
        time.sleep(0.05)
    yield


def plain_answer(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def test_tls_1_3_with_http_2_is_spoken_and_older_versions_are_refused(front):
    offering = trusting()
    offering.set_alpn_protocols(["h2", "http/1.1"])
    with offering.wrap_socket(socket.create_connection(("127.0.0.1", front.https_port))) as line:
        assert line.version() == "TLSv1.3"
        assert line.selected_alpn_protocol() == "h2"

    old = trusting()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", front.https_port)) as raw:
        old.wrap_socket(raw)


def test_plain_http_is_sent_to_https(front):
    connection = http.client.HTTPConnection("127.0.0.1", front.http_port, timeout=5)
    connection.request("GET", "/api/v1/me?x=1", headers={"Host": "shop.example"})

    answer = connection.getresponse()

    assert answer.status == 308
    assert answer.headers["Location"] == "https://shop.example/api/v1/me?x=1"


def test_answers_carry_each_security_header_once(front):
    answer, body = front.ask("GET", "/readyz")

    assert json.loads(body)["status"] == "ready"
    for name in (
        "Strict-Transport-Security",
        "X-Frame-Options",
        "X-Content-Type-Options",
        "Referrer-Policy",
        "Content-Security-Policy",
        "X-Request-ID",
    ):
        assert len(answer.headers.get_all(name) or []) == 1, name
    assert answer.headers["Server"] == "nginx"


def test_metrics_stay_inside(front):
    answer, _body = front.ask("GET", "/metrics")

    assert answer.status == 404


def test_a_body_over_the_limit_is_a_problem_document(front):
    answer, body = front.ask("POST", "/api/v1/auth/login", b"x" * 1_100_000)

    assert answer.status == 413
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert json.loads(body)["code"] == "body_too_large"


def test_an_image_of_megabytes_comes_in_and_its_sizes_are_served_from_the_disk(front, api):
    _port, shop = api
    sku = makers.a_product(shop)
    data = noise(1_500)
    assert 1_100_000 < len(data) < images.MOST_BYTES
    upload, target = image_service.begin_upload(shop, SYSTEM, sku, "image/png", len(data))

    put, _body = front.ask(target.method, target.url, data, dict(target.headers))
    image_service.complete_upload(shop, sku, upload["_id"])
    assert image_service.encode(shop, upload["_id"])
    [url] = image_service.images_of(shop, sku)[0]
    image = images.of_url(url)
    assert image is not None
    from_disk, small = front.ask("GET", image.url_of(160, "avif"))
    missing, _body = front.ask("GET", image.url_of(160, "avif").replace("/160.", "/161."))
    drawing, _body = front.ask("GET", "/images/placeholder/v1/milk-3.svg")

    assert put.status == 204
    assert from_disk.status == 200 and len(small) < 50_000
    assert from_disk.headers["Content-Type"] == "image/avif"
    assert "X-Request-ID" not in from_disk.headers, "the API was not asked"
    assert (missing.status, drawing.status) == (404, 200)
    for answer in (from_disk, drawing):
        assert answer.headers.get_all("Cache-Control") == ["public, max-age=31536000, immutable"]
        for name in (
            "X-Content-Type-Options",
            "Content-Security-Policy",
            "Strict-Transport-Security",
            "ETag",
        ):
            assert len(answer.headers.get_all(name) or []) == 1, (name, answer.headers)


def noise(side: int) -> bytes:
    """A PNG that hardly gets smaller."""
    kept = BytesIO()
    Image.effect_noise((side, side), 90).save(kept, "PNG")
    return kept.getvalue()


def test_an_event_reaches_its_reader_when_it_happens_and_not_when_a_buffer_is_full(front, api):
    _port, shop = api
    admin = makers.an_admin(shop)
    login = {"email": admin["email"], "password": makers.PASSWORD, "token_mode": "bearer"}
    answer, body = front.ask(
        "POST", "/api/v1/auth/login", json.dumps(login).encode(), {"Content-Type": "application/json"}
    )
    assert answer.status == 200, body
    connection = front.connect()
    # A browser offers gzip, which would buffer; the stream must not be packed.
    headers = {"Authorization": f"Bearer {json.loads(body)['access_token']}", "Accept-Encoding": "gzip"}
    connection.request("GET", "/api/v1/admin/events", headers=headers)
    stream = connection.getresponse()
    assert stream.status == 200
    assert stream.headers.get("Content-Encoding") is None
    next_line(stream, b"retry:")

    for number in (1, 2):
        events.append(shop.db, [happened(shop, number)])
        shop.publish("admin", None)
        told_at = time.monotonic()
        next_line(stream, f"id: {number}".encode())
        assert time.monotonic() - told_at < 3
    connection.close()


def happened(shop: Shop, number: int) -> dict[str, Any]:
    return {
        "id": shop.new_id(),
        "type": "store.changed",
        "at": shop.now(),
        "channels": ["admin"],
        "data": {"number": number},
    }


def next_line(stream: http.client.HTTPResponse, beginning: bytes) -> None:
    while line := stream.readline():
        if line.startswith(beginning):
            return
    raise AssertionError("the stream ended")


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the headers it got."""

    def do_GET(self) -> None:
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_what_a_client_claims_about_itself_is_replaced(certificate, tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as echo:
        threading.Thread(target=echo.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{echo.server_address[1]}"
        with nginx(tmp_path / "run", certificate, address, address) as front:
            lies = {
                "X-Forwarded-For": "8.8.8.8, 9.9.9.9",
                "X-Forwarded-Proto": "http",
                "X-Forwarded-Host": "evil.example",
                "X-Forwarded-Prefix": "/evil",
                "Forwarded": "for=8.8.8.8",
            }
            got = [
                json.loads(front.ask("GET", path, headers=lies)[1])
                for path in ("/any", "/api/any", "/api/any/events")
            ]
        echo.shutdown()

    for headers in got:
        assert headers["X-Forwarded-For"] == "127.0.0.1"
        assert headers["X-Forwarded-Proto"] == "https"
        assert headers["X-Forwarded-Host"] == headers["Host"] == "shop.example"
        assert "Forwarded" not in headers
        assert "X-Forwarded-Prefix" not in headers


def test_pages_come_from_the_web_server_and_calls_from_the_api(api, certificate, tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{api[0]}"
        web = f"127.0.0.1:{pages.server_address[1]}"
        with nginx(tmp_path / "run", certificate, address, address, web=web) as front:
            page = json.loads(front.ask("GET", "/orders/events")[1])
            call = json.loads(front.ask("GET", "/api/v1/categories")[1])
        pages.shutdown()

    assert page["Host"] == "shop.example"
    assert isinstance(call["items"], list)


def test_without_the_pages_people_read_a_sentence(certificate, tmp_path):
    nobody = f"127.0.0.1:{embedded.free_port()}"

    with nginx(tmp_path / "run", certificate, nobody, nobody) as front:
        answer, body = front.ask("GET", "/")

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert b"reload" in body


def test_without_the_api_the_answer_is_a_problem_document_that_says_when_to_try_again(certificate, tmp_path):
    nobody = f"127.0.0.1:{embedded.free_port()}"

    with nginx(tmp_path / "run", certificate, nobody, nobody) as front:
        answer, body = front.ask("GET", "/api/v1/me")

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "2"
    assert answer.headers["Strict-Transport-Security"]
    assert json.loads(body)["code"] == "unavailable"
