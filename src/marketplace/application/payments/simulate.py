"""Development without accounts: what Payme or Click would call, played against our own answers."""

import json
from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from marketplace.application.payments import click_protocol
from marketplace.application.payments.click import CLICK, AnswerClick
from marketplace.application.payments.click_protocol import ClickTerms
from marketplace.application.payments.payme import PAYME, AnswerPayme
from marketplace.application.payments.payme_protocol import ACCOUNT, PaymeTerms
from marketplace.application.payments.ports import Payments
from marketplace.application.payments.provider_ports import Call
from marketplace.application.payments.views import PaymentView
from marketplace.application.shared.ports import Clock, Transaction
from marketplace.domain.payments.click import signature
from marketplace.domain.payments.payme import milliseconds
from marketplace.domain.payments.payment import Payment, PaymentMethodUnavailable
from marketplace.domain.shared.ids import PaymentId

PAYER_CANCELLED = -5017
"""Click's error."""


class Simulated(StrEnum):
    PAID = "paid"
    CANCELLED = "cancelled"
    """By the provider: a payment that is paid goes back."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SimulateProvider:
    """Saying the same again changes nothing."""

    payments: Payments
    payme: AnswerPayme
    payme_terms: PaymeTerms
    click: AnswerClick
    click_terms: ClickTerms
    transaction: Transaction
    clock: Clock

    async def __call__(self, payment_id: PaymentId, outcome: Simulated) -> PaymentView:
        """Raises PaymentNotFound, PaymentMethodUnavailable."""
        async with self.transaction:
            payment = await self.payments.find(payment_id)
        match payment.provider:
            case "payme":
                await self._play_payme(payment, outcome)
            case "click":
                await self._play_click(payment, outcome)
            case other:
                raise PaymentMethodUnavailable(f"{other} calls nobody: only {PAYME} and {CLICK} do", field="payment_id")
        async with self.transaction:
            return PaymentView.of(await self.payments.find(payment_id))

    async def _play_payme(self, payment: Payment, outcome: Simulated) -> None:
        id_ = payment.id.hex[-24:]
        account = {"amount": payment.amount.minor, "account": {ACCOUNT: str(payment.id)}}
        await self._call_payme("CreateTransaction", id=id_, time=milliseconds(self.clock.now()), **account)
        if outcome is Simulated.PAID:
            await self._call_payme("PerformTransaction", id=id_)
        else:
            await self._call_payme("CancelTransaction", id=id_, reason=5 if outcome is Simulated.CANCELLED else 2)

    async def _call_payme(self, method: str, **params: Any) -> None:
        body = json.dumps({"id": 1, "method": method, "params": params}).encode()
        shown = b64encode(f"{self.payme_terms.login}:{self.payme_terms.keys[0]}".encode()).decode()
        await self.payme(Call(
            method="POST", headers={"authorization": f"Basic {shown}"}, body=body, address=_near(self.payme_terms),
        ))  # fmt: skip

    async def _play_click(self, payment: Payment, outcome: Simulated) -> None:
        prepared = json.loads(await self._call_click(payment, click_protocol.PREPARE))
        number = prepared.get("merchant_prepare_id")
        if number is None:
            number = await self._number(payment)
        error = 0 if outcome is Simulated.PAID else PAYER_CANCELLED
        await self._call_click(payment, click_protocol.COMPLETE, merchant_prepare_id=number, error=error)

    async def _number(self, payment: Payment) -> int:
        async with self.transaction:
            known = await self.click.steps.transactions.of_payment(payment.id)
        return known.number if known else 0

    async def _call_click(self, payment: Payment, action: str, **more: int) -> bytes:
        paydoc = payment.id.int % 10**12
        fields = {
            "click_trans_id": paydoc, "service_id": self.click_terms.service_id, "click_paydoc_id": paydoc,
            "merchant_trans_id": payment.id, "amount": payment.amount.decimal, "action": action, "error": 0,
            "error_note": "Success", "sign_time": self.clock.now().strftime("%Y-%m-%d %H:%M:%S"), **more,
        }  # fmt: skip
        texts = {name: str(value) for name, value in fields.items()}
        texts["sign_string"] = signature(texts, self.click_terms.secret)
        headers = {"content-type": "application/x-www-form-urlencoded"}
        address = _near(self.click_terms)
        return await self.click(
            action, Call(method="POST", headers=headers, body=urlencode(texts).encode(), address=address)
        )


def _near(terms: PaymeTerms | ClickTerms) -> str:
    """An address that is let in."""
    return str(next(iter(terms.networks)).network_address) if terms.networks else "127.0.0.1"
