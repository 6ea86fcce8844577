import os
from functools import lru_cache

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

REQUEST_SECONDS = Histogram(
    "marketplace_request_seconds",
    "Time from a request's arrival to the end of its answer.",
    ["method", "route", "status_class"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


@lru_cache(maxsize=4096)
def request_seconds(method: str, route: str, status_class: int) -> Histogram:
    """The histogram of these labels; there are as many as routes have outcomes."""
    return REQUEST_SECONDS.labels(method, route, status_class)


def exposition() -> bytes:
    """Every process's figures, added up, in Prometheus's text form; outside the supervisor, this process's own."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
