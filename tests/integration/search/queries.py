"""What people type, by class, and what each of them wants: `text > concept/maker/model/accessory`, - for any.

Every other query of a class was kept apart while the ranking was made.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.integration.search.by_hand import GRADED, LISTED
from tests.integration.search.catalogue import Made
from tests.integration.search.goods import CONCEPTS

_ASKED = """
[exact]
canon eos r5 > camera/Canon/EOS R5
iphone 13 > phone/Apple/iPhone 13
playstation 5 > console/Sony/PlayStation 5
leica > camera/Leica
galaxy s22 > phone/Samsung/Galaxy S22
nike air max 90 > sneakers/Nike/Air Max 90
adidas samba > sneakers/Adidas/Samba
toyota corolla > car/Toyota/Corolla
chevrolet gentra > car/Chevrolet/Gentra
lego technic > blocks/Lego/Technic 42083
thinkpad x1 > laptop/Lenovo/ThinkPad X1
macbook air > laptop/Apple/MacBook Air
omega speedmaster > watch/Omega/Speedmaster
chanel chance > perfume/Chanel/Chance
fender telecaster > guitar/Fender/Telecaster
pokemon charizard > card/Pokemon/Charizard Holo
trek marlin 7 > bicycle/Trek/Marlin 7
coleman tent > tent/Coleman
sofa > sofa
carpet > carpet
sony headphones > headphones/Sony
wilson racket > racket/Wilson
nintendo switch > console/Nintendo
oxford textbook > textbook/Oxford
michelin pilot sport > tires/Michelin/Pilot Sport 4
seiko presage > watch/Seiko/Presage
washing machine > washer
redmi note 11 > phone/Xiaomi/Redmi Note 11
wooden toy > toy
xbox series x > console/Microsoft/Xbox Series X
[typo]
cannon eos r5 > camera/Canon/EOS R5
iphnoe 13 > phone/Apple/iPhone 13
samsng galaxy s22 > phone/Samsung/Galaxy S22
playstaion 5 > console/Sony/PlayStation 5
addidas samba > sneakers/Adidas/Samba
toyta corolla > car/Toyota/Corolla
chevorlet malibu > car/Chevrolet/Malibu
fujiflim x100v > camera/Fujifilm/X100V
thinkpda > laptop/Lenovo/ThinkPad X1
macbok pro > laptop/Apple/MacBook Pro
speedmster > watch/Omega/Speedmaster
televison lg > television/LG
headfones sony > headphones/Sony
sneekers nike > sneakers/Nike
bycicle > bicycle
guittar > guitar
refridgerator > fridge
electritian > electrician
fotographer wedding > photographer
michlin tires > tires/Michelin
lipstik > lipstick
neclace > necklace
sculpure > sculpture
motorcicle > motorcycle
perfum dior > perfume/Dior
фотоапарат > camera
кросовки > sneakers
велосепид > bicycle
наушнеки > headphones
холадильник > fridge
телевзор > television
репититор > tutor
мотоцыкл > motorcycle
velasiped > bicycle
telvizor > television
krosovka > sneakers
[prefix]
cano > camera/Canon
canon po > camera/Canon/PowerShot G7
playst > console/Sony
fujif > camera/Fujifilm
samsung gal > phone/Samsung
lenovo thin > laptop/Lenovo/ThinkPad X1
sony head > headphones/Sony
refrig > fridge
sculpt > sculpture
motorcy > motorcycle
plumb > plumber
electric > electrician
translat > translator
велос > bicycle
холод > fridge
кроссо > sneakers
телеви > television
мотоц > motorcycle
скульп > sculpture
velos > bicycle
muzlat > fridge
chevrolet cob > car/Chevrolet/Cobalt
хол > fridge
pokemon pik > card/Pokemon/Pikachu V
[russian]
фотоаппараты > camera
фотоаппарата > camera
смартфоны > phone
смартфонов > phone
ноутбуки > laptop
ноутбуком > laptop
телевизоры > television
телевизора > television
кроссовок > sneakers
велосипеды > bicycle
велосипедов > bicycle
палатки > tent
палатку > tent
куртки > jacket
сумки > bag
диваны > sofa
диванов > sofa
чайники > kettle
холодильники > fridge
стиральные машины > washer
куклы > doll
игрушки > toy
картины > painting
скульптуры > sculpture
автомобили > car
автомобилей > car
мотоциклы > motorcycle
гитары > guitar
гитару > guitar
электрики > electrician
переводчика > translator
няню > nanny
сантехники > plumber
[arabic]
كاميرا > camera
الكاميرا > camera
كاميرات > camera
هاتف > phone
الهاتف > phone
هَاتِف > phone
حاسوب > laptop
الحاسوب > laptop
سماعات > headphones
السماعات > headphones
تلفزيون > television
التلفزيون > television
ساعة > watch
الساعة > watch
ساعه > watch
حقيبة > bag
الحقيبه > bag
أريكة > sofa
اريكة > sofa
سجادة > carpet
سَجَّادَة > carpet
غسالة > washer
ثلاجه > fridge
سيارة تويوتا corolla > car/Toyota/Corolla
السيارة > car
سيارات > car
غيتار > guitar
كهربائي > electrician
سباك > plumber
مترجم > translator
[uzbek]
gilam > carpet
гилам > carpet
gilamlar > carpet
гиламлар > carpet
telefon uchun gʻilof > ///case@uz
velosiped > bicycle
muzlatgich > fridge
музлатгич > fridge
музлатгични > fridge
chiroq > lamp
чироқ > lamp
chiroqlar > lamp
oʻyinchoq > toy
o'yinchoq > toy
o‘yinchoq > toy
oyinchoq > toy
ўйинчоқ > toy
o`yinchoqlar > toy
ўйинчоқлар > toy
kir yuvish mashinasi > washer
кир ювиш машинаси > washer
uy tozalash > cleaning
уй тозалаш > cleaning
koʻchirish xizmati > moving
кўчириш хизмати > moving
soch olish > haircut
tarjimon > translator
таржимон > translator
toʻy fotografi > photographer
quloqchin sony > headphones/Sony
darslik > textbook
дарсликлар > textbook
[hindi]
कैमरा > camera
कैमरे > camera
स्मार्टफोन > phone
लैपटॉप > laptop
लैपटॉप dell > laptop/Dell
हेडफोन sony > headphones/Sony
टेलीविजन > television
घड़ी > watch
घड़ियाँ > watch
जूते nike > sneakers/Nike
साइकिल > bicycle
साइकिलें > bicycle
खिलौना > toy
खिलौने > toy
किताब > textbook
कालीन > carpet
गिटार > guitar
कार toyota > car/Toyota
प्लंबर > plumber
अनुवादक > translator
[mixed]
кроссовки nike > sneakers/Nike
nike кроссовки air max > sneakers/Nike/Air Max 90
чехол iphone 13 > phone/Apple/iPhone 13/case@ru
чехол для samsung galaxy s22 > phone/Samsung/Galaxy S22/case@ru
ноутбук lenovo legion > laptop/Lenovo/Legion 5
велосипед trek > bicycle/Trek
телевизор lg oled > television/LG/OLED C2
фотоаппарат canon > camera/Canon
зарядка macbook air > laptop/Apple/MacBook Air/charger@ru
iphone 14 uchun gʻilof > phone/Apple/iPhone 14 Pro/case@uz
noutbuk dell > laptop/Dell
krossovka adidas > sneakers/Adidas
smartfon xiaomi poco > phone/Xiaomi/Poco X4
divan ikea > sofa/IKEA
гитара fender > guitar/Fender
ремешок для casio > watch/Casio/-/strap@ru
كاميرا canon > camera/Canon
هاتف samsung > phone/Samsung
سماعات sony > headphones/Sony
कैमरा nikon > camera/Nikon
case for iphone 13 > phone/Apple/iPhone 13/case
charger for xbox series x > console/Microsoft/Xbox Series X/charger
the camera by canon > camera/Canon
toyota corolla автомобиль > car/Toyota/Corolla
[together]
iphone13 > phone/Apple/iPhone 13
wh1000xm4 > headphones/Sony/WH-1000XM4
wh-1000xm4 > headphones/Sony/WH-1000XM4
eos-r5 > camera/Canon/EOS R5
galaxys22 > phone/Samsung/Galaxy S22
mt07 > motorcycle/Yamaha/MT-07
x-100v > camera/Fujifilm/X100V
no.5 chanel > perfume/Chanel/No 5
g-shock > watch/Casio/G-Shock GA2100
air-max 90 > sneakers/Nike/Air Max 90
[category]
sneakers > sneakers
electronics > #electronics
books > #books
jewelry > #jewelry
plumbing > #plumbing
tutoring > #tutoring
trading cards > #trading_cards
vehicles > #vehicles
toys > #toys
massage > #massage
[lacking]
canon eos r5 dubai marina > camera/Canon/EOS R5
samsung galaxy s22 warranty > phone/Samsung/Galaxy S22
cheap nike air max > sneakers/Nike/Air Max 90
велосипед trek ташкент > bicycle/Trek
lego technic unopened > blocks/Lego/Technic 42083
fender stratocaster 1962 > guitar/Fender/Stratocaster
"""
_NEAR = {"ru": {"ru"}, "uz": {"uz", "uz_cyrillic"}, "en": {"en"}, "ar": {"ar"}, "hi": {"hi"}}


@dataclass(frozen=True)
class Query:
    """`graded`: by the titles of listings, where that was done by hand."""

    kind: str
    text: str
    concept: str
    maker: str
    model: str
    accessory: str
    graded: Mapping[str, int] | None = None

    def grade(self, made: Made) -> int:
        """3 what is wanted, 2 the same but named in another language, 1 something near it, 0 anything else."""
        if self.graded is not None:
            return self.graded.get(made.title, 0)
        if self.concept.startswith("#"):
            return 3 if made.category == self.concept[1:] else 0
        about = self.concept in {"", made.concept} and self.maker in {"", made.maker} and self.model in {"", made.model}
        if self.accessory:
            if made.accessory != self.accessory:
                return int(about and bool(self.model))
            return self._in_its_language(made) if about else 1
        if made.accessory:
            return int(about and bool(self.maker))
        if about:
            return self._in_its_language(made)
        return int(made.concept == self.concept and made.maker == self.maker and bool(self.model))

    def _in_its_language(self, made: Made) -> int:
        """Makers and models are written alike everywhere, and some other words too."""
        names = CONCEPTS[made.concept].names
        alike = {names[language][:5] for language in self.languages}
        if made.language in self.languages or (names[made.language][:5] in alike and not self.accessory):
            return 3
        return 2 if self.model else 1

    @property
    def languages(self) -> set[str]:
        text = self.text.lower()
        if any("ء" <= letter <= "ي" for letter in text):
            return {"ar"}
        if any("ऀ" <= letter <= "ॿ" for letter in text):
            return {"hi"}
        if self.kind == "uzbek" or "uchun" in text or text.split()[0] in _UZBEK:
            return {"uz", "uz_cyrillic"}
        if any("а" <= letter <= "я" for letter in text):
            return {"ru"}
        return {"en"} if self.names_the_concept else {"en", "ru", "uz", "uz_cyrillic", "ar", "hi"}

    @property
    def names_the_concept(self) -> bool:
        return bool(self.accessory) or not self.maker


"""Else maker and model say it, in every language alike."""
_MISTAKEN = {"velasiped", "telvizor", "krosovka", "velos", "muzlat"}
_UZBEK = {concept.names["uz"].split()[0] for concept in CONCEPTS.values()} | _MISTAKEN


def queries() -> list[Query]:
    found, kind = [], ""
    for line in _ASKED.strip().splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
            continue
        text, _, wanted = line.partition(" > ")
        parts = [part if part != "-" else "" for part in wanted.partition("@")[0].split("/")]
        concept, maker, model, accessory = (parts + [""] * 3)[:4]
        found.append(Query(kind, text, concept, maker, model, accessory))
    by_hand = (
        Query("by hand", text, "", "", "", "", {LISTED[number].title: grade for number, grade in graded.items()})
        for text, graded in GRADED.items()
    )
    return [*found, *by_hand]
