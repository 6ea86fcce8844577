from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from marketplace.application.payments.payout_views import (
    BalanceView,
    EarningsView,
    PayoutAccountView,
    PayoutScheduleView,
    PayoutView,
    Step,
)
from marketplace.application.payments.ports import PayoutGateway
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.payments.payout import HoldReason, Payout, PayoutStatus
from marketplace.domain.payments.payout_account import PayoutAccount, PayoutAccountKind
from marketplace.domain.payments.payout_schedule import PayoutSchedule
from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.ids import PayoutAccountId, PayoutId, UserId


class PayoutKindUnavailable(Invalid):
    code = "payout_kind_unavailable"


class PayoutGateways(Protocol):
    """Who sends payouts here."""

    def provider_of(self, kind: PayoutAccountKind) -> str:
        """Raises PayoutKindUnavailable."""
        ...

    def gateway(self, provider: str) -> PayoutGateway: ...


class Payouts(Protocol):
    """Saving ships the events."""

    async def add(self, payout: Payout) -> None: ...

    async def find(self, payout_id: PayoutId) -> Payout:
        """Not locked; raises PayoutNotFound."""
        ...

    async def lock(self, payout_id: PayoutId) -> Payout:
        """After its account was locked, before those of the ledger."""
        ...

    async def save(self, payout: Payout) -> None: ...

    async def is_awaited(self, account_id: PayoutAccountId) -> bool:
        """Whether a payout to this account is requested, held or on its way."""
        ...


class PayoutAccounts(Protocol):
    """Where the money goes to is sealed while it is stored. Saving ships the events."""

    async def find(self, account_id: PayoutAccountId) -> PayoutAccount:
        """Not locked; raises PayoutAccountNotFound. One that was removed is found too."""
        ...

    async def lock(self, owner: UserId, account_id: PayoutAccountId | None) -> PayoutAccount:
        """The default one without an id; raises PayoutAccountNotFound."""
        ...

    async def hold(self, owner: UserId) -> list[PayoutAccount]:
        """All that are not removed, the oldest first, locked; nobody adds another until the transaction ends."""
        ...

    async def add(self, account: PayoutAccount) -> None: ...

    async def save(self, account: PayoutAccount) -> None: ...


class PayoutSchedules(Protocol):
    async def put(self, schedule: PayoutSchedule) -> None: ...

    async def lock(self, seller: UserId, currency: str) -> PayoutSchedule | None: ...

    async def due(
        self, now: datetime, *, after: tuple[datetime, UserId, str] | None, limit: int
    ) -> Sequence[tuple[datetime, UserId, str]]:
        """When, whose and in which currency, in this order; not locked."""
        ...


class PayoutRisks(Protocol):
    async def of(self, seller: UserId) -> HoldReason | None:
        """Why payouts to this seller are to be looked at."""
        ...


class PayoutQueries(Protocol):
    """One's own; PAY_OUT sees those of everybody."""

    async def payout(self, actor: Actor, payout_id: PayoutId) -> PayoutView: ...

    async def payouts(
        self, actor: Actor, status: PayoutStatus | None, *, everybody: bool, after: UUID | None, skip: int, limit: int
    ) -> Slice[PayoutView]:
        """Newest first."""
        ...

    async def accounts(self, actor: Actor) -> list[PayoutAccountView]: ...

    async def schedules(self, actor: Actor) -> list[PayoutScheduleView]: ...

    async def balances(self, actor: Actor) -> list[BalanceView]: ...

    async def earnings(self, actor: Actor, since: date, until: date, step: Step) -> list[EarningsView]:
        """By currency; `until` is not in it."""
        ...
