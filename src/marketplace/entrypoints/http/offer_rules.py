"""What a seller has answered in their name, and what past agreements say about a price."""

from datetime import time
from decimal import Decimal
from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, delete, get, put
from litestar.datastructures import CacheControlHeader
from litestar.params import FromPath, JSONBody, Parameter
from msgspec import Meta

from marketplace.application.shared.actor import Actor
from marketplace.application.trading.bargain import BargainView, ReadBargain
from marketplace.application.trading.rule_ports import OfferRuleQueries
from marketplace.application.trading.rule_views import OfferRulesView, RulesForAllView
from marketplace.application.trading.rules import DropOfferRules, SetOfferRules, SetRulesForAll
from marketplace.domain.shared.ids import ListingId
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.quiet_hours import QuietHours
from marketplace.domain.trading.rules import OfferRules, RulesForAll
from marketplace.entrypoints.http.identity import BEARER, NOT_REPEATABLE
from marketplace.entrypoints.http.messages import Amount, Success

PRIVATE = CacheControlHeader(no_store=True)
MINUTE = "^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\\n)"
Percent = Annotated[int, Meta(ge=1, le=100, description="Of the product's price.")]
Price = Annotated[
    str | None,
    Parameter(pattern=r"^[0-9]{1,13}(\.[0-9]{1,3})?$", description="In the product's currency, for all of it."),
]


class QuietHoursSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing is answered by a rule meanwhile; what came in is answered when they end. They may go past midnight."""

    begins: Annotated[str, Meta(pattern=MINUTE, examples=["22:00"])] = msgspec.field(name="from")
    until: Annotated[str, Meta(pattern=MINUTE, examples=["07:00"])]
    time_zone: Annotated[str, Meta(max_length=60, description="Of the IANA database.", examples=["Asia/Dubai"])]

    def hours(self) -> QuietHours:
        begins, ends = time.fromisoformat(self.begins), time.fromisoformat(self.until)
        return QuietHours(begins=begins, ends=ends, time_zone=self.time_zone)


class NewOfferRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In the product's currency, for the quantity its price is for. What is left out does not act."""

    auto_accept_at: (
        Annotated[Amount, Meta(description="This or more is accepted at once.", examples=[800.00])] | None
    ) = None
    auto_decline_below: Annotated[Amount, Meta(description="Less is declined at once.", examples=[500.00])] | None = (
        None
    )
    minimum_step: (
        Annotated[Amount, Meta(description="How much more each new offer of a buyer must be.", examples=[10.00])] | None
    ) = None
    quiet_hours: QuietHoursSaid | None = None

    def rules(self, currency: str) -> OfferRules:
        accept_at, decline_below, step = (
            None if amount is None else Money.price(amount, currency, field=name)
            for name, amount in (
                ("auto_accept_at", self.auto_accept_at), ("auto_decline_below", self.auto_decline_below),
                ("minimum_step", self.minimum_step),
            )
        )  # fmt: skip
        return OfferRules(
            auto_accept_at=accept_at, auto_decline_below=decline_below, minimum_step=step,
            quiet_hours=None if self.quiet_hours is None else self.quiet_hours.hours(),
        )  # fmt: skip


class NewRulesForAll(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out does not act."""

    auto_accept_at_percent: Annotated[Percent, Meta(examples=[95])] | None = None
    auto_decline_below_percent: Annotated[Percent, Meta(examples=[60])] | None = None
    minimum_step_percent: Annotated[Percent, Meta(examples=[2])] | None = None
    quiet_hours: QuietHoursSaid | None = None

    def rules(self) -> RulesForAll:
        return RulesForAll(
            auto_accept_at_percent=self.auto_accept_at_percent,
            auto_decline_below_percent=self.auto_decline_below_percent,
            minimum_step_percent=self.minimum_step_percent,
            quiet_hours=None if self.quiet_hours is None else self.quiet_hours.hours(),
        )


class OfferRulesController(Controller):
    path = "/api/v1"
    tags = ("Offers",)
    security = BEARER

    @get("/products/{product_id:uuid}/offer-rules", summary="Read a product's offer rules", cache_control=PRIVATE)
    @inject
    async def read_offer_rules(
        self, product_id: FromPath[ListingId], actor: FromDishka[Actor], rules: FromDishka[OfferRuleQueries]
    ) -> Success[OfferRulesView]:
        """What acts on your product: rules of its own, else those for all your products."""
        return Success(await rules.on_listing(actor, product_id))

    @put("/products/{product_id:uuid}/offer-rules", summary="Set a product's offer rules")
    @inject
    async def set_offer_rules(
        self,
        product_id: FromPath[ListingId],
        data: JSONBody[NewOfferRules],
        actor: FromDishka[Actor],
        set_rules: FromDishka[SetOfferRules],
    ) -> Success[OfferRulesView]:
        """Buyers' offers from now on are answered in your name, within a second; `by_rule` of the offer says so.

        A product with rules of its own follows them alone, as a whole: an empty body turns those for all off on it.
        An offer that says more than a price is never accepted by a rule, and a package is answered by you alone. The
        step is that of the moment when a negotiation begins.
        """
        return Success(await set_rules(actor, product_id, data.rules))

    @delete("/products/{product_id:uuid}/offer-rules", summary="Drop a product's offer rules", opt=NOT_REPEATABLE)
    @inject
    async def drop_offer_rules(
        self, product_id: FromPath[ListingId], actor: FromDishka[Actor], drop_rules: FromDishka[DropOfferRules]
    ) -> None:
        """The rules for all your products hold on it again."""
        await drop_rules(actor, product_id)

    @get("/offers/rules", summary="Read your offer rules", cache_control=PRIVATE)
    @inject
    async def read_rules_for_all(
        self, actor: FromDishka[Actor], rules: FromDishka[OfferRuleQueries]
    ) -> Success[RulesForAllView]:
        """Those for all your products that have none of their own."""
        return Success(await rules.for_all(actor))

    @put("/offers/rules", summary="Set your offer rules")
    @inject
    async def set_rules_for_all(
        self, data: JSONBody[NewRulesForAll], actor: FromDishka[Actor], set_rules: FromDishka[SetRulesForAll]
    ) -> Success[RulesForAllView]:
        """For all your products that have no rules of their own, in per cent of what each asks."""
        return Success(await set_rules(actor, data.rules()))

    @get("/products/{product_id:uuid}/bargain", summary="See what similar things went for", cache_control=PRIVATE)
    @inject
    async def bargain(
        self,
        product_id: FromPath[ListingId],
        actor: FromDishka[Actor],
        read_bargain: FromDishka[ReadBargain],
        price: Price = None,
    ) -> Success[BargainView]:
        """What was agreed on in the product's category and currency in the last 180 days, and where a price stands.

        Nothing is guessed: with fewer than 20 agreements there are no figures. They are rounded, and of the days
        before today, so that no single agreement shows.
        """
        return Success(await read_bargain(actor, product_id, Decimal(price) if price else None))
