from dataclasses import dataclass
from typing import Protocol

from marketplace.application.shared.actor import Actor
from marketplace.application.shared.paging import Slice
from marketplace.application.trading.trade_views import DashboardView, PriceView, TradeView
from marketplace.domain.trading.matching import Candidate
from marketplace.domain.trading.trade import Trade, TradeId, TradeSide, TradeStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFilter:
    """`commodity` is the whole name, `begins` the beginning of one; neither minds upper and lower case.

    `mine`: only what the actor has made.
    """

    side: TradeSide | None = None
    status: TradeStatus | None = None
    commodity: str | None = None
    begins: str | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceQuestion:
    commodity: str
    grade: str | None
    currency: str
    days: int


class TradeQueries(Protocol):
    """Each needs Permission.TRADE. What others do not publish, or publish for others, is not found."""

    async def trade(self, actor: Actor, trade_id: TradeId) -> TradeView:
        """Raises TradeNotFound."""
        ...

    async def newest(
        self, actor: Actor, wanted: TradeFilter, *, after: TradeId | None, skip: int, limit: int
    ) -> Slice[TradeView]:
        """What takes offers now and the actor may answer, and the actor's own in every state; newest first."""
        ...

    async def dashboard(self, actor: Actor) -> DashboardView: ...

    async def prices(self, actor: Actor, asked: PriceQuestion) -> list[PriceView]:
        """Oldest first."""
        ...


class MatchQueries(Protocol):
    """What may answer a trade: of each kind the newest 200."""

    async def trade(self, actor: Actor, trade_id: TradeId) -> Trade:
        """Raises TradeNotFound."""
        ...

    async def counter_trades(self, actor: Actor, trade: Trade) -> list[Candidate]:
        """Of the other side and not the owner's, of the same commodity and currency, which the actor may see and which
        take offers now."""
        ...

    async def lots(self, actor: Actor, trade: Trade) -> list[Candidate]:
        """Tested lots of the same commodity and currency that are to be had; the trade is one to buy."""
        ...
