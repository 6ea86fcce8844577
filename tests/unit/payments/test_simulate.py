"""Development plays the provider: the same calls, the same handlers."""

import pytest

from marketplace.application.payments.simulate import Simulated
from marketplace.domain.payments.payment import PaymentMethod, PaymentMethodUnavailable, PaymentNotFound
from marketplace.domain.shared.ids import PaymentId
from tests.builders.commerce import GOOD_CARD, new_id
from tests.fakes.local_market import LocalMarket
from tests.fakes.market import Market

LOCAL = [PaymentMethod.PAYME, PaymentMethod.CLICK]


@pytest.fixture
def market() -> LocalMarket:
    return LocalMarket()


@pytest.mark.parametrize("method", LOCAL)
async def test_a_payment_is_paid_then_taken_back(market: LocalMarket, method: PaymentMethod) -> None:
    payment = await market.awaiting(method)
    for _ in range(2):
        assert (await market.simulate(payment, Simulated.PAID)).status == "completed"
    for outcome in (Simulated.CANCELLED, Simulated.PAID, Simulated.FAILED):
        assert (await market.simulate(payment, outcome)).status == "refunded"


@pytest.mark.parametrize("method", LOCAL)
@pytest.mark.parametrize("outcome", [Simulated.FAILED, Simulated.CANCELLED])
async def test_a_payment_that_failed_stays_so(market: LocalMarket, method: PaymentMethod, outcome: Simulated) -> None:
    payment = await market.awaiting(method)
    for said in (outcome, Simulated.PAID):
        assert (await market.simulate(payment, said)).status == "failed"


async def test_only_what_payme_and_click_take_is_played(market: LocalMarket) -> None:
    with pytest.raises(PaymentNotFound):
        await market.simulate(PaymentId(new_id()), Simulated.PAID)
    by_card = await Market.pay_order(plain := Market(), plain.buyer, await plain.ordered(), GOOD_CARD)
    market.rows.payments[by_card.id] = plain.rows.payments[by_card.id]
    with pytest.raises(PaymentMethodUnavailable):
        await market.simulate(by_card.id, Simulated.PAID)
