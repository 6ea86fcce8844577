"""TEMPORARY: stands in for what other branches bring."""

from marketplace.application.shared.limits import Limit, RateLimits


class NoLimits(RateLimits):
    async def take(self, limit: Limit, *keys: str) -> None: ...
