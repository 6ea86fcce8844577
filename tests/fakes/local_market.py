"""A market in so'm whose payers use Payme or Click, and the calls of both."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from marketplace.adapters.bridges.payments_asks_ordering import PayablesOfOrdering
from marketplace.adapters.gateways.registry import ConfiguredGateways
from marketplace.adapters.ids import TimeOrderedIds
from marketplace.application.payments.click import AnswerClick, ClickSteps, ConfirmCancellation
from marketplace.application.payments.click_protocol import ClickTerms
from marketplace.application.payments.payme import AnswerPayme, PaymeSteps
from marketplace.application.payments.payme_protocol import PaymeTerms
from marketplace.application.payments.payments import AskGateway, Means, Pay, PaymentTerms, SettlePayment, SettlingSteps
from marketplace.application.payments.provider_ports import Call, ForgetProviderCalls, NoteCall
from marketplace.application.payments.refunds import RefundPayment, RefundSteps, SendRefund, SettleRefund
from marketplace.application.payments.reversals import TakeBack
from marketplace.application.payments.simulate import SimulateProvider
from marketplace.domain.ordering.order import PAYMENT_TIME
from marketplace.domain.payments.click import signature
from marketplace.domain.payments.payme import milliseconds
from marketplace.domain.payments.payment import Cause, CauseKind, Payment, PaymentMethod
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money
from tests.builders.commerce import a_placed_order
from tests.fakes.market import Market
from tests.fakes.provider_calls import (
    LinkGateway,
    MemoryAlarms,
    MemoryClickTransactions,
    MemoryPaymeTransactions,
    MemoryProviderCalls,
)
from tests.fakes.world import (
    MemoryLedger,
    MemoryOrders,
    MemoryPayments,
    MemoryRefunds,
    MemoryTimers,
)

KEY = "a-key-of-thirty-six-characters-12345"
SECRET = "click-secret"
SERVICE = "777"
PRICE = Decimal("750000.00")
TIYIN = 75_000_000
FORM = "application/x-www-form-urlencoded"


class LocalMarket(Market):
    def __init__(self, payme: PaymeTerms | None = None, *, asks_back: bool = False) -> None:
        super().__init__()
        block, clock, ids = self.transaction, self.clock, TimeOrderedIds()
        timers, orders, payments = MemoryTimers(block), MemoryOrders(block), MemoryPayments(block)
        self.orders = orders
        ledger, refunds = MemoryLedger(block), MemoryRefunds(block)
        payables = PayablesOfOrdering(orders, timers, clock)
        steps = SettlingSteps(payments, payables, ledger, timers, ids, clock)
        self.link = LinkGateway()
        methods = {PaymentMethod.PAYME: "payme", PaymentMethod.CLICK: "click"}
        gateways = ConfiguredGateways(methods, {"payme": self.link, "click": self.link})
        terms = PaymentTerms(return_url="http://localhost/payments", hold=timedelta(hours=72), cool_off=timedelta())
        settle = SettlePayment(payments, payables, steps, block)
        self.pay = Pay(payments, payables, gateways, ledger, steps, settle, timers, block, clock, ids, terms)
        refund_steps = RefundSteps(payments, refunds, ledger, timers, clock, ids)
        settle_refund = SettleRefund(payments, refunds, payables, ledger, timers, block, clock, ids)
        send = SendRefund(payments, refunds, gateways, settle_refund, block)
        self.refund_payment = RefundPayment(payments, payables, refund_steps, send, block)
        self.alarms = MemoryAlarms()
        note, take_back = (
            NoteCall(MemoryProviderCalls(block), clock, ids),
            TakeBack(refunds, refund_steps, settle_refund, payables, ledger, clock),
        )
        self.payme_terms = payme or PaymeTerms(keys=(KEY,))
        payme_steps = PaymeSteps(
            MemoryPaymeTransactions(block), payments, payables, steps, take_back, clock, self.payme_terms
        )
        self.payme = AnswerPayme(payme_steps, self.payme_terms, note, block)
        self.click_terms = ClickTerms(service_id=SERVICE, secret=SECRET, asks_back=asks_back)
        click_steps = ClickSteps(
            MemoryClickTransactions(block), payments, payables, steps, take_back, timers, self.alarms, clock,
            self.click_terms,
        )  # fmt: skip
        self.click = AnswerClick(click_steps, self.click_terms, note, block)
        self.ask = AskGateway(gateways, payments, settle, block, clock)
        self.confirm_cancellation = ConfirmCancellation(click_steps, gateways, block)
        self.forget_calls = ForgetProviderCalls(MemoryProviderCalls(block), block, clock)
        self.simulate = SimulateProvider(
            payments, self.payme, self.payme_terms, self.click, self.click_terms, block, clock
        )

    async def awaiting(self, method: PaymentMethod) -> PaymentId:
        """A payment that waits for its payer."""
        now = self.clock.now()
        order = a_placed_order(
            buyer=self.buyer.user, seller=self.seller.user, amount=Money.price(PRICE, "UZS"), created_at=now,
            payment_due_at=now + PAYMENT_TIME,
        )  # fmt: skip
        async with self.transaction:
            await self.orders.add(order)
        return (await self.pay(self.buyer, Cause(CauseKind.ORDER, order.id), Means(method))).id

    def payment(self, payment_id: PaymentId) -> Payment:
        return self.rows.payments[payment_id]

    @property
    def now(self) -> int:
        return milliseconds(self.clock.now())

    async def call_payme(self, method: str, params: Mapping[str, Any], **changes: Any) -> bytes:
        body = json.dumps({"jsonrpc": "2.0", "id": 2032, "method": method, "params": params}).encode()
        return await self.payme(a_payme_call(**{"body": body, **changes}))

    async def rpc(self, method: str, **params: Any) -> Any:
        """The `result`, or the error's code."""
        answer = json.loads(await self.call_payme(method, params))
        return answer["error"]["code"] if "error" in answer else answer["result"]

    async def create(self, payment_id: PaymentId, id_: str, **changes: Any) -> Any:
        given = {"id": id_, "time": self.now, "amount": TIYIN, "account": {"order_id": str(payment_id)}}
        return await self.rpc("CreateTransaction", **{**given, **changes})

    async def call_click(self, action: str, fields: Mapping[str, str]) -> Any:
        call = Call(method="POST", headers={"content-type": FORM}, body=urlencode(fields).encode(), address="")
        return json.loads(await self.click(action, call))


def a_payme_call(**changes: Any) -> Call:
    given = {"method": "POST", "headers": {"authorization": basic(KEY)}, "body": b"{}", "address": "127.0.0.1"}
    return Call(**{**given, **changes})


def basic(key: str, login: str = "Paycom") -> str:
    return f"Basic {b64encode(f'{login}:{key}'.encode()).decode()}"


def click_fields(payment_id: PaymentId, trans_id: int, action: str = "0", **changes: Any) -> dict[str, str]:
    """Signed as Click signs, after the changes; `sign_string` may be one of them."""
    given: dict[str, Any] = {
        "click_trans_id": trans_id, "service_id": SERVICE, "click_paydoc_id": trans_id,
        "merchant_trans_id": payment_id, "amount": "750000.00", "action": action, "error": 0,
        "error_note": "Success", "sign_time": "2030-01-01 17:00:00", **changes,
    }  # fmt: skip
    fields = {name: str(value) for name, value in given.items()}
    return {"sign_string": signature(fields, SECRET), **fields}
