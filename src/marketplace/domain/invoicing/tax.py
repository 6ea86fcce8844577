"""What part of a consumer's price is tax: prices contain it."""

from collections.abc import Mapping, Sequence
from datetime import date

from marketplace.domain.shared.money import Money

EVER = date.min
STANDARD_RATES: Mapping[str, Sequence[tuple[date, int]]] = {
    "AED": [(EVER, 500)],
    "BHD": [(EVER, 1_000)],
    "CHF": [(EVER, 810)],
    "CNY": [(EVER, 1_300)],
    "EGP": [(EVER, 1_400)],
    "EUR": [(EVER, 0)],
    "GBP": [(EVER, 2_000)],
    "INR": [(EVER, 1_800)],
    "JOD": [(EVER, 1_600)],
    "JPY": [(EVER, 1_000)],
    "KRW": [(EVER, 1_000)],
    "KWD": [(EVER, 0)],
    "KZT": [(EVER, 1_200), (date(2026, 1, 1), 1_600)],
    "OMR": [(EVER, 500)],
    "QAR": [(EVER, 0)],
    "RUB": [(EVER, 2_000), (date(2026, 1, 1), 2_200)],
    "SAR": [(EVER, 1_500)],
    "TRY": [(EVER, 2_000)],
    "USD": [(EVER, 0)],
    "UZS": [(EVER, 1_200)],
}
"""In ten-thousandths, each from a day on: the standard rate of value added tax, goods and services tax or consumption
tax in the country whose currency it is. None for EUR and USD, whose rate the currency does not tell, and for KWD and
QAR, where there is no such tax.

Sources: Law 214-VIII of 18 July 2025 for KZT, the change of the Tax Code of November 2025 for RUB, "VAT / GST Across
Jurisdictions" (incorporate.ltd) for AED, BHD, EGP, GBP, JOD, KWD, OMR, QAR and SAR; the others are as generally known.
"""


def rate_on(currency: str, day: date) -> int:
    return next(rate for since, rate in reversed(STANDARD_RATES[currency]) if since <= day)


def tax_within(price: Money, basis_points: int) -> Money:
    """Rounded half up to the minor unit."""
    whole = 10_000 + basis_points
    return Money((2 * price.minor * basis_points + whole) // (2 * whole), price.currency)


def apportioned(amount: Money, weights: Sequence[Money]) -> list[Money]:
    """By weight, losing nothing: what rounding down leaves goes to the largest remainders, of equal ones the first."""
    total = sum(weight.minor for weight in weights) or 1
    exact = [amount.minor * weight.minor for weight in weights]
    shares = [one // total for one in exact]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(exact[place] % total))
    for place in by_remainder[: amount.minor - sum(shares)]:
        shares[place] += 1
    return [Money(share, amount.currency) for share in shares]
