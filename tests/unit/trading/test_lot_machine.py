"""An owner, buyers and time do whatever they like with a lot: it only ever moves as the glossary says."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from marketplace.domain.shared.errors import DomainError
from marketplace.domain.trading.lot import LOT_MOVES, LotStatus
from tests.builders.commerce import new_id
from tests.builders.lots import a_lab_report, a_lot

S = LotStatus
MOVES = {
    (S.DRAFT, S.TESTED), (S.TESTED, S.AVAILABLE), (S.TESTED, S.REJECTED), (S.AVAILABLE, S.RESERVED),
    (S.AVAILABLE, S.SOLD), (S.RESERVED, S.AVAILABLE), (S.RESERVED, S.SOLD), (S.DRAFT, S.WITHDRAWN),
    (S.TESTED, S.WITHDRAWN), (S.AVAILABLE, S.WITHDRAWN), (S.RESERVED, S.WITHDRAWN), (S.REJECTED, S.WITHDRAWN),
    (S.SOLD, S.AVAILABLE),
}  # fmt: skip
parts = st.integers(1, 20).map(Decimal)


class LifeOfALot(RuleBasedStateMachine):
    """`held` and `sold` as the inventory would keep them."""

    def __init__(self) -> None:
        super().__init__()
        self.lot = a_lot()
        self.total, self.held, self.sold = self.lot.quantity.amount, Decimal(0), Decimal(0)
        self.before = self.lot.status
        self.tested: tuple[object, ...] | None = None

    @property
    def left(self) -> Decimal:
        return self.total - self.held - self.sold

    def attempt(self, move: Callable[[], Any]) -> bool:
        try:
            move()
        except DomainError:
            return False
        return True

    def settle(self) -> None:
        self.lot.settle(self.left, is_sold_out=self.sold == self.total)

    @rule()
    def a_report_comes(self) -> None:
        self.attempt(lambda: self.lot.attach(a_lab_report(document_id=new_id())))

    @rule(move=st.sampled_from(["publish", "publish", "reject"]), luck=st.integers(0, 2))
    def the_owner_decides(self, move: str, luck: int) -> None:
        if luck:
            self.attempt(getattr(self.lot, move))

    @rule(luck=st.integers(0, 5))
    def the_owner_withdraws(self, luck: int) -> None:
        if luck == 0 and self.attempt(lambda: self.lot.withdraw(self.held)):
            assert self.held == 0

    @rule(grade=st.sampled_from(["Middling", "Low"]))
    def the_owner_writes(self, grade: str) -> None:
        self.attempt(lambda: self.lot.revise(grade=grade, place="Rotterdam"))

    @rule(part=parts)
    def somebody_holds(self, part: Decimal) -> None:
        if part <= self.left and self.attempt(self.lot.require_available):
            self.held += part
            self.settle()

    @rule(part=parts, is_sold=st.booleans())
    def a_hold_ends(self, part: Decimal, is_sold: bool) -> None:
        if part <= self.held:
            self.held -= part
            self.sold += part if is_sold else 0
            self.settle()

    @rule(part=parts)
    def a_sale_is_cancelled(self, part: Decimal) -> None:
        if part <= self.sold:
            self.sold -= part
            self.settle()

    @invariant()
    def it_moved_as_it_may(self) -> None:
        assert self.lot.status is self.before or (self.before, self.lot.status) in MOVES
        self.before = self.lot.status

    @invariant()
    def it_shows_what_is_to_be_had(self) -> None:
        if self.lot.status in {S.AVAILABLE, S.RESERVED, S.SOLD}:
            assert (self.lot.status is S.AVAILABLE) == (self.left > 0)
            assert (self.lot.status is S.SOLD) == (self.sold == self.total)
        elif self.lot.status is S.WITHDRAWN:
            assert self.held == 0

    @invariant()
    def what_was_tested_stays(self) -> None:
        lot = self.lot
        if lot.reports:
            now = (lot.commodity, lot.grade, lot.origin, dict(lot.quality), lot.quantity, lot.reports[0])
            assert self.tested in (None, now)
            self.tested = now


TestLifeOfALot = LifeOfALot.TestCase
TestLifeOfALot.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)


def test_the_moves_of_the_table_are_those_of_the_domain() -> None:
    assert set(MOVES) == {(source, to) for source, moves in LOT_MOVES.items() for to in moves}
