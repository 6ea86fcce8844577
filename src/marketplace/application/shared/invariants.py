"""What must hold in the database whatever happened, checked again and again while the service runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from marketplace.application.shared.actor import Actor


@dataclass(frozen=True, slots=True)
class Checked:
    """How one check ended: at most a hundred violations, or why it could not end. `news` were not there before."""

    name: str
    violations: Sequence[str]
    news: Sequence[str]
    error: str | None


class Invariants(Protocol):
    async def check(self) -> Sequence[Checked]:
        """Each once, stored; nothing while another process checks them or did so less than a minute ago."""
        ...


class InvariantView(msgspec.Struct, frozen=True, kw_only=True):
    """`ok` is null until it was checked, and when the last check could not end: `error` says why."""

    name: Annotated[str, Meta(examples=["ledger_transaction_balances"])]
    says: Annotated[str, Meta(examples=["every ledger transaction balances and has two legs"])]
    ok: bool | None
    violations: Annotated[list[str], Meta(description="At most 100.", examples=[[]])]
    violated_since: datetime | None
    error: Annotated[str | None, Meta(examples=["took longer than 2 s"])]
    checked_at: datetime | None


class InvariantQueries(Protocol):
    async def invariants(self, actor: Actor) -> list[InvariantView]: ...
