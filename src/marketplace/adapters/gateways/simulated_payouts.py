"""Payouts of the built-in provider: it keeps its own books and honours idempotency keys."""

from collections.abc import Mapping
from uuid import uuid4

from marketplace.adapters.sql.pool import Pool
from marketplace.application.payments.payout_ports import PayoutGateways, PayoutKindUnavailable
from marketplace.application.payments.ports import GatewaySilent, PayoutGateway, PayoutOrder, PayoutOutcome
from marketplace.domain.payments.payout_account import PayoutAccountKind

ALWAYS_FAILS = frozenset({"AE570330000000000000002", "tok_always_fails"})
TIMES_OUT_ONCE = frozenset({"AE220330000000000000341", "tok_times_out_once"})
"""Destinations; every other one always works."""

_SEND = """
INSERT INTO gateway_simulator.payouts (payout_id, amount_minor, currency, reference) VALUES ($1, $2, $3, $4)
ON CONFLICT (payout_id) DO NOTHING RETURNING reference
"""
_SENT = "SELECT reference FROM gateway_simulator.payouts WHERE payout_id = $1"


class SimulatedPayouts(PayoutGateway):
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def send(self, order: PayoutOrder) -> PayoutOutcome:
        if order.destination in ALWAYS_FAILS:
            return PayoutOutcome(succeeded=False, reference=None, message="The bank does not know this account")
        amount = order.amount
        async with self._pool.connection() as connection:
            new = await connection.fetchval(_SEND, order.payout_id, amount.minor, amount.currency, str(uuid4()))
            reference = new or await connection.fetchval(_SENT, order.payout_id)
        if new and order.destination in TIMES_OUT_ONCE:
            raise GatewaySilent("the payment provider did not answer in time")
        return PayoutOutcome(succeeded=True, reference=reference, message="Sent")


class ConfiguredPayoutGateways(PayoutGateways):
    """`kinds`: which provider pays to each kind of account that is offered here."""

    def __init__(self, kinds: Mapping[PayoutAccountKind, str], gateways: Mapping[str, PayoutGateway]) -> None:
        self._kinds = kinds
        self._gateways = gateways

    def provider_of(self, kind: PayoutAccountKind) -> str:
        if kind not in self._kinds:
            raise PayoutKindUnavailable(f"{kind} is not offered here", field="kind")
        return self._kinds[kind]

    def gateway(self, provider: str) -> PayoutGateway:
        return self._gateways[provider]
