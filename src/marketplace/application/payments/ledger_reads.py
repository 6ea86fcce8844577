"""What may be read of the ledger; for who has READ_LEDGER."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.shared.errors import NotFound
from marketplace.domain.shared.ids import OrderId, PaymentId, UserId

SETTLED_AFTER = timedelta(hours=1)
"""Ids are made before the commit: no transaction lives so long, so nothing comes in before a checkpoint any more."""

Balance = Annotated[
    Decimal, Meta(description="A debit balance is positive, a credit balance negative.", examples=[-712.50])
]
ProviderName = Annotated[str | None, Meta(examples=["stripe"])]
Currency = Annotated[str, Meta(examples=["AED"])]


class LedgerAccountNotFound(NotFound):
    code = "ledger_account_not_found"


class LedgerSum(msgspec.Struct, frozen=True, kw_only=True):
    """All accounts of a kind in one currency; those at providers each by itself."""

    kind: AccountKind
    provider: ProviderName
    currency: Currency
    accounts: Annotated[int, Meta(description="How many.", examples=[1])]
    balance: Balance


class LedgerDifference(msgspec.Struct, frozen=True, kw_only=True):
    """An account whose balance is not the sum of its entries, or a transaction whose entries do not sum to zero.
    `expected` is what its entries make of the account, or zero."""

    what: Annotated[str, Meta(examples=["account"])]
    id: UUID
    currency: Currency
    found: Balance
    expected: Balance


class TrialBalanceView(msgspec.Struct, frozen=True, kw_only=True):
    """`totals` are by currency, zero each. `balanced`: they are, and there are no `differences`, of which at most 100
    accounts and 100 transactions are named."""

    accounts: list[LedgerSum]
    totals: dict[str, Decimal]
    differences: list[LedgerDifference]
    balanced: bool


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    kind: AccountKind
    owner_id: UserId | None
    provider: ProviderName
    currency: Currency
    balance: Balance


class EntryView(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is that of the ledger transaction, `source_id` of what caused it, of its kind. `amount` is positive for a
    debit; `balance` is that of the account after it."""

    id: UUID
    kind: Annotated[str, Meta(examples=["payment_captured"])]
    source_id: UUID
    payment_id: PaymentId | None
    order_id: OrderId | None
    order_number: Annotated[str | None, Meta(examples=["M-00000042"])]
    amount: Annotated[Decimal, Meta(examples=[-712.50])]
    balance: Balance
    posted_at: datetime


class EntriesAfter(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of entries ended, and the balance in minor units before its last entry."""

    id: UUID
    balance: int


class LedgerQueries(Protocol):
    async def trial_balance(self, actor: Actor, since: datetime) -> TrialBalanceView:
        """Balances against entries, all of them; transactions posted since then against zero."""
        ...

    async def accounts(
        self, actor: Actor, *, kind: AccountKind | None, owner: UserId | None, currency: str | None,
        provider: str | None, after: UUID | None, skip: int, limit: int,
    ) -> Slice[AccountView]:  # fmt: skip
        """In the order of their ids."""
        ...

    async def entries(
        self, actor: Actor, account_id: UUID, *, after: EntriesAfter | None, skip: int, limit: int
    ) -> tuple[Slice[EntryView], EntriesAfter | None]:
        """Newest first, and where the next page begins, if there is one. Raises LedgerAccountNotFound."""
        ...


class LedgerCheckpoints(Protocol):
    async def advance(self, to: datetime) -> int:
        """Sum up every account's entries until then, so that later sums begin there; how many accounts moved."""
        ...
