"""Words that made listings are written in: six ways of writing, each with frequent, particular and rare words."""

# ruff: noqa: RUF001, SIM905 - letters of many scripts; lists of words

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from random import Random

RARE = 2_000
"""Words of each language besides the frequent ones: brands and models."""


@dataclass(frozen=True, slots=True)
class Language:
    """`share`: of all listings. `frequent`: the most frequent first; `things`: by category, every listing names one."""

    share: float
    frequent: Sequence[str]
    things: Mapping[str, Sequence[str]]
    syllables: Sequence[str]


def _things(lines: str) -> dict[str, list[str]]:
    return {name: words.split() for name, words in (line.split(": ") for line in lines.strip().splitlines())}


_LATIN = "ka ro mi ta ven lo sur da nex po li zan be tor qui fa gon ry".split()
_CYRILLIC = "ка ро ми та вен ло сур да нек по ли зан бе тор гу фа гон ры".split()
_ARABIC = "كا رو مي تا فن لو سر دا نك بو لي زن بي تر غو فا جن ري".split()
_DEVANAGARI = "का रो मी ता वे लो सु दा ने पो ली ज़न बे तो गु फा जो री".split()

LANGUAGES = (
    Language(
        0.5,
        "with and new in original very good condition price box for sale almost used fast delivery from home clean "
        "vintage rare warranty quality complete black white large small blue red leather wooden gift set special "
        "limited edition signed tested works perfectly cheap urgent handmade modern classic light strong".split(),
        _things("""
trading_cards: card deck booster holo pack
sneakers: sneakers trainers runners shoes laces
electronics: camera phone laptop headphones tablet lens charger
fashion: dress jacket shirt bag coat jeans
home: sofa lamp table carpet chair curtain
beauty: perfume lipstick cream serum brush
toys: puzzle doll train blocks robot
sports: bicycle racket dumbbell tent ball
books: novel atlas dictionary comic textbook
jewelry: ring necklace bracelet earrings watch
art: painting print sculpture sketch poster
vehicles: car scooter motorcycle tyre boat
services: repair lesson cleaning design translation photography delivery massage
"""),
        _LATIN,
    ),
    Language(
        0.15,
        "и в для новый с продаю очень хороший состояние оригинал коробка цена почти быстро доставка дом чистый редкий "
        "гарантия качество полный чёрный белый большой маленький синий красный кожаный подарок набор срочно дёшево "
        "проверен работает отлично ручная работа".split(),
        _things("""
trading_cards: карта колода бустер
sneakers: кроссовки кеды обувь
electronics: камера телефон ноутбук наушники
fashion: платье куртка рубашка сумка
home: диван лампа стол ковёр
beauty: духи помада крем
toys: кукла конструктор поезд
sports: велосипед ракетка палатка мяч
books: роман атлас словарь
jewelry: кольцо ожерелье браслет часы
art: картина гравюра скульптура
vehicles: машина самокат мотоцикл шина
services: ремонт уроки уборка перевод съёмка доставка
"""),
        _CYRILLIC,
    ),
    Language(
        0.1,
        "va yangi uchun bilan juda yaxshi sotiladi holati asl quti narxi arzon tez yetkazib uy toza nodir kafolat "
        "sifatli to‘liq qora oq katta kichik ko‘k qizil charm sovg‘a to‘plam shoshilinch ishlaydi zo‘r".split(),
        _things("""
trading_cards: karta koloda
sneakers: krossovka poyabzal
electronics: kamera telefon noutbuk quloqchin
fashion: ko‘ylak kurtka sumka
home: divan chiroq stol gilam
beauty: atir krem
toys: qo‘g‘irchoq poyezd
sports: velosiped chodir to‘p
books: roman lug‘at kitob
jewelry: uzuk marjon soat
art: surat haykal
vehicles: mashina skuter shina
services: ta’mirlash dars tozalash tarjima yetkazish
"""),
        _LATIN,
    ),
    Language(
        0.05,
        "ва янги учун билан жуда яхши сотилади ҳолати асл қути нархи арзон тез етказиб уй тоза нодир кафолат сифатли "
        "тўлиқ қора оқ катта кичик кўк қизил чарм совға тўплам ишлайди зўр".split(),
        _things("""
trading_cards: карта колода
sneakers: кроссовка пойабзал
electronics: камера телефон ноутбук қулоқчин
fashion: кўйлак куртка сумка
home: диван чироқ стол гилам
beauty: атир крем
toys: қўғирчоқ поезд
sports: велосипед чодир тўп
books: роман луғат китоб
jewelry: узук маржон соат
art: сурат ҳайкал
vehicles: машина скутер шина
services: таъмирлаш дарс тозалаш таржима етказиш
"""),
        _CYRILLIC,
    ),
    Language(
        0.12,
        "من في جديد مع للبيع جدا ممتاز حالة أصلي علبة سعر رخيص سريع توصيل منزل نظيف نادر ضمان جودة كامل أسود أبيض كبير "
        "صغير أزرق أحمر جلد هدية طقم عاجل يعمل".split(),
        _things("""
trading_cards: بطاقة مجموعة
sneakers: حذاء رياضي
electronics: كاميرا هاتف حاسوب سماعات
fashion: فستان سترة قميص حقيبة
home: أريكة مصباح طاولة سجادة
beauty: عطر كريم
toys: دمية قطار
sports: دراجة خيمة كرة
books: رواية أطلس قاموس
jewelry: خاتم قلادة ساعة
art: لوحة تمثال
vehicles: سيارة دراجة إطار
services: تصليح دروس تنظيف ترجمة تصوير توصيل
"""),
        _ARABIC,
    ),
    Language(
        0.08,
        "और में नया के साथ बहुत अच्छा बिक्री हालत असली डिब्बा कीमत सस्ता तेज़ डिलीवरी घर साफ़ दुर्लभ वारंटी गुणवत्ता पूरा काला सफ़ेद बड़ा "
        "छोटा नीला लाल चमड़ा उपहार सेट तुरंत".split(),
        _things("""
trading_cards: कार्ड डेक
sneakers: जूते स्नीकर
electronics: कैमरा फ़ोन लैपटॉप हेडफ़ोन
fashion: साड़ी कुर्ता जैकेट बैग
home: सोफ़ा लैंप मेज़ कालीन
beauty: इत्र क्रीम
toys: गुड़िया रेलगाड़ी
sports: साइकिल तंबू गेंद
books: उपन्यास शब्दकोश
jewelry: अंगूठी हार घड़ी
art: चित्र मूर्ति
vehicles: गाड़ी स्कूटर टायर
services: मरम्मत पाठ सफ़ाई अनुवाद डिलीवरी
"""),
        _DEVANAGARI,
    ),
)


class Writer:
    """Draws words by Zipf's law: the n-th of a language comes about 1/n as often as its first."""

    def __init__(self, language: Language, random: Random) -> None:
        made = ["".join(parts) for parts in product(language.syllables, repeat=3)]
        self._rare = random.sample(made, RARE)
        self._words = [*language.frequent, *self._rare]
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self._words) + 1)))
        self._things = language.things
        self._random = random
        self._drawn = self._draw()

    def title(self, category: str) -> str:
        thing = self._random.choice(self._things[category])
        words = f"{next(self._drawn)} {thing} {self._random.choice(self._rare)} {self._random.randrange(1, 1000)}"
        return words[0].upper() + words[1:]

    def text(self, category: str) -> str:
        words = [next(self._drawn) for _ in range(self._random.randrange(6, 30))]
        return f"{self._random.choice(self._things[category])} {' '.join(words)}."

    def tags(self, category: str) -> list[str]:
        return [self._random.choice(self._things[category]), next(self._drawn)]

    def _draw(self) -> Iterator[str]:
        while True:
            yield from self._random.choices(self._words, cum_weights=self._weights, k=10_000)
