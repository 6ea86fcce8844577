"""What is traded, in English, Hindi in Latin script and Russian.

A row is `name: phrase, phrase`; `stem*` is any word that begins so, `#` any number.
"""

COMMODITIES = """
cotton: cotton, raw cotton, kapas, rui, narma, kapaas, хлоп*, хлопок-волокно
cotton yarn: cotton yarn, yarn, soot, suti dhaga, dhaga, cotton dhaga, sutli, хлопк* пряж*, хлопчатобумажн* пряж*,
  пряж* хлопк*, пряж*
polyester yarn: polyester yarn, poly yarn, polyester dhaga, полиэфирн* пряж*, полиэфирн* нит*
viscose: viscose, viscose fibre, viscose yarn, вискоз*
fabric: fabric, fabrics, cloth, grey fabric, gray fabric, cotton fabric, kapda, kapra, ткан*, полотн*
cotton waste: cotton waste, comber noil, noil, textile waste, yarn waste, cotton rags, отход* хлопк*, хлопк* отход*,
  текстильн* отход*
cotton seed: cotton seed, cottonseed, binola, kapasia, семен* хлопчатник*, хлопк* семен*
cotton linter: cotton linter, linter, линт*
jute: jute, raw jute, joot, джут*
jute bags: jute bags, jute bag, gunny bags, джутов* меш*
wool: wool, raw wool, oon, шерст*
silk: silk, raw silk, resham, шелк*, кокон*
leather: leather, hides, wet blue, chamda, кож*, шкур*
wheat: wheat, milling wheat, gehu, gehun, gehoon, genhu, пшениц*
flour: flour, wheat flour, atta, maida, мук*
rice: rice, chawal, chaval, basmati, basmati rice, dhan, paddy, рис, риса, рису, рисом
maize: maize, corn, yellow corn, yellow maize, makka, makai, makki, кукуруз*
barley: barley, feed barley, malting barley, jau, ячмен*
oats: oats, овес, овса
millet: millet, bajra, пшено, пшена, просо
sorghum: sorghum, jowar, jwar, сорго
buckwheat: buckwheat, kuttu, гречк*, гречих*
sugar: sugar, white sugar, raw sugar, cheeni, chini, shakkar, сахар*, сахар - песок
jaggery: jaggery, gur, gud, gurr
chickpeas: chickpeas, chickpea, chana, channa, kabuli chana, desi chana, нут, нута
pigeon peas: pigeon peas, pigeon pea, tur, tur dal, toor, toor dal, tuar, arhar, arhar dal
lentils: lentils, lentil, red lentils, masoor, masur, masoor dal, чечевиц*
mung beans: mung beans, mung bean, green mung beans, moong, mung, moong dal, green gram, маш, маша
black gram: black gram, urad, urad dal, udad
peas: peas, yellow peas, green peas, matar, горох*
beans: beans, kidney beans, rajma, фасол*
soybeans: soybeans, soybean, soya bean, soya beans, soyabean, soyabeans, soya, соя, сою, сои, соев* боб*
soybean meal: soybean meal, soya meal, soymeal, soyabean meal, soya doc, соев* шрот*, шрот* соев*
sunflower meal: sunflower meal, подсолнечн* шрот*, шрот* подсолнечн*, жмых*
mustard seed: mustard, mustard seed, mustard seeds, sarson, sarso, rai, горчиц*
sunflower seed: sunflower seed, sunflower seeds, surajmukhi, подсолнечник*, семечк*
rapeseed: rapeseed, canola, рапс*
groundnut: groundnut, groundnuts, peanut, peanuts, moongphali, mungfali, moongfali, mungphali, singdana, арахис*
sesame: sesame, sesame seed, sesame seeds, til, кунжут*
castor seed: castor, castor seed, castor seeds, arandi, erandi
flaxseed: flaxseed, linseed, flax seed, alsi, лен, льна, семен* льна
palm oil: palm oil, crude palm oil, cpo, palmolein, rbd palm olein, пальмов* масл*
sunflower oil: sunflower oil, refined sunflower oil, crude sunflower oil, подсолнечн* масл*, масл* подсолнечн*
soybean oil: soybean oil, soya oil, soyabean oil, crude soybean oil, crude degummed soybean oil, cdso, соев* масл*,
  масл* соев*
mustard oil: mustard oil, sarson tel, sarson ka tel, sarso tel, kachi ghani
cottonseed oil: cottonseed oil, cotton seed oil, binola tel, хлопков* масл*, масл* хлопков*
groundnut oil: groundnut oil, peanut oil, moongphali tel
rapeseed oil: rapeseed oil, canola oil, рапсов* масл*
onions: onion, onions, red onion, red onions, pyaz, pyaaz, piyaz, kanda, лук, лука, лук репчат*, репчат* лук*
potatoes: potato, potatoes, aloo, alu, картоф*, картош*
tomatoes: tomato, tomatoes, tamatar, помидор*, томат*
garlic: garlic, fresh garlic, lahsun, lehsun, lasan, чеснок*
carrots: carrot, carrots, gajar, морков*
cabbage: cabbage, patta gobhi, капуст*
apples: apple, apples, seb, яблок*
grapes: grapes, angoor, виноград*
pomegranate: pomegranate, pomegranates, anar, гранат, граната, гранаты, гранатов
mangoes: mango, mangoes, aam, манго
bananas: banana, bananas, kela, банан*
oranges: orange, oranges, santra, апельсин*
melons: melon, melons, watermelon, watermelons, kharbuja, tarbuj, дын*, арбуз*
raisins: raisins, raisin, golden raisins, kishmish, kismis, изюм*
dried apricots: dried apricots, dried apricot, khumani, кураг*
dates: dates, khajur, khajoor, финик*
almonds: almond, almonds, almond kernels, badam, badam giri, миндал*
walnuts: walnut, walnuts, walnuts in shell, akhrot, грецк* орех*, орех* грецк*
cashew: cashew, cashews, cashew nuts, kaju, кешью
pistachios: pistachio, pistachios, pista, фисташ*
turmeric: turmeric, turmeric finger, haldi, куркум*
cumin: cumin, cumin seed, cumin seeds, jeera, jira, zeera, зир*, кумин*
chilli: chilli, chillies, chili, red chilli, dry red chilli, dry chilli, mirch, mirchi, lal mirch, перец чили
coriander: coriander, coriander seed, dhania, dhaniya, кориандр*
black pepper: black pepper, pepper, kali mirch, черн* перц*, черн* перец, перец черн*
cardamom: cardamom, green cardamom, elaichi, ilaichi, кардамон*
cloves: clove, cloves, laung, гвоздик*
ginger: ginger, dry ginger, adrak, имбир*
fennel: fennel, saunf
saffron: saffron, kesar, шафран*
tea: tea, black tea, green tea, chai, chai patti, чай, чая, чаю
coffee: coffee, coffee beans, кофе
salt: salt, namak, rock salt, соль, соли
honey: honey, shahad, мед, меда
milk powder: milk powder, skimmed milk powder, whole milk powder, smp, сух* молок*
eggs: egg, eggs, anda, ande, яйц*, яиц
meat: meat, beef, mutton, chicken, мяс*, говядин*, баранин*
fish: fish, machhli, рыб*
rebar: rebar, rebars, tmt, tmt bar, tmt bars, saria, sariya, sarya, арматур*
steel coil: hr coil, hr coils, hrc, hrc coil, hot rolled coil, cr coil, crc, steel coil, steel coils, gp coil, рулон*
steel sheet: steel sheet, steel sheets, ms plate, ms plates, hr sheet, лист стальн*, листов* стал*
steel pipe: steel pipe, steel pipes, ms pipe, ms pipes, gi pipe, gi pipes, pipes, pipe, труб*
billets: billet, billets, ms billet, заготовк*
scrap: scrap, steel scrap, iron scrap, heavy melting scrap, hms, kabad, loha kabad, loha scrap, металлолом*, лом,
  лома, лом черн* металл*
rails: rails, used rails, рельс*
iron ore: iron ore, железн* руд*
copper: copper, copper cathode, copper cathodes, copper scrap, copper wire, tamba, medь, медь, меди, медн*
aluminium: aluminium, aluminum, aluminium ingot, aluminium ingots, alluminium, алюмин*
zinc: zinc, jasta, цинк*
lead: lead ingot, lead ingots, sisa, свинец, свинц*
cement: cement, simant, siment, цемент*
hay: hay, lucerne, сено, сена, люцерн*
bricks: brick, bricks, fly ash bricks, eent, int, eenth, кирпич*
sand: sand, river sand, ret, reti, balu, песок, песк*
gravel: gravel, aggregate, gitti, щебен*, щебн*, грави*
gypsum: gypsum, гипс*
glass: glass, float glass, стекл*
timber: timber, lumber, sawn timber, wood, logs, lakdi, lakri, доск*, досок, брус, бруса, пиломатериал*, лес кругл*
plywood: plywood, ply, фанер*
urea: urea, yuria, карбамид*, мочевин*
diammonium phosphate: diammonium phosphate, dap fertilizer, dap fertiliser, dap khad, диаммофос*
npk: npk, npk fertilizer, нитроаммофоск*
potash: potash, mop, muriate of potash, хлорист* кали*
ammonium nitrate: ammonium nitrate, аммиачн* селитр*, селитр*
coal: coal, thermal coal, steam coal, koyla, уголь, угля, углем
coke: coke, petcoke, pet coke, кокс*
diesel: diesel, gasoil, dizel, дизел*, дизтоплив*, солярк*
petrol: petrol, gasoline, бензин*
bitumen: bitumen, битум*
base oil: base oil, базов* масл*
lpg: lpg, сжиженн* газ*
polypropylene: polypropylene, pp granules, pp dana, pp, полипропилен*
polyethylene: polyethylene, hdpe, ldpe, lldpe, pe granules, полиэтилен*
pvc: pvc, pvc resin, пвх
pet: pet flakes, pet bottles, pet resin, пэт
waste paper: waste paper, occ, occ waste paper, waste paper occ, raddi, макулатур*
paper: paper, kraft paper, kagaz, бумаг*
"""

GRADES = """
cotton: mcu #, shankar #, s #, j #, dch #, mech #, bunny, suvin, brahma, v #, jayadhar, pima, giza #
: kpa*, combed, carded, compact, dty #, dty, fdy, poy, кард*, гребенн*
fabric: cambric, poplin, voile, denim, бяз*, сатин*, ситец, ситц*, фланел*
cotton waste: comber noil, flat strips, lickerin, улюк*
jute: td #
wheat: sharbati, lokwan, lok - 1, mp sharbati, durum, hrw, # класс*, class #
rice: 1121, 1121 sella, 1121 steam, 1509, sella, steam, ir #, sona masoori, sona masuri, pusa, parboiled, kolam,
  ponni, лазер*, аланг*, девзир*, девзр*
sugar: icumsa #, s #, m #, icumsa
: kabuli, desi, ghat*
onions: nasik*, puna
chilli: teja, byadgi, guntur sannam, sannam, s #, wonder hot, # phatki
turmeric: erode, salem, nizamabad finger, rajapuri, sangli finger
cumin: europe quality, singapore quality, gulf quality
coriander: eagle, badami, scooter
cardamom: # mm bold, bold
cashew: w #
black pepper: # gl
almonds: nonpareil, npx, carmel, mamra, gurbandi
raisins: green long, сояги, кишмиш*, sultana, thompson
tea: ctc, orthodox, пекое, pekoe, байхов*
rebar: fe #, fe # d, а # с, а #, a # c, a #
cement: opc #, ppc, psc, м #, m #, цем #, пц #
timber: pine, oak, teak, sagwan, sal, spruce, birch, сосн*, ель, ели, лиственниц*, дуб*, берез*, кедр*
plywood: фсф, фк, bwp, mr grade, marine
scrap: hms 1 & 2, hms 1, hms 2, shredded, 3а, 5а
diesel: en #, euro #, bs #, евро #, d2, 10 ppm
bitumen: vg #, бнд #, pmb
coal: rb #, дпк, д, др, дг, т, ао
polypropylene: raffia, т # s, t # s, homopolymer, yarn grade
polyethylene: пнд #, пвд #, пнд, пвд
flour: высш* сорт*, # сорт*, в / с
apples: голден*, голд, golden, fuji, gala, фуджи, гала, red delicious, royal, семеренк*
barley: фураж*, пивоварен*
peas: желт*, зелен*
: grade #, type #, class #, grade a, a grade, # класс*, # кл, # сорт*, # тип*, перв* сорт*, высш* сорт*, export
  quality
"""
"""By the good that such a grade belongs to; without one, by none in particular."""

QUALITIES = """
staple_length: staple, staple length, length staple, штапель*, длин* волокн*, штапельн* длин*, resha, lambai
micronaire: micronaire, mic, mike, микронейр*
strength: strength, gpt, прочност*
moisture: moisture, nami, nmi, влажност*, влаг*
trash: trash, kachra
protein: protein, протеин*, белок, белк*
gluten: gluten, клейковин*, wet gluten
broken: broken, brokens, tukda, битых, дроблен*
purity: purity, pure, saaf, saf, shuddh, чистот*
admixture: admixture, foreign matter, impurity, сорност*, сор, примес*
oil_content: oil content, oil, tel, масличност*
ffa: ffa, кислотност*
curcumin: curcumin, куркумин*
nitrogen: nitrogen, азот*
ash: ash, зол*, зольност*
sulphur: sulphur, sulfur, сер, серы, сера
calorific_value: gcv, ncv, calorific value, nar, gar, калорийност*
fat: fat, жирност*, жир*
test_weight: test weight, hectoliter weight, натур*
falling_number: falling number, чп, число паден*
count: count, ne, ring count, номер
diameter: diameter, dia, диаметр*, диам*, ф
thickness: thickness, thick, mota*, толщин*
length: length, длин*
width: width, chaud*, ширин*
size: size, calibre, caliber, калибр*, размер*, фракци*
brix: brix, брикс*
"""

SIZES = {
    "cotton": "staple_length", "rebar": "diameter", "steel pipe": "diameter", "steel coil": "thickness",
    "steel sheet": "thickness", "plywood": "thickness", "glass": "thickness", "timber": "thickness",
}  # fmt: skip
"""What a bare "12 mm" is, of which good; `size` of all others."""
