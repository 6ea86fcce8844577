"""Saved methods of payment, and what payment providers tell us."""

from enum import StrEnum
from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, post, put
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from marketplace.application.payments.inbox import ReceiveProviderEvent
from marketplace.application.payments.methods import (
    AddSavedMethod,
    MakeMethodDefault,
    RemoveSavedMethod,
    SavedMethodQueries,
    SavedMethodView,
)
from marketplace.application.shared.actor import Actor
from marketplace.domain.payments.saved_method import SavedMethodId
from marketplace.entrypoints.http.messages import ApiRequest, Success
from marketplace.entrypoints.http.payments import CardDetails, ProviderToken

NOT_SET_UP = {"problems": (404,)}
"""A provider that is not set up is not found."""

EVENT = {"id": "evt_1QxPaid", "object": "event", "type": "payment_intent.succeeded", "data": {"object": {}}}


class Keeper(StrEnum):
    """Who keeps saved methods. `simulator` is for development: it takes test cards."""

    STRIPE = "stripe"
    SIMULATOR = "simulator"


class MethodWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Stripe takes the `token` that its own page made; the simulator takes a `card`."""

    provider: Annotated[Keeper, Meta(examples=["simulator"])]
    token: ProviderToken | None = None
    card: CardDetails | None = None
    is_default: Annotated[bool, Meta(examples=[True])] = False

    def __repr__(self) -> str:
        return "MethodWish(...)"


class PaymentMethodsController(Controller):
    path = "/api/v1/payments/methods"
    tags = ("Payments",)
    security = [{"bearer": []}]  # noqa: RUF012 - Litestar reads it from the class
    cache_control = CacheControlHeader(no_store=True)

    @get(summary="List my saved payment methods")
    @inject
    async def saved_methods(
        self, actor: FromDishka[Actor], queries: FromDishka[SavedMethodQueries]
    ) -> Success[list[SavedMethodView]]:
        """Oldest first, at most 20. Tokens are never shown."""
        return Success(await queries.of_owner(actor))

    @post(summary="Save a payment method", opt=NOT_SET_UP)
    @inject
    async def save_method(
        self, data: JSONBody[MethodWish], actor: FromDishka[Actor], add: FromDishka[AddSavedMethod]
    ) -> Success[SavedMethodView]:
        """Keep it at the provider. Pay with its id as `method_id`; the first one saved is the default.

        A card number goes to the provider only: it is never stored, logged or returned.
        """
        card = data.card.as_card() if data.card else None
        return Success(await add(actor, data.provider, data.token, card, as_default=data.is_default))

    @put("/{method_id:uuid}/default", summary="Make a payment method the default")
    @inject
    async def make_default(
        self, method_id: FromPath[SavedMethodId], actor: FromDishka[Actor], make_default: FromDishka[MakeMethodDefault]
    ) -> Success[SavedMethodView]:
        """The one that was the default before is not any more."""
        return Success(await make_default(actor, method_id))

    @delete("/{method_id:uuid}", status_code=200, summary="Delete a saved payment method")
    @inject
    async def delete_method(
        self, method_id: FromPath[SavedMethodId], actor: FromDishka[Actor], remove: FromDishka[RemoveSavedMethod]
    ) -> Success[None]:
        """It is detached at the provider. Of those left the newest takes its place as the default."""
        await remove(actor, method_id)
        return Success(None)


class ProviderEventsController(Controller):
    path = "/api/v1/payments/providers"
    tags = ("Payments",)

    @post(
        "/{provider:str}/webhook", status_code=200, summary="Tell what happened at a payment provider",
        opt={"raw": EVENT, "problems": (401, 404, 413)},
    )  # fmt: skip
    @inject
    async def receive_event(
        self, provider: FromPath[str], request: ApiRequest, receive: FromDishka[ReceiveProviderEvent]
    ) -> Success[None]:
        """For providers: set it as the endpoint in Stripe's dashboard (`provider` is `stripe`).

        The body is signed with `STRIPE_WEBHOOK_SECRET` in `Stripe-Signature`, within 300 seconds. It is kept, answered
        at once and applied soon after; told again it changes nothing.
        """
        headers = {name.lower(): value for name, value in request.headers.items()}
        await receive(provider, headers, await request.body())
        return Success(None)
