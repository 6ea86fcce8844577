from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import Meta

from marketplace.application.payments.simulate import Simulated, SimulateProvider
from marketplace.application.payments.views import PaymentView
from marketplace.application.shared.messages import Outbox, OutboxMessageView
from marketplace.domain.shared.ids import PaymentId
from marketplace.entrypoints.http.messages import Success

Address = Annotated[
    str,
    Parameter(
        min_length=1,
        max_length=254,
        description="The e-mail address or phone number (+998901234567) whose messages to show.",
    ),
]


class DevController(Controller):
    """Routed in development only."""

    path = "/dev"
    tags = ("Development",)
    cache_control = CacheControlHeader(no_store=True)

    @get("/outbox", summary="Read the development outbox")
    @inject
    async def outbox(self, outbox: FromDishka[Outbox], to: Address) -> Success[list[OutboxMessageView]]:
        """E-mails and text messages that were kept instead of sent, newest first: the last 50 of 24 hours."""
        return Success(await outbox.messages(to.replace(" ", "+")))  # what a "+" that was not encoded arrives as


class Simulation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    outcome: Annotated[Simulated, Meta(examples=["paid"])]


class DevPaymentsController(Controller):
    """Routed in development only."""

    path = "/api/v1/dev/payments"
    tags = ("Development",)

    @post("/{payment_id:uuid}/simulate", status_code=200, summary="Play the provider of a payment")
    @inject
    async def simulate(
        self, payment_id: FromPath[PaymentId], data: JSONBody[Simulation], simulate: FromDishka[SimulateProvider]
    ) -> Success[PaymentView]:
        """Make the calls of Payme or Click for a payment that waits for its payer there; a payment that is paid goes
        back with `cancelled`."""
        return Success(await simulate(payment_id, data.outcome))
