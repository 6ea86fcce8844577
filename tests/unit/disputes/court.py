"""A market in memory whose orders are disputed, joined by the real bridges."""

from typing import Any

from marketplace.adapters.bridges.disputes_asks_ordering import DisputedOrdersOfOrdering
from marketplace.adapters.bridges.disputes_asks_payments import DisputedMoneyOfPayments
from marketplace.adapters.bridges.payments_asks_ordering import PayablesOfOrdering
from marketplace.application.disputes.disputes import (
    AcceptProposal,
    EscalateDispute,
    LapseResponse,
    OpenDispute,
    RespondToDispute,
    Wish,
    WithdrawDispute,
    WriteInDispute,
)
from marketplace.application.disputes.endings import Endings, LoseToBank
from marketplace.application.disputes.rulings import ResolveDispute
from marketplace.application.ordering.life import AutoCompleteOrder, Move, keep, load
from marketplace.application.payments.refunds import RefundCancelled
from marketplace.application.shared.actor import Actor
from marketplace.domain.disputes.dispute import Dispute
from marketplace.domain.disputes.moves import DisputeId, DisputeOutcome, DisputeReason
from marketplace.domain.ordering.order import Order
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payment import Payment
from marketplace.domain.shared.ids import OrderId
from tests.builders.commerce import GOOD_CARD, an_actor
from tests.fakes.disputes import MemoryDisputes
from tests.fakes.market import Market
from tests.fakes.world import MemoryOrders, MemoryPayments, MemoryTimers, SequentialIds, entries_of

ALL = Wish(DisputeOutcome.BUYER)


class Court(Market):
    """`moderator` decides."""

    def __init__(self) -> None:
        super().__init__()
        block, clock, ids = self.transaction, self.clock, SequentialIds()
        self._timers, self.orders = MemoryTimers(block), MemoryOrders(block)
        self.moderator = an_actor()
        disputes = MemoryDisputes(block)
        orders = DisputedOrdersOfOrdering(self.orders, self._timers)
        money = DisputedMoneyOfPayments(MemoryPayments(block), self.earning_steps, self.refund_steps)
        endings = Endings(disputes, orders, money, self._timers)
        self.open = OpenDispute(disputes, orders, money, self._timers, block, clock, ids)
        self.respond = RespondToDispute(endings, disputes, block, clock)
        self.write = WriteInDispute(disputes, block, clock)
        self.accept = AcceptProposal(endings, block, clock)
        self.escalate = EscalateDispute(disputes, block, clock)
        self.withdraw = WithdrawDispute(endings, block, clock)
        self.lapse = LapseResponse(disputes, block, clock)
        self.resolve = ResolveDispute(endings, block, clock)
        self.lose_to_bank = LoseToBank(disputes, endings, orders, block, clock)
        payables = PayablesOfOrdering(self.orders, self._timers, clock)
        self.refund_cancelled = RefundCancelled(MemoryPayments(block), payables, self.refund_steps, block)
        self.auto_complete = AutoCompleteOrder(self.orders, self._timers, block, clock)

    async def paid(self) -> OrderId:
        order_id = await self.ordered()
        await self.pay_order(self.buyer, order_id, GOOD_CARD)
        return order_id

    async def move(self, order_id: OrderId, move: Move, actor: Actor) -> None:
        async with self.transaction:
            order, by = await load(self.orders, actor, order_id)
            move(order, by, self.clock.now())
            await keep(order, self.orders, self._timers)

    async def opened(self, order_id: OrderId, **changes: Any) -> DisputeId:
        """By the buyer, who wants all of it back."""
        given: dict[str, Any] = {"actor": self.buyer, "wanted": ALL, "reason": DisputeReason.OTHER, **changes}
        return (await self.open(given["actor"], order_id, given["reason"], "The box came empty.", given["wanted"])).id

    def dispute(self, dispute_id: DisputeId) -> Dispute:
        return self.rows.disputes[dispute_id]

    def order(self, order_id: OrderId) -> Order:
        return self.rows.orders[order_id]

    def payment_of(self, order_id: OrderId) -> Payment:
        return next(one for one in self.rows.payments.values() if one.cause.id == order_id)

    def balance(self, kind: AccountKind) -> int:
        """In minor units, debits positive."""
        return sum(entry.minor for entry in entries_of(self.rows) if entry.account.kind is kind)
