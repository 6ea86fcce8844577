"""In-memory adapters of payouts and wallets. They honour the port contracts: tests/contract/payments."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from marketplace.adapters.gateways.simulated_payouts import ALWAYS_FAILS, TIMES_OUT_ONCE, ConfiguredPayoutGateways
from marketplace.application.payments.payout_ports import (
    PayoutAccounts,
    PayoutGateways,
    PayoutRisks,
    Payouts,
    PayoutSchedules,
)
from marketplace.application.payments.ports import GatewaySilent, PayoutGateway, PayoutOrder, PayoutOutcome
from marketplace.application.payments.wallet import TopUps
from marketplace.domain.payments.payout import HoldReason, Payout, PayoutNotFound, PayoutStatus
from marketplace.domain.payments.payout_account import PayoutAccount, PayoutAccountKind, PayoutAccountNotFound
from marketplace.domain.payments.payout_schedule import PayoutSchedule
from marketplace.domain.payments.wallet import TopUp, TopUpNotFound
from marketplace.domain.shared.errors import StaleAggregate
from marketplace.domain.shared.ids import PayoutAccountId, PayoutId, TopUpId, UserId
from tests.fakes.world import MemoryTransaction, Rows


@dataclass(slots=True)
class PayoutRows(Rows):
    payouts: dict[PayoutId, Payout] = field(default_factory=dict)
    payout_accounts: dict[PayoutAccountId, PayoutAccount] = field(default_factory=dict)
    payout_schedules: dict[tuple[UserId, str], PayoutSchedule] = field(default_factory=dict)
    top_ups: dict[TopUpId, TopUp] = field(default_factory=dict)


class MemoryPayoutTransaction(MemoryTransaction):
    rows: PayoutRows

    def __init__(self) -> None:
        super().__init__()
        self.rows = PayoutRows()

    @property
    def inside(self) -> PayoutRows:
        super().inside  # noqa: B018 - it raises outside a block
        return self.rows


class MemoryPayouts(Payouts):
    def __init__(self, transaction: MemoryPayoutTransaction) -> None:
        self._transaction = transaction

    async def add(self, payout: Payout) -> None:
        self._transaction.ship(payout)
        self._transaction.inside.payouts[payout.id] = deepcopy(payout)

    async def find(self, payout_id: PayoutId) -> Payout:
        return await self.lock(payout_id)

    async def lock(self, payout_id: PayoutId) -> Payout:
        if payout_id not in self._transaction.inside.payouts:
            raise PayoutNotFound("no such payout")
        return deepcopy(self._transaction.inside.payouts[payout_id])

    async def save(self, payout: Payout) -> None:
        if self._transaction.inside.payouts[payout.id].version != payout.version:
            raise StaleAggregate("the payout changed meanwhile; load it again")
        payout.version += 1
        await self.add(payout)

    async def is_awaited(self, account_id: PayoutAccountId) -> bool:
        awaited = {PayoutStatus.REQUESTED, PayoutStatus.HELD, PayoutStatus.PROCESSING}
        payouts = self._transaction.inside.payouts.values()
        return any(one.account_id == account_id and one.status in awaited for one in payouts)


class MemoryPayoutAccounts(PayoutAccounts):
    def __init__(self, transaction: MemoryPayoutTransaction) -> None:
        self._transaction = transaction

    async def find(self, account_id: PayoutAccountId) -> PayoutAccount:
        if account_id not in self._transaction.inside.payout_accounts:
            raise PayoutAccountNotFound("no such payout account")
        return deepcopy(self._transaction.inside.payout_accounts[account_id])

    async def lock(self, owner: UserId, account_id: PayoutAccountId | None) -> PayoutAccount:
        for account in await self.hold(owner):
            if account.id == account_id or (account_id is None and account.is_default):
                return account
        raise PayoutAccountNotFound("no such payout account")

    async def hold(self, owner: UserId) -> list[PayoutAccount]:
        accounts = sorted(self._transaction.inside.payout_accounts.values(), key=lambda account: account.id)
        return [deepcopy(one) for one in accounts if one.owner == owner and one.removed_at is None]

    async def add(self, account: PayoutAccount) -> None:
        self._transaction.ship(account)
        self._transaction.inside.payout_accounts[account.id] = deepcopy(account)

    async def save(self, account: PayoutAccount) -> None:
        if self._transaction.inside.payout_accounts[account.id].version != account.version:
            raise StaleAggregate("the payout account changed meanwhile; load it again")
        account.version += 1
        await self.add(account)


class MemoryPayoutSchedules(PayoutSchedules):
    def __init__(self, transaction: MemoryPayoutTransaction) -> None:
        self._transaction = transaction

    async def put(self, schedule: PayoutSchedule) -> None:
        key = schedule.seller, schedule.minimum.currency
        self._transaction.inside.payout_schedules[key] = deepcopy(schedule)

    async def lock(self, seller: UserId, currency: str) -> PayoutSchedule | None:
        return deepcopy(self._transaction.inside.payout_schedules.get((seller, currency)))

    async def due(
        self, now: datetime, *, after: tuple[datetime, UserId, str] | None, limit: int
    ) -> Sequence[tuple[datetime, UserId, str]]:
        due = [
            (one.next_at, seller, currency)
            for (seller, currency), one in self._transaction.inside.payout_schedules.items()
            if one.next_at is not None and one.next_at <= now
        ]
        return sorted(one for one in due if after is None or one > after)[:limit]


class MemoryTopUps(TopUps):
    def __init__(self, transaction: MemoryPayoutTransaction) -> None:
        self._transaction = transaction

    async def add(self, top_up: TopUp) -> None:
        self._transaction.inside.top_ups[top_up.id] = top_up

    async def lock(self, top_up_id: TopUpId) -> TopUp:
        if top_up_id not in self._transaction.inside.top_ups:
            raise TopUpNotFound("no such top-up")
        return self._transaction.inside.top_ups[top_up_id]


class KnownRisks(PayoutRisks):
    def __init__(self) -> None:
        self.reasons: dict[UserId, HoldReason] = {}

    async def of(self, seller: UserId) -> HoldReason | None:
        return self.reasons.get(seller)


class MemoryPayoutGateway(PayoutGateway):
    """It refuses to be called inside a transaction. `unreachable`: nothing arrives."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction
        self.sent: dict[PayoutId, PayoutOrder] = {}
        self.unreachable = False

    async def send(self, order: PayoutOrder) -> PayoutOutcome:
        if self._transaction.is_open:
            raise RuntimeError("the gateway was called inside a transaction")
        if self.unreachable:
            raise GatewaySilent("the payment provider did not answer in time")
        if order.destination in ALWAYS_FAILS:
            return PayoutOutcome(succeeded=False, reference=None, message="The bank does not know this account")
        payout_id = PayoutId(order.payout_id)
        is_new = payout_id not in self.sent
        self.sent.setdefault(payout_id, order)
        if is_new and order.destination in TIMES_OUT_ONCE:
            raise GatewaySilent("the payment provider did not answer in time")
        return PayoutOutcome(succeeded=True, reference=f"payout-{payout_id}", message="Sent")


def the_only_for_payouts(gateway: PayoutGateway) -> PayoutGateways:
    """Pays to banks and cards, as the built-in simulator does."""
    kinds = dict.fromkeys((PayoutAccountKind.BANK, PayoutAccountKind.CARD_TOKEN), "simulator")
    return ConfiguredPayoutGateways(kinds, {"simulator": gateway})
