"""A fulfilment: one shipment of an order's goods, or a piece of the work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NewType
from uuid import UUID

from marketplace.domain.ordering.errors import NotYourMove
from marketplace.domain.ordering.moves import OrderRole, OrderStatus, Party
from marketplace.domain.ordering.order import Order
from marketplace.domain.shared.errors import Conflict, Invalid
from marketplace.domain.shared.ids import OrderId, UserId
from marketplace.domain.shared.text import clean_text

FulfilmentId = NewType("FulfilmentId", UUID)

MOST_FULFILMENTS = 50
"""Of one order."""
LONGEST_URL = 2_048
MOST_DECIMALS = 6


class InvalidFulfilment(Invalid):
    code = "invalid_fulfilment"


class NothingToShip(Conflict):
    code = "nothing_to_ship"


class TooManyFulfilments(Conflict):
    code = "too_many_fulfilments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """What a seller says of it. `quantities`: how much of which line, counted from 1; None is all that is left."""

    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    note: str | None = None
    quantities: Mapping[int, Decimal] | None = None
    shipped_at: datetime | None = None

    def __post_init__(self) -> None:
        for name, longest in (("carrier", 80), ("tracking_number", 80), ("note", 1_000)):
            if (text := getattr(self, name)) is not None:
                object.__setattr__(self, name, clean_text(text, field=name, longest=longest))
        url = self.tracking_url
        if url is not None and (
            not url.startswith("https://") or len(url) > LONGEST_URL or any(c <= " " or c == "\x7f" for c in url)
        ):
            raise InvalidFulfilment(
                f"must be an https address of at most {LONGEST_URL} characters", field="tracking_url"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilment:
    """`round`: how often changes had been asked for before it; after that everything may be shipped again."""

    id: FulfilmentId
    order_id: OrderId
    by: UserId
    round: int
    shipment: Shipment
    quantities: Mapping[int, Decimal]
    shipped_at: datetime


def fulfil(
    order: Order, past: Sequence[Fulfilment], shipment: Shipment, fulfilment_id: FulfilmentId, by: Party, now: datetime
) -> Fulfilment:
    """Work begins with the first one. Raises NotYourMove, IllegalOrderMove, OrderNotPaid, NothingToShip,
    TooManyFulfilments, InvalidFulfilment."""
    if by.user is None or by.role not in {OrderRole.SELLER, OrderRole.MODERATOR}:
        raise NotYourMove("only the seller ships an order", order_id=order.id)
    if order.status is not OrderStatus.IN_PROGRESS:
        order.start(by, now)
    if len(past) >= MOST_FULFILMENTS:
        raise TooManyFulfilments(f"an order has at most {MOST_FULFILMENTS} fulfilments", order_id=order.id)
    shipped_at = shipment.shipped_at or now
    if not order.created_at <= shipped_at <= now:
        raise InvalidFulfilment("lies between the order and now", field="shipped_at")
    left = _left(order, [one for one in past if one.round == order.changes_asked])
    if not left:
        raise NothingToShip("all of this order is shipped already: deliver it", order_id=order.id)
    quantities = left if shipment.quantities is None else shipment.quantities
    for line, quantity in quantities.items():
        if not 0 < quantity <= left.get(line, 0):
            some = f"between 0 and {left[line]}" if line in left else "nothing"
            raise InvalidFulfilment(f"of line {line} {some} is left to ship", field="lines")
        if quantity != round(quantity, MOST_DECIMALS):
            raise InvalidFulfilment(f"at most {MOST_DECIMALS} decimals", field="lines")
    if not quantities:
        raise InvalidFulfilment("name at least one line, or leave it out to ship all that is left", field="lines")
    return Fulfilment(
        id=fulfilment_id, order_id=order.id, by=by.user, round=order.changes_asked, shipment=shipment,
        quantities=quantities, shipped_at=shipped_at,
    )  # fmt: skip


def _left(order: Order, shipped: Sequence[Fulfilment]) -> dict[int, Decimal]:
    """By line, of those of which something is."""
    left = {
        number: line.quantity - sum(one.quantities.get(number, Decimal(0)) for one in shipped)
        for number, line in enumerate(order.lines, 1)
    }
    return {number: quantity for number, quantity in left.items() if quantity}
