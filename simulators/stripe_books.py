"""What simulated Stripe knows: objects by id, as its API shows them, and its rules for moving them."""

import random
import time
from collections.abc import Callable
from typing import Any
from zlib import crc32

Json = dict[str, Any]
ACCOUNT_FEE = (290, 30)
"""Ten-thousandths and minor units of each charge."""
CARDS: dict[str, tuple[str, str, str | None, str | None]] = {
    "pm_card_visa": ("visa", "4242424242424242", None, None),
    "pm_card_visa_debit": ("visa", "4000056655665556", None, None),
    "pm_card_mastercard": ("mastercard", "5555555555554444", None, None),
    "pm_card_chargeDeclined": ("visa", "4000000000000002", "card_declined", "generic_decline"),
    "pm_card_visa_chargeDeclined": ("visa", "4000000000000002", "card_declined", "generic_decline"),
    "pm_card_chargeDeclinedInsufficientFunds": ("visa", "4000000000009995", "card_declined", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": ("visa", "4000000000009995", "card_declined", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": ("visa", "4000000000000069", "expired_card", None),
    "pm_card_chargeDeclinedProcessingError": ("visa", "4000000000000119", "processing_error", None),
    "pm_card_chargeCustomerFail": ("visa", "4000000000000341", "card_declined", "generic_decline"),
    "pm_card_threeDSecure2Required": ("visa", "4000000000003220", None, None),
    "pm_card_authenticationRequired": ("visa", "4000002500003155", None, None),
    "pm_card_refundFail": ("visa", "4000000000005126", None, None),
    "pm_card_pendingRefund": ("visa", "4000000000007726", None, None),
    "pm_card_createDispute": ("visa", "4000000000000259", None, None),
}
"""Stripe's test payment methods: brand, number, and how a charge is declined."""
ASKS_BANK = {"4000000000003220", "4000002500003155"}
WORDS = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
NOT_BEGUN = {"requires_payment_method", "requires_confirmation", "requires_action"}


class Refused(Exception):
    def __init__(self, status: int, type_: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"error": {"type": type_, "message": message, **more}}


def invalid(message: str, code: str | None = None, param: str | None = None, status: int = 400, **more: Any) -> Refused:
    return Refused(status, "invalid_request_error", message, code=code, param=param, **more)


class Books:
    def __init__(self, seed: int | None, announce: Callable[[str, Json], None]) -> None:
        """`announce` takes the type of an event and its object."""
        self._random = random.Random(seed)
        self._announce = announce
        self._numbers: dict[str, str] = {}
        self.objects: dict[str, Json] = {}

    def new(self, prefix: str, kind: str, **fields: Any) -> Json:
        made = {"id": f"{prefix}_{self._random.randbytes(12).hex()}", "object": kind, "created": int(time.time()),
                "livemode": False, **fields}  # fmt: skip
        self.objects[made["id"]] = made
        return made

    def get(self, object_id: str, kind: str) -> Json:
        found = self.objects.get(object_id)
        if found is None or found["object"] != kind:
            raise invalid(f"No such {kind}: '{object_id}'", "resource_missing", "id", 404)
        return found

    def every(self, kind: str) -> list[Json]:
        """Newest first."""
        return [one for one in reversed(self.objects.values()) if one["object"] == kind]

    def method(self, token: str) -> Json:
        """A test method becomes an object of its own with each use, as Stripe does it."""
        if token in CARDS:
            brand, number, *_ = CARDS[token]
            return self.card(number, brand=brand)
        return self.get(token, "payment_method")

    def card(self, number: str, *, brand: str = "visa", exp_month: int = 12, exp_year: int = 2034) -> Json:
        card = {"brand": brand, "last4": number[-4:], "exp_month": exp_month, "exp_year": exp_year,
                "fingerprint": f"fp{crc32(number.encode()):08x}", "country": "US", "funding": "credit"}  # fmt: skip
        made = self.new("pm", "payment_method", type="card", card=card, customer=None, metadata={})
        self._numbers[made["id"]] = number
        return made

    def begin(self, fields: Json) -> Json:
        method = fields.get("payment_method")
        if method is not None:
            found = self.method(method)
            if found["customer"] not in (None, fields.get("customer")):
                raise invalid("The PaymentMethod belongs to another Customer.", param="payment_method")
            method = found["id"]
        intent = self.new(
            "pi", "payment_intent", amount=fields["amount"], amount_received=0, currency=fields["currency"],
            status="requires_confirmation" if method else "requires_payment_method", payment_method=method,
            customer=fields.get("customer"), description=fields.get("description"), metadata=fields["metadata"],
            next_action=None, last_payment_error=None, latest_charge=None, cancellation_reason=None,
        )  # fmt: skip
        self._announce("payment_intent.created", intent)
        return intent

    def confirm(self, intent: Json, return_url: str | None, *, base: str, late: bool) -> Json:
        if intent["status"] not in {"requires_payment_method", "requires_confirmation"}:
            raise self.unexpected(intent, "confirm")
        if intent["payment_method"] is None:
            raise invalid("You cannot confirm this PaymentIntent because it's missing a payment method.",
                          "payment_intent_unexpected_state", payment_intent=intent)  # fmt: skip
        if self._numbers[intent["payment_method"]] in ASKS_BANK:
            url = f"{base}/3d_secure/{intent['id']}"
            intent.update(status="requires_action", next_action={
                "type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": return_url},
            })  # fmt: skip
            self._announce("payment_intent.requires_action", intent)
            return intent
        if late:
            intent["status"] = "processing"
            self._announce("payment_intent.processing", intent)
            return intent
        return self.capture(intent)

    def capture(self, intent: Json) -> Json:
        """Charge the card; raises Refused with the intent inside, as Stripe answers a decline."""
        number = self._numbers[intent["payment_method"]]
        code, decline = next(((c, d) for _, n, c, d in CARDS.values() if n == number), (None, None))
        charge = self.new(
            "ch", "charge", amount=intent["amount"], amount_refunded=0, currency=intent["currency"],
            payment_intent=intent["id"], payment_method=intent["payment_method"], customer=intent["customer"],
            metadata=dict(intent["metadata"]), paid=code is None, refunded=False, disputed=False,
            status="succeeded" if code is None else "failed", failure_code=code, balance_transaction=None,
        )  # fmt: skip
        intent.update(latest_charge=charge["id"], next_action=None)
        if code is not None:
            return self.fail(intent, code, WORDS[decline if decline in WORDS else code], decline, charge["id"])
        intent.update(status="succeeded", amount_received=intent["amount"], last_payment_error=None)
        self._book(charge, "charge", charge["amount"], charge["amount"] * ACCOUNT_FEE[0] // 10_000 + ACCOUNT_FEE[1])
        self._announce("charge.succeeded", charge)
        self._announce("payment_intent.succeeded", intent)
        if number == CARDS["pm_card_createDispute"][1]:
            self.dispute(intent, "fraudulent")
        return intent

    def fail(self, intent: Json, code: str, words: str, decline: str | None = None, charge: str | None = None) -> Json:
        error = {"type": "card_error", "code": code, "decline_code": decline, "message": words, "charge": charge}
        intent.update(status="requires_payment_method", payment_method=None, next_action=None, last_payment_error=error)
        self._announce("payment_intent.payment_failed", intent)
        raise Refused(402, "card_error", words, code=code, decline_code=decline, charge=charge, payment_intent=intent)

    def cancel(self, intent: Json, reason: str | None) -> Json:
        if intent["status"] not in NOT_BEGUN:
            raise self.unexpected(intent, "cancel")
        intent.update(status="canceled", next_action=None, cancellation_reason=reason)
        self._announce("payment_intent.canceled", intent)
        return intent

    def unexpected(self, intent: Json, verb: str) -> Refused:
        words = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
        return invalid(words, "payment_intent_unexpected_state", payment_intent=intent)

    def refund(self, intent: Json, amount: int | None, metadata: Json) -> Json:
        charge = self.objects.get(intent["latest_charge"] or "")
        if intent["status"] != "succeeded" or charge is None:
            raise invalid("This PaymentIntent does not have a successful charge to refund.", "charge_not_refundable")
        left = charge["amount"] - charge["amount_refunded"]
        amount = left if amount is None else amount
        if not left:
            raise invalid(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
        if amount > left:
            raise invalid("Refund amount is greater than unrefunded amount on charge.", param="amount")
        number = self._numbers[intent["payment_method"]]
        status = {"4000000000005126": "failed", "4000000000007726": "pending"}.get(number, "succeeded")
        refund = self.new(
            "re", "refund", amount=amount, charge=charge["id"], currency=charge["currency"], metadata=metadata,
            payment_intent=intent["id"], status=status, balance_transaction=None,
            failure_reason="lost_or_stolen_card" if status == "failed" else None,
        )  # fmt: skip
        if status != "failed":
            charge["amount_refunded"] += amount
            charge["refunded"] = charge["amount_refunded"] == charge["amount"]
            self._book(refund, "refund", -amount, 0)
            self._announce("charge.refunded", charge)
        self._announce("refund.created", refund)
        return refund

    def transfer(self, fields: Json) -> Json:
        if not fields["destination"].startswith("acct_"):
            raise invalid(f"No such destination: '{fields['destination']}'", "resource_missing", "destination")
        transfer = self.new(
            "tr", "transfer", amount=fields["amount"], currency=fields["currency"], metadata=fields["metadata"],
            destination=fields["destination"], transfer_group=fields.get("transfer_group"), reversed=False,
            balance_transaction=None,
        )  # fmt: skip
        self._book(transfer, "transfer", -fields["amount"], 0)
        self._announce("transfer.created", transfer)
        return transfer

    def dispute(self, intent: Json, reason: str) -> Json:
        charge = self.get(intent["latest_charge"] or "", "charge")
        charge["disputed"] = True
        dispute = self.new(
            "dp", "dispute", amount=charge["amount"], charge=charge["id"], currency=charge["currency"], reason=reason,
            payment_intent=intent["id"], status="needs_response", metadata={},
        )  # fmt: skip
        self._announce("charge.dispute.created", dispute)
        return dispute

    def move_dispute(self, dispute: Json, status: str) -> Json:
        """To under_review, won or lost."""
        dispute["status"] = status
        self._announce(f"charge.dispute.{'closed' if status in {'won', 'lost'} else 'updated'}", dispute)
        return dispute

    def _book(self, source: Json, kind: str, amount: int, fee: int) -> None:
        booked = self.new(
            "txn", "balance_transaction", amount=amount, currency=source["currency"], fee=fee, net=amount - fee,
            source=source["id"], type=kind, status="available", reporting_category=kind,
        )  # fmt: skip
        source["balance_transaction"] = booked["id"]
