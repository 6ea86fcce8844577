# ruff: noqa: RUF001
"""Words for what may not be sold here, and for how to get around the platform, in the languages of our people.

Regular expressions over case-folded text, each found at the beginning of a word and, unless it ends in `\\w*`, at its
end. A word that also means something harmless (a massage gun, an ivory dress, heroines) does not belong here.
"""

GOODS = (
    r"cocaine", r"heroin", r"fentanyl", r"meth(?:amphetamine|adone)s?", r"mdma", r"ecstasy pills?", r"lsd",
    r"marijuana", r"hashish", r"handguns?", r"firearms?", r"live ammunition", r"assault rifles?", r"hand grenades?",
    r"explosives", r"elephant ivory", r"rhino horns?", r"(?:fake|forged) (?:passports?|ids?|licen[cs]es?|diplomas?)",
    r"counterfeit\w*", r"stolen (?:goods|cards?|accounts?)", r"child porn\w*",
    r"кокаин(?:а|ом|у)?", r"героин(?:а|ом|у)?", r"мефедрон\w*", r"амфетамин\w*", r"марихуан\w*", r"гашиш\w*",
    r"наркотик\w*", r"огнестрел\w*", r"взрывчатк\w*", r"боевые патроны",
    r"(?:поддельн|фальшив)\w+ (?:паспорт|прав|диплом|документ|купюр)\w*",
    r"kokain", r"geroin", r"marixuana", r"giyohvand\w*", r"o['ʻ’]qotar qurol\w*", r"soxta (?:pasport|diplom|hujjat)\w*",
    r"(?:ال)?كوكايين", r"(?:ال)?هيروين", r"(?:ال)?مخدرات", r"متفجرات", r"أسلحة نارية", r"جواز سفر مزور",
    r"कोकीन", r"हेरोइन", r"गांजा", r"चरस", r"विस्फोटक", r"नकली पासपोर्ट",
)  # fmt: skip

OUTSIDE_PAYMENT = (
    r"western union", r"money ?gram", r"paypal\.me", r"cash ?app", r"zelle", r"wire (?:me|the money)",
    r"pay(?:ment)? (?:me )?(?:directly|outside|off[- ](?:platform|site|app))",
    r"(?:pay|paid|payment|accept(?:s|ed|ing)?)(?: only)? (?:in |by |with |via )?(?:bitcoins?|btc|usdt|crypto)",
    r"вестерн юнион", r"(?:оплат\w+|перевод\w*|переведите|предоплат\w+) на карту", r"(?:оплат\w+|сделк\w+) вне сайта",
    r"kart(?:a|am)ga (?:o['ʻ’]tkaz\w*|tashla\w*)", r"ويسترن يونيون", r"الدفع خارج", r"تحويل مباشر",
    r"वेस्टर्न यूनियन", r"सीधे भुगतान",
)  # fmt: skip

MESSENGERS = (
    r"whats ?app", r"telegram", r"viber", r"we ?chat", r"вотсап", r"ватсап", r"телеграм\w*", r"вайбер\w*",
    r"telegramm?", r"واتس ?اب", r"واتساب", r"تلغرام", r"تيليجرام", r"व्हाट्सएप", r"टेलीग्राम",
)  # fmt: skip
"""Held only with a name or number behind them: a phone may well be sold for its messengers."""

CALLS = (
    r"call", r"phone", r"phone (?:no|number)", r"tel", r"text me(?: at| on)?", r"contact(?: me)?(?: at| on)?",
    r"звоните", r"звонить", r"тел", r"телефон\w*", r"номер", r"пишите", r"qo['ʻ’]ng['ʻ’]iroq", r"telefon(?:im)?",
    r"raqam(?:im)?", r"اتصل", r"هاتف", r"جوال", r"फोन", r"कॉल", r"संपर्क",
)  # fmt: skip
"""Words before a number that make it a telephone number."""
