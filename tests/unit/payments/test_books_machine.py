"""Any history of sales, refunds, payouts, disputes and chargebacks leaves the books that a plain model says.

`pytest --hypothesis-profile=prove` on this file alone runs it 2,000 times.
"""

from collections.abc import Coroutine
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.ledger import NEVER_OVERDRAWN, AccountKind
from marketplace.domain.payments.refund import RefundOutcome
from marketplace.domain.payments.shares import Share
from marketplace.domain.shared.ids import PaymentId, RefundId, UserId
from marketplace.domain.shared.money import Money
from tests.builders.commerce import a_user_id
from tests.fakes.till import ARRIVED, Till
from tests.unit.payments.books_model import BooksModel, LineModel, SaleModel

K = AccountKind
REFUSED = RefundOutcome(succeeded=False, reference=None, message="Refused")
SELLERS = [a_user_id() for _ in range(3)]
whole = st.integers(1, 100_000)
percents = st.integers(0, 100)
lines = st.lists(st.tuples(whole, percents, st.sampled_from([0, 0, 10, 50])), min_size=1, max_size=3)
numbers = st.integers(0, 1_000)


def run(step: Coroutine[Any, Any, Any]) -> Any:
    """Nothing in it waits."""
    try:
        step.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("a till on the memory adapters waits for nothing")


def minor(amount: int) -> Money:
    return Money(amount, "AED")


class BooksOfPayments(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.till, self.model = Till(), BooksModel()
        self.sales: list[tuple[PaymentId, SaleModel]] = []
        self.on_the_way: list[tuple[RefundId, SaleModel, int]] = []

    @rule(who=st.sampled_from(SELLERS), lines=lines)
    def sell(self, who: Any, lines: list[tuple[int, int, int]]) -> None:
        """Each line: what is paid, the fee and the discount at our cost, in hundredths of it."""
        parts = [(amount, amount * fee // 100, amount * subsidy // 100) for amount, fee, subsidy in lines]
        shares = [Share.of(*(minor(one) for one in part)) for part in parts]
        sale = self.model.sell(who, [LineModel(*part) for part in parts])
        self.sales.append((run(self.till.sell(who, *shares)), sale))

    @precondition(lambda self: self.sales)
    @rule(number=numbers, percent=st.integers(1, 100))
    def promise_back(self, number: int, percent: int) -> None:
        payment, sale = self._one(number)
        amount = -(-sale.left * percent // 100)
        if amount:
            self.on_the_way.append((run(self.till.promise_back(payment, minor(amount))), sale, amount))
            self.model.promise(sale, amount)

    @precondition(lambda self: self.on_the_way)
    @rule(number=numbers)
    def it_arrives(self, number: int) -> None:
        refund, sale, amount = self.on_the_way.pop(number % len(self.on_the_way))
        run(self.till.arrive(refund))
        run(self.till.arrive(refund))
        self.model.arrive(sale, amount)

    @precondition(lambda self: self.on_the_way)
    @rule(number=numbers)
    def the_provider_refuses(self, number: int) -> None:
        """What was promised stays promised until somebody mends it: later words change nothing."""
        refund, _, _ = self.on_the_way.pop(number % len(self.on_the_way))
        for outcome in (REFUSED, ARRIVED):
            run(self.till.arrive(refund, outcome))

    @precondition(lambda self: self.sales)
    @rule(number=numbers)
    def settle(self, number: int) -> None:
        payment, sale = self._one(number)
        run(self.till.settle(payment))
        self.model.settle(sale)

    @precondition(lambda self: self.sales)
    @rule(number=numbers)
    def freeze(self, number: int) -> None:
        payment, sale = self._one(number)
        run(self.till.freeze(payment))
        self.model.freeze(sale)

    @precondition(lambda self: self.sales)
    @rule(number=numbers)
    def thaw(self, number: int) -> None:
        payment, sale = self._one(number)
        run(self.till.thaw(payment))
        sale.frozen = False

    @rule(who=st.sampled_from(SELLERS), percent=st.integers(1, 100))
    def pay_out(self, who: Any, percent: int) -> None:
        amount = self.model.owed[who] * percent // 100
        if amount > 0:
            run(self.till.pay_out(who, minor(amount)))
            self.model.pay_out(who, amount)

    @precondition(lambda self: self.sales)
    @rule(number=numbers, stage=st.sampled_from(list(ChargebackStage)), percent=st.sampled_from([30, 100, 130]))
    def bank_says(self, number: int, stage: ChargebackStage, percent: int) -> None:
        payment, sale = self._one(number)
        amount = max(1, sum(line.amount for line in sale.lines) * percent // 100)
        run(self.till.chargeback(payment, stage, minor(amount)))
        self.model.chargeback(sale, stage, amount)

    def _one(self, number: int) -> tuple[PaymentId, SaleModel]:
        return self.sales[number % len(self.sales)]

    @invariant()
    def the_books_are_those_of_the_model(self) -> None:
        model = self.model
        expected: dict[tuple[K, UserId | None], int] = {
            (K.PROVIDER_CLEARING, None): model.clearing, (K.REFUNDS_IN_TRANSIT, None): -model.promised,
            (K.DISPUTED_FUNDS, None): model.disputed, (K.LOSS, None): model.loss,
            (K.PLATFORM_FEES, None): -model.fees, (K.PROMO_COST, None): model.subsidies,
        }  # fmt: skip
        for seller in SELLERS:
            expected[K.SELLER_PENDING, seller] = -model.held(seller)
            expected[K.SELLER_PAYABLE, seller] = -model.owed[seller]
            expected[K.SELLER_RECEIVABLE, seller] = model.debts[seller]
        found = {(account.kind, account.owner): amount for account, amount in self.till.ledger.balances.items()}
        assert {name: amount for name, amount in found.items() if amount} == {
            name: amount for name, amount in expected.items() if amount
        }
        assert sum(found.values()) == 0
        assert all(amount <= 0 for (kind, _), amount in found.items() if kind in NEVER_OVERDRAWN)

    @invariant()
    def no_more_goes_back_than_came(self) -> None:
        for payment_id, sale in self.sales:
            payment = self.till.payment(payment_id)
            assert payment.refundable.minor == sale.left >= 0
            assert payment.refunded.minor == sale.sent
            assert payment.refunding + payment.refunded + payment.refundable == payment.amount
            assert payment.earnings.minor == sale.earnings
            assert payment.withdrawn.minor == sale.withdrawn


TestBooksOfPayments = BooksOfPayments.TestCase
TestBooksOfPayments.settings = (
    settings(stateful_step_count=50)
    if settings.get_current_profile_name() == "prove"
    else settings(max_examples=200, stateful_step_count=50, deadline=None)
)
