from typing import Annotated

import msgspec
from dishka.integrations.litestar import FromDishka, inject
from litestar import Controller, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta

from marketplace.application.payments.payments import Means
from marketplace.application.payments.views import PaymentView
from marketplace.application.payments.wallet import TopUpWallet, WalletEntryView, WalletQueries, WalletView
from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import DEFAULT_PER_PAGE, Page
from marketplace.domain.payments.payment import PaymentMethod
from marketplace.entrypoints.http.identity import BEARER
from marketplace.entrypoints.http.messages import Amount, Success
from marketplace.entrypoints.http.paging import Cursors, CursorText, PageNumber, PerPage, page_of, rows_to_skip
from marketplace.entrypoints.http.payments import CardDetails
from marketplace.entrypoints.http.payouts import CurrencyCode
from marketplace.entrypoints.http.provenance import PRIVATE


class NewTopUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    amount: Annotated[Amount, Meta(examples=[200.00])]
    currency: CurrencyCode
    card: CardDetails | None = None
    payment_method: Annotated[PaymentMethod, Meta(examples=["credit_card"])] = PaymentMethod.CREDIT_CARD


class WalletController(Controller):
    path = "/api/v1/wallet"
    tags = ("Wallet",)
    security = BEARER

    @get(summary="Your wallet", cache_control=PRIVATE)
    @inject
    async def wallet(self, actor: FromDishka[Actor], queries: FromDishka[WalletQueries]) -> Success[list[WalletView]]:
        """What is in it, by currency."""
        return Success(await queries.balances(actor))

    @get("/entries", summary="What came into your wallet and left it", cache_control=PRIVATE)
    @inject
    async def entries(
        self, actor: FromDishka[Actor], queries: FromDishka[WalletQueries], cursors: FromDishka[Cursors],
        currency: Annotated[str, QueryParameter(pattern="^[A-Z]{3}$", description="ISO 4217.")] = "AED",
        page: PageNumber = 1, per_page: PerPage = DEFAULT_PER_PAGE, cursor: CursorText = None,
    ) -> Success[Page[WalletEntryView]]:  # fmt: skip
        """In one currency, newest first."""
        after = cursors.decode(cursor) if cursor else None
        skip = 0 if after else rows_to_skip(page, per_page)
        found = await queries.entries(actor, currency, after=after, skip=skip, limit=per_page)
        return Success(page_of(found, cursors, page, per_page))

    @post("/top-ups", summary="Top up your wallet")
    @inject
    async def top_up(
        self, data: JSONBody[NewTopUp], actor: FromDishka[Actor], top_up_wallet: FromDishka[TopUpWallet]
    ) -> Success[PaymentView]:
        """Pay into it; answers as the payment of an order does, and the wallet has it once that is `completed`."""
        card = data.card.as_card() if data.card else None
        return Success(await top_up_wallet(actor, data.amount, data.currency, Means(data.payment_method, card)))
