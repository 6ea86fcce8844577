# ruff: noqa: E501 - tables
"""What the made catalogue sells: by concept its category, its names in five languages, its makers and their models."""

from dataclasses import dataclass

LANGUAGES = ("en", "ru", "uz", "uz_cyrillic", "ar", "hi")


@dataclass(frozen=True)
class Concept:
    """`names`: one in each of en, ru, uz (Latin), ar, hi. `lines`: maker -> models."""

    key: str
    category: str
    names: dict[str, str]
    lines: dict[str, tuple[str, ...]]
    is_service: bool = False


_TABLE = """
camera|electronics|camera|фотоаппарат|fotoapparat|كاميرا|कैमरा|Canon:EOS R5,EOS 90D,PowerShot G7;Nikon:Z6,D850,Coolpix P950;Fujifilm:X100V,Instax Mini;Leica:M10,Q2
phone|electronics|smartphone|смартфон|smartfon|هاتف|स्मार्टफोन|Apple:iPhone 13,iPhone 14 Pro,iPhone SE;Samsung:Galaxy S22,Galaxy A52,Galaxy Fold;Xiaomi:Redmi Note 11,Mi 12,Poco X4
laptop|electronics|laptop|ноутбук|noutbuk|حاسوب|लैपटॉप|Lenovo:ThinkPad X1,IdeaPad 3,Legion 5;Dell:XPS 13,Inspiron 15;Asus:ZenBook 14,Vivobook S15;Apple:MacBook Air,MacBook Pro
headphones|electronics|headphones|наушники|quloqchin|سماعات|हेडफोन|Sony:WH-1000XM4,WF-1000XM5;Bose:QuietComfort 45;JBL:Tune 510,Live 660;Sennheiser:HD 600,Momentum 4
television|electronics|television|телевизор|televizor|تلفزيون|टेलीविजन|LG:OLED C2,NanoCell 55;Philips:Ambilight 50;TCL:C735,P635
console|electronics|console|приставка|pristavka|بلايستيشن|कंसोल|Sony:PlayStation 5,PlayStation 4 Slim;Nintendo:Switch OLED,Switch Lite;Microsoft:Xbox Series X
watch|jewelry|watch|часы|soat|ساعة|घड़ी|Casio:G-Shock GA2100,Edifice;Seiko:Presage,Prospex Turtle;Tissot:PRX,Seastar;Omega:Speedmaster
sneakers|sneakers|sneakers|кроссовки|krossovka|حذاء|जूते|Nike:Air Max 90,Dunk Low,Air Force 1;Adidas:Ultraboost 22,Samba,Superstar;Asics:Gel Kayano 28;Puma:Suede Classic
bicycle|sports|bicycle|велосипед|velosiped|دراجة|साइकिल|Trek:Marlin 7,Domane AL;Giant:Talon 2,Escape 3;Merida:Scultura 400
tent|sports|tent|палатка|chodir|خيمة|तंबू|Quechua:Arpenaz 4,Fresh Black;Coleman:Sundome
racket|sports|racket|ракетка|raketka|مضرب|रैकेट|Wilson:Blade 98,Clash 100;Babolat:Pure Drive
dress|fashion|dress|платье|koylak|فستان|पोशाक|Zara:Satin Midi;Mango:Linen Wrap
jacket|fashion|jacket|куртка|kurtka|سترة|जैकेट|Columbia:Powder Lite;Uniqlo:Ultra Light Down
bag|fashion|handbag|сумка|sumka|حقيبة|बैग|Coach:Tabby;Furla:Metropolis
scarf|fashion|scarf|шарф|sharf|وشاح|दुपट्टा|
sofa|home|sofa|диван|divan|أريكة|सोफा|IKEA:Klippan,Ektorp
table|home|table|стол|stol|طاولة|मेज|IKEA:Lack,Bekant
chair|home|chair|кресло|kreslo|كرسي|कुर्सी|Herman Miller:Aeron
carpet|home|carpet|ковер|gilam|سجادة|कालीन|
lamp|home|lamp|лампа|chiroq|مصباح|दीपक|
kettle|home|kettle|чайник|choynak|غلاية|केतली|Bosch:Styline;Tefal:Safe Tea
fridge|home|refrigerator|холодильник|muzlatgich|ثلاجة|फ्रिज|Bosch:Serie 4;Haier:C2F636
washer|home|washing machine|стиральная машина|kir yuvish mashinasi|غسالة|वाशिंग मशीन|Bosch:Serie 6;Indesit:IWSC 5105
perfume|beauty|perfume|духи|atir|عطر|इत्र|Chanel:Chance,No 5;Dior:Sauvage,Miss Dior
lipstick|beauty|lipstick|помада|pomada|روج|लिपस्टिक|MAC:Ruby Woo;Maybelline:Superstay
doll|toys|doll|кукла|qogirchoq|دمية|गुड़िया|Mattel:Barbie Dreamtopia
blocks|toys|building blocks|конструктор|konstruktor|مكعبات|ब्लॉक|Lego:Technic 42083,City 60292,Creator 31129
toy|toys|wooden toy|игрушка|oʻyinchoq|لعبة|खिलौना|
novel|books|novel|роман|roman|رواية|उपन्यास|
textbook|books|textbook|учебник|darslik|كتاب|पाठ्यपुस्तक|Oxford:English File;Cambridge:Grammar in Use
ring|jewelry|ring|кольцо|uzuk|خاتم|अंगूठी|Pandora:Timeless
necklace|jewelry|necklace|ожерелье|marjon|قلادة|हार|
painting|art|painting|картина|rasm|لوحة|चित्र|
sculpture|art|sculpture|скульптура|haykal|تمثال|मूर्ति|
car|vehicles|car|автомобиль|avtomobil|سيارة|कार|Toyota:Corolla,Land Cruiser,Camry;Chevrolet:Cobalt,Malibu,Gentra;Hyundai:Elantra,Tucson;Kia:Sportage
motorcycle|vehicles|motorcycle|мотоцикл|mototsikl|دراجة نارية|मोटरसाइकिल|Yamaha:MT-07;Honda:CB500F
tires|vehicles|tires|шины|shina|إطارات|टायर|Michelin:Pilot Sport 4;Bridgestone:Blizzak
card|trading_cards|trading card|карточка|karta|بطاقة|कार्ड|Pokemon:Charizard Holo,Pikachu V;Topps:Chrome Messi;Panini:Prizm Doncic
piano|art|piano|пианино|pianino|بيانو|पियानो|Yamaha:U1;Kawai:K300
guitar|art|guitar|гитара|gitara|غيتار|गिटार|Fender:Stratocaster,Telecaster;Gibson:Les Paul
cleaning|cleaning|house cleaning|уборка квартир|uy tozalash|تنظيف المنازل|घर की सफाई|
plumber|plumbing|plumber|сантехник|santexnik|سباك|प्लंबर|
electrician|electrical|electrician|электрик|elektrik|كهربائي|बिजली मिस्त्री|
tutor|tutoring|math tutor|репетитор по математике|matematika repetitor|مدرس رياضيات|गणित शिक्षक|
massage|massage|massage|массаж|massaj|تدليك|मालिश|
haircut|hairdressing|haircut|стрижка|soch olish|قص شعر|बाल कटाई|
photographer|photography|wedding photographer|свадебный фотограф|toʻy fotografi|مصور أعراس|शादी फोटोग्राफर|
translator|translation|translator|переводчик|tarjimon|مترجم|अनुवादक|
moving|moving|moving service|переезд|koʻchirish xizmati|نقل أثاث|सामान ढुलाई|
nanny|childcare|nanny|няня|enaga|مربية|आया|
"""
SERVICES = {
    "cleaning", "plumbing", "electrical", "tutoring", "massage", "hairdressing", "photography", "translation",
    "moving", "childcare",
}  # fmt: skip


def _lines(text: str) -> dict[str, tuple[str, ...]]:
    return {
        maker: tuple(models.split(",")) for maker, _, models in (one.partition(":") for one in text.split(";") if one)
    }


def _concept(row: str) -> Concept:
    key, category, en, ru, uz, ar, hi, lines = row.split("|")
    names = {"en": en, "ru": ru, "uz": uz, "uz_cyrillic": in_cyrillic(uz), "ar": ar, "hi": hi}
    return Concept(key, category, names, _lines(lines), category in SERVICES)


_PAIRS = {
    "oʻ": "ў", "gʻ": "ғ", "sh": "ш", "ch": "ч", "yo": "ё", "yu": "ю", "ya": "я", "ts": "ц",
    "a": "а", "b": "б", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "ҳ", "i": "и", "j": "ж", "k": "к", "l": "л",
    "m": "м", "n": "н", "o": "о", "p": "п", "q": "қ", "r": "р", "s": "с", "t": "т", "u": "у", "v": "в", "x": "х",
    "y": "й", "z": "з",
}  # fmt: skip


def in_cyrillic(uzbek: str) -> str:
    """Uzbek in the letters it was written in until 1992, and often still is."""
    for latin, cyrillic in _PAIRS.items():
        uzbek = uzbek.replace(latin, cyrillic)
    return "".join("э" + word[1:] if word.startswith("е") else word for word in _words(uzbek))


def _words(text: str) -> list[str]:
    return [piece for word in text.split(" ") for piece in (word, " ")][:-1]


CONCEPTS = {concept.key: concept for concept in map(_concept, _TABLE.strip().splitlines())}
ACCESSORIES = {
    "case": {"en": "case", "ru": "чехол", "uz": "gʻilof", "uz_cyrillic": "ғилоф", "ar": "غطاء", "hi": "कवर"},
    "charger": {
        "en": "charger", "ru": "зарядка", "uz": "quvvatlagich", "uz_cyrillic": "қувватлагич", "ar": "شاحن", "hi": "चार्जर",
    },
    "strap": {"en": "strap", "ru": "ремешок", "uz": "tasma", "uz_cyrillic": "тасма", "ar": "حزام", "hi": "पट्टा"},
}  # fmt: skip
FITTED = {
    "phone": ("case", "charger"), "laptop": ("case", "charger"), "camera": ("case", "strap", "charger"),
    "watch": ("strap",), "console": ("case", "charger"),
}  # fmt: skip
"""Which accessories are sold for what."""
FOR = {"en": "for", "ru": "для", "uz": "uchun", "uz_cyrillic": "учун", "ar": "لـ", "hi": "के लिए"}
LOOKS = {
    "en": ("black", "white", "blue", "red", "green", "vintage", "like new", "original"),
    "ru": ("черный", "белый", "синий", "красный", "зеленый", "винтажный", "как новый", "оригинал"),
    "uz": ("qora", "oq", "koʻk", "qizil", "yashil", "yangi", "original", "arzon"),
    "uz_cyrillic": ("қора", "оқ", "кўк", "қизил", "яшил", "янги", "оригинал", "арзон"),
    "ar": ("أسود", "أبيض", "أزرق", "أحمر", "أخضر", "جديد", "أصلي", "رخيص"),
    "hi": ("काला", "सफेद", "नीला", "लाल", "हरा", "नया", "असली", "सस्ता"),
}
SAYINGS = {
    "en": ("In good condition, {name}.", "Selling because we move. Would swap for a {other}.", "{name}, with papers. No {other} please."),
    "ru": ("В хорошем состоянии, {name}.", "Продаю из-за переезда. Обменяю на {other}.", "{name} с документами, торг уместен."),
    "uz": ("Holati yaxshi, {name}.", "Koʻchib ketayotganim uchun sotaman, {other} ga almashaman.", "{name}, hujjatlari bor."),
    "uz_cyrillic": ("Ҳолати яхши, {name}.", "Сотаман ёки {other} га алмашаман.", "{name}, ҳужжатлари бор."),
    "ar": ("بحالة جيدة، {name}.", "للبيع بسبب السفر أو مبادلة مع {other}.", "{name} مع الأوراق."),
    "hi": ("अच्छी हालत में, {name}।", "बेचना है या {other} से बदलना है।", "{name}, कागजात के साथ।"),
}  # fmt: skip
