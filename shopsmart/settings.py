"""The environment, read once and checked as a whole.

`load()` turns environment variables into one frozen `Settings`; every missing or malformed variable is
named in a single `SettingsError`, so that an operator mends them all in one go.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

DEVELOPMENT_SECRET = "development-only-secret-never-use-in-production"
MIN_SECRET_LENGTH = 32


class SettingsError(Exception):
    """The environment does not describe a shop that may start; `problems` names every fault."""

    def __init__(self, problems: list[str]):
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """Everything that may differ between two installations. Durations in seconds, money in paise."""

    env: str = "development"
    mongodb_uri: str = "mongodb://127.0.0.1:27017/?replicaSet=shopsmart"
    mongodb_database: str = "shopsmart"
    redis_url: str = "redis://127.0.0.1:6379/0"
    data_dir: Path = Path(".data")
    secret: str = DEVELOPMENT_SECRET
    public_url: str = "http://127.0.0.1:8000"
    webhook_url: str = "http://127.0.0.1:8000/api/v1/webhooks/sandbox"
    cookie_secure: bool = True
    proxy_hops: int = 0
    log_level: str = "INFO"

    # mail
    smtp_url: str = ""
    mail_from: str = "ShopSmart <orders@shopsmart.local>"
    mail_dir: Path = Path(".data/outbox")

    # text messages: `sns://<region>?sender=<name>`; without it they go into mail_dir, in production nowhere
    sms_url: str = ""

    # files: in a bucket of S3, else below data_dir; image_base_url is a CDN before the images of products
    s3_bucket: str = ""
    image_base_url: str = ""

    # identity
    access_seconds: int = 600
    session_idle_seconds: int = 7 * 86_400
    session_seconds: int = 30 * 86_400
    password_memory_kib: int = 47_104
    password_hash_slots: int = 2
    otp_seconds: int = 300
    otp_tries: int = 5
    otp_resend_seconds: int = 30
    otp_per_phone: int = 6  # codes to one phone within login_failure_window_seconds
    login_failures: int = 20
    login_failure_window_seconds: int = 900

    # requests allowed per minute; 0 switches a limit off
    rate_per_address: int = 6_000
    rate_auth_per_address: int = 600
    rate_otp_per_address: int = 60
    rate_orders_per_user: int = 300
    max_body_bytes: int = 256 * 1024
    request_seconds: float = 9.0  # for all database calls of one request together
    # Of each class in one server process, the rest waits; 0 switches this off. Few: a process has one core, and those
    # at work come before those who only need to be told that it is busy.
    requests_at_once: int = 8
    requests_waiting: int = 300  # of each class in one server process
    max_import_bytes: int = 1024 * 1024  # a CSV of stock, up to max_import_lines
    max_import_lines: int = 5_000

    # where the operator serves: west, south, east, north in degrees
    region: tuple[float, float, float, float] = (68.0, 6.0, 98.0, 38.0)
    timezone: str = "Asia/Kolkata"
    currency: str = "INR"
    tax_id: str = ""  # GSTIN of whoever sells, printed on invoices

    # promise
    prep_seconds: int = 180
    rider_speed_mps: float = 5.5
    road_detour: float = 1.35
    quote_seconds: int = 600

    # orders and money
    hold_seconds: int = 600
    scarce_hold_seconds: int = 240  # of units that leave at most scarce_units_left for others
    scarce_units_left: int = 2
    hold_extension_seconds: int = 240  # once, while the gateway is still working
    holding_grace_seconds: int = 12  # longer than any request may last, so whoever held is gone
    substitution_answer_seconds: int = 60
    delivery_fee: int = 2_500
    free_delivery_from: int = 19_900
    handling_fee: int = 500
    max_lines: int = 60
    max_quantity: int = 50
    hot_sku_losses: int = 8
    hot_sku_window_seconds: int = 10

    # dispatch
    offer_seconds: int = 30
    fix_fresh_seconds: int = 120
    offer_radius_m: int = 8_000
    rider_base_pay: int = 2_500
    rider_pay_per_km: int = 800
    delivery_code_tries: int = 5
    signature_up_to: int = 100_000  # a paid order worth more needs the code
    position_keep_seconds: int = 72 * 3_600

    # background work
    lease_seconds: int = 60
    max_receives: int = 5
    sqs_queue_url: str = ""

    # live streams; the number of a user's open ones is counted per server process
    streams_per_user: int = 20
    stream_seconds: int = 300
    stream_heartbeat_seconds: int = 15

    @property
    def production(self) -> bool:
        return self.env == "production"


_NAMES = {
    "env": "SHOPSMART_ENV",
    "mongodb_uri": "MONGODB_URI",
    "mongodb_database": "MONGODB_DATABASE",
    "redis_url": "REDIS_URL",
    "data_dir": "SHOPSMART_DATA",
    "smtp_url": "SMTP_URL",
}


def variable(field: str) -> str:
    """The environment variable that sets `field`."""
    return _NAMES.get(field, f"SHOPSMART_{field.upper()}")


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (the process environment by default). Raises SettingsError naming all faults."""
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    problems: list[str] = []
    for name, kind in Settings.__annotations__.items():
        raw = environ.get(variable(name))
        if raw is None or raw == "":
            continue
        try:
            values[name] = _parse(kind, raw)
        except ValueError as fault:
            problems.append(f"{variable(name)}: {fault}")
    if "data_dir" in values and "mail_dir" not in values:
        values["mail_dir"] = Path(str(values["data_dir"])) / "outbox"
    settings = Settings(**values)  # type: ignore[arg-type]
    problems += _faults(settings)
    if problems:
        raise SettingsError(problems)
    return settings


def _parse(kind: object, raw: str) -> object:
    if kind is bool:
        if raw.lower() in {"1", "true", "yes", "on"}:
            return True
        if raw.lower() in {"0", "false", "no", "off"}:
            return False
        raise ValueError("must be true or false")
    if kind is int:
        number = int(raw)
        if number < 0:
            raise ValueError("must not be negative")
        return number
    if kind is float:
        real = float(raw)
        if not 0 < real < float("inf"):
            raise ValueError("must be a positive number")
        return real
    if kind is Path:
        return Path(raw)
    if kind is str:
        return raw
    parts = tuple(float(part) for part in raw.split(","))
    if len(parts) != 4 or parts[0] >= parts[2] or parts[1] >= parts[3]:
        raise ValueError("must be west,south,east,north in degrees")
    return parts


def _faults(settings: Settings) -> list[str]:
    faults = []
    if settings.env not in {"development", "test", "production"}:
        faults.append("SHOPSMART_ENV: must be development, test or production")
    if not settings.mongodb_uri.startswith(("mongodb://", "mongodb+srv://")):
        faults.append("MONGODB_URI: must begin with mongodb:// or mongodb+srv://")
    if urlsplit(settings.redis_url).scheme not in {"redis", "rediss", "unix"}:
        faults.append("REDIS_URL: must begin with redis://, rediss:// or unix://")
    if settings.smtp_url and urlsplit(settings.smtp_url).scheme not in {"smtp", "smtps"}:
        faults.append("SMTP_URL: must begin with smtp:// or smtps://")
    if settings.sms_url and not _is_sns(settings.sms_url):
        faults.append("SHOPSMART_SMS_URL: must look like sns://ap-south-1?sender=SHOPSM")
    if settings.sqs_queue_url and not _is_fifo_queue(settings.sqs_queue_url):
        faults.append("SHOPSMART_SQS_QUEUE_URL: must be the http(s) address of a FIFO queue (….fifo)")
    if settings.image_base_url and not _is_base(settings.image_base_url):
        faults.append("SHOPSMART_IMAGE_BASE_URL: must be an http(s) address without a slash at its end")
    if len(settings.secret) < MIN_SECRET_LENGTH:
        faults.append(f"SHOPSMART_SECRET: must have at least {MIN_SECRET_LENGTH} characters")
    if settings.production:
        faults += _production_faults(settings)
    return faults


def _is_fifo_queue(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"} and url.endswith(".fifo")


def _is_sns(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "sns" and bool(parts.hostname)


def _is_base(url: str) -> bool:
    parts = urlsplit(url)
    plain = not (parts.query or parts.fragment or url.endswith("/"))
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and plain


def _production_faults(settings: Settings) -> list[str]:
    """Weak settings a laptop may have and a city must not."""
    faults = []
    if settings.secret == DEVELOPMENT_SECRET:
        faults.append("SHOPSMART_SECRET: the development secret is not allowed in production")
    if not settings.cookie_secure:
        faults.append("SHOPSMART_COOKIE_SECURE: must be true in production")
    if not settings.smtp_url:
        faults.append("SMTP_URL: is required in production, or no customer gets a mail")
    if settings.password_memory_kib < 19_456:
        faults.append("SHOPSMART_PASSWORD_MEMORY_KIB: at least 19456 in production")
    if not settings.public_url.startswith("https://"):
        faults.append("SHOPSMART_PUBLIC_URL: must begin with https:// in production")
    return faults
