"""The fake of the unit tests and the simulated provider keep one contract."""

import asyncio

import pytest

from marketplace.adapters.gateways.simulator import SimulatedGateway
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.ports import Card, Gateway, GatewaySilent
from marketplace.domain.payments.payment import Outcome, Verdict
from marketplace.domain.shared.ids import PaymentId
from tests.builders.commerce import BAD_CARD, GOOD_CARD, SLOW_CARD, a_charge, aed, new_id
from tests.engines import Database, execute
from tests.fakes.world import MemoryGateway, MemoryTransaction

AMOUNT = aed(750)
ANY_CARD = Card("5555555555554444", 12, 2030, "123")


class GatewayContract:
    async def test_a_good_card_is_charged(self, gateway: Gateway) -> None:
        outcome = await gateway.charge(a_charge(PaymentId(new_id()), AMOUNT, GOOD_CARD))
        assert outcome.captured
        assert outcome.reference
        assert outcome.message == "Approved"

    async def test_a_bad_card_is_declined(self, gateway: Gateway) -> None:
        payment = PaymentId(new_id())
        outcome = await gateway.charge(a_charge(payment, AMOUNT, BAD_CARD))
        assert outcome == Outcome(verdict=Verdict.FAILED, reference=None, message="Card declined")
        assert await gateway.resolve(payment, None, give_up=False) == outcome

    @pytest.mark.parametrize(("first", "second"), [(GOOD_CARD, BAD_CARD), (BAD_CARD, GOOD_CARD), (GOOD_CARD, None)])
    async def test_one_id_is_charged_once(self, gateway: Gateway, first: Card, second: Card | None) -> None:
        """The first answer stays, whatever the repetition says."""
        payment = PaymentId(new_id())
        outcome = await gateway.charge(a_charge(payment, AMOUNT, first))
        assert await gateway.charge(a_charge(payment, AMOUNT.times(2), second)) == outcome
        assert await gateway.resolve(payment, None, give_up=False) == outcome

    async def test_two_ids_are_two_charges(self, gateway: Gateway) -> None:
        one = await gateway.charge(a_charge(PaymentId(new_id()), AMOUNT, GOOD_CARD))
        other = await gateway.charge(a_charge(PaymentId(new_id()), AMOUNT, GOOD_CARD))
        assert one.reference != other.reference

    async def test_a_charge_whose_answer_was_lost_resolves_as_captured(self, gateway: Gateway) -> None:
        payment = PaymentId(new_id())
        with pytest.raises(GatewaySilent):
            await gateway.charge(a_charge(payment, AMOUNT, SLOW_CARD))
        outcome = await gateway.resolve(payment, None, give_up=False)
        assert outcome.captured
        assert outcome.reference
        assert await gateway.charge(a_charge(payment, AMOUNT, SLOW_CARD)) == outcome

    async def test_resolving_an_unseen_charge_cancels_it_for_good(self, gateway: Gateway) -> None:
        payment = PaymentId(new_id())
        cancelled = await gateway.resolve(payment, None, give_up=False)
        assert (cancelled.captured, cancelled.reference) == (False, None)
        for card in (GOOD_CARD, SLOW_CARD):
            assert await gateway.charge(a_charge(payment, AMOUNT, card)) == cancelled
        assert await gateway.resolve(payment, None, give_up=False) == cancelled


class TestMemoryGateway(GatewayContract):
    @pytest.fixture
    def gateway(self) -> Gateway:
        return MemoryGateway(MemoryTransaction())


class TestSimulatedGateway(GatewayContract):
    @pytest.fixture
    def gateway(self, pool: Pool) -> Gateway:
        return SimulatedGateway(pool, success_rate=0.5, seed=None)

    async def test_many_at_once_with_one_id_are_one_charge(self, gateway: Gateway, pool: Pool) -> None:
        payment = PaymentId(new_id())
        calls = (gateway.charge(a_charge(payment, AMOUNT, GOOD_CARD)) for _ in range(8))
        results = await asyncio.gather(*calls, return_exceptions=True)
        told = [result for result in results if isinstance(result, Outcome)]
        assert told
        assert all(isinstance(result, (Outcome, GatewaySilent)) for result in results), results
        assert {outcome.reference for outcome in told} == {
            (await gateway.resolve(payment, None, give_up=False)).reference
        }
        async with pool.connection() as connection:
            charged = "SELECT count(*) FROM gateway_simulator.charges WHERE payment_id = $1"
            assert await connection.fetchval(charged, payment) == 1

    async def test_a_charge_cut_off_by_a_crash_of_the_provider_is_interrupted(
        self, gateway: Gateway, pool: Pool
    ) -> None:
        payment = PaymentId(new_id())
        async with pool.connection() as connection:
            await connection.execute(
                "INSERT INTO gateway_simulator.charges (payment_id, message) VALUES ($1, 'processing')", payment
            )
        with pytest.raises(GatewaySilent):
            await gateway.charge(a_charge(payment, AMOUNT, GOOD_CARD))
        assert not (await gateway.resolve(payment, None, give_up=False)).captured

    @pytest.mark.parametrize("rate", [0.0, 1.0])
    async def test_the_success_rate_holds_for_other_cards(self, pool: Pool, rate: float) -> None:
        gateway = SimulatedGateway(pool, success_rate=rate, seed=None)
        for card in (ANY_CARD, None):
            assert (await gateway.charge(a_charge(PaymentId(new_id()), AMOUNT, card))).captured is bool(rate)


async def test_a_seed_repeats_the_outcomes(fresh_database: Database, fresh_pool: Pool) -> None:
    async def outcomes(seed: str) -> list[bool]:
        execute(fresh_database.owner_dsn, "TRUNCATE gateway_simulator.charges RESTART IDENTITY")
        gateway = SimulatedGateway(fresh_pool, success_rate=0.5, seed=seed)
        return [(await gateway.charge(a_charge(PaymentId(new_id()), AMOUNT, ANY_CARD))).captured for _ in range(30)]

    first = await outcomes("one")
    assert await outcomes("one") == first
    assert await outcomes("other") != first
    assert {True, False} == set(first)
