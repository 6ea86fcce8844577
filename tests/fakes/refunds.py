"""Requests for refunds, retries and money that came late, in a market on the memory adapters."""

from uuid import UUID

from marketplace.adapters.bridges.payments_asks_ordering import PayablesOfOrdering
from marketplace.application.payments.refund_requests import (
    DecideRefundRequest,
    EscalateRefundRequest,
    RequestRefund,
    WithdrawRefundRequest,
)
from marketplace.application.payments.refunds import RetryRefund, ReturnLateMoney
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.refund import Refund
from marketplace.domain.shared.ids import RefundId
from tests.fakes.market import Market
from tests.fakes.world import (
    MemoryLedger,
    MemoryOrders,
    MemoryPayments,
    MemoryRefunds,
    MemoryTimers,
    entries_of,
)


class RefundDesk:
    def __init__(self, market: Market) -> None:
        self.market = market
        block, clock, steps = market.transaction, market.clock, market.refund_steps
        payments, refunds, timers = MemoryPayments(block), MemoryRefunds(block), MemoryTimers(block)
        payables = PayablesOfOrdering(MemoryOrders(block), timers, clock)
        self.ask = RequestRefund(payments, payables, refunds, steps, timers, block, clock)
        self.decide = DecideRefundRequest(payments, payables, refunds, steps, timers, block, clock)
        self.withdraw = WithdrawRefundRequest(refunds, timers, block, clock)
        self.escalate = EscalateRefundRequest(refunds, block, clock)
        self.retry = RetryRefund(refunds, payments, payables, market.send_refund, timers, block, clock)
        self.return_late = ReturnLateMoney(payments, payables, refunds, MemoryLedger(block), steps, block)

    def refund(self, refund_id: UUID) -> Refund:
        return self.market.rows.refunds[RefundId(refund_id)]

    @property
    def balances(self) -> dict[AccountKind, int]:
        """Those that hold something."""
        found: dict[AccountKind, int] = {}
        for entry in entries_of(self.market.rows):
            found[entry.account.kind] = found.get(entry.account.kind, 0) + entry.minor
        return {kind: minor for kind, minor in found.items() if minor}
