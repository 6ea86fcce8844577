"""What Stripe posts to us: signed over the raw bytes (Stripe-Signature v1), and what its events mean here."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from stripe import StripeClient

from marketplace.adapters.gateways.stripe_client import told
from marketplace.adapters.sql.payments.stripe_intents import StripeIntents
from marketplace.application.payments.inbox import (
    ChargebackHint,
    PaymentHint,
    ProviderWebhooks,
    SignatureRefused,
    Told,
)
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.shared.money import Money

TOLERANCE = 300
"""Seconds between the signature's time and ours, either way."""
KEPT_HEADERS = ("stripe-signature", "content-type", "user-agent")
SETTLING = {"payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled"}
"""Events after which nothing of a charge is under way: to ask before would cancel one that is just being made."""


STAGES = {
    "warning_needs_response": ChargebackStage.EARLY_WARNING, "warning_under_review": ChargebackStage.EARLY_WARNING,
    "warning_closed": ChargebackStage.PREVENTED, "prevented": ChargebackStage.PREVENTED,
    "needs_response": ChargebackStage.NEEDS_RESPONSE, "under_review": ChargebackStage.UNDER_REVIEW,
    "won": ChargebackStage.WON, "lost": ChargebackStage.LOST,
}  # fmt: skip
"""By the status of Stripe's Dispute."""


class _Object(msgspec.Struct, frozen=True):
    id: str


class _Data(msgspec.Struct, frozen=True):
    object: _Object


class _Head(msgspec.Struct, frozen=True):
    id: str
    type: str


class _Event(msgspec.Struct, frozen=True):
    data: _Data


class StripeWebhooks(ProviderWebhooks):
    """Every one of `secrets` is good, so that one can be replaced by the next without a gap."""

    def __init__(self, client: StripeClient, secrets: Sequence[str], intents: StripeIntents) -> None:
        self._stripe = client.v1
        self._secrets = [secret.encode() for secret in secrets]
        self._intents = intents

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Told:
        if not self._is_signed(headers.get("stripe-signature", ""), body, now):
            raise SignatureRefused("the signature is not Stripe's over this body, or older than 300 seconds")
        try:
            head = msgspec.json.decode(body, type=_Head)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise SignatureRefused("the body is not an event") from None
        return Told(head.id, head.type, {name: headers[name] for name in KEPT_HEADERS if name in headers})

    async def meaning(self, kind: str, body: bytes) -> PaymentHint | ChargebackHint | None:
        if kind.startswith("charge.dispute."):
            return await self._chargeback(msgspec.json.decode(body, type=_Event).data.object.id)
        if kind in SETTLING:
            return await self._payment(msgspec.json.decode(body, type=_Event).data.object.id)
        return None

    async def _payment(self, intent_id: str) -> PaymentHint | None:
        """None for one that is not of ours."""
        payment_id = await self._intents.payment_of(intent_id)
        return PaymentHint(payment_id, intent_id) if payment_id else None

    async def _chargeback(self, dispute_id: str) -> ChargebackHint | None:
        with told():
            dispute = await self._stripe.disputes.retrieve_async(dispute_id)
            intent_id, stage = dispute.payment_intent, STAGES[dispute.status]
            amount = Money(dispute.amount, dispute.currency.upper())
        payment = await self._payment(str(intent_id))
        return ChargebackHint(payment, stage, amount) if payment else None

    def _is_signed(self, header: str, body: bytes, now: datetime) -> bool:
        """`t=SECONDS,v1=HEX,v1=HEX`; what else it holds is of other schemes."""
        parts = [part.strip().partition("=") for part in header.split(",")]
        times = [value for name, _, value in parts if name == "t"]
        given = [value.encode() for name, _, value in parts if name == "v1"]
        if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) < 12):
            return False
        if abs(now.timestamp() - int(times[0])) > TOLERANCE:
            return False
        wanted = [hmac.new(secret, times[0].encode() + b"." + body, sha256).hexdigest() for secret in self._secrets]
        return any([hmac.compare_digest(one, mac.encode()) for one in given for mac in wanted])
