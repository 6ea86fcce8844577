"""In-memory stand-ins of the audit trail and the rate limits, for use cases."""

from collections import Counter
from typing import Protocol

from marketplace.application.shared.audit import AuditEntry, AuditTrail
from marketplace.application.shared.limits import Limit, RateLimits
from marketplace.domain.shared.errors import RateLimited


class Store(Protocol):
    audited: list[AuditEntry]


class ListedAudit(AuditTrail):
    """Keeps its entries in the store, so that a failed block takes its notes away."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, entry: AuditEntry) -> None:
        self._store.audited.append(entry)

    async def record(self, entry: AuditEntry) -> None:
        self._store.audited.append(entry)


class OverLimit(RateLimited):
    code = "rate_limited"


class MemoryLimits(RateLimits):
    """No limit but those in `most`; counts for ever."""

    def __init__(self) -> None:
        self.most: dict[Limit, int] = {}
        self.taken: Counter[tuple[Limit, str]] = Counter()

    async def take(self, limit: Limit, *keys: str) -> None:
        if any(self.taken[limit, key] >= self.most.get(limit, 1_000_000) for key in keys):
            raise OverLimit("too often", retry_after=60)
        self.taken.update((limit, key) for key in keys)
