"""What is counted, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter

from app.tallies import Gauge, Spread, Tally, Timed

REGISTRY = CollectorRegistry()

RATE_LIMITER_FAILURES = Counter(
    "tandem_rate_limiter_failures_total",
    "Requests let through uncounted, since the store of the rate limiter failed or stalled.",
    registry=REGISTRY,
)

REQUESTS = Timed(
    ("tandem_requests_total", "Requests answered; 499: the client went away before."),
    ("tandem_request_seconds", "From a request's headers to the end of its answer."),
    (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    ("method", "route", "status"),
    registry=REGISTRY,
)
IN_FLIGHT = Gauge("tandem_requests_in_flight", "Requests being answered.", "kind", registry=REGISTRY)
VERDICTS = Tally(
    "tandem_rate_limit_total", "What the rate limit said of metered requests.", ("verdict",), registry=REGISTRY
)
IDEMPOTENCY = Tally(
    "tandem_idempotency_total", "What came of requests with an Idempotency-Key.", ("verdict",), registry=REGISTRY
)
GRAPHQL_COST = Spread(
    "tandem_graphql_cost_points", "Points that GraphQL documents cost.", (1, 2, 5, 10, 20, 50, 100), registry=REGISTRY
)
CUT = Tally(
    "tandem_connections_cut_total",
    "Connections cut or refused below HTTP: slow, stalled, too large, malformed.",
    ("reason",),
    registry=REGISTRY,
)
DATABASE = Gauge("tandem_database_connections", "Connections of the PostgreSQL pool.", "state", registry=REGISTRY)
WRITE_GROUPS = Spread(
    "tandem_sqlite_write_group",
    "Units of work that shared a commit.",
    (1, 2, 4, 8, 16, 32, 64, 128, 256),
    registry=REGISTRY,
)
