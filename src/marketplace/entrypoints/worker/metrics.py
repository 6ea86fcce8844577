from prometheus_client import Counter, Gauge, Histogram

JOBS = Counter("marketplace_jobs", "Attempts at jobs by how they ended", ["handler", "outcome"])
"""Outcome: done, ready (to be tried again), dead, cancelled (its timer was set anew), lost (the lease), released."""

START = Histogram(
    "marketplace_job_start_seconds",
    "From a job's due time to the start of its handler",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
DUE = Gauge("marketplace_jobs_due", "Jobs that are due and not started", multiprocess_mode="max")
OLDEST = Gauge("marketplace_jobs_oldest_seconds", "Age of the oldest job that is due", multiprocess_mode="max")
DEAD = Gauge("marketplace_jobs_dead", "Jobs that were given up", multiprocess_mode="max")
PROVIDER_EVENTS = Counter(
    "marketplace_provider_events", "What payment providers told us, by how applying it ended", ["outcome"]
)
"""Outcome: applied, failed (tried again by its job)."""
PUSHES = Counter("marketplace_pushes", "Pushes to devices, by how they ended", ["outcome"])
"""Outcome: delivered, gone (the device is forgotten), refused, too_late (or the device another's by now)."""
WEBHOOKS = Counter("marketplace_webhook_attempts", "Events sent to endpoints, by how they stood then", ["outcome"])
"""Outcome: delivered, pending (to be tried again), failed (given up)."""
REFUNDS_FAILED = Counter("marketplace_refunds_failed", "Refunds that a provider refused: people must look at each")
DIFFERENCES = Gauge(
    "marketplace_reconciliation_differences",
    "What the last comparison with a provider's books found to differ",
    ["provider"],
    multiprocess_mode="mostrecent",
)
INVARIANTS = Gauge(
    "marketplace_invariant_violations",
    "What was found by the last check of what must hold in the database, at most a hundred",
    ["invariant"],
    multiprocess_mode="mostrecent",
)
