from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.domain.shared.errors import Invalid
from marketplace.domain.shared.money import Money
from marketplace.domain.trading.terms import LotId, TermSheet
from marketplace.domain.trading.units import Quantity, unit_named


class MissingPrice(Invalid):
    code = "missing_price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Terms as a party wrote them. What is None was not said: in a counter it stays as it was."""

    price: Decimal | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    delivery_terms: str | None = None
    delivery_place: str | None = None
    delivery_days: int | None = None
    deliver_by: date | None = None
    payment_terms: str | None = None
    quality: Mapping[str, str] | None = None
    lot: LotId | None = None
    message: str | None = None

    def opening(
        self, currency: str, quantity: Quantity, *, price_unit: str | None = None, field: str = "price"
    ) -> TermSheet:
        """`quantity`: what is meant when the proposal says none; `price_unit`: what its price is for."""
        if self.price is None:
            raise MissingPrice("say a price", field=field)
        return TermSheet(
            price=Money.price(self.price, currency, field=field), price_unit=price_unit,
            quantity=self._quantity(quantity), **self._others,
        )  # fmt: skip

    def countering(self, former: TermSheet, *, field: str = "price") -> TermSheet:
        price = former.price if self.price is None else Money.price(self.price, former.price.currency, field=field)
        return former.with_changes(price=price, quantity=self._quantity(former.quantity), **self._others)

    def _quantity(self, otherwise: Quantity) -> Quantity:
        if self.quantity is None and self.unit is None:
            return otherwise
        amount = otherwise.amount if self.quantity is None else self.quantity
        return Quantity.of(amount, unit_named(self.unit or otherwise.unit))

    @property
    def _others(self) -> dict[str, Any]:
        apart = {"price", "quantity", "unit", "message"}
        said = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in apart}
        return {name: value for name, value in said.items() if value is not None}
