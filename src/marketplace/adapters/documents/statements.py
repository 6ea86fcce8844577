"""Statements of sellers as PDF, in five languages."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from babel import Locale
from babel.dates import format_date

from marketplace.adapters.documents.invoices import Style
from marketplace.adapters.documents.sheet import Column, Sheet, pdf_of
from marketplace.application.payments.statements import StatementDetails, StatementLineView, StatementPapers
from marketplace.application.shared.letters import Language


class PdfStatements(StatementPapers):
    """Draws in threads."""

    async def pdf(self, statement: StatementDetails, lines: Sequence[StatementLineView], language: str) -> bytes:
        return await asyncio.to_thread(pdf_of, statement_sheet(statement, lines, Language.closest(language)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    statement: str
    opening: str
    closing: str
    date: str
    order: str
    movement: str
    gross: str
    fee: str
    amount: str
    balance: str
    kinds: tuple[str, ...]
    """As KINDS."""


KINDS: Mapping[str, int] = {
    "payment_captured": 0, "refund_promised": 1, "payout_reserved": 2, "payout_returned": 3, "payout_reversed": 3,
    "earnings_settled": 4, "earnings_frozen": 5, "receivable_raised": 6, "receivable_netted": 7,
    "chargeback_lost": 8,
}  # fmt: skip
OTHER = 9
WORDS: Mapping[Language, Words] = {
    Language.ENGLISH: Words(
        statement="Statement", opening="Opening balance", closing="Closing balance", date="Date", order="Order",
        movement="Movement", gross="Gross", fee="Fee", amount="Amount", balance="Balance",
        kinds=("Sale", "Refund", "Payout", "Payout returned", "Hold ended", "Held again", "Debt", "Debt settled",
               "Chargeback", "Other"),
    ),
    Language.RUSSIAN: Words(
        statement="Выписка", opening="Входящий остаток", closing="Исходящий остаток", date="Дата", order="Заказ",
        movement="Операция", gross="Сумма", fee="Комиссия", amount="Начислено", balance="Остаток",
        kinds=("Продажа", "Возврат", "Выплата", "Возврат выплаты", "Разблокировано", "Заблокировано", "Долг",
               "Погашение долга", "Оспаривание", "Прочее"),
    ),
    Language.UZBEK: Words(
        statement="Hisobot", opening="Boshlangʻich qoldiq", closing="Yakuniy qoldiq", date="Sana",
        order="Buyurtma", movement="Amal", gross="Jami", fee="Komissiya", amount="Summa", balance="Qoldiq",
        kinds=("Savdo", "Qaytarish", "Toʻlov", "Toʻlov qaytdi", "Ushlash tugadi", "Yana ushlandi", "Qarz",
               "Qarz yopildi", "Bahslashuv", "Boshqa"),
    ),
    Language.ARABIC: Words(
        statement="كشف حساب", opening="الرصيد الافتتاحي", closing="الرصيد الختامي", date="التاريخ", order="الطلب",
        movement="الحركة", gross="الإجمالي", fee="الرسوم", amount="المبلغ", balance="الرصيد",
        kinds=("بيع", "استرداد", "دفعة", "دفعة مرتجعة", "انتهاء الحجز", "حجز من جديد", "دين", "تسوية دين",
               "اعتراض مصرفي", "أخرى"),
    ),
    Language.HINDI: Words(
        statement="विवरण", opening="आरंभिक शेष", closing="अंतिम शेष", date="तिथि", order="ऑर्डर", movement="लेनदेन",
        gross="सकल", fee="शुल्क", amount="राशि", balance="शेष",
        kinds=("बिक्री", "धनवापसी", "भुगतान", "भुगतान लौटा", "रोक समाप्त", "फिर रोका गया", "देय", "देय चुकाया",
               "चार्जबैक", "अन्य"),
    ),
}  # fmt: skip


def statement_sheet(statement: StatementDetails, lines: Sequence[StatementLineView], language: Language) -> Sheet:
    words, locale = WORDS[language], Locale.parse(language)
    style, sums = Style(locale, statement.currency), statement.sums
    month = datetime(statement.month.year, statement.month.month, 1, tzinfo=UTC)
    rows, balance = [], sums.opening
    for line in lines:
        balance += line.amount
        rows.append((
            format_date(line.at.astimezone(UTC), "short", locale), words.kinds[KINDS.get(line.kind, OTHER)],
            line.order_number or "", style.money(line.gross), style.money(line.fee), style.money(line.amount),
            style.money(balance),
        ))  # fmt: skip
    heads = (words.gross, words.fee, words.amount, words.balance)
    return Sheet(
        title=f"{words.statement} {format_date(month, 'LLLL y', locale)}", language=language,
        is_from_right=style.is_from_right, made_at=month, facts=[(words.opening, style.money(sums.opening))],
        columns=[
            Column(head=words.date, share=12), Column(head=words.movement, share=18),
            Column(head=words.order, share=14),
            *(Column(head=head, share=14, is_number=True) for head in heads),
        ],
        rows=rows, totals=[(f"{words.closing} ({statement.currency})", style.money(sums.closing))],
        footer=str(statement.id),
    )  # fmt: skip
