"""The words of a deal, in English, Hindi in Latin script and Russian; rows as in goods.py."""

SIDES = """
buy: in the market for, please book, le sakta, le sakte, bhejo, bhej do, принимаем, принимаю, предложите, need, needs,
  needed, want, wants, wanted, want to buy, wtb, buy, buying, buyer, buyers, purchase, purchasing, procure, procuring,
  looking for, looking to buy, require, required, requires, requirement, seeking, in search of, interested in,
  interested to purchase, interested to buy, would take, will take, would like to order, like to order, order for, we
  are buyers, who can supply, who has, anyone selling, do you have, can you supply, please quote, kindly quote, pls
  quote, chahiye, chaiye, chahie, chaahiye, chaiy, lena hai, leni hai, lene hai, lenge, le lenge, lunga, kharidna,
  kharidna hai, kharidenge, khareedenge, kharidunga, kharid rahe, kharidi, mangwana, mangwani, mangwana hai, mangta
  hai, mangwana he, uthana hai, uthani hai, zarurat, jarurat, order dena hai, dhundh rahe, rate bhejo, rate batao,
  rate do, нужно, нужен, нужна, нужны, надо, необходим*, куплю, купим, закупаем, закупаю, закупим, приобрет*,
  приобрест*, требуется, требуются, ищу, ищем, возьму, возьмем, интересует, интересуют, заявка на закупку, рассмотрим
  предложен*, покупаем, покупаю, кто продаст, у кого есть, кто продает, скупаем, закупка
sell: looking for buyer, looking for buyers, need buyer, ищу покупател*, ищем покупател*, отдам, отдаем, sell, sells,
  selling, seller, sellers, sale, for sale, on sale, to sell, wts, offering, on offer, we offer, can offer, can
  supply, we supply, can sell, ready stock, ready to ship, dispatch ready, clearing stock, stock available, in stock,
  have in stock, lot for sale, bechna, bechna hai, bechni hai, bechne, bech rahe, bech raha, bech, bechenge, becha,
  bechunga, bikri, bikri ke liye, bikau, bikna, dena hai, de denge, de raha, de rahe, de sakte, nikalna hai, nikalni
  hai, bhej sakte, bhejna hai, maal ready, maal taiyar, taiyar hai, ready hai, supply kar sakte, milega, продам,
  продаем, продаю, продать, продается, продаются, продажа, на продажу, оптовая продажа, реализуем, реализую,
  реализует, предлагаем, предлагаю, отгрузим, отгружаем, готовы отгрузить, готовы поставить, поставим, поставляем,
  оптом, сбыт
"""

LIKELY_SIDES = """
buy: quote, enquiry, inquiry, arrange, offer us, best price, send me, pls send, please send, purchase enquiry, order,
  have ?, can you arrange
sell: offer, available, have, supply, supply of, stock, hai, h, he, padi hai, pada hai, available hai, есть, имеется,
  в наличии, со склада, наличие, отгрузка, export
"""
"""Said by either side now and then."""

ASKING = """
price: price of, what is the price, what is the rate, what's the price, current rate, current price, rate today, price
  today, ka bhav kya, ka rate kya, bhav kya hai, rate kya hai, kya rate, kya bhav, kitne ka, kitne ki, какая цена,
  почем, сколько стоит, chal raha, chal rahi, какие цены, what is the current rate
"""

UNITS = """
kilogram: kg, kgs, kilo, kilos, kilogram, kilograms, kilogramme, k . g ., кг, кило, килограмм*
gram: gram, grams, gm, gms, грамм*
tonne: t, mt, pmt, ton, tons, tonne, tonnes, metric ton, metric tons, metric tonne, metric tonnes, m . t ., tan, tann,
  т, тн, тонн*
quintal: quintal, quintals, qtl, qtls, qntl, quintol, kuintal, kwintal, kvintal, kuntal, kintal, centner, центнер*, ц
pound: lb, lbs, pound, pounds
candy: candy, candies, khandi, cndy, kandi
bale: bale, bales, gaanth, ganth, gath, gathri, gathan, gaanthe, gaanthein, кип, кипа, кипы, кипу, тюк*
maund: maund, maunds, mann
bag: bag, bags, sack, sacks, bori, bora, boriya, boriyan, katta, katte, меш*
box: box, boxes, carton, cartons, peti, petiyan, crate, crates, ящик*, короб*
container: container, containers, fcl, контейнер*
truck: truck, trucks, truckload, truckloads, lorry, lorries, gaadi, gadi, dumper, trolley, фура, фуры, фуру, фур,
  машин*
piece: pc, pcs, piece, pieces, nos, nag, unit, units, шт, штук*, листов, лист, листа
pair: pair, pairs, пар, пара, пары
dozen: dozen, dozens, darjan
liter: liter, liters, litre, litres, ltr, ltrs, l, л, литр*
barrel: bbl, bbls, barrel, barrels, баррел*
meter: m, meter, meters, metre, metres, mtr, mtrs, м, метр*
cubic_meter: cbm, m3, m 3, m³, cubic meter, cubic meters, cubic metre, cubic metres, м3, м 3, м³, куб, куба, кубов,
  кубометр*, куб м
"""

MEASURES = """
mm: mm, мм, milli
inch: inch, inches, ", дюйм*
cm: cm, см
m: m, м, meter, metre
%: %, percent, per cent, pct, процент*, pratishat
g/tex: g / tex, gpt, г / текс
kcal/kg: kcal / kg, kcal, ккал / кг, ккал
g/l: g / l, г / л, гр / л
"""

CURRENCIES = """
INR: inr, rs, rs ., re, rupee, rupees, rupaye, rupay, rupye, rupaiya, rupya, ₹, / -, рупи*
USD: usd, us $, $, dollar, dollars, us dollar, us dollars, долл, долларов, доллар*, бакс*, у . е .
EUR: eur, euro, euros, €, евро
RUB: rub, ruble, rubles, rouble, roubles, ₽, руб, руб ., рубл*, р, р .
UZS: uzs, soum, som, сум, сума, сумов, сўм
AED: aed, dirham, dirhams, dh, dhs, дирхам*
KZT: kzt, tenge, ₸, тенге, тг
QAR: qar, qatari riyal
SAR: sar, saudi riyal, riyal, riyals
GBP: gbp, £
CNY: cny, rmb, yuan, юан*
"""

MULTIPLIERS = """
100: hundred, sau
1000: k, thousand, hazar, hazaar, hajar, hzr, к, тыс, тыс ., тысяч*
100000: lakh, lakhs, lac, lacs, лакх*
1000000: mn, million, mio, млн, миллион*, лям*
10000000: crore, crores, cr
"""

NUMBERS = """
1: one, ek, один, одна, одну, одного
2: two, do, два, две, двух
3: three, teen, три, трех
4: four, char, chaar, четыре
5: five, paanch, panch, пять, пяти
6: six, chhe, chah, шесть
7: seven, saat, семь
8: eight, aath, восемь
9: nine, nau, девять
10: ten, das, десять
12: twelve, barah, двенадцать
15: fifteen, pandrah, пятнадцать
20: twenty, bees, двадцать
25: twenty five, pachchis, pachis, двадцать пять
30: thirty, tees, тридцать
40: forty, chalis, сорок
50: fifty, pachas, пятьдесят
100: сто
200: двести
300: триста
500: пятьсот
"""

TIMES = """
1: day, days, din, dino, dinon, day's, д, дн, дня, дней, день, сут*
7: week, weeks, hafta, hafte, hafton, недел*
30: month, months, mahina, mahine, месяц*
"""
"""How many days each is."""

MONTHS = """
1: jan, january, янв*
2: feb, february, фев*
3: mar, march, март*
4: apr, april, апр*
5: may, мая
6: jun, june, июн*
7: jul, july, июл*
8: aug, august, авг*
9: sep, sept, september, сен*
10: oct, october, окт*
11: nov, november, ноя*
12: dec, december, дек*
"""

TERMS = """
EXW: exw, ex, ex - works, ex works, ex - factory, ex factory, ex - mill, ex mill, ex - gin, ex gin, ex yard, ex -
  yard, ex godown, ex - godown, ex warehouse, ex - warehouse, self pickup, pick up from, pickup from, pick up, utha
  lenge, utha lunga, khud utha, самовывоз*, забира*, заберем, заберу, вывоз*
FCA: fca
FAS: fas
FOB: fob, f . o . b ., фоб
CFR: cfr, cnf, c & f, c and f, сфр
CIF: cif, c . i . f ., сиф
CPT: cpt
CIP: cip
DAP: dap, delivered, delivered at, delivered to, door delivery, site delivery, doorstep delivery, site pahunch,
  pahuncha ke, pahunch, tak pahunch, pahunchakar, pahunchana, tak pahunchana, tak pahuncha do, pahuncha do, pahuncha*,
  с доставкой, доставк*, доставк* до, доставк* в, доставка включена
DPU: dpu, dat
DDP: ddp
FOR: for, f . o . r .
"""

PAYMENTS = """
LC: lc, l / c, letter of credit, l . c ., аккредитив*
advance: advance, adv, advance payment, advance me, предоплат*, аванс*, prepayment, prepaid
credit: credit, credit period, udhaar, udhar, udhari, net, отсрочк* платеж*, отсрочк*, в рассрочку
payment: payment, pay, paisa, paise, оплат*, rest payment
on delivery: on delivery, payment on delivery, cash on delivery, cod, delivery par, delivery par payment, maal milne
  par payment, maal milne par, against delivery, rest on delivery, по факту, оплата по факту, по факту поставк*, при
  получени*, оплата при получени*, остаток по факту, payment after delivery
cash: cash, cash only, nakad, nagad, naqad, наличк*, наличн*, наличн* расчет*, нал
bank transfer: tt, t / t, bank transfer, wire transfer, wire, rtgs, neft, imps, swift, безнал*, безналичн* расчет*,
  банковск* перевод*, перечислени*
documents: cad, d / p, dp at sight, cash against documents, against documents, balance against documents, against bl,
  balance against bl, against bl copy, balance against bl copy, против документ*, оплата против документ*
escrow: escrow, эскроу
cheque: cheque, pdc, post dated cheque
"""

SMALL = """
sight: at sight, sight, по предъявлени*
whole: full, pura, poora, полн*, entire
per: per, /, a, за, each per, prati, par
each: each, apiece, per piece
price: @, at, price, rate, rates, bhav, bhaav, daam, dam, budget, asking, target, цена, цене, цену, по, ценой,
  стоимост*, прайс, @ rs, last
price_after: tak, ka bhav, bhav, rate, se upar nahi, se zyada nahi, last, ke hisab se, ke bhav, max, not more
max: max, maximum, max ., upto, up to, below, under, less than, not more than, not above, se kam, tak, до, не более,
  макс, максимум, не выше, не больше, ≤, <
min: min, minimum, min ., above, over, more than, at least, not less than, +, se upar, se zyada, от, не менее, не
  ниже, мин, минимум, ≥, >, plus
valid: valid, validity, valid till, valid until, valid upto, valid for, offer valid, offer valid till, offer valid
  until, offer valid for, good till, price valid, offer, действительн*, актуальн*, цена держится, держим цен*, цена
  действительн*, предложение, предложение действ*, цена актуальн*
by: till, until, by, to, до, по
within: within, in, delivery, delivery in, delivery within, lead time, в течение, за, срок, срок поставки, поставка,
  срок до, через, during, delivery time, доставка за
within_after: me, mein, mai, ke andar, ke bheetar, me delivery, bhar me, delivery
before_place: in, at, from, to, near, port, warehouse, location, loading, delivery, delivery to, в, во, из, до, на, г,
  г ., город, ст, ст ., станция, склад, порт
after_place: se, me, mein, mai, mandi, port, site, tak, warehouse, godown, plant, factory, loading, delivery, cold
  storage, cold store, se bhejna, mill, wale, side, область, обл, край, район
origin: origin, crop, grown, made in, происхожден*, урожа*
wrong: sorry, nahi, no, нет, correction, ошибка, наоборот
auxiliary: hai, hain, h, he, tha, thi, raha, rahe, rahi, hu, hun, hoon, ko, jana, jayega, jayegi, chahte, chahta,
  sakte, sakta, kar, mere paas, hamare paas, humare paas
"""
"""What else a word can do, by what."""

HINGLISH = """
hai hain he bhai bhaiya chahiye chaiye chahie ka ki ke mein se bhav mere paas ji ye denge lena leni bechna bechni
bechne bech dena maal aur nahi tak ko raha rahe nikalni nikalna bhejna hazar hazaar sau bori bore katta katte peti
gaanth gath nag din hafte kharidna lenge wala khandi bechenge becha kharid par wali paas chahte liye dunga mera mujhe
humko
"""
"""What tells Hindi in Latin script from English."""

FILLERS = """
filler: hi, hello, dear, sir, madam, team, good, morning, please, pls, kindly, urgent, urgently, asap, sir ji, thanks,
  regards, we, our, i, my, you, your, the, and, or, of, with, is, are, be, us, me, this, that, it, if, will, can,
  would, ok, best, fresh, quality, price, kal, aaj, jaldi, ready, stock, hello dear, dry, raw, bulk, sawn, monthly,
  now, today, only, ref, firm, mail, call, company, factory, mill, regular, supplier, payment, shipment, delivery,
  market, buyer, warehouse, white, red, green, yellow, black, golden, crude, refined, maal, bada, safed, добрый день,
  здравствуйте, привет, коллеги, срочно, мы, нам, наш*, недорого, торг, ндс, поставщик*, компани*, фуд, сити
"""
