"""A trade: a published need to buy or to sell on the desk, which many answer with offers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, NewType
from uuid import UUID

from marketplace.domain.shared.aggregate import Aggregate, DomainEvent
from marketplace.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.subject import Subject, SubjectKind
from marketplace.domain.shared.text import clean_text
from marketplace.domain.trading.offer import Side
from marketplace.domain.trading.terms import LONGEST_DELIVERY, InvalidTermSheet, clean_quality
from marketplace.domain.trading.units import Quantity, UnitsDiffer, factor

TradeId = NewType("TradeId", UUID)

LONGEST_VALIDITY = timedelta(days=365)
DECISION_TIME = timedelta(days=7)
"""After the deadline of a sealed trade, when its offers are opened: so long may it be awarded."""
MOST_INVITED = 100


class TradeNotFound(NotFound):
    code = "trade_not_found"


class NotYourTrade(Forbidden):
    code = "not_your_trade"


class OwnTrade(Forbidden):
    code = "own_trade"


class IllegalTradeMove(Conflict):
    code = "illegal_trade_move"


class TradeNotOpen(Conflict):
    code = "trade_not_open"


class InvalidValidity(Invalid):
    code = "invalid_validity"


class TradeSide(StrEnum):
    BUY = "buy"
    SELL = "sell"

    @property
    def owner_side(self) -> Side:
        return Side.BUYER if self is TradeSide.BUY else Side.SELLER


class Visibility(StrEnum):
    """`sealed`: until the deadline nobody but its author knows of an offer, not even the trade's owner."""

    OPEN = "open"
    INVITED = "invited"
    SEALED = "sealed"


class TradeStatus(StrEnum):
    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    PUBLISHED = "published"
    NEGOTIATING = "negotiating"
    AWARDED = "awarded"
    CONTRACTED = "contracted"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


_S = TradeStatus
TRADE_MOVES: Mapping[TradeStatus, frozenset[TradeStatus]] = {
    _S.DRAFT: frozenset({_S.PENDING_APPROVAL, _S.PUBLISHED, _S.CANCELLED}),
    _S.PENDING_APPROVAL: frozenset({_S.PUBLISHED, _S.CANCELLED}),
    _S.PUBLISHED: frozenset({_S.NEGOTIATING, _S.AWARDED, _S.CANCELLED, _S.EXPIRED}),
    _S.NEGOTIATING: frozenset({_S.AWARDED, _S.CANCELLED, _S.EXPIRED}),
    _S.AWARDED: frozenset({_S.CONTRACTED, _S.CLOSED}),
    _S.CONTRACTED: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
}
OPEN = frozenset({_S.PUBLISHED, _S.NEGOTIATING})
"""What the desk shows to everybody who may answer it."""
ENDED = frozenset({_S.CLOSED, _S.CANCELLED, _S.EXPIRED})
"""Nobody negotiates over it any more."""
PUBLIC = frozenset(_S) - {_S.DRAFT, _S.PENDING_APPROVAL}
"""What others than its owner may read of."""
_DEALING = frozenset({_S.PUBLISHED, _S.NEGOTIATING, _S.AWARDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeEvent(DomainEvent):
    trade_id: TradeId
    owner: UserId
    status: TradeStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePublished(TradeEvent):
    name: ClassVar[str] = "trading.trade_published.v1"
    invited: tuple[UserId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeMoved(TradeEvent):
    """Negotiating, awarded, contracted, closed, cancelled or expired."""

    name: ClassVar[str] = "trading.trade_moved.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeOpened(TradeEvent):
    """The deadline of a sealed trade has come: its owner sees the offers from now on."""

    name: ClassVar[str] = "trading.trade_opened.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is wanted or offered. `target` is per `price_unit`."""

    commodity: str
    quantity: Quantity
    currency: str
    price_unit: str
    grade: str | None = None
    quality: Mapping[str, str] = field(default_factory=dict)
    target: Money | None = None
    delivery_place: str | None = None
    delivery_terms: str | None = None
    delivery_days: int | None = None
    payment_terms: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "commodity", clean_text(self.commodity, field="commodity", longest=80))
        for name in ("grade", "delivery_place", "delivery_terms", "payment_terms"):
            if (text := getattr(self, name)) is not None:
                object.__setattr__(self, name, clean_text(text, field=name, longest=200))
        if self.delivery_days is not None and not 0 <= self.delivery_days <= LONGEST_DELIVERY:
            raise InvalidTermSheet(f"is between 0 and {LONGEST_DELIVERY}", field="delivery_days")
        object.__setattr__(self, "quality", clean_quality(self.quality))
        try:
            factor(self.quantity.unit, self.price_unit)
        except UnitsDiffer:
            unit = self.quantity.unit
            raise UnitsDiffer(
                f"what is counted in {unit} has no price per {self.price_unit}", field="price_unit"
            ) from None


@dataclass(slots=True, kw_only=True, eq=False)
class Trade(Aggregate):
    """`valid_until`: until then offers are taken. `invited`: who alone may see and answer it, if anybody is named."""

    id: TradeId
    owner: UserId
    side: TradeSide
    need: Need
    visibility: Visibility
    invited: frozenset[UserId] = frozenset()
    valid_until: datetime
    created_at: datetime
    status: TradeStatus = TradeStatus.DRAFT

    def __post_init__(self) -> None:
        if len(self.invited) > MOST_INVITED:
            raise InvalidTermSheet(f"at most {MOST_INVITED}", field="invited")
        if self.invited and self.visibility is Visibility.OPEN:
            raise InvalidTermSheet("an open trade invites nobody in particular", field="invited")
        if not self.invited and self.visibility is Visibility.INVITED:
            raise InvalidTermSheet("say who is invited", field="invited")
        if self.owner in self.invited:
            raise InvalidTermSheet("you need not invite yourself", field="invited")

    @property
    def subject(self) -> Subject:
        return Subject(kind=SubjectKind.TRADE, id=self.id)

    @property
    def sealed_until(self) -> datetime | None:
        return self.valid_until if self.visibility is Visibility.SEALED else None

    @property
    def decided_by(self) -> datetime:
        """When every offer ends and the trade expires."""
        return self.valid_until + (DECISION_TIME if self.visibility is Visibility.SEALED else timedelta())

    def may_see(self, party: UserId) -> bool:
        invited = not self.invited or party in self.invited
        return party == self.owner or (self.status in PUBLIC and invited)

    def require_owner(self, party: UserId) -> None:
        """Raises TradeNotFound for who may not see it, else NotYourTrade."""
        if not self.may_see(party):
            raise TradeNotFound("no such trade", trade_id=self.id)
        if party != self.owner:
            raise NotYourTrade("only who made a trade may do this", trade_id=self.id)

    def require_validity(self, now: datetime) -> None:
        if not now < self.valid_until <= now + LONGEST_VALIDITY:
            raise InvalidValidity("lies in the future, within a year", field="valid_until")

    def revise(self, now: datetime, **changes: Any) -> None:
        """Only a draft: what was published stays as others have read it. `changes` by the names of the fields."""
        if self.status is not TradeStatus.DRAFT:
            raise IllegalTradeMove(f"a trade that is {self.status} cannot be changed: cancel it and make another")
        for name, value in changes.items():
            setattr(self, name, value)
        self.__post_init__()
        self.require_validity(now)

    def publish(self, now: datetime) -> None:
        self.require_validity(now)
        self._move(TradeStatus.PUBLISHED)
        self._record(TradePublished(**self._facts(now), invited=tuple(sorted(self.invited))))

    def require_open(self, party: UserId, now: datetime) -> None:
        """That `party` may make an offer on it now."""
        if not self.may_see(party):
            raise TradeNotFound("no such trade", trade_id=self.id)
        if party == self.owner:
            raise OwnTrade("you cannot answer your own trade", trade_id=self.id)
        if self.status not in _DEALING or now >= self.valid_until:
            raise TradeNotOpen("this trade takes no offers any more", trade_id=self.id)

    def require_dealing(self, now: datetime) -> None:
        """That the offers on it may still be answered."""
        if self.status not in _DEALING or now >= self.decided_by:
            raise TradeNotOpen("the offers on this trade cannot be answered any more", trade_id=self.id)

    def note_offer(self, now: datetime) -> None:
        """The first offer sets it negotiating; of a sealed trade nothing shows before it is opened."""
        if self.status is TradeStatus.PUBLISHED and self.sealed_until is None:
            self._move_and_tell(TradeStatus.NEGOTIATING, now)

    def open(self, now: datetime, *, has_offers: bool) -> bool:
        """The deadline of a sealed trade; False when there is nothing to open (any more)."""
        if self.status is not TradeStatus.PUBLISHED or self.sealed_until is None or now < self.sealed_until:
            return False
        self._move(TradeStatus.NEGOTIATING if has_offers else TradeStatus.EXPIRED)
        self._record(TradeOpened(**self._facts(now)))
        return True

    def award(self, now: datetime) -> None:
        """Some of it goes to somebody; how much is left to give, the holds know."""
        if self.status not in _DEALING or now >= self.decided_by:
            raise TradeNotOpen("this trade cannot be awarded any more", trade_id=self.id)
        if self.status is not TradeStatus.AWARDED:
            self._move_and_tell(TradeStatus.AWARDED, now)

    def cancel(self, now: datetime) -> None:
        self._move_and_tell(TradeStatus.CANCELLED, now)

    def close(self, now: datetime) -> None:
        self._move_and_tell(TradeStatus.CLOSED, now)

    def expire(self, now: datetime) -> bool:
        """False when there is nothing to end (any more)."""
        if TradeStatus.EXPIRED not in TRADE_MOVES[self.status] or now < self.decided_by:
            return False
        self._move_and_tell(TradeStatus.EXPIRED, now)
        return True

    def _move_and_tell(self, to: TradeStatus, now: datetime) -> None:
        self._move(to)
        self._record(TradeMoved(**self._facts(now)))

    def _move(self, to: TradeStatus) -> None:
        if to not in TRADE_MOVES[self.status]:
            raise IllegalTradeMove(f"a trade that is {self.status} cannot become {to}", trade_id=self.id)
        self.status = to

    def _facts(self, now: datetime) -> dict[str, Any]:
        return {"occurred_at": now, "trade_id": self.id, "owner": self.owner, "status": self.status}
