"""Why a fee is what it is, in one line of the reader's language."""
# ruff: noqa: RUF001

from dataclasses import dataclass
from decimal import Decimal

from marketplace.domain.ordering.fees import FeeLine
from marketplace.domain.shared.money import Money


@dataclass(frozen=True, slots=True)
class Words:
    share: str
    plus: str
    at_least: str
    at_most: str


WORDS = {
    "en": Words(
        "{rate} % of {base}, rounded half up", ", plus {fixed}", ", but at least {amount}", ", but at most {amount}"
    ),
    "ru": Words(
        "{rate} % от {base}, половина округляется вверх", ", плюс {fixed}", ", но не менее {amount}",
        ", но не более {amount}",
    ),
    "uz": Words(
        "{base} summasidan {rate} %, yarmi yuqoriga yaxlitlanadi", ", qo‘shimcha {fixed}", ", lekin kamida {amount}",
        ", lekin ko‘pi bilan {amount}",
    ),
    "ar": Words(
        "{rate} % من {base}، مع تقريب النصف إلى الأعلى", "، بالإضافة إلى {fixed}", "، على ألا يقل عن {amount}",
        "، على ألا يزيد على {amount}",
    ),
    "hi": Words(
        "{base} का {rate} %, आधा ऊपर की ओर पूर्णांकित", ", साथ में {fixed}", ", पर कम से कम {amount}",
        ", पर अधिक से अधिक {amount}",
    ),
}  # fmt: skip


def explanation(fee: FeeLine, language: str) -> str:
    """As `5 % of 10.00 AED, rounded half up = 0.50 AED, but at least 2.00 AED`."""
    words = WORDS[language]
    rate = f"{Decimal(fee.basis_points).scaleb(-2).normalize():f}"
    text = words.share.format(rate=rate, base=_told(fee.base))
    if fee.fixed.minor:
        text += words.plus.format(fixed=_told(fee.fixed))
    text += f" = {_told(fee.reckoned)}"
    if fee.amount > fee.reckoned:
        text += words.at_least.format(amount=_told(fee.amount))
    elif fee.reckoned > fee.amount:
        text += words.at_most.format(amount=_told(fee.amount))
    return text


def _told(money: Money) -> str:
    return f"{money.decimal} {money.currency}"
