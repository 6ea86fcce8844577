"""What people say when they want to talk or to pay elsewhere: English, Russian, Uzbek, Arabic, Hindi in Latin letters.

Regular expressions over text that `hints.folded` has made plain: lower case, Latin digits, one kind of apostrophe.
"""

MESSENGERS = (
    r"what'?s ?app?", "whatsup", "watsapp?", "telegram[a-z]{0,8}", "tg", "viber", "wechat", "snapchat", "instagram",
    "insta", "(?:facebook|fb) messenger", "botim", "skype", r"(?:on|my) signal", "signal (?:me|messenger)",
    "телеграмм?[а-я]{0,3}", "телег[аеуи]", "тг", "в[ао]тсапп?[а-я]{0,3}", "вацап[а-я]{0,3}", "вайбер[а-я]{0,3}",
    "инст[аеуы]", "инстаграмм?[а-я]{0,3}", "v[ao]t?sapp?[a-z]{0,6}", "وات[سص] ?[اآ]?ب", "ت[يل]ل?ي?[جغق]رام",
    "تيلي[جغق]رام", "تل[جغق]رام", "انستا(?:[جغق]رام)?", "سناب(?: ?شات)?", "فايبر",
)  # fmt: skip

CALLS = (
    "call", "phone", "tel", "mob", "mobile", "ring", "text", "reach me", "dial", "(?:my|phone|mobile|contact) number",
    "number:", "телефона?", "тел", "моб", "звони[а-я]{0,4}", "позвони[а-я]{0,4}", "набер[а-я]{1,4}", "мой номер",
    "raqamim", "nomerim", "telefonim", "qo'ng'iroq", "رقمي", "رقم (?:ال)?(?:جوال|هاتف|موبايل)", "هاتفي", "جوالي",
    "اتصل", "mera number", "mera phone", "fon",
)  # fmt: skip

COUNTED = (
    "order", "orders", "invoice", "tracking", "parcel", "serial", "imei", "isbn", "ean", "awb", "part", "lot", "batch",
    "vin", "sku", "id", "заказ[а-я]{0,2}", "накладн[а-я]{0,3}", "артикул", "трек", "buyurtma[a-z]{0,4}", "طلب", "طلبية",
    "شحنة",
)  # fmt: skip
"""A number behind one of these is theirs, not a telephone's."""

_ELSEWHERE = r"(?:the |this |your )?(?:platform|site|website|app|marketplace)"
PAYMENT = (
    rf"(?:outside|outside of|bypass(?:ing)?|skip(?:ping)?|without|off|avoid(?:ing)?) {_ELSEWHERE}", "off[- ]platform",
    "(?:avoid|save|skip|without) (?:the |any )?(?:fees?|commission)", "pay(?:ing|ment)? (?:[a-z]+ ){0,4}direct(?:ly)?",
    "direct(?:ly)? pay(?:ment)?", "western union", "moneygram", "bank transfer", "wire (?:transfer|me|the money)",
    "(?:to|on|into) my (?:bank )?(?:card|account)", "paypal", "venmo", "cash ?app", "zelle", "revolut", "gpay",
    "google pay", "phonepe", "paytm", "upi", "crypto(?:currency)?", "bitcoins?", "btc", "usdt", "ethereum", "iban",
    "(?:[а-я]*кин[а-я]+|перев[а-я]+|отправ[а-я]+|деньги|оплат[а-я]+) (?:[а-я]+ ){0,2}"
    "на (?:мою |свою |вашу )?(?:карту|сч[её]т|сбер[а-я]*)",
    "номер[а-я]* карты", "(?:мимо|в обход|без|вне) (?:сайта|платформы|площадки|комиссии|приложения)",
    "(?:оплат|плат|деньги)[а-я]* (?:[а-я]+ ){0,2}напрямую", "напрямую (?:[а-я]+ ){0,2}(?:оплат|заплат|плат)[а-я]*",
    "крипт(?:ой|у|а|овалют[а-я]+)", "биткоин[а-я]*",
    "karta(?:ga|mga|ngga|ngizga|mizga)", "karta raqam[a-z]*", "(?:sayt|platforma|ilova)(?:siz|dan tashqari)",
    "to'g'ridan[- ]to'g'ri (?:[a-z']+ ){0,2}to'la[a-z]*", "komissiyasiz",
    "(?:ادفع|الدفع|تدفع|ادفعلي|حول|تحويل) (?:\\w+ ){0,2}مباشرة?", "(?:على|الى|إلى|ل) ?حسابي", "حسابي البنكي",
    "(?:خارج|بدون|برا|دون) (?:المنصة|الموقع|التطبيق|عمولة)",
    "(?:seedha|sidha|direct)(?:ly)? (?:[a-z]+ ){0,3}(?:pay|payment|paise|paisa|bhej[a-z]*|account)",
    "(?:platform|site|app) ke (?:bahar|bina)", "bina (?:platform|site|app|commission)", "mere account (?:me|mein|par)",
)  # fmt: skip
PAYMENT_SITES = (
    "paypal.me", "paypal.com", "buy.stripe.com", "checkout.stripe.com", "revolut.me", "cash.app", "venmo.com",
    "payme.uz", "click.uz", "my.click.uz", "checkout.paycom.uz", "rzp.io", "razorpay.me", "wise.com", "ko-fi.com",
)  # fmt: skip
MESSENGER_SITES = ("t.me", "telegram.me", "wa.me", "whatsapp.com", "instagram.com", "m.me", "viber.com", "vk.me")
UPI_BANKS = ("okaxis", "oksbi", "okhdfcbank", "okicici", "ybl", "ibl", "axl", "paytm", "upi", "apl")

DOMAINS = (
    "com", "net", "org", "info", "biz", "io", "app", "shop", "store", "online", "site", "xyz", "dev", "ru", "su", "uz",
    "ae", "sa", "kz", "kg", "tj", "uk", "de", "fr", "tr", "cn", "eu", "ca", "au", "рф", "be", "ly", "gl", "me", "in",
    "co", "us",
)  # fmt: skip
WORD_LIKE = frozenset({"be", "me", "in", "us", "co", "app", "site", "shop", "store", "online", "de", "ca", "ly", "gl"})
"""After a full stop without a space these may begin a sentence: they are domains where a path follows."""

_IBANS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 "
    "FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 "
    "LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 "
    "SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
)
IBAN_LENGTHS = {part[:2]: int(part[2:]) for part in _IBANS.split()}
