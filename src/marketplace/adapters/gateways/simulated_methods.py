"""Saved cards of the built-in simulator. Its tokens say by their name which of its test cards they stand for."""

from uuid import uuid4

from marketplace.application.payments.methods import AttachedMethod, MethodKeeper
from marketplace.application.payments.ports import Card
from marketplace.domain.payments.saved_method import SavedCard, SavedMethodRefused
from marketplace.domain.shared.ids import UserId

ALWAYS_COMPLETES = "4242424242424242"
ALWAYS_DECLINED = "4000000000000002"
TIMES_OUT_ONCE = "4000000000000341"
TEST_NUMBERS = {"completes": ALWAYS_COMPLETES, "declined": ALWAYS_DECLINED, "late": TIMES_OUT_ONCE}
BRANDS = {"3": "amex", "4": "visa", "5": "mastercard"}


class SimulatedMethods(MethodKeeper):
    async def attach(self, user: UserId, customer: str | None, token: str | None, card: Card | None) -> AttachedMethod:
        if card is None or token is not None:
            raise SavedMethodRefused("the simulator takes a card and makes its token itself", field="card")
        named = next((name for name, number in TEST_NUMBERS.items() if number == card.number), "any")
        kept = SavedCard(
            brand=BRANDS.get(card.number[0], "unknown"), last4=card.number[-4:], exp_month=card.exp_month,
            exp_year=card.exp_year,
        )  # fmt: skip
        return AttachedMethod(f"tok_{named}_{uuid4().hex}", None, kept)

    async def detach(self, token: str) -> None:
        """It keeps none."""


def number_of(token: str) -> str | None:
    """Of the test card that it stands for; None for any other card."""
    return TEST_NUMBERS.get(token.removeprefix("tok_").rpartition("_")[0])
