"""What each line of a payment is made of, and what of it goes back with a refund."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Of one line: `amount` goes back to the payer; the platform gives `fee` back to the payee and takes back the
    `subsidy` that it paid. The payee gives what is left."""

    amount: Money
    fee: Money
    subsidy: Money

    @property
    def from_payee(self) -> Money:
        return self.amount + self.subsidy - self.fee

    def __add__(self, other: "Reversal") -> "Reversal":
        return Reversal(
            amount=self.amount + other.amount, fee=self.fee + other.fee, subsidy=self.subsidy + other.subsidy
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`amount` is paid by the payer; the platform keeps `fee` and adds `subsidy` (a promo code at its cost). `back` is
    what refunds took back so far."""

    amount: Money
    fee: Money
    subsidy: Money
    back: Reversal

    @classmethod
    def of(cls, amount: Money, fee: Money, subsidy: Money | None = None) -> "Share":
        nothing = Money(0, amount.currency)
        return cls(
            amount=amount, fee=fee, subsidy=subsidy or nothing,
            back=Reversal(amount=nothing, fee=nothing, subsidy=nothing),
        )  # fmt: skip

    @property
    def left(self) -> Money:
        """What can still go back."""
        return self.amount - self.back.amount

    def take_back(self, amount: Money) -> tuple["Share", Reversal]:
        """Fee and subsidy go back in proportion to all that went back so far, rounded half up: however often a line is
        refunded, the whole gives back the whole."""
        total = self.back.amount + amount
        reversal = Reversal(
            amount=amount,
            fee=_part(self.fee, total, self.amount) - self.back.fee,
            subsidy=_part(self.subsidy, total, self.amount) - self.back.subsidy,
        )
        return replace(self, back=self.back + reversal), reversal


def spread(shares: Sequence[Share], amount: Money) -> list[Money]:
    """Divide a refund over lines by what can still go back of each, without losing a minor unit; `amount` is at most
    the sum of that."""
    nothing = Money(0, amount.currency)
    open_shares = [share.left.minor for share in shares if share.left.minor]
    parts = iter(amount.split(open_shares))
    return [next(parts) if share.left.minor else nothing for share in shares]


def sum_reversals(reversals: Sequence[Reversal]) -> Reversal:
    """Of one reversal at least."""
    return reduce(Reversal.__add__, reversals)


def _part(of: Money, amount: Money, whole: Money) -> Money:
    return Money((2 * of.minor * amount.minor + whole.minor) // (2 * whole.minor), of.currency) if whole.minor else of
