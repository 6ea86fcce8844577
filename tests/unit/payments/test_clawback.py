"""Refunds after the payout take back exactly what each sale gave; every figure here was worked out by hand."""

from collections.abc import Awaitable
from dataclasses import dataclass
from decimal import Decimal

import pytest

from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payment import PaymentState, RefundTooLarge
from marketplace.domain.payments.shares import Share
from tests.builders.commerce import a_user_id, aed
from tests.fakes.till import Till

K = AccountKind


@dataclass
class Books:
    """Of one seller; credits are negative, as in the ledger."""

    till: Till

    async def after(self, step: Awaitable[object], **expected: str) -> None:
        """Do it and compare the whole books: accounts that are not named hold nothing."""
        await step
        await self.hold(**expected)

    async def hold(self, **expected: str) -> None:
        found = {account.kind: minor for account, minor in self.till.ledger.balances.items() if minor}
        assert found == {K(kind): int(Decimal(amount) * 100) for kind, amount in expected.items()}
        assert sum(found.values()) == 0


@pytest.fixture
def till() -> Till:
    return Till()


@pytest.fixture
def books(till: Till) -> Books:
    return Books(till)


def share(amount: str, basis_points: int, subsidy: str | None = None) -> Share:
    """The fee is taken on what the seller is owed: the payer's money and the subsidy."""
    gross = aed(amount) + aed(subsidy) if subsidy else aed(amount)
    return Share.of(aed(amount), gross.share(basis_points), aed(subsidy) if subsidy else None)


async def test_pay_pay_out_refund_twice_and_sell_again(till: Till, books: Books) -> None:
    """Item 3 of what puts us ahead: 5 %, 1,000.00 sold and paid out, 40 % refunded twice, 500.00 sold.

    40 % of 1,000.00 is 400.00: 20.00 of the fee and 380.00 of the earnings. The payable may be overdrawn by 100.00.
    """
    seller = a_user_id()
    first = await till.sell(seller, share("1000", 500))
    await books.hold(provider_clearing="1000", seller_pending="-950", platform_fees="-50")
    await books.after(
        till.settle(first), provider_clearing="1000", seller_payable="-950", platform_fees="-50"
    )  # fmt: skip
    await books.after(till.pay_out(seller, aed(950)), provider_clearing="50", platform_fees="-50")
    await books.after(
        till.give_back(first, aed(400)),
        provider_clearing="-350", seller_payable="100", seller_receivable="280", platform_fees="-30",
    )  # fmt: skip
    await books.after(
        till.give_back(first, aed(400)),
        provider_clearing="-750", seller_payable="100", seller_receivable="660", platform_fees="-10",
    )  # fmt: skip
    second = await till.sell(seller, share("500", 500))
    await books.hold(
        provider_clearing="-250", seller_pending="-475", seller_payable="100", seller_receivable="660",
        platform_fees="-35",
    )  # fmt: skip
    await books.after(
        till.settle(second),
        provider_clearing="-250", seller_receivable="285", platform_fees="-35",
    )  # fmt: skip
    third = await till.sell(seller, share("500", 500))
    await books.after(
        till.settle(third), provider_clearing="250", seller_payable="-190", platform_fees="-60"
    )  # fmt: skip
    assert till.payment(first).refundable == aed(200)
    assert till.payment(first).status is PaymentState.PARTIALLY_REFUNDED
    with pytest.raises(RefundTooLarge):
        await till.promise_back(first, aed("200.01"))
    await books.hold(provider_clearing="250", seller_payable="-190", platform_fees="-60")


async def test_the_rate_of_the_sale_goes_back_whatever_the_rate_is_now(till: Till, books: Books) -> None:
    """5 % at the first sale, 15 % at the second: a refund of the first gives back 5 %, of the second 15 %."""
    seller = a_user_id()
    before = await till.sell(seller, share("1000", 500))
    after = await till.sell(seller, share("1000", 1500))
    await books.hold(provider_clearing="2000", seller_pending="-1800", platform_fees="-200")
    await books.after(
        till.give_back(before, aed(400)), provider_clearing="1600", seller_pending="-1420", platform_fees="-180"
    )
    await books.after(
        till.give_back(after, aed(400)), provider_clearing="1200", seller_pending="-1080", platform_fees="-120"
    )


async def test_a_discount_at_our_cost_comes_back_in_proportion(till: Till, books: Books) -> None:
    """Goods of 1,000.00, 100.00 of it ours: the payer pays 900.00, the fee is 5 % of 1,000.00.

    300.00 is a third of what was paid: 33.33 of the discount and 16.67 of the fee, so the seller gives 316.66.
    The rest takes exactly the rest.
    """
    seller = a_user_id()
    sale = await till.sell(seller, share("900", 500, subsidy="100"))
    await books.hold(provider_clearing="900", promo_cost="100", seller_pending="-950", platform_fees="-50")
    await books.after(
        till.give_back(sale, aed(300)),
        provider_clearing="600", promo_cost="66.67", seller_pending="-633.34", platform_fees="-33.33",
    )  # fmt: skip
    await books.after(
        till.give_back(sale, aed(300)),
        provider_clearing="300", promo_cost="33.33", seller_pending="-316.66", platform_fees="-16.67",
    )  # fmt: skip
    await books.after(till.give_back(sale, aed(300)))
    assert till.payment(sale).status is PaymentState.REFUNDED


async def test_each_line_gives_back_its_own_fee(till: Till, books: Books) -> None:
    """600.00 at 5 %, 300.00 at 15 %, 100.00 free: a refund of 100.00 is 60.00, 30.00 and 10.00 of them.

    3.00 + 4.50 + 0.00 of the fees goes back with it.
    """
    seller = a_user_id()
    sale = await till.sell(seller, share("600", 500), share("300", 1500), share("100", 0))
    await books.hold(provider_clearing="1000", seller_pending="-925", platform_fees="-75")
    await books.after(
        till.give_back(sale, aed(100)), provider_clearing="900", seller_pending="-832.50", platform_fees="-67.50"
    )
    await books.after(till.give_back(sale, aed(900)))


async def test_a_cent_at_a_time_gives_back_no_more_than_the_fee(till: Till, books: Books) -> None:
    """0.07 at 50 %: the fee is 0.04. Of seven cents each second one is ours."""
    sale = await till.sell(a_user_id(), share("0.07", 5000))
    fees = []
    for _ in range(7):
        await till.give_back(sale, aed("0.01"))
        fees.append(sum(minor for account, minor in till.ledger.balances.items() if account.kind is K.PLATFORM_FEES))
    assert fees == [-3, -3, -2, -2, -1, -1, 0]
    await books.hold()


async def test_a_bank_that_takes_a_paid_out_sale_leaves_a_debt(till: Till, books: Books) -> None:
    """1,000.00 at 5 %, paid out; 400.00 refunded; the bank takes 1,000.00: of the seller the 570.00 that were left of
    it, of us 30.00 of the fee and the 400.00 that had gone back already."""
    seller = a_user_id()
    sale = await till.sell(seller, share("1000", 500))
    await till.settle(sale)
    await till.pay_out(seller, aed(950))
    await till.give_back(sale, aed(400))
    await books.after(
        till.chargeback(sale, ChargebackStage.NEEDS_RESPONSE, aed(1000)),
        provider_clearing="-1350", disputed_funds="1000", seller_payable="100", seller_receivable="280",
        platform_fees="-30",
    )  # fmt: skip
    await books.after(
        till.chargeback(sale, ChargebackStage.LOST, aed(1000)),
        provider_clearing="-1350", seller_payable="100", seller_receivable="850", loss="400",
    )  # fmt: skip


async def test_a_dispute_over_a_paid_out_sale_is_covered_by_the_next_one(till: Till, books: Books) -> None:
    """Frozen earnings that are gone already are a debt until they are released."""
    seller = a_user_id()
    sale = await till.sell(seller, share("1000", 500))
    await till.settle(sale)
    await till.pay_out(seller, aed(950))
    await books.after(
        till.freeze(sale),
        provider_clearing="50", seller_pending="-950", seller_payable="100", seller_receivable="850",
        platform_fees="-50",
    )  # fmt: skip
    await books.after(
        till.give_back(sale, aed(500)),
        provider_clearing="-450", seller_pending="-475", seller_payable="100", seller_receivable="850",
        platform_fees="-25",
    )  # fmt: skip
    await till.settle(sale)
    await till.thaw(sale)
    await books.after(till.settle(sale), provider_clearing="-450", seller_receivable="475", platform_fees="-25")
