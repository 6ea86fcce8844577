"""Payouts of sellers: asking for them, deciding about them, and what there is to pay out."""

from datetime import date, timedelta
from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from marketplace.application.payments.payout_accounts import SetPayoutSchedule
from marketplace.application.payments.payout_ports import PayoutQueries
from marketplace.application.payments.payout_views import (
    BalanceView,
    EarningsView,
    PayoutScheduleView,
    PayoutView,
    Step,
)
from marketplace.application.payments.payouts import (
    ApprovePayout,
    CancelPayout,
    RequestPayout,
    RetryPayout,
    ReversePayout,
)
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.application.shared.ports import Clock
from marketplace.domain.catalog.availability import InvalidPeriod
from marketplace.domain.payments.payout import PayoutStatus
from marketplace.domain.payments.payout_schedule import Interval
from marketplace.domain.shared.ids import PayoutAccountId, PayoutId
from marketplace.entrypoints.http.bookings import A_DATE, calendar_day
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip
from marketplace.entrypoints.http.provenance import PRIVATE

LONGEST_PERIOD = 400
"""Days."""
FIRST_DAY = date(2020, 1, 1)
"""Nothing was sold before."""

CurrencyCode = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["AED"])]


class NewPayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    currency: CurrencyCode
    amount: Annotated[Amount | None, Meta(description="All that is available, if absent.", examples=[500.00])] = None
    account_id: Annotated[
        PayoutAccountId | None,
        Meta(description="Your default one, if absent.", examples=["01970000-0000-7000-8000-000000000001"]),
    ] = None


class NewSchedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    currency: CurrencyCode
    interval: Annotated[Interval, Meta(examples=["weekly"])]
    minimum: Annotated[Amount, Meta(description="Below it nothing is paid that time.", examples=[100.00])]
    day: Annotated[
        int,
        Meta(ge=0, le=31, description="1 to 7 (Monday first), 1 to 31, or 0 if `manual`.", examples=[1]),
    ] = 0


class Reversal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=500, examples=["The account is closed"])]


class PayoutsController(Controller):
    path = "/api/v1/payouts"
    tags = ("Payouts",)
    security = BEARER

    @get(summary="List payouts", cache_control=PRIVATE)
    @inject
    async def payouts(
        self, actor: FromDishka[Actor], queries: FromDishka[PayoutQueries], cursors: FromDishka[Cursors],
        status: Annotated[PayoutStatus | None, QueryParameter(description="Only those.")] = None,
        everybody: Annotated[bool, QueryParameter(description="Of all sellers; for who may pay out.")] = False,
        page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE, cursor: CursorText = None,
    ) -> Success[Page[PayoutView]]:  # fmt: skip
        """Yours, newest first."""
        after = cursors.decode(cursor) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await queries.payouts(actor, status, everybody=everybody, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post(summary="Ask for a payout")
    @inject
    async def request(
        self, data: JSONBody[NewPayout], actor: FromDishka[Actor], request_payout: FromDishka[RequestPayout]
    ) -> Success[PayoutView]:
        """Of what is settled: `available` of your balance. The amount is set aside at once and sent by a worker.

        A large one, or one while a chargeback runs, is `held` until somebody approves it. An account that was added
        less than 72 hours ago is refused with `payout_account_cooling_off`.
        """
        return Success(await request_payout(actor, data.currency, data.amount, data.account_id))

    @get("/balance", summary="Your balance as a seller", cache_control=PRIVATE)
    @inject
    async def balance(self, actor: FromDishka[Actor], queries: FromDishka[PayoutQueries]) -> Success[list[BalanceView]]:
        """By currency. Earnings are `pending` until some days after the order is completed, then `available`."""
        return Success(await queries.balances(actor))

    @get("/analytics", summary="Your earnings over time", cache_control=PRIVATE)
    @inject
    async def analytics(
        self, actor: FromDishka[Actor], queries: FromDishka[PayoutQueries], clock: FromDishka[Clock],
        since: Annotated[
            str | None, QueryParameter(name="from", description="30 days ago, if absent; UTC.", **A_DATE)
        ] = None,
        until: Annotated[
            str | None, QueryParameter(name="to", description="The last day; today, if absent.", **A_DATE)
        ] = None,
        interval: Annotated[Step, QueryParameter(description="Of each period; weeks begin on Monday.")] = "day",
    ) -> Success[list[EarningsView]]:  # fmt: skip
        """By currency, from the ledger: sales by the day they were paid, refunds by the day they were decided."""
        last = calendar_day(until, "to") or clock.now().date()
        if not FIRST_DAY <= last < date.max:
            raise InvalidPeriod("is too early or too late", field="to")
        first = calendar_day(since, "from") or max(FIRST_DAY, last - timedelta(days=30))
        if first < FIRST_DAY or not 0 <= (last - first).days < LONGEST_PERIOD:
            raise InvalidPeriod(f"from 1 to {LONGEST_PERIOD} days, from {FIRST_DAY} on", field="from")
        return Success(await queries.earnings(actor, first, last + timedelta(days=1), interval))

    @get("/schedule", summary="When you are paid out by itself", cache_control=PRIVATE)
    @inject
    async def schedules(
        self, actor: FromDishka[Actor], queries: FromDishka[PayoutQueries]
    ) -> Success[list[PayoutScheduleView]]:
        """For each currency that has a schedule; for the others you ask."""
        return Success(await queries.schedules(actor))

    @put("/schedule", summary="Set when you are paid out by itself")
    @inject
    async def set_schedule(
        self, data: JSONBody[NewSchedule], actor: FromDishka[Actor], set_schedule: FromDishka[SetPayoutSchedule]
    ) -> Success[PayoutScheduleView]:
        """All that is available in a currency goes to your default account, weekly or monthly, at 00:00 UTC.

        A month that is too short pays on its last day.
        """
        return Success(await set_schedule(actor, data.currency, data.interval, data.day, data.minimum))

    @get("/{payout_id:uuid}", summary="Read a payout", cache_control=PRIVATE)
    @inject
    async def payout(
        self, payout_id: FromPath[PayoutId], actor: FromDishka[Actor], queries: FromDishka[PayoutQueries]
    ) -> Success[PayoutView]:
        """For its seller, and for who may pay out."""
        return Success(await queries.payout(actor, payout_id))

    @post("/{payout_id:uuid}/approve", status_code=200, summary="Approve a payout that is held")
    @inject
    async def approve(
        self, payout_id: FromPath[PayoutId], actor: FromDishka[Actor], approve_payout: FromDishka[ApprovePayout]
    ) -> Success[PayoutView]:
        """For who may pay out, with a recent proof of identity; never by who gets it. It is sent at once."""
        return Success(await approve_payout(actor, payout_id))

    @post("/{payout_id:uuid}/cancel", status_code=200, summary="Cancel a payout")
    @inject
    async def cancel(
        self, payout_id: FromPath[PayoutId], actor: FromDishka[Actor], cancel_payout: FromDishka[CancelPayout]
    ) -> Success[PayoutView]:
        """By its seller or who may pay out, while it is `held`: the money is available again."""
        return Success(await cancel_payout(actor, payout_id))

    @post("/{payout_id:uuid}/retry", status_code=200, summary="Take a failed payout up again")
    @inject
    async def retry(
        self, payout_id: FromPath[PayoutId], actor: FromDishka[Actor], retry_payout: FromDishka[RetryPayout]
    ) -> Success[PayoutView]:
        """For who may pay out; as if the seller asked for it now."""
        return Success(await retry_payout(actor, payout_id))

    @post("/{payout_id:uuid}/reverse", status_code=200, summary="Note that a payout came back")
    @inject
    async def reverse(
        self, payout_id: FromPath[PayoutId], data: JSONBody[Reversal], actor: FromDishka[Actor],
        reverse_payout: FromDishka[ReversePayout],
    ) -> Success[PayoutView]:  # fmt: skip
        """For who may pay out, with a recent proof of identity: the bank returned a `paid` one to the provider."""
        return Success(await reverse_payout(actor, payout_id, data.reason))
