"""Counters and timings for Prometheus; one place where metrics are declared."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("shopsmart_requests_total", "HTTP requests answered", ["route", "method", "status"])
REQUEST_SECONDS = Histogram(
    "shopsmart_request_seconds",
    "Time to answer",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
REQUESTS_AT_WORK = Gauge(
    "shopsmart_requests_at_work", "Requests worked on now, by class", ["class"], multiprocess_mode="livesum"
)
REQUEST_WAIT_SECONDS = Histogram(
    "shopsmart_request_wait_seconds",
    "How long requests that found no free place waited for one, by class",
    ["class"],
    buckets=(0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
REQUESTS_SHED = Counter(
    "shopsmart_requests_shed_total", "Requests sent away because the server was busy, by class", ["class"]
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
COPY_PRODUCTS = Gauge(
    "shopsmart_live_copy_products",
    "Products in the copy that lists are answered from, 0 while there is none; the least of all processes",
    multiprocess_mode="livemin",
)
COPY_BUILD_SECONDS = Gauge(
    "shopsmart_live_copy_build_seconds", "The newest build of the copy took", multiprocess_mode="livemax"
)
COPY_BYPASSED = Counter(
    "shopsmart_live_copy_bypassed_total", "Lists answered from MongoDB for want of a fresh copy"
)
