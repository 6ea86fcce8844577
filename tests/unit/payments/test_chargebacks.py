"""What a payer's bank takes: any order of its news ends in the same books."""

from itertools import permutations

import pytest

from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.ledger import AccountKind
from marketplace.domain.payments.payment import PaymentNotRefundable, PaymentState
from marketplace.domain.shared.ids import PaymentId
from tests.builders.commerce import BAD_CARD, GOOD_CARD, aed
from tests.fakes.market import Market
from tests.fakes.world import entries_of

S = ChargebackStage
NOTHING = {
    AccountKind.PROVIDER_CLEARING: 75_000, AccountKind.SELLER_PENDING: -71_250, AccountKind.PLATFORM_FEES: -3_750,
}  # fmt: skip


def balances(market: Market) -> dict[AccountKind, int]:
    found: dict[AccountKind, int] = {}
    for entry in entries_of(market.rows):
        found[entry.account.kind] = found.get(entry.account.kind, 0) + entry.minor
    return {kind: minor for kind, minor in found.items() if minor}


async def paid(market: Market) -> PaymentId:
    return (await market.pay_order(market.buyer, await market.ordered(), GOOD_CARD)).id


async def test_the_bank_holds_the_money_until_it_decides() -> None:
    market = Market()
    payment = await paid(market)
    await market.note_chargeback(payment, S.NEEDS_RESPONSE, aed(750))
    assert balances(market) == {
        AccountKind.DISPUTED_FUNDS: 75_000, AccountKind.SELLER_PENDING: -71_250, AccountKind.PLATFORM_FEES: -3_750,
    }  # fmt: skip
    await market.note_chargeback(payment, S.WON, aed(750))
    assert balances(market) == NOTHING
    assert market.rows.payments[payment].status is PaymentState.CAPTURED


async def test_a_lost_one_takes_back_the_exact_fee_and_the_rest_is_our_loss() -> None:
    market = Market()
    payment = await paid(market)
    await market.refund_payment(market.stranger, payment, aed(300).decimal, "half of it broke")
    await market.note_chargeback(payment, S.LOST, aed(750))
    assert balances(market) == {AccountKind.PROVIDER_CLEARING: -30_000, AccountKind.LOSS: 30_000}
    assert market.rows.payments[payment].status is PaymentState.REFUNDED
    assert market.rows.orders[next(iter(market.rows.orders))].payment_status == "refunded"


@pytest.mark.parametrize("end", [S.WON, S.LOST, S.PREVENTED])
async def test_any_order_of_the_news_ends_in_the_same_books(end: ChargebackStage) -> None:
    seen = []
    for news in permutations([S.EARLY_WARNING, S.NEEDS_RESPONSE, S.UNDER_REVIEW, end]):
        market = Market()
        payment = await paid(market)
        for stage in news:
            for _ in range(2):
                await market.note_chargeback(payment, stage, aed(750))
        assert market.rows.payments[payment].chargeback is end
        seen.append(balances(market))
    assert all(one == seen[0] for one in seen)
    assert seen[0] == ({} if end is S.LOST else NOTHING)


async def test_what_never_came_is_not_taken_back() -> None:
    market = Market()
    declined = await market.pay_order(market.buyer, await market.ordered(), BAD_CARD)
    with pytest.raises(PaymentNotRefundable):
        await market.note_chargeback(declined.id, S.LOST, aed(750))
    assert not entries_of(market.rows)
