"""Money as integer minor units. There is no float and no implicit currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from functools import lru_cache, reduce
from typing import Self

from marketplace.domain.shared.errors import Invalid

EXPONENTS: Mapping[str, int] = {
    "AED": 2, "BHD": 3, "CHF": 2, "CNY": 2, "EGP": 2, "EUR": 2, "GBP": 2, "INR": 2, "JOD": 3, "JPY": 0, "KRW": 0,
    "KWD": 3, "KZT": 2, "OMR": 3, "QAR": 2, "RUB": 2, "SAR": 2, "TRY": 2, "USD": 2, "UZS": 2,
}  # fmt: skip
"""Decimals of each currency we trade in (ISO 4217)."""

LARGEST_MINOR = 10**15
"""No single amount is larger, so sums stay far inside 64 bits and every JSON number is exact in a double."""

_EXACT = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX)
"""The default context would round what has more than 28 digits."""


class CurrencyMismatch(Invalid):
    code = "currency_mismatch"


class UnknownCurrency(Invalid):
    code = "unknown_currency"


class InvalidAmount(Invalid):
    code = "invalid_amount"


@lru_cache(maxsize=8_192)
def decimal_of(minor: int, currency: str) -> Decimal:
    """The amount with exactly the currency's decimals. Prices repeat: the last few thousand are remembered."""
    return Decimal(minor).scaleb(-EXPONENTS[currency])


@dataclass(frozen=True, slots=True, order=False)
class Money:
    minor: int
    currency: str

    @classmethod
    def price(cls, amount: Decimal, currency: str, *, field: str = "price") -> Self:
        """A positive price as a person wrote it; raises InvalidAmount or UnknownCurrency, never rounds."""
        exponent = EXPONENTS.get(currency)
        if exponent is None:
            raise UnknownCurrency(f"{currency!r} is not a currency we trade in", field="currency")
        if not amount.is_finite():
            raise InvalidAmount("must be a finite number", field=field)
        if amount <= 0:
            raise InvalidAmount("must be greater than zero", field=field)
        if amount > LARGEST_MINOR:
            raise InvalidAmount("is too large", field=field)
        digits = amount.normalize(_EXACT).as_tuple()
        if not isinstance(digits.exponent, int) or -digits.exponent > exponent:
            raise InvalidAmount(f"{currency} has at most {exponent} decimals", field=field)
        minor = int(amount.scaleb(exponent))
        if minor > LARGEST_MINOR:
            raise InvalidAmount("is too large", field=field)
        return cls(minor, currency)

    @property
    def decimal(self) -> Decimal:
        """The amount with exactly the currency's decimals."""
        return decimal_of(self.minor, self.currency)

    def __add__(self, other: "Money") -> "Money":
        self._require_same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._require_same(other)
        return Money(self.minor - other.minor, self.currency)

    def __gt__(self, other: "Money") -> bool:
        self._require_same(other)
        return self.minor > other.minor

    def times(self, quantity: int) -> "Money":
        return Money(self.minor * quantity, self.currency)

    def share(self, basis_points: int) -> "Money":
        """This many ten-thousandths, rounded half up to the minor unit."""
        return Money((self.minor * basis_points + 5_000) // 10_000, self.currency)

    def split(self, weights: list[int]) -> list["Money"]:
        """Divide by weight without losing a minor unit; the remainder goes to the first shares."""
        total = sum(weights)
        shares = [self.minor * weight // total for weight in weights]
        for index in range(self.minor - sum(shares)):
            shares[index] += 1
        return [Money(share, self.currency) for share in shares]

    def _require_same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix")


def sum_of(amounts: Sequence[Money]) -> Money:
    """Of one amount at least, all of one currency."""
    return reduce(Money.__add__, amounts)
