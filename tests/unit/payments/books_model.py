"""What the books of payments should be, worked out sale by sale and without a ledger."""

from collections import Counter
from dataclasses import dataclass, field

from marketplace.domain.payments.chargeback import ChargebackStage
from marketplace.domain.shared.ids import UserId

OVERDRAFT = 10_000
STAGES = list(ChargebackStage)
RANK = {stage: min(STAGES.index(stage), STAGES.index(ChargebackStage.WON)) for stage in STAGES}
"""The three ends are equally late."""


def half_up(amount: int, whole: int) -> int:
    quotient, rest = divmod(amount, whole)
    return quotient + (rest * 2 >= whole)


@dataclass
class LineModel:
    amount: int
    fee: int
    subsidy: int
    back: int = 0

    def parts(self, back: int) -> tuple[int, int]:
        """Fee and subsidy that belong to so much of it."""
        return half_up(self.fee * back, self.amount), half_up(self.subsidy * back, self.amount)


@dataclass
class SaleModel:
    seller: UserId
    lines: list[LineModel]
    settled: bool = False
    frozen: bool = False
    stage: ChargebackStage = ChargebackStage.NONE
    withdrawn: int = 0
    sent: int = 0

    @property
    def left(self) -> int:
        return sum(line.amount - line.back for line in self.lines)

    @property
    def fee(self) -> int:
        return sum(line.fee - line.parts(line.back)[0] for line in self.lines)

    @property
    def subsidy(self) -> int:
        return sum(line.subsidy - line.parts(line.back)[1] for line in self.lines)

    @property
    def earnings(self) -> int:
        return self.left + self.subsidy - self.fee

    def take_back(self, amount: int) -> None:
        """By what is left of each line; what does not divide goes to the first of them."""
        whole = self.left
        parts = [amount * (line.amount - line.back) // whole for line in self.lines]
        odd = amount - sum(parts)
        for number, line in enumerate(self.lines):
            if line.amount > line.back and odd:
                parts[number] += 1
                odd -= 1
        for line, part in zip(self.lines, parts, strict=True):
            line.back += part


@dataclass
class BooksModel:
    """Minor units of one currency. What we owe is positive here, debts to us too: these are no ledger accounts."""

    sales: list[SaleModel] = field(default_factory=list)
    clearing: int = 0
    promised: int = 0
    disputed: int = 0
    loss: int = 0
    owed: Counter[UserId] = field(default_factory=Counter)
    """To be paid out; negative when overdrawn."""
    debts: Counter[UserId] = field(default_factory=Counter)

    def sell(self, seller: UserId, lines: list[LineModel]) -> SaleModel:
        sale = SaleModel(seller, lines)
        self.sales.append(sale)
        self.clearing += sale.left
        return sale

    def settle(self, sale: SaleModel) -> None:
        if not sale.settled and not sale.frozen:
            sale.settled = True
            self.owed[sale.seller] += sale.earnings
            if sale.earnings:
                self._net(sale.seller)

    def freeze(self, sale: SaleModel) -> None:
        sale.frozen = True
        if sale.settled:
            sale.settled = False
            self.owed[sale.seller] -= sale.earnings
            if sale.earnings:
                self._limit(sale.seller)

    def promise(self, sale: SaleModel, amount: int) -> None:
        self._take(sale, amount)
        self.promised += amount

    def arrive(self, sale: SaleModel, amount: int) -> None:
        self.promised -= amount
        self.clearing -= amount
        sale.sent += amount

    def pay_out(self, seller: UserId, amount: int) -> None:
        self.owed[seller] -= amount
        self.clearing -= amount

    def chargeback(self, sale: SaleModel, stage: ChargebackStage, amount: int) -> None:
        if RANK[stage] <= RANK[sale.stage]:
            return
        sale.stage = stage
        taking = (ChargebackStage.NEEDS_RESPONSE, ChargebackStage.UNDER_REVIEW, ChargebackStage.LOST)
        if stage in taking and not sale.withdrawn:
            sale.withdrawn = amount
            self.clearing -= amount
            self.disputed += amount
        if stage in (ChargebackStage.WON, ChargebackStage.PREVENTED):
            self.clearing += sale.withdrawn
            self.disputed -= sale.withdrawn
            sale.withdrawn = 0
        elif stage is ChargebackStage.LOST:
            taken, sale.withdrawn = sale.withdrawn, 0
            self.disputed -= taken
            back = min(taken, sale.left)
            self.loss += taken - back
            if back:
                self._take(sale, back)
                sale.sent += back

    def _take(self, sale: SaleModel, amount: int) -> None:
        before = sale.earnings
        sale.take_back(amount)
        if sale.settled:
            self.owed[sale.seller] -= before - sale.earnings
            self._limit(sale.seller)

    def _limit(self, seller: UserId) -> None:
        beyond = max(0, -self.owed[seller] - OVERDRAFT)
        self.owed[seller] += beyond
        self.debts[seller] += beyond

    def _net(self, seller: UserId) -> None:
        paid = max(0, min(self.owed[seller], self.debts[seller]))
        self.owed[seller] -= paid
        self.debts[seller] -= paid

    def held(self, seller: UserId) -> int:
        return sum(sale.earnings for sale in self.sales if sale.seller == seller and not sale.settled)

    @property
    def fees(self) -> int:
        return sum(sale.fee for sale in self.sales)

    @property
    def subsidies(self) -> int:
        return sum(sale.subsidy for sale in self.sales)
