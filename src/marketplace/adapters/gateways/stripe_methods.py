from stripe import StripeClient

from marketplace.adapters.gateways.stripe_client import StripeRefused, answered
from marketplace.application.payments.methods import AttachedMethod, MethodKeeper
from marketplace.application.payments.ports import Card
from marketplace.domain.payments.saved_method import SavedCard, SavedMethodRefused
from marketplace.domain.shared.ids import UserId


class StripeMethods(MethodKeeper):
    """PaymentMethods of a Customer. A page makes the token with Stripe.js: card numbers never come here."""

    def __init__(self, client: StripeClient) -> None:
        self._stripe = client.v1

    async def attach(self, user: UserId, customer: str | None, token: str | None, card: Card | None) -> AttachedMethod:
        if card is not None or token is None:
            raise SavedMethodRefused("Stripe takes a token that its own page made, no card number", field="token")
        try:
            with answered():
                if customer is None:
                    key = {"idempotency_key": f"customer:{user}"}
                    made = await self._stripe.customers.create_async({"metadata": {"user_id": str(user)}}, key)  # type: ignore[arg-type]
                    customer = made.id
                method = await self._stripe.payment_methods.attach_async(token, {"customer": customer})
                if method.card is None:
                    await self._stripe.payment_methods.detach_async(method.id)
                    raise SavedMethodRefused("only cards can be saved", field="token")
                kept = SavedCard(
                    brand=method.card.brand, last4=method.card.last4 or "0000", exp_month=method.card.exp_month,
                    exp_year=method.card.exp_year,
                )  # fmt: skip
                return AttachedMethod(method.id, customer, kept)
        except StripeRefused as refused:
            raise SavedMethodRefused(refused.words, field="token") from None

    async def detach(self, token: str) -> None:
        try:
            with answered():
                await self._stripe.payment_methods.detach_async(token)
        except StripeRefused:  # it is attached to nobody any more
            return
