"""Plans of creators, and subscriptions to them."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, Meta, UnsetType

from marketplace.application.shared.actor import Actor, Viewer
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.application.subscriptions.plans import AddPlan, PlanDraft, RevisePlan
from marketplace.application.subscriptions.ports import Part, SubscriptionQueries
from marketplace.application.subscriptions.subscriptions import (
    CancelSubscription,
    ChangePlan,
    PauseSubscription,
    PayByAnother,
    ResumeSubscription,
    Subscribe,
)
from marketplace.application.subscriptions.views import PlanView, SubscriptionDetails, SubscriptionView
from marketplace.domain.shared.ids import UserId
from marketplace.domain.subscriptions.moves import PaysBy, SubscriptionId
from marketplace.domain.subscriptions.plan import MOST_INTERVALS, MOST_TRIAL_DAYS, PlanId, PlanInterval
from marketplace.entrypoints.http.auth import SIGNED_IN_OR_NOT
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip
from marketplace.entrypoints.http.provenance import PRIVATE

Name = Annotated[str, Meta(min_length=1, max_length=100, examples=["Front row"])]
Description = Annotated[str, Meta(max_length=2_000, examples=["Every video, a day before all others"])]
Creator = Annotated[UserId | None, QueryParameter(description="Only those of this creator.")]


class NewPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Name
    description: Description = ""
    price: Annotated[Amount, Meta(description="For each period.", examples=[49.00])]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["AED"])]
    interval: Annotated[PlanInterval, Meta(examples=["month"])]
    interval_count: Annotated[
        int, Meta(ge=1, le=MOST_INTERVALS, description="So many of them are one period.", examples=[1])
    ] = 1
    trial_days: Annotated[
        int, Meta(ge=0, le=MOST_TRIAL_DAYS, description="Once for each subscriber.", examples=[14])
    ] = 0

    def draft(self) -> PlanDraft:
        return PlanDraft(
            name=self.name, description=self.description, price=self.price, currency=self.currency,
            interval=self.interval, count=self.interval_count, trial_days=self.trial_days,
        )  # fmt: skip


class PlanChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out stays. The price never changes: make another plan."""

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    is_archived: Annotated[bool, Meta(description="Nobody new subscribes to it.", examples=[True])] | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        return {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not UNSET}


class ChargedMethod(StrEnum):
    """What can be charged again and again without its owner at hand."""

    WALLET = "wallet"
    CREDIT_CARD = "credit_card"
    STRIPE = "stripe"


Method = Annotated[ChargedMethod, Meta(examples=["wallet"])]
SavedMethod = Annotated[
    UUID,
    Meta(description="The saved payment method, but for a wallet.", examples=["0197c2d4-0000-7000-8000-000000000001"]),
]
PlanRef = Annotated[PlanId, Meta(examples=["0197c2d4-0000-7000-8000-000000000001"])]


class NewSubscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    plan_id: PlanRef
    payment_method: Method
    method_id: SavedMethod | None = None


class AnotherMethod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    payment_method: Method
    method_id: SavedMethod | None = None


class AnotherPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    plan_id: PlanRef


class PlansController(Controller):
    path = "/api/v1/subscriptions/plans"
    tags = ("Subscriptions",)

    @get(summary="List plans of creators", cache_control=PRIVATE, security=SIGNED_IN_OR_NOT)
    @inject
    async def plans(
        self, viewer: FromDishka[Viewer], queries: FromDishka[SubscriptionQueries], cursors: FromDishka[Cursors],
        creator_id: Creator = None, page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[PlanView]]:  # fmt: skip
        """Newest first. Archived ones are shown to their creator only, who asks for the own plans."""
        after = PlanId(cursors.decode(cursor)) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await queries.plans(viewer, creator_id, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post(summary="Offer a plan", security=BEARER)
    @inject
    async def add_plan(
        self, data: JSONBody[NewPlan], actor: FromDishka[Actor], add: FromDishka[AddPlan]
    ) -> Success[PlanView]:
        """What subscribers pay you for each period."""
        return Success(await add(actor, data.draft()))

    @patch("/{plan_id:uuid}", summary="Change or archive a plan", security=BEARER)
    @inject
    async def revise_plan(
        self, plan_id: FromPath[PlanId], data: JSONBody[PlanChange], actor: FromDishka[Actor],
        revise: FromDishka[RevisePlan],
    ) -> Success[PlanView]:  # fmt: skip
        """Your own. Price and interval stay as they are; who has an archived plan keeps it."""
        return Success(await revise(actor, plan_id, data.changes()))


class SubscriptionsController(Controller):
    path = "/api/v1/subscriptions"
    tags = ("Subscriptions",)
    security = BEARER

    @get(summary="List subscriptions", cache_control=PRIVATE)
    @inject
    async def subscriptions(
        self, actor: FromDishka[Actor], queries: FromDishka[SubscriptionQueries], cursors: FromDishka[Cursors],
        role: Annotated[
            Literal["subscriber", "creator"],
            QueryParameter(description="`subscriber`: your own; `creator`: who is subscribed to you now.")
        ] = "subscriber",
        creator_id: Creator = None, page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[SubscriptionView]]:  # fmt: skip
        """Newest first. `has_access` says whether what the creator has for subscribers is open to them."""
        after = SubscriptionId(cursors.decode(cursor)) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await queries.subscriptions(actor, Part(role), creator_id, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post(summary="Subscribe to a creator")
    @inject
    async def subscribe(
        self, data: JSONBody[NewSubscription], actor: FromDishka[Actor], subscribe: FromDishka[Subscribe]
    ) -> Success[SubscriptionView]:
        """With a trial (`trialing`) where the plan has one and you had none of this creator; else charged at once.

        A first charge that is refused leaves it `unpaid`, without access, for a day: pay by another method, or
        subscribe again. While the provider is silent it is `unpaid` with the period `charging`, and an event follows.
        One subscription for each creator (`already_subscribed`).
        """
        return Success(await subscribe(actor, data.plan_id, PaysBy(data.payment_method.value, data.method_id)))

    @get("/{subscription_id:uuid}", summary="Read a subscription", cache_control=PRIVATE)
    @inject
    async def subscription(
        self, subscription_id: FromPath[SubscriptionId], actor: FromDishka[Actor],
        queries: FromDishka[SubscriptionQueries],
    ) -> Success[SubscriptionDetails]:  # fmt: skip
        """With the invoices of its newest periods. For subscriber and creator; to others it is not found."""
        return Success(await queries.subscription(actor, subscription_id))

    @post("/{subscription_id:uuid}/cancel", status_code=200, summary="Cancel a subscription")
    @inject
    async def cancel(
        self, subscription_id: FromPath[SubscriptionId], actor: FromDishka[Actor],
        cancel: FromDishka[CancelSubscription],
    ) -> Success[SubscriptionView]:  # fmt: skip
        """At the end of what is paid; a trial, and what is not paid, at once. Administrators end it at once."""
        return Success(await cancel(actor, subscription_id))

    @post("/{subscription_id:uuid}/pause", status_code=200, summary="Pause a subscription")
    @inject
    async def pause(
        self, subscription_id: FromPath[SubscriptionId], actor: FromDishka[Actor],
        pause: FromDishka[PauseSubscription],
    ) -> Success[SubscriptionView]:  # fmt: skip
        """At the end of the period; nothing is charged while it is paused."""
        return Success(await pause(actor, subscription_id))

    @post("/{subscription_id:uuid}/resume", status_code=200, summary="Resume a subscription")
    @inject
    async def resume(
        self, subscription_id: FromPath[SubscriptionId], actor: FromDishka[Actor],
        resume: FromDishka[ResumeSubscription],
    ) -> Success[SubscriptionView]:  # fmt: skip
        """Take back a cancellation or a pause to come. One that is paused begins a new period, charged now; refused,
        it stays paused."""
        return Success(await resume(actor, subscription_id))

    @post("/{subscription_id:uuid}/change", status_code=200, summary="Change the plan of a subscription")
    @inject
    async def change(
        self, subscription_id: FromPath[SubscriptionId], data: JSONBody[AnotherPlan], actor: FromDishka[Actor],
        change: FromDishka[ChangePlan],
    ) -> Success[SubscriptionView]:  # fmt: skip
        """To a dearer one now: what is unused of the old one is taken off its first price; refused, all stays as it
        was. To any other with the next period."""
        return Success(await change(actor, subscription_id, data.plan_id))

    @put("/{subscription_id:uuid}/payment-method", summary="Pay a subscription by another method")
    @inject
    async def pay_by(
        self, subscription_id: FromPath[SubscriptionId], data: JSONBody[AnotherMethod], actor: FromDishka[Actor],
        pay_by: FromDishka[PayByAnother],
    ) -> Success[SubscriptionView]:  # fmt: skip
        """From now on; what is owed is charged at once. The same method again: just try again."""
        pays_by = PaysBy(data.payment_method.value, data.method_id)
        return Success(await pay_by(actor, subscription_id, pays_by))
