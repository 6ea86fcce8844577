"""One contract for every gateway: the simulated provider, Stripe as our simulator plays it, and as localstripe does.

localstripe has no idempotency keys, no redirect to a bank, no transfers and no metadata on charges, and leaves the
`return_url` unread: what needs one of them is not asked of it. It refuses too large a refund by nothing at all.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marketplace.adapters.egress import ProviderHttp
from marketplace.adapters.gateways.simulated_methods import SimulatedMethods
from marketplace.adapters.gateways.simulator import SimulatedGateway
from marketplace.adapters.gateways.stripe import StripeGateway
from marketplace.adapters.gateways.stripe_client import StripeHttp, stripe_client
from marketplace.adapters.sql.payments.stripe_intents import StripeIntents
from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.ports import (
    Charge,
    Gateway,
    GatewaySilent,
    PayoutOrder,
    RefundOrder,
    StatementLine,
)
from marketplace.domain.payments.payment import Outcome, Verdict
from marketplace.domain.shared.ids import PaymentId, RefundId
from marketplace.domain.shared.money import Money
from simulators.faults import Fault, What
from simulators.stripe import StripeSimulator, running
from tests.builders.commerce import BAD_CARD, GOOD_CARD, aed, new_id
from tests.fakes.localstripe import LocalStripeHttp, running_localstripe

AMOUNT = aed(750)
CREATE = "POST /v1/payment_intents"
CONFIRM = "POST /v1/payment_intents/*/confirm"
REFUND = "POST /v1/refunds"
LONG_AGO, LATER = timedelta(hours=1), timedelta(seconds=5)


@dataclass
class Bench:
    """A gateway, and what it is paid with."""

    gateway: Gateway
    good: dict[str, Any]
    bad: dict[str, Any]
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))  # noqa: TID251 - providers have clocks

    def charge(self, means: dict[str, Any], payment: PaymentId | None = None, amount: Money = AMOUNT) -> Charge:
        return Charge(
            payment_id=payment or PaymentId(new_id()), amount=amount, description="Order M-00000042",
            return_url="https://shop.example/payments/1", **means,
        )  # fmt: skip

    async def captured(self) -> tuple[Charge, str]:
        """A charge that succeeded, and the provider's id of it."""
        charge = self.charge(self.good)
        outcome = await self.gateway.charge(charge)
        assert outcome.captured
        assert outcome.reference
        return charge, outcome.reference


def a_refund(charge: Charge, reference: str, amount: Money) -> RefundOrder:
    return RefundOrder(refund_id=RefundId(new_id()), payment_id=charge.payment_id, reference=reference, amount=amount)


class GatewayContract:
    async def test_what_pays_is_charged_once(self, bench: Bench) -> None:
        charge = bench.charge(bench.good)
        outcome = await bench.gateway.charge(charge)
        assert (outcome.verdict, outcome.message, outcome.checkout_url) == (Verdict.CAPTURED, "Approved", None)
        assert outcome.reference
        again = bench.charge(bench.bad, charge.payment_id, AMOUNT.times(2))
        assert await bench.gateway.charge(again) == outcome
        for reference in (None, outcome.reference):
            assert await bench.gateway.resolve(charge.payment_id, reference, give_up=True) == outcome

    async def test_what_does_not_pay_is_declined_for_good(self, bench: Bench) -> None:
        charge = bench.charge(bench.bad)
        outcome = await bench.gateway.charge(charge)
        assert (outcome.verdict, outcome.reference) == (Verdict.FAILED, None)
        assert "declined" in outcome.message
        assert await bench.gateway.charge(bench.charge(bench.good, charge.payment_id)) == outcome
        assert await bench.gateway.resolve(charge.payment_id, None, give_up=False) == outcome

    async def test_two_ids_are_two_charges(self, bench: Bench) -> None:
        assert (await bench.captured())[1] != (await bench.captured())[1]

    async def test_resolving_an_unseen_charge_cancels_it_for_good(self, bench: Bench) -> None:
        payment = PaymentId(new_id())
        cancelled = await bench.gateway.resolve(payment, None, give_up=False)
        assert (cancelled.verdict, cancelled.reference) == (Verdict.FAILED, None)
        assert await bench.gateway.charge(bench.charge(bench.good, payment)) == cancelled
        assert await bench.gateway.resolve(payment, None, give_up=False) == cancelled

    async def test_a_refund_is_sent_once(self, bench: Bench) -> None:
        charge, reference = await bench.captured()
        order = a_refund(charge, reference, aed(300))
        outcome = await bench.gateway.refund(order)
        assert (outcome.succeeded, outcome.message) == (True, "Refunded")
        assert outcome.reference
        assert await bench.gateway.refund(order) == outcome
        rest = await bench.gateway.refund(a_refund(charge, reference, aed(450)))
        assert rest.succeeded
        assert rest.reference != outcome.reference


class BookkeepingContract(GatewayContract):
    """For those who keep whole books."""

    async def test_more_than_was_charged_does_not_go_back(self, bench: Bench) -> None:
        charge, reference = await bench.captured()
        assert (await bench.gateway.refund(a_refund(charge, reference, aed(700)))).succeeded
        refused = await bench.gateway.refund(a_refund(charge, reference, aed(51)))
        assert not refused.succeeded
        assert refused.reference is None

    async def test_the_statement_names_every_movement_by_our_ids(self, bench: Bench) -> None:
        charge, reference = await bench.captured()
        order = a_refund(charge, reference, aed(300))
        refunded = await bench.gateway.refund(order)
        await bench.gateway.charge(bench.charge(bench.bad))
        lines = await bench.gateway.statement(bench.begun - LONG_AGO, bench.begun + LATER)
        ours = [line for line in lines if line.id in {charge.payment_id, order.refund_id}]
        assert [(line.kind, line.id, line.reference, line.amount) for line in ours] == [
            ("charge", charge.payment_id, reference, AMOUNT),
            ("refund", order.refund_id, refunded.reference, aed(300)),
        ]
        assert all(abs(line.at - bench.begun) < LATER for line in ours)
        assert await bench.gateway.statement(bench.begun - LONG_AGO, bench.begun - LONG_AGO / 2) == []


class TestSimulatedGateway(BookkeepingContract):
    @pytest.fixture(params=["cards", "saved cards"])
    async def bench(self, request: pytest.FixtureRequest, pool: Pool) -> Bench:
        gateway = SimulatedGateway(pool, success_rate=0.5, seed=None)
        if request.param == "cards":
            return Bench(gateway, {"card": GOOD_CARD}, {"card": BAD_CARD})
        return Bench(gateway, {"token": await self._saved(GOOD_CARD)}, {"token": await self._saved(BAD_CARD)})

    async def _saved(self, card: Any) -> str:
        return (await SimulatedMethods().attach(new_id(), None, None, card)).token  # type: ignore[arg-type]


class TestStripe(BookkeepingContract):
    @pytest.fixture
    async def stripe(self) -> AsyncIterator[StripeSimulator]:
        async with running(StripeSimulator(key="sk_test_1")) as stripe:
            yield stripe

    @pytest.fixture
    async def gateway(self, stripe: StripeSimulator, pool: Pool) -> AsyncIterator[StripeGateway]:
        http = ProviderHttp([stripe.origin], within=2.0)
        yield StripeGateway(stripe_client("sk_test_1", StripeHttp(http), base=stripe.origin), StripeIntents(pool))
        await http.close()

    @pytest.fixture
    def bench(self, gateway: StripeGateway) -> Bench:
        return Bench(gateway, {"token": "pm_card_visa"}, {"token": "pm_card_chargeDeclined"})

    @pytest.mark.parametrize("what", [What.LOSE_REQUEST, What.LOSE_ANSWER, What.MALFORMED, What.ERROR_500])
    @pytest.mark.parametrize("call", [CREATE, CONFIRM])
    async def test_whatever_gets_lost_is_settled_by_asking(
        self, bench: Bench, stripe: StripeSimulator, call: str, what: What
    ) -> None:
        """Only a confirmation that arrived has moved money; nothing else ever will."""
        stripe.faults.add(Fault(on=call, what=what))
        charge = bench.charge(bench.good)
        with pytest.raises(GatewaySilent):
            await bench.gateway.charge(charge)
        outcome = await bench.gateway.resolve(charge.payment_id, None, give_up=False)
        assert outcome.captured is (call == CONFIRM and what in {What.LOSE_ANSWER, What.MALFORMED})
        assert await bench.gateway.charge(charge) == outcome
        assert charged(stripe) == ([AMOUNT.minor] if outcome.captured else [])

    async def test_a_resolve_between_the_two_calls_wins(self, bench: Bench, stripe: StripeSimulator) -> None:
        charge = bench.charge(bench.good)
        stripe.faults.add(Fault(on=CONFIRM, what=What.LOSE_REQUEST))
        with pytest.raises(GatewaySilent):
            await bench.gateway.charge(charge)
        cancelled = await bench.gateway.resolve(charge.payment_id, None, give_up=False)
        (intent,) = stripe.books.every("payment_intent")
        assert (cancelled.verdict, intent["status"], charged(stripe)) == (Verdict.FAILED, "canceled", [])

    async def test_what_is_under_way_is_silence(self, bench: Bench, stripe: StripeSimulator) -> None:
        stripe.faults.add(Fault(on=CONFIRM, what=What.LATE_SUCCESS))
        charge = bench.charge(bench.good)
        with pytest.raises(GatewaySilent):
            await bench.gateway.charge(charge)
        with pytest.raises(GatewaySilent):
            await bench.gateway.resolve(charge.payment_id, None, give_up=True)
        stripe.finish(stripe.books.every("payment_intent")[0]["id"])
        assert (await bench.gateway.resolve(charge.payment_id, None, give_up=False)).captured

    @pytest.mark.parametrize(("approves", "verdict"), [(True, Verdict.CAPTURED), (False, Verdict.FAILED)])
    async def test_the_bank_asks_the_payer(
        self, bench: Bench, stripe: StripeSimulator, approves: bool, verdict: Verdict
    ) -> None:
        charge = bench.charge({"token": "pm_card_threeDSecure2Required"})
        asked = await bench.gateway.charge(charge)
        assert asked.verdict is Verdict.ACTION_REQUIRED
        assert asked.checkout_url == f"{stripe.origin}/3d_secure/{asked.reference}"
        assert await bench.gateway.resolve(charge.payment_id, asked.reference, give_up=False) == asked
        assert charged(stripe) == []
        stripe.bank_answers(stripe.books.every("payment_intent")[0], approves=approves)
        outcome = await bench.gateway.resolve(charge.payment_id, asked.reference, give_up=False)
        assert outcome.verdict is verdict
        assert ("authenticate" in outcome.message) is not approves

    async def test_a_payer_who_never_comes_back_is_given_up(self, bench: Bench, stripe: StripeSimulator) -> None:
        charge = bench.charge({"token": "pm_card_threeDSecure2Required"})
        asked = await bench.gateway.charge(charge)
        given_up = await bench.gateway.resolve(charge.payment_id, asked.reference, give_up=True)
        assert given_up.verdict is Verdict.FAILED
        assert stripe.books.every("payment_intent")[0]["status"] == "canceled"

    @pytest.mark.parametrize("means", [{"token": "pm_of_nobody"}, {}])
    async def test_what_stripe_does_not_know_pays_nothing(
        self, bench: Bench, stripe: StripeSimulator, means: dict[str, Any]
    ) -> None:
        charge = bench.charge(means)
        assert (await bench.gateway.charge(charge)).verdict is Verdict.FAILED
        assert (await bench.gateway.resolve(charge.payment_id, None, give_up=False)).verdict is Verdict.FAILED
        assert stripe.books.every("payment_intent") == []

    @pytest.mark.parametrize("what", [What.LOSE_REQUEST, What.LOSE_ANSWER, What.MALFORMED, What.ERROR_500])
    async def test_a_refund_whose_answer_was_lost_goes_back_once(
        self, bench: Bench, stripe: StripeSimulator, what: What
    ) -> None:
        """Even when Stripe has forgotten the idempotency key, as it does after a day."""
        charge, reference = await bench.captured()
        order = a_refund(charge, reference, aed(300))
        stripe.faults.add(Fault(on=REFUND, what=what))
        with pytest.raises(GatewaySilent):
            await bench.gateway.refund(order)
        stripe.forget_keys()
        assert (await bench.gateway.refund(order)).succeeded
        assert [one["amount"] for one in stripe.books.every("refund")] == [30_000]

    @pytest.mark.parametrize(("token", "succeeded"), [("pm_card_pendingRefund", None), ("pm_card_refundFail", False)])
    async def test_a_refund_that_stripe_has_not_done(self, bench: Bench, token: str, succeeded: bool | None) -> None:
        charge = bench.charge({"token": token})
        reference = (await bench.gateway.charge(charge)).reference
        assert reference
        order = a_refund(charge, reference, aed(300))
        if succeeded is None:
            with pytest.raises(GatewaySilent):
                await bench.gateway.refund(order)
        else:
            assert (await bench.gateway.refund(order)).succeeded is succeeded

    @pytest.mark.parametrize("what", [What.LOSE_REQUEST, What.LOSE_ANSWER, None])
    async def test_a_payout_is_sent_once(
        self, gateway: StripeGateway, stripe: StripeSimulator, what: What | None
    ) -> None:
        order = PayoutOrder(payout_id=new_id(), destination="acct_1", amount=AMOUNT)
        if what:
            stripe.faults.add(Fault(on="POST /v1/transfers", what=what))
            with pytest.raises(GatewaySilent):
                await gateway.send(order)
            stripe.forget_keys()
        sent = await gateway.send(order)
        assert sent.succeeded
        assert await gateway.send(order) == sent
        (transfer,) = stripe.books.every("transfer")
        assert (transfer["id"], transfer["destination"], transfer["amount"]) == (sent.reference, "acct_1", 75_000)
        now = datetime.now(UTC)  # noqa: TID251 - the provider's clock
        (line,) = await gateway.statement(now - LONG_AGO, now + LATER)
        expected = StatementLine(kind="payout", id=order.payout_id, reference=transfer["id"], amount=AMOUNT, at=line.at)
        assert line == expected

    async def test_a_payout_to_nobody_is_refused(self, gateway: StripeGateway) -> None:
        sent = await gateway.send(PayoutOrder(payout_id=new_id(), destination="nobody", amount=AMOUNT))
        assert (sent.succeeded, sent.reference) == (False, None)

    async def test_a_long_statement_has_all_its_pages(
        self, bench: Bench, gateway: StripeGateway, stripe: StripeSimulator
    ) -> None:
        """And none of what others booked on the same account."""
        charge, _ = await bench.captured()
        (booked,) = stripe.books.every("balance_transaction")
        for _ in range(204):
            stripe.books.new("txn", "balance_transaction", **{k: v for k, v in booked.items() if k not in HEAD})
        strange = stripe.books.new("ch", "charge", amount=1, currency="usd", metadata={})
        stripe.books.new("txn", "balance_transaction", **{**{k: v for k, v in booked.items() if k not in HEAD},
                                                          "source": strange["id"]})  # fmt: skip
        lines = await gateway.statement(bench.begun - LONG_AGO, bench.begun + LATER)
        assert [line.id for line in lines] == [charge.payment_id] * 205

    async def test_a_wrong_key_is_silence_not_a_verdict(self, stripe: StripeSimulator, pool: Pool) -> None:
        http = ProviderHttp([stripe.origin])
        gateway = StripeGateway(stripe_client("sk_test_2", StripeHttp(http), base=stripe.origin), StripeIntents(pool))
        bench = Bench(gateway, {"token": "pm_card_visa"}, {})
        with pytest.raises(GatewaySilent):
            await gateway.charge(bench.charge(bench.good))
        await http.close()


HEAD = {"id", "object", "created", "livemode"}


def charged(stripe: StripeSimulator) -> list[int]:
    return [one["amount"] for one in stripe.books.every("charge") if one["paid"]]


@pytest.fixture(scope="module")
def localstripe() -> Iterator[str]:
    with running_localstripe() as origin:
        yield origin


class TestLocalStripe(GatewayContract):
    @pytest.fixture
    async def bench(self, localstripe: str, pool: Pool) -> AsyncIterator[Bench]:
        http = ProviderHttp([localstripe])
        gateway = StripeGateway(
            stripe_client("sk_test_1", LocalStripeHttp(http), base=localstripe), StripeIntents(pool)
        )
        yield Bench(gateway, {"token": "pm_card_visa"}, {"token": "pm_card_chargeCustomerFail"})
        await http.close()

    async def test_a_confirmation_whose_answer_was_lost_resolves_as_captured(self, bench: Bench) -> None:
        charge, reference = await bench.captured()
        found: Outcome = await bench.gateway.resolve(charge.payment_id, None, give_up=False)
        assert found.reference == reference
