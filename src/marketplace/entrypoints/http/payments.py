from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.payments.methods import ChooseMeans
from marketplace.application.payments.payments import Pay as PayCause
from marketplace.application.payments.ports import Card, OrderPrices, PaymentQueries
from marketplace.application.payments.refunds import RefundPayment
from marketplace.application.payments.views import PaymentView, RefundView
from marketplace.application.shared.actor import Actor
from marketplace.domain.payments.payment import Cause, CauseKind, PaymentMethod
from marketplace.domain.payments.saved_method import SavedMethodId
from marketplace.domain.shared.ids import OrderId, PaymentId
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.promo_codes import Code


class CardDetails(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goes to the gateway only: never stored, logged or returned."""

    number: Annotated[str, Meta(pattern="^[0-9]{12,19}$", examples=["4242424242424242"])]
    exp_month: Annotated[int, Meta(ge=1, le=12, examples=[12])]
    exp_year: Annotated[int, Meta(ge=2000, le=2100, examples=[2030])]
    cvc: Annotated[str, Meta(pattern="^[0-9]{3,4}$", examples=["123"])]

    def __repr__(self) -> str:
        return "CardDetails(...)"

    def as_card(self) -> Card:
        return Card(self.number, self.exp_month, self.exp_year, self.cvc)


ProviderToken = Annotated[
    str,
    Meta(
        pattern="^pm_[A-Za-z0-9_]{1,250}$", description="What the provider's own page made of a card.",
        examples=["pm_1QxVisaOfAmina"],
    ),
]  # fmt: skip


class Pay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    payment_method: Annotated[PaymentMethod, Meta(examples=["credit_card"])]
    card: CardDetails | None = None
    token: ProviderToken | None = None
    method_id: Annotated[SavedMethodId, Meta(description="One of my saved methods, instead of a card.")] | None = None
    promo_code: Annotated[Code, Meta(description="For an order without one.")] | None = None


class GiveBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=500, examples=["Arrived broken"])]
    amount: Annotated[Amount | None, Meta(description="All that is left, if absent.", examples=[300.00])] = None


class PaymentsController(Controller):
    path = "/api/v1"
    tags = ("Payments",)
    security = [{"bearer": []}]  # noqa: RUF012 - Litestar reads it from the class

    @post("/payments/order/{order_id:uuid}/pay", summary="Pay an order")
    @inject
    async def pay(
        self,
        order_id: FromPath[OrderId],
        data: JSONBody[Pay],
        actor: FromDishka[Actor],
        choose: FromDishka[ChooseMeans],
        collect: FromDishka[PayCause],
        prices: FromDishka[OrderPrices],
    ) -> Success[PaymentView]:
        """Charge the buyer. A declined card answers 201 with `status: failed` and may be tried again.

        `status: pending` means that the gateway was silent: it is asked until it tells, and an event follows.
        A `promo_code` stays on the order, also when the charge is declined.
        """
        card = data.card.as_card() if data.card else None
        cause = Cause(CauseKind.ORDER, order_id)
        means = await choose(actor, data.payment_method, card, data.token, data.method_id)
        if data.promo_code is not None:
            await prices.reduce(actor, order_id, data.promo_code)
        return Success(await collect(actor, cause, means))

    @post("/payments/{payment_id:uuid}/refund", summary="Refund a payment")
    @inject
    async def refund(
        self,
        payment_id: FromPath[PaymentId],
        data: JSONBody[GiveBack],
        actor: FromDishka[Actor],
        refund_payment: FromDishka[RefundPayment],
    ) -> Success[RefundView]:
        """For administrators: in whole or in part, again and again, never above what was captured. From 1,000.00 on
        (or its like in other currencies) it needs a recent proof of identity.

        The fee goes back at the rate that was frozen at the sale. `status` is that of the payment after it; while the
        gateway is silent the refund is `processing`, and is sent until it answers.
        """
        return Success(await refund_payment(actor, payment_id, data.amount, data.reason))

    @get("/payments/{payment_id:uuid}", summary="Read a payment")
    @inject
    async def payment(
        self, payment_id: FromPath[PaymentId], actor: FromDishka[Actor], payments: FromDishka[PaymentQueries]
    ) -> Success[PaymentView]:
        """For payer, payee, and who may read the ledger; to others it is not found."""
        return Success(await payments.payment(actor, payment_id))
