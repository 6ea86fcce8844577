"""Payouts at once, and refunds, providers and schedules beside them: each is paid once, never above what is settled."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from marketplace.application.payments.chargebacks import NoteChargeback
from marketplace.application.payments.earnings import SettleEarnings
from marketplace.application.payments.payments import InsufficientFunds, Means, Pay
from marketplace.application.payments.payout_accounts import (
    AddPayoutAccount,
    RemovePayoutAccount,
    RunPayoutSchedules,
    SetPayoutSchedule,
)
from marketplace.application.payments.payout_ports import PayoutAccounts
from marketplace.application.payments.payouts import (
    ApprovePayout,
    CancelPayout,
    RequestPayout,
    RetryPayout,
    SendPayout,
)
from marketplace.application.payments.refunds import RefundPayment
from marketplace.application.payments.wallet import TopUpWallet
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.ports import Transaction
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.payment import Cause, CauseKind, PaymentMethod
from marketplace.domain.payments.payout import IllegalPayoutMove, PayoutTooLarge, PayoutTooSmall
from marketplace.domain.payments.payout_account import (
    PayoutAccountCoolingOff,
    PayoutAccountInUse,
    PayoutAccountKind,
    PayoutAccountNotFound,
    TooManyPayoutAccounts,
)
from marketplace.domain.payments.payout_schedule import Interval
from tests.builders.commerce import GOOD_CARD, aed, an_actor
from tests.builders.payouts import FAILING_IBAN, IBAN, SLOW_IBAN, an_account, settle
from tests.engines import Database
from tests.integration.commerce.market import SqlMarket, a_market
from tests.integration.races import outcomes

BALANCE = """
SELECT coalesce(sum(-balance_minor), 0)::bigint FROM payments.ledger_accounts WHERE owner_id = $1 AND kind = $2
"""


@dataclass
class Desk:
    market: SqlMarket
    finance: Actor

    async def seller(self, settled: str = "0", iban: str = IBAN) -> Actor:
        """Somebody new, with an account that has cooled off."""
        seller = self.proven(an_actor())
        async with self.market.container() as scope:
            accounts, transaction = await scope.get(PayoutAccounts), await scope.get(Transaction)
            async with transaction:
                await accounts.add(an_account(owner=seller.user, destination=iban))
        if Decimal(settled):
            await settle(self.market.container, seller.user, settled)
        return seller

    def proven(self, actor: Actor) -> Actor:
        return Actor(actor.user, actor.session, actor.permissions, self.market.clock.at)

    async def request(self, seller: Actor, amount: str | None = None) -> UUID:
        wanted = Decimal(amount) if amount else None
        payout: UUID = (await self.market.run(RequestPayout, seller, "AED", wanted, None)).id
        return payout

    async def balance(self, seller: Actor, kind: str) -> int:
        balance: int = await self.market.value(BALANCE, seller.user, kind)
        return balance

    async def statuses(self, seller: Actor) -> Counter[str]:
        rows = await self.market.all("SELECT status FROM payments.payouts WHERE seller_id = $1", seller.user)
        return Counter(row["status"] for row in rows)

    async def sent(self, seller: Actor) -> int:
        """In the provider's books."""
        minor: int = await self.market.value(
            "SELECT coalesce(sum(s.amount_minor), 0)::bigint FROM gateway_simulator.payouts s"
            " JOIN payments.payouts p ON p.id = s.payout_id WHERE p.seller_id = $1",
            seller.user,
        )
        return minor


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with a_market(database) as market:
        desk = Desk(market, an_actor())
        desk.finance = desk.proven(desk.finance)
        yield desk
        await market.books_are_right()


async def test_eight_requests_at_once_never_take_more_than_is_there(desk: Desk) -> None:
    seller = await desk.seller("1000")
    results = await outcomes(*(desk.request(seller, "300") for _ in range(8)))
    made = [one for one in results if isinstance(one, UUID)]
    assert len(made) == 3, results
    assert all(isinstance(one, PayoutTooLarge) for one in results if not isinstance(one, UUID)), results
    await outcomes(*(desk.market.run(SendPayout, payout) for payout in made * 3))
    assert await desk.statuses(seller) == {"paid": 3}
    assert (await desk.sent(seller), await desk.balance(seller, "seller_payable")) == (90_000, 10_000)


async def test_everything_is_asked_for_once(desk: Desk) -> None:
    seller = await desk.seller("1000")
    results = await outcomes(*(desk.request(seller) for _ in range(8)))
    refused = [one for one in results if not isinstance(one, UUID)]
    assert len(refused) == 7
    assert all(isinstance(one, PayoutTooSmall) for one in refused), results


async def test_a_silent_provider_and_many_timers_pay_once(desk: Desk) -> None:
    seller = await desk.seller("100", SLOW_IBAN)
    payout = await desk.request(seller)
    for _ in range(2):
        results = await outcomes(*(desk.market.run(SendPayout, payout) for _ in range(6)))
        assert results == [None] * 6
    assert (await desk.statuses(seller), await desk.sent(seller)) == ({"paid": 1}, 10_000)


async def test_approving_and_cancelling_at_once_do_one_of_them(desk: Desk) -> None:
    for _ in range(4):
        seller = await desk.seller("6000")
        payout = await desk.request(seller)
        results = await outcomes(
            *(desk.market.run(ApprovePayout, desk.finance, payout) for _ in range(3)),
            *(desk.market.run(CancelPayout, seller, payout) for _ in range(3)),
        )
        refused = [one for one in results if isinstance(one, BaseException)]
        assert len(refused) == 5
        assert all(isinstance(one, IllegalPayoutMove) for one in refused), results
        cancelled = (await desk.statuses(seller)) == {"cancelled": 1}
        assert await desk.balance(seller, "seller_payable") == (600_000 if cancelled else 0)


async def test_many_retries_set_the_money_aside_once(desk: Desk) -> None:
    seller = await desk.seller("100", FAILING_IBAN)
    payout = await desk.request(seller)
    await desk.market.run(SendPayout, payout)
    results = await outcomes(*(desk.market.run(RetryPayout, desk.finance, payout) for _ in range(5)))
    assert sum(isinstance(one, IllegalPayoutMove) for one in results) == 4, results
    assert await desk.balance(seller, "payouts_in_transit") == 10_000


async def test_refunds_beside_payouts_leave_a_debt_and_no_more(desk: Desk) -> None:
    """750.00 at 5 %: 712.50 is settled; 300.00 goes back, 285.00 of it from the seller."""
    market = desk.market
    for _ in range(3):
        payment = await market.pay(await market.ordered())
        before = await desk.balance(market.seller, "seller_payable")
        with pytest.raises((PayoutTooSmall, PayoutAccountNotFound)):
            await desk.request(market.seller)
        await market.run(SettleEarnings, payment.id)
        assert await desk.balance(market.seller, "seller_payable") == before + 71_250
    async with market.container() as scope:
        accounts, transaction = await scope.get(PayoutAccounts), await scope.get(Transaction)
        async with transaction:
            await accounts.add(an_account(owner=market.seller.user))
    results = await outcomes(
        *(desk.request(market.seller, "600") for _ in range(6)),
        *(market.run(RefundPayment, desk.finance, payment.id, Decimal(150), "broken") for _ in range(2)),
    )
    assert not [one for one in results[6:] if isinstance(one, BaseException)], results
    made = [one for one in results[:6] if isinstance(one, UUID)]
    assert len(made) == 3, results
    await outcomes(*(market.run(SendPayout, payout) for payout in made))
    left = await desk.balance(market.seller, "seller_payable") - await market.value(
        "SELECT coalesce(sum(balance_minor), 0)::bigint FROM payments.ledger_accounts"
        " WHERE owner_id = $1 AND kind = 'seller_receivable'",
        market.seller.user,
    )
    assert left == 3 * 71_250 - 2 * 14_250 - 3 * 60_000
    assert await desk.sent(market.seller) == 180_000


async def test_two_workers_run_a_schedule_once(desk: Desk) -> None:
    sellers = [await desk.seller("100") for _ in range(4)]
    for seller in sellers:
        view = await desk.market.run(SetPayoutSchedule, seller, "AED", Interval.WEEKLY, 3, Decimal(50))
    desk.market.clock.at = view.next_at
    made = await asyncio.gather(*(desk.market.run(RunPayoutSchedules) for _ in range(4)))
    assert sum(made) == 4
    for seller in sellers:
        assert await desk.statuses(seller) == {"processing": 1}


async def test_accounts_added_at_once_are_five_and_one_is_the_default(desk: Desk) -> None:
    seller = desk.proven(an_actor())

    async def add() -> None:
        async with desk.market.container() as scope:
            await (await scope.get(AddPayoutAccount))(seller, PayoutAccountKind.BANK, "Amina", IBAN, is_default=True)

    results = await outcomes(*(add() for _ in range(8)))
    assert sum(isinstance(one, TooManyPayoutAccounts) for one in results) == 3, results
    rows = await desk.market.all("SELECT is_default FROM payments.payout_accounts WHERE owner_id = $1", seller.user)
    assert sorted(row["is_default"] for row in rows) == [False, False, False, False, True]
    with pytest.raises(PayoutAccountCoolingOff):
        await desk.request(seller)
    desk.market.clock.advance(timedelta(hours=72))
    with pytest.raises(PayoutTooSmall):
        await desk.request(seller)


async def test_an_account_that_goes_while_a_payout_is_asked_for(desk: Desk) -> None:
    for _ in range(4):
        seller = await desk.seller("6000")
        account = await desk.market.value("SELECT id FROM payments.payout_accounts WHERE owner_id = $1", seller.user)
        asked, removed = await outcomes(
            desk.request(seller), desk.market.run(RemovePayoutAccount, desk.proven(seller), account)
        )
        if isinstance(asked, UUID):
            assert isinstance(removed, PayoutAccountInUse)
        else:
            assert (type(asked), removed) == (PayoutAccountNotFound, None)


async def test_a_lost_chargeback_takes_what_the_wallet_has_and_the_rest_is_our_loss(desk: Desk) -> None:
    market = desk.market
    market.buyer = an_actor()
    loss = "SELECT coalesce(sum(balance_minor), 0)::bigint FROM payments.ledger_accounts WHERE kind = 'loss'"
    before = await market.value(loss)
    topped = await market.run(
        TopUpWallet, market.buyer, Decimal(1000), "AED", Means(PaymentMethod.CREDIT_CARD, GOOD_CARD)
    )
    await market.run(Pay, market.buyer, Cause(CauseKind.ORDER, await market.ordered()), Means(PaymentMethod.WALLET))
    with pytest.raises(InsufficientFunds):
        await market.run(RefundPayment, desk.finance, topped.id, None, "asked")
    await market.run(NoteChargeback, topped.id, ChargebackStage.LOST, aed(1000))
    assert (await desk.balance(market.buyer, "buyer_wallet"), await market.value(loss)) == (0, before + 75_000)


async def test_two_payments_at_once_never_spend_a_wallet_twice(desk: Desk) -> None:
    market = desk.market
    for _ in range(3):
        market.buyer = an_actor()
        await market.run(TopUpWallet, market.buyer, Decimal(1000), "AED", Means(PaymentMethod.CREDIT_CARD, GOOD_CARD))
        orders = [await market.ordered() for _ in range(3)]
        means = Means(PaymentMethod.WALLET)
        results = await outcomes(
            *(market.run(Pay, market.buyer, Cause(CauseKind.ORDER, order), means) for order in orders)
        )
        assert sum(isinstance(one, InsufficientFunds) for one in results) == 2, results
        assert await desk.balance(market.buyer, "buyer_wallet") == 25_000
