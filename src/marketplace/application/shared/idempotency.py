"""Idempotency-Key: the same request again gets the same answer again (contract "Everywhere", rule D2)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from marketplace.domain.shared.errors import Conflict, Invalid
from marketplace.domain.shared.ids import UserId


class IdempotencyKeyReused(Invalid):
    code = "idempotency_key_reused"


class IdempotentRequestInProgress(Conflict):
    code = "idempotent_request_in_progress"


@dataclass(frozen=True, slots=True)
class StoredReply:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """Who asks for what: `fingerprint` is a keyed hash of the canonical body."""

    caller: UserId
    route: str
    key: str
    fingerprint: bytes


class IdempotencyKeys(Protocol):
    """The claim of one request on its key."""

    async def open(self, request: IdempotentRequest, encode: Callable[[object], StoredReply]) -> StoredReply | None:
        """Claim the key, or return the reply it has.

        Raises IdempotencyKeyReused for another body and IdempotentRequestInProgress while a first call runs. After a
        claim, what the use case `answers` is encoded and stored in the commit of its effect.
        """
        ...

    async def abandon(self) -> None:
        """Give the key back if nothing was stored: a request that failed may be repeated."""
        ...


class ForgetOldKeys(Protocol):
    """Drop keys past their time."""

    async def __call__(self) -> None: ...
