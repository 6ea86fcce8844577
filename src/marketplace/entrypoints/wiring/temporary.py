"""TEMPORARY: stands in for what other branches bring."""

from marketplace.application.shared.audit import AuditEntry, AuditTrail
from marketplace.application.shared.limits import Limit, RateLimits


class NoLimits(RateLimits):
    async def take(self, limit: Limit, *keys: str) -> None: ...


class NoAudit(AuditTrail):
    def note(self, entry: AuditEntry) -> None: ...

    async def record(self, entry: AuditEntry) -> None: ...
