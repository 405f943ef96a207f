"""The Prometheus metrics."""

from prometheus_client import CollectorRegistry, Counter

from app.observability.collectors import CountedHistogram, EventCounter, Gauge, Histogram

REGISTRY = CollectorRegistry()

RATE_LIMITER_FAILURES = Counter(
    "tandem_rate_limiter_failures_total",
    "Requests that passed uncounted because the rate limiter's store failed or stalled.",
    registry=REGISTRY,
)

REQUESTS = CountedHistogram(
    ("tandem_requests_total", "Requests answered; 499: the client disconnected first."),
    ("tandem_request_seconds", "Seconds from a request's headers to the end of its answer."),
    (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    ("method", "route", "status"),
    registry=REGISTRY,
)
IN_FLIGHT = Gauge("tandem_requests_in_flight", "Requests being answered.", "kind", registry=REGISTRY)
VERDICTS = EventCounter("tandem_rate_limit_total", "Decisions of the rate limit.", ("verdict",), registry=REGISTRY)
IDEMPOTENCY = EventCounter(
    "tandem_idempotency_total", "Outcomes of requests with an Idempotency-Key.", ("verdict",), registry=REGISTRY
)
GRAPHQL_COST = Histogram(
    "tandem_graphql_cost_points", "Points per GraphQL document.", (1, 2, 5, 10, 20, 50, 100), registry=REGISTRY
)
CUT = EventCounter(
    "tandem_connections_cut_total",
    "Connections cut or refused below HTTP: slow, stalled, too large, malformed.",
    ("reason",),
    registry=REGISTRY,
)
LOG_LINES_DROPPED = Counter(
    "tandem_log_lines_dropped_total",
    "Log lines dropped because stderr was too slow, full or closed.",
    registry=REGISTRY,
)
DATABASE = Gauge("tandem_database_connections", "Connections of the PostgreSQL pool.", "state", registry=REGISTRY)
CACHE_HITS = Counter("tandem_cache_hits_total", "Cached answers served without a read.", registry=REGISTRY)
READS = EventCounter(
    "tandem_replicable_reads_total", "Reads of the catalogue and lists, by server.", ("to",), registry=REGISTRY
)
REPLICA_DOUBTS = Counter(
    "tandem_replica_doubts_total", "Failures of Redis that sent reads to the primary.", registry=REGISTRY
)
WRITE_GROUPS = Histogram(
    "tandem_sqlite_write_group",
    "Units of work that shared a commit.",
    (1, 2, 4, 8, 16, 32, 64, 128, 256),
    registry=REGISTRY,
)
