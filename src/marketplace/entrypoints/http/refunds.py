"""Lists of payments and refunds, requests for refunds and the decisions about them, chargebacks."""

from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from marketplace.application.payments.chargebacks import NoteChargeback
from marketplace.application.payments.refund_ports import MoneyLists, RequestState, Whose
from marketplace.application.payments.refund_requests import (
    DecideRefundRequest,
    Decision,
    RequestRefund,
    WithdrawRefundRequest,
)
from marketplace.application.payments.refunds import RetryRefund
from marketplace.application.payments.views import ChargebackView, PaymentView, RefundDetails, RefundView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.payments.payment import Cause, CauseKind
from marketplace.domain.shared.ids import OrderId, PaymentId, RefundId
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Amount, MalformedBody, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip
from marketplace.entrypoints.http.provenance import PRIVATE

Mine = Annotated[Whose, QueryParameter(description="`all` is for who may read the ledger.")]
Wanted = Annotated[RequestState, QueryParameter(description="`escalated`: open, and not answered for five days.")]
AN_ID = "01970000-0000-7000-8000-000000000001"


class AboutWhat(MalformedBody):
    code = "name_order_or_payment"


class RefundWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=500, examples=["Arrived broken"])]
    order_id: Annotated[OrderId | None, Meta(description="Or `payment_id`.", examples=[AN_ID])] = None
    payment_id: Annotated[PaymentId | None, Meta(description="Instead of `order_id`.", examples=[AN_ID])] = None
    amount: Annotated[Amount | None, Meta(description="All that is left, if absent.", examples=[300.00])] = None


class RefundDecision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    approve: Annotated[bool, Meta(examples=[True])]
    amount: Annotated[Amount | None, Meta(description="Less than was asked for.", examples=[200.00])] = None
    answer: (
        Annotated[str, Meta(min_length=1, max_length=500, description="Needed to reject.", examples=["It was fine"])]
        | None
    ) = None


class ChargebackNews(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    stage: Annotated[ChargebackStage, Meta(examples=["needs_response"])]


class MoneyListsController(Controller):
    path = "/api/v1"
    tags = ("Payments",)
    security = BEARER
    cache_control = PRIVATE

    @get("/payments", summary="List payments")
    @inject
    async def payments(
        self, actor: FromDishka[Actor], lists: FromDishka[MoneyLists], cursors: FromDishka[Cursors],
        whose: Mine = "paid", page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE, cursor: CursorText = None,
    ) -> Success[Page[PaymentView]]:  # fmt: skip
        """Those you made, or those you got; newest first."""
        after = cursors.decode(cursor) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await lists.payments(actor, whose, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/payments/{payment_id:uuid}/refunds", summary="List the refunds of a payment")
    @inject
    async def refunds(
        self, payment_id: FromPath[PaymentId], actor: FromDishka[Actor], lists: FromDishka[MoneyLists],
        cursors: FromDishka[Cursors], page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE,
        cursor: CursorText = None,
    ) -> Success[Page[RefundDetails]]:  # fmt: skip
        """For payer, payee and who may read the ledger; requests too, newest first."""
        after = cursors.decode(cursor) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await lists.refunds(actor, payment_id, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/refunds/failed", summary="List refunds that a provider refused")
    @inject
    async def failed(
        self, actor: FromDishka[Actor], lists: FromDishka[MoneyLists], cursors: FromDishka[Cursors],
        page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE, cursor: CursorText = None,
    ) -> Success[Page[RefundDetails]]:  # fmt: skip
        """For who may read the ledger; newest first. Mend the cause at the provider, then retry."""
        after = cursors.decode(cursor) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await lists.failed_refunds(actor, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @get("/chargebacks", summary="List chargebacks")
    @inject
    async def chargebacks(
        self, actor: FromDishka[Actor], lists: FromDishka[MoneyLists], cursors: FromDishka[Cursors],
        open: Annotated[bool, QueryParameter(description="Only those that are not decided.")] = False,
        page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE, cursor: CursorText = None,
    ) -> Success[Page[ChargebackView]]:  # fmt: skip
        """For who may read the ledger: payments that a bank disputes or disputed; the newest payment first."""
        after = cursors.decode(cursor) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await lists.chargebacks(actor, is_open=open, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))


class RefundsController(Controller):
    path = "/api/v1"
    tags = ("Payments",)
    security = BEARER

    @post("/refund-requests", summary="Ask for money back")
    @inject
    async def ask(
        self, data: JSONBody[RefundWish], actor: FromDishka[Actor], request_refund: FromDishka[RequestRefund]
    ) -> Success[RefundDetails]:
        """By who paid, one request at a time for each payment. The seller decides within five days; then
        administrators look at it too."""
        if (data.order_id is None) == (data.payment_id is None):
            raise AboutWhat("name either an order or a payment", field="order_id")
        about = data.payment_id or Cause(CauseKind.ORDER, data.order_id)  # type: ignore[arg-type]
        return Success(await request_refund(actor, about, data.amount, data.reason))

    @get("/refund-requests", summary="List requests for refunds", cache_control=PRIVATE)
    @inject
    async def requests(
        self, actor: FromDishka[Actor], lists: FromDishka[MoneyLists], cursors: FromDishka[Cursors],
        whose: Mine = "paid", status: Wanted = "any", page: PageNumber = 1,
        per_page: PerPage = DEFAULT_PER_PAGE, cursor: CursorText = None,
    ) -> Success[Page[RefundDetails]]:  # fmt: skip
        """Of payments you made, or of those you got; newest first. `escalated`: not answered for five days."""
        after = cursors.decode(cursor) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await lists.refund_requests(actor, whose, status, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post("/refund-requests/{refund_id:uuid}/decide", status_code=200, summary="Decide about a request for a refund")
    @inject
    async def decide(
        self,
        refund_id: FromPath[RefundId],
        data: JSONBody[RefundDecision],
        actor: FromDishka[Actor],
        decide: FromDishka[DecideRefundRequest],
    ) -> Success[RefundDetails]:
        """By the seller, or an administrator. What is approved is sent at once; the fee goes back with it.

        For a large amount an administrator needs a recent proof of identity. After a rejection the buyer may open a
        dispute.
        """
        return Success(await decide(actor, refund_id, Decision(data.approve, data.amount, data.answer)))

    @post("/refund-requests/{refund_id:uuid}/cancel", status_code=200, summary="Withdraw a request for a refund")
    @inject
    async def withdraw(
        self, refund_id: FromPath[RefundId], actor: FromDishka[Actor], withdraw: FromDishka[WithdrawRefundRequest]
    ) -> Success[RefundDetails]:
        """By who asked, until it is decided."""
        return Success(await withdraw(actor, refund_id))

    @post("/refunds/{refund_id:uuid}/retry", status_code=200, summary="Send a refund again")
    @inject
    async def retry(
        self, refund_id: FromPath[RefundId], actor: FromDishka[Actor], retry: FromDishka[RetryRefund]
    ) -> Success[RefundView]:
        """For administrators: one that the provider refused. The money was set aside all the time."""
        return Success(await retry(actor, refund_id))


class DevChargebacksController(Controller):
    """Routed in development only."""

    path = "/api/v1/dev/payments"
    tags = ("Development",)

    @post("/{payment_id:uuid}/chargeback", status_code=200, summary="Play the payer's bank")
    @inject
    async def chargeback(
        self,
        payment_id: FromPath[PaymentId],
        data: JSONBody[ChargebackNews],
        note: FromDishka[NoteChargeback],
    ) -> Success[ChargebackView]:
        """Over the whole payment. News that are late or repeated change nothing."""
        return Success(ChargebackView.of(await note.in_full(payment_id, data.stage)))
