"""The ways an operation can refuse. HTTP, sockets and jobs map the kind, never the class."""

from typing import ClassVar


class DomainError(Exception):
    """A refusal the caller can act on. `code` is public API: never reuse or rename one."""

    code: ClassVar[str]

    def __init__(self, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


class NotFound(DomainError): ...


class Forbidden(DomainError): ...


class Conflict(DomainError): ...


class Gone(DomainError): ...


class Invalid(DomainError):
    """Well-formed, but not acceptable. `field` names the offending input in the caller's words."""

    def __init__(self, detail: str, *, field: str | None = None, **facts: object) -> None:
        super().__init__(detail, **facts)
        self.field = field


class Unavailable(DomainError):
    """Not now: the caller may repeat the call after `retry_after` seconds."""

    retry_after: ClassVar[int] = 1


class Unauthenticated(DomainError): ...


class RateLimited(DomainError):
    """Too often: the caller may repeat the call after `retry_after` seconds."""

    def __init__(self, detail: str, *, retry_after: int, **facts: object) -> None:
        super().__init__(detail, **facts)
        self.retry_after = retry_after


class StaleAggregate(Conflict):
    code = "stale_aggregate"
