"""A tested lot: goods that lie somewhere, what a laboratory found in them, and how far they are sold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

from marketplace.domain.shared.aggregate import Aggregate
from marketplace.domain.shared.errors import Conflict, Invalid, NotFound
from marketplace.domain.shared.ids import UserId
from marketplace.domain.shared.money import Money
from marketplace.domain.shared.text import clean_text
from marketplace.domain.trading.terms import LotId, clean_quality
from marketplace.domain.trading.units import Quantity, factor

ReportId = NewType("ReportId", UUID)

MOST_REPORTS = 20
"""Of one lot."""
MOST_PARAMETERS = 50
"""Of one report."""


class LotNotFound(NotFound):
    code = "lot_not_found"


class LotNotAvailable(Conflict):
    code = "lot_not_available"


class IllegalLotMove(Conflict):
    code = "illegal_lot_move"


class LotIsTested(Conflict):
    """What a report speaks of stays as it was tested."""

    code = "lot_is_tested"


class LotIsHeld(Conflict):
    code = "lot_is_held"


class TooManyReports(Conflict):
    code = "too_many_reports"


class InvalidLot(Invalid):
    code = "invalid_lot"


class InvalidReport(Invalid):
    code = "invalid_report"


class LotStatus(StrEnum):
    DRAFT = "draft"
    TESTED = "tested"
    AVAILABLE = "available"
    RESERVED = "reserved"
    SOLD = "sold"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


_S = LotStatus
LOT_MOVES: Mapping[LotStatus, frozenset[LotStatus]] = {
    _S.DRAFT: frozenset({_S.TESTED, _S.WITHDRAWN}),
    _S.TESTED: frozenset({_S.AVAILABLE, _S.REJECTED, _S.WITHDRAWN}),
    _S.AVAILABLE: frozenset({_S.RESERVED, _S.SOLD, _S.WITHDRAWN}),
    _S.RESERVED: frozenset({_S.AVAILABLE, _S.SOLD, _S.WITHDRAWN}),
    _S.REJECTED: frozenset({_S.WITHDRAWN}),
    _S.SOLD: frozenset({_S.AVAILABLE}),
    _S.WITHDRAWN: frozenset(),
}
_TESTABLE = frozenset({_S.DRAFT, _S.TESTED, _S.AVAILABLE, _S.RESERVED})
_TESTED = frozenset({"commodity", "grade", "origin", "quality", "quantity"})
"""Fields that a report speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """As the laboratory wrote it: `29.4` and `mm`, or `white` and no unit."""

    value: str
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabReport:
    """`method`: HVI, ISO 4833-1 and the like. `document_sha256`: in hexadecimal digits, of the document as it was
    uploaded. Once attached it never changes."""

    id: ReportId
    parameters: Mapping[str, Finding]
    method: str
    laboratory: str
    tested_on: date
    certificate_number: str | None
    document_id: UUID
    document_sha256: str
    attached_at: datetime

    def __post_init__(self) -> None:
        for name, longest in (("method", 60), ("laboratory", 120), ("certificate_number", 60)):
            if (text := getattr(self, name)) is not None:
                object.__setattr__(self, name, clean_text(text, field=name, longest=longest))
        if not 0 < len(self.parameters) <= MOST_PARAMETERS:
            raise InvalidReport(f"between 1 and {MOST_PARAMETERS} parameters", field="parameters")
        object.__setattr__(self, "parameters", {_clean(name): _clean_finding(f) for name, f in self.parameters.items()})
        if self.tested_on > self.attached_at.date():
            raise InvalidReport("lies in the future", field="tested_on")


def _clean(text: str) -> str:
    return clean_text(text, field="parameters", longest=60)


def _clean_finding(finding: Finding) -> Finding:
    return Finding(value=_clean(finding.value), unit=None if finding.unit is None else _clean(finding.unit))


@dataclass(slots=True, kw_only=True, eq=False)
class TestedLot(Aggregate):
    """`price` is per `price_unit`. How much is left, held and sold is the inventory's to know."""

    id: LotId
    owner: UserId
    commodity: str
    quantity: Quantity
    grade: str | None = None
    origin: str | None = None
    place: str | None = None
    quality: Mapping[str, str] = field(default_factory=dict)
    price: Money | None = None
    price_unit: str | None = None
    status: LotStatus = LotStatus.DRAFT
    reports: tuple[LabReport, ...] = ()
    """Oldest first."""
    created_at: datetime

    def __post_init__(self) -> None:
        self.commodity = clean_text(self.commodity, field="commodity", longest=80)
        for name in ("grade", "origin", "place"):
            if (text := getattr(self, name)) is not None:
                setattr(self, name, clean_text(text, field=name, longest=200))
        self.quality = clean_quality(self.quality)
        if self.price is None:
            self.price_unit = None
            return
        self.price_unit = self.price_unit or self.quantity.unit
        factor(self.quantity.unit, self.price_unit)

    def may_see(self, party: UserId) -> bool:
        return party == self.owner or self.status is LotStatus.AVAILABLE

    def require_owner(self, party: UserId) -> None:
        """To all others a lot that they may change nothing of is not there."""
        if party != self.owner:
            raise LotNotFound("no such lot", lot_id=self.id)

    def require_available(self) -> None:
        if self.status is not LotStatus.AVAILABLE:
            raise LotNotAvailable(f"this lot is {self.status}", lot_id=self.id, status=self.status)

    def require_deliverable(self, seller: UserId, commodity: str) -> None:
        """That its owner may offer it to somebody who wants this commodity."""
        self.require_owner(seller)
        self.require_available()
        if self.commodity.casefold() != commodity.casefold():
            raise LotNotAvailable(f"this lot is of {self.commodity}", lot_id=self.id)

    def revise(self, **changes: Any) -> None:
        """`changes` by the names of the fields; of a tested lot only price and place."""
        if self.status in {LotStatus.SOLD, LotStatus.REJECTED, LotStatus.WITHDRAWN}:
            raise IllegalLotMove(f"a lot that is {self.status} cannot be changed", lot_id=self.id)
        if self.reports and (fixed := sorted(_TESTED & changes.keys())):
            raise LotIsTested(f"a report speaks of its {' and '.join(fixed)}: make another lot", lot_id=self.id)
        for name, value in changes.items():
            setattr(self, name, value)
        self.__post_init__()

    def attach(self, report: LabReport) -> None:
        if self.status not in _TESTABLE:
            raise IllegalLotMove(f"a lot that is {self.status} takes no reports", lot_id=self.id)
        if len(self.reports) == MOST_REPORTS:
            raise TooManyReports(f"a lot has at most {MOST_REPORTS} reports", lot_id=self.id)
        if any(one.document_id == report.document_id for one in self.reports):
            raise InvalidReport("this document is a report of the lot already", field="document_id")
        self.reports += (report,)
        if self.status is LotStatus.DRAFT:
            self._move(LotStatus.TESTED)

    def publish(self) -> None:
        """Of a reserved one nothing is to be had: that it shows by itself."""
        if self.status is not LotStatus.TESTED:
            raise IllegalLotMove(f"only a tested lot is made available, not one that is {self.status}", lot_id=self.id)
        self._move(LotStatus.AVAILABLE)

    def reject(self) -> None:
        """The owner will not sell what the tests have shown."""
        self._move(LotStatus.REJECTED)

    def withdraw(self, held: Decimal) -> None:
        """`held`: how much of it waits for somebody."""
        if held:
            raise LotIsHeld("some of this lot is held for somebody: wait, or release it", lot_id=self.id, held=held)
        self._move(LotStatus.WITHDRAWN)

    def settle(self, left: Decimal, *, is_sold_out: bool) -> bool:
        """Show how much of it is to be had; False when it shows that already."""
        shown = LotStatus.SOLD if is_sold_out else LotStatus.AVAILABLE if left else LotStatus.RESERVED
        if shown is self.status or self.status not in {LotStatus.AVAILABLE, LotStatus.RESERVED, LotStatus.SOLD}:
            return False
        self._move(shown)
        return True

    def _move(self, to: LotStatus) -> None:
        if to not in LOT_MOVES[self.status]:
            raise IllegalLotMove(f"a lot that is {self.status} cannot become {to}", lot_id=self.id)
        self.status = to
