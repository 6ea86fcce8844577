"""The words on papers, in the languages of letters."""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.application.shared.letters import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A number follows `invoice` and `credit_note`."""

    invoice: str
    credit_note: str
    issued: str
    order: str
    for_invoice: str
    seller: str
    buyer: str
    item: str
    quantity: str
    unit_price: str
    tax: str
    amount: str
    discount: str
    net: str
    total: str


WORDS: Mapping[Language, Words] = {
    Language.ENGLISH: Words(
        invoice="Invoice", credit_note="Credit note", issued="Issued", order="Order", for_invoice="For invoice",
        seller="Seller", buyer="Buyer", item="Item", quantity="Quantity", unit_price="Unit price", tax="Tax",
        amount="Amount", discount="Discount", net="Net of tax", total="Total",
    ),
    Language.RUSSIAN: Words(
        invoice="Счёт", credit_note="Кредит-нота", issued="Дата", order="Заказ", for_invoice="Для счёта",
        seller="Продавец", buyer="Покупатель", item="Наименование", quantity="Количество", unit_price="Цена",
        tax="Налог", amount="Сумма", discount="Скидка", net="Без налога", total="Итого",
    ),
    Language.UZBEK: Words(
        invoice="Hisob-faktura", credit_note="Kredit-nota", issued="Sana", order="Buyurtma",
        for_invoice="Hisob-faktura uchun", seller="Sotuvchi", buyer="Xaridor", item="Nomi", quantity="Miqdori",
        unit_price="Narxi", tax="Soliq", amount="Summa", discount="Chegirma", net="Soliqsiz", total="Jami",
    ),
    Language.ARABIC: Words(
        invoice="فاتورة", credit_note="إشعار دائن", issued="تاريخ الإصدار", order="الطلب", for_invoice="للفاتورة",
        seller="البائع", buyer="المشتري", item="الصنف", quantity="الكمية", unit_price="سعر الوحدة", tax="الضريبة",
        amount="المبلغ", discount="الخصم", net="الصافي قبل الضريبة", total="الإجمالي",
    ),
    Language.HINDI: Words(
        invoice="बीजक", credit_note="क्रेडिट नोट", issued="जारी करने की तिथि", order="ऑर्डर", for_invoice="बीजक के लिए",
        seller="विक्रेता", buyer="ख़रीदार", item="वस्तु", quantity="मात्रा", unit_price="इकाई मूल्य", tax="कर",
        amount="राशि", discount="छूट", net="कर से पहले", total="कुल",
    ),
}  # fmt: skip
