"""Limits that nothing of ours reaches: for tests, campaigns and benchmarks of other things."""

from marketplace.entrypoints.wiring.settings import RATE_LIMITS

AMPLE_LIMITS = {
    **dict.fromkeys(RATE_LIMITS, "900000000/minute;900000000/hour;900000000/day"),
    "PRODUCTS_PER_SELLER": "900000000",
}
