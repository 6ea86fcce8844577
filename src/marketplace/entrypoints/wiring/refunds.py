from dishka import Provider, Scope, provide, provide_all

from marketplace.adapters.sql.payments.lists import SqlMoneyLists
from marketplace.application.payments.refund_ports import MoneyLists
from marketplace.application.payments.refund_requests import (
    DecideRefundRequest,
    EscalateRefundRequest,
    RequestRefund,
    WithdrawRefundRequest,
)
from marketplace.application.payments.refunds import RetryRefund, ReturnLateMoney


class RefundsProvider(Provider):
    scope = Scope.REQUEST

    lists = provide(SqlMoneyLists, provides=MoneyLists, scope=Scope.APP)
    use_cases = provide_all(
        RequestRefund, DecideRefundRequest, WithdrawRefundRequest, EscalateRefundRequest, RetryRefund, ReturnLateMoney
    )
