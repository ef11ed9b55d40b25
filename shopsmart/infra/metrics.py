"""Counters and timings for Prometheus; one place where metrics are declared."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("shopsmart_requests_total", "HTTP requests answered", ["route", "method", "status"])
REQUEST_SECONDS = Histogram(
    "shopsmart_request_seconds",
    "Time to answer",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
HOLDS = Counter("shopsmart_holds_total", "Stock holds asked for, by result", ["result"])
MUTEX_BYPASSED = Counter(
    "shopsmart_mutex_bypassed_total", "Critical sections entered without the Redis mutex"
)
ORDERS = Counter("shopsmart_order_moves_total", "Order transitions", ["action"])
DELIVERIES = Counter(
    "shopsmart_event_deliveries_total", "Events handed to subscribers", ["subscriber", "result"]
)
CHECK_FINDINGS = Gauge(
    "shopsmart_check_findings",
    "What the newest check found, by invariant",
    ["invariant"],
    multiprocess_mode="mostrecent",
)
CHECK_AGE = Gauge(
    "shopsmart_check_age_seconds", "Since the newest check began", multiprocess_mode="mostrecent"
)
STREAMS = Gauge("shopsmart_event_streams", "Open event streams in this process", multiprocess_mode="livesum")
