"""What is counted, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter

REGISTRY = CollectorRegistry()

RATE_LIMITER_FAILURES = Counter(
    "tandem_rate_limiter_failures_total",
    "Requests let through uncounted, since the store of the rate limiter failed or stalled.",
    registry=REGISTRY,
)
