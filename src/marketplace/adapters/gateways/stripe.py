"""Payments, refunds and payouts through Stripe: PaymentIntents and Connect transfers (docs/adr/0029)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any, Literal
from uuid import UUID

import structlog
from stripe import PaymentIntent, StripeClient

from marketplace.adapters.gateways.stripe_client import SILENT, StripeRefused, answered, told
from marketplace.adapters.sql.payments.stripe_intents import StripeIntents
from marketplace.application.payments.ports import (
    Charge,
    Gateway,
    GatewaySilent,
    PayoutGateway,
    PayoutOrder,
    PayoutOutcome,
    RefundOrder,
    StatementLine,
)
from marketplace.domain.payments.payment import Outcome, Verdict
from marketplace.domain.payments.refund import RefundOutcome
from marketplace.domain.shared.ids import PaymentId
from marketplace.domain.shared.money import Money

log = structlog.get_logger()

MOVEMENTS: Mapping[str, tuple[Literal["charge", "refund", "payout"], str]] = {
    "charge": ("charge", "payment_id"), "payment": ("charge", "payment_id"),
    "refund": ("refund", "refund_id"), "payment_refund": ("refund", "refund_id"),
    "transfer": ("payout", "payout_id"),
}  # fmt: skip
"""What Stripe calls a movement of its balance: what we call it, and where its metadata name ours."""
_CANCELLED = Outcome(verdict=Verdict.FAILED, reference=None, message="Cancelled before it was charged")


class StripeGateway(Gateway, PayoutGateway):
    """A charge is one PaymentIntent, made first and confirmed when its id is kept: only a confirmed one moves money."""

    def __init__(self, client: StripeClient, intents: StripeIntents) -> None:
        self._stripe = client.v1
        self._intents = intents

    async def charge(self, charge: Charge) -> Outcome:
        if charge.token is None:
            return _failed("Choose a saved payment method, or send the token of one")
        if not await self._intents.claim(charge.payment_id):
            return await self._known(charge.payment_id)
        try:
            intent_id = await self._made(charge)
        except StripeRefused as refused:
            await self._intents.close(charge.payment_id)
            return _failed(refused.words)
        if not await self._intents.keep(charge.payment_id, intent_id):
            return _CANCELLED
        return await self._confirmed(charge, intent_id)

    async def resolve(self, payment_id: PaymentId, reference: str | None, *, give_up: bool) -> Outcome:
        intent_id = reference or await self._intents.close(payment_id)
        if intent_id is None:
            return _CANCELLED
        with told():
            intent = await self._stripe.payment_intents.retrieve_async(intent_id)
            if _never_confirmed(intent) or (give_up and intent.status == "requires_action"):
                intent = await self._cancelled(intent_id)
            return _outcome(intent)

    async def refund(self, order: RefundOrder) -> RefundOutcome:
        """Stripe forgets idempotency keys after a day, so what it has done already is looked up first."""
        refund_id = str(order.refund_id)
        intent_id = order.reference or (await self._intents.of(order.payment_id))[0]
        if intent_id is None:
            return RefundOutcome(succeeded=False, reference=None, message="Nothing was charged")
        try:
            with answered():
                made = await self._stripe.refunds.list_async({"payment_intent": intent_id, "limit": 100})
                async for one in made.auto_paging_iter():
                    if _ours(one, "refund_id") == refund_id:
                        return _refunded(one)
                return _refunded(
                    await self._stripe.refunds.create_async(
                        {
                            "payment_intent": intent_id,
                            "amount": order.amount.minor,
                            "metadata": {"refund_id": refund_id, "payment_id": str(order.payment_id)},
                        },
                        {"idempotency_key": f"refund:{refund_id}"},
                    )
                )
        except StripeRefused as refused:
            return RefundOutcome(succeeded=False, reference=None, message=refused.words)

    async def send(self, order: PayoutOrder) -> PayoutOutcome:
        payout_id = str(order.payout_id)
        try:
            with answered():
                made = await self._stripe.transfers.list_async({"transfer_group": payout_id, "limit": 1})
                transfer = next(iter(made.data), None) or await self._stripe.transfers.create_async(
                    {
                        "amount": order.amount.minor,
                        "currency": order.amount.currency.lower(),
                        "destination": order.destination,
                        "transfer_group": payout_id,
                        "metadata": {"payout_id": payout_id},
                    },
                    {"idempotency_key": f"payout:{payout_id}"},
                )
                return PayoutOutcome(succeeded=True, reference=transfer.id, message="Sent")
        except StripeRefused as refused:
            return PayoutOutcome(succeeded=False, reference=None, message=refused.words)

    async def statement(self, since: datetime, until: datetime) -> Sequence[StatementLine]:
        """Oldest first; in the currency of the charge, refund or transfer. What carries no id of ours is logged."""
        lines, strange = [], 0
        with told():
            page = await self._stripe.balance_transactions.list_async({
                "created": {"gte": ceil(since.timestamp()), "lt": ceil(until.timestamp())},
                "expand": ["data.source"],
                "limit": 100,
            })  # fmt: skip
            async for movement in page.auto_paging_iter():
                line = _line(movement)
                if line is not None:
                    lines.append(line)
                strange += line is None and movement.type in MOVEMENTS
        if strange:
            log.warning("stripe_movements_without_id", count=strange)
        return lines[::-1]

    async def _made(self, charge: Charge) -> str:
        params: Any = {
            "amount": charge.amount.minor,
            "currency": charge.amount.currency.lower(),
            "payment_method": charge.token,
            "description": charge.description,
            "automatic_payment_methods": {"enabled": True},
            "metadata": {"payment_id": str(charge.payment_id)},
        }
        if charge.customer:
            params["customer"] = charge.customer
        with answered():
            made = await self._stripe.payment_intents.create_async(params, {"idempotency_key": str(charge.payment_id)})
            return made.id

    async def _confirmed(self, charge: Charge, intent_id: str) -> Outcome:
        try:
            with answered():
                return _outcome(
                    await self._stripe.payment_intents.confirm_async(
                        intent_id,
                        {"return_url": charge.return_url},
                        {"idempotency_key": f"{charge.payment_id}:confirm"},
                    )
                )
        except StripeRefused:  # declined, or cancelled by a resolve meanwhile, or not to be confirmed at all
            return await self.resolve(charge.payment_id, intent_id, give_up=False)

    async def _known(self, payment_id: PaymentId) -> Outcome:
        """Of a charge that was begun before: nothing is confirmed or cancelled here."""
        intent_id, is_closed = await self._intents.of(payment_id)
        if intent_id is None:
            if is_closed:
                return _CANCELLED
            raise GatewaySilent(SILENT)
        with told():
            return _outcome(await self._stripe.payment_intents.retrieve_async(intent_id))

    async def _cancelled(self, intent_id: str) -> PaymentIntent:
        """As it is afterwards: who confirmed it a moment before was faster."""
        try:
            with answered():
                return await self._stripe.payment_intents.cancel_async(intent_id)
        except StripeRefused:
            with told():
                return await self._stripe.payment_intents.retrieve_async(intent_id)


def _failed(words: str) -> Outcome:
    return Outcome(verdict=Verdict.FAILED, reference=None, message=words)


def _never_confirmed(intent: PaymentIntent) -> bool:
    return intent.status in {"requires_confirmation", "requires_payment_method"} and intent.last_payment_error is None


def _outcome(intent: PaymentIntent) -> Outcome:
    """Raises GatewaySilent while it is under way."""
    error = intent.last_payment_error
    match intent.status:
        case "succeeded":
            return Outcome(verdict=Verdict.CAPTURED, reference=intent.id, message="Approved")
        case "requires_action":
            redirect = intent.next_action and getattr(intent.next_action, "redirect_to_url", None)
            return Outcome(
                verdict=Verdict.ACTION_REQUIRED, reference=intent.id, message="Confirm the payment with your bank",
                checkout_url=redirect.url if redirect else None,
            )  # fmt: skip
        case "requires_payment_method" if error is not None:
            return _failed(error.message or "Declined")
        case "canceled":
            return _failed((error and error.message) or _CANCELLED.message)
    raise GatewaySilent("the payment provider is still processing this charge")


def _refunded(refund: Any) -> RefundOutcome:
    """Raises GatewaySilent while it is under way."""
    if refund.status == "succeeded":
        return RefundOutcome(succeeded=True, reference=refund.id, message="Refunded")
    if refund.status in {"failed", "canceled"}:
        reason = getattr(refund, "failure_reason", None) or refund.status
        return RefundOutcome(succeeded=False, reference=refund.id, message=f"The refund failed: {reason}")
    raise GatewaySilent("the payment provider is still processing this refund")


def _line(movement: Any) -> StatementLine | None:
    """None for what is not one of ours."""
    if movement.type not in MOVEMENTS:
        return None
    kind, named = MOVEMENTS[movement.type]
    source = movement.source
    found = _ours(source, named)
    if found is None:
        return None
    reference = source.payment_intent if kind == "charge" else source.id
    amount = Money(source.amount, source.currency.upper())
    at = datetime.fromtimestamp(movement.created, UTC)
    return StatementLine(kind=kind, id=UUID(found), reference=reference, amount=amount, at=at)


def _ours(source: Any, name: str) -> str | None:
    """The id that we gave it."""
    metadata = getattr(source, "metadata", None)
    return metadata[name] if metadata is not None and name in metadata else None
